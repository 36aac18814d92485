"""`GET /musen/num` and `GET /musen/list`: a drop-in for MIC's public Web-API (無線局等情報検索 Web-API)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from typing import Any

from fastapi import APIRouter
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from partner import clock
from partner.api import query_string
from partner.api.dependencies import database_of, law_of
from partner.api.musen import answers, asking, sending
from partner.api.musen.answers import Information, Listing
from partner.api.musen.asking import Asked, Kind, Refused
from partner.api.musen.faults import BROKEN, BUSY, Fault
from partner.api.musen.layouts import LICENSES, REGISTRATIONS
from partner.api.rest.admission import admit
from partner.api.rest.schemas import Schema, parameter
from partner.api.rest.thin import ThinRoute
from partner.errors import TooManyRequests
from partner.registry import musen_queries, musen_search
from partner.registry.criteria import Criteria
from partner.registry.musen_search import Head
from partner.registry.places import with_wards
from partner.regulation.codes import Codes

LAYOUTS = {"1": LICENSES, "2": REGISTRATIONS}
LICENSED = ("in_force", "suspended")  # a suspended license is a license
HEADERS = {"Cache-Control": "max-age=0,must-revalidate", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"}
router = APIRouter(prefix="/musen", tags=["MUSEN"])
_log = logging.getLogger(__name__)


def criteria_of(asked: Asked, codes: Codes) -> Criteria:
    """The search that a request makes: of licenses alone (ST=1), or of registrations (登録) alone (ST=2)."""
    prefectures = tuple(place[:2] for place in asked.places if place.endswith("000"))
    municipalities = _with_wards(asked.places, codes)
    both = bool(prefectures and municipalities)
    return Criteria(
        registered=asked.pattern == "2",
        station_classes=_some(asked.station_class),
        standards=_some(asked.standard),
        bureaus=_some(asked.bureau),
        places=(prefectures, municipalities) if both else None,
        prefectures=() if both else prefectures,
        municipalities=() if both else municipalities,
        purposes=_some(asked.purpose),
        communication_matters=_some(asked.matter),
        broadcast_kinds=_some(asked.broadcast),
        emissions=_some(asked.bundle),
        frequency_from=_hertz(asked.frequency_from, ROUND_CEILING),
        frequency_to=_hertz(asked.frequency_to, ROUND_FLOOR),
        licensees=_some(asked.name),
        crafts=_some(asked.craft),
        call_sign_parts=_some(asked.call_sign.upper()),
        licensed_from=asked.licensed_from,
        licensed_to=asked.licensed_to,
        statuses=LICENSED,
    )


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _with_wards(places: tuple[str, ...], codes: Codes) -> tuple[str, ...]:
    found = [code for place in places if not place.endswith("000") for code in with_wards(codes("municipalities"), place)]
    return tuple(dict.fromkeys(found))


def _hertz(value: Decimal | None, rounding: str) -> int | None:
    return None if value is None else int(value.to_integral_value(rounding))


async def _number(request: Request, asked: Asked) -> bytes:
    statement = musen_queries.number(criteria_of(asked, law_of(request).codes), as_of=clock.today())
    async with database_of(request).public.connection() as connection:
        return answers.counted(asked.output, _information(await musen_search.number(connection, statement)))


async def _pieces(request: Request, asked: Asked) -> AsyncGenerator[bytes]:
    """The list in pieces, each of as many records as the database hands over at a time. One that fits in one piece is one piece."""
    criteria = criteria_of(asked, law_of(request).codes)
    statement = musen_queries.records(criteria, as_of=clock.today(), order=asked.sort, start=asked.start, size=asked.size)
    pool = database_of(request).public
    async with AsyncExitStack() as stack:
        if asked.size > musen_search.AT_A_TIME:
            await stack.enter_async_context(sending.turn(pool))
        async with pool.connection() as connection, musen_search.records(connection, statement) as (head, found):
            listing = Listing(asked.output, LAYOUTS[asked.pattern], _information(head), asked.start, asked.detailed)
            piece, number = listing.opening(), asked.start
            async for records in found:
                if number > asked.start:
                    yield piece
                    piece = b""
                piece += listing.records(records, number)
                number += len(records)
    yield piece + listing.closing()


def _information(head: Head) -> Information:
    updated_on = clock.today() if head.updated_at is None else clock.legal_date(head.updated_at)
    return Information(head.total, updated_on.isoformat())


def _headers(output: str) -> dict[str, str]:
    return {**HEADERS, "Content-Type": answers.media_type(output)}


def _refusal(output: str, *faults: Fault, retry_after: int | None = None) -> Response:
    headers = _headers(output) | ({} if retry_after is None else {"Retry-After": str(retry_after)})
    return Response(answers.refused(output, faults), max(fault.status for fault in faults), headers)


async def _serve(kind: Kind, request: Request) -> Response:
    pairs = query_string.raw_pairs(request.scope["query_string"])
    asked = asking.read(pairs, kind, law_of(request).codes)
    if isinstance(asked, Refused):
        return _refusal(asked.output, *asked.faults)
    if kind == "num":
        return Response(await _number(request, asked), headers=_headers(asked.output))
    return await sending.reply(_pieces(request, asked), _headers(asked.output))


async def serve(kind: Kind, request: Request) -> Response:
    """Answer `num` or `list`; whatever goes wrong is told in MIC's own shape."""
    output = asking.output_of(query_string.raw_pairs(request.scope["query_string"]))
    try:
        await admit(request, by_address=True)
        return await _serve(kind, request)
    except TooManyRequests as error:
        return _refusal(output, BUSY, retry_after=error.retry_after)
    except PoolTimeout:
        return _refusal(output, BUSY, retry_after=sending.RETRY_SECONDS)
    except Exception:
        _log.exception("%s failed", request.url.path)
        return _refusal(output, BROKEN)


OUTPUT = parameter("OF", "format: 1 CSV, 2 JSON, 3 XML")
SHARED: list[Schema] = [
    parameter("ST", "1 licenses, 2 registrations"),
    OUTPUT,
    parameter("OW", "code of the class of station (ST=1)"),
    parameter("OW2", "code of the standard of the equipment (ST=2)"),
    parameter("IT", "code of the bureau"),
    parameter("HCV", "code of the municipality, or of a prefecture as 13000", many=True),
    parameter("MK", "code of the purpose; with TSNJK or KHS"),
    parameter("TSNJK", "code of the communication matters"),
    parameter("KHS", "code of the kind of basic broadcasting"),
    parameter("FF", "lowest frequency, in the unit HZ"),
    parameter("TF", "highest frequency, in the unit HZ"),
    parameter("HZ", "unit: 1 kHz, 2 MHz, 3 GHz"),
    parameter("NA", "part of the licensee's name"),
    parameter("MA", "part of the call sign"),
    parameter("FC", "bundled symbol"),
    parameter("AS", "part of the name of a ship or aircraft"),
    parameter("DF", "earliest date of license, as 20250115"),
    parameter("DT", "latest date of license, as 20250115"),
]
LIST_ONLY: list[Schema] = [
    parameter("DA", "0 no detail, 1 detail"),
    parameter("SC", "number of the first record, from 1"),
    parameter("DC", "records at most: 1 100, 2 500, 3 10,000 (with DA=0)"),
    parameter("SK", "order"),
]


def _register(path: str, kind: Kind, summary: str, parameters: list[Schema]) -> None:
    endpoint: Callable[[Request], Awaitable[Response]] = partial(serve, kind)
    texts = {media.partition(";")[0]: {"schema": {"type": "string"}} for media in map(answers.media_type, ("1", "2", "3"))}
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": words, "content": texts}
        for status, words in ((200, "The answer"), (400, "Errors, in the format asked for"), (429, "Busy"), (500, "System error"))
    }
    words = f"{summary}, in CSV, JSON or XML; errors in the same form, as MIC's service gives them."
    described = {"parameters": parameters, "description": words}
    shared: dict[str, Any] = {"route_class_override": ThinRoute, "response_model": None, "name": f"musen_{kind}"}
    router.add_api_route(path, endpoint, methods=["GET"], summary=summary, responses=responses, openapi_extra=described, **shared)
    router.add_api_route(path, endpoint, methods=["HEAD", "OPTIONS"], include_in_schema=False, **shared)


_register("/num", "num", "How many stations (MIC's Web-API)", SHARED)
_register("/list", "list", "Stations (MIC's Web-API)", [*SHARED, *LIST_ONLY])
