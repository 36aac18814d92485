"""Public reads of the register: searches, one station, its history, the change feed. Read-only, a few statements, no ORM.

Everything runs as `partner_public` over the published views, so that nothing but what is published can be found, sorted by
or answered. Stations come as JSON text that PostgreSQL has made; nobody parses it on the way out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection, sql

from partner import clock
from partner.errors import NotFound, Text
from partner.registry import cursors, queries
from partner.registry.criteria import Criteria, Page

NO_STATION = Text("その無線局は公開されている登録にありません。", "The public register has no such station.")


@dataclass(frozen=True)
class Registry:
    """How far the register has come: the sequence of its last published change, and when that was."""

    sequence: int
    updated_at: datetime | None


@dataclass(frozen=True)
class Row:
    """One station found: its JSON text, and the cursor that continues after it."""

    item: str
    value: str | None
    station_id: UUID


@dataclass(frozen=True)
class Found:
    """One page. `more` says whether rows follow it; `total` is None unless it was asked for."""

    rows: list[Row]
    more: bool
    total: int | None
    as_of: date
    known_at: datetime

    def cursor(self, row: Row, criteria: Criteria, key: bytes) -> str:
        """The cursor for what follows a row of this page."""
        return cursors.encode(cursors.Position(row.value, row.station_id, self.as_of, self.known_at), criteria, key)


@dataclass(frozen=True)
class View:
    """A view of the register: a date, after the belief of an instant (None is now)."""

    as_of: date
    known_at: datetime | None


async def held_by(connection: AsyncConnection[Any], licensee_ids: Sequence[UUID], view: View, *, first: int) -> list[Found]:
    """The first stations in force of each of several published licensees, by one statement."""
    statement = queries.held(licensee_ids, as_of=view.as_of, known_at=view.known_at, limit=first + 1)
    rows: dict[UUID, list[Row]] = {licensee_id: [] for licensee_id in licensee_ids}
    for licensee_id, item, station_id in await fetch(connection, statement):
        rows[licensee_id].append(Row(item, str(station_id), station_id))
    read_at = view.known_at or clock.now()
    return [Found(rows[one][:first], len(rows[one]) > first, None, view.as_of, read_at) for one in licensee_ids]


async def held_totals(connection: AsyncConnection[Any], licensee_ids: Sequence[UUID], view: View) -> list[int]:
    """How many stations in force each of several published licensees has, by one statement."""
    found = dict(await fetch(connection, queries.held_totals(licensee_ids, as_of=view.as_of, known_at=view.known_at)))
    return [int(found.get(licensee_id, 0)) for licensee_id in licensee_ids]


async def registry(connection: AsyncConnection[Any]) -> Registry:
    """How far the register has come. One statement."""
    row = await (await connection.execute(queries.COUNTER)).fetchone()
    return Registry(row[0], row[1]) if row else Registry(0, None)


async def stations(connection: AsyncConnection[Any], criteria: Criteria, page: Page, *, key: bytes) -> Found:
    """One page of a search: one statement, and one more when the total is asked for. `key` signs cursors.

    Raises Malformed `invalid_cursor`.
    """
    position = cursors.decode(page.cursor, criteria, key) if page.cursor else None
    as_of = position.as_of if position else criteria.as_of or clock.today()
    known_at = position.known_at if position else criteria.known_at
    found = await fetch(connection, queries.page(criteria, position=position, as_of=as_of, limit=page.limit + 1))
    rows = [Row(*row[:3]) for row in found]
    written_at = found[0][3] if found else None
    read_at = known_at or max(clock.now(), written_at or clock.now())  # record times never go back, whatever our clock says
    total = await count(connection, criteria, View(as_of, known_at)) if page.count else None
    return Found(rows[: page.limit], len(rows) > page.limit, total, as_of, read_at)


async def count(connection: AsyncConnection[Any], criteria: Criteria, view: View) -> int:
    """How many stations a search finds on all its pages. One statement."""
    return int((await fetch(connection, queries.count(criteria, as_of=view.as_of, known_at=view.known_at)))[0][0])


async def fetch(connection: AsyncConnection[Any], statement: queries.Statement) -> list[Any]:
    """All rows of a statement."""
    return await (await connection.execute(statement.query, statement.values)).fetchall()


async def station(connection: AsyncConnection[Any], station_id: UUID, *, as_of: date | None, known_at: datetime | None) -> str:
    """One station as JSON text, on a date (today) after the belief of an instant (now). Raises NotFound."""
    found = await fetch(connection, queries.one(station_id, as_of=as_of or clock.today(), known_at=known_at))
    if not found:
        raise NotFound("unknown_station", NO_STATION)
    return str(found[0][0])


async def history(connection: AsyncConnection[Any], station_id: UUID) -> list[str]:
    """All that was ever published of a station, in the order in which it was recorded, as JSON texts. Raises NotFound."""
    found = await fetch(connection, queries.Statement(sql.Composed([sql.SQL(queries.HISTORY)]), {"station_id": station_id}))
    if not found:
        raise NotFound("unknown_station", NO_STATION)
    return [str(row[0]) for row in found]


async def difference(connection: AsyncConnection[Any], station_id: UUID, start: date, end: date) -> list[dict[str, Any]]:
    """What changed between two dates, field by field: `{"field": JSON Pointer, "before", "after"}`. Raises NotFound."""
    before, after = [orjson.loads(await station(connection, station_id, as_of=day, known_at=None)) for day in (start, end)]
    return compare(before, after)


def compare(before: Any, after: Any, pointer: str = "") -> list[dict[str, Any]]:
    """The leaves in which two JSON values differ; a list is one leaf unless both have as many items."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        names = dict.fromkeys([*before, *after])
        steps = [(str(name).replace("~", "~0").replace("/", "~1"), before.get(name), after.get(name)) for name in names]
        return [change for step, old, new in steps for change in compare(old, new, f"{pointer}/{step}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        both = enumerate(zip(before, after, strict=True))
        return [change for index, (old, new) in both for change in compare(old, new, f"{pointer}/{index}")]
    return [{"field": pointer, "before": before, "after": after}]


async def changes(connection: AsyncConnection[Any], *, after: int, limit: int) -> tuple[list[str], int]:
    """Entries of the change feed that follow a sequence, as JSON texts, and the sequence to go on from."""
    values = {"after": after, "limit": limit}
    found = await fetch(connection, queries.Statement(sql.Composed([sql.SQL(queries.CHANGES)]), values))
    return [str(row[0]) for row in found], int(found[-1][1]) if found else after
