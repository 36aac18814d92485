"""The register for programs: search, one station, its history, what changed between two days."""

from __future__ import annotations

from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from partner.api import query_string
from partner.api.dependencies import database_of, law_of, settings_of
from partner.api.rest import formats, schemas
from partner.api.rest.thin import ThinRoute, etag, json_text, not_modified, public_read, unchanged
from partner.errors import NotFound
from partner.registry import criteria, search

router = APIRouter(tags=["register"])


def station_id_of(request: Request) -> UUID:
    """The station that the path names. Raises NotFound when it cannot be an identifier."""
    try:
        return UUID(request.path_params["id"])
    except ValueError as error:
        raise NotFound("unknown_station", search.NO_STATION) from error


async def stations(request: Request) -> Response:
    """Search the register. Several values of one key widen, different keys narrow."""
    pairs = query_string.pairs(request.scope["query_string"])
    asked, page = criteria.parse(pairs, law_of(request))
    media = formats.chosen(request)
    if media == formats.NDJSON and not any(name in {"limit", "cursor"} for name, _ in pairs):
        return formats.stream(request, asked, page)
    key = settings_of(request).signing_key
    form = "" if media == formats.JSON else media
    reads = database_of(request).reads
    if answer := await not_modified(request, reads, form):
        return answer
    found = await search.stations(reads, asked, page, key=key)
    cursor = found.cursor(len(found.items) - 1, asked, key) if found.more else None
    if form:
        return formats.page(request, media, found, cursor, pairs)
    registry = {"sequence": found.registry.sequence, "updated_at": found.registry.updated_at}
    rest = {"next_cursor": cursor, "total": found.total, "registry": registry}
    body = b"".join((b'{"items":[', b",".join(found.items), b"],", orjson.dumps(rest)[1:]))
    return json_text(body, etag(request, found.registry.sequence))


async def station(request: Request) -> Response:
    """One station, as of a date and as known at an instant."""
    as_of, known_at = criteria.parse_time(query_string.pairs(request.scope["query_string"]))
    reads = database_of(request).reads
    if answer := await not_modified(request, reads):
        return answer
    sequence, text = await search.station(reads, station_id_of(request), as_of=as_of, known_at=known_at)
    return json_text(text, etag(request, sequence))


async def history(request: Request) -> Response:
    """All versions of a station, in the order in which they were recorded."""
    criteria.parse_nothing(query_string.pairs(request.scope["query_string"]))
    reads = database_of(request).reads
    tag = etag(request, (await search.registry(reads)).sequence)
    if answer := unchanged(request, tag):
        return answer
    versions = await search.history(reads, station_id_of(request))
    return json_text(f'{{"items":[{",".join(versions)}],"next_cursor":null}}', tag)


async def difference(request: Request) -> Response:
    """What changed on a station between two days, field by field."""
    start, end = criteria.parse_days(query_string.pairs(request.scope["query_string"]))
    station_id = station_id_of(request)
    reads = database_of(request).reads
    tag = etag(request, (await search.registry(reads)).sequence)
    if answer := unchanged(request, tag):
        return answer
    changes = await search.difference(reads, station_id, start, end)
    return json_text(orjson.dumps({"station_id": station_id, "from": start, "to": end, "changes": changes}), tag)


DAYS = [schemas.parameter("from", "the first day", schemas.DATE), schemas.parameter("to", "the last day", schemas.DATE)]
for suffix in formats.SUFFIXES:
    router.add_api_route(
        f"/stations.{suffix}",
        stations,
        methods=["GET", "HEAD", "OPTIONS"],
        include_in_schema=False,
        route_class_override=ThinRoute,
        response_model=None,
    )
public_read(router, "/stations", stations, summary="Search the register", parameters=schemas.SEARCH, answer=schemas.STATIONS)
public_read(
    router,
    "/stations/{id}",
    station,
    summary="One station",
    parameters=[schemas.STATION_ID, schemas.AS_OF, schemas.KNOWN_AT],
    answer=schemas.STATION,
)
public_read(router, "/stations/{id}/history", history, summary="Its versions", parameters=[schemas.STATION_ID], answer=schemas.HISTORY)
public_read(
    router,
    "/stations/{id}/diff",
    difference,
    summary="What changed between two days",
    parameters=[schemas.STATION_ID, *({**day, "required": True} for day in DAYS)],
    answer=schemas.DIFFERENCE,
)
