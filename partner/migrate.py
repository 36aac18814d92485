"""Brings a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from partner.embedded import assert_japanese
from partner.embedded_binaries import PostgresError

OLDEST = 15


def configuration(url: str) -> Config:
    """The configuration of Alembic for a database given by its SQLAlchemy URL."""
    root = Path(__file__).resolve().parent.parent
    config = Config(str(root / "alembic.ini"))
    config.set_main_option("script_location", str(root / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run every migration that has not run yet. `url` connects as a role that may create roles.

    Raises PostgresError when the server is too old, or its search would not find Japanese text.
    """
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        if connection.info.server_version < OLDEST * 10_000:
            raise PostgresError(
                f"this server runs PostgreSQL {connection.info.server_version // 10_000}; {OLDEST} is the oldest that will do"
            )
        assert_japanese(connection)
    command.upgrade(configuration(url), "head")


def check(url: str) -> None:
    """Assert that the migrations make exactly the tables that the models describe; raises alembic.util.CommandError otherwise."""
    command.check(configuration(url))


def is_current(url: str) -> bool:
    """Whether every migration has run. `url` connects as any role that may read the version."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return present == set(ScriptDirectory.from_config(configuration(url)).get_heads())
