"""The SQL that reads the confidential records. Public reads are in `queries`; these never serve the public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, DateTime, RowMapping, Select, Table, bindparam, cast, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import metadata
from partner.registry import models
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts
from partner.registry.particulars import license_facts

ONE_DAY = timedelta(days=1)


def table(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return metadata.tables[str(model.__tablename__)]


VERSION = table(models.LicenseVersion)
HOLDER = table(models.LicenseeVersion)
STATION = table(models.Station)
ASSIGNMENT = table(models.Assignment)
CALL_SIGN = table(models.CallSign)
PUBLISHED = table(models.PublishedLicense)
ORDER = table(models.Disposition)
CHANGE = table(models.RegisterChange)
COUNTER = table(models.RegisterCounter)


@dataclass(frozen=True)
class Counter:
    """Where the register stands: the last published sequence, and the record time of the last change."""

    sequence: int
    recorded_at: datetime | None


@dataclass(frozen=True)
class Holding:
    """Who holds a call sign, or held it last, and the last day of the licenses under it (None: no license yet)."""

    id: UUID
    sign: str
    licensee_id: UUID
    last_day: date | None


@dataclass(frozen=True)
class Holder:
    """What is known of a licensee, by which version, believed from when."""

    version_id: UUID
    recorded_at: datetime
    facts: LicenseeFacts


@dataclass(frozen=True)
class Suspension:
    """An order of suspension from its first to its last day (None: until it is lifted)."""

    id: UUID
    first: date
    last: date | None
    reason: str


async def _rows(session: AsyncSession, statement: Select[Any]) -> Sequence[RowMapping]:
    result = await (await session.connection()).execute(statement)
    return list(result.mappings())


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """The column has one of the values, bound as one array, so that the statement is the same for any number of them."""
    return column == func.any(bindparam(None, list(values), type_=ARRAY(column.type)))


def believed(found: Table) -> ColumnElement[bool]:
    """The rows of a table that are believed now."""
    return func.upper_inf(found.c.recorded)


async def lock_counter(session: AsyncSession) -> Counter:
    """The counter, locked to the end of the transaction: whoever holds it is the only one who changes the register."""
    rows = await _rows(session, select(COUNTER.c.sequence, COUNTER.c.recorded_at).with_for_update())
    return Counter(rows[0]["sequence"], rows[0]["recorded_at"])


async def counter(session: AsyncSession) -> Counter:
    """The counter as it stands, not locked."""
    rows = await _rows(session, select(COUNTER.c.sequence, COUNTER.c.recorded_at))
    return Counter(rows[0]["sequence"], rows[0]["recorded_at"])


async def lock_words(session: AsyncSession, words: str) -> None:
    """Wait until no other transaction has the lock that goes with some words, and hold it to the end of this one."""
    await _rows(session, select(func.pg_advisory_xact_lock(func.hashtextextended(words, 0)).label("held")))


async def versions(session: AsyncSession, condition: ColumnElement[bool]) -> list[License]:
    """The versions of licenses believed now that meet a condition, by station, in the order of their days. Two statements."""
    statement = (
        select(
            VERSION,
            STATION.c.station_class,
            *(column.label(f"holder_{column.name}") for column in HOLDER.c if column.name != "licensee_id"),
        )
        .join(STATION, STATION.c.id == VERSION.c.station_id)
        .join(HOLDER, HOLDER.c.id == VERSION.c.licensee_version_id)
        .where(believed(VERSION), condition)
        .order_by(VERSION.c.station_id, func.lower(VERSION.c.valid))
    )
    rows = await _rows(session, statement)
    assignments = await _assignments(session, [row["id"] for row in rows])
    return [_license(row, assignments[row["id"]]) for row in rows]


async def belief(session: AsyncSession, station_id: UUID) -> list[License]:
    """All that is believed of a station, in the order of its days; empty when there is no such station."""
    return await versions(session, VERSION.c.station_id == station_id)


async def beliefs(session: AsyncSession, station_ids: Collection[UUID]) -> dict[UUID, list[License]]:
    """All that is believed of several stations, by station."""
    return _by_station(await versions(session, among(VERSION.c.station_id, station_ids)))


async def beliefs_by_number(session: AsyncSession, license_number: str) -> list[License]:
    """All that is believed of the station whose license has this number."""
    stations = select(VERSION.c.station_id).where(believed(VERSION), VERSION.c.license_number == license_number)
    return await versions(session, VERSION.c.station_id.in_(stations))


async def beliefs_by_numbers(session: AsyncSession, license_numbers: Collection[str]) -> dict[str, list[License]]:
    """All that is believed of the stations whose licenses have these numbers, by number."""
    stations = select(VERSION.c.station_id).where(believed(VERSION), among(VERSION.c.license_number, license_numbers))
    found: dict[str, list[License]] = defaultdict(list)
    for belief in _by_station(await versions(session, VERSION.c.station_id.in_(stations))).values():
        for number in {version.license_number for version in belief}.intersection(license_numbers):
            found[number].extend(belief)
    return found


async def beliefs_of_licensee(session: AsyncSession, licensee_id: UUID) -> dict[UUID, list[License]]:
    """All that is believed of the stations of a licensee, by station."""
    return _by_station(await versions(session, VERSION.c.licensee_id == licensee_id))


def _by_station(found: Sequence[License]) -> dict[UUID, list[License]]:
    return {station_id: list(belief) for station_id, belief in groupby(found, key=lambda version: version.station_id)}


async def expiring(session: AsyncSession, before: date) -> list[UUID]:
    """Stations whose last term was over before a day, without having ended, and whose expiry is on no change yet."""
    last_day = func.max(func.upper(VERSION.c.valid))
    told = (
        select(CHANGE.c.id)
        .where(CHANGE.c.station_id == VERSION.c.station_id, CHANGE.c.kind == "expired", CHANGE.c.effective_on == last_day)
        .correlate(VERSION)
    )
    statement = (
        select(VERSION.c.station_id)
        .where(believed(VERSION))
        .group_by(VERSION.c.station_id)
        .having(last_day <= before, func.bool_and(VERSION.c.ended_on.is_(None)), ~told.exists())
        .order_by(last_day, VERSION.c.station_id)
    )
    return [row["station_id"] for row in await _rows(session, statement)]


async def untold(session: AsyncSession, on: date, station_ids: Collection[UUID] | None = None) -> dict[UUID, date]:
    """Stations, of those given or of all, that a day up to `on` has changed and that no change has told of since; with the first such day.

    A day changes a station when a version begins, ends or is cut short on it. Only what was recorded before the day counts: whatever is
    recorded on it is told as it is then. A license that ends on its first day stands for it, and no day after it changes the station.
    """
    ends = array([func.lower(VERSION.c.valid), func.upper(VERSION.c.valid), VERSION.c.ended_on])
    days = func.unnest(ends).table_valued("day", joins_implicitly=True).render_derived()
    begins = func.timezone(str(clock.JAPAN), cast(days.c.day, DateTime))
    told = select(CHANGE.c.id).where(CHANGE.c.station_id == VERSION.c.station_id, CHANGE.c.at >= begins).correlate(VERSION, days)
    those = true() if station_ids is None else among(VERSION.c.station_id, station_ids)
    statement = (
        select(VERSION.c.station_id, func.min(days.c.day).label("day"))
        .where(believed(VERSION), those, days.c.day <= on, begins > func.lower(VERSION.c.recorded), ~told.exists())
        .where(days.c.day <= func.coalesce(VERSION.c.ended_on, days.c.day))
        .group_by(VERSION.c.station_id)
        .order_by("day", VERSION.c.station_id)
    )
    return {row["station_id"]: row["day"] for row in await _rows(session, statement)}


async def documents(session: AsyncSession, version_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The published documents of versions, as far as they are published."""
    statement = select(PUBLISHED.c.version_id, PUBLISHED.c.document).where(among(PUBLISHED.c.version_id, version_ids))
    return {row["version_id"]: orjson.loads(row["document"]) for row in await _rows(session, statement)}


async def licensees_by_key(session: AsyncSession, keys: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """Licensee and version of a licensee for each match key that is known."""
    statement = select(HOLDER.c.match_key, HOLDER.c.licensee_id, HOLDER.c.id).where(believed(HOLDER), among(HOLDER.c.match_key, keys))
    return {row["match_key"]: (row["licensee_id"], row["id"]) for row in await _rows(session, statement)}


async def holders_by_key(session: AsyncSession, keys: Collection[str]) -> dict[str, tuple[UUID, UUID, LicenseeFacts]]:
    """Licensee, version and description for each match key that is known."""
    statement = select(HOLDER).where(believed(HOLDER), among(HOLDER.c.match_key, keys))
    return {row["match_key"]: (row["licensee_id"], row["id"], _licensee(row, "")) for row in await _rows(session, statement)}


async def licensee(session: AsyncSession, licensee_id: UUID) -> Holder | None:
    """What is known of a licensee now."""
    statement = select(HOLDER).where(believed(HOLDER), HOLDER.c.licensee_id == licensee_id)
    rows = await _rows(session, statement)
    return Holder(rows[0]["id"], rows[0]["recorded"].lower, _licensee(rows[0], "")) if rows else None


async def suspensions(session: AsyncSession, station_id: UUID) -> list[Suspension]:
    """The orders of suspension of a station that are believed now, in the order of their days."""
    statement = (
        select(ORDER.c.id, ORDER.c.period, ORDER.c.reason)
        .where(believed(ORDER), ORDER.c.station_id == station_id, ORDER.c.kind == "suspension")
        .order_by(func.lower(ORDER.c.period))
    )
    return [_suspension(row) for row in await _rows(session, statement)]


async def holdings(session: AsyncSession, condition: ColumnElement[bool]) -> list[Holding]:
    """Holdings of call signs that meet a condition, in alphabetical order, with the day on which the last license under each ends."""
    under = (
        select(func.max(func.coalesce(VERSION.c.ended_on, func.upper(VERSION.c.valid) - 1)))
        .where(VERSION.c.call_sign == CALL_SIGN.c.sign, VERSION.c.licensee_id == CALL_SIGN.c.licensee_id, believed(VERSION))
        .correlate(CALL_SIGN)
        .scalar_subquery()
    )
    statement = (
        select(CALL_SIGN.c.id, CALL_SIGN.c.sign, CALL_SIGN.c.licensee_id, under.label("last_day"))
        .where(believed(CALL_SIGN), condition)
        .order_by(CALL_SIGN.c.sign)
    )
    return [Holding(**row) for row in await _rows(session, statement)]


async def last_sign(session: AsyncSession, bureau: str, prefix: str, suffix_from: str) -> str | None:
    """The last sign issued since a bureau began with a prefix and a suffix; None when it has not begun."""
    block = table(models.CallSignBlock)
    statement = select(block.c.last_sign).where(block.c.bureau == bureau, block.c.prefix == prefix, block.c.suffix_from == suffix_from)
    rows = await _rows(session, statement)
    return rows[0]["last_sign"] if rows else None


async def last_number(session: AsyncSession, bureau: str, letter: str) -> int | None:
    """The last license number given by a bureau under a letter; None when none was given yet."""
    counter = table(models.LicenseNumberCounter)
    rows = await _rows(session, select(counter.c.last_number).where(counter.c.bureau == bureau, counter.c.letter == letter))
    return rows[0]["last_number"] if rows else None


async def numbers_taken(session: AsyncSession, numbers: Collection[str]) -> set[str]:
    """Those of the license numbers that a station has or had."""
    statement = select(VERSION.c.license_number).where(among(VERSION.c.license_number, numbers)).distinct()
    return {row["license_number"] for row in await _rows(session, statement)}


async def _assignments(session: AsyncSession, version_ids: Collection[UUID]) -> dict[UUID, list[AssignmentFacts]]:
    found: dict[UUID, list[AssignmentFacts]] = defaultdict(list)
    if not version_ids:
        return found
    statement = (
        select(ASSIGNMENT).where(among(ASSIGNMENT.c.version_id, version_ids)).order_by(ASSIGNMENT.c.version_id, ASSIGNMENT.c.ordinal)
    )
    for row in await _rows(session, statement):
        found[row["version_id"]].append(AssignmentFacts(**{key: row[key] for key in AssignmentFacts.__dataclass_fields__}))
    return found


def _license(row: RowMapping, assignments: Sequence[AssignmentFacts]) -> License:
    return License(
        version_id=row["id"],
        station_id=row["station_id"],
        license_number=row["license_number"],
        call_sign=row["call_sign"],
        licensee_id=row["licensee_id"],
        licensee_version_id=row["licensee_version_id"],
        licensee=_licensee(row, "holder_"),
        facts=license_facts({**row}, assignments),
        licensed_on=row["licensed_on"],
        valid_from=row["term_from"],
        valid_to=row["term_to"],
        holds_from=row["valid"].lower,
        holds_to=row["valid"].upper - ONE_DAY,
        ended_on=row["ended_on"],
        end_kind=row["end_kind"],
        suspended=row["suspended"],
    )


def _suspension(row: RowMapping) -> Suspension:
    upper = row["period"].upper
    return Suspension(row["id"], row["period"].lower, None if upper is None else upper - ONE_DAY, row["reason"])


def _licensee(row: RowMapping, prefix: str) -> LicenseeFacts:
    return LicenseeFacts(**{key: row[f"{prefix}{key}"] for key in LicenseeFacts.__dataclass_fields__})


async def is_empty(session: AsyncSession) -> bool:
    """Whether nothing has ever been put on record."""
    return (await (await session.connection()).execute(select(STATION.c.id).limit(1))).first() is None


async def causes(session: AsyncSession, station_id: UUID) -> list[str]:
    """What caused the acts on the register about a station, the latest first."""
    statement = select(CHANGE.c.cause).where(CHANGE.c.station_id == station_id).order_by(CHANGE.c.at.desc(), CHANGE.c.id.desc())
    return list((await (await session.connection()).execute(statement)).scalars())
