"""Waiting for the register to change: one question a moment for all who wait in this process, and none when nobody does."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from partner.database import Database
from partner.registry import search

EVERY_SECONDS = 0.25


class Watch:
    """Tells whoever waits that the register has gone beyond a sequence. Works on a replica too, where nobody can be notified."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = asyncio.Condition()
        self._sequence = -1
        self._waiting = 0
        self._asking: asyncio.Task[None] | None = None
        self.closed = False

    async def beyond(self, sequence: int, seconds: float) -> bool:
        """Wait until the register is beyond a sequence, for so many seconds at most; tells whether it is. Ends at once when we close."""
        self._waiting += 1
        try:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._changed:
                    await self._changed.wait_for(lambda: self._sequence > sequence or self.closed)
            return self._sequence > sequence
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let everybody go, for the service ends."""
        self.closed = True

    async def _ask(self) -> None:
        while self._waiting > 0:
            reads = self._database.reads
            found = (await search.registry(reads)).sequence
            async with self._changed:
                self._sequence = found
                self._changed.notify_all()
            await asyncio.sleep(EVERY_SECONDS)
