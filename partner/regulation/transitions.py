"""Transitional clauses (経過措置): what the law is to a case that was open when it changed.

One function for all kinds of provisions: it walks the law and lets every provision say what it is to the case
(`Provision.for_case`). Nothing that reads the law of a case needs to know of clauses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from partner.regulation.provisions import Entry, Provision

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
APART = frozenset({"codes", "disclosure", "catalogue", "shape", "files", "digest", "turns", "_for_cases"})
"""Fields of the law that hold no provisions which a case could stay under; what is published of a record is asked of no case."""


def turns(entries: Iterable[Entry]) -> frozenset[date]:
    """Tell the first days of all versions that have a transitional clause."""
    return frozenset(version.from_ for entry in entries for version in entry.provision.versions if version.transition is not None)


def for_case(law: T, received_on: date, today: date) -> T:
    """Give the law with each provision as it is to a case that arrived on a day, asked today."""
    changed = {}
    for each in dataclasses.fields(law):
        if each.name in APART:
            continue
        before = getattr(law, each.name)
        after = _seen(before, received_on, today)
        if after is not before:
            changed[each.name] = after
    return dataclasses.replace(law, turns=frozenset(), _for_cases={}, **changed)


def _seen(part: Any, received_on: date, today: date) -> Any:
    """A part of the law as it is to the case; the very same object where nothing changes."""
    if isinstance(part, Provision):
        return part.for_case(received_on, today)
    if isinstance(part, Mapping):
        seen = {key: _seen(value, received_on, today) for key, value in part.items()}
        return MappingProxyType(seen) if any(seen[key] is not part[key] for key in seen) else part
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        inner = {each.name: getattr(part, each.name) for each in dataclasses.fields(part) if each.init}
        seen = {name: _seen(value, received_on, today) for name, value in inner.items()}
        changed = {name: value for name, value in seen.items() if value is not inner[name]}
        return dataclasses.replace(part, **changed) if changed else part
    return part
