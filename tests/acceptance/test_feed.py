"""The change feed of a real server: one sequence in commit order without gaps, as events too, from which a mirror lives."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import importing, seeding
from partner.registry import service as register
from partner.registry.synthetic import Generator
from partner.serving import GRACE_S
from tests.acceptance.service import Service
from tests.registry.acting import grant, rows
from tests.registry.many_acts import act_on_many
from tests.registry.samples import BASE, TAXI, law

MIDDAY = datetime.fromisoformat("2026-06-01T12:00:00+09:00")
TERM: Any = {"licensed_on": date(2024, 1, 1), "valid_to": date(2028, 12, 31)}
PATIENCE_S = 60.0
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _our_clock() -> Iterator[None]:
    yield
    clock._clock = clock.Clock()


@asynccontextmanager
async def reader(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as client:
        yield client


async def read(client: httpx2.AsyncClient, path: str, **parameters: Any) -> Json:
    answer = await client.get(path, params=parameters)
    answer.raise_for_status()
    found: Json = answer.json()
    return found


# One sequence


@dataclass(frozen=True)
class Written:
    """A transaction that is over: when it began and ended by one clock, and the stations that it put on record, in their order."""

    began: float
    ended: float
    stations: list[str]


async def write(database: Database, licensee_id: UUID, chance: random.Random, transactions: int) -> list[Written]:
    """Grants in transactions that begin whenever they like, and dawdle before and after they have written; some give up at the end."""
    found = []
    for _ in range(transactions):
        await asyncio.sleep(chance.uniform(0, 0.03))
        began, stations = time.monotonic(), []
        try:
            async with database.transaction(SYSTEM) as session:
                await asyncio.sleep(chance.uniform(0, 0.03))
                for _ in range(chance.randint(1, 3)):
                    made = await register.record(session, BASE, licensee_id=licensee_id, law=law(), cause="x", **TERM)
                    stations.append(str(made.station_id))
                    await asyncio.sleep(chance.uniform(0, 0.01))
                if chance.random() < 0.2:
                    raise InterruptedError  # noqa: TRY301
        except InterruptedError:
            continue
        found.append(Written(began, time.monotonic(), stations))
    return found


async def follow(client: httpx2.AsyncClient, chance: random.Random, writing: asyncio.Future[Any]) -> list[Json]:
    """Poll the feed while somebody writes, and once more afterwards."""
    found: list[Json] = []
    last = False
    while True:
        page = await read(client, "/api/v1/changes", after=len(found), limit=chance.choice((1, 2, 7, 1000)))
        found += page["items"]
        assert page["next"] == len(found)
        if last and not page["items"]:
            return found
        last = writing.done()


async def test_no_reader_misses_what_slow_writers_write(fresh: Service) -> None:
    fresh.start()
    chance = random.Random(1)
    async with fresh.database(connections=16) as database, reader(fresh) as client:
        async with database.transaction(SYSTEM) as session:
            licensee_id = await register.record_licensee(session, TAXI)
        writing = asyncio.gather(*(write(database, licensee_id, random.Random(number), 12) for number in range(12)))
        told = await asyncio.gather(*(follow(client, chance, writing) for _ in range(3)))
        written = [one for each in await writing for one in each]
    assert told[0] == told[1] == told[2]
    assert [entry["sequence"] for entry in told[0]] == list(range(1, len(told[0]) + 1))
    places = {entry["station_id"]: entry["sequence"] for entry in told[0]}
    assert len(places) == len(told[0])
    assert places.keys() == {station for one in written for station in one.stations}
    for one in written:
        numbers = [places[station] for station in one.stations]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    in_order = sorted(written, key=lambda one: places[one.stations[0]])
    latest = in_order[0].began
    for one in in_order:  # nobody comes after one that had not begun yet when it was over
        assert one.ended > latest
        latest = max(latest, one.began)


# Events


@dataclass
class Events:
    """What a client of Server-Sent Events keeps: what came, and the id of the last one."""

    found: list[Json] = field(default_factory=list)
    last_id: str | None = None

    async def read(self, client: httpx2.AsyncClient, number: int) -> None:
        """Read so many further events on a connection of its own, which is then cut off."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": self.last_id} if self.last_id else {})}
        wanted = len(self.found) + number
        async with client.stream("GET", "/api/v1/changes", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                name, _, text = line.partition(": ")
                if name == "id":
                    self.last_id = text
                elif name == "data":
                    self.found.append(orjson.loads(text))
                if len(self.found) == wanted:
                    return
        raise AssertionError(f"the server ended the stream after {self.last_id}")


async def grants(database: Database, number: int) -> None:
    for _ in range(number):
        async with database.transaction(SYSTEM) as session:
            await grant(session, TAXI, BASE)


async def test_a_reader_of_events_that_is_cut_off_misses_nothing(fresh: Service) -> None:
    fresh.start()
    events = Events()
    async with fresh.database() as database, reader(fresh) as client:
        await grants(database, 5)
        await asyncio.gather(events.read(client, 8), grants(database, 7))
        await grants(database, 4)
        await asyncio.gather(events.read(client, 10), grants(database, 6))
        await events.read(client, 4)
        assert events.last_id == "22"
        assert events.found == (await read(client, "/api/v1/changes", limit=1000))["items"]
    assert [one["sequence"] for one in events.found] == list(range(1, 23))


async def test_the_server_ends_while_somebody_listens(fresh: Service) -> None:
    fresh.start()
    async with reader(fresh) as client, client.stream("GET", "/api/v1/changes", headers={"Accept": "text/event-stream"}) as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith(": changes after 0")
        began = time.monotonic()
        status = await asyncio.to_thread(fresh.stop)
        assert time.monotonic() - began < GRACE_S
        assert status == 0
        assert all(not line.startswith("data") for line in [line async for line in lines])
    assert only_starts(fresh)


EVENTS = b"GET /api/v1/changes?limit=%d HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n\r\n"


@asynccontextmanager
async def listening(service: Service, number: int, limit: int) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """So many streams of events over all of the feed, of which the first line is read."""
    opened = [await asyncio.open_connection("127.0.0.1", service.port, limit=1024) for _ in range(number)]
    for stream, writer in opened:
        writer.write(EVENTS % limit)
        assert b"200 OK" in await stream.readline()
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


def only_starts(service: Service) -> bool:
    """Whether the log holds nothing but that the service listens."""
    said = [line for line in service.log.read_text(encoding="utf-8").splitlines() if line and not line.startswith("PARTNER listens on")]
    assert said == []
    return True


async def test_readers_leave_and_the_server_ends_without_a_word(fresh: Service) -> None:
    fresh.start()
    assert fresh.run("seed", "--stations", "1500").returncode == 0
    chance = random.Random(5)

    async def leave(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream.readexactly(chance.randint(1, 1_000_000))
        writer.transport.abort()

    for limit in (1, 50, 200):
        async with listening(fresh, 8, limit) as opened:
            await asyncio.gather(*(leave(*one) for one in opened))
    async with listening(fresh, 2, 1000) as opened:
        began = time.monotonic()
        opened[0][1].transport.abort()
        assert await asyncio.to_thread(fresh.stop) == 0  # the other one is still there, and does not read
        assert time.monotonic() - began < GRACE_S + 5
    assert only_starts(fresh)


# A mirror


@dataclass
class Mirror:
    """The register as somebody keeps it who has taken a dump and follows the feed."""

    stations: dict[str, Json]
    sequence: int
    kinds: set[str] = field(default_factory=set)

    async def follow(self, client: httpx2.AsyncClient) -> bool:
        """Take the next page of the feed; whether there was anything on it."""
        page = await read(client, "/api/v1/changes", after=self.sequence, limit=1000)
        for entry in page["items"]:
            assert entry["sequence"] == self.sequence + 1
            self.sequence += 1
            self.kinds.add(entry["kind"])
            if entry["after"] is None:
                self.stations.pop(entry["station_id"], None)
            else:
                self.stations[entry["station_id"]] = entry["after"]
        return bool(page["items"])


async def dumped(client: httpx2.AsyncClient) -> Mirror:
    manifest = await read(client, "/open-data/latest/manifest.json")
    lines = (await client.get(f"/open-data/{manifest['as_of']}/stations.jsonl")).content.splitlines()
    return Mirror({one["id"]: one for one in map(orjson.loads, lines)}, manifest["sequence"])


async def searched(client: httpx2.AsyncClient) -> dict[str, Json]:
    """The whole register, read page by page."""
    found: dict[str, Json] = {}
    cursor: dict[str, str] = {}
    while True:
        page = await read(client, "/api/v1/stations", status="any", limit=1000, **cursor)
        found |= {one["id"]: one for one in page["items"]}
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def change_much(database: Database, generator: Generator, chance: random.Random) -> int:
    """Some three thousand changes, most of them in a few transactions; how many."""
    async with database.transaction(SYSTEM) as session:
        done = len(await importing.import_licenses(session, generator.licenses(300), law=law()))
        known = [row["id"] for row in await rows(session, "SELECT id FROM station ORDER BY id")]
    for _ in range(2):
        async with database.transaction(SYSTEM) as session:
            done += await act_on_many(session, chance.sample(known, 1_600), chance)
    today = clock.today()
    for _ in range(10):  # one after another, as decisions come
        async with database.transaction(SYSTEM) as session:
            station_id = (
                await grant(session, TAXI, BASE, today - timedelta(days=9), today + timedelta(days=chance.randint(0, 99)))
            ).station_id
            await register.suspend(session, station_id, first=today - timedelta(days=chance.randint(0, 9)), reason="x", cause="x")
            await register.reinstate(session, station_id, lifted_on=today, cause="x")
            done += 3
    return done


async def until_the_same(mirror: Mirror, client: httpx2.AsyncClient) -> None:
    """Follow the feed until the mirror is the register, for the daily work is done beside us; fail when it does not become so."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        while await mirror.follow(client):
            pass
        found = await searched(client)
        if mirror.stations == found:
            return
        if time.monotonic() > deadline:
            assert mirror.stations.keys() == found.keys()
            assert [(one, found[key]) for key, one in mirror.stations.items() if one != found[key]][:1] == []


def move(service: Service, days: int) -> None:
    """Let it be so many days later, there and here."""
    if days:
        moment = clock.now() + timedelta(days=days)
        service.move_clock(moment.isoformat())
        clock.move_to(moment)


async def test_a_mirror_that_follows_the_feed_is_the_register(fresh: Service) -> None:
    fresh.start(MIDDAY.isoformat())
    clock.move_to(MIDDAY)
    chance, done = random.Random(3), 0
    async with fresh.database() as database, reader(fresh) as client:
        await seeding.seed(database, law(), stations=2_500, seed=1)
        assert fresh.run("export", "open-data").returncode == 0
        mirror = await dumped(client)
        assert mirror.stations == await searched(client)
        generator = Generator(law(), seed=2, today=clock.today())
        for days in (0, 1, 14, 70):
            move(fresh, days)
            changing = asyncio.ensure_future(change_much(database, generator, chance))
            while not changing.done():
                await mirror.follow(client)
            done += await changing
        await until_the_same(mirror, client)
        move(fresh, 3)
        await until_the_same(mirror, client)
    assert done >= 10_000
    assert mirror.kinds == {"granted", "renewed", "modified", "ended", "corrected", "suspended", "reinstated", "revoked", "expired"}
