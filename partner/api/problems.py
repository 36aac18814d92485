"""Errors as `application/problem+json` (RFC 9457). This is the only file that knows the HTTP status of a kind of error.

A problem is `{"type", "title", "status", "code", "detail"}` and, where there is something to say, `remedy` (the way out) and
`errors: [{"field", "code", "message"}]`. Words are in the language of `Accept-Language`, Japanese unless English is preferred.
`field` is the name of a parameter, or a JSON Pointer (RFC 6901) into the body.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from partner import errors
from partner.errors import FieldError, PartnerError, Text, pointer_within

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[PartnerError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Unacceptable: 406,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Unsatisfiable: 416,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
TITLES: dict[int, Text] = {
    400: Text("リクエストを読み取れません", "The request cannot be read"),
    401: Text("サインインが必要です", "Sign-in is required"),
    403: Text("この操作は許可されていません", "This is not allowed"),
    404: Text("見つかりません", "Not found"),
    405: Text("このメソッドは使えません", "This method is not offered here"),
    406: Text("求められた形式では返せません", "Not available in the form asked for"),
    409: Text("現在の状態では行えません", "The present state does not allow this"),
    412: Text("内容がすでに更新されています", "Your copy is out of date"),
    413: Text("大きすぎます", "Too large"),
    415: Text("この形式は受け付けていません", "This kind of content is not read here"),
    416: Text("指定された範囲はありません", "There is no such part"),
    422: Text("内容に誤りがあります", "The content is not acceptable"),
    429: Text("リクエストが多すぎます", "Too many requests"),
    500: Text("システムエラーが発生しました", "Something went wrong on our side"),
    503: Text("ただいま利用できません", "Not available at the moment"),
}
HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
INVALID_PARAMETERS = Text("パラメータに誤りがあります。", "A parameter is not acceptable.")
UNREADABLE_BODY = Text("リクエストの本文を読み取れません。", "The body of the request cannot be read.")
INVALID_BODY = Text("リクエストの内容に誤りがあります。", "The content of the request is not acceptable.")
BUSY = Text("ただいま混み合っています。", "Too much is going on at the moment.")
LATER = Text("しばらくしてから、もう一度お試しください。", "Try again in a while.")
UNREADABLE_KINDS = frozenset({"json_invalid", "json_type"})
_log = logging.getLogger(__name__)


def language(accept: str | None) -> str:
    """`ja` or `en`, whichever an `Accept-Language` header prefers; Japanese when it does not say."""
    best, found = 0.0, "ja"
    for part in (accept or "")[:1000].split(","):
        tag, _, quality = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        weight = _quality(quality)
        if primary in {"ja", "en"} and weight > best:
            best, found = weight, primary
    return found


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def status_of(error: PartnerError) -> int:
    """The HTTP status of a domain error: that of the nearest kind among its classes; 500 for one of no kind, which is our own fault."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def say(text: Text, spoken: str) -> str:
    """Words in one language."""
    return text.en if spoken == "en" else text.ja


def body_of(error: PartnerError, spoken: str) -> dict[str, Any]:
    """A domain error as the members of a problem, in one language."""
    return _body(status_of(error), error.code, error.message, remedy=error.remedy, fields=error.errors, spoken=spoken)


def _body(
    status: int, code: str, detail: Text | None, *, remedy: Text | None = None, fields: Iterable[FieldError] = (), spoken: str
) -> dict[str, Any]:
    title = TITLES.get(status, TITLES[400 if status < 500 else 500])
    body: dict[str, Any] = {"type": f"urn:partner:problem:{code}", "title": say(title, spoken), "status": status, "code": code}
    if detail is not None:
        body["detail"] = say(detail, spoken)
    if remedy is not None:
        body["remedy"] = say(remedy, spoken)
    if named := [{"field": one.field, "code": one.code, "message": say(one.message, spoken)} for one in fields]:
        body["errors"] = named
    return body


def _response(body: Mapping[str, Any], spoken: str, headers: Mapping[str, str] | None = None) -> Response:
    wanted = {"Content-Language": spoken, "Vary": "Accept-Language", "Cache-Control": "no-store", **(headers or {})}
    return Response(_encoded(body), status_code=int(body["status"]), media_type=MEDIA_TYPE, headers=wanted)


def _encoded(body: Mapping[str, Any]) -> bytes:
    """The problem in UTF-8, whatever of the request it repeats: what is no character becomes a question mark."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def response_to(request: Request, error: PartnerError) -> Response:
    """The answer to a request that the domain refused: a problem, or a page where a person reads (`app.state.problem_page`)."""
    if (shown := _page(request, error, status_of(error))) is not None:
        return shown
    spoken = language(request.headers.get("accept-language"))
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unsatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return _response(body_of(error, spoken), spoken, headers)


def _page(request: Request, error: PartnerError, status: int) -> Response | None:
    page = getattr(request.app.state, "problem_page", None)
    return cast("Response | None", page(request, error, status)) if page is not None else None


async def _refused(request: Request, error: Exception) -> Response:
    return response_to(request, cast("PartnerError", error))


def busy(_: Exception) -> PartnerError:
    """The domain error for a request that waited too long for a connection of the database."""
    return errors.Unavailable("busy", BUSY, remedy=LATER)


async def _busy(request: Request, error: Exception) -> Response:
    return response_to(request, busy(error))


async def _invalid(request: Request, error: Exception) -> Response:
    invalid = cast("RequestValidationError", error)
    return response_to(request, from_validation(invalid.errors(), invalid.body))


async def _http(request: Request, error: Exception) -> Response:
    failed = cast("HTTPException", error)
    if failed.status_code == 404:
        return response_to(request, errors.NotFound("not_found", TITLES[404]))
    spoken = language(request.headers.get("accept-language"))
    code = HTTP_CODES.get(failed.status_code, "bad_request" if failed.status_code < 500 else "internal_error")
    title = TITLES.get(failed.status_code, TITLES[400 if failed.status_code < 500 else 500])
    if (shown := _page(request, PartnerError(code, title), failed.status_code)) is not None:
        shown.headers.update(failed.headers or {})
        return shown
    return _response(_body(failed.status_code, code, None, spoken=spoken), spoken, failed.headers)


async def unknown(request: Request, error: Exception) -> Response:
    """The answer to a request that failed for a reason nobody foresaw: it is logged, and told without its inside."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    if (shown := _page(request, PartnerError("internal_error", TITLES[500]), 500)) is not None:
        return shown
    spoken = language(request.headers.get("accept-language"))
    return _response(_body(500, "internal_error", None, spoken=spoken), spoken)


def from_validation(found: Iterable[Mapping[str, Any]], body: object = None) -> PartnerError:
    """The domain error for what FastAPI's validation found in the parameters and in the JSON `body`.

    A parameter or a body that does not parse is `Malformed`; content that parses but does not fit is `Invalid`; a path whose
    variable part cannot be an identifier names nothing, so it is `NotFound`.
    """
    items = list(found)
    places = {str(item["loc"][0]) for item in items}
    if places == {"path"}:
        return errors.NotFound("not_found", TITLES[404])
    fields = _once(FieldError(_field(item, body), _code(item), _message(item)) for item in items)
    if "body" not in places:
        return errors.Malformed("invalid_parameter", INVALID_PARAMETERS, errors=fields)
    if any(item["type"] in UNREADABLE_KINDS or (item["type"] == "missing" and len(item["loc"]) == 1) for item in items):
        return errors.Malformed("malformed_body", UNREADABLE_BODY, errors=fields)
    return errors.Invalid("invalid_content", INVALID_BODY, errors=fields)


def _once(errors_: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """One error for each field: that the value suits none of several kinds is one thing wrong."""
    return tuple({one.field: one for one in reversed(list(errors_))}.values())[::-1]


def _field(item: Mapping[str, Any], body: object) -> str:
    """A parameter by its name (a repeated one too), a place in the body by its pointer."""
    place, *path = item["loc"]
    if place != "body":
        return str(path[0]) if path else ""
    return "" if item["type"] in UNREADABLE_KINDS else pointer_within(body, path, missing=item["type"] == "missing")


def _code(item: Mapping[str, Any]) -> str:
    kind = str(item["type"])
    return {"missing": "required", "json_invalid": "invalid_json", "extra_forbidden": "unknown"}.get(kind, kind)


JAPANESE = {
    "missing": "必須の項目です。",
    "extra_forbidden": "知らない項目です。",
    "json_invalid": "JSON として読み取れません。",
    "not_a_date": "日付は 2025-01-15 の形で、1900年から2999年までで指定してください。",
    "blank": "空白だけでは受け付けられません。",
}


def _message(item: Mapping[str, Any]) -> Text:
    return Text(JAPANESE.get(str(item["type"]), f"値が正しくありません({item['msg']})。"), f"{item['msg']}.")


def install(app: FastAPI) -> None:
    """Make every error of `app` answer as a problem."""
    app.add_exception_handler(PartnerError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(Exception, unknown)
