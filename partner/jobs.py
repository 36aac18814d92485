"""What runs in the background: the work of every day, after midnight in Japan by our clock.

A license expires at midnight without a write, and what was recorded beforehand takes effect; the daily work puts that on the change feed,
and forgets sign-ins that are over. Applicants are reminded of corrections that fall due, bureaus are told of those that ran out. The
spectrum user fee is demanded for the years that have begun. What the law of the day, or an amended law, publishes otherwise is published
anew. Then what is published is dumped as open data. And at any time: the rows of uploads with many filings, a batch at a time. It may all
run twice or in two processes without harm.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued

from partner import clock
from partner.auth import service as sign_in
from partner.database import SYSTEM, Database
from partner.licensing import bulk_work, reminding, spectrum_fees
from partner.licensing.bulk_queries import TASK as BULK_FILING
from partner.registry import republishing
from partner.registry import service as register
from partner.registry.open_data import dumps
from partner.registry.open_data.churn import SuspiciousChurn
from partner.regulation import in_force

if TYPE_CHECKING:
    from partner.regulation import Law
    from partner.regulation.in_force import InForce

DAILY, OPEN_DATA, REPUBLISH = "daily", "open-data", "republish"
WATCH_S = 60.0
RESUME_S = 60.0
WATCH_MOVABLE_CLOCK_S = 0.5
_log = logging.getLogger(__name__)


def queue(url: str, database: Database, law: Law | InForce, publisher: dumps.Publisher | None = None) -> App:
    """The queue in the database at `url` (as partner_app), with the tasks that work on `database` under the law in force then.

    Without a `publisher` there is no dump.
    """
    held = in_force.holding(law)
    app = App(connector=PsycopgConnector(conninfo=url.replace("+psycopg", ""), max_size=4))

    @app.task(name=DAILY, queueing_lock=DAILY, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
    async def daily(day: str) -> int:
        law = held.law
        async with database.transaction(SYSTEM) as session:
            expired = await register.expire(session, on=date.fromisoformat(day), law=law)
            await register.take_effect(session, on=date.fromisoformat(day), law=law)
            await sign_in.purge(session)
        async with database.transaction(SYSTEM) as session:
            await reminding.corrections(session, law, on=date.fromisoformat(day))
        async with database.transaction(SYSTEM) as session:
            await spectrum_fees.issue(session, law, on=date.fromisoformat(day))
        if publisher is not None:
            await _defer(app, OPEN_DATA, date.fromisoformat(day))
        return expired

    @app.task(name=REPUBLISH, queueing_lock=REPUBLISH, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
    async def republish(day: str) -> int:  # noqa: ARG001 - the day tells one job from another
        return await republishing.republish(database, held.law)

    @app.task(name=OPEN_DATA, queueing_lock=OPEN_DATA, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
    async def dump(day: str) -> None:  # noqa: ARG001 - the day tells one job from another
        if publisher is not None:
            await _dump(replace(publisher, law=held.law))

    @app.task(name=BULK_FILING, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
    async def file_many(filing: str) -> None:
        if await bulk_work.batch(database, held.law, UUID(filing)):
            await _go_on(app, filing)  # at the end of the queue: other work is not kept waiting

    return app


async def _resume(app: App, database: Database) -> None:
    """Have unfinished uploads gone on with, at the start and from time to time: whoever was at them may have broken off."""
    while True:
        for filing in await bulk_work.unfinished(database):
            await _go_on(app, str(filing))
        await asyncio.sleep(RESUME_S)


async def _go_on(app: App, filing: str) -> None:
    """Have the next rows of an upload done; once, however often this is asked for before they are begun."""
    with suppress(AlreadyEnqueued):
        await app.configure_task(BULK_FILING, queueing_lock=f"{BULK_FILING} {filing}").defer_async(filing=filing)


async def _dump(publisher: dumps.Publisher) -> None:
    """Make a dump beside the event loop; when we are told to stop, it stops at its next row."""
    stopped = threading.Event()

    def watch(name: str, done: int, total: int | None) -> None:  # noqa: ARG001 - what a watch is told
        if stopped.is_set():
            raise InterruptedError

    try:
        await asyncio.to_thread(dumps.refresh, publisher, watch=watch)
    except SuspiciousChurn as refused:
        _log.error("%s %s", refused.message.en, refused.remedy.en if refused.remedy else "")
    finally:
        stopped.set()


async def run(
    url: str, database: Database, law: Law | InForce, *, publisher: dumps.Publisher | None = None, watch_s: float = WATCH_S
) -> None:
    """Work until cancelled. The clock is looked at every `watch_s` seconds, for it may be moved."""
    held = in_force.holding(law)
    app = queue(url, database, held, publisher)
    async with app.open_async():
        resuming = asyncio.create_task(_resume(app, database))
        watching = asyncio.create_task(_watch(app, held, watch_s))
        try:
            await app.run_worker_async(install_signal_handlers=False, delete_jobs="successful", name="partner")
        finally:
            watching.cancel()
            resuming.cancel()


async def _watch(app: App, held: InForce, watch_s: float) -> None:
    """Defer the daily work at the start and whenever the day has changed, and the publication whenever the law has too."""
    deferred: date | None = None
    published: tuple[date, str] | None = None
    while True:
        today = clock.today()
        if today != deferred and await _defer(app, DAILY, today):
            deferred = today
        due = (today, held.law.digest)
        if due != published and await _defer(app, REPUBLISH, today):
            published = due
        await asyncio.sleep(watch_s)


async def _defer(app: App, task: str, day: date) -> bool:
    """Whether the work of a day is deferred; not while that of another day still waits."""
    try:
        await app.tasks[task].defer_async(day=day.isoformat())
    except AlreadyEnqueued:
        return False
    return True
