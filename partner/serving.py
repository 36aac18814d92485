"""Runs the service: the databases, the clock, the law, and the web server around the application."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr, ValidationError

from partner import clock, embedded, following, jobs, migrate, regulation
from partner.app import create_app
from partner.database import Database
from partner.embedded_binaries import PostgresError
from partner.registry.open_data.dumps import Publisher
from partner.regulation.in_force import InForce
from partner.settings import Mode, Settings
from partner.workers import Workers

GRACE_S = 10
HANG_UP_S = GRACE_S - 1
"""Whoever still reads an answer then is hung up on; what the server would do a second later is logged as a failure of each request."""
Work = Callable[[], Awaitable[None]]


class ConfigurationError(RuntimeError):
    """The settings do not fit together; the message says which one to change."""


@dataclass(frozen=True)
class Addresses:
    """The SQLAlchemy URLs of one database, as the three roles."""

    owner: str
    app: str
    public: str


def settings() -> Settings:
    """The settings of the environment. Raises ConfigurationError naming every variable that is not right."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"PARTNER_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" if one["loc"] else str(one["msg"]) for one in error.errors()
        ]
        raise ConfigurationError("the settings are not right\n  " + "\n  ".join(lines)) from None


@contextmanager
def databases(settings: Settings) -> Iterator[Addresses]:
    """The database of the settings, or else the embedded one for the time of the block; migrated either way.

    A server of one's own is migrated only when `PARTNER_DATABASE_OWNER_URL` is set; otherwise it must be current already.
    Raises ConfigurationError and PostgresError.
    """
    if settings.database_url is None:
        server = embedded.start(settings.data_dir, binaries=settings.postgres_bin, user=settings.postgres_user)
        try:
            addresses = Addresses(server.url("postgres"), server.url("partner_app"), server.url("partner_public"))
            migrate.upgrade(addresses.owner)
            yield addresses
        finally:
            server.stop()
        return
    public = settings.database_replica_url or settings.database_public_url
    if public is None:
        raise ConfigurationError("PARTNER_DATABASE_PUBLIC_URL must be set beside PARTNER_DATABASE_URL: the same database as partner_public")
    app = sqlalchemy_url(settings.database_url)
    if settings.database_owner_url is not None:
        migrate.upgrade(sqlalchemy_url(settings.database_owner_url))
    elif not migrate.is_current(app):
        raise ConfigurationError("the database is not at the newest schema: run `partner migrate` with PARTNER_DATABASE_OWNER_URL set")
    owner = settings.database_owner_url
    yield Addresses(sqlalchemy_url(owner) if owner else "", app, sqlalchemy_url(public))


def set_clock(settings: Settings) -> None:
    """Start the clock of this process where the settings say."""
    if settings.clock is not None:
        clock.move_to(settings.clock)


def follow_clock(settings: Settings) -> None:
    """Start the clock of a command where the settings say, or else, in demo and test mode, where that of the service stands."""
    set_clock(settings)
    if settings.clock is None:
        clock.move_by(settings.noted_clock)


def sqlalchemy_url(url: SecretStr) -> str:
    """The URL of a database as SQLAlchemy wants it. `postgres://`, `postgresql://` and `postgresql+psycopg://` mean the same.

    Raises ConfigurationError for any other scheme.
    """
    scheme, separator, rest = url.get_secret_value().partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ConfigurationError("the URL of a database begins with postgresql://")
    return f"postgresql+psycopg://{rest}"


def serve(
    settings: Settings, *, prepare: Callable[[Addresses, regulation.Law], None] | None = None, ready: Callable[[], None] | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM, and leave no process behind.

    `prepare` runs once the database is migrated, `ready` once the service listens. Raises ConfigurationError, PostgresError and
    RegulationError with what to do.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    set_clock(settings)
    if settings.mode is Mode.PRODUCTION and settings.secret_key is None:
        raise ConfigurationError("PARTNER_SECRET_KEY must be set in production mode (for a try-out: `make demo`, or PARTNER_MODE=demo)")
    if settings.stands_in and settings.workers > 1:
        raise ConfigurationError("PARTNER_WORKERS must be 1 in demo and test mode: the clock that can be moved is that of one process")
    law = _law(settings)
    held = InForce(law, settings.regulation_root)
    with _listening(settings) as listener, databases(settings) as addresses:
        settings.note_clock(clock.offset())
        if prepare is not None:
            prepare(addresses, law)
        if settings.workers == 1:
            _serve(settings, held, addresses, listener, ready)
            return
        workers = Workers(settings.workers, partial(_serve, settings, held, addresses, listener, None))
        if ready is not None:
            ready()
        workers.run()


def _serve(settings: Settings, held: InForce, addresses: Addresses, listener: socket.socket, ready: Callable[[], None] | None) -> None:
    """Serve on a socket that listens, in this process, until Ctrl-C or SIGTERM."""
    database = Database(addresses.app, addresses.public)
    config = uvicorn.Config(
        create_app(settings, database, held),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    publisher = Publisher(database, held.law, settings, settings.open_data_root)
    work = partial(jobs.run, addresses.app, database, held, publisher=publisher, watch_s=jobs.WATCH_MOVABLE_CLOCK_S)
    with suppress(KeyboardInterrupt):
        _Server(config, ready, work if settings.stands_in else None).run(sockets=[listener])


def work(settings: Settings) -> None:
    """Do what runs in the background until Ctrl-C or SIGTERM. In demo and test mode the service does it itself, for its clock moves.

    Raises as `serve`.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    follow_clock(settings)
    law = _law(settings)
    with databases(settings) as addresses, suppress(KeyboardInterrupt):
        database = Database(addresses.app, addresses.public)
        publisher = Publisher(database, law, settings, settings.open_data_root)
        asyncio.run(_work(addresses, database, InForce(law, settings.regulation_root), publisher))


async def _work(addresses: Addresses, database: Database, held: InForce, publisher: Publisher) -> None:
    async with following.amended(held):
        await jobs.run(addresses.app, database, held, publisher=publisher)


def _law(settings: Settings) -> regulation.Law:
    """The law; what has been made up to now stays to the end, so that the collector of garbage, at work from here on, leaves it alone."""
    law = regulation.load(settings.regulation_root)
    gc.freeze()
    gc.enable()
    return law


class _Server(uvicorn.Server):
    """A web server that tells when it listens, and does work in the background meanwhile."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None, work: Work | None) -> None:
        super().__init__(config)
        self._ready = ready
        self._work = work
        self._task: asyncio.Future[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._work is not None:
            self._task = asyncio.ensure_future(self._work())
        if self.started and self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        cast("FastAPI", self.config.app).state.watch.close()  # whoever waits for changes would keep the service waiting
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        parting = asyncio.get_running_loop().call_later(HANG_UP_S, self._hang_up)
        await super().shutdown(sockets)
        parting.cancel()

    def _hang_up(self) -> None:
        """End the connections that are left, so that nothing has to be broken off inside."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The port, taken before anything slow begins."""
    family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): set PARTNER_HOST, PARTNER_PORT"
            ) from None
        yield listener


def note_mode(data_dir: Path, mode: Mode) -> None:
    """Note the mode in the data directory, so that later commands need no variable."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "mode").write_text(f"{mode}\n", encoding="utf-8")


__all__ = [
    "Addresses",
    "ConfigurationError",
    "PostgresError",
    "databases",
    "follow_clock",
    "note_mode",
    "serve",
    "set_clock",
    "settings",
    "sqlalchemy_url",
    "work",
]
