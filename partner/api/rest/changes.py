"""The change feed: one sequence in commit order, without gaps; its cursor never expires.

Whoever is up to date may wait for what comes next (`wait`), or have it sent as it comes (Server-Sent Events, `Accept: text/event-stream`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from partner.api import query_string
from partner.api.dependencies import database_of
from partner.api.rest import schemas
from partner.api.rest.thin import etag, json_text, not_modified, public_read
from partner.api.rest.watching import Watch
from partner.errors import FieldError, Malformed, Text
from partner.registry import criteria, search

EVENTS = "text/event-stream"
BEAT_SECONDS = 15.0
NOT_A_SEQUENCE = Text("Last-Event-ID は0以上の整数です。", "Last-Event-ID is a whole number from 0.")
router = APIRouter(tags=["register"])


async def changes(request: Request) -> Response:
    """What changed on the register after a sequence, in order. Go on from `next`."""
    asked = criteria.parse_feed(query_string.pairs(request.scope["query_string"]))
    if EVENTS in request.headers.get("accept", ""):
        return _events(request, asked)
    reads = database_of(request).reads
    if answer := await not_modified(request, reads):
        return answer
    items, following, sequence = await _read(request, asked.after, asked.limit)
    if not items and asked.wait_seconds and await watch_of(request).beyond(asked.after, asked.wait_seconds):
        items, following, sequence = await _read(request, asked.after, asked.limit)
    return json_text(f'{{"items":[{",".join(items)}],"next":{following}}}', etag(request, sequence))


def watch_of(request: Request) -> Watch:
    """The one watch of this process."""
    return cast("Watch", request.app.state.watch)


async def _read(request: Request, after: int, limit: int) -> tuple[list[str], int, int]:
    """Entries after a sequence, the sequence to go on from, and how far the register had come before they were read."""
    reads = database_of(request).reads
    sequence = (await search.registry(reads)).sequence
    items, following = await search.changes(reads, after=after, limit=limit)
    return items, following, sequence


def _events(request: Request, asked: criteria.Feed) -> Response:
    last = request.headers.get("last-event-id", "")
    if last and not (last.isascii() and last.isdigit() and len(last) <= 18):
        errors = [FieldError("Last-Event-ID", "out_of_range", NOT_A_SEQUENCE)]
        raise Malformed("invalid_parameter", NOT_A_SEQUENCE, errors=errors)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _stream(request, int(last) if last else asked.after, asked.limit)
    return StreamingResponse(stream, media_type=EVENTS, headers=headers)


async def _stream(request: Request, after: int, limit: int) -> AsyncIterator[str]:
    """Entries as events, each with its sequence as id, for as long as somebody reads; a comment where nothing happens for a while."""
    yield f": changes after {after}\nretry: 2000\n\n"
    while not watch_of(request).closed and not await request.is_disconnected():
        items, following, _ = await _read(request, after, limit)
        for sequence, item in zip(range(following - len(items) + 1, following + 1), items, strict=True):
            yield f"id: {sequence}\nevent: change\ndata: {item}\n\n"
        after = following
        if not items and not await watch_of(request).beyond(after, BEAT_SECONDS):
            yield ": nothing new\n\n"


PARAMETERS = [
    schemas.parameter("after", "the last sequence that you have; 0 from the beginning", {"type": "integer", "minimum": 0, "default": 0}),
    schemas.LIMIT,
    schemas.parameter(
        "wait",
        "seconds to wait when there is nothing yet",
        {"type": "integer", "minimum": 0, "maximum": criteria.LONGEST_WAIT, "default": 0},
    ),
]
public_read(router, "/changes", changes, summary="Change feed", parameters=PARAMETERS, answer=schemas.CHANGES)
