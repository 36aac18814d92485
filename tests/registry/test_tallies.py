"""What the database keeps beside the published rows: the pairs of characters of names, and the numbers of licenses day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.database import SYSTEM, Database
from partner.errors import Conflict, Invalid
from partner.registry import queries, search
from partner.registry import service as register
from partner.registry.criteria import Criteria
from partner.registry.facts import License
from partner.registry.normalisation import query_grams
from partner.registry.search import View
from tests.registry.acting import grant, rows
from tests.registry.samples import BASE, CLUB, FIXED, TARO, TAXI

START = date(2024, 1, 1)
ACTS = st.lists(
    st.tuples(st.sampled_from(["move", "correct", "renew", "end", "suspend", "revoke"]), st.integers(0, 1), st.integers(-5, 130)),
    max_size=7,
)
SEARCHES = [
    Criteria(),
    Criteria(station_classes=("AT",)),
    Criteria(station_classes=("AT", "FB"), statuses=("in_force", "suspended")),
    Criteria(bureaus=("A",), statuses=("suspended",)),
    Criteria(prefectures=("13",)),
    Criteria(municipalities=("13101",)),
    Criteria(station_classes=("AT",), bureaus=("A",)),
    Criteria(station_classes=("FB",), prefectures=("14", "13")),
    Criteria(station_classes=("FB",), municipalities=("13101", "14101")),
    Criteria(places=(("14",), ())),
    Criteria(places=((), ("13101", "14101")), station_classes=("FB",)),
    Criteria(registered=False),
]


async def act(session: AsyncSession, station: License, kind: str, on: date) -> None:
    """One act on the register; refusals are part of the game."""
    elsewhere = replace(station.facts, municipality="14101" if on.day % 2 else "13101")
    if kind == "move":
        await register.modify(session, station.station_id, effective_on=on, facts=elsewhere, cause="x")
    elif kind == "correct":
        await register.correct(session, station.station_id, first=on, last=on + timedelta(days=9), facts=elsewhere, cause="x")
    elif kind == "renew":
        await register.renew(session, station.station_id, licensed_on=on, valid_to=on + timedelta(days=40), cause="x")
    elif kind == "end":
        await register.end(session, station.station_id, ends_on=on, cause="x")
    elif kind == "suspend":
        await register.suspend(session, station.station_id, first=on, last=on + timedelta(days=20), reason="電波法76条", cause="x")
    else:
        await register.revoke(session, station.station_id, on=on, reason="電波法76条", cause="x")


async def counted(database: Database, criteria: Criteria, on: date) -> tuple[int, int]:
    """The number by the tallies, and the number by counting."""
    view = View(on, None)
    reads = database.reads
    tallied = await search.count(reads, criteria, view)
    statement = queries.counting(criteria, as_of=on, known_at=None)
    return tallied, int((await search.fetch(reads, statement))[0][0])


@given(acts=ACTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_tallies_count_what_counting_counts(database: Database, acts: list[tuple[str, int, int]]) -> None:
    async with database.transaction(SYSTEM) as session:
        stations = [await grant(session, TARO, FIXED, START, START + timedelta(days=60))]
        stations.append(await grant(session, TAXI, BASE, START, START + timedelta(days=60)))
    for kind, which, offset in acts:
        try:
            async with database.transaction(SYSTEM) as session:
                await act(session, stations[which], kind, START + timedelta(days=offset))
        except (Conflict, Invalid):
            continue
    for criteria in SEARCHES:
        for offset in (0, 10, 30, 60, 61, 100, 170):
            tallied, found = await counted(database, criteria, START + timedelta(days=offset))
            assert tallied == found


async def test_every_pair_of_a_published_name_is_kept_and_none_of_a_masked_one(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        club, person = await grant(session, CLUB, FIXED), await grant(session, TARO, replace(FIXED, municipality="13102"))
        kept = await rows(session, "SELECT gram FROM published_gram WHERE station_id = :id", id=club.station_id)
        masked = await rows(session, "SELECT gram FROM published_gram WHERE station_id = :id", id=person.station_id)
    assert {row["gram"] for row in kept} == {*query_grams(CLUB.name), CLUB.name[-1] + " "}
    assert masked == []
