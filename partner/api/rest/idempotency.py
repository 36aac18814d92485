"""`Idempotency-Key`: a program may repeat a write; it is done once, and every repetition gets the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from partner.auth.actor import Actor
from partner.auth.web import Transaction
from partner.licensing import idempotency

KeyHeader = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255, description="the same key never writes twice")
]


@dataclass(frozen=True)
class Answer:
    """A JSON answer with its status and headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The answer on the wire."""
        return _response(orjson.dumps(self.body), self.status, self.headers)


def _response(content: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(content, status, {"Cache-Control": "no-store", **headers}, "application/json")


class Once:
    """Does a write once for each key, within the transaction of the request."""

    def __init__(self, request: Request, session: Transaction, key: KeyHeader = None) -> None:
        self._request, self._session, self._key = request, session, key

    async def __call__(self, actor: Actor, write: Callable[[], Awaitable[Answer]], *, content: bytes | None = None) -> Response:
        """The answer of `write`, or the one that was given when this key came before. `content` stands for a body read already."""
        if self._key is None:
            return (await write()).response()
        row = await idempotency.claim(self._session, actor.account_id, self._key, await self._digest(content))
        if row.response is not None:
            return _response(row.response["content"].encode(), row.status, row.response["headers"])
        answer = await write()
        # kept as text: as JSON of the database it would come back with its keys in another order
        kept = {"content": orjson.dumps(answer.body).decode(), "headers": answer.headers}
        idempotency.remember(self._session, row, status=answer.status, response=kept)
        return answer.response()

    async def _digest(self, content: bytes | None) -> str:
        """What makes two requests the same: method, path, query and body."""
        body = await self._request.body() if content is None else content
        target = f"{self._request.method} {self._request.url.path}?{self._request.url.query}\n"
        return hashlib.sha256(target.encode() + body).hexdigest()


OnceOnly = Annotated[Once, Depends(Once)]
