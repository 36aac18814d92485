"""Tries a draft of the law on the cases and on the licenses in force, and writes nothing: one read-only transaction sees all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from partner.database import SYSTEM, Database
from partner.licensing import replaying, simulation, spectrum_fees, spectrum_simulation
from partner.licensing.replaying import Period
from partner.licensing.simulation import Changes
from partner.registry import standing_queries
from partner.regulation import Law, comparing

LISTED = 10
Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What is tried: a draft against the law in force, as of a day, on the cases of a period."""

    law: Law
    draft: Law
    on: date
    period: Period
    listed: int = LISTED


class Told(Protocol):
    """Whoever follows the trial: how many there are of what (`cases`, `licenses`), how many were tried, and what changes for each."""

    def total(self, what: str, many: int) -> None:
        """So many will be tried."""

    def tried(self, what: str, many: int) -> None:
        """So many more have been tried."""

    def changed(self, what: str, row: Row) -> None:
        """For this one something changes."""


@dataclass
class Tally:
    """How many change in one respect, in what way most often, and the first of them."""

    count: int = 0
    listed: list[str] = field(default_factory=list)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, name: str, before: object, after: object, listed: int) -> None:
        """Count one more."""
        self.count += 1
        if len(self.listed) < listed:
            self.listed.append(name)
        way = (words(before), words(after))
        if way in self.ways or len(self.ways) < MOST_WAYS:
            self.ways[way] += 1


MOST_WAYS = 1_000
"""So many different pairs of before and after are counted for each respect; expiries make as many windows as there are days."""


@dataclass
class Tried:
    """What was tried of one kind of thing, and what changes, by kind and by the class or procedure that it belongs to."""

    total: int = 0
    changed: int = 0
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def add(self, name: str, group: str, changes: Changes, listed: int) -> None:
        """Count the changes of one."""
        self.changed += 1
        for kind, change in changes.items():
            self.tallies.setdefault((kind, group), Tally()).add(name, change["before"], change["after"], listed)


@dataclass
class Outcome:
    """The answer of a trial."""

    question: Question
    differences: list[comparing.Difference]
    open_cases: int = 0
    tried: dict[str, Tried] = field(default_factory=lambda: {"cases": Tried(), "licenses": Tried()})

    @property
    def changes_something(self) -> bool:
        """Whether anything changes for any case or license."""
        return any(tried.changed for tried in self.tried.values())


async def simulate(database: Database, question: Question, told: Told) -> Outcome:
    """Try the draft; every changed case and license is told as a row with `changes`: kind → `before` and `after`."""
    outcome = Outcome(question, comparing.differences(question.law, question.draft))
    async with database.reading(SYSTEM) as session:
        total, outcome.open_cases = await replaying.number(session, question.period)
        told.total("cases", total)
        told.total("licenses", await standing_queries.number(session, question.on))
        async for case in replaying.cases(session, question.law, question.draft, question.on, question.period):
            row = {"reception_number": case.reception_number, "procedure": case.procedure, "open": case.is_open}
            _count(outcome, told, ("cases", "reception_number", "procedure"), row, case.changes)
            told.tried("cases", 1)
        levied = any(one["provision"].startswith(spectrum_fees.PROVISIONS) for one in outcome.differences)
        changes_of = simulation.of_licenses(question.law, question.draft, question.on)
        async for batch in standing_queries.in_force(session, question.on):
            yearly = await spectrum_simulation.changes(session, question.law, question.draft, question.on, batch) if levied else {}
            for license_ in batch:
                row = {"license_number": license_.license_number, "station_class": license_.station_class}
                changed = {**changes_of(license_), **yearly.get(license_.station_id, {})}
                _count(outcome, told, ("licenses", "license_number", "station_class"), row, changed)
            told.tried("licenses", len(batch))
    return outcome


def _count(outcome: Outcome, told: Told, of: tuple[str, str, str], row: Row, changes: Mapping[str, Any]) -> None:
    what, name, group = of
    tried = outcome.tried[what]
    tried.total += 1
    if changes:
        tried.add(row[name], row[group], dict(changes), outcome.question.listed)
        told.changed(what, {**row, "changes": dict(changes)})


def words(value: object) -> str:
    """A value of an answer in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {words(inner)}" for key, inner in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(words(each) for each in value) or "-"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def change_words(before: str, after: str) -> str:
    """From what to what, in one line: of long answers only what differs."""
    old, new = before.split(", "), after.split(", ")
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if not gone and not come:  # the order differs
        return f"{before} → {after}"
    return f"{_kept(old, gone)} → {_kept(new, come)}"


def _kept(parts: Sequence[str], those: Counter[str]) -> str:
    """Those parts of an answer, in its order."""
    return ", ".join(part for part in parts if part in those) or "-"
