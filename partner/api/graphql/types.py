"""The types of the schema. Their sources are the published documents themselves, so that fields are named as in REST."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry
from strawberry import Parent
from strawberry.scalars import JSON

from partner.api.graphql.arguments import Hz, Long, parse
from partner.api.graphql.context import Context, Held, Json, RequestInfo
from partner.registry import search
from partner.registry.criteria import Criteria
from partner.registry.search import Found, View


@strawberry.type(description="Words in Japanese and English.")
class Names:
    """Words in both languages."""

    ja: str
    en: str


@strawberry.type(description="A code of the law with its names.")
class Coded:
    """A code and what it means."""

    code: str
    name: Names


@strawberry.type(description="The term of a license. `status` is that of the date asked about.")
class License:
    """A license as the public sees it."""

    licensed_on: date
    valid_from: date
    valid_to: date | None
    status: str
    ended_on: date | None
    end_kind: str | None


@strawberry.type(description="A line of emission, frequency and power. A bundled symbol has no frequency.")
class Assignment:
    """What may be emitted."""

    emission: str | None
    bundle: str | None
    frequency_hz: Hz | None
    frequency_to_hz: Hz | None
    power_w: float | None


@strawberry.type(description="A municipality.")
class Location:
    """Where a station stands or is kept."""

    municipality_code: str
    name: Names


@strawberry.type(description="One of several sites of a station.")
class Site:
    """A site with its role."""

    role: str
    municipality_code: str
    name: Names


@strawberry.type(description="What a broadcasting station sends, and where to.")
class Broadcasting:
    """Matters and area of broadcasting."""

    matter: str | None
    area: str | None


async def _held(parent: Parent[Any], info: RequestInfo, first: int = 20, after: str | None = None) -> Any:
    """The stations in force that a published licensee holds; null for a masked one."""
    if parent["id"] is None:
        return None
    asked, page = parse(info.context.law, None, licensee_id=parent["id"], limit=first, cursor=after)
    if after is not None:
        async with info.context.turn:
            found = await search.stations(info.context.reads, asked, page, key=info.context.key)
        return connection_of(found, asked, info.context, None, paged=True)
    held = Held(UUID(parent["id"]), page.limit, parent["_view"])
    return connection_of(await info.context.held.load(held), asked, info.context, held)


@strawberry.type(description="A holder of licenses. Names of individuals are masked; a masked licensee has no id.")
class Licensee:
    """A licensee as the public sees it."""

    id: strawberry.ID | None
    name: str
    kind: str
    corporate_number: str | None
    stations: StationConnection | None = strawberry.field(resolver=_held, description="Stations in force; null when masked.")


@strawberry.type(description="A station and its license on the date asked about.")
class Station:
    """A station as the public sees it."""

    id: strawberry.ID
    call_sign: str | None
    identification: str | None
    station_class: Coded
    licensee: Licensee
    license: License
    purposes: list[Coded]
    communication_matters: list[Coded]
    communication_partner: str | None
    bureau: Coded
    location: Location | None
    sites: list[Site]
    movement_area: str | None
    moves: bool
    station_count: int
    assignments: list[Assignment]
    operating_hours: str | None
    broadcasting: Broadcasting | None
    note: str | None
    synthetic: list[str] = strawberry.field(description="Fields that are made up for demonstration.")


@strawberry.type
class PageInfo:
    """Where a page begins and ends."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class StationEdge:
    """A station and the cursor that continues after it."""

    cursor: str
    node: Station


async def _total(parent: Parent[Any], info: RequestInfo) -> int:
    context = info.context
    if parent["_held"] is not None:
        return await context.held_totals.load(parent["_held"])
    async with context.turn:
        return await search.count(context.reads, parent["_criteria"], parent["_view"])


@strawberry.type(description="A page of stations.")
class StationConnection:
    """A Relay connection."""

    edges: list[StationEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(resolver=_total, description="How many there are on all pages: counted only when asked for.")


@strawberry.type(description="An entry of the change feed.")
class Change:
    """What changed, before and after."""

    sequence: Long
    station_id: strawberry.ID
    kind: str
    at: datetime
    before: JSON | None
    after: JSON | None


@strawberry.type(description="Entries of the change feed; go on with `after: next`.")
class Changes:
    """A part of the feed."""

    items: list[Change]
    next: Long


@strawberry.type
class Code:
    """A code of a list."""

    code: str
    name: Names
    confirmed: bool


Codes = list[Code]  # inside CodeList, `list` is its name


@strawberry.type
class CodeList:
    """A code list of the law; `complete` is false where the official list holds more than we know."""

    list: str
    title: Names
    complete: bool
    items: Codes


def station_of(text: str | bytes, view: View) -> Json:
    """The source of a Station, from its JSON text."""
    document: Json = orjson.loads(text)
    document["license"] |= {name: _day(document["license"].get(name)) for name in ("licensed_on", "valid_from", "valid_to", "ended_on")}
    document["licensee"]["_view"] = view
    return document


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def connection_of(found: Found, criteria: Criteria, context: Context, held: Held | None, *, paged: bool = False) -> Json:
    """The source of a StationConnection; what was not asked for is not made."""
    view = View(found.as_of, found.known_at if paged or criteria.known_at else None)
    edges = [
        {"cursor": found.cursor(index, criteria, context.key), "node": station_of(item, view)} for index, item in enumerate(found.items)
    ]
    page_info = {
        "has_next_page": found.more,
        "has_previous_page": paged,
        "start_cursor": edges[0]["cursor"] if edges else None,
        "end_cursor": edges[-1]["cursor"] if edges else None,
    }
    return {"edges": edges, "page_info": page_info, "_criteria": criteria, "_view": view, "_held": held}


def change_of(text: str) -> Json:
    """The source of a Change, from its JSON text."""
    entry: Json = orjson.loads(text)
    return entry | {"at": datetime.fromisoformat(entry["at"])}
