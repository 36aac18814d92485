"""A range with few frequencies: their stations are merged in the order of the ids, however many each has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from partner.database import SYSTEM, Database
from partner.registry import plans, points, search
from partner.registry import service as register
from partner.registry.criteria import Criteria, Page
from partner.registry.facts import AssignmentFacts
from partner.registry.plans import Plan
from partner.registry.values import Sort
from tests.registry.acting import grant
from tests.registry.samples import BASE, TAXI, law

KEY = b"k" * 32
OFTEN, SELDOM, ONCE = 467_000_000, 467_012_500, 467_025_000
RANGE = {"frequency_from": OFTEN, "frequency_to": ONCE, "as_of": date(2023, 12, 7)}
MADE: list[UUID] = []


async def stocked(database: Database) -> list[UUID]:
    """The stations in the range that are in force: 40 on one frequency, 5 of them on two, 4 elsewhere; some ended, some out of it."""
    if not MADE:
        async with database.transaction(SYSTEM) as session:
            for number in range(40):
                MADE.append((await grant(session, TAXI, using(OFTEN, *[SELDOM] * (number % 8 == 3)))).station_id)
                if number % 10 == 0:
                    MADE.append((await grant(session, TAXI, using(SELDOM))).station_id)
                    await grant(session, TAXI, using(ONCE + 1))
                    ended = await grant(session, TAXI, using(OFTEN))
                    await register.end(session, ended.station_id, ends_on=date(2022, 1, 31), cause="test", law=law())
            MADE.append((await grant(session, TAXI, using(ONCE))).station_id)
            MADE.append((await grant(session, TAXI, over(466_000_000, OFTEN))).station_id)
    return MADE


def using(*hertz: int) -> Any:
    """A base station on single frequencies."""
    return replace(BASE, assignments=tuple(AssignmentFacts("16K0F3E", frequency_hz=one, power_w=Decimal(5)) for one in hertz))


def over(low: int, high: int) -> Any:
    """A base station on a band."""
    return replace(BASE, assignments=(AssignmentFacts("16K0F3E", frequency_hz=low, frequency_to_hz=high, power_w=Decimal(5)),))


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Hears of every plan that is tried whether it merges few frequencies."""
    heard: list[bool] = []
    page = plans.page

    def listening(*given: Any, **named: Any) -> Iterator[Plan]:
        for plan in page(*given, **named):
            heard.append(b"points AS MATERIALIZED" in plan.query)
            yield plan

    monkeypatch.setattr(plans, "page", listening)
    return heard


async def ids(database: Database, wanted: Criteria, size: int) -> list[UUID]:
    """The stations of all pages."""
    found: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await search.stations(database.reads, wanted, Page(size, cursor, count=True), key=KEY)
        found += [UUID(orjson.loads(item)["id"]) for item in page.items]
        assert page.total == len(MADE)
        if not page.more:
            return found
        cursor = page.cursor(len(page.items) - 1, wanted, KEY)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 2, 5, 7, 60])
async def test_they_are_merged_in_order_page_by_page(database: Database, tried: list[bool], descending: bool, size: int) -> None:
    made = await stocked(database)
    found = await ids(database, Criteria(**RANGE, sort=Sort("id", descending)), size)  # type: ignore[arg-type]
    assert found == sorted(made, reverse=descending)
    assert all(tried)


async def test_where_there_are_more_frequencies_than_few_another_way_is_taken(
    database: Database, tried: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await stocked(database)
    monkeypatch.setattr(points, "FEW", 2)
    assert await ids(database, Criteria(**RANGE), 60) == sorted(made)  # type: ignore[arg-type]
    assert tried == [True, False]


async def test_where_a_further_filter_leaves_too_few_for_a_page_another_way_is_taken(database: Database, tried: list[bool]) -> None:
    await stocked(database)
    wanted = Criteria(**RANGE, power_min=Decimal(6))  # type: ignore[arg-type]
    page = await search.stations(database.reads, wanted, Page(3), key=KEY)
    assert (page.items, page.more) == ([], False)
    assert tried == [True, False]
