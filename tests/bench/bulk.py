"""Whole registers in and out: import against plain COPY into the same indexed tables, export against COPY TO."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from partner import clock, embedded, migrate
from tests.acceptance.service import COMMAND, Service
from tests.bench import copying
from tests.bench.figures import BULK_GOAL, EXPORT_MEMORY_MB
from tests.bench.register import Register, directory, has_command, libpq, say
from tests.bench.results import Line, Spread

TAKEN, TAKEN_WITH_REFUSALS = 0, 3
DOCUMENTS = """
COPY (SELECT document FROM published_license AS l WHERE upper_inf(l.recorded) AND l.valid @> {day})
TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')
"""
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'public_license'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('document', 'musen') ORDER BY attnum
"""
PLAIN = "COPY (SELECT {columns} FROM public_license WHERE upper_inf(recorded)) TO STDOUT (FORMAT csv, HEADER)"


def importing(found: Register) -> Line:
    """Seconds of plain COPY over seconds of `partner import` for the stations in force of a register, into empty databases.

    Both write the same rows into the same tables with their indexes, checks and triggers; the command's own start is counted.
    """
    file = directory("bulk") / "stations.jsonl"
    _copy_out(found.url(), sql.SQL(DOCUMENTS).format(day=sql.Literal(clock.today())), file)
    count = sum(1 for _ in file.open("rb"))
    say(f"import of {count:,} stations")
    server = embedded.start(directory("bulk"))
    try:
        with database(server, "imported"), database(server, "plain"):
            ours, words = _import(server, file)
            copied = copying.plain_copy(*(libpq(server.url("postgres", name)) for name in ("imported", "plain")))
    finally:
        server.stop()
    say(f"  {ours:.1f} s, COPY {copied:.1f} s; {words}")
    ratio = copied / ours
    note = f"{count / ours:,.0f} stations/s; COPY {count / copied:,.0f}"
    return Line("import", "import", count, "COPY", ratio=Spread(ratio, ratio, ratio), goal=BULK_GOAL, note=note)


@contextmanager
def database(server: embedded.Server, name: str) -> Iterator[None]:
    """An empty database of the newest schema, for the time of the block."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(libpq(server.url("postgres", "postgres")), autocommit=True) as administration:
        administration.execute(drop)
        administration.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        migrate.upgrade(server.url("postgres", name))
        try:
            yield
        finally:
            administration.execute(drop)


def _import(server: embedded.Server, file: Path) -> tuple[float, str]:
    """The seconds that the command takes, and its last words. Raises RuntimeError when it fails."""
    roles = {"PARTNER_DATABASE_URL": "partner_app", "PARTNER_DATABASE_PUBLIC_URL": "partner_public"}
    service = Service(directory("bulk"), {name: server.url(role, "imported") for name, role in roles.items()})
    begun = time.perf_counter()
    answer = service.run("import", "stations", str(file))
    seconds = time.perf_counter() - begun
    if answer.returncode not in (TAKEN, TAKEN_WITH_REFUSALS):
        raise RuntimeError(f"partner import stations failed:\n{answer.stdout}\n{answer.stderr}")
    return seconds, answer.stdout.strip().splitlines()[-1] if answer.stdout.strip() else ""


def exporting(found: Register) -> Iterator[Line]:
    """Seconds of COPY TO of the plain columns over seconds of our stations.csv, and the most memory that a whole dump takes."""
    if not has_command("export", "open-data"):
        yield Line("export", "CSV export", found.size, "COPY TO", goal=BULK_GOAL, note="NOT MEASURED: there is no export")
        return
    say(f"{found.size:,} stations: export")
    place = directory("bulk")
    with found.connected() as connection:
        columns = [sql.Identifier(str(row[0])) for row in connection.execute(COLUMNS)]
    plain = sql.SQL(PLAIN).format(columns=sql.SQL(", ").join(columns))
    seen = [(_copy_out(found.url("partner_public"), plain, place / "plain.csv"), _exported(found, place)) for _ in range(3)]
    ratios = Spread.of([copied / ours for copied, ours in seen])
    note = f"{min(ours for _, ours in seen):.1f} s, COPY TO {min(copied for copied, _ in seen):.1f} s"
    yield Line("export", "CSV export", found.size, "COPY TO", ratio=ratios, goal=BULK_GOAL, note=note)
    yield _whole(found, place)


def _exported(found: Register, place: Path) -> float:
    """Seconds that our stations.csv takes."""
    formats: Any = importlib.import_module("partner.registry.open_data.formats")  # it comes with the command
    queries: Any = importlib.import_module("partner.registry.open_data.queries")
    columns: Any = importlib.import_module("partner.registry.open_data.columns")
    file = place / "stations.csv"
    file.unlink(missing_ok=True)
    begun = time.perf_counter()
    with found.connected("partner_public") as connection:
        values = {"as_of": clock.today()}
        formats.copied(connection, formats.Copy(queries.stations(), found.size, columns.STATIONS.columns), values, file, formats.unwatched)
    return time.perf_counter() - begun


def _whole(found: Register, place: Path) -> Line:
    """The most memory of the command that makes a whole dump, in MB, and how long it takes."""
    words = [str(COMMAND), "export", "open-data", str(place / "open-data"), "--accept-churn"]
    begun = time.perf_counter()
    process = subprocess.Popen(words, env=found.service.environment, stdout=sys.stderr, stderr=sys.stderr)
    memory = _most_memory(process)
    if process.returncode != 0:
        raise RuntimeError("partner export open-data failed")
    return Line(
        "export-memory",
        "open-data dump: memory",
        found.size,
        "MB",
        ratio=Spread(memory, memory, memory),
        goal=EXPORT_MEMORY_MB,
        less_is_better=True,
        note=f"all formats in {time.perf_counter() - begun:,.0f} s",
    )


def _most_memory(process: subprocess.Popen[bytes]) -> float:
    """The most memory that a process has had, in MB, once it has ended. What `wait4` says would count ours too, from before its start."""
    status, most = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        words = status.read_text(encoding="ascii").split()
        most = int(words[words.index("VmHWM:") + 1]) if "VmHWM:" in words else most
        time.sleep(0.02)
    return most / 1024


def _copy_out(url: str, query: sql.Composed, file: Path) -> float:
    """Seconds that COPY TO takes into a file."""
    with psycopg.connect(url) as connection, file.open("wb") as rows:
        begun = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for block in copy:
                rows.write(block)
        return time.perf_counter() - begun
