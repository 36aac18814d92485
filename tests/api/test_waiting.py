"""Whoever is up to date with the change feed may wait for what comes next."""

from __future__ import annotations

import asyncio
from datetime import date

import httpx2
import pytest

from partner.api.rest import watching
from partner.database import SYSTEM, Database
from partner.registry import feed, queries
from tests.api.conftest import get
from tests.registry.acting import grant
from tests.registry.samples import FIXED, TARO


async def test_a_waiting_reader_is_answered_when_something_is_recorded(client: httpx2.AsyncClient, database: Database) -> None:
    last = (await get(client, "/api/v1/changes", limit=1000))["next"]
    waiting = asyncio.create_task(get(client, "/api/v1/changes", after=last, wait=30))
    while not waiting.done():
        async with database.transaction(SYSTEM) as session:
            await grant(session, TARO, FIXED, date(2022, 1, 1), date(2026, 12, 31))
        await asyncio.wait([waiting], timeout=2)
    found = await waiting
    assert found["items"][0]["sequence"] == last + 1
    assert found["next"] >= last + 1
    assert found["items"][0]["kind"] == "granted"


async def test_who_waits_for_nothing_is_told_so_in_time(client: httpx2.AsyncClient) -> None:
    last = (await get(client, "/api/v1/changes", limit=1000))["next"]
    assert await get(client, "/api/v1/changes", after=last, wait=1) == {"items": [], "next": last}


@pytest.mark.parametrize("wait", ["-1", "61", "x", "1.5", ""])
async def test_a_wait_that_is_none_is_refused(client: httpx2.AsyncClient, wait: str) -> None:
    refused = await client.get("/api/v1/changes", params={"wait": wait})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "wait"


async def test_many_who_wait_ask_together(database: Database, monkeypatch: pytest.MonkeyPatch, statements: list[str]) -> None:
    monkeypatch.setattr(watching, "EVERY_SECONDS", 0.02)
    watch = watching.Watch(database)
    assert await asyncio.gather(*(watch.beyond(10**9, 0.2) for _ in range(50))) == [False] * 50
    assert 1 <= len(statements) < 30


async def test_nobody_waits_for_a_service_that_ends(database: Database) -> None:
    watch = watching.Watch(database)
    waiting = asyncio.create_task(watch.beyond(10**9, 30))
    await asyncio.wait([waiting], timeout=0.05)
    watch.close()
    assert await asyncio.wait_for(waiting, 5) is False


AHEAD = 10**9


@pytest.mark.parametrize("query", ["after=1000000000", "after=999999999999999999&limit=1", "after=1000000000&wait=30"])
async def test_who_is_ahead_of_the_register_is_told_to_take_a_new_dump(client: httpx2.AsyncClient, query: str) -> None:
    refused = await client.get(f"/api/v1/changes?{query}", headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert refused.headers["access-control-allow-origin"] == "*"
    told = refused.json()
    assert (told["code"], told["errors"][0]["field"]) == ("ahead_of_register", "after")
    assert "/open-data/latest/manifest.json" in told["remedy"]
    last = (await get(client, "/api/v1/changes", limit=1000))["next"]
    assert str(last) in told["detail"]
    assert (await client.get("/api/v1/changes", params={"after": last + 1})).status_code == 409
    assert await get(client, "/api/v1/changes", after=last) == {"items": [], "next": last}


@pytest.mark.parametrize(("header", "field"), [({}, "after"), ({"Last-Event-ID": "1000000000"}, "Last-Event-ID")])
async def test_a_reader_of_events_who_is_ahead_is_told_before_the_stream_begins(
    client: httpx2.AsyncClient, header: dict[str, str], field: str
) -> None:
    refused = await client.get(f"/api/v1/changes?after={AHEAD}", headers={"Accept": "text/event-stream", **header})
    assert (refused.status_code, refused.json()["code"], refused.json()["errors"][0]["field"]) == (409, "ahead_of_register", field)


async def test_graphql_tells_who_is_ahead_too(client: httpx2.AsyncClient) -> None:
    query = "query($n: Long!) { changes(after: $n) { next } }"
    [error] = (await client.post("/graphql", json={"query": query, "variables": {"n": AHEAD}})).json()["errors"]
    told = error["extensions"]
    assert (told["code"], told["status"], told["errors"][0]["field"]) == ("ahead_of_register", 409, "after")
    assert told["remedy"]
    last = (await get(client, "/api/v1/changes", limit=1000))["next"]
    found = (await client.post("/graphql", json={"query": query, "variables": {"n": last}})).json()
    assert found["data"] == {"changes": {"next": last}}


async def test_a_replica_is_given_time_to_catch_up(client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "IN_RECOVERY", "SELECT true")
    monkeypatch.setattr(feed, "EVERY_SECONDS", 0.01)
    last = (await get(client, "/api/v1/changes", limit=1000))["next"]
    asking = asyncio.create_task(get(client, "/api/v1/changes", after=last + 1))
    await asyncio.wait([asking], timeout=0.05)
    assert not asking.done()
    async with database.transaction(SYSTEM) as session:
        await grant(session, TARO, FIXED, date(2022, 1, 1), date(2026, 12, 31))
    assert await asking == {"items": [], "next": last + 1}
    monkeypatch.setattr(feed, "LAG_SECONDS", 0.03)
    assert (await client.get("/api/v1/changes", params={"after": AHEAD})).status_code == 409


async def test_what_was_just_told_is_never_refused(client: httpx2.AsyncClient, database: Database) -> None:
    """Readers ask with the newest sequence of any surface, while others write."""

    async def write() -> None:
        for _ in range(6):
            async with database.transaction(SYSTEM) as session:
                await grant(session, TARO, FIXED, date(2022, 1, 1), date(2026, 12, 31))

    async def follow() -> None:
        while not writing.done():
            told = (await get(client, "/api/v1/stations", limit=1))["registry"]["sequence"]
            told = (await get(client, "/api/v1/changes", after=told))["next"]
            assert (await get(client, "/api/v1/changes", after=told, limit=1000))["next"] >= told

    writing = asyncio.create_task(write())
    await asyncio.gather(writing, *(follow() for _ in range(4)))


async def test_events_start_where_the_reader_was(client: httpx2.AsyncClient) -> None:
    refused = await client.get("/api/v1/changes", headers={"Accept": "text/event-stream", "Last-Event-ID": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "Last-Event-ID")
