"""The frame around every route: limits, headers, health."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr

from partner.app import create_app
from partner.database import Database
from partner.settings import Mode, Settings
from tests.auth.conftest import NO_LAW, Browser, browser_of
from tests.conftest import Cluster


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings(mode=Mode.TEST, data_dir=data_dir, max_body_bytes=2048)


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.post("/test/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    @app.get("/test/failure")
    async def failure() -> None:
        raise RuntimeError("a secret of the inside")

    return app


async def test_it_lives_and_is_ready(browser: Browser) -> None:
    assert (await browser.get("/healthz")).json() == {"status": "ok"}
    assert (await browser.get("/readyz")).json() == {"status": "ok"}


async def test_without_its_database_it_lives_but_is_not_ready(settings: Settings, cluster: Cluster) -> None:
    absent = Database(cluster.url("partner_app", "absent"), cluster.url("partner_public", "absent"))
    async with browser_of(create_app(settings, absent, NO_LAW), settings) as browser:
        assert (await browser.get("/healthz")).status_code == 200
        answer = await browser.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    await absent.engine.dispose()


async def test_a_body_up_to_the_limit_is_read(browser: Browser) -> None:
    assert (await browser.post("/test/body", content=b"x" * 2048)).json() == 2048


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1024


@pytest.mark.parametrize("announced", [True, False])
async def test_a_larger_body_is_refused_as_a_problem(browser: Browser, announced: bool) -> None:
    content = b"x" * 2049 if announced else chunks(3)
    answer = await browser.post("/test/body", content=content)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/auth/logout", "/standin/staff/jwks"])
async def test_every_answer_carries_the_headers(browser: Browser, path: str) -> None:
    headers = (await browser.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


async def test_a_failure_tells_nothing_and_carries_the_headers_too(app: FastAPI, settings: Settings) -> None:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as client:
        answer = await client.get("/test/failure")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_under_https_cookies_and_headers_say_so(database: Database, tmp_path: Path) -> None:
    settings = Settings(
        mode=Mode.PRODUCTION,
        data_dir=tmp_path,
        base_url="https://partner.example",
        secret_key=SecretStr("x" * 32),
        applicant_oidc_issuer="https://login.example",
    )
    async with browser_of(create_app(settings, database, NO_LAW), settings) as browser:
        headers = (await browser.get("/healthz")).headers
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "https://login.example" in headers["content-security-policy"]


async def test_the_documentation_page_may_load_its_scripts(browser: Browser) -> None:
    assert "cdn.jsdelivr.net" in (await browser.get("/docs")).headers["content-security-policy"]
