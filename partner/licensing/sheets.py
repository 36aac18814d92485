"""What a file of many like filings looks like, whether it is written or read: XLSX and CSV alike.

A line of keys (of `partner.regulation.form_columns`) with `procedure` first, then lines of words, which begin with `#`, then one line for
each filing. Columns whose key stands in parentheses tell something and are not read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Cell = str | int | float | bool

PROCEDURE = "procedure"
WORDS = "#"
SEVERAL = ";"
"""Between several values in one cell."""
NAMED = "："
"""Between a code and its name, as a template shows them: what follows is not read."""
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a text must not begin in a CSV file, because a spreadsheet would take it for a formula."""
TEXT_MARK = "'"
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 20_000, 500, 5_000


@dataclass(frozen=True)
class Row:
    """One line of an uploaded file: on which sheet it stands ('' in a CSV file) and its number as a spreadsheet shows it."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    """Key to what is written; a cell that is empty is not there."""
    keys: tuple[str, ...] = field(default=(), repr=False)
    """All columns of its sheet."""
    formulas: tuple[str, ...] = ()
    """The keys of the cells with a formula, whose result nobody here works out."""


def told(key: str) -> bool:
    """Whether a column only tells something."""
    return key.startswith("(")


def letters(number: int) -> str:
    """The letters of a column of a spreadsheet, the first being 1."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
