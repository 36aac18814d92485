"""How rows of the register are written: inserted, closed, counters moved on. Nothing else is ever done to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Text, bindparam, cast, column, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, Range, insert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry import copying
from partner.registry.record_queries import among, table

FEW = 200
"""Up to so many rows of a table travel as one JSON text in one statement; more are copied."""
TICK = timedelta(microseconds=1)  # the least by which one record time follows another


@lru_cache(maxsize=16)
def from_now(at: datetime) -> Range[datetime]:
    """The record time of a row that is believed from an instant on."""
    return Range(at, None, bounds="[)")


def days(first: date, last: date) -> Range[date]:
    """The days from the first to the last, both included."""
    return Range(first, last + timedelta(days=1), bounds="[)")


async def insert_rows(session: AsyncSession, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given by column, however many."""
    if len(rows) > FEW:
        await copying.copy(session, model, copying.encode(model, rows))
    elif rows:
        text = orjson.dumps(rows, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()
        await (await session.connection()).execute(_insertion(model), {"rows": text})


@cache
def _insertion(model: type[SQLModel]) -> Insert:
    columns = [column(each.name, each.type) for each in copying.columns(model)]
    given = func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB)).table_valued(*columns).render_derived(with_types=True)
    return insert(table(model)).from_select([each.name for each in columns], select(*given.c))


def _plain(value: object) -> str:
    if isinstance(value, Range | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")


async def close(session: AsyncSession, model: type[SQLModel], ids: Collection[UUID], *, at: datetime) -> None:
    """Stop believing rows, from an instant on."""
    if not ids:
        return
    found = table(model)
    key = next(iter(found.primary_key.columns))
    statement = update(found).where(among(key, ids), func.upper_inf(found.c.recorded))
    await (await session.connection()).execute(statement.values(recorded=func.tstzrange(func.lower(found.c.recorded), at)))


async def advance(session: AsyncSession, model: type[SQLModel], key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set the counter that `key` names, which need not exist yet."""
    statement = insert(table(model)).values(**key, **values)
    moved = statement.on_conflict_do_update(index_elements=list(key), set_=dict(values))
    await (await session.connection()).execute(moved)
