"""Pages for anybody: the start, the search of the register, a station."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from partner.errors import Malformed, NotFound, Text
from partner.portal.frame import Frame, Framed
from partner.registry import criteria, search

router = APIRouter()

PAGE_SIZE = 50
BOXES = (
    ("call_sign", Text("呼出符号", "Call sign"), "JA1QRZ, JA1*", None),
    ("licensee", Text("免許人の名称", "Licensee"), "放送", None),
    ("station_class", Text("無線局の種別", "Station class"), "", "station-classes"),
    ("bureau", Text("総合通信局", "Bureau"), "", "bureaus"),
    ("prefecture", Text("都道府県", "Prefecture"), "", "prefectures"),
    ("frequency_from", Text("周波数（から）", "Frequency from"), "145MHz", None),
    ("frequency_to", Text("周波数（まで）", "Frequency to"), "146MHz", None),
)
NAMES = frozenset(name for name, *_ in BOXES) | {"cursor", "status"}


@router.get("/")
async def home(frame: Framed) -> HTMLResponse:
    """The start."""
    return frame.page("home.html")


@router.get("/search")
async def find(frame: Framed) -> HTMLResponse:
    """The search of the register; without a question, the empty form."""
    asked = [(name, value) for name, value in frame.request.query_params.multi_items() if name in NAMES and value.strip()]
    facts: dict[str, Any] = {
        "boxes": _boxes(frame, dict(asked)),
        "asked": "call_sign" in frame.request.query_params or bool(asked),
        "problem": None,
    }
    if not facts["asked"]:
        return frame.page("search.html", **facts)
    try:
        answer = await _answer(frame, asked)
    except Malformed as error:
        words = "; ".join(frame.say(one.message) for one in error.errors) or frame.say(error.message)
        return frame.page("search.html", status=400, **facts | {"problem": words})
    return frame.page("search.html", **facts, **answer)


def _boxes(frame: Frame, values: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "example": example,
            "value": values.get(name, ""),
            "options": list(frame.law.codes(list_name)) if list_name else [],
        }
        for name, label, example, list_name in BOXES
    ]


async def _answer(frame: Frame, asked: Iterable[tuple[str, str]]) -> dict[str, Any]:
    question = list(asked)
    key = frame.settings.signing_key
    wanted, page = criteria.parse([*question, ("limit", str(PAGE_SIZE)), ("count", "exact")], frame.law)
    reads = frame.database.reads
    found = await search.stations(reads, wanted, page, key=key)
    cursor = found.cursor(len(found.items) - 1, wanted, key) if found.more else None
    without_cursor = [(name, value) for name, value in question if name != "cursor"]
    return {
        "stations": [orjson.loads(item) for item in found.items],
        "total": found.total,
        "next_page": f"/search?{urlencode([*without_cursor, ('cursor', cursor)])}" if cursor else None,
        "api_link": f"/api/v1/stations?{urlencode(without_cursor)}",
    }


@router.get("/stations/{station_id}")
async def station(station_id: str, frame: Framed) -> HTMLResponse:
    """One station as the public may see it."""
    try:
        wanted = UUID(station_id)
    except ValueError:
        raise NotFound("unknown_station", search.NO_STATION) from None
    reads = frame.database.reads
    _, found = await search.station(reads, wanted, as_of=None, known_at=None)
    return frame.page("station.html", station=orjson.loads(found))
