"""The file of what was refused or doubtful, record by record, beside the file that was imported."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from partner.registry.imports.records import Trouble

COLUMNS = ("line", "severity", "field", "code", "message_ja", "message_en")


@dataclass
class TroubleFile:
    """Grows with each chunk, before its commit: after a crash it may be ahead of the register, never behind; `cut` mends that."""

    path: Path
    _end: int | None = None

    def cut(self, line: int) -> None:
        """Keep what is about records up to a line, and forget the rest; 0 forgets all."""
        kept: list[list[str]] = []
        if line and self.path.exists():
            with self.path.open(encoding="utf-8", newline="") as file:
                kept = [row for row in csv.reader(file) if row and row[0].isdigit() and int(row[0]) <= line and len(row) == len(COLUMNS)]
        self.path.unlink(missing_ok=True)
        self._end = None
        if kept:
            self._write(kept, None)
            self.accept()

    def add(self, found: Iterable[Trouble]) -> None:
        """Write the troubles of a chunk after those accepted so far; a chunk that is tried again replaces its first try."""
        rows = [[str(one.line), one.severity, one.found.field, one.found.code, one.found.message.ja, one.found.message.en] for one in found]
        if rows:
            self._write(rows, self._end)

    def accept(self) -> None:
        """What was added is about records that are on record now."""
        self._end = self.path.stat().st_size if self.path.exists() else None

    def _write(self, rows: list[list[str]], end: int | None) -> None:
        with self.path.open("r+" if end is not None else "w", encoding="utf-8", newline="") as file:
            file.seek(end or 0)
            file.truncate()
            _written(file, rows, header=end is None)


def _written(file: IO[str], rows: list[list[str]], *, header: bool) -> None:
    writer = csv.writer(file)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows(rows)
