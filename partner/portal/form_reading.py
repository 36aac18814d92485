"""A filled form in words, for people who read it: the sections of the form, and in each what was written.

What belongs together stands together: a group is one line (東京都 中央区 築地１－１－１), a list of groups is a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from partner.errors import Text
from partner.regulation import Law
from partner.regulation.form_fields import Field, FieldType
from partner.regulation.forms import Form

MOST_COLUMNS = 5
NO = Text("いいえ", "no")
LONG_GROUP = 4
"""A group in which more is written than this is written out line by line."""


@dataclass(frozen=True)
class Row:
    """One thing written: its label and its value in words, a line each."""

    pointer: str
    label: Text
    lines: list[Text]


@dataclass(frozen=True)
class Table:
    """The items of a list, one a row; a cell holds lines of words."""

    pointer: str
    label: Text
    columns: list[Text]
    rows: list[list[list[Text]]]

    @property
    def wide(self) -> bool:
        """Whether it is better shown item by item."""
        return len(self.columns) > MOST_COLUMNS


@dataclass(frozen=True)
class Written:
    """One section of the form with what was written in it."""

    title: Text
    rows: list[Row]
    tables: list[Table]


def sections(form: Form, value: Mapping[str, Any], law: Law) -> list[Written]:
    """What is written in the form, section by section; sections without anything are left out."""
    reader = _Reader(form, law)
    found = []
    for section in form.sections:
        inner = _inner(value, section.at)
        rows, tables = list[Row](), list[Table]()
        for field in section.fields:
            pointer, written = f"{section.at}/{field.key}", inner.get(field.key)
            if written is None or written in ([], {}):
                continue
            if field.type is FieldType.GROUP and field.repeated and isinstance(written, Sequence):
                tables.append(reader.table(field, pointer, written))
            else:
                rows += reader.rows(field, pointer, written)
        if rows or tables:
            found.append(Written(Text(section.label.ja, section.label.en), rows, tables))
    return found


def words(form: Form, law: Law, pointer: str, value: object) -> Text:
    """One value in words, whatever it is: a list or a group on one line."""
    field = form.field(pointer)
    if value is None or field is None or not isinstance(value, list | Mapping):
        return form.words(pointer, value, law)
    return _joined(_Reader(form, law).lines(field, pointer, value), "、")


def leaves(form: Form, value: Mapping[str, Any]) -> list[tuple[str, Text]]:
    """Every field that can be asked about: (pointer, label) of what is written, and of the fields outside lists that are empty."""
    written = dict.fromkeys(pointer for key, part in value.items() for pointer in _pointers(f"/{key}", part))
    empty = [pointer for pointer, field in form.pointers() if "*" not in pointer and field.type is not FieldType.GROUP]
    known = dict.fromkeys([*(pointer for pointer in written if form.field(pointer)), *empty])
    places = {pointer: number for number, (pointer, _) in enumerate(form.pointers())}
    generic = {pointer: "/".join("*" if step.isdecimal() else step for step in pointer.split("/")) for pointer in known}
    ordered = sorted(known, key=lambda pointer: places.get(generic[pointer].removesuffix("/*"), places.get(generic[pointer], 0)))
    return [(pointer, form.labels(pointer)) for pointer in ordered]


def _pointers(pointer: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _pointers(f"{pointer}/{key}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _pointers(f"{pointer}/{index}", part)
    else:
        yield pointer


def _inner(value: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    inner = value.get(at[1:]) if at else value
    return inner if isinstance(inner, Mapping) else {}


def _joined(lines: Iterable[Text], separator: str = " ") -> Text:
    known = list(lines)
    return Text(separator.join(line.ja for line in known), separator.join(line.en for line in known))


def _labelled(label: Any, line: Text) -> Text:
    return Text(f"{label.ja}: {line.ja}", f"{label.en}: {line.en}")


class _Reader:
    def __init__(self, form: Form, law: Law) -> None:
        self._form, self._law = form, law

    def table(self, field: Field, pointer: str, items: Sequence[Any]) -> Table:
        used = [column for column in field.fields if any(isinstance(item, Mapping) and column.key in item for item in items)]
        rows = [
            [self.lines(column, f"{pointer}/{index}/{column.key}", (item or {}).get(column.key)) for column in used]
            for index, item in enumerate(items)
        ]
        return Table(pointer, _text(field), [_text(column) for column in used], rows)

    def rows(self, field: Field, pointer: str, value: object) -> list[Row]:
        """A value as one row; the parts of a long group as a row each."""
        if field.type is FieldType.GROUP and isinstance(value, Mapping) and len(value) > LONG_GROUP:
            parts = [(part, value[part.key]) for part in field.fields if value.get(part.key) is not None]
            if all(part.type is FieldType.FLAG for part, _ in parts):
                return [Row(pointer, _text(field), self.lines(field, pointer, value))]
            return [row for part, inner in parts for row in self.rows(part, f"{pointer}/{part.key}", inner)]
        lines = self.lines(field, pointer, value)
        return [Row(pointer, _text(field), lines)] if lines else []

    def lines(self, field: Field, pointer: str, value: object) -> list[Text]:
        """A value as lines of words: items of a list of groups a line each, other lists and groups on one line."""
        if value is None:
            return []
        if field.repeated and isinstance(value, list):
            items = [self._one(field, f"{pointer}/{index}", item) for index, item in enumerate(value)]
            return items if field.type is FieldType.GROUP else [_joined(items, "、")]
        return [self._one(field, pointer, value)]

    def _one(self, field: Field, pointer: str, value: object) -> Text:
        if field.type is not FieldType.GROUP or not isinstance(value, Mapping):
            return self._form.words(pointer, value, self._law)
        parts = []
        for part in sorted(field.fields, key=lambda one: one.type is FieldType.GROUP):
            inner = value.get(part.key)
            if part.type is FieldType.FLAG:
                parts += [_text(part)] if inner is True else []
            elif inner is not None:
                line = _joined(self.lines(part, f"{pointer}/{part.key}", inner), "、")
                parts.append(_labelled(part.label, line) if part.type in _BARE else line)
        return _joined(parts) if parts else NO


_BARE = frozenset({FieldType.INTEGER, FieldType.NUMBER})
"""Of these a value says nothing without its label."""


def _text(field: Field) -> Text:
    return Text(field.label.ja, field.label.en)
