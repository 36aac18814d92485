"""What a draft of the law says otherwise than the law in force: versions and codes that were added, changed or dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from partner.regulation.law import Law
from partner.regulation.reading import Entry

Difference = dict[str, Any]


def differences(law: Law, draft: Law) -> list[Difference]:
    """Every version and every code that differs: `provision`, `what` (`added`, `changed`, `dropped`), and `from` or `code`."""
    paths = sorted(law.catalogue.keys() | draft.catalogue.keys())
    versions = [one for path in paths for one in _versions(path, law.catalogue.get(path), draft.catalogue.get(path))]
    names = sorted(law.codes.lists.keys() | draft.codes.lists.keys())
    return [*versions, *(one for name in names for one in _codes(name, law, draft))]


def _versions(path: str, before: Entry | None, after: Entry | None) -> Iterator[Difference]:
    old, new = _by_day(before), _by_day(after)
    for day in sorted(old.keys() | new.keys()):
        if old.get(day) != new.get(day):
            found = new.get(day) or old[day]
            yield {"provision": path, "what": _what(day in old, day in new), "from": day, "transition": found["transition"]}


def _by_day(entry: Entry | None) -> dict[str, dict[str, Any]]:
    """The versions of a provision by their first day."""
    if entry is None:
        return {}
    return {
        version.from_.isoformat(): {
            "value": entry.written(index),
            "certain": version.certain,
            "cites": version.cites,
            "transition": None if version.transition is None else version.transition.open_cases,
        }
        for index, version in enumerate(entry.provision.versions)
    }


def _codes(name: str, law: Law, draft: Law) -> Iterator[Difference]:
    before, after = (one.codes.lists.get(name) for one in (law, draft))
    old, new = (dict(found.codes) if found else {} for found in (before, after))
    for code in sorted(old.keys() | new.keys()):
        if old.get(code) != new.get(code):
            yield {"provision": f"codes/{name}", "what": _what(code in old, code in new), "code": code}


def _what(was: bool, stands: bool) -> str:
    return "changed" if was and stands else "added" if stands else "dropped"
