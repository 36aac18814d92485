"""The stations opened under a blanket license (包括免許) or a blanket registration (包括登録): one row each.

The record counts them: its `station_count` follows. Rows are closed, never changed: an opened station that is closed is recorded anew
with the day of its closing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import identifiers
from partner.errors import Conflict, FieldError, Invalid, Text
from partner.registry import fitness, ledger, opening_queries, timeline, vocabulary, writing
from partner.registry.facts import CountReport, License
from partner.registry.ledger import Entry, Moment
from partner.registry.opening_models import OpenedStation
from partner.regulation import Law


@dataclass(frozen=True)
class Opening:
    """One station: where it stands or is kept, by which equipment it is known."""

    opened_on: date
    municipality: str | None = None
    address: str | None = None
    conformity_number: str | None = None
    serial_number: str | None = None


@dataclass(frozen=True)
class Closing:
    """An opened station, named by the serial number of its equipment, and the day on which it was closed."""

    serial_number: str
    closed_on: date


@dataclass(frozen=True)
class Open:
    """A station that is or was open under a license: from a day on, and until the day on which it was closed."""

    opened_on: date
    closed_on: date | None


async def under(session: AsyncSession, station_id: UUID) -> list[Open]:
    """The stations that are or were open under a license, as is believed now."""
    rows = await opening_queries.days_under(session, [station_id])
    return [Open(opened_on, closed_on) for _, opened_on, closed_on in rows]


async def open_stations(
    session: AsyncSession, station_id: UUID, openings: Sequence[Opening], *, cause: str, on: date, law: Law | None = None
) -> License:
    """Stations are opened under a license. Raises Invalid (`not_recordable`) for none or a wrong place, Conflict `opened_already`."""
    moment = await ledger.begin(session)
    _refuse_unfit(openings)
    present = await opening_queries.open_under(session, station_id)
    known = {row.serial_number for row in present if row.serial_number}
    given = [opening.serial_number for opening in openings if opening.serial_number]
    twice = sorted({number for number in given if number in known or given.count(number) > 1})
    if twice:
        message = Text(f"製造番号{twice[0]}の局は既に開設されています。", f"The station with serial number {twice[0]} is open already.")
        raise Conflict("opened_already", message)
    rows = [_row(station_id, opening, closed_on=None, cause=cause, moment=moment) for opening in openings]
    await writing.insert_rows(session, OpenedStation, rows)
    return await counted(session, station_id, len(present) + len(rows), cause=cause, on=on, law=law, moment=moment)


async def close_stations(
    session: AsyncSession, station_id: UUID, closings: Sequence[Closing], *, cause: str, on: date, law: Law | None = None
) -> License:
    """Opened stations are closed. Raises Conflict `not_opened` for one that is not open, Invalid for a day before its opening."""
    moment = await ledger.begin(session)
    present = {row.serial_number: row for row in await opening_queries.open_under(session, station_id)}
    total = len(await opening_queries.open_under(session, station_id))
    for closing in closings:
        row = present.pop(closing.serial_number, None)
        if row is None:
            words = Text(f"製造番号{closing.serial_number}の局は開設されていません。", f"No station {closing.serial_number} is open.")
            raise Conflict("not_opened", words)
        if closing.closed_on < row.opened_on:
            raise _unfit("/closed_on", Text("廃止の日が開設の日より前です。", "It was closed before it was opened."))
        await writing.close(session, OpenedStation, [row.id], at=moment.at)
        known = Opening(row.opened_on, row.municipality, row.address, row.conformity_number, row.serial_number)
        closed = _row(station_id, known, closed_on=closing.closed_on, cause=cause, moment=moment)
        await writing.insert_rows(session, OpenedStation, [closed])
    return await counted(session, station_id, total - len(closings), cause=cause, on=on, law=law, moment=moment)


async def set_count(session: AsyncSession, station_id: UUID, count: int, *, cause: str, on: date, law: Law | None = None) -> License:
    """The number of stations under a license, as its holder reports it (法103条の2). Raises Invalid for a number that cannot be."""
    if count < 1:
        raise _unfit("/station_count", Text("無線局の数は1以上です。", "There is one station at least."))
    return await counted(session, station_id, count, cause=cause, on=on, law=law, moment=await ledger.begin(session))


async def report_count(
    session: AsyncSession, station_id: UUID, report: CountReport, *, cause: str, on: date, law: Law | None = None
) -> License:
    """How many stations were open on a day, as reported; of one day the last report counts. Raises Invalid for a number below zero."""
    if report.count < 0:
        raise _unfit("/station_count", Text("無線局の数が負です。", "The number of stations is below zero."))
    moment = await ledger.begin(session)
    before = await ledger.believed(session, station_id)

    def told(version: License) -> License:
        others = [one for one in version.facts.count_reports if one.as_of != report.as_of]
        reports = tuple(sorted([*others, report], key=lambda one: one.as_of))
        return replace(version, facts=replace(version.facts, count_reports=reports))

    after = timeline.changed(before, on, None, told)
    return await ledger.enter(session, moment, Entry(station_id, "modified", cause, on, before, after), vocabulary.chosen(law))


async def counted(session: AsyncSession, station_id: UUID, count: int, *, cause: str, on: date, law: Law | None, moment: Moment) -> License:
    """Put the number of stations on the record, one at least: with none left the record stays until it is ended."""
    before = await ledger.believed(session, station_id)
    current = timeline.standing(before, on)
    facts = replace((current or before[-1]).facts, station_count=max(count, 1))
    fitness.check(facts)
    after = timeline.changed(before, on, None, lambda version: replace(version, facts=replace(version.facts, station_count=max(count, 1))))
    return await ledger.enter(session, moment, Entry(station_id, "modified", cause, on, before, after), vocabulary.chosen(law))


def _refuse_unfit(openings: Sequence[Opening]) -> None:
    if not openings:
        raise _unfit("", Text("開設した無線局がありません。", "No opened station is named."))
    for index, opening in enumerate(openings):
        if opening.municipality is not None and not fitness.is_municipality(opening.municipality):
            error = fitness.municipality_error(f"/{index}/municipality", opening.municipality)
            raise Invalid("not_recordable", error.message, errors=[error])


def _unfit(place: str, message: Text) -> Invalid:
    return Invalid("not_recordable", message, errors=[FieldError(place, "invalid", message)])


def _row(station_id: UUID, opening: Opening, *, closed_on: date | None, cause: str, moment: Moment) -> dict[str, Any]:
    return {
        "id": identifiers.new_id(),
        "station_id": station_id,
        "opened_on": opening.opened_on,
        "closed_on": closed_on,
        "municipality": opening.municipality,
        "address": opening.address,
        "conformity_number": opening.conformity_number,
        "serial_number": opening.serial_number,
        "cause": cause,
        "recorded": writing.from_now(moment.at),
    }
