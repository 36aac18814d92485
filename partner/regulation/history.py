"""The guard of history: what was law once is not edited afterwards.

`regulation/history.yaml` keeps a digest of every version whose first day has passed when it was recorded. A version that is changed or
dropped later is refused, unless an entry under `errata` says why. `record` adds what has become past since; it forgets nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from pydantic import Field

from partner.regulation.reading import Citations, Reader, Strict, files_of, loaded
from partner.regulation.yaml_nodes import Document

FILE = "history.yaml"
VALUES = ("calendar", "call-signs", "deadlines", "disclosure", "fee-powers", "fees", "jurisdiction", "periods", "spectrum-fees", "windows")
PRACTICE = ("checks", "filings", "forms", "procedures", "routes")
GUARDED = (*VALUES, *PRACTICE)


class Erratum(Strict):
    """A version that was corrected: which one, from which digest to which, when and why."""

    version: str
    was: str
    became: str
    on: date
    why: Citations


class HistoryFile(Strict):
    """Digests by the name of the version (`file#place@first day`), as of a day."""

    recorded_on: date
    versions: dict[str, str]
    errata: list[Erratum] = Field(default_factory=list)


def versions(root: Path, *, before: date) -> dict[str, str]:
    """Give the digests of all versions below `root` whose first day is `before` that day, or on it."""
    found: dict[str, str] = {}
    for path in sorted(file for folder in GUARDED for file in files_of(root / folder)):
        data = Document(path.read_text(encoding="utf-8"), lambda _line, _message: None).data
        found |= dict(_versions(path.relative_to(root).as_posix(), data, before))
    return found


def _versions(place: str, data: object, before: date) -> Iterator[tuple[str, str]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key == "versions" and isinstance(value, list):
                yield from _past(place, value, before)
            else:
                yield from _versions(f"{place}#{key}", value, before)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _versions(f"{place}#{index}", value, before)


def _past(place: str, listed: list[object], before: date) -> Iterator[tuple[str, str]]:
    for version in listed:
        first_day = version.get("from") if isinstance(version, Mapping) else None
        if isinstance(first_day, date) and first_day <= before:
            text = json.dumps(version, default=str, sort_keys=True, ensure_ascii=False)
            yield f"{place}@{first_day}", hashlib.sha256(text.encode()).hexdigest()[:16]


def read(root: Path) -> HistoryFile:
    """Read the record; raises `RegulationError` when it is missing or not in order."""
    reader = Reader(root)
    known = reader.file(FILE, HistoryFile)
    reader.finish()
    return loaded(known)


def breaches(root: Path) -> list[str]:
    """Tell which versions that were past when they were recorded have been changed or dropped since, or were never recorded."""
    known = read(root)
    corrected = {(erratum.version, erratum.was): erratum.became for erratum in known.errata}
    present = versions(root, before=known.recorded_on)
    changed = [
        f"{root.name}/{FILE}: {version} is {'changed' if version in present else 'gone'}, and no erratum says why"
        for version, digest in known.versions.items()
        if present.get(version) != corrected.get((version, digest), digest)
    ]
    unrecorded = [f"{root.name}/{FILE}: {version} is past and not recorded" for version in present if version not in known.versions]
    return [*changed, *unrecorded]


def record(root: Path, *, on: date) -> str:
    """Give the text of the record as of a day: what was recorded stays as it was, what has become past since is added."""
    known = read(root) if (root / FILE).is_file() else HistoryFile(recorded_on=on, versions={})
    digests = {**versions(root, before=on), **known.versions}
    lines = [
        "# Digests of the versions that were past on the day of the record: none of them is edited without an erratum.",
        "# `partner regulation check` compares; docs/amending-the-law.md tells how to record and how to correct.",
        f"recorded_on: {on}",
        "versions:",
        *(f"  {json.dumps(name, ensure_ascii=False)}: '{digest}'" for name, digest in sorted(digests.items())),
    ]
    errata = [line for erratum in known.errata for line in _erratum_lines(erratum)]
    return "\n".join([*lines, *(["errata:", *errata] if errata else [])]) + "\n"


def _erratum_lines(erratum: Erratum) -> list[str]:
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in erratum.model_dump(mode="json", exclude={"on"}).items()}
    return [f"- on: {erratum.on}", *(f"  {name}: {text}" for name, text in texts.items())]
