"""What changed between two forms, leaf by leaf. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def differences(before: Any, after: Any) -> list[dict[str, Any]]:
    """The leaves that differ: `[{"field": JSON Pointer, "before", "after"}]`; an absent side is null."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    fields = [*old, *(field for field in new if field not in old)]
    return [
        {"field": field, "before": old.get(field), "after": new.get(field)}
        for field in fields
        if old.get(field) != new.get(field) or (field in old) != (field in new)
    ]


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{pointer}/{_escaped(str(key))}")
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{pointer}/{index}")
    else:
        yield pointer, value


def _escaped(key: str) -> str:
    """The reference token of RFC 6901 §3."""
    return key.replace("~", "~0").replace("/", "~1")
