"""Sends a long answer while it is made: a piece at a time, so that memory stays flat, and never for longer than is fair.

As long as it is sent, a connection of the pool for public reads is in use. So only half of them may be used in this way at a time,
others wait a little for their turn; a client that reads too slowly is cut off, and one that has left is not sent anything more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from partner.errors import Text, TooManyRequests

LONGEST_SECONDS = 120.0
PATIENCE_SECONDS = 10.0
RETRY_SECONDS = 5
_turns: WeakKeyDictionary[AsyncConnectionPool[Any], asyncio.Semaphore] = WeakKeyDictionary()
_log = logging.getLogger(__name__)


@asynccontextmanager
async def turn(pool: AsyncConnectionPool[Any]) -> AsyncIterator[None]:
    """One of the long answers that may be sent at a time. Raises TooManyRequests when none of them ends in time."""
    turns = _turns.setdefault(pool, asyncio.Semaphore(max(1, pool.max_size // 2)))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await turns.acquire()
    except TimeoutError as error:
        words = Text("ただいま混み合っております。", "Too many long answers are being sent at the moment.")
        raise TooManyRequests("busy", words, retry_after=RETRY_SECONDS) from error
    try:
        yield
    finally:
        turns.release()


async def reply(pieces: AsyncGenerator[bytes], headers: Mapping[str, str]) -> Response:
    """The answer that the pieces make: whole, with its length, when there is but one; otherwise sent as they come.

    What the first two pieces raise is raised here, before anything is sent.
    """
    first = await anext(pieces, b"")
    second = await anext(pieces, None)
    return Response(first, headers=dict(headers)) if second is None else Streamed([first, second], pieces, headers)


class Streamed(Response):
    """An answer of which the rest is still to be made. One that breaks off ends without the last chunk, as HTTP wants it."""

    def __init__(self, ready: list[bytes], rest: AsyncGenerator[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(headers=dict(headers))
        del self.headers["Content-Length"]
        self.ready, self.rest = ready, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; HEAD gets the headers alone."""
        client = Request(scope, receive)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                if scope["method"] != "HEAD":
                    await self._send_pieces(client, send)
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            _log.warning("%s was read too slowly, and broken off", scope["path"])
        except psycopg.Error:
            _log.exception("%s was broken off", scope["path"])
        finally:
            await self.rest.aclose()

    async def _send_pieces(self, client: Request, send: Send) -> None:
        for piece in self.ready:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        self.ready = []
        async for piece in self.rest:
            if await client.is_disconnected():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
