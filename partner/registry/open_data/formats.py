"""The files of a dump, streamed: from COPY straight to the disk, counted and hashed on the way. Memory stays flat, however many rows."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from psycopg import Connection, sql
from psycopg.abc import Buffer

from partner.registry.open_data.columns import CODES, Column
from partner.regulation import Law

CHUNK_BYTES = 1 << 18
ROWS_PER_STEP = 2_000
QUOTE = b"\x01"
CODE_LISTS = ("bureaus", "communication-matters", "purposes", "registration-standards", "station-classes")


class Watch(Protocol):
    """Is told how many rows of a file are done, of how many if that is known; what it raises ends the work."""

    def __call__(self, name: str, done: int, total: int | None) -> None: ...  # noqa: D102


def unwatched(name: str, done: int, total: int | None) -> None:
    """Nobody looks."""


@dataclass(frozen=True)
class Copy:
    """What is copied: the statement, how many rows it gives, if that is known, and the columns where the statement has no header."""

    statement: sql.Composed
    total: int | None
    header: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Written:
    """A file that is complete and on the disk. `rows` leaves a header out; None where there are no rows."""

    name: str
    size: int
    sha256: str
    rows: int | None


class Sink:
    """A file that is written in large pieces, counted and hashed."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: Buffer) -> None:
        """Take some bytes."""
        self._waiting += data
        if len(self._waiting) >= CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self._digest.update(self._waiting)
        self.size += len(self._waiting)
        rest = memoryview(bytes(self._waiting))
        while rest:
            rest = rest[self._file.write(rest) :]
        self._waiting.clear()

    def written(self, name: str, rows: int | None) -> Written:
        """The account of the file."""
        return Written(name, self.size, self._digest.hexdigest(), rows)


@contextmanager
def sink(path: Path) -> Iterator[Sink]:
    """A new file; it is on the disk when the block ends well."""
    with path.open("xb", buffering=0) as file:
        made = Sink(file)
        yield made
        made.flush()
        os.fsync(file.fileno())


def copied(connection: Connection[Any], copy: Copy, values: Mapping[str, Any], path: Path, watch: Watch) -> Written:
    """Write what a COPY sends into a new file."""
    with sink(path) as made, connection.cursor() as cursor:
        if copy.header:
            made.write(_csv([column.name for column in copy.header], ()))
        with cursor.copy(copy.statement, values) as rows:
            for done, row in enumerate(rows):
                made.write(bare(row))
                if done % ROWS_PER_STEP == 0:
                    watch(path.name, done, copy.total)
        many = cursor.rowcount
        watch(path.name, many, many)
    return made.written(path.name, many)


def bare(row: Buffer) -> Buffer:
    """A line of COPY without the quotation marks (U+0001) that it sets around a text with a line break."""
    return row if row[0] != QUOTE[0] else bytes(row[1:-2]).replace(QUOTE * 2, QUOTE) + b"\n"


def content(path: Path, data: bytes, rows: int | None = None) -> Written:
    """Write a small file."""
    with sink(path) as made:
        made.write(data)
    return made.written(path.name, rows)


def codes(path: Path, law: Law) -> Written:
    """Write codes.csv: the names of the codes that the other files have, as the law gives them today."""
    rows = [(list_id, one.code, one.name.ja, one.name.en) for list_id in CODE_LISTS for one in law.codes(list_id)]
    return content(path, _csv([column.name for column in CODES.columns], rows), len(rows))


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return made.getvalue().encode()
