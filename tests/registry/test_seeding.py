"""A synthetic register of national size: the same for the same seed and day, with a past, and put on record once."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Access, Database, Standing
from partner.errors import Conflict
from partner.identifiers import new_id
from partner.registry import bulk, progress, record_queries, seeding
from partner.registry import service as register
from partner.registry.newcomers import Known
from partner.registry.synthetic_register import SyntheticRegister, SyntheticStation
from tests.registry.acting import grant, rows
from tests.registry.samples import BASE, TAXI, law

TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_A_TIME", 150)


def made(count: int, seed: int = 1, today: date = TODAY) -> list[SyntheticStation]:
    return list(islice(SyntheticRegister(law(), seed=seed, today=today).stations(), count))


def test_the_same_seed_and_day_give_the_same_stations() -> None:
    assert made(400) == made(400)
    assert made(400) != made(400, seed=2)
    assert made(900)[:400] == made(400)


def test_numbers_are_unique_and_a_sign_has_one_holder() -> None:
    stations = made(20_000)
    assert len({station.license_number for station in stations}) == 20_000
    holders: dict[str, set[Any]] = {}
    for station in stations:
        if station.call_sign is not None:
            holders.setdefault(station.call_sign, set()).add(station.licensee)
    assert len(holders) > 5_000
    assert {len(held) for held in holders.values()} == {1}
    assert max(Counter(station.call_sign for station in stations if station.call_sign).values()) == 2
    assert not [sign for sign in holders if "QRA" <= sign[3:] <= "QTZ"]
    assert max(Counter(station.licensee for station in stations).values()) > 50


def test_call_signs_last_for_three_million_stations() -> None:
    signs = SyntheticRegister(law(), seed=1, today=TODAY)._signs_of("A")
    found = list(islice(signs, 700_000))
    assert len(set(found)) == 700_000
    assert {len(sign) for sign in found[:300_000]} == {6}
    assert {len(sign) for sign in found[-10:]} == {7}


def test_the_register_has_a_past_and_registrations() -> None:
    stations = made(5_000)
    assert sum(len(station.terms) > 1 for station in stations) > 500
    assert sum(station.terms[-1][1] < TODAY for station in stations) > 50
    assert sum(station.ended_on is not None for station in stations) > 50
    assert sum(station.suspended is not None for station in stations) > 5
    assert sum(station.facts.registration_standard is not None for station in stations) > 50
    assert len({station.facts.station_class for station in stations}) > 12
    assert len({station.facts.bureau for station in stations}) == 11


async def test_every_act_is_on_record_and_on_the_feed_once(database: Database) -> None:
    told: list[int] = []
    result = await seeding.seed(database, law(), stations=700, seed=1, told=told.append)
    assert (result.stations, result.new) == (700, 700)
    assert told == [150, 300, 450, 600, 700]
    stations = made(700, today=clock.today())
    today = clock.today()
    async with database.transaction(SYSTEM) as session:
        feed = await rows(session, "SELECT sequence, kind FROM published_change ORDER BY sequence")
        counter = (await rows(session, "SELECT * FROM register_counter"))[0]
        numbers = await rows(session, "SELECT DISTINCT license_number AS number FROM license_version")
        suspended = await rows(session, "SELECT station_id FROM published_license WHERE suspended AND upper_inf(recorded)")
        orders = await rows(session, "SELECT station_id FROM disposition WHERE kind = 'suspension'")
        expired = await register.expire(session, law=law())
    kinds = Counter(row["kind"] for row in feed)
    assert [row["sequence"] for row in feed] == list(range(1, len(feed) + 1))
    assert counter["sequence"] == len(feed)
    assert kinds["granted"] == 700
    assert kinds["renewed"] == sum(len(station.terms) - 1 for station in stations)
    assert kinds["ended"] == sum(station.ended_on is not None for station in stations)
    assert kinds["suspended"] == sum(station.suspended is not None for station in stations) == len(suspended) == len(orders)
    assert kinds["expired"] == sum(station.terms[-1][1] < today for station in stations)
    assert expired == 0
    assert {row["number"] for row in numbers} == {station.license_number for station in stations}


async def test_a_second_run_goes_on_or_says_that_all_is_there(database: Database) -> None:
    await seeding.seed(database, law(), stations=700, seed=1)
    again = await seeding.seed(database, law(), stations=700, seed=1)
    assert again.new == 0
    more = await seeding.seed(database, law(), stations=800, seed=1)
    assert (more.stations, more.new) == (800, 100)
    async with database.transaction(SYSTEM) as session:
        found = await rows(session, "SELECT license_number AS number, call_sign AS sign FROM license_version")
    assert {(row["number"], row["sign"]) for row in found} == {
        (station.license_number, station.call_sign) for station in made(800, today=clock.today())
    }


async def test_a_register_takes_one_seed_and_in_earnest_nothing_beside_it(database: Database) -> None:
    await seeding.seed(database, law(), stations=10, seed=1)
    with pytest.raises(Conflict, match="seeded_otherwise"):
        await seeding.seed(database, law(), stations=10, seed=2)
    assert (await seeding.seed(database, law(), stations=10, seed=1, only_if_alone=True)).new == 0


async def test_acts_of_others_meanwhile_are_neither_lost_nor_disturbed(database: Database) -> None:
    before = (await seeding.seed(database, law(), stations=1, seed=1)).stations
    granted = []

    async def interfere() -> None:
        async with database.transaction(SYSTEM) as session:
            granted.append((await grant(session, TAXI, BASE)).station_id)

    original = bulk.Pipeline._write

    async def late(self: Any, chunk: Any, prepared: Any) -> Any:
        await interfere()
        return await original(self, chunk, prepared)

    patched = pytest.MonkeyPatch()
    patched.setattr(bulk.Pipeline, "_write", late)
    try:
        await seeding.seed(database, law(), stations=before + 400, seed=1)
    finally:
        patched.undo()
    async with database.transaction(SYSTEM) as session:
        feed = await rows(session, "SELECT sequence, station_id, at FROM published_change ORDER BY sequence")
        counter = await record_queries.counter(session)
        stations = await rows(session, "SELECT count(*) AS many FROM station")
    assert len(granted) >= 3
    assert stations[0]["many"] == before + 400 + len(granted)
    assert [row["sequence"] for row in feed] == list(range(1, counter.sequence + 1))
    assert [row["at"] for row in feed] == sorted(row["at"] for row in feed)
    assert set(granted) <= {row["station_id"] for row in feed}


async def test_an_applicant_writes_nothing_in_bulk(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        counter = await record_queries.counter(session)
    work = seeding._Seeding(law(), progress.begun("seed:9:2026-11-25", "seed 9"))
    prepared = work.prepare(seeding.Chunk(made(40, seed=9), 40), Known({}, set(), {}), counter, {})
    for standing in (Standing.APPLICANT, Standing.ADMINISTRATOR, Standing.ANONYMOUS):
        with pytest.raises(Exception, match="row-level security"):
            async with database.transaction(Access(standing, new_id())) as session:
                await bulk.write(session, prepared)
    async with database.transaction(SYSTEM) as session:
        assert await record_queries.counter(session) == counter
