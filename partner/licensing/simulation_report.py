"""What `partner regulation simulate` answers with: a table for people, JSON for programs. The JSON is written as it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from partner.licensing.simulating import Outcome, Row, Tally, Tried, change_words

WIDEST = 100
LISTS = ("cases", "licenses")


class JsonFile:
    """The JSON of a trial: `cases` and `licenses` row by row, then the `summary`; at its place only when it is whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._begun = 0
        self._is_first = True

    def row(self, what: str, row: Row) -> None:
        """Write one changed case or license; all cases come before all licenses."""
        self._reach(what)
        self._file.write((b"" if self._is_first else b",\n") + orjson.dumps(row))
        self._is_first = False

    def finish(self, outcome: Outcome) -> None:
        """Write what is known at the end."""
        self._reach(LISTS[-1])
        self._file.write(b"\n],\n" + orjson.dumps(summary(outcome), option=orjson.OPT_INDENT_2)[2:-2] + b"\n}\n")

    def _reach(self, what: str) -> None:
        """Begin the lists up to one."""
        while self._begun <= LISTS.index(what):
            self._file.write(b"{\n" if self._begun == 0 else b"\n],\n")
            self._file.write(f'"{LISTS[self._begun]}": [\n'.encode())
            self._begun += 1
            self._is_first = True


@contextmanager
def json_file(path: Path) -> Iterator[JsonFile]:
    """Open the file that `path` will be; what broke off leaves no file behind."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield JsonFile(file)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def summary(outcome: Outcome) -> dict[str, Any]:
    """What was tried, and how many change in which respect."""
    asked = outcome.question
    return {
        "on": asked.on.isoformat(),
        "law": asked.law.digest,
        "draft": asked.draft.digest,
        "cases_from": asked.period.first.isoformat(),
        "cases_to": asked.period.last.isoformat(),
        "differences": outcome.differences,
        "summary": {
            what: {"total": tried.total, "changed": tried.changed, "changes": [_entry(*key, tally) for key, tally in _sorted(tried)]}
            | ({"open": outcome.open_cases} if what == "cases" else {})
            for what, tried in outcome.tried.items()
        },
    }


def _sorted(tried: Tried) -> list[tuple[tuple[str, str], Tally]]:
    return sorted(tried.tallies.items())


def _entry(kind: str, group: str, tally: Tally) -> dict[str, Any]:
    ways = [{"before": before, "after": after, "count": count} for (before, after), count in tally.ways.most_common(20)]
    return {"kind": kind, "of": group, "count": tally.count, "ways": ways, "listed": tally.listed}


def table(outcome: Outcome) -> str:
    """The answer for people."""
    asked = outcome.question
    lines = [
        f"on {asked.on}: the draft {asked.draft.digest[:12]} against the law in force {asked.law.digest[:12]}",
        "",
        f"{len(outcome.differences)} differences of the text",
        *(f"  {_difference(one)}" for one in outcome.differences[:50]),
    ]
    period = f"{asked.period.first} - {asked.period.last}"
    cases = f"cases: {outcome.open_cases} open, and those that arrived {period} as if they arrived on {asked.on}"
    return "\n".join([*lines, *_part(cases, outcome.tried["cases"]), *_part("licenses in force", outcome.tried["licenses"])])


def _difference(one: dict[str, Any]) -> str:
    where = one.get("from") or one.get("code")
    clause = f", open cases {one['transition']}" if one.get("transition") else ""
    return f"{one['provision']} {where}: {one['what']}{clause}"


def _part(title: str, tried: Tried) -> Iterator[str]:
    yield ""
    yield f"{title}: {tried.changed} of {tried.total} change"
    for (kind, group), tally in _sorted(tried):
        yield f"  {kind:<16} {group:<28} {tally.count:>9}"
        ways = _ways(tally)
        yield from (f"    {count:>9} × {_short(way)}" for way, count in ways.most_common(3))
        if len(ways) > 3:
            yield f"              … and {len(ways) - 3} more ways"
        if tally.listed:
            yield f"    {_short(', '.join(tally.listed))}{' …' if tally.count > len(tally.listed) else ''}"


def _ways(tally: Tally) -> Counter[str]:
    """The ways of a change as the table shows them, those that look the same there as one."""
    ways: Counter[str] = Counter()
    for (before, after), count in tally.ways.items():
        ways[change_words(before, after)] += count
    return ways


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
