"""What was measured: lines of one table, and the same as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and between what they lay."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of some values."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Speed:
    """What one server did: requests per second under load, times with one client in milliseconds."""

    rate: float | None
    p50_ms: float
    p99_ms: float
    failed: int = 0
    way: str = ""
    server_ms: float | None = None
    database_ms: float | None = None
    """Processor time of the server, and of the database, for one request under load."""

    @property
    def cost(self) -> str:
        """The processor time in words."""
        return f"{self.server_ms:.2f}+{self.database_ms:.2f}" if self.server_ms is not None and self.database_ms is not None else ""


@dataclass(frozen=True)
class Line:
    """One ratio, ours to another's. `goal` is the least that it should be, or the most where `less_is_better`."""

    figure: str
    title: str
    size: int
    against: str
    ratio: Spread | None = None
    goal: float | None = None
    less_is_better: bool = False
    ours: Speed | None = None
    theirs: Speed | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is no goal."""
        if self.goal is None:
            return None
        if self.ratio is None or any(speed and speed.failed for speed in (self.ours, self.theirs)):
            return False
        return self.ratio.median <= self.goal if self.less_is_better else self.ratio.median >= self.goal


HEAD = (
    *("figure", "stations", "against", "ratio", "(rounds)", "goal", "", "req/s", "theirs"),
    *("CPU ms", "theirs", "p50/p99 ms", "theirs", "how, notes"),
)
RIGHT = {1, 3, 4, 5, 7, 8, 9, 10, 11, 12}
MARKS = {True: "ok", False: "MISSED", None: ""}


def table(lines: Sequence[Line]) -> str:
    """The lines as a table of plain text."""
    rows = [HEAD, *map(_row, lines)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(_padded(row[column], widths[column], column) for column in range(len(HEAD))).rstrip() for row in rows)


def _row(line: Line) -> tuple[str, ...]:
    ratio, ours, theirs = line.ratio, line.ours, line.theirs
    failed = sum(speed.failed for speed in (ours, theirs) if speed)
    notes = [theirs.way if theirs else "", f"{failed} FAILED" if failed else "", line.note]
    return (
        line.title,
        f"{line.size:,}" if line.size else "",
        line.against,
        f"{ratio.median:.2f}" if ratio else "-",
        f"{ratio.least:.2f}-{ratio.most:.2f}" if ratio and ratio.least < ratio.most else "",
        f"{'<=' if line.less_is_better else '>='} {line.goal:g}" if line.goal is not None else "",
        MARKS[line.reached],
        f"{ours.rate:,.0f}" if ours and ours.rate else "",
        f"{theirs.rate:,.0f}" if theirs and theirs.rate else "",
        ours.cost if ours else "",
        theirs.cost if theirs else "",
        f"{ours.p50_ms:.2f}/{ours.p99_ms:.2f}" if ours else "",
        f"{theirs.p50_ms:.2f}/{theirs.p99_ms:.2f}" if theirs else "",
        "; ".join(filter(None, notes)),
    )


def _width(text: str) -> int:
    return len(text)


def _padded(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column in RIGHT else text.ljust(width)


def as_json(lines: Sequence[Line], surroundings: dict[str, Any]) -> bytes:
    """All lines, with where and when they were measured."""
    found = [{**asdict(line), "reached": line.reached} for line in lines]
    return orjson.dumps({**surroundings, "figures": found}, option=orjson.OPT_INDENT_2) + b"\n"


def write(file: Path, lines: Sequence[Line], surroundings: dict[str, Any]) -> None:
    """Put the JSON where it belongs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(as_json(lines, surroundings))
