"""Turns the text of e-filing elements into values of the form, and back.

Names and addresses keep their characters; only white space (ideographic, no-break, tabs) becomes one ordinary space, and none at
both ends. Codes, numbers and kana are width-normalised (NFKC). A text that a conversion cannot read gives None: the caller reports it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from partner.registry.normalisation import license_number
from partner.regulation.codes import CodeList
from partner.regulation.filings import Conversion, Leaf

Value = str | int | float | bool

_INTEGER = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_LICENSE_NUMBER = re.compile(r"(?P<region>[^第\s]+)(?P<category>[^第\s])第(?P<serial>[0-9]+)号")


@dataclass(frozen=True)
class Era:
    """An era: its letter, its name (令和) and its first day, which is in its year 1."""

    code: str
    name: str
    begins: date


def eras(listed: CodeList) -> tuple[Era, ...]:
    """Make the eras of a code list (attribute `first_day`), the latest first."""
    known = [Era(one.code, one.name.ja, date.fromisoformat(str(one.attributes["first_day"]))) for one in listed]
    return tuple(sorted(known, key=lambda era: era.begins, reverse=True))


def read_text(leaf: Leaf, text: str) -> Value | None:
    """Convert the text of one element after `leaf`; None when it cannot be read so."""
    if leaf.values is not None:
        return leaf.values.get(code(text))
    return _READ[leaf.convert](text) if leaf.convert in _READ else None


def read_parts(leaf: Leaf, parts: Mapping[str, str], *, eras: Sequence[Era]) -> Value | None:
    """Convert the texts of a composite (part → text, '' where empty); None when they do not make a value."""
    if leaf.convert is Conversion.ERA_DATE:
        return _era_date(parts, eras)
    if leaf.convert is Conversion.LICENSE_NUMBER:
        return _license_number(parts)
    return symbol("".join(parts.values())) or None


def write_text(leaf: Leaf, value: Value) -> str:
    """Give the text of an element for a value that `read_text` made; none where the file has no word for it."""
    if leaf.values is not None:
        return next((text for text, meaning in leaf.values.items() if meaning == value), "")
    if leaf.convert is Conversion.FLAG:
        return "1"
    if leaf.convert is Conversion.HERTZ:
        return f"{value}.0"
    return format(Decimal(str(value)), "f") if isinstance(value, float) else str(value)


def write_parts(leaf: Leaf, value: Value, *, eras: Sequence[Era]) -> dict[str, str]:
    """Give the texts of a composite for a value that `read_parts` made."""
    if leaf.convert is Conversion.ERA_DATE:
        return _era_parts(date.fromisoformat(str(value)), eras)
    if leaf.convert is Conversion.LICENSE_NUMBER:
        match = _LICENSE_NUMBER.fullmatch(str(value))
        return {} if match is None else match.groupdict()
    return {"upper": str(value)}


def spaced(text: str) -> str:
    """Keep the characters; every run of white space becomes one space."""
    return " ".join(text.split())


def code(text: str) -> str:
    """Width-normalise and take white space away."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def symbol(text: str) -> str:
    """Read a code in capital letters."""
    return code(text).upper()


def _normalised(text: str) -> str:
    return spaced(unicodedata.normalize("NFKC", text))


def _lines(text: str) -> str:
    return "\n".join(spaced(line) for line in text.strip().splitlines()).strip()


def _digits(text: str) -> str | None:
    plain = re.sub(r"[-‐‑‒–—―−ー]", "", code(text))
    return plain if re.fullmatch(r"[0-9]+", plain) else None


def _integer(text: str) -> int | None:
    plain = code(text)
    return int(plain) if _INTEGER.fullmatch(plain) else None


def _number(text: str) -> int | float | None:
    plain = code(text)
    if not _DECIMAL.fullmatch(plain):
        return None
    number = Decimal(plain)
    return int(number) if number == number.to_integral_value() else float(number)


def _hertz(text: str) -> int | None:
    number = _number(text)
    return number if isinstance(number, int) else None


def _flag(text: str) -> bool | None:
    return True if code(text) == "1" else None


def _era_date(parts: Mapping[str, str], known: Sequence[Era]) -> str | None:
    """Accept every date of the calendar, also one outside its era (H31-06-01); anything else is no date."""
    name = symbol(parts["era"])
    era = next((era for era in known if name in {era.code, era.name}), None)
    year = 1 if code(parts["year"]) == "元" else _integer(parts["year"])
    month, day = _integer(parts["month"]), _integer(parts["day"])
    if era is None or not year or year > 99 or not month or not day:
        return None
    try:
        return date(era.begins.year - 1 + year, month, day).isoformat()
    except ValueError:
        return None


def _era_parts(day: date, known: Sequence[Era]) -> dict[str, str]:
    era = next((era for era in known if era.begins <= day), None)
    if era is None:
        return {}
    return {"era": era.code, "year": str(day.year - era.begins.year + 1), "month": f"{day.month:02}", "day": f"{day.day:02}"}


def _license_number(parts: Mapping[str, str]) -> str | None:
    region, category, serial = code(parts["region"]), code(parts["category"]), code(parts["serial"])
    if not region or not category or not re.fullmatch(r"[0-9]{1,12}", serial):
        return None
    return license_number(f"{region}{category}第{serial}号")


_READ: Mapping[Conversion, Callable[[str], Value | None]] = {
    Conversion.TEXT: spaced,
    Conversion.MULTILINE: _lines,
    Conversion.VERBATIM: str.strip,
    Conversion.NORMALISED: _normalised,
    Conversion.KANA: _normalised,
    Conversion.CODE: code,
    Conversion.SYMBOL: symbol,
    Conversion.DIGITS: _digits,
    Conversion.INTEGER: _integer,
    Conversion.HERTZ: _hertz,
    Conversion.WATTS: _number,
    Conversion.NUMBER: _number,
    Conversion.FLAG: _flag,
}
