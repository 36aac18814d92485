"""The work of every day, by our clock: what expired goes on the change feed once, in whichever process the work is done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from functools import cache
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from partner import clock, jobs, regulation
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.open_data import dumps, shelf
from partner.registry.open_data.churn import Churn, SuspiciousChurn
from partner.registry.open_data.dumps import Publisher
from partner.registry.open_data.formats import Watch
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
async def at_work(url: str, database: Database, publisher: Publisher | None = None) -> AsyncIterator[None]:
    task = asyncio.ensure_future(jobs.run(url, database, the_law(), publisher=publisher, watch_s=0.02))
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


async def dumped(root: Path, sequence: int, station: register.License) -> tuple[str, str]:
    """The day of the last dump, and the status of a station there, once it has come to a sequence; twenty seconds are enough."""
    for _ in range(1000):
        told = shelf.last(root)
        if told is not None and told["sequence"] >= sequence:
            break
        await asyncio.sleep(0.02)
    assert told is not None
    lines = map(orjson.loads, (root / "latest" / "stations.jsonl").read_bytes().splitlines())
    return told["as_of"], {line["id"]: line["license"]["status"] for line in lines}[str(station.station_id)]


@pytest.fixture
def publisher(database: Database, tmp_path: Path) -> Publisher:
    settings = Settings(mode="test", data_dir=tmp_path)
    return Publisher(database, the_law(), settings, settings.open_data_root)


async def test_every_day_a_dump_follows_what_expired(
    cluster: Cluster, database_name: str, database: Database, publisher: Publisher, station: register.License
) -> None:
    before = len(await kinds(database))
    async with at_work(cluster.url("partner_app", database_name), database, publisher):
        assert await dumped(publisher.root, before, station) == ("2025-05-31", "in_force")
        clock.move_to(datetime.fromisoformat("2025-06-01T00:00:01+09:00"))
        assert await dumped(publisher.root, before + 1, station) == ("2025-06-01", "expired")


async def test_a_dump_that_is_refused_is_told_in_the_log_and_not_tried_again(
    cluster: Cluster,
    database_name: str,
    database: Database,
    publisher: Publisher,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tried: list[Publisher] = []

    def refused(asked: Publisher, *, watch: object) -> None:
        tried.append(asked)
        raise SuspiciousChurn(Churn(1, 2, 3, 0, 0, 60.0), 20.0, "/elsewhere/refused")

    monkeypatch.setattr(dumps, "refresh", refused)
    async with at_work(cluster.url("partner_app", database_name), database, publisher):
        for _ in range(1000):
            if tried and await waiting(database) == 0:
                break
            await asyncio.sleep(0.02)
    assert tried == [publisher]
    assert "60.0 % of the stations differ" in caplog.text
    assert "/elsewhere/refused" in caplog.text


async def test_a_dump_stops_when_the_work_is_told_to_stop(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    began, ended = threading.Event(), threading.Event()

    def endless(asked: Publisher, *, watch: Watch) -> None:
        began.set()
        try:
            while True:
                watch("stations.csv", 1, None)
        finally:
            ended.set()

    monkeypatch.setattr(dumps, "refresh", endless)
    task = asyncio.ensure_future(jobs._dump(publisher))
    assert await asyncio.to_thread(began.wait, 20)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 20)
