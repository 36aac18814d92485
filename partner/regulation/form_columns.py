"""A form as the columns of a table, one row for each filing: what a template for many like filings asks for. Pure.

A column's key is the JSON Pointer of its field without the first slash: `applicant/name`, `station/assignments/0/power_w`. A repeated group
has columns for as many items as are asked for; the values of another repeated field stand in one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from partner.errors import FieldError, Text
from partner.regulation.form_fields import Field, FieldType
from partner.regulation.form_pages import Option
from partner.regulation.forms import Form, HasCodes

POSITION = re.compile(r"(?<=/)[0-9]+(?=/|$)")
MISSING = Text("必要な項目です。", "This has to be filled in.")


@dataclass(frozen=True)
class Column:
    """One column: its key, the words above it, and what may stand in its cells (`options`, where that is a list of codes or choices)."""

    key: str
    label: Text
    required: bool
    field: Field
    options: tuple[Option, ...] = ()

    @property
    def pointer(self) -> str:
        """The JSON Pointer of the field."""
        return f"/{self.key}"


def columns(form: Form, law: HasCodes, *, act: str, values: Iterable[Mapping[str, Any]] = ()) -> tuple[Column, ...]:
    """What the form asks for in an act, in its order; room for all items of the repeated groups in `values`, and for one at least."""
    most: dict[str, int] = {}
    for value in values:
        _count(value, "", most)
    found: list[Column] = []
    for section in form.sections:
        if not section.acts or act in section.acts:
            found.extend(_columns(form, law, section.fields, section.at, act=act, most=most))
    return tuple(found)


def column_at(form: Form, law: HasCodes, key: str, *, act: str) -> Column | None:
    """The column with a key; None where the form has no such field, or where the key is that of a group."""
    general = POSITION.sub("*", f"/{key}")
    known = next((field for pointer, field in form.pointers() if pointer == general), None)
    if known is None or known.type is FieldType.GROUP:
        return None
    return _column(form, law, known, f"/{key}", act=act)


def missing(form: Form, value: Mapping[str, Any], *, act: str) -> list[FieldError]:
    """What the form requires in an act and `value` does not say."""
    found: list[FieldError] = []
    for section in form.sections:
        if not section.acts or act in section.acts:
            inner = value.get(section.at[1:], {}) if section.at else value
            found.extend(_missing(form, section.fields, inner, section.at, act=act))
    return found


def _columns(form: Form, law: HasCodes, fields: Sequence[Field], pointer: str, *, act: str, most: Mapping[str, int]) -> Iterator[Column]:
    for field in fields:
        place = f"{pointer}/{field.key}"
        if not field.asked(form.on, act):
            continue
        if field.type is not FieldType.GROUP:
            yield _column(form, law, field, place, act=act)
        elif not field.repeated:
            yield from _columns(form, law, field.fields, place, act=act, most=most)
        else:
            for index in range(max(1, most.get(POSITION.sub("*", place), 0))):
                yield from _columns(form, law, field.fields, f"{place}/{index}", act=act, most=most)


def _column(form: Form, law: HasCodes, field: Field, pointer: str, *, act: str) -> Column:
    return Column(pointer[1:], form.labels(pointer), act in field.required, field, tuple(_options(form, law, field)))


def _options(form: Form, law: HasCodes, field: Field) -> Iterator[Option]:
    if field.values is not None:
        yield from (Option(value, name) for value, name in field.values.items())
    elif field.codes is not None:
        known = law.codes.lists[field.codes]
        yield from (Option(one.code, one.name) for one in known if (not field.only or one.code in field.only) and one.in_use(form.on))
    elif field.type is FieldType.FLAG:
        yield from (Option("true", Text("はい", "yes")), Option("false", Text("いいえ", "no")))


def _count(value: object, pointer: str, most: dict[str, int]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _count(inner, f"{pointer}/{key}", most)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        most[pointer] = max(most.get(pointer, 0), len(value))
        for inner in value:
            _count(inner, f"{pointer}/*", most)


def _missing(form: Form, fields: Sequence[Field], value: object, pointer: str, *, act: str) -> Iterator[FieldError]:
    written = value if isinstance(value, Mapping) else {}
    for field in fields:
        place, inner = f"{pointer}/{field.key}", written.get(field.key)
        if not field.asked(form.on, act):
            continue
        if inner in (None, "", [], {}):
            if act in field.required:
                yield FieldError(place, "required", MISSING)
        elif field.type is FieldType.GROUP and field.repeated and isinstance(inner, list):
            for index, item in enumerate(inner):
                yield from _missing(form, field.fields, item, f"{place}/{index}", act=act)
        elif field.type is FieldType.GROUP:
            yield from _missing(form, field.fields, inner, place, act=act)
