"""Whether what a procedure needs stands for as long as the procedure does: its form, its routes, its fees, its window, the terms it gives.

A form, a route, a table, a window or a term may be repealed only together with what names it. Else the procedure would fail on the day,
long after the amendment was found in order. Checks are not looked at: one that is repealed has nothing more to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from partner.regulation import periods
from partner.regulation.effects import Effect
from partner.regulation.periods import Period
from partner.regulation.procedures import ProcedureRules
from partner.regulation.provisions import Entry, Provision, Version
from partner.regulation.reading import Reader

FROM_THE_START = ("forms", "routes", "windows")
"""What must stand from the first day of a procedure on; of fees the amounts of old days are not all known."""
ALWAYS = ("calendar", "deadlines", "disclosure", "jurisdiction")
"""What every case or every answer asks, whatever the procedure: other rules may take the place of these, nothing may not."""
GIVES_A_TERM = (Effect.RECORD, Effect.RENEW)
Needed = tuple[str, str]


def demand(reader: Reader) -> None:
    """Report every version of a procedure that needs what is not in force on one of its days, and what nothing goes without."""
    _demand_always(reader)
    left: dict[tuple[Needed, date], list[str]] = {}
    for path, entry in reader.catalogue.items():
        for version in entry.provision.versions:
            if isinstance(version.value, ProcedureRules):
                for needed in _needed(version.value) | _terms(reader, version.value):
                    for day in _without(reader, needed, entry.provision, version):
                        left.setdefault((needed, day), []).append(path)
    for (needed, day), paths in left.items():
        _report(reader, needed, day, sorted(set(paths)))


def _demand_always(reader: Reader) -> None:
    for path, entry in reader.catalogue.items():
        for index, version in enumerate(entry.provision.versions):
            if version.value is None and path.startswith(ALWAYS):
                message = f"nothing would be in force from {version.from_} on: give it a version with other rules"
                reader.reject(entry.source, message, *entry.location, "versions", index)


def _needed(rules: ProcedureRules) -> set[Needed]:
    """Folder and name of what a procedure needs."""
    named = {("forms", rules.form), ("fees", rules.fee), ("fees", rules.inspection_fee), ("windows", rules.window)}
    return {(folder, name) for folder, name in named if name is not None} | {("routes", choice.route) for choice in rules.routes}


def _terms(reader: Reader, rules: ProcedureRules) -> set[Needed]:
    """The terms of the classes of a procedure that gives licenses for a time."""
    if rules.effect not in GIVES_A_TERM:
        return set()
    terms = [(path, entry.provision) for path, entry in reader.catalogue.items() if isinstance(entry.provision, Period)]
    classes = {*rules.station_classes}
    return {(periods.FOLDER, path.partition("/")[2]) for path, period in terms if not classes.isdisjoint(period.station_classes)}


def _without(reader: Reader, needed: Needed, procedure: Provision[object], version: Version[object]) -> Iterator[date]:
    """The days, the first of each time, on which a version of a procedure is in force and what it needs is not."""
    entry = reader.catalogue.get("/".join(needed))
    if entry is None:
        return  # reported as a name that does not exist
    until = procedure.until(version) or date.max
    begins = [one.from_ for one in entry.provision.versions if one.value is None]
    if needed[0] in FROM_THE_START and entry.provision.versions[0].from_ > version.from_:
        yield version.from_
    for day in {max(begin, version.from_) for begin in begins}:
        if day < until and entry.provision.on(day) is None:
            yield day


def _report(reader: Reader, needed: Needed, day: date, paths: list[str]) -> None:
    entry = reader.catalogue["/".join(needed)]
    ways = "repeal what needs it from that day on too, give it a version that needs another, or give this one other rules"
    message = f"not in force on {day}, and still needed by {', '.join(paths)}: {ways}"
    reader.reject(entry.source, message, *entry.location, "versions", _nearest(entry, day))


def _nearest(entry: Entry, day: date) -> int:
    """The version after which there is nothing on a day; the first where the day comes before all."""
    return max((index for index, one in enumerate(entry.provision.versions) if one.from_ <= day), default=0)
