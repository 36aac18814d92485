"""The schema: what can be asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from partner import clock
from partner.api.graphql import types
from partner.api.graphql.arguments import Hz, Long, StationFilter, Watt, parse, snake
from partner.api.graphql.context import RequestInfo
from partner.api.graphql.limits import EXTENSIONS
from partner.api.rest.codes import list_as_json
from partner.errors import NotFound
from partner.registry import criteria, feed, search
from partner.registry.search import View


async def _stations(
    info: RequestInfo,
    *,
    filter: StationFilter | None = None,  # noqa: A002 — as the public interface calls it
    first: int = 50,
    after: str | None = None,
    order_by: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Any:
    context = info.context
    order = None if order_by is None else snake(order_by)
    times = {"as_of": as_of, "known_at": known_at}
    asked, page = parse(context.law, filter, limit=first, cursor=after, sort=order, **times)
    async with context.turn:
        found = await search.stations(context.reads, asked, page, key=context.key)
    return types.connection_of(found, asked, context, None, paged=after is not None)


async def _station(info: RequestInfo, id: strawberry.ID, as_of: date | None = None, known_at: datetime | None = None) -> Any:  # noqa: A002
    try:
        station_id = UUID(id)
    except ValueError:
        return None
    parse(info.context.law, None, as_of=as_of, known_at=known_at)
    view = View(as_of or clock.today(), known_at)
    try:
        async with info.context.turn:
            _, text = await search.station(info.context.reads, station_id, as_of=view.as_of, known_at=known_at)
    except NotFound:
        return None
    return types.station_of(text, view)


START = Long(0)


async def _changes(info: RequestInfo, after: Long = START, first: int = 50) -> Any:
    asked = criteria.parse_feed([("after", str(after)), ("limit", str(first))])
    async with info.context.turn:
        found = await feed.changes(info.context.reads, after=asked.after, limit=asked.limit)
    return {"items": [types.change_of(item) for item in found.items], "next": found.following}


async def _codes(info: RequestInfo, list: str | None = None) -> Any:  # noqa: A002
    lists = info.context.law.codes
    return [list_as_json(lists(list))] if list is not None else [list_as_json(found) for found in lists.lists.values()]


@strawberry.type
class Query:
    """Public reads of the register and of the law."""

    stations: types.StationConnection = strawberry.field(resolver=_stations, description="Search the register.")
    station: types.Station | None = strawberry.field(resolver=_station, description="One station; null when the register has none.")
    changes: types.Changes = strawberry.field(resolver=_changes, description="The change feed after a sequence.")
    codes: list[types.CodeList] = strawberry.field(resolver=_codes, description="Code lists; one, or all.")


def _of(source: Any, name: str) -> object:
    return source.get(name) if isinstance(source, dict) else getattr(source, name)


def _hz(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a frequency is a whole number of Hz, or text with a unit")  # noqa: TRY004 — GraphQL's own kind of refusal
    return value


def _watt(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a power is a number of W, or text with a unit")  # noqa: TRY004 — GraphQL's own kind of refusal
    return value


def _long(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError("a whole number of up to 64 bits")
    return value


WATTS = 'An antenna power in W: a number, or text with a unit, as "800mW".'
HERTZ = 'A frequency in whole Hz: a number of up to 64 bits. As an argument also text with a unit, as "145MHz".'
SCALARS: dict[object, Any] = {
    Hz: strawberry.scalar(name="Hz", description=HERTZ, serialize=int, parse_value=_hz),
    Watt: strawberry.scalar(name="Watt", description=WATTS, serialize=float, parse_value=_watt),
    Long: strawberry.scalar(name="Long", description="A whole number of up to 64 bits.", serialize=int, parse_value=_long),
}


class QuietSchema(strawberry.Schema):
    """Leaves it to the route to tell and to log what failed."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here."""


schema = QuietSchema(query=Query, extensions=EXTENSIONS, config=StrawberryConfig(default_resolver=_of, scalar_map=SCALARS))
