"""Plumbing shared by all tests: one PostgreSQL per test run, one migrated template, one fresh database per test module."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from ruamel.yaml.nodes import Node

from partner import embedded, migrate
from partner.database import Database
from partner.regulation.yaml_nodes import Document


class Cluster:
    """A running server on which tests make databases; `url` is an SQLAlchemy URL of a database as a role."""

    def __init__(self, server: embedded.Server) -> None:
        self.server = server

    def url(self, role: str, database: str) -> str:
        return self.server.url(role, database)

    def administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres", "postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, name: str, template: str = "template0") -> None:
        self.drop(name)
        self.administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))

    def drop(self, name: str) -> None:
        self.administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session", autouse=True)
def composed_once() -> Iterator[None]:
    """Tests read the whole law hundreds of times, most files of it unchanged: nodes are composed once, and nothing changes them."""
    compose = Document._compose

    @lru_cache(maxsize=1_000)
    def quietly(text: str) -> Node | None:
        silent = Document.__new__(Document)
        silent._complain = lambda *_: None
        return compose(silent, text)

    def composed(document: Document, text: str) -> Node | None:
        return quietly(text) or compose(document, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Document, "_compose", composed)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    chosen = os.environ.get("PARTNER_TEST_POSTGRES")
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="partner-")))
        place.chmod(0o755)  # the server runs as another user when the tests run as root
        server = embedded.start(place, binaries=Path(chosen) if chosen else None, durable=False)
        stack.callback(server.stop)
        found = Cluster(server)
        found.create("partner_template")
        migrate.upgrade(found.url("postgres", "partner_template"))
        yield found


@pytest.fixture(scope="module")
def database_name(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{Path(request.node.path).stem}_{worker}"[:63]
    cluster.create(name, "partner_template")
    yield name
    cluster.drop(name)


@pytest.fixture
async def database(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    opened = Database(cluster.url("partner_app", database_name), cluster.url("partner_public", database_name))
    async with opened.opened():
        yield opened
