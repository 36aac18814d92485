"""What comes back from the boxes of a form. What is left empty is absent.

What cannot be read as its type is kept as it was written, so that nothing is lost and the error names its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from partner.regulation import Law
from partner.regulation.form_fields import NUMERIC, WHOLE, Field, FieldType
from partner.regulation.forms import Form, without_blanks

UNITS = {"": 1, "HZ": 1, "KHZ": 1_000, "MHZ": 1_000_000, "GHZ": 1_000_000_000}
WITH_UNIT = re.compile(r"([0-9.,]+)\s*([A-Za-z]*)")
MOST_ITEMS = 1000
"""No list of a page is longer; an index beyond it was not written by one of our pages."""


def read(form: Form, answers: Iterable[tuple[str, str]], before: Mapping[str, Any], law: Law) -> dict[str, Any]:
    """The form as filled in: `before` with every box of the page put in its place.

    `answers` are (pointer, text) in the order of the page. A tick box comes back twice when it is ticked (its hidden companion says
    that it was on the page), so the last answer counts; unticked it says no where something was said before.
    """
    result: Any = _copy(before)
    filled = {pointer: text for pointer, text in answers if pointer.startswith("/") and _sane(pointer)}
    for pointer in sorted(filled, key=_order):
        field = form.field(pointer)
        if field is not None and field.type is not FieldType.GROUP:
            _put(result, pointer, _value(field, _lines(filled[pointer]), before=_at(before, pointer), law=law))
    cleaned = without_blanks(result)
    return cleaned if isinstance(cleaned, dict) else {}


def _lines(text: str) -> str:
    """A browser sends every end of a line as two characters."""
    return text.replace("\r\n", "\n").strip()


def _sane(pointer: str) -> bool:
    return all(not step.isdecimal() or (len(step) < 5 and int(step) < MOST_ITEMS) for step in pointer.split("/"))


def _order(pointer: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(step), "") if step.isdecimal() else (0, step) for step in pointer.split("/"))


def _value(field: Field, text: str, *, before: object, law: Law) -> object:
    if field.type is FieldType.FLAG:
        return True if text == "true" else (None if before is None else False)
    if field.type is FieldType.CODE and field.codes is not None:
        return _code(text, field.codes, law)
    if field.type in NUMERIC and text:
        return _number(field, text)
    return text or None


def _code(text: str, list_name: str, law: Law) -> str | None:
    """The code at the beginning of 「13101 千代田区」, or the one whose name was written."""
    codes = law.codes(list_name)
    first = text.partition(" ")[0]
    if codes.has(first):
        return first
    named = [code.code for code in codes if text and text in (code.name.ja, code.name.en)]
    return named[0] if len(named) == 1 else text or None


def _number(field: Field, text: str) -> object:
    match = WITH_UNIT.fullmatch(text)
    factor = UNITS.get(match[2].upper()) if match and (field.type is FieldType.HERTZ or not match[2]) else None
    if match is None or factor is None:
        return _plain(field, text)
    try:
        number = Decimal(match[1].replace(",", "")) * factor
    except InvalidOperation:
        return text
    return _python(field, number)


def _plain(field: Field, text: str) -> object:
    """A number in any other spelling that Decimal reads (−1, 1e3); else the text."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return _python(field, number) if number.is_finite() and abs(number) < Decimal(10) ** 30 else text


def _python(field: Field, number: Decimal) -> int | float:
    whole = number == number.to_integral_value()
    return int(number) if whole and (field.type in WHOLE or field.type is FieldType.WATTS) else float(number)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


def _at(value: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _put(target: Any, pointer: str, value: object) -> None:
    """Write a value at a pointer, making objects and lists on the way."""
    steps = pointer.split("/")[1:]
    for step, following in zip(steps, [*steps[1:], ""], strict=True):
        if isinstance(target, list):
            index = int(step)
            target.extend([None] * (index + 1 - len(target)))
            key: Any = index
        else:
            key = step
            target.setdefault(key, None)
        if not following:
            target[key] = value
        elif not isinstance(target[key], dict | list):
            target[key] = [] if following.isdecimal() else {}
        target = target[key]
