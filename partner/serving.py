"""Runs the service: the law, the web server around the application, and what is done in the background."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import cast

import uvicorn
from fastapi import FastAPI

from partner import clock, following, jobs, regulation
from partner.app import create_app
from partner.connecting import Addresses, ConfigurationError, databases, follow_clock, set_clock
from partner.database import Database
from partner.registry.open_data.dumps import Publisher
from partner.regulation.in_force import InForce
from partner.settings import Mode, Settings
from partner.workers import Workers

GRACE_S = 10
HANG_UP_S = GRACE_S - 1
"""Whoever still reads an answer then is hung up on; what the server would do a second later is logged as a failure of each request."""
Work = Callable[[], Awaitable[None]]


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
