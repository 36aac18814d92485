"""The work of every day, by our clock: what expired goes on the change feed once, in whichever process the work is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from functools import cache

import pytest
from sqlalchemy import text

from partner import clock, jobs, regulation
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.regulation import Law
from partner.settings import Settings
from tests.conftest import Cluster

EVE = datetime.fromisoformat("2025-05-31T23:59:00+09:00")
PERSON = LicenseeFacts("individual", "総務花子", "ソウムハナコ", municipality="13102", address="築地１－１－１")
STATION = LicenseFacts(
    "AT", "A", purposes=("ATC",), municipality="13102", movement_area="AAA", moves=True, assignments=(AssignmentFacts(bundle="4AM"),)
)


@cache
def the_law() -> Law:
    return regulation.load(Settings().regulation_root)


@pytest.fixture(autouse=True)
def _on_the_eve() -> Iterator[None]:
    clock._clock = clock.Clock(EVE)
    yield
    clock._clock = clock.Clock()


@pytest.fixture
async def station(database: Database) -> register.License:
    async with database.transaction(SYSTEM) as session:
        licensee = await register.record_licensee(session, PERSON)
        return await register.record(
            session, STATION, licensee_id=licensee, licensed_on=date(2020, 6, 1), valid_to=date(2025, 5, 31), law=the_law(), cause="test"
        )


@asynccontextmanager
async def at_work(url: str, database: Database) -> AsyncIterator[None]:
    task = asyncio.ensure_future(jobs.run(url, database, the_law(), watch_s=0.02))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def kinds(database: Database) -> list[str]:
    async with database.transaction(SYSTEM) as session:
        rows = await (await session.connection()).execute(text("SELECT kind FROM published_change ORDER BY sequence"))
        return [str(row[0]) for row in rows]


async def waiting(database: Database) -> int:
    async with database.transaction(SYSTEM) as session:
        count = (await (await session.connection()).execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one()
        return int(count)


async def when_done(database: Database, kind: str) -> list[str]:
    """The kinds of change on the feed, once one of the given kind is there and no work waits; after twenty seconds, as it is."""
    for _ in range(1000):
        found = await kinds(database)
        if kind in found and await waiting(database) == 0:
            return found
        await asyncio.sleep(0.02)
    return await kinds(database)


async def test_what_expires_at_midnight_is_put_on_the_feed_once(
    cluster: Cluster, database_name: str, database: Database, station: register.License
) -> None:
    url = cluster.url("partner_app", database_name)
    async with at_work(url, database), at_work(url, database):
        assert await when_done(database, "granted") == ["granted"]
        clock.move_to(datetime.fromisoformat("2025-06-01T00:00:01+09:00"))
        assert await when_done(database, "expired") == ["granted", "expired"]
    async with at_work(url, database):
        clock.move_to(datetime.fromisoformat("2025-06-02T00:00:01+09:00"))
        await asyncio.sleep(0.3)  # the watch looks every 0.02 s
        assert await when_done(database, "expired") == ["granted", "expired"]
