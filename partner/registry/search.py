"""Public reads of the register: searches, one station, its history. Read-only, a few statements, no ORM.

Everything runs as `partner_public` over the published views, so that nothing but what is published can be found, sorted by
or answered. Stations come as JSON text that PostgreSQL has made; nobody parses it on the way out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from psycopg.pq.abc import PGresult

from partner import clock
from partner.errors import NotFound, Text
from partner.reads import Reads
from partner.registry import cursors, plans, queries
from partner.registry.commonness import CommonRanges
from partner.registry.criteria import Criteria, Page

NO_STATION = Text("その無線局は公開されている登録にありません。", "The public register has no such station.")


@dataclass(frozen=True)
class Registry:
    """How far the register has come: the sequence of its last published change, and when that was."""

    sequence: int
    updated_at: datetime | None


@dataclass(frozen=True)
class View:
    """A view of the register: a date, after the belief of an instant (None is now)."""

    as_of: date
    known_at: datetime | None


@dataclass(frozen=True)
class Row:
    """Where one station stands in the order of an answer; `held` is a JSON array of the stations of its licensee, if asked for."""

    value: str | None
    station_id: UUID
    held: bytes | None = None


@dataclass(frozen=True)
class Found:
    """One page: stations as JSON texts in UTF-8. `more` says whether rows follow it; `total` is None unless it was asked for."""

    items: list[bytes]
    row: Callable[[int], Row]
    more: bool
    total: int | None
    as_of: date
    known_at: datetime
    registry: Registry

    def cursor(self, index: int, criteria: Criteria, key: bytes) -> str:
        """The cursor for what follows an item of this page."""
        row = self.row(index)
        return cursors.encode(cursors.Position(row.value, row.station_id, self.as_of, self.known_at), criteria, key)


async def held_by(reads: Reads, licensee_ids: Sequence[UUID], view: View, *, first: int) -> list[Found]:
    """The first stations in force of each of several published licensees, by one statement."""
    statement = queries.held(licensee_ids, as_of=view.as_of, known_at=view.known_at, limit=first + 1)
    rows: dict[UUID, list[tuple[str, UUID]]] = {licensee_id: [] for licensee_id in licensee_ids}
    for licensee_id, item, station_id in await fetch(reads, statement):
        rows[licensee_id].append((item, station_id))
    read_at = view.known_at or clock.now()
    return [_held(rows[one], first, view.as_of, read_at) for one in licensee_ids]


def _held(rows: list[tuple[str, UUID]], first: int, as_of: date, read_at: datetime) -> Found:
    items = [item.encode() for item, _ in rows[:first]]
    return Found(items, lambda index: Row(str(rows[index][1]), rows[index][1]), len(rows) > first, None, as_of, read_at, Registry(0, None))


async def held_totals(reads: Reads, licensee_ids: Sequence[UUID], view: View) -> list[int]:
    """How many stations in force each of several published licensees has, by one statement."""
    found = dict(await fetch(reads, queries.held_totals(licensee_ids, as_of=view.as_of, known_at=view.known_at)))
    return [int(found.get(licensee_id, 0)) for licensee_id in licensee_ids]


async def registry(reads: Reads) -> Registry:
    """How far the register has come. One statement."""
    return _registry(await reads.run(queries.COUNTER, {}))


async def stations(reads: Reads, criteria: Criteria, page: Page, *, key: bytes, held_first: int | None = None) -> Found:
    """One page of a search: one statement, and a second where the first finds too many candidates or no tally knows the total.

    `key` signs cursors. `held_first` asks for so many stations of each licensee besides. Raises Malformed `invalid_cursor`.
    """
    position = cursors.decode(page.cursor, criteria, key) if page.cursor else None
    as_of = position.as_of if position else criteria.as_of or clock.today()
    known_at = position.known_at if position else criteria.known_at
    tally = queries.tallied(criteria, as_of=as_of, known_at=known_at) if page.count else None
    further = plans.Further(
        total=None if tally is None else (tally.query, tally.values), held_limit=None if held_first is None else held_first + 1
    )
    known = _common(reads) if criteria.asks_frequencies else None
    common = known is not None and known.common(criteria)
    tried = plans.page(criteria, position=position, as_of=as_of, limit=page.limit + 1, further=further, common=common)
    result, overflown = await _page(reads, tried)
    if known is not None and overflown:
        known.remember(criteria)
    total, state = _total(result), _registry(result)
    if page.count and total is None:
        total = await count(reads, criteria, View(as_of, _needed(known_at, criteria, state)))
    read_at = known_at or max(clock.now(), state.updated_at or clock.now())  # record times never go back, whatever our clock says
    many = result.ntuples - 1
    items = [result.get_value(index, 0) or b"" for index in range(1, min(many, page.limit) + 1)]
    return Found(items, partial(_row, result), many > page.limit, total, as_of, read_at, state)


async def _page(reads: Reads, tried: Iterator[plans.Plan]) -> tuple[PGresult, bool]:
    """The answer of the first plan that counts, and whether a range of frequencies turned out to be common."""
    overflown = False
    for plan in tried:
        result = await reads.run(plan.query, plan.values)
        if plan.most is None or _candidates(result) <= plan.most:
            return result, overflown
        overflown = overflown or plan.by_range
    raise AssertionError("the last plan counts always")


_COMMON: WeakKeyDictionary[Reads, CommonRanges] = WeakKeyDictionary()


def _common(reads: Reads) -> CommonRanges:
    """What this process has learnt about a database."""
    return _COMMON.setdefault(reads, CommonRanges())


def _needed(known_at: datetime | None, criteria: Criteria, state: Registry) -> datetime | None:
    """The instant whose belief must be asked for: none, on a further page, while nothing has changed since its first one was read."""
    unchanged = criteria.known_at is None and known_at is not None and (state.updated_at is None or state.updated_at <= known_at)
    return None if unchanged else known_at


def _candidates(result: PGresult) -> int:
    return int((result.get_value(0, 3) or b"0").partition(b"/")[0])


def _total(result: PGresult) -> int | None:
    told = (result.get_value(0, 3) or b"").partition(b"/")[2]
    return int(told) if told else None


def _registry(result: PGresult) -> Registry:
    if not result.ntuples:
        return Registry(0, None)
    sequence, updated_at = result.get_value(0, 0), result.get_value(0, 1)
    return Registry(int(sequence or 0), None if updated_at is None else datetime.fromisoformat(updated_at.decode()).astimezone(UTC))


def _row(result: PGresult, index: int) -> Row:
    value, station_id = result.get_value(index + 1, 1), result.get_value(index + 1, 2)
    held = result.get_value(index + 1, 4) if result.nfields > 4 else None
    return Row(None if value is None else value.decode(), UUID((station_id or b"").decode()), held)


async def count(reads: Reads, criteria: Criteria, view: View) -> int:
    """How many stations a search finds on all its pages. One statement, planned for its values: there may be many ways to count."""
    statement = queries.count(criteria, as_of=view.as_of, known_at=view.known_at)
    [[counted]] = await reads.planned(statement.query, statement.values)
    return int(counted)


async def fetch(reads: Reads, statement: queries.Statement) -> list[Any]:
    """All rows of a statement."""
    return await reads.rows(statement.query, statement.values)


async def station(reads: Reads, station_id: UUID, *, as_of: date | None, known_at: datetime | None) -> tuple[int, bytes]:
    """The sequence of the register, and one station as JSON text, on a date (today) after the belief of an instant (now).

    One statement. Raises NotFound.
    """
    statement = queries.one(station_id, as_of=as_of or clock.today(), known_at=known_at)
    result = await reads.run(statement.query, statement.values)
    if not result.ntuples:
        raise NotFound("unknown_station", NO_STATION)
    return int(result.get_value(0, 0) or 0), result.get_value(0, 1) or b""


async def history(reads: Reads, station_id: UUID) -> list[str]:
    """All that was ever published of a station, in the order in which it was recorded, as JSON texts. Raises NotFound."""
    found = await fetch(reads, queries.Statement(queries.HISTORY, {"station_id": station_id}))
    if not found:
        raise NotFound("unknown_station", NO_STATION)
    return [str(row[0]) for row in found]


async def difference(reads: Reads, station_id: UUID, start: date, end: date) -> list[dict[str, Any]]:
    """What changed between two dates, field by field: `{"field": JSON Pointer, "before", "after"}`. Raises NotFound."""
    texts = [(await station(reads, station_id, as_of=day, known_at=None))[1] for day in (start, end)]
    before, after = map(orjson.loads, texts)
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
