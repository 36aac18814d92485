"""Routes that overlook nothing: no parameter that nobody reads, no body of another kind, no text that cannot be kept.

What FastAPI would pass over in silence (an unknown or repeated parameter) or stumble over later (half of a surrogate pair,
thousands of levels) is refused here, before anything is read from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from partner.api import problems, query_string
from partner.api.rest.schemas import PROBLEM
from partner.errors import FieldError, Malformed, Text, Unsupported, pointer
from partner.registry import criteria

DEEPEST = 40
UNREADABLE = Text("リクエストの本文を読み取れません。", "The body of the request cannot be read.")
TOO_DEEP = Text(f"入れ子は{DEEPEST}段までです。", f"At most {DEEPEST} levels are read.")
HALF_A_PAIR = Text("サロゲートペアの片方だけの文字があります。", "A text has half of a surrogate pair.")
NOT_JSON = Text("本文は JSON で送ってください。", "The body is JSON.")
SEND_JSON = Text("Content-Type を application/json にしてください。", "Send it with the Content-Type application/json.")


class StrictRoute(APIRoute):
    """A route that refuses parameters it does not know, and bodies it cannot read; OpenAPI says with which problems."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        refusals = [400, 404, 422]
        refusals += [401, 403] if _takes_actor(self.dependant) else []
        refusals += [413, 415] if self.body_field is not None else []
        refusals += [409, 412] if self.methods and not self.methods <= {"GET", "HEAD"} else []
        self.responses = {**{status: {"description": problems.TITLES[status].en, **PROBLEM} for status in refusals}, **self.responses}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, once parameters and body have been looked at."""
        handler = super().get_route_handler()
        known = dict(_parameters(self.dependant))
        takes_json = self.body_field is not None

        async def strict(request: Request) -> Response:
            criteria.parse_known(query_string.pairs(request.scope["query_string"]), known)
            if takes_json:
                await _refuse_unreadable(request)
            return await handler(request)

        return strict


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """The names that a route and what it depends on read from the query, and whether each may be repeated."""
    yield from ((field.alias, _takes_many(field.field_info.annotation)) for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _parameters(inner)


def _takes_actor(dependant: Dependant) -> bool:
    """Whether a route asks for scopes, by itself or by what it depends on."""
    return bool(dependant.own_oauth_scopes) or any(map(_takes_actor, dependant.dependencies))


def _takes_many(annotation: Any) -> bool:
    """Whether a parameter of this type may be repeated."""
    return get_origin(annotation) is list or any(_takes_many(inner) for inner in get_args(annotation))


async def _refuse_unreadable(request: Request) -> None:
    """Raise Unsupported for a body that is not JSON, Malformed for one with a text that is no text or with too many levels."""
    if not await request.body():
        return
    if not _is_json(request.headers.get("content-type", "")):
        raise Unsupported("unsupported_media_type", NOT_JSON, remedy=SEND_JSON)
    try:
        found = await request.json()
    except RecursionError:
        raise _malformed("", "too_deep", TOO_DEEP) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        return  # FastAPI says where
    except ValueError as error:  # a number of thousands of digits
        raise _malformed("", "invalid_json", UNREADABLE) from error
    _refuse_within(found)


def _is_json(content_type: str) -> bool:
    main, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    return main == "application" and (subtype == "json" or subtype.endswith("+json"))


def _refuse_within(body: object) -> None:
    remaining: list[tuple[object, tuple[object, ...]]] = [(body, ())]
    while remaining:
        value, path = remaining.pop()
        if len(path) > DEEPEST:
            raise _malformed("", "too_deep", TOO_DEEP)
        if isinstance(value, str):
            _refuse_half_a_pair(value, path)
        elif isinstance(value, Mapping):
            for key in value:
                _refuse_half_a_pair(key, path)
            remaining += [(inner, (*path, key)) for key, inner in value.items()]
        elif isinstance(value, list):
            remaining += [(inner, (*path, index)) for index, inner in enumerate(value)]


def _refuse_half_a_pair(text: str, path: tuple[object, ...]) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _malformed(pointer(*path), "half_a_surrogate_pair", HALF_A_PAIR) from None


def _malformed(field: str, code: str, words: Text) -> Malformed:
    return Malformed("malformed_body", UNREADABLE, errors=[FieldError(field, code, words)])
