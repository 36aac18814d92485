"""Checks what is written in a form: can it be stored (types, known keys), and is it well formed (patterns, known codes)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from partner.errors import FieldError, Text
from partner.regulation.codes import CodeList
from partner.regulation.form_fields import NUMERIC, WHOLE, Field, FieldType
from partner.regulation.form_schema import PATTERNS, bounds_of, length_of

YEARS = (1868, 2999)  # from the first year of 明治
_GROUP = Text("項目のまとまり（オブジェクト）を書いてください。", "An object is expected here.")
_LIST = Text("一覧（配列）を書いてください。", "An array is expected here.")
_TEXT = Text("文字列を書いてください。", "Text is expected here.")
_BLANK = Text("記入しない項目はキーごと省いてください。", "Leave the key out where there is nothing to say.")
_FLAG = Text("trueかfalseを書いてください。", "true or false is expected here.")
_WHOLE = Text("整数を書いてください。", "A whole number is expected here.")
_NUMBER = Text("数値を書いてください。", "A number is expected here.")
_DATE = Text("日付は2025-01-15の形で書いてください。", "A date is written like 2025-01-15.")
_UNKNOWN = Text("この様式にない項目です。", "The form has no such field.")
_PATTERN = Text("書式が正しくありません。", "This is not well formed.")


def storable(value: object, fields: Iterable[Field], *, pointer: str) -> Iterator[FieldError]:
    """What keeps an object at `pointer` from being stored as a part of the form."""
    if not isinstance(value, Mapping):
        yield FieldError(pointer, "wrong_type", _GROUP)
        return
    known = {field.key: field for field in fields}
    for key, inner in value.items():
        place = f"{pointer}/{_escaped(str(key))}"
        if key not in known:
            yield FieldError(place, "unknown_key", _UNKNOWN)
        elif known[key].repeated:
            yield from _items(inner, known[key], pointer=place)
        else:
            yield from storable_one(inner, known[key], pointer=place)


def _items(value: object, field: Field, *, pointer: str) -> Iterator[FieldError]:
    if not isinstance(value, list):
        yield FieldError(pointer, "wrong_type", _LIST)
    elif len(value) > field.max_items:
        message = Text(f"{field.max_items}件までです。", f"At most {field.max_items} items are allowed.")
        yield FieldError(pointer, "too_many", message)
    else:
        for index, inner in enumerate(value):
            yield from storable_one(inner, field, pointer=f"{pointer}/{index}")


def storable_one(value: object, field: Field, *, pointer: str) -> Iterator[FieldError]:
    """What keeps one value (an item of a repeated field) from being stored."""
    if field.type is FieldType.GROUP:
        yield from storable(value, field.fields, pointer=pointer)
    elif field.type is FieldType.FLAG:
        if not isinstance(value, bool):
            yield FieldError(pointer, "wrong_type", _FLAG)
    elif field.type in NUMERIC:
        yield from _number(value, field, pointer=pointer)
    else:
        yield from _text(value, field, pointer=pointer)


def _number(value: object, field: Field, *, pointer: str) -> Iterator[FieldError]:
    whole = field.type in WHOLE
    if isinstance(value, bool) or not isinstance(value, int | float) or _endless(value) or (whole and value != int(value)):
        yield FieldError(pointer, "wrong_type", _WHOLE if whole else _NUMBER)
        return
    least, greatest = bounds_of(field)
    if not least <= value <= greatest:
        message = Text(f"{least:g}から{greatest:g}までの値を書いてください。", f"A value from {least:g} to {greatest:g} is expected.")
        yield FieldError(pointer, "out_of_range", message)


def with_whole_numbers(value: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """An object that can be stored, with its whole numbers as such: 1.0 is an integer in JSON Schema, and is stored as 1."""
    known = {field.key: field for field in fields}
    return {key: _whole(inner, known[key]) for key, inner in value.items()}


def _whole(value: Any, field: Field) -> Any:
    if isinstance(value, list):
        return [_whole(inner, field) for inner in value]
    if field.type is FieldType.GROUP:
        return with_whole_numbers(value, field.fields)
    return int(value) if field.type in WHOLE else value


def _endless(value: object) -> bool:
    """Whether it is no number at all; a whole number of any length is one."""
    return isinstance(value, float) and not math.isfinite(value)


def _text(value: object, field: Field, *, pointer: str) -> Iterator[FieldError]:
    if not isinstance(value, str):
        yield FieldError(pointer, "wrong_type", _TEXT)
    elif not value.strip():
        yield FieldError(pointer, "blank", _BLANK)
    elif "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        yield FieldError(pointer, "wrong_character", Text("使えない文字があります。", "It has a character that cannot be stored."))
    elif field.type is FieldType.DATE:
        if not _is_date(value):
            yield FieldError(pointer, "not_a_date", _DATE)
    elif len(value) > length_of(field):
        message = Text(f"{length_of(field)}文字までです。", f"At most {length_of(field)} characters are allowed.")
        yield FieldError(pointer, "too_long", message)


def _is_date(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
        # 20250115 and 2025-W03-3 are ISO too, and not what we store; with the years 1 and 9999 nobody could count on.
        return day.isoformat() == text and YEARS[0] <= day.year <= YEARS[1]
    except ValueError:
        return False


def irregular(value: object, fields: Iterable[Field], *, pointer: str, lists: Mapping[str, CodeList]) -> Iterator[FieldError]:
    """What can be stored and still is not well formed: codes that no list knows, numbers that break their pattern."""
    if not isinstance(value, Mapping):
        return
    for field in fields:
        inner = value.get(field.key)
        place = f"{pointer}/{field.key}"
        if field.repeated:
            for index, item in enumerate(inner if isinstance(inner, list) else []):
                yield from _irregular_one(item, field, pointer=f"{place}/{index}", lists=lists)
        elif inner is not None:
            yield from _irregular_one(inner, field, pointer=place, lists=lists)


def _irregular_one(value: object, field: Field, *, pointer: str, lists: Mapping[str, CodeList]) -> Iterator[FieldError]:
    if field.type is FieldType.GROUP:
        yield from irregular(value, field.fields, pointer=pointer, lists=lists)
    elif isinstance(value, str):
        known = field.only or field.values or (lists[field.codes].codes if field.codes else None)
        if known is not None and value not in known:
            message = Text(f"「{value}」というコードはコード表にありません。", f"The code list does not hold the code '{value}'.")
            yield FieldError(pointer, "unknown_code", message)
        elif field.type in PATTERNS and not re.fullmatch(PATTERNS[field.type], value):
            yield FieldError(pointer, "not_well_formed", _PATTERN)


def without_blanks(value: Any) -> Any:
    """The value without empty texts, nulls, empty lists and empty objects, at every depth: an absent key says the same."""
    if isinstance(value, Mapping):
        kept = {key: without_blanks(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if not _is_blank(inner)}
    if isinstance(value, list):
        return [inner for inner in map(without_blanks, value) if not _is_blank(inner)]
    return value


def _is_blank(value: object) -> bool:
    return value is None or value in ({}, []) or (isinstance(value, str) and not value.strip())


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
