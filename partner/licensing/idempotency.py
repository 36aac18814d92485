"""Writes that a program may repeat safely (`Idempotency-Key`): the first one is done, the others get its answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.errors import Invalid, Text
from partner.licensing import queries
from partner.licensing.models import IdempotencyKey


async def claim(session: AsyncSession, account_id: UUID, key: str, request_digest: str) -> IdempotencyKey:
    """The row of a key; its `response` is None for the first request with the key, which has to call `remember`.

    A concurrent request with the same key waits here until the first one is committed or rolled back. Raises Invalid
    `idempotency_key_reused` when the key came with another request before.
    """
    row = await queries.claim_key(session, account_id, key, request_digest)
    if row.request_digest != request_digest:
        raise Invalid(
            "idempotency_key_reused",
            Text("この Idempotency-Key は別の内容のリクエストで使われています。", "This Idempotency-Key was used with another request."),
            remedy=Text("新しいキーを使ってください。", "Use a new key."),
        )
    return row


def remember(session: AsyncSession, row: IdempotencyKey, *, status: int, response: dict[str, Any]) -> None:
    """Keep the answer for the next request with the same key."""
    row.status, row.response = status, response
    session.add(row)
