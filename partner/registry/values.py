"""Reads one value of a search: each function takes its text and gives the value, or raises Unfit saying why not."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from partner import clock
from partner.errors import Text
from partner.regulation.codes import CodeList

SORT_KEYS = ("id", "call_sign", "licensee", "licensed_on", "valid_to")
HIGHEST_LIMIT = 1000
HIGHEST_HZ = 3_000_000_000_000  # radio waves end at three million MHz: 電波法2条1号
HIGHEST_WATT = Decimal(1_000_000_000)
HIGHEST_RADIUS_KM = 5000
HERTZ = {"": Decimal(1), "hz": Decimal(1), "khz": Decimal(10**3), "mhz": Decimal(10**6), "ghz": Decimal(10**9)}
WATT = {"": Decimal(1), "MW": Decimal(10**6), "mw": Decimal("0.001"), "w": Decimal(1), "kw": Decimal(1000)}
QUANTITY = re.compile(r"([0-9]{1,13}(?:\.[0-9]{1,30})?) ?([A-Za-z]{0,3})")
NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")  # as programs print a float: 35.68139999999999, 1e-05
CALL_SIGN = re.compile(r"[0-9A-Z/]{1,20}\*?|\*")
EMISSION = re.compile(r"[0-9A-Z.\-]{1,10}")


class Codes(Protocol):
    """The law, as far as a search needs it: its code lists by name."""

    def codes(self, name: str, /) -> CodeList:
        """The list of that name."""
        ...


@dataclass(frozen=True)
class Sort:
    """The order of the answer: nulls last either way, ties by id."""

    key: str = "id"
    descending: bool = False


BY_ID = Sort()


class Unfit(ValueError):
    """A value that cannot be read; `code` and `words` say why."""

    def __init__(self, code: str, words: Text) -> None:
        super().__init__(code)
        self.code, self.words = code, words


def call_sign_form(text: str) -> str:
    """A call sign as it is compared: half width, capitals, without spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def text_quantity(text: str, units: Mapping[str, Decimal]) -> Decimal:
    """A number with an optional unit, such as `145.5MHz`, in the base unit. Raises Unfit when it is neither."""
    found = QUANTITY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    factor = (units.get(found.group(2)) or units.get(found.group(2).lower())) if found else None
    if found is None or factor is None:
        raise Unfit("not_a_quantity", Text("数値と単位として読み取れません。", "This is not a number with a known unit."))
    return Decimal(found.group(1)) * factor


def frequency(text: str) -> int:
    """A frequency in whole Hz; a bare number is Hz, `145MHz` is understood."""
    hertz = text_quantity(text, HERTZ)
    if hertz != hertz.to_integral_value():
        raise Unfit("not_whole_hertz", Text("周波数は1Hz単位で指定してください。", "A frequency is a whole number of Hz."))
    if hertz > HIGHEST_HZ:
        raise Unfit("out_of_range", Text("周波数は0Hzから3THzまでです。", "A frequency lies between 0 Hz and 3 THz."))
    return int(hertz)


def power(text: str) -> Decimal:
    """An antenna power in W; a bare number is W, `800mW` is understood."""
    watt = text_quantity(text, WATT)
    if watt > HIGHEST_WATT:
        raise Unfit("out_of_range", Text("空中線電力が大きすぎます。", "No antenna power is that large."))
    return watt


def day(text: str) -> date:
    """A date as `2025-01-15`. Raises ValueError otherwise."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Unfit("not_a_date", Text("日付は 2025-01-15 の形で指定してください。", "A date is written as 2025-01-15."))
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Unfit("not_a_date", Text("その日付はありません。", "There is no such date.")) from error
    if not 1900 <= found.year <= 2999:
        raise Unfit("out_of_range", Text("年は1900から2999までです。", "A year lies between 1900 and 2999."))
    return found


def instant(text: str) -> datetime:
    """An instant as RFC 3339 writes it, or a date, which stands for its last moment in Japan. Raises ValueError otherwise."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return clock.start_of_day(day(text) + timedelta(days=1)) - timedelta(microseconds=1)
    words = Text("日時は 2025-01-15T09:00:00+09:00 の形で指定してください。", "An instant is written as 2025-01-15T09:00:00+09:00.")
    shape = r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9:]{8}(?:\.[0-9]{1,6})?)([Zz]|[ +-][0-9]{2}:[0-9]{2})"
    found = re.fullmatch(shape, text)
    if found is None:
        raise Unfit("not_an_instant", words)
    day(found.group(1))
    zone = found.group(3).replace(" ", "+")  # an unescaped plus sign arrives as a space
    try:
        return datetime.fromisoformat(f"{found.group(1)}T{found.group(2)}{zone.upper()}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unfit("not_an_instant", words) from error


def call_sign(text: str) -> str:
    """A call sign as it is compared, or the beginning of one with a trailing `*`."""
    found = call_sign_form(text)
    if not CALL_SIGN.fullmatch(found):
        words = Text("呼出符号は英数字です(末尾の * は前方一致)。", "A call sign is letters and digits (a trailing * asks for a prefix).")
        raise Unfit("not_a_call_sign", words)
    return found


def emission(text: str) -> str:
    """A class of emission or a bundled symbol: `F3E`, `16K0F3E`, `3VA`, `1AM`."""
    found = unicodedata.normalize("NFKC", text).strip().upper()
    if not EMISSION.fullmatch(found):
        raise Unfit("not_an_emission", Text("電波の型式ではありません。", "This is not a class of emission."))
    return found


def words(text: str) -> str:
    """Any words that are not blank."""
    if not text.strip():
        raise Unfit("empty", Text("空の値は指定できません。", "The value is empty."))
    return text


def identifier(text: str) -> UUID:
    """An identifier of ours."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Unfit("not_an_identifier", Text("識別子ではありません。", "This is not an identifier.")) from error


def one_of(choices: Iterable[str]) -> Callable[[str], str]:
    """Make a reader of one of a few words."""
    allowed = tuple(choices)

    def read(text: str) -> str:
        if text not in allowed:
            listed = "、".join(allowed)
            raise Unfit("unknown_value", Text(f"{listed} のいずれかです。", f"One of {', '.join(allowed)}."))
        return text

    return read


def code_of(law: Codes, name: str) -> Callable[[str], str]:
    """Make a reader of a code of the list `name`."""

    def read(text: str) -> str:
        if not law.codes(name).has(text):
            raise Unfit("unknown_value", Text(f"コード表 {name} にない値です。", f"The code list {name} has no such code."))
        return text

    return read


def sort(text: str) -> Sort:
    """A sort key, with a leading `-` for descending."""
    return Sort(one_of(SORT_KEYS)(text.removeprefix("-")), text.startswith("-"))


def point(text: str) -> tuple[float, float]:
    """Latitude and longitude in degrees, as `35.68,139.76`."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):
        raise Unfit("not_a_point", Text("緯度,経度 の形で指定してください。", "A point is written as latitude,longitude."))
    latitude, longitude = (float(part) for part in parts)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Unfit("out_of_range", Text("緯度は±90、経度は±180までです。", "Latitude lies within ±90, longitude within ±180."))
    return latitude, longitude


def radius(text: str) -> float:
    """A radius in km."""
    found = float(text) if NUMBER.fullmatch(text) else math.nan
    if not 0 < found <= HIGHEST_RADIUS_KM:
        raise Unfit("out_of_range", Text("半径は0より大きく5000km以下です。", "A radius is more than 0 and at most 5000 km."))
    return found


def limit(text: str) -> int:
    """The size of a page."""
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= HIGHEST_LIMIT:
        raise Unfit("out_of_range", Text("1から1000までの整数です。", "A whole number from 1 to 1000."))
    return int(text)
