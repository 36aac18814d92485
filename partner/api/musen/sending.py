"""Sends a long answer while it is made: a piece at a time, so that memory stays flat, and never for longer than is fair.

As long as it is sent, a connection of the pool for public reads is in use. So only half of them may be used in this way at a time, and a
client that reads too slowly is cut off.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg_pool import AsyncConnectionPool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from partner.errors import Text, TooManyRequests

LONGEST_SECONDS = 120.0
RETRY_SECONDS = 5
_running: WeakKeyDictionary[AsyncConnectionPool[Any], int] = WeakKeyDictionary()
_log = logging.getLogger(__name__)


@contextmanager
def turn(pool: AsyncConnectionPool[Any]) -> Iterator[None]:
    """One of the long answers that may be sent at a time. Raises TooManyRequests when there are as many already."""
    if _running.get(pool, 0) >= max(1, pool.max_size // 2):
        words = Text("ただいま混み合っております。", "Too many long answers are being sent at the moment.")
        raise TooManyRequests("busy", words, retry_after=RETRY_SECONDS)
    _running[pool] = _running.get(pool, 0) + 1
    try:
        yield
    finally:
        _running[pool] -= 1


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - what ASGI hands over
        """Send it; HEAD gets the headers alone."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                if scope["method"] != "HEAD":
                    await self._send_pieces(send)
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            _log.warning("%s was read too slowly, and broken off", scope["path"])
        except psycopg.Error:
            _log.exception("%s was broken off", scope["path"])
        finally:
            await self.rest.aclose()

    async def _send_pieces(self, send: Send) -> None:
        while self.ready:
            await send({"type": "http.response.body", "body": self.ready.pop(0), "more_body": True})
        async for piece in self.rest:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
