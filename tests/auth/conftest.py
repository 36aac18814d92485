"""An application on a fresh database, a browser to use it with, and the ways in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from partner import clock
from partner.app import create_app
from partner.database import Database
from partner.regulation import Law
from partner.settings import Mode, Settings

Browser = httpx2.AsyncClient
SignIn = Callable[..., Awaitable[httpx2.Response]]
NO_LAW = cast("Law", None)  # nothing here asks the law


@pytest.fixture(autouse=True)
def _clock_restored() -> Iterator[None]:
    yield
    clock._clock = clock.Clock()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity")


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings(mode=Mode.TEST, data_dir=data_dir)


@pytest.fixture
def app(settings: Settings, database: Database) -> FastAPI:
    return create_app(settings, database, NO_LAW)


def browser_of(app: FastAPI, settings: Settings) -> Browser:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=settings.public_url)


@pytest.fixture
async def browser(app: FastAPI, settings: Settings) -> AsyncIterator[Browser]:
    async with browser_of(app, settings) as opened:
        yield opened


async def to_the_door(browser: Browser, kind: str = "applicant", **parameters: str) -> str:
    """Begin a sign-in; the address of the provider's page."""
    answer = await browser.get("/auth/login", params={"as": kind, **parameters})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def through_the_door(browser: Browser, door: str, **form: str) -> str:
    """Answer the provider's page; the address back to us."""
    answer = await browser.post(door, data=form)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def sign_in(browser: Browser, persona: str, kind: str = "applicant", **parameters: str) -> httpx2.Response:
    """The whole way; the answer of the callback."""
    return await browser.get(await through_the_door(browser, await to_the_door(browser, kind, **parameters), persona=persona))


async def bearer(browser: Browser, persona: str) -> dict[str, str]:
    answer = await browser.post("/standin/tokens", json={"persona": persona})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def field_of(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found.group(1)
