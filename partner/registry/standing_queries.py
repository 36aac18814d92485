"""The SQL that walks through the licenses in force on a day, in batches, with the facts that the law asks of each. Confidential."""

from __future__ import annotations

from calendar import isleap
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry.record_queries import ASSIGNMENT, HOLDER, PUBLISHED, STATION, VERSION, among, believed

AT_A_TIME = 5_000


@dataclass(frozen=True)
class Standing:
    """A license in force: what the law asks of it. Power in W, frequencies in Hz (lowest and highest of each line)."""

    station_id: UUID
    license_number: str
    station_class: str
    licensee_kind: str
    purposes: tuple[str, ...]
    valid_to: date
    bureau: str
    municipality: str | None
    registered: bool
    moves: bool
    max_power_w: Decimal | None
    station_count: int
    frequencies_hz: tuple[int, ...]


_COLUMNS = (
    VERSION.c.station_id,
    VERSION.c.license_number,
    STATION.c.station_class,
    HOLDER.c.kind,
    VERSION.c.purposes,
    VERSION.c.term_to,
    VERSION.c.bureau,
    VERSION.c.municipality,
    VERSION.c.particulars["registration_standard"].astext.is_not(None).label("registered"),
    VERSION.c.moves,
    VERSION.c.station_count,
)


def _in_force(on: date) -> ColumnElement[bool]:
    ended = VERSION.c.ended_on
    return and_(believed(VERSION), VERSION.c.valid.contains(on), VERSION.c.term_to >= on, or_(ended.is_(None), ended > on))


async def number(session: AsyncSession, on: date) -> int:
    """How many licenses are in force on a day, as is known now."""
    return int((await (await session.connection()).execute(select(func.count()).select_from(VERSION).where(_in_force(on)))).scalar_one())


async def with_anniversary(session: AsyncSession, day: date) -> list[UUID]:
    """The stations whose license, in force on a day, has its date or an anniversary of it on that day (応当日, 電波法103条の2第1項).

    That of 29 February is 1 March where there is no such day.
    """
    days = [day.strftime("%m%d"), *(["0229"] if (day.month, day.day) == (3, 1) and not isleap(day.year) else [])]
    same = or_(*(func.to_char(VERSION.c.licensed_on, "MMDD", type_=Text()) == one for one in days))
    statement = select(VERSION.c.station_id).where(_in_force(day), VERSION.c.licensed_on <= day, same).order_by(VERSION.c.station_id)
    return list((await (await session.connection()).execute(statement)).scalars())


async def in_force(session: AsyncSession, on: date, *, at_a_time: int = AT_A_TIME) -> AsyncIterator[list[Standing]]:
    """The licenses in force on a day, in the order of their stations; never more than a batch in memory."""
    lines = select(
        func.max(ASSIGNMENT.c.power_w).label("power_w"),
        func.array_remove(func.array_agg(ASSIGNMENT.c.frequency_hz.distinct()), None).label("low"),
        func.array_remove(func.array_agg(ASSIGNMENT.c.frequency_to_hz.distinct()), None).label("high"),
    ).where(ASSIGNMENT.c.version_id == VERSION.c.id)
    of = lines.lateral()
    walk = (
        select(*_COLUMNS, of.c.power_w, of.c.low, of.c.high)
        .join(STATION, STATION.c.id == VERSION.c.station_id)
        .join(HOLDER, HOLDER.c.id == VERSION.c.licensee_version_id)
        .join(of, VERSION.c.id.is_not(None))
        .where(_in_force(on))
        .order_by(VERSION.c.station_id)
        .limit(at_a_time)
    )
    last: UUID | None = None
    while True:
        statement = walk if last is None else walk.where(VERSION.c.station_id > last)
        rows = (await (await session.connection()).execute(statement)).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [_standing(row) for row in rows]


def _standing(row: Any) -> Standing:
    """A row of `in_force`."""
    return Standing(
        station_id=row.station_id,
        license_number=row.license_number,
        station_class=row.station_class,
        licensee_kind=row.kind,
        purposes=tuple(row.purposes),
        valid_to=row.term_to,
        bureau=row.bureau,
        municipality=row.municipality,
        registered=row.registered,
        moves=row.moves,
        max_power_w=row.power_w,
        station_count=row.station_count,
        frequencies_hz=_frequencies(row.low, row.high),
    )


def _frequencies(low: Sequence[int] | None, high: Sequence[int] | None) -> tuple[int, ...]:
    return tuple(sorted({*(low or ()), *(high or ())}))


async def stations(session: AsyncSession, after: UUID | None, *, at_a_time: int) -> list[UUID]:
    """The stations that follow one in the order of ids, the first ones after None."""
    statement = select(STATION.c.id).order_by(STATION.c.id).limit(at_a_time)
    found = await (await session.connection()).execute(statement if after is None else statement.where(STATION.c.id > after))
    return list(found.scalars())


async def published_texts(session: AsyncSession, station_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """What the public reads of each version of these stations that is believed now: the document, and the record of the Web-API."""
    statement = select(PUBLISHED.c.version_id, PUBLISHED.c.document, PUBLISHED.c.musen).where(
        believed(PUBLISHED), among(PUBLISHED.c.station_id, station_ids)
    )
    rows = await (await session.connection()).execute(statement)
    return {version_id: (document, musen) for version_id, document, musen in rows}
