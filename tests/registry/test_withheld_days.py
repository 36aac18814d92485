"""A station that is withheld for some of the days of its term is not shown on these days: not as expired, nor as one still to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import orjson
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import NotFound
from partner.reads import Reads
from partner.registry import search
from partner.registry import service as register
from partner.registry.criteria import STATUSES, Criteria, Page
from partner.registry.facts import License
from tests.registry.acting import changes, grant
from tests.registry.samples import BASE, TAXI, law

ONE_DAY = timedelta(days=1)
TODAY = clock.today()
FIRST, LAST = TODAY - timedelta(days=100), TODAY + timedelta(days=100)
FIRE_SERVICE = replace(BASE, purposes=("FIR",))


@pytest.fixture
async def station(database: Database) -> License:
    async with database.transaction(SYSTEM) as session:
        return await grant(session, TAXI, BASE, FIRST, LAST)


async def shown(database: Database, station: License, on: date) -> str | None:
    """The status with which the public sees a station on a day, by itself and in every search; None when it does not see it."""
    found: set[str] = set()
    reads = database.reads
    for statuses in ((), *((one,) for one in STATUSES)):
        criteria = Criteria(licensee_ids=(station.licensee_id,), statuses=statuses, as_of=on)
        page = await search.stations(reads, criteria, Page(1000, count=True), key=b"k" * 32)
        assert page.total == len(page.items)
        listed = [one for one in map(orjson.loads, page.items) if one["id"] == str(station.station_id)]
        assert not statuses or {one["license"]["status"] for one in listed} <= set(statuses)
        found |= {one["license"]["status"] for one in listed}
    try:
        alone = await one_by_id(reads, station.station_id, on)
    except NotFound:
        assert found == set()
        return None
    assert found == {alone}
    return alone


async def one_by_id(reads: Reads, station_id: UUID, on: date) -> str:
    text = (await search.station(reads, station_id, as_of=on, known_at=None))[1]
    return str(orjson.loads(text)["license"]["status"])


async def test_from_the_day_on_which_it_is_withheld_it_is_not_shown(database: Database, station: License) -> None:
    changed = TODAY - timedelta(days=10)
    async with database.transaction(SYSTEM) as session:
        await register.modify(session, station.station_id, effective_on=changed, facts=FIRE_SERVICE, cause="x", law=law())
        last = (await changes(session, station.station_id))[-1]
    assert last["after"] is None
    days = (FIRST - timedelta(days=1), FIRST, changed - timedelta(days=1), changed, TODAY, LAST, LAST + timedelta(days=1))
    assert [await shown(database, station, on) for on in days] == ["not_yet", "in_force", "in_force", None, None, None, None]


async def test_until_the_day_on_which_it_is_shown_it_is_not_one_to_come(database: Database, station: License) -> None:
    until = TODAY + timedelta(days=10)
    async with database.transaction(SYSTEM) as session:
        await register.correct(session, station.station_id, first=FIRST, last=until, facts=FIRE_SERVICE, cause="x", law=law())
    days = (FIRST - timedelta(days=1), FIRST, TODAY, until, until + timedelta(days=1), LAST, LAST + timedelta(days=1))
    assert [await shown(database, station, on) for on in days] == [None, None, None, None, "in_force", "in_force", "expired"]


async def test_between_two_terms_a_station_is_expired_as_ever(database: Database, station: License) -> None:
    begins = LAST + timedelta(days=5)
    async with database.transaction(SYSTEM) as session:
        await register.renew(session, station.station_id, licensed_on=begins, valid_to=begins + timedelta(days=9), cause="x", law=law())
    assert [await shown(database, station, on) for on in (LAST, LAST + timedelta(days=1), begins)] == ["in_force", "expired", "in_force"]


async def test_a_station_whose_later_term_is_withheld_is_seen_on_the_days_before_it_only(database: Database) -> None:
    """Granted for 30 days, expired for 10, renewed for a purpose of which nothing is published."""
    expired, begins = TODAY - timedelta(days=20), TODAY - timedelta(days=10)
    async with database.transaction(SYSTEM) as session:
        station = await grant(session, TAXI, BASE, TODAY - timedelta(days=50), expired - timedelta(days=1))
        await register.renew(session, station.station_id, licensed_on=begins, valid_to=LAST, facts=FIRE_SERVICE, cause="x", law=law())
        last = (await changes(session, station.station_id))[-1]
    assert (last["before"]["license"]["status"], last["after"]) == ("expired", None)
    days = (expired - timedelta(days=1), expired, begins - timedelta(days=1), begins, TODAY, LAST + timedelta(days=1))
    assert [await shown(database, station, on) for on in days] == ["in_force", "expired", "expired", None, None, None]


async def test_a_station_whose_earlier_term_was_withheld_was_never_one_to_come(database: Database) -> None:
    begins = TODAY - timedelta(days=10)
    async with database.transaction(SYSTEM) as session:
        station = await grant(session, TAXI, FIRE_SERVICE, TODAY - timedelta(days=50), begins - timedelta(days=5))
        await register.renew(session, station.station_id, licensed_on=begins, valid_to=LAST, facts=BASE, cause="x", law=law())
        assert [one["after"] is None for one in await changes(session, station.station_id)] == [False]
    days = (TODAY - timedelta(days=60), TODAY - timedelta(days=50), begins - timedelta(days=1), begins, TODAY, LAST + timedelta(days=1))
    assert [await shown(database, station, on) for on in days] == [None, None, None, "in_force", "in_force", "expired"]


async def test_what_is_published_again_by_a_correction_is_shown_as_expired_again(database: Database) -> None:
    """And after the belief of the time before the correction it still is not."""
    begins = TODAY - timedelta(days=10)
    async with database.transaction(SYSTEM) as session:
        station = await grant(session, TAXI, BASE, FIRST, begins - timedelta(days=3))
        await register.renew(
            session, station.station_id, licensed_on=begins, valid_to=TODAY + ONE_DAY, facts=FIRE_SERVICE, cause="x", law=law()
        )
    before = clock.now()
    async with database.transaction(SYSTEM) as session:
        await register.correct(session, station.station_id, first=begins, facts=BASE, cause="x", law=law())
    assert [await shown(database, station, on) for on in (begins - ONE_DAY, TODAY)] == ["expired", "in_force"]
    with pytest.raises(NotFound):
        await search.station(database.reads, station.station_id, as_of=TODAY, known_at=before)
