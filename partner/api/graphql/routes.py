"""`/graphql`: POST with JSON, or GET; read-only. Errors carry our codes in `extensions` and never the inside of a failure."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from fastapi import APIRouter
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from partner.api import problems, query_string
from partner.api.dependencies import database_of, law_of, settings_of
from partner.api.graphql import compiled, persisted, refusals
from partner.api.graphql.arguments import place_of
from partner.api.graphql.context import Context
from partner.api.graphql.schema import schema
from partner.api.rest.schemas import PROBLEM, Schema, listing, structure
from partner.api.rest.thin import Ready, ThinRoute
from partner.errors import FieldError, Malformed, PartnerError, Text, TooLarge, Unsupported

UNREADABLE = Text(
    '本文は {"query": …, "variables": {…}, "operationName": …} の形の JSON です。',
    'The body is JSON: {"query": …, "variables": {…}, "operationName": …}.',
)
MEDIA_TYPE = Text("Content-Type は application/json です。", "The Content-Type is application/json.")
MASKED = {"ja": "システムエラーが発生しました。", "en": "Something went wrong on our side."}
RESPONSE_TYPE = "application/graphql-response+json"
router = APIRouter(tags=["GraphQL"])
_log = logging.getLogger(__name__)


async def graphql(request: Request) -> Response:
    """Execute one operation."""
    asked = await _asked(request)
    if asked["query"] is None:
        return _answer(request, persisted.NOT_FOUND)
    spoken = problems.language(request.headers.get("accept-language"))
    reads = database_of(request).reads
    context = Context(reads, law_of(request), settings_of(request).signing_key, asked.get("operationName"))
    body = await compiled.execute(asked["query"], asked.get("variables"), asked.get("operationName"), context)
    if body is None:
        body = _body(await _execute(asked, context), spoken)
    return _answer(request, body)


def _answer(request: Request, body: dict[str, Any]) -> Response:
    media_type = RESPONSE_TYPE if RESPONSE_TYPE in request.headers.get("accept", "") else "application/json"
    return Ready(orjson.dumps(body), [(b"content-type", media_type.encode()), (b"cache-control", b"no-store")])


async def _execute(asked: dict[str, Any], context: Context) -> ExecutionResult:
    """The result of one operation; a document without the operation asked for is an error like others."""
    named: dict[str, Any] = {
        "variable_values": asked.get("variables"),
        "operation_name": asked.get("operationName"),
    }
    try:
        result = await schema.execute(asked["query"], context_value=context, **named)
    except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
        return ExecutionResult(None, [refusals.refused(refusals.no_operation())], {"cost": 0})
    if not isinstance(result, ExecutionResult):
        raise TypeError("the schema executes whole operations only")
    return result


async def _asked(request: Request) -> dict[str, Any]:
    """What is asked for; its `query` is None when only a hash was sent that is not known here. Raises Malformed and others."""
    if request.method == "GET":
        found: dict[str, Any] = dict(query_string.pairs(request.scope["query_string"]))
        found |= {name: _json(found[name].encode()) for name in ("variables", "extensions") if name in found}
    else:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Unsupported("unsupported_media_type", MEDIA_TYPE)
        found = _json(await _content(request, settings_of(request).max_body_bytes))
    _check(found)
    found["query"] = persisted.query_of(found.get("query"), found.get("extensions"))
    return found


def _check(found: Any) -> None:
    """Raise Malformed for what is no request of GraphQL. The text of the query may be left out where its hash is sent."""
    given = found if isinstance(found, dict) else {}
    extensions = given.get("extensions")
    by_hash = isinstance(extensions, dict) and extensions.get("persistedQuery") is not None
    kinds = {"query": str | None if by_hash else str, "variables": dict | None, "operationName": str | None, "extensions": dict | None}
    fields = [name for name, kind in kinds.items() if not isinstance(given.get(name), kind)]
    if fields:
        raise Malformed("malformed_body", UNREADABLE, errors=[FieldError(f"/{name}", "invalid", UNREADABLE) for name in fields])


async def _content(request: Request, limit: int) -> bytes:
    """The body, counted as it comes. Raises TooLarge."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > limit:
            raise TooLarge("too_large", Text("送信されたデータが大きすぎます。", f"The body of the request is larger than {limit} bytes."))
    return bytes(found)


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed("malformed_body", UNREADABLE) from error


def _body(result: ExecutionResult, spoken: str) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [_error(error, spoken) for error in result.errors]
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        body["data"] = result.data  # null where a field failed that cannot be; absent where nothing began to be executed
    return body | {"extensions": result.extensions or {}}


def _error(error: GraphQLError, spoken: str) -> dict[str, Any]:
    shown = dict(error.formatted)
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None or (isinstance(cause, ValueError) and error.path is None):
        cause = refusals.of(error)
    if isinstance(cause, PartnerError):
        told = problems.body_of(cause, spoken)
        kept = {name: told[name] for name in ("code", "status", "remedy", "errors") if name in told}
        for one in kept.get("errors", ()):
            one["field"] = place_of(one["field"])
        return shown | {"message": told.get("detail", told["title"]), "extensions": kept}
    _log.error("GraphQL failed at %s", error.path, exc_info=cause)
    return shown | {"message": MASKED[spoken], "extensions": {"code": "internal_error"}}


PERSISTED: Schema = structure(
    "version sha256Hash", version={"const": persisted.VERSION}, sha256Hash={"type": "string", "pattern": f"^{persisted.HASH.pattern}$"}
)
BODY: Schema = {
    "type": "object",
    "properties": {
        "query": {"type": "string"},
        "variables": {"type": ["object", "null"]},
        "operationName": {"type": ["string", "null"]},
        "extensions": {"type": "object", "properties": {"persistedQuery": PERSISTED}},
    },
    "anyOf": [
        {"required": ["query"]},
        {"required": ["extensions"], "properties": {"extensions": {"required": ["persistedQuery"]}}},
    ],
}
ANSWER: Schema = structure(
    "extensions", data={"type": ["object", "null"]}, errors=listing({"type": "object"}), extensions={"type": "object"}
)
DESCRIBED = {"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Data, or errors with codes", "content": {"application/json": {"schema": ANSWER}}},
    400: {"description": "The request cannot be read", **PROBLEM},
    413: {"description": "The request is too large", **PROBLEM},
    415: {"description": "The body is not JSON", **PROBLEM},
}
_SHARED: dict[str, Any] = {"route_class_override": ThinRoute, "response_model": None}
router.add_api_route(
    "/graphql", graphql, methods=["POST"], summary="GraphQL, read-only", responses=RESPONSES, openapi_extra=DESCRIBED, **_SHARED
)
router.add_api_route("/graphql", graphql, methods=["GET", "OPTIONS"], include_in_schema=False, **_SHARED)
