"""A file of the law as it was read: its values, the line of each, and the names that it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partner.regulation.yaml_nodes import Location


@dataclass
class Source:
    """One file: its name for messages, its values, the line of each value, and the names that it refers to."""

    name: str
    stem: str
    data: object
    lines: Mapping[Location, int]
    references: set[tuple[str, str, int]]

    def line(self, location: Sequence[str | int]) -> int:
        """Tell the line of the value at `location`, or of the nearest value that encloses it."""
        known: Location = ()
        for step in location:
            if (*known, step) in self.lines:
                known = (*known, step)
        return self.lines[known]


@dataclass(frozen=True)
class Row:
    """One row of a CSV file, by column name."""

    line: int
    cells: Mapping[str, str]
