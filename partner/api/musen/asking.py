"""What a request of MIC's Web-API asks for: `num` counts, `list` lists. Pure.

All parameters are read as MIC's specification (request conditions Ver. 1.3.0) has them. An empty value is not given; what the
endpoint does not use, and what nobody knows, is ignored. Words arrive as UTF-8; what is not UTF-8 is read as Shift_JIS, as
older clients send it. Every error found is told, in the order of the parameters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from partner.api.musen.faults import FAULTS, Fault
from partner.regulation.codes import Codes

Kind = Literal["num", "list"]
CSV, JSON, XML = "1", "2", "3"
PAGE_SIZES = {"1": 100, "2": 500, "3": 10_000}
UNITS = {"1": (Decimal(1_000), 10, 6), "2": (Decimal(1_000_000), 7, 9), "3": (Decimal(1_000_000_000), 4, 12)}
TOO_FINE = {"1": "EQ00025", "2": "EQ00026", "3": "EQ00027"}
EARLIEST, LATEST = date(1926, 1, 1), date(2100, 12, 31)
LONGEST_QUERY = 8_000
NAMES = frozenset(
    [
        "ST",
        "DA",
        "SC",
        "DC",
        "OF",
        "OW",
        "OW2",
        "IT",
        "HCV",
        "MK",
        "TSNJK",
        "KHS",
        "FF",
        "TF",
        "HZ",
        "NA",
        "MA",
        "FC",
        "AS",
        "DF",
        "DT",
        "SK",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request without error. `start` counts from 1; frequencies are Hz; () and None ask for nothing."""

    kind: Kind
    pattern: str  # ST: "1" licenses, "2" registrations
    output: str  # OF
    detailed: bool = False
    start: int = 1
    size: int = 100
    sort: str = ""
    station_class: str = ""
    standard: str = ""
    bureau: str = ""
    places: tuple[str, ...] = ()
    purpose: str = ""
    matter: str = ""
    broadcast: str = ""
    frequency_from: Decimal | None = None
    frequency_to: Decimal | None = None
    name: str = ""
    call_sign: str = ""
    bundle: str = ""
    craft: str = ""
    licensed_from: date | None = None
    licensed_to: date | None = None


@dataclass(frozen=True)
class Refused:
    """A request with errors, to be told in the format asked for, CSV when that is not known."""

    output: str
    faults: tuple[Fault, ...]


@dataclass
class _Reading:
    """The values given, and the errors found so far."""

    values: dict[str, list[str]]
    found: list[str] = field(default_factory=list)

    def one(self, name: str) -> str:
        """The value of a parameter, '' when it is not given."""
        given = self.values.get(name, [""])
        if len(set(given)) > 1:
            self.fail("EQ00043")
        return given[0]

    def fail(self, code: str) -> None:
        """Note an error, once."""
        if code not in self.found:
            self.found.append(code)

    def choice(self, name: str, allowed: Iterable[str], code: str, *, required: bool = False) -> str:
        """One of a few values, '' when it is not given."""
        value = self.one(name)
        if (value or required) and value not in allowed:
            self.fail(code)
            return ""
        return value


def read(pairs: Sequence[tuple[bytes, bytes]], kind: Kind, codes: Codes) -> Asked | Refused:
    """The request that percent-decoded names and values make, or its errors."""
    values, readable = _decoded(pairs)
    reading = _Reading(values)
    if not readable:
        reading.fail("EQ00043")
    pattern = reading.choice("ST", ("1", "2"), "EQ00001", required=True)
    output = reading.choice("OF", PAGE_SIZES, "EQ00002", required=True)
    page = _page(reading, pattern) if kind == "list" else {}
    conditions = {**_shared(reading, codes), **(_licenses(reading, codes) if pattern != "2" else _registrations(reading, codes))}
    if reading.found:
        return Refused(output or CSV, tuple(FAULTS[code] for code in sorted(reading.found)))
    return Asked(kind=kind, pattern=pattern, output=output, **page, **conditions)  # type: ignore[arg-type]


def output_of(pairs: Sequence[tuple[bytes, bytes]]) -> str:
    """The format asked for, for an error that comes before or after reading; CSV when it is not known."""
    given = [value.decode("latin-1") for name, value in pairs if name == b"OF" and value]
    return given[0] if given and given[0] in PAGE_SIZES else CSV


def _decoded(pairs: Sequence[tuple[bytes, bytes]]) -> tuple[dict[str, list[str]], bool]:
    values: dict[str, list[str]] = {}
    readable = sum(len(name) + len(value) for name, value in pairs) <= LONGEST_QUERY
    for name, raw in pairs:
        if (key := name.decode("latin-1")) not in NAMES or not raw:
            continue
        text = _text(raw)
        if text is None or any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
            readable = False
        else:
            values.setdefault(key, []).append(text)
    return values, readable


def _text(raw: bytes) -> str | None:
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _page(reading: _Reading, pattern: str) -> dict[str, object]:
    detail = reading.choice("DA", ("0", "1"), "EQ00003", required=True)
    start = reading.one("SC")
    if not re.fullmatch(r"[0-9]+", start):
        reading.fail("EQ00004")
    elif len(start) > 9:
        reading.fail("EQ00005")
    size = reading.choice("DC", PAGE_SIZES, "EQ00006", required=True)
    if detail == "1" and size == "3":
        reading.fail("EQ00007")
    sort = reading.choice("SK", ("1", "2", "3", "4"), "EQ00041") or {"2": "1"}.get(pattern, "2")
    number = int(start) if re.fullmatch(r"[0-9]{1,9}", start) else 1
    return {"detailed": detail == "1", "start": max(number, 1), "size": PAGE_SIZES.get(size, 100), "sort": sort}


def _shared(reading: _Reading, codes: Codes) -> dict[str, object]:
    low, high = _frequencies(reading)
    start, end = _days(reading)
    return {
        "bureau": reading.choice("IT", codes("bureaus").codes, "EQ00010"),
        "frequency_from": low,
        "frequency_to": high,
        "name": _name(reading),
        "licensed_from": start,
        "licensed_to": end,
    }


def _registrations(reading: _Reading, codes: Codes) -> dict[str, object]:
    return {"standard": reading.choice("OW2", codes("registration-standards").codes, "EQ00009", required=True)}


def _licenses(reading: _Reading, codes: Codes) -> dict[str, object]:
    classes = [code.code for code in codes("station-classes") if code.attributes.get("searchable") is not False]
    found: dict[str, object] = {
        "station_class": reading.choice("OW", classes, "EQ00008", required=True),
        "places": _places(reading, codes),
        "purpose": reading.choice("MK", codes("purposes").codes, "EQ00013"),
        "matter": reading.choice("TSNJK", codes("communication-matters").codes, "EQ00014"),
        "broadcast": reading.choice("KHS", codes("broadcast-kinds").codes, "EQ00015"),
        "call_sign": _call_sign(reading),
        "craft": _craft(reading),
        "bundle": reading.choice("FC", codes("amateur-bundles").codes, "EQ00044"),
    }
    if not (found["purpose"] and (found["matter"] or found["broadcast"])):
        found |= {"purpose": "", "matter": "", "broadcast": ""}  # they count as a pair only; one alone is ignored
    return found


def _places(reading: _Reading, codes: Codes) -> tuple[str, ...]:
    """HCV: municipalities, or a whole prefecture as 13000. Several values by repeating the key or with commas."""
    given = [place for value in reading.values.get("HCV", []) for place in value.split(",")]
    known = {*codes("municipalities").codes, *(f"{prefecture.code}000" for prefecture in codes("prefectures"))}
    if any(place not in known for place in given):
        reading.fail("EQ00011")
    if len(set(given)) < len(given):
        reading.fail("EQ00012")
    return tuple(given)


def _name(reading: _Reading) -> str:
    name = reading.one("NA")
    if len(name) > 100:
        reading.fail("EQ00028")
    if name and not name.strip():
        reading.fail("EQ00029")
    return name


def _call_sign(reading: _Reading) -> str:
    sign = reading.one("MA")
    if len(sign) > 12:
        reading.fail("EQ00030")
    if sign and not sign.strip():
        reading.fail("EQ00032")
    elif sign and not re.fullmatch(r"[0-9A-Za-z]+", sign):
        reading.fail("EQ00031")
    return sign


def _craft(reading: _Reading) -> str:
    craft = reading.one("AS")
    if len(craft) > 30:
        reading.fail("EQ00033")
    if craft and not craft.strip():
        reading.fail("EQ00035")
    elif any(unicodedata.east_asian_width(character) not in {"F", "W", "A"} for character in craft):
        reading.fail("EQ00034")
    return craft


def _frequencies(reading: _Reading) -> tuple[Decimal | None, Decimal | None]:
    low = _frequency(reading, "FF", ("EQ00018", "EQ00016", "EQ00017"))
    high = _frequency(reading, "TF", ("EQ00021", "EQ00019", "EQ00020"))
    unit = reading.choice("HZ", UNITS, "EQ00024", required=bool(reading.one("FF") or reading.one("TF")))
    if high == 0:
        reading.fail("EQ00022")
    elif low is not None and high is not None and low > high:
        reading.fail("EQ00023")
    if unit and any(value is not None and not _fits(value, unit) for value in (low, high)):
        reading.fail(TOO_FINE[unit])
    factor = UNITS[unit][0] if unit else Decimal(1)
    return low * factor if low else None, high * factor if high else None


def _frequency(reading: _Reading, name: str, failures: tuple[str, str, str]) -> Decimal | None:
    text = reading.one(name)
    too_long, not_digits, misplaced = failures
    if len(text) > 17:
        reading.fail(too_long)
    elif not re.fullmatch(r"[0-9.]*", text):
        reading.fail(not_digits)
    elif text and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        reading.fail(misplaced)
    elif text:
        return Decimal(text)
    return None


def _fits(value: Decimal, unit: str) -> bool:
    _, whole, fraction = UNITS[unit]
    digits, _, decimals = f"{value:f}".partition(".")
    return len(digits) <= whole and len(decimals) <= fraction


def _days(reading: _Reading) -> tuple[date | None, date | None]:
    start, end = _day(reading, "DF", ("EQ00036", "EQ00037")), _day(reading, "DT", ("EQ00038", "EQ00039"))
    if start is not None and end is not None and start > end:
        reading.fail("EQ00040")
    return start, end


def _day(reading: _Reading, name: str, failures: tuple[str, str]) -> date | None:
    text = reading.one(name)
    if not text:
        return None
    try:
        found = date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}") if re.fullmatch(r"[0-9]{8}", text) else None
    except ValueError:
        found = None
    if found is None:
        reading.fail(failures[0])
    elif not EARLIEST <= found <= LATEST:
        reading.fail(failures[1])
    return found
