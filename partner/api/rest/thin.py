"""Routes of the hot path: described in OpenAPI like every other, but called without FastAPI's parameter machinery.

Public reads may be used from any web page (CORS, never with credentials), answer HEAD as GET without a body, and carry an
ETag that depends on the sequence of the register and on the date in Japan, so that a license that expires at midnight
changes it with no write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from partner import clock
from partner.api.rest.admission import admit
from partner.api.rest.schemas import PROBLEM
from partner.reads import Reads
from partner.registry import search

OWN_ERRORS = "/musen"  # it admits callers itself, and refuses them in MIC's own shape
Endpoint = Callable[[Request], Awaitable[Response]]
CACHE = "public, max-age=0, must-revalidate"
READY = [(b"content-type", b"application/json"), (b"cache-control", CACHE.encode())]


class ThinRoute(APIRoute):
    """A route whose endpoint takes the request and gives the response, with nothing between."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint itself, for callers whom the rate limits admit."""
        endpoint: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint

        async def admitted(request: Request) -> Response:
            await admit(request)
            return await endpoint(request)

        return endpoint if self.path.startswith(OWN_ERRORS) else admitted

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pages of every site read the answer, errors included, and answer their preflights."""

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *OPEN]
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, opened)
        else:
            await super().handle(scope, receive, opened)


def public_read(
    router: APIRouter,
    path: str,
    endpoint: Endpoint,
    *,
    summary: str,
    parameters: Sequence[Mapping[str, Any]],
    answer: Mapping[str, Any],
    further: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Serve GET and HEAD on `path`; `parameters`, the schema `answer` and `further` answers by their status describe it in OpenAPI."""
    described = {"parameters": list(parameters)}
    responses: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer", "content": {"application/json": {"schema": dict(answer)}}},
        304: {"description": "Nothing has changed since the ETag in If-None-Match"},
        400: {"description": "A parameter is not acceptable", **PROBLEM},
        404: {"description": "There is no such thing", **PROBLEM},
        **{status: dict(answered) for status, answered in (further or {}).items()},
    }
    shared: dict[str, Any] = {"route_class_override": ThinRoute, "response_model": None}
    router.add_api_route(path, endpoint, methods=["GET"], summary=summary, responses=responses, openapi_extra=described, **shared)
    router.add_api_route(path, endpoint, methods=["HEAD", "OPTIONS"], include_in_schema=False, **shared)


def etag(request: Request, sequence: int, form: str = "") -> str:
    """The tag of what this address answers, in a form, when the register has come to a sequence, today in Japan."""
    scope = request.scope
    query = hashlib.sha256(scope["path"].encode() + b"?" + scope["query_string"] + form.encode()).hexdigest()[:12]
    return f'W/"{sequence}-{clock.today().isoformat()}-{query}"'


async def not_modified(request: Request, reads: Reads, form: str = "") -> Response | None:
    """304 when the caller already has the answer: found out before anything else is read, and only for who sent a tag."""
    if "if-none-match" not in request.headers:
        return None
    return unchanged(request, etag(request, (await search.registry(reads)).sequence, form))


def unchanged(request: Request, tag: str) -> Response | None:
    """304 when the caller already has what `tag` stands for. Compared weakly (RFC 9110, 13.1.2): a proxy that compresses weakens tags."""
    known = request.headers.get("if-none-match", "")
    if known and (known.strip() == "*" or tag.removeprefix("W/") in [part.strip().removeprefix("W/") for part in known.split(",")]):
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": CACHE})
    return None


class Ready(Response):
    """An answer whose bytes and headers are made already: of the hot reads there are many."""

    def __init__(self, content: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = 200
        self.background = None
        self.body = content
        self.raw_headers = [(b"content-length", b"%d" % len(content)), *headers]


def json_text(content: str | bytes, tag: str) -> Response:
    """JSON that is ready-made, with its tag."""
    return Ready(content.encode() if isinstance(content, str) else content, [*READY, (b"etag", tag.encode())])


OPEN = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Accept-Ranges, Content-Range, ETag, Last-Modified, Link, Retry-After"),
]
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization, Content-Type, If-None-Match, If-Range, Last-Event-ID, Range",
    "Access-Control-Max-Age": "86400",
}
