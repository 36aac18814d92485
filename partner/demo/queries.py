"""The SQL of the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

ROWS_AT_A_TIME = 2_000


async def insert_rows(session: AsyncSession, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows of one table."""
    connection = await session.connection()
    for first in range(0, len(rows), ROWS_AT_A_TIME):
        await connection.execute(insert(table), list(rows[first : first + ROWS_AT_A_TIME]))
