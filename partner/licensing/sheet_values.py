"""What a cell of an uploaded table means for a field of the form, and the form that a row makes of a prefilled one. Pure.

Spreadsheets change what they are given: leading zeros go, dates become numbers of days, digits come in full width. What can be understood
is understood; what cannot is an error of its column.
"""

from __future__ import annotations

import copy
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from partner.errors import FieldError, Text
from partner.licensing.filing_conversions import Era
from partner.licensing.sheet_writing import value_of
from partner.licensing.sheets import NAMED, RISKY, SEVERAL, TEXT_MARK, Cell
from partner.regulation.form_columns import Column
from partner.regulation.form_fields import NUMERIC, WHOLE, FieldType
from partner.regulation.form_schema import PATTERNS

DAY_ZERO = date(1899, 12, 30)
"""Day 0 of spreadsheets, as they count days after 1900-02-28."""
MOST_DAYS = 150_000
GREATEST = 1e15
FREE = frozenset({FieldType.TEXT, FieldType.MULTILINE, FieldType.KANA})
LENGTH = re.compile(r"\^\[0-9\]\{([0-9]+)\}\$")
SLASHED = re.compile(r"([0-9]{4})[/.年-]([0-9]{1,2})[/.月-]([0-9]{1,2})日?(?:[ T]00:00(?::00)?)?")
BY_ERA = re.compile(r"(?P<era>[^\W\d_]+?)(?P<year>元|[0-9]{1,2})[/.年-](?P<month>[0-9]{1,2})[/.月-](?P<day>[0-9]{1,2})日?")
TRUE, FALSE = {"true", "1", "はい", "yes", "有", "○", "〇"}, {"false", "0", "いいえ", "no", "無"}


def filled(
    started: Mapping[str, Any], columns: Iterable[Column], cells: Mapping[str, Cell], *, eras: Sequence[Era] = ()
) -> tuple[dict[str, Any], list[FieldError]]:
    """The prefilled form with what a row says in the place of it; an empty cell takes away what stood there.

    The second part names the columns (pointers into the form) whose cells cannot be read.
    """
    form: dict[str, Any] = copy.deepcopy(dict(started))
    errors: list[FieldError] = []
    for column in columns:
        before = value_of(started, column)
        try:
            value = read(column, cells.get(column.key), before, eras=eras)
        except ValueError as error:
            message = Text(*error.args)
            errors.append(FieldError(column.pointer, "unreadable", message))
            continue
        if value != before:
            _put(form, column.key.split("/"), value)
    return form, errors


def read(column: Column, cell: Cell | None, before: object, *, eras: Sequence[Era] = ()) -> object:
    """What a cell says. `before` is what stands on record: a cell that differs from it only as spreadsheets do says the same.

    Dates may be written by `eras`, as Japanese offices do.

    Raises ValueError with words in Japanese and English.
    """
    if cell is None:
        return None
    if column.field.repeated:
        parts = [part.strip() for part in _text(cell).split(SEVERAL)]
        old = before if isinstance(before, list) else []
        found = [_one(column, part, old[index] if index < len(old) else None, eras) for index, part in enumerate(parts) if part]
        return found or None
    return _one(column, cell, before, eras)


def _one(column: Column, cell: Cell, before: object, eras: Sequence[Era]) -> object:
    kind = column.field.type
    if kind is FieldType.DATE:
        return _date(cell, eras)
    if kind is FieldType.FLAG:
        return _flag(cell)
    if kind in NUMERIC:
        return _number(cell, whole=kind in WHOLE)
    return _code(column, _text(cell)) if column.options else _words(kind, _text(cell), before)


def _words(kind: FieldType, text: str, before: object) -> str:
    if isinstance(before, str) and _bare(before) == _bare(text):
        return before
    if kind in FREE:
        return text
    text = unicodedata.normalize("NFKC", text) if kind is not FieldType.LICENSE_NUMBER else text
    length = LENGTH.fullmatch(PATTERNS.get(kind, ""))
    return text.replace("-", "").zfill(int(length[1])) if length is not None and re.fullmatch(r"[0-9-]+", text) else text


def _bare(text: str) -> str:
    """A text as it survives a spreadsheet: without its width, its spaces, and the zeros before a number."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.lstrip("0") if plain.isdecimal() else plain


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell)
    return text[1:] if text.startswith(TEXT_MARK) and text[1:].startswith((*RISKY, TEXT_MARK)) else text


def _code(column: Column, text: str) -> str:
    """The code that is meant: before its name, in full width, or without the zeros before it."""
    plain = text.partition(NAMED)[0].strip()
    known = {option.code for option in column.options}
    if plain in known:
        return plain
    narrow = unicodedata.normalize("NFKC", plain)
    alike = [
        code for code in known if code == narrow or (narrow.isdecimal() and code.isdecimal() and code.lstrip("0") == narrow.lstrip("0"))
    ]
    named = [option.code for option in column.options if text in (option.label.ja, option.label.en)]
    found = alike or named
    return found[0] if len(found) == 1 else plain


def _flag(cell: Cell) -> bool:
    text = unicodedata.normalize("NFKC", _text(cell)).partition(":")[0].strip().lower()
    if text in TRUE | {word.lower() for word in TRUE}:
        return True
    if text in FALSE:
        return False
    raise ValueError(f"「{cell}」は true か false ではありません。", f"'{cell}' is neither true nor false.")


def _number(cell: Cell, *, whole: bool) -> int | float:
    text = unicodedata.normalize("NFKC", _text(cell)).replace(",", "").strip()
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"「{cell}」は数ではありません。", f"'{cell}' is no number.") from None
    if not math.isfinite(number) or abs(number) > GREATEST or (whole and not number.is_integer()):
        raise ValueError(f"「{cell}」は使えない数です。", f"'{cell}' is not a number that can stand here.")
    return int(number) if number.is_integer() else number


def _date(cell: Cell, eras: Sequence[Era]) -> str:
    text = unicodedata.normalize("NFKC", _text(cell)).strip()
    match = SLASHED.fullmatch(text)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        by_era = _by_era(text, eras)
        if by_era is not None:
            return by_era.isoformat()
        if text.isdecimal() and 0 < int(text) < MOST_DAYS:
            return (DAY_ZERO + timedelta(days=int(text))).isoformat()
    except ValueError:
        text = str(cell)
    raise ValueError(
        f"「{text}」は日付ではありません（例: 2025-01-15、令和7年1月15日）。", f"'{text}' is no date; write it like 2025-01-15."
    )


def _by_era(text: str, eras: Sequence[Era]) -> date | None:
    """A date of an era (令和5年5月24日, R5.5.24); None for what is none. Raises ValueError for a day that is not in the era."""
    match = BY_ERA.fullmatch("".join(text.split()))
    names = {name: era for era in eras for name in (era.code, era.name)}
    era = names.get(match["era"].upper()) if match else None
    if match is None or era is None:
        return None
    year = 1 if match["year"] == "元" else int(match["year"])
    found = date(era.begins.year - 1 + year, int(match["month"]), int(match["day"]))
    after = min((other.begins for other in eras if other.begins > era.begins), default=date.max)
    if not era.begins <= found < after:
        raise ValueError(text)
    return found


def _put(form: dict[str, Any], steps: list[str], value: object) -> None:
    """Set a value at its place, making what is missing on the way; None takes it away."""
    place: Any = form
    for step, following in itertools.pairwise(steps):
        if isinstance(place, list):
            place.extend({} for _ in range(int(step) + 1 - len(place)))
            place = place[int(step)]
        else:
            place = place.setdefault(step, [] if following.isdecimal() else {})
    if value is None:
        place.pop(steps[-1], None)
    else:
        place[steps[-1]] = value
