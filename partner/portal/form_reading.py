"""A filled form in words, for people who read it: the sections of the form, and in each what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from partner.errors import Text
from partner.regulation import Law
from partner.regulation.forms import Form


@dataclass(frozen=True)
class Row:
    """One thing written: its label and its value in words."""

    pointer: str
    label: Text
    value: Text


@dataclass(frozen=True)
class Written:
    """One section of the form with what was written in it."""

    title: Text
    rows: list[Row]


def sections(form: Form, value: Mapping[str, Any], law: Law) -> list[Written]:
    """What is written in the form, section by section; sections without anything are left out."""
    found = []
    for section in form.sections:
        inner = _inner(value, section.at)
        rows = [
            Row(pointer, _short(form.labels(pointer), section.label), form.words(pointer, leaf, law))
            for field in section.fields
            for pointer, leaf in _leaves(f"{section.at}/{field.key}", inner.get(field.key))
        ]
        if rows:
            found.append(Written(Text(section.label.ja, section.label.en), rows))
    return found


def _inner(value: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    inner = value.get(at[1:]) if at else value
    return inner if isinstance(inner, Mapping) else {}


def _leaves(pointer: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(f"{pointer}/{key}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves(f"{pointer}/{index}", part)
    elif value is not None:
        yield pointer, value


def _short(label: Text, section: Text) -> Text:
    """A label without the name of the section that it stands in."""
    return Text(label.ja.removeprefix(f"{section.ja} › "), label.en.removeprefix(f"{section.en} › "))
