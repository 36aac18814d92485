"""A register of synthetic stations on disk, and our server on it as in production."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from partner import embedded, migrate
from tests.acceptance.service import Service

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
SECRET_KEY = "a key of the benchmark, for cursors that it makes itself"
SEED = 20261125
POOL = 8
"""Connections of one process of ours (`partner.database.Database`)."""


def say(words: str) -> None:
    """Tell on standard error how far we are: standard output is for the table."""
    print(words, file=sys.stderr, flush=True)


def processes() -> int:
    """How many processes serve, ours and those of the peers that serve from several: one for each core."""
    return os.cpu_count() or 1


def has_command(*words: str) -> bool:
    """Whether `partner` has a command."""
    return Service(BUILD).run(*words, "--help").returncode == 0


@dataclass(frozen=True)
class Register:
    """A filled register: the running PostgreSQL that keeps it, and the service on it. `size` is its number of stations."""

    size: int
    server: embedded.Server
    service: Service

    def url(self, role: str = "postgres", database: str = "partner") -> str:
        """The address of a database as a role, for libpq."""
        return libpq(self.server.url(role, database))

    @contextmanager
    def connected(self, role: str = "postgres") -> Iterator[psycopg.Connection[TupleRow]]:
        """A connection as a role, by default the superuser."""
        with psycopg.connect(self.url(role), autocommit=True) as connection:
            yield connection


def libpq(url: str) -> str:
    """The URL as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def opened(size: int, *, serving: bool = True) -> Iterator[Register]:
    """The register of a size, filled on first use. With our server on it, unless `serving` says no."""
    place = directory(f"register-{size}")
    server = embedded.start(place)
    service = Service(place, settings())
    try:
        migrate.upgrade(server.url("postgres"))
        register = Register(size, server, service)
        _fill(register)
        if serving:
            service.start()
        yield register
    finally:
        if service.process is not None and service.process.poll() is not None:
            say(f"our server had ended with {service.process.returncode}:\n{service.words()}")
        service.stop()
        server.stop()


def directory(name: str) -> Path:
    """A directory below build/bench/ that the database's user can reach."""
    place = BUILD / name
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)
    return place


def settings() -> dict[str, str]:
    """The settings of our server: production, as many processes as there are cores."""
    return {"PARTNER_MODE": "production", "PARTNER_SECRET_KEY": SECRET_KEY, "PARTNER_WORKERS": str(processes())}


def _fill(register: Register) -> None:
    with register.connected() as connection:
        missing = register.size - _stations(connection)
        if missing > 0:
            say(f"{register.size:,} stations: filling in {missing:,}")
            begun = time.perf_counter()
            _seed(register.service, register.size)
            taken = time.perf_counter() - begun
            say(f"{register.size:,} stations: filled in {taken:,.0f} s ({missing / taken:,.0f} stations/s)")
            connection.execute("VACUUM (ANALYZE)")  # as autovacuum leaves it in time


def _stations(connection: psycopg.Connection[TupleRow]) -> int:
    row = connection.execute("SELECT count(*) FROM station").fetchone()
    return 0 if row is None else int(row[0])


def _seed(service: Service, size: int) -> None:
    answer = service.run("seed", "--stations", str(size), "--seed", str(SEED))
    if answer.returncode != 0:
        raise RuntimeError(f"partner seed failed:\n{answer.stdout}\n{answer.stderr}")
