"""Follows the amendments of the law while a process runs: looks at the files every few seconds, and at once on SIGHUP."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from partner.regulation.in_force import InForce

EVERY_SECONDS = 2.0
_log = logging.getLogger(__name__)


@asynccontextmanager
async def amended(held: InForce, *, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Follow the amendments for the time of a block; every process does so for itself. Seconds are those of real time."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    heeds = threading.current_thread() is threading.main_thread()  # signals are for the main thread
    if heeds:
        loop.add_signal_handler(signal.SIGHUP, asked.set)
    task = asyncio.create_task(_follow(held, asked, every_seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if heeds:
            loop.remove_signal_handler(signal.SIGHUP)


async def _follow(held: InForce, asked: asyncio.Event, every_seconds: float) -> None:
    while True:
        at_once = await _within(asked, every_seconds)
        try:
            await asyncio.to_thread(held.look, at_once=at_once)
        except Exception:
            _log.exception("the files of the law cannot be looked at; the law read before stays")


async def _within(asked: asyncio.Event, seconds: float) -> bool:
    """Wait so long at most for somebody who asks; tells whether somebody does."""
    try:
        async with asyncio.timeout(seconds):
            await asked.wait()
    except TimeoutError:
        return False
    asked.clear()
    return True
