"""Whoever asks too often is told when to come again; others are not kept waiting by it, and all processes count together."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI

from partner import clock
from partner.api.express import Express
from partner.auth import limiting
from partner.auth.limiting import Caller, Limiter
from partner.database import Database
from partner.errors import TooManyRequests
from partner.settings import Settings

FEW = Caller("at 192.0.2.1", 240)  # four a second, sixty at once, three at a time


async def spent(limiter: Limiter, caller: Caller, most: int = 1000) -> int:
    """How many requests pass before one is refused."""
    for passed in range(most):
        try:
            await limiter.admit(caller)
        except TooManyRequests:
            return passed
    return most


async def test_a_bucket_empties_and_fills_again(database: Database) -> None:
    limiter = Limiter(database)
    assert await spent(limiter, FEW) == 60
    with pytest.raises(TooManyRequests) as refused:
        await limiter.admit(FEW)
    assert refused.value.retry_after >= 1
    clock.move_to(clock.now() + timedelta(seconds=10))
    assert 36 <= await spent(limiter, FEW) <= 44
    assert await spent(limiter, Caller("at 192.0.2.2", 240)) == 60


async def test_processes_count_together(database: Database) -> None:
    one, other = Limiter(database), Limiter(database)
    caller = Caller("at 192.0.2.3", 240)
    assert await spent(one, caller, 30) == 30
    assert await spent(other, caller) <= 30 + caller.lot


def test_callers_are_told_apart(settings: Settings) -> None:
    at = [
        limiting.anonymous(address, settings).name
        for address in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::")
    ]
    assert at[0] == at[1]
    assert at[2] == at[3] != at[4]
    assert limiting.anonymous("127.0.0.1", settings).per_minute == limiting.anonymous("::1", settings).per_minute == settings.rate_loopback
    assert limiting.anonymous("", settings).per_minute == settings.rate_anonymous
    assert limiting.known("someone", settings).per_minute > settings.rate_anonymous


@pytest.fixture
async def strict(application: FastAPI, database: Database, settings: Settings) -> httpx2.AsyncClient:
    application.state.limiter = Limiter(database)
    settings.rate_anonymous = 4
    transport = httpx2.ASGITransport(app=Express(application, application), client=("198.51.100.9", 1))
    return httpx2.AsyncClient(transport=transport, base_url="http://test")


@pytest.mark.parametrize(
    "path", ["/api/v1/stations", "/api/v1/changes", "/api/v1/codes", "/api/v1/stations.csv", "/graphql?query={codes{list}}"]
)
async def test_a_read_too_many_is_429_with_the_time_to_wait(strict: httpx2.AsyncClient, path: str, database_name: str) -> None:
    async with strict:
        answers = [await strict.get(path) for _ in range(3)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["access-control-allow-origin"] == "*"
    assert refused.json()["code"] == "rate_limited"


async def test_mic_clients_are_refused_in_their_own_words(strict: httpx2.AsyncClient) -> None:
    async with strict:
        answers = [await strict.get("/musen/num?ST=1&OF=2&OW=AT") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["err"][0]["errCd"] == "EQ00429"
    assert answers[-1].headers["retry-after"]
