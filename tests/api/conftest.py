"""A small application with the routes of the API on a fresh database, and a few stations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI

from partner import api, clock
from partner.api import problems
from partner.api.rest.watching import Watch
from partner.database import Database
from partner.reads import Reads
from partner.settings import Mode, Settings
from tests.registry.samples import law

START = datetime.fromisoformat("2023-12-07T10:00:00+09:00")


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(mode=Mode.TEST, secret_key="a key for tests", data_dir=tmp_path_factory.getbasetemp())


@pytest.fixture(autouse=True)
def present() -> Iterator[None]:
    """Every test begins on 2023-12-07 in Japan."""
    before = clock.now() - datetime.now(tz=START.tzinfo)
    clock.move_to(START)
    yield
    clock.move_to(datetime.now(tz=START.tzinfo) + max(before, timedelta(0)))


@pytest.fixture
def application(database: Database, settings: Settings) -> FastAPI:
    app = FastAPI()
    app.state.settings, app.state.database, app.state.law = settings, database, law()
    app.state.watch = Watch(database)
    problems.install(app)
    app.include_router(api.router)
    return app


@pytest.fixture
async def client(application: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as found:
        yield found


async def get(client: httpx2.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    """The JSON of a successful GET."""
    answer = await client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes_of(answer: httpx2.Response) -> dict[str, str]:
    """Field and code of each error of a problem."""
    return {one["field"]: one["code"] for one in answer.json()["errors"]}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL statements that public reads send from now on."""
    sent: list[str] = []

    def counting(owner: type, name: str) -> None:
        original = getattr(owner, name)

        async def counted(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            sent.append(str(query))
            return await original(self, query, *arguments, **named)

        monkeypatch.setattr(owner, name, counted)

    counting(psycopg.AsyncConnection, "execute")
    counting(Reads, "run")
    return sent
