"""What MIC's Web-API reads of the register: a number, or records one after another, as they come from the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncClientCursor, AsyncConnection

from partner.registry.queries import Statement

AT_A_TIME = 500


@dataclass(frozen=True)
class Head:
    """How many there are in all, and the time of the last change of the register; both of the state that the records are of."""

    total: int
    updated_at: datetime | None


async def number(connection: AsyncConnection[Any], statement: Statement) -> Head:
    """How many there are. One statement."""
    row = await (await AsyncClientCursor(connection).execute(statement.query, statement.values)).fetchone()
    return Head(0, None) if row is None else Head(int(row[1]), row[0])


@asynccontextmanager
async def records(connection: AsyncConnection[Any], statement: Statement) -> AsyncIterator[tuple[Head, AsyncIterator[list[str]]]]:
    """The head, and the records as JSON texts, at most AT_A_TIME at a time. One statement; nothing more is kept in memory.

    Its values are written into the statement by psycopg, so that PostgreSQL plans for them: of a connection that plans once for all
    values (`partner.database`) nothing else is heeded. Whoever leaves before the last record stops the statement.
    """
    rows = AsyncClientCursor(connection).stream(statement.query, statement.values, size=AT_A_TIME)
    async with aclosing(rows):  # type: ignore[type-var]  # psycopg calls its generator an iterator
        updated_at, total, _ = await anext(rows)
        async with aclosing(_batches(rows)) as batches:
            yield Head(int(total), updated_at), batches


async def _batches(rows: AsyncIterator[Any]) -> AsyncGenerator[list[str]]:
    waiting: list[str] = []
    async for *_, record in rows:
        waiting.append(record)
        if len(waiting) == AT_A_TIME:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
