"""Whoever is up to date with the change feed may wait for what comes next."""

from __future__ import annotations

import asyncio
from datetime import date

import httpx2
import pytest

from partner.api.rest import watching
from partner.database import SYSTEM, Database
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


async def test_events_start_where_the_reader_was(client: httpx2.AsyncClient) -> None:
    refused = await client.get("/api/v1/changes", headers={"Accept": "text/event-stream", "Last-Event-ID": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "Last-Event-ID")
