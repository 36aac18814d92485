"""Whole registers in and out: import against plain COPY into the same indexed tables, export against COPY TO."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from partner import clock, embedded, migrate
from partner.database import Database
from partner.registry.open_data import formats, queries
from tests.acceptance.service import COMMAND
from tests.bench import register
from tests.bench.figures import BULK_GOAL, EXPORT_MEMORY_MB
from tests.bench.register import Register, directory, has_command, libpq, say
from tests.bench.results import Line, Spread

CHUNK = 1 << 20
FILLED = """
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'alembic_version'
"""
REFERENCES = """
SELECT DISTINCT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid
"""


def importing(count: int) -> Line:
    """Seconds of plain COPY over seconds of our import, for the same rows of the same tables with their indexes and constraints."""
    say(f"import of {count:,} stations")
    server = embedded.start(directory("bulk"))
    try:
        with _database(server, "imported") as imported, _database(server, "plain") as plain:
            empty = set(_tables(plain, filled=False))
            ours = _import(server, count)
            tables = [table for table in _in_order(imported) if table in empty and table in set(_tables(imported, filled=True))]
            copied = sum(_copy(imported, plain, table) for table in tables)
    finally:
        server.stop()
    say(f"  {ours:.1f} s, COPY of {len(tables)} tables {copied:.1f} s")
    ratio = copied / ours
    note = f"{count / ours:,.0f} stations/s; COPY {count / copied:,.0f}"
    return Line("import", "import", count, "COPY", ratio=Spread(ratio, ratio, ratio), goal=BULK_GOAL, note=note)


@contextmanager
def _database(server: embedded.Server, name: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """An empty database of the newest schema, for the time of the block."""
    with psycopg.connect(libpq(server.url("postgres", "postgres")), autocommit=True) as administration:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        administration.execute(drop)
        administration.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        migrate.upgrade(server.url("postgres", name))
        try:
            with psycopg.connect(libpq(server.url("postgres", name)), autocommit=True) as connection:
                yield connection
        finally:
            administration.execute(drop)


def _import(server: embedded.Server, count: int) -> float:
    database = Database(server.url("partner_app", "imported"), server.url("partner_public", "imported"))
    begun = time.perf_counter()
    asyncio.run(register.enter(database, count, seed=register.SEED))
    return time.perf_counter() - begun


def _tables(connection: psycopg.Connection[TupleRow], *, filled: bool) -> list[str]:
    """The tables that hold rows, or those that hold none."""
    found = [str(row[0]) for row in connection.execute(FILLED)]
    holds = sql.SQL("SELECT EXISTS (SELECT FROM {})")
    return [table for table in found if connection.execute(holds.format(sql.Identifier(table))).fetchone() == (filled,)]


def _in_order(connection: psycopg.Connection[TupleRow]) -> list[str]:
    """All tables, each behind those that it refers to."""
    left = {str(row[0]): set[str]() for row in connection.execute(FILLED)}
    for table, other in connection.execute(REFERENCES):
        left[table].add(other)
    ordered: list[str] = []
    while left:
        free = sorted(table for table, others in left.items() if not others & left.keys())
        ordered.extend(free)
        left = {table: others for table, others in left.items() if table not in free}
    return ordered


def _copy(source: psycopg.Connection[TupleRow], target: psycopg.Connection[TupleRow], table: str) -> float:
    """Seconds that COPY FROM takes for the rows of a table. Triggers of ours rest: the rows that they made are copied as well."""
    name = sql.Identifier(table)
    file = directory("bulk") / "rows.txt"
    _copy_out(source, sql.SQL("COPY {} TO STDOUT").format(name), file)
    target.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    begun = time.perf_counter()
    with target.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy, file.open("rb") as rows:
        while block := rows.read(CHUNK):
            copy.write(block)
    return time.perf_counter() - begun


def _copy_out(source: psycopg.Connection[TupleRow], query: sql.Composed, file: Path) -> float:
    """Seconds that COPY TO takes into a file."""
    begun = time.perf_counter()
    with source.cursor() as cursor, cursor.copy(query) as copy, file.open("wb") as rows:
        for block in copy:
            rows.write(block)
    return time.perf_counter() - begun


def exporting(found: Register) -> Iterator[Line]:
    """Seconds of COPY TO over seconds of our stations.csv of the same register, and the most memory that a whole dump took.

    Both are read over one connection into a file. What COPY TO writes is all that is published of each station, as it is stored.
    """
    title = "CSV export"
    if not has_command("export", "open-data"):
        yield Line("export", title, found.size, "COPY TO", goal=BULK_GOAL, note="NOT MEASURED: there is no export yet")
        return
    place = directory(f"export-{found.size}")
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(COMMAND), "export", "open-data", str(place)], env=found.service.environment, stdout=sys.stderr, stderr=sys.stderr
    )
    _, status, used = os.wait4(process.pid, 0)
    whole = time.perf_counter() - begun
    if status != 0:
        raise RuntimeError("partner export open-data failed")
    ours = _stations_csv(found, place / "stations.csv")
    with found.connected() as connection:
        copied = _copy_out(connection, sql.SQL(EXPORTED).format(), place / "copied.csv")
    ratio, memory = copied / ours, used.ru_maxrss / 1024
    note = f"{ours:.1f} s, COPY TO {copied:.1f} s; the whole dump in all formats {whole:.1f} s"
    yield Line("export", title, found.size, "COPY TO", ratio=Spread(ratio, ratio, ratio), goal=BULK_GOAL, note=note)
    shared = {"goal": EXPORT_MEMORY_MB, "less_is_better": True}
    yield Line("export-memory", "export: most memory", found.size, "MB", ratio=Spread(memory, memory, memory), **shared)  # type: ignore[arg-type]


EXPORTED = "COPY (SELECT l.* FROM public_license AS l WHERE upper_inf(l.recorded)) TO STDOUT (FORMAT csv, HEADER)"


def _stations_csv(found: Register, file: Path) -> float:
    """Seconds that our export takes for stations.csv alone."""
    file.unlink(missing_ok=True)
    database = Database(found.server.url("partner_app"), found.server.url("partner_public"))
    begun = time.perf_counter()
    with database.snapshot() as connection:
        formats.copied(connection, formats.Copy(queries.stations(), None), {"as_of": clock.today()}, file, formats.unwatched)
    return time.perf_counter() - begun
