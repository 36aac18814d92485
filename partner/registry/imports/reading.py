"""Reads the values of a record one by one and notes what is wrong with them; nothing is repaired in silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from partner.errors import FieldError, Text
from partner.registry import values
from partner.registry.values import Unfit
from partner.regulation.periods import ENDLESS, WITHOUT_END

Value = TypeVar("Value")
MOST_ITEMS = 1_000
FINEST = -20  # power of ten
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
CALL_SIGN = re.compile(r"[0-9A-Z][0-9A-Z-]{1,11}")
DIGITS = re.compile(r"[0-9]{1,15}")
NOT_TEXT = Unfit("not_a_text", Text("文字列ではありません。", "This is not a text."))


@dataclass
class Reading:
    """One mapping of a record, and the errors found so far; `path` is where it stands in the record."""

    plain: Mapping[str, Any]
    errors: list[FieldError]
    path: str = ""
    read: set[str] = field(default_factory=set)

    def value(self, name: str, read: Callable[[Any], Value]) -> Value | None:
        """What stands under a name, read; None when nothing does or it cannot be read."""
        self.read.add(name)
        given = self.plain.get(name)
        if given is None or given == "":
            return None
        try:
            return read(given)
        except Unfit as error:
            self.errors.append(FieldError(self.path + name, error.code, error.words))
        except ValueError:
            self.errors.append(FieldError(self.path + name, "invalid", Text("読み取れない値です。", "The value cannot be read.")))
        return None

    def required(self, name: str, read: Callable[[Any], Value]) -> Value | None:
        """What stands under a name; its absence is an error."""
        if self.plain.get(name) in (None, ""):
            self.read.add(name)
            self.errors.append(FieldError(self.path + name, "required", Text("値がありません。", "The value is missing.")))
            return None
        return self.value(name, read)

    def unread(self) -> list[str]:
        """Names that nobody asked for."""
        return [f"{self.path}{name}" for name in self.plain if name not in self.read]


def text_of(longest: int) -> Callable[[Any], str]:
    """Make a reader of texts that can stand on record; what an index holds must be short."""

    def read(given: Any) -> str:
        if not isinstance(given, str):
            raise NOT_TEXT
        if len(given) > longest:
            raise Unfit("too_long", Text(f"{longest}文字を超えています。", f"The text has more than {longest} characters."))
        if UNWRITABLE.search(given):
            raise Unfit(
                "not_writable", Text("記録できない文字(NUL等)があります。", "It holds characters (as NUL) that cannot be recorded.")
            )
        return given

    return read


words, name, code = text_of(20_000), text_of(600), text_of(100)


def list_of(read: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    """Make a reader of a list."""

    def several(given: Any) -> tuple[Value, ...]:
        if not isinstance(given, list):
            raise Unfit("not_a_list", Text("リストではありません。", "This is not a list."))
        if len(given) > MOST_ITEMS:
            raise Unfit("too_long", Text(f"{MOST_ITEMS}件を超えています。", f"The list has more than {MOST_ITEMS} items."))
        return tuple(read(item) for item in given)

    return several


def day(given: Any) -> date:
    """A date as `2025-01-15`."""
    return values.day(words(given))


def last_day(given: Any) -> date:
    """The last day of a term: a date, or the word for a term without end."""
    return WITHOUT_END if words(given).strip() == ENDLESS.ja else day(given)


def whole(given: Any) -> int:
    """A whole number, also as digits."""
    if isinstance(given, str) and DIGITS.fullmatch(given):
        return int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        raise Unfit("not_whole", Text("整数ではありません。", "This is not a whole number."))
    return given


def watts(given: Any) -> Decimal:
    """A power in W, exactly as it is written."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise Unfit("not_a_number", Text("数値ではありません。", "This is not a number."))
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Unfit("not_a_number", Text("数値ではありません。", "This is not a number."))
    if not 0 < found <= values.HIGHEST_WATT or int(found.as_tuple().exponent) < FINEST:
        raise Unfit("out_of_range", Text("空中線電力の範囲にありません。", "No antenna power has this value."))
    return found


def flag(given: Any) -> bool:
    """True or false, also in these words."""
    if given in (True, "true"):
        return True
    if given in (False, "false"):
        return False
    raise Unfit("not_a_flag", Text("true 又は false です。", "It is true or false."))


def call_sign(given: Any) -> str:
    """A call sign as the register keeps it: half-width capitals, digits and hyphens."""
    found = words(given)
    if not CALL_SIGN.fullmatch(found):
        raise Unfit("not_a_call_sign", Text("呼出符号は半角の英大文字と数字です。", "A call sign is half-width capitals and digits."))
    return found


def mapping(given: Any) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(given, dict):
        raise Unfit("not_an_object", Text("オブジェクトではありません。", "This is not an object."))
    return given
