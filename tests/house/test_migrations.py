"""The migrations make the tables that the models describe, can be taken back, and say what they cannot work with."""

from __future__ import annotations

import psycopg
import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Column, Integer, Table

from partner import migrate
from partner.database import metadata
from tests.conftest import Cluster


@pytest.fixture
def url(cluster: Cluster, database_name: str) -> str:
    return cluster.url("postgres", database_name)


def tables(url: str) -> set[str]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {str(row[0]) for row in rows}


def test_models_and_migrations_say_the_same(url: str) -> None:
    migrate.check(url)


def test_a_table_without_a_migration_is_noticed(url: str) -> None:
    stray = Table("stray", metadata, Column("id", Integer, primary_key=True))
    try:
        with pytest.raises(CommandError, match="stray"):
            migrate.check(url)
    finally:
        metadata.remove(stray)


def test_everything_can_be_taken_back_and_made_again(cluster: Cluster, url: str) -> None:
    before = tables(url)
    assert {"application", "station", "account", "procrastinate_jobs"} <= before
    assert migrate.is_current(url)
    assert migrate.is_current(cluster.url("partner_app", url.rsplit("/", 1)[1]))
    command.downgrade(migrate.configuration(url), "2026_11_22_01")
    assert not migrate.is_current(url)
    assert tables(url) == {"alembic_version"}
    migrate.upgrade(url)
    migrate.upgrade(url)
    assert tables(url) == before
