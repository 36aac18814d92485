"""Whoever follows the feed has the register of the day: what takes effect on a day is put on the feed when the day has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import orjson
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import search
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, License, LicenseFacts
from tests.registry.acting import changes, grant
from tests.registry.samples import BASE, TAXI, law

YEARS = count(2030)  # record times never go back: each test has a year of its own
Json = dict[str, Any]


@pytest.fixture
def year() -> Iterator[int]:
    """A year on the first of June, in which licenses run until its end."""
    found = next(YEARS)
    clock._clock = clock.Clock(clock.start_of_day(date(found, 6, 1)))
    yield found
    clock._clock = clock.Clock()


def with_power(power: int) -> LicenseFacts:
    return replace(BASE, assignments=(AssignmentFacts(emission="F3E", frequency_hz=467_000_000, power_w=Decimal(power)),))


async def granted(database: Database, year: int, first: date = date(2020, 1, 1)) -> License:
    async with database.transaction(SYSTEM) as session:
        return await grant(session, TAXI, BASE, first, date(year, 12, 31))


async def told(database: Database, on: date, station_id: UUID) -> list[Json]:
    """What the feed says of a station, once the work of a day is done and done again."""
    clock.move_to(max(clock.now(), clock.start_of_day(on)))
    async with database.transaction(SYSTEM) as session:
        await register.expire(session, on=on, law=law())
        await register.take_effect(session, on=on, law=law())
        assert await register.take_effect(session, on=on, law=law()) == 0
        return await changes(session, station_id)


async def assert_mirrored(database: Database, station_id: UUID, entries: list[Json]) -> None:
    """The last entry of the feed is what the register shows."""
    reads = database.reads
    text = (await search.station(reads, station_id, as_of=None, known_at=None))[1]
    assert entries[-1]["after"] == orjson.loads(text)


def statuses(entries: list[Json]) -> list[tuple[str, Any, Any]]:
    return [
        (one["kind"], *(None if one[side] is None else one[side]["license"]["status"] for side in ("before", "after"))) for one in entries
    ]


async def test_a_renewal_is_shown_when_its_term_begins(database: Database, year: int) -> None:
    station = await granted(database, year)
    async with database.transaction(SYSTEM) as session:
        first, last = date(year + 1, 1, 1), date(year + 5, 12, 31)
        await register.renew(session, station.station_id, licensed_on=first, valid_to=last, facts=with_power(1), cause="x")
    early = await told(database, date(year, 12, 31), station.station_id)
    assert [one["kind"] for one in early] == ["granted", "renewed"]
    assert [one["after"]["license"]["valid_to"] for one in early] == [f"{year}-12-31", f"{year}-12-31"]
    await assert_mirrored(database, station.station_id, early)
    entries = await told(database, first, station.station_id)
    assert statuses(entries)[2:] == [("renewed", "in_force", "in_force")]
    assert [entries[2][side]["license"]["valid_to"] for side in ("before", "after")] == [f"{year}-12-31", f"{year + 5}-12-31"]
    await assert_mirrored(database, station.station_id, entries)


async def test_a_license_that_ended_on_its_first_day_is_told_of_once(database: Database, year: int) -> None:
    today = date(year, 6, 1)
    station = await granted(database, year, today)
    async with database.transaction(SYSTEM) as session:
        await register.end(session, station.station_id, ends_on=today, cause="x", law=law())
    entries = await told(database, date(year, 6, 2), station.station_id)
    assert statuses(entries) == [("granted", None, "in_force"), ("ended", "in_force", "ended")]
    await assert_mirrored(database, station.station_id, entries)
    assert len(await told(database, date(year + 1, 1, 1), station.station_id)) == 2


async def test_an_order_is_shown_when_it_begins_and_when_it_has_run_out(database: Database, year: int) -> None:
    station = await granted(database, year)
    async with database.transaction(SYSTEM) as session:
        await register.suspend(session, station.station_id, first=date(year, 7, 1), last=date(year, 7, 9), reason="x", cause="x")
    assert statuses(await told(database, date(year, 6, 30), station.station_id))[1:] == [("suspended", "in_force", "in_force")]
    during = await told(database, date(year, 7, 1), station.station_id)
    assert statuses(during)[2:] == [("suspended", "in_force", "suspended")]
    await assert_mirrored(database, station.station_id, during)
    after = await told(database, date(year, 7, 10), station.station_id)
    assert statuses(after)[3:] == [("reinstated", "suspended", "in_force")]
    await assert_mirrored(database, station.station_id, after)


async def test_a_modification_of_a_later_day_is_shown_on_that_day(database: Database, year: int) -> None:
    station = await granted(database, year)
    async with database.transaction(SYSTEM) as session:
        await register.modify(session, station.station_id, effective_on=date(year, 8, 1), facts=with_power(1), cause="x")
    for on, power in ((date(year, 7, 31), [5, 5]), (date(year, 8, 1), [5, 5, 1])):
        entries = await told(database, on, station.station_id)
        assert [one["after"]["assignments"][0]["power_w"] for one in entries] == power
        await assert_mirrored(database, station.station_id, entries)


async def test_a_correction_of_days_that_are_past_shows_what_is_true_today(database: Database, year: int) -> None:
    station = await granted(database, year)
    async with database.transaction(SYSTEM) as session:
        first, last = date(2021, 1, 1), date(2021, 12, 31)
        await register.correct(session, station.station_id, first=first, last=last, facts=with_power(1), cause="x")
    entries = await told(database, date(year, 6, 1), station.station_id)
    assert [one["after"]["assignments"][0]["power_w"] for one in entries] == [5, 5]
    await assert_mirrored(database, station.station_id, entries)


@pytest.mark.parametrize(("revoked", "kind"), [(False, "ended"), (True, "revoked")])
async def test_an_end_of_a_later_day_is_shown_on_that_day(database: Database, year: int, revoked: bool, kind: str) -> None:
    station = await granted(database, year)
    async with database.transaction(SYSTEM) as session:
        if revoked:
            await register.revoke(session, station.station_id, on=date(year, 7, 1), reason="x", cause="x")
        else:
            await register.end(session, station.station_id, ends_on=date(year, 7, 1), cause="x")
    assert statuses(await told(database, date(year, 6, 30), station.station_id))[1:] == [(kind, "in_force", "in_force")]
    entries = await told(database, date(year, 7, 1), station.station_id)
    assert statuses(entries)[2:] == [(kind, "in_force", "ended")]
    await assert_mirrored(database, station.station_id, entries)


async def test_a_license_of_a_later_day_is_shown_when_it_begins_and_when_it_expires(database: Database, year: int) -> None:
    station = await granted(database, year, date(year, 7, 1))
    begun = await told(database, date(year, 7, 1), station.station_id)
    assert statuses(begun) == [("granted", None, "not_yet"), ("granted", "not_yet", "in_force")]
    entries = await told(database, date(year + 1, 1, 1), station.station_id)
    assert statuses(entries)[2:] == [("expired", "in_force", "expired")]
    await assert_mirrored(database, station.station_id, entries)


async def test_work_that_was_not_done_for_months_is_done_once(database: Database, year: int) -> None:
    station = await granted(database, year)
    async with database.transaction(SYSTEM) as session:
        await register.modify(session, station.station_id, effective_on=date(year, 8, 1), facts=with_power(1), cause="x")
        await register.modify(session, station.station_id, effective_on=date(year, 9, 1), facts=with_power(2), cause="x")
    entries = await told(database, date(year, 10, 1), station.station_id)
    assert [one["kind"] for one in entries] == ["granted", "modified", "modified", "modified"]
    assert [entries[-1][side]["assignments"][0]["power_w"] for side in ("before", "after")] == [5, 2]
    await assert_mirrored(database, station.station_id, entries)


async def test_what_is_recorded_on_the_day_itself_is_told_once(database: Database, year: int) -> None:
    station = await granted(database, year)
    clock.move_to(datetime.fromisoformat(f"{year}-07-01T09:00:00+09:00"))
    async with database.transaction(SYSTEM) as session:
        await register.modify(session, station.station_id, effective_on=date(year, 7, 1), facts=with_power(1), cause="x")
    assert [one["kind"] for one in await told(database, date(year, 7, 2), station.station_id)] == ["granted", "modified"]


async def test_what_became_withheld_is_told_even_after_an_act_of_which_nothing_is_published(database: Database, year: int) -> None:
    station = await granted(database, year)
    secret = replace(BASE, purposes=("FIR",))
    async with database.transaction(SYSTEM) as session:
        await register.modify(session, station.station_id, effective_on=date(year, 7, 1), facts=secret, cause="x")
    clock.move_to(datetime.fromisoformat(f"{year}-07-01T09:00:00+09:00"))
    async with database.transaction(SYSTEM) as session:
        await register.modify(session, station.station_id, effective_on=date(year, 7, 1), facts=replace(secret, note="甲"), cause="x")
    entries = await told(database, date(year, 7, 1), station.station_id)
    assert statuses(entries) == [
        ("granted", None, "in_force"),
        ("modified", "in_force", "in_force"),
        ("modified", "in_force", None),
    ]
