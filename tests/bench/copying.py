"""What plain `COPY` takes for the rows of a register: the same rows into the same tables, indexes, checks and triggers, as superuser."""

from __future__ import annotations

import tempfile
import time
from typing import IO

import psycopg
from psycopg import sql

from partner.registry import bulk

PIECE = 1 << 20
TABLES = tuple(str(model.__tablename__) for model in bulk.ORDER)
"""In the order of their foreign keys; triggers fill `published_gram` and `published_tally` from them."""


def plain_copy(source: str, target: str) -> float:
    """Seconds that `COPY` takes for all rows of the database `source` into the database `target`, whose tables are empty.

    Both are libpq URLs of a superuser. The rows are read from `source` into files first; that is not counted. One transaction.
    """
    with psycopg.connect(source) as reading, psycopg.connect(target) as writing:
        writing.execute("SELECT set_config('partner.standing', 'system', false)")
        seconds = sum(_copy(reading, writing, table) for table in TABLES)
        begun = time.perf_counter()
        writing.commit()
        return seconds + time.perf_counter() - begun


def _copy(reading: psycopg.Connection[tuple[object, ...]], writing: psycopg.Connection[tuple[object, ...]], table: str) -> float:
    names = _columns(reading, table)
    with tempfile.TemporaryFile() as file:
        with reading.cursor().copy(sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), names)) as copied:
            for piece in copied:
                file.write(piece)
        file.seek(0)
        begun = time.perf_counter()
        _send(writing, sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names), file)
        return time.perf_counter() - begun


def _send(writing: psycopg.Connection[tuple[object, ...]], statement: sql.Composed, file: IO[bytes]) -> None:
    with writing.cursor().copy(statement) as copied:
        while piece := file.read(PIECE):
            copied.write(piece)


def _columns(connection: psycopg.Connection[tuple[object, ...]], table: str) -> sql.Composed:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(str(row[0])) for row in found)
