"""The statements behind MIC's Web-API: the pages are those of a naive reading, and one class is read in the order of its index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from partner.database import SYSTEM, Database
from partner.registry import musen_queries, musen_search, publishing, vocabulary
from partner.registry.criteria import Criteria
from partner.registry.importing import LicenseRecord, import_licenses
from partner.registry.normalisation import normalise
from partner.registry.queries import Statement
from partner.registry.synthetic import Generator
from tests.registry.acting import grant
from tests.registry.samples import BASE, TAXI, law

TODAY = date(2024, 3, 1)
LICENSED = ("in_force", "suspended")
AMATEURS = Criteria(station_classes=("AT",), registered=False, statuses=LICENSED)
REGISTERED = Criteria(standards=("008",), registered=True, statuses=LICENSED)
MUNICIPALITIES = tuple(f"{prefecture}{place}" for prefecture in range(11, 15) for place in range(100, 240))
Row = dict[str, Any]


def every(_: Row) -> bool:
    return True


CASES: dict[str, tuple[Criteria, Callable[[Row], bool]]] = {
    "class": (AMATEURS, every),
    "bureau": (replace(AMATEURS, bureaus=("A",)), lambda row: row["bureau"] == "A"),
    "bureau and prefecture": (replace(AMATEURS, bureaus=("A",), prefectures=("13",)), lambda row: row["prefecture"] == "13"),
    "prefectures": (replace(AMATEURS, prefectures=("13", "27")), lambda row: row["prefecture"] in {"13", "27"}),
    "municipalities": (
        replace(AMATEURS, municipalities=MUNICIPALITIES),
        lambda row: row["municipality"] in MUNICIPALITIES,
    ),
    "prefecture": (replace(AMATEURS, prefectures=("13",)), lambda row: row["prefecture"] == "13"),
    "places": (
        replace(AMATEURS, places=(("13",), ("14101", "14102"))),
        lambda row: row["prefecture"] == "13" or row["municipality"] in {"14101", "14102"},
    ),
    "dates": (replace(AMATEURS, licensed_from=date(2022, 1, 1)), lambda row: row["licensed_on"] >= date(2022, 1, 1)),
    "name": (replace(AMATEURS, licensees=("無線クラブ",)), lambda row: normalise("無線クラブ") in row["licensee_search"]),
    "a character": (replace(AMATEURS, licensees=("大",)), lambda row: "大" in row["licensee_search"]),
    "sign": (replace(AMATEURS, call_sign_parts=("JA",)), lambda row: "JA" in row["call_sign_search"]),
    "long sign": (replace(AMATEURS, call_sign_parts=("A1A",)), lambda row: "A1A" in row["call_sign_search"]),
    "other class": (replace(AMATEURS, station_classes=("CR",)), every),
    "registrations": (REGISTERED, every),
    "registrations by bureau": (replace(REGISTERED, bureaus=("E",)), lambda row: row["bureau"] == "E"),
    "registrations by name": (replace(REGISTERED, licensees=("タク",)), lambda row: "タク" in row["licensee_search"]),
}
PREPARED: set[str] = set()


@pytest.fixture(autouse=True)
async def recorded(database: Database, database_name: str) -> None:
    """Synthetic stations, some of them over; as many simplified stations registered as licensed; one without a place."""
    if database_name in PREPARED:
        return
    made = list(Generator(law(), seed=5, today=TODAY).licenses(600))
    simplified = [LicenseRecord(one.licensee, one.facts, one.licensed_on, one.valid_to) for one in made if one.facts.station_class == "CR"]
    registered = [replace(one, facts=replace(one.facts, registration_standard="008")) for one in simplified]
    async with database.transaction(SYSTEM) as session:
        await import_licenses(session, [*made, *registered], law=law())
        await grant(session, TAXI, replace(BASE, station_class="AT", municipality=None), date(2022, 1, 1), date(2026, 1, 1))
    PREPARED.add(database_name)


@asynccontextmanager
async def public(database: Database) -> AsyncIterator[AsyncConnection[Any]]:
    async with database.public.connection() as connection:
        yield connection


def order(row: Row, columns: tuple[str, ...]) -> list[tuple[bool, Any]]:
    """The key of a row, nulls last."""
    return [(row[column] is None, row[column] or "") for column in columns]


async def naive(connection: AsyncConnection[Any], criteria: Criteria, wanted: Callable[[Row], bool], key: str) -> list[str]:
    cursor = connection.cursor(row_factory=dict_row)
    rows = await (await cursor.execute("SELECT * FROM public_license AS l WHERE upper_inf(recorded)")).fetchall()
    columns = (musen_queries.REGISTRATIONS if criteria.registered else musen_queries.LICENSES)[key]

    def matches(row: Row) -> bool:
        one = (row["registration_standard"] is not None) is criteria.registered
        classes = criteria.station_classes or (row["station_class"],)
        return one and TODAY in row["valid"] and row["station_class"] in classes and wanted(row)

    return [row["musen"] for row in sorted(filter(matches, rows), key=lambda row: order(row, columns))]


async def paged(connection: AsyncConnection[Any], criteria: Criteria, key: str, size: int) -> tuple[set[int], list[str]]:
    """Every total that was told, and the records of all pages."""
    totals: set[int] = set()
    found: list[str] = []
    while True:
        statement = musen_queries.records(criteria, as_of=TODAY, order=key, start=len(found) + 1, size=size)
        async with musen_search.records(connection, statement) as (head, batches):
            page = [record async for batch in batches for record in batch]
        totals.add(head.total)
        found.extend(page)
        if len(page) < size:
            return totals, found


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("key", ["1", "2", "3", "4"])
async def test_pages_are_those_of_a_naive_reading(database: Database, case: str, key: str) -> None:
    criteria, wanted = CASES[case]
    async with public(database) as connection:
        expected = await naive(connection, criteria, wanted, key)
        assert expected
        assert await paged(connection, criteria, key, max(len(expected) // 3, 1)) == ({len(expected)}, expected)
        number = await musen_search.number(connection, musen_queries.number(criteria, as_of=TODAY))
    assert number.total == len(expected)


async def explained(connection: AsyncConnection[Any], statement: Statement) -> str:
    """The plan that PostgreSQL makes of a page when a table is large: reading it whole, or by a bitmap, is out of the question."""
    for setting in ("enable_seqscan", "enable_bitmapscan"):
        await connection.execute(f"SET LOCAL {setting} = off".encode())
    cursor = psycopg.AsyncClientCursor(connection)
    rows = await (await cursor.execute(b"EXPLAIN " + statement.query.encode(), statement.values)).fetchall()
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("criteria", [AMATEURS, replace(AMATEURS, bureaus=("A",)), replace(AMATEURS, prefectures=("13",))])
async def test_one_class_is_read_in_the_order_of_its_index_alone(database: Database, criteria: Criteria) -> None:
    async with public(database) as connection, connection.transaction():
        plan = await explained(connection, musen_queries.records(criteria, as_of=TODAY, order="2", start=300, size=100))
        by_name = await explained(connection, musen_queries.records(criteria, as_of=TODAY, order="1", start=300, size=100))
    assert "Index Only Scan using ix_published_license_class_place" in plan
    assert "Sort" not in plan
    assert "Sort" in by_name


async def test_a_record_published_is_the_record_listed(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        station = await grant(session, TAXI, replace(BASE, station_class="FA"), date(2022, 1, 1), date(2026, 1, 1))
    async with public(database) as connection:
        _, found = await paged(connection, replace(AMATEURS, station_classes=("FA",), licensees=("みどり",)), "2", 10)
    made = publishing.publish(station, vocabulary.of(law()), TODAY)
    assert made is not None
    assert found == [made.license["musen"]]
