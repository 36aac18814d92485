"""`GET /musen/num` and `GET /musen/list`: a drop-in for MIC's public Web-API (無線局等情報検索 Web-API)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from partner import clock
from partner.api import query_string
from partner.api.dependencies import database_of, law_of
from partner.api.musen import answers, asking
from partner.api.musen.asking import Asked, Kind, Refused
from partner.api.musen.faults import BROKEN, BUSY, Fault
from partner.api.rest.schemas import Schema, parameter
from partner.api.rest.thin import ThinRoute
from partner.errors import TooManyRequests
from partner.registry import musen_queries, queries, search
from partner.registry.criteria import Criteria
from partner.registry.places import with_wards
from partner.regulation.codes import Codes

LICENSED = ("in_force", "suspended")  # a suspended license is a license
HEADERS = {"Cache-Control": "max-age=0,must-revalidate", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"}
router = APIRouter(prefix="/musen", tags=["MUSEN"])
_log = logging.getLogger(__name__)


def criteria_of(asked: Asked, codes: Codes) -> Criteria | None:
    """The search that a request makes, or None when the register keeps nothing that it could find.

    It keeps no registrations (登録), no names of ships or aircraft and no codes of 基幹放送の種類 yet.
    """
    if asked.pattern == "2" or asked.craft or asked.broadcast:
        return None
    prefectures = tuple(place[:2] for place in asked.places if place.endswith("000"))
    return Criteria(
        station_classes=(asked.station_class,),
        bureaus=_some(asked.bureau),
        places=(prefectures, _with_wards(asked.places, codes)) if asked.places else None,
        purposes=_some(asked.purpose),
        communication_matters=_some(asked.matter),
        emissions=_some(asked.bundle),
        frequency_from=_hertz(asked.frequency_from, ROUND_CEILING),
        frequency_to=_hertz(asked.frequency_to, ROUND_FLOOR),
        licensees=_some(asked.name),
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


async def _answer(request: Request, asked: Asked) -> bytes:
    criteria = criteria_of(asked, law_of(request).codes)
    async with database_of(request).public.connection() as connection:
        registry = await search.registry(connection)
        updated_on = clock.today() if registry.updated_at is None else clock.legal_date(registry.updated_at)
        total = await _total(connection, criteria)
        information = answers.Information(total, updated_on.isoformat())
        if asked.kind == "num":
            return answers.counted(asked.output, information)
        records = await _records(connection, criteria, asked) if total else []
    return answers.listed(asked.output, records, information, start=asked.start, detailed=asked.detailed)


async def _total(connection: AsyncConnection[Any], criteria: Criteria | None) -> int:
    if criteria is None:
        return 0
    return int((await search.fetch(connection, queries.count(criteria, as_of=clock.today(), known_at=None)))[0][0])


async def _records(connection: AsyncConnection[Any], criteria: Criteria | None, asked: Asked) -> list[answers.Record]:
    if criteria is None:
        return []
    statement = musen_queries.records(criteria, as_of=clock.today(), order=asked.sort, start=asked.start, size=asked.size)
    return [orjson.loads(row[0]) for row in await search.fetch(connection, statement)]


def _reply(body: bytes, output: str, status: int = 200) -> Response:
    return Response(body, status, {**HEADERS, "Content-Type": answers.media_type(output)})


def _refusal(output: str, *faults: Fault) -> Response:
    return _reply(answers.refused(output, faults), output, max(fault.status for fault in faults))


async def _serve(kind: Kind, request: Request) -> Response:
    pairs = query_string.raw_pairs(request.scope["query_string"])
    asked = asking.read(pairs, kind, law_of(request).codes)
    if isinstance(asked, Refused):
        return _refusal(asked.output, *asked.faults)
    return _reply(await _answer(request, asked), asked.output)


async def serve(kind: Kind, request: Request) -> Response:
    """Answer `num` or `list`; whatever goes wrong is told in MIC's own shape."""
    output = asking.output_of(query_string.raw_pairs(request.scope["query_string"]))
    try:
        return await _serve(kind, request)
    except (PoolTimeout, TooManyRequests):
        return _refusal(output, BUSY)
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
