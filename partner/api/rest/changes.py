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
from partner.api.rest.schemas import PROBLEM
from partner.api.rest.thin import etag, json_text, not_modified, public_read
from partner.api.rest.watching import Watch
from partner.errors import Conflict, FieldError, Malformed, Text
from partner.registry import criteria, feed

EVENTS = "text/event-stream"
BEAT_SECONDS = 15.0
NOT_A_SEQUENCE = Text("Last-Event-ID は0以上の整数です。", "Last-Event-ID is a whole number from 0.")
router = APIRouter(tags=["register"])


async def changes(request: Request) -> Response:
    """What changed on the register after a sequence, in order. Go on from `next`."""
    asked = criteria.parse_feed(query_string.pairs(request.scope["query_string"]))
    if EVENTS in request.headers.get("accept", ""):
        return await _events(request, asked)
    reads = database_of(request).reads
    if answer := await not_modified(request, reads):
        return answer
    found = await feed.changes(reads, after=asked.after, limit=asked.limit)
    if not found.items and asked.wait_seconds and await watch_of(request).beyond(asked.after, asked.wait_seconds):
        found = await feed.changes(reads, after=asked.after, limit=asked.limit)
    return json_text(f'{{"items":[{",".join(found.items)}],"next":{found.following}}}', etag(request, found.sequence))


def watch_of(request: Request) -> Watch:
    """The one watch of this process."""
    return cast("Watch", request.app.state.watch)


async def _events(request: Request, asked: criteria.Feed) -> Response:
    last = request.headers.get("last-event-id", "")
    if last and not (last.isascii() and last.isdigit() and len(last) <= 18):
        errors = [FieldError("Last-Event-ID", "out_of_range", NOT_A_SEQUENCE)]
        raise Malformed("invalid_parameter", NOT_A_SEQUENCE, errors=errors)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    after, named = (int(last), "Last-Event-ID") if last else (asked.after, "after")
    await feed.reached(database_of(request).reads, after, named=named)
    stream = _stream(request, after, asked.limit)
    return StreamingResponse(stream, media_type=EVENTS, headers=headers)


async def _stream(request: Request, after: int, limit: int) -> AsyncIterator[str]:
    """Entries as events, each with its sequence as id, for as long as somebody reads; a comment where nothing happens for a while."""
    yield f": changes after {after}\nretry: 2000\n\n"
    while not watch_of(request).closed and not await request.is_disconnected():
        try:
            items, after, _ = await feed.changes(database_of(request).reads, after=after, limit=limit)
        except Conflict:
            return  # the register was restored meanwhile; whoever connects again is told
        for sequence, item in zip(range(after - len(items) + 1, after + 1), items, strict=True):
            yield f"id: {sequence}\nevent: change\ndata: {item}\n\n"
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
AHEAD = {409: {"description": "`after` is ahead of the register, which was restored from an earlier state: take a new dump", **PROBLEM}}
public_read(router, "/changes", changes, summary="Change feed", parameters=PARAMETERS, answer=schemas.CHANGES, further=AHEAD)
