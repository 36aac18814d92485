"""Rows by the thousand: as the text that `COPY` reads, and from there into their tables.

`COPY` into a table under row-level security is refused by PostgreSQL. So the text goes into a temporary table that lives as
long as the transaction, and from there by `INSERT … SELECT` through the same policies, checks and triggers as any other row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection, sql
from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TSTZRANGE, Range
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry.normalisation import REMEMBERED
from partner.registry.record_queries import table

NULL = "\\N"
Convert = Callable[[Any], str]


def encode(model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows given by column as the text that `COPY` reads, in the order of the table's columns. Pure; any thread may do it."""
    plan = [(column.name, _conversion(column.type)) for column in columns(model)]
    lines = ["\t".join([NULL if (value := row[name]) is None else convert(value) for name, convert in plan]) for row in rows]
    return "\n".join([*lines, ""]).encode()


async def copy(session: AsyncSession, model: type[SQLModel], text: bytes, *, replaced: tuple[str, ...] = ()) -> None:
    """Put encoded rows into the table of a model, in the caller's transaction; where the key is there, `replaced` columns are set.

    Raises what the database refuses, as psycopg names it.
    """
    connection = await _connection(session)
    asked, made, emptied, copied, moved = _statements(model, replaced)
    async with connection.cursor() as cursor:
        await cursor.execute(asked)
        there = await cursor.fetchone() != (None,)
        await cursor.execute(emptied if there else made)
        async with cursor.copy(copied) as writing:
            await writing.write(text)
        await cursor.execute(moved)


async def _connection(session: AsyncSession) -> AsyncConnection[Any]:
    """The connection under the session, which is in the middle of its transaction."""
    raw = await (await session.connection()).get_raw_connection()
    found = raw.driver_connection
    assert isinstance(found, AsyncConnection)  # noqa: S101 -- this is what the engine is made with
    return found


@cache
def columns(model: type[SQLModel]) -> Sequence[Column[Any]]:
    """The columns of a table that are written; what the database computes is left out."""
    return [column for column in table(model).c if column.computed is None]


@cache
def _statements(model: type[SQLModel], replaced: tuple[str, ...]) -> tuple[sql.Composed, ...]:
    """Ask whether the temporary table is there, make it, or empty it; copy into it; and go on into the table itself."""
    named: dict[str, sql.Composable] = {
        "table": sql.Identifier(table(model).name),
        "incoming": sql.Identifier("pg_temp", f"incoming_{table(model).name}"),
        "name": sql.Literal(f"pg_temp.incoming_{table(model).name}"),
        "columns": sql.SQL(", ").join(sql.Identifier(column.name) for column in columns(model)),
        "otherwise": _otherwise(model, replaced),
    }
    return (
        sql.SQL("SELECT to_regclass({name})").format(**named),
        sql.SQL("CREATE TEMPORARY TABLE {incoming} (LIKE {table}) ON COMMIT DROP").format(**named),
        sql.SQL("TRUNCATE {incoming}").format(**named),
        sql.SQL("COPY {incoming} ({columns}) FROM STDIN").format(**named),
        sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM {incoming} {otherwise}").format(**named),
    )


def _otherwise(model: type[SQLModel], replaced: tuple[str, ...]) -> sql.Composable:
    """What happens to a row whose key is there already."""
    if not replaced:
        return sql.SQL("")
    keys = sql.SQL(", ").join(sql.Identifier(column.name) for column in table(model).primary_key.columns)
    changes = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in replaced)
    return sql.SQL("ON CONFLICT ({}) DO UPDATE SET {}").format(keys, changes)


@cache
def _conversion(kind: TypeEngine[Any]) -> Convert:
    for known, convert in _CONVERSIONS:
        if isinstance(kind, known):
            return convert
    raise TypeError(f"rows with {kind!r} are not copied")


def _identifier(value: UUID) -> str:
    return value.hex


def _truth(value: bool) -> str:
    return "t" if value else "f"


def _moment(value: date | datetime) -> str:
    return value.isoformat()


@lru_cache(maxsize=REMEMBERED)
def _span(value: Range[Any]) -> str:
    return str(value)


def _words(value: str) -> str:
    """Text, with the four characters escaped that mean something to `COPY`."""
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if value.isprintable():  # the usual case, found out in one pass
        return value
    return value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _array(value: Sequence[str]) -> str:
    quoted = [item.replace("\\", "\\\\").replace('"', '\\"') for item in value]
    return _words('{"' + '","'.join(quoted) + '"}') if quoted else "{}"


def _json(value: object) -> str:
    return _words(orjson.dumps(value).decode())


_CONVERSIONS: tuple[tuple[type[TypeEngine[Any]], Convert], ...] = (
    (Uuid, _identifier),
    (Boolean, _truth),
    (DateTime, _moment),
    (Date, _moment),
    (Double, repr),
    (Numeric, str),
    (Integer, str),
    (ARRAY, _array),
    (JSONB, _json),
    (DATERANGE, _span),
    (TSTZRANGE, _span),
    (Text, _words),
)
