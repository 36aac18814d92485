"""A file of the law as it was read: its values, the line of each, and the names that it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationInfo

from partner.regulation.facts import KNOWN, FactShape
from partner.regulation.yaml_nodes import Location


@dataclass
class Source:
    """One file: its name for messages, its values, the line of each value, and the names that it refers to."""

    name: str
    stem: str
    data: object
    lines: Mapping[Location, int]
    references: set[tuple[str, str, int]]
    shape: FactShape = KNOWN
    """The facts that its expressions and pointers may name."""

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


def shape_of(info: ValidationInfo) -> FactShape:
    """Give the facts that may be named where something is validated: those of the file's law, else those that code knows."""
    return info.context.shape if isinstance(info.context, Source) else KNOWN
