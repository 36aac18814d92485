"""A real server on the loopback: its provider is itself, over HTTP too."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import uvicorn

from partner import errors
from partner.app import create_app
from partner.auth import commands
from partner.auth.actor import IssuerKind
from partner.auth.provider import Provider
from partner.auth.providers import client_secret
from partner.database import Database
from partner.settings import Mode, Settings
from tests.auth.conftest import NO_LAW, sign_in
from tests.conftest import Cluster


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings(mode=Mode.TEST, data_dir=data_dir, port=free_port())


@pytest.fixture
def server(settings: Settings, cluster: Cluster, database_name: str) -> Iterator[Settings]:
    database = Database(cluster.url("partner_app", database_name), cluster.url("partner_public", database_name))
    app = create_app(settings, database, NO_LAW)
    for kind, one in app.state.providers.items():  # over HTTP, as if the provider were elsewhere
        secret = client_secret(settings, kind)
        app.state.providers[kind] = Provider(kind, one.issuer, client_id="partner", client_secret=secret)
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_level="warning"))
    thread = threading.Thread(target=running.run)
    thread.start()
    with httpx2.Client(transport=httpx2.HTTPTransport(retries=20), trust_env=False) as client:
        client.get(f"{settings.public_url}/healthz").raise_for_status()
    yield settings
    running.should_exit = True
    thread.join(30)


async def test_the_whole_way_over_http(server: Settings) -> None:
    async with httpx2.AsyncClient(base_url=server.public_url, trust_env=False) as browser:
        answer = await sign_in(browser, "hanako", next="/my")
        assert (answer.status_code, answer.headers["location"]) == (303, "/my")
        assert "総務　花子" in (await browser.get("/auth/logout")).text


async def test_the_command_gets_a_token_that_the_server_accepts(server: Settings) -> None:
    token = await asyncio.to_thread(commands.token, server, "examiner")
    async with httpx2.AsyncClient(base_url=server.public_url, trust_env=False) as client:
        page = await client.get("/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert "審査　健" in page.text


def test_the_command_says_who_there_is(server: Settings) -> None:
    with pytest.raises(errors.NotFound, match="hanako") as found:
        commands.token(server, "nobody")
    assert found.value.code == "unknown_persona"


def test_the_command_says_that_no_server_answers(settings: Settings) -> None:
    with pytest.raises(errors.Unavailable, match=f"127.0.0.1:{settings.port}") as found:
        commands.token(settings, "taro")
    assert found.value.code == "server_not_running"
    assert found.value.remedy is not None


@pytest.mark.parametrize(("host", "reached"), [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "localhost")])
def test_the_command_reaches_a_server_that_listens_everywhere(host: str, reached: str) -> None:
    assert commands._address(Settings(mode=Mode.TEST, host=host, port=8123)) == f"http://{reached}:8123"


def test_each_kind_has_a_secret_of_its_own(settings: Settings) -> None:
    assert client_secret(settings, IssuerKind.APPLICANT) != client_secret(settings, IssuerKind.STAFF)
