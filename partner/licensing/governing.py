"""Which law a case is under: the day whose procedure, form and route it follows, and what was amended since it began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from partner import clock
from partner.errors import Conflict, Text
from partner.licensing.models import Application
from partner.regulation import Law
from partner.regulation.procedures import Procedure
from partner.regulation.provisions import Version
from partner.regulation.routes import FINAL

BY_ARRIVAL = "received_on"
"""The date that governs, of a rule that is the same from the arrival of a case to its end."""


@dataclass(frozen=True)
class Amended:
    """A provision that was amended since a case began; `applies` tells whether the case falls under the amendment."""

    title: Text
    from_: date
    citation: str
    applies: bool


def repeal(law: Law, application: Application) -> Version[Any] | None:
    """The repeal of the procedure of a draft; None while the procedure is in force, and for a case that has arrived under it."""
    return None if application.received_on else law.all_procedures.repeal(application.procedure, clock.today())


def day_of(law: Law, application: Application) -> date:
    """The day of the procedure, form and route of a case: its arrival, and today for a draft.

    A draft of a procedure that was repealed can still be read: as it was on the last day of the procedure.
    """
    if application.received_on:
        return application.received_on
    repealed = repeal(law, application)
    return repealed.from_ - timedelta(days=1) if repealed else clock.today()


def law_of(law: Law, application: Application) -> Law:
    """The law as the transitional clauses leave it to a case; one that is decided stays under that of its decision."""
    decided_on = (application.decision or {}).get("decided_on") if application.status in FINAL else None
    today = date.fromisoformat(decided_on) if decided_on else clock.today()
    return law.for_case(application.received_on or clock.today(), today)


def refuse_repealed(law: Law, application: Application) -> None:
    """Raise Conflict `procedure_repealed` for a draft of a procedure that is no longer in force."""
    repealed = repeal(law, application)
    if repealed is not None:
        day, citation = repealed.from_.isoformat(), repealed.citation
        message = Text(
            f"この手続は{day}に廃止されました（{citation}）。下書きは提出できません。",
            f"This procedure was repealed on {day} ({citation}): the draft cannot be submitted.",
        )
        remedy = Text(
            "内容を控えてから下書きを取り下げ、今ある手続を選び直してください。",
            "Note what you wrote, withdraw the draft, and choose among the procedures that are in force.",
        )
        raise Conflict("procedure_repealed", message, remedy=remedy)


def amended(law: Law, application: Application, *, since: date) -> list[Amended]:
    """What was amended after a day of what the case is examined by, oldest first: its procedure, form, route, fee, window and checks."""
    today, arrived = clock.today(), application.received_on
    found = []
    for path, governed_by in _rules(law, application):
        provision = law.catalogue[path].provision
        for version in provision.versions:
            if since < version.from_ <= today:
                kept = arrived is not None and version.keeps(arrived)
                moved = arrived is None or version.moves(arrived, today) or governed_by != BY_ARRIVAL
                found.append(Amended(provision.title, version.from_, version.citation, moved and not kept))
    return sorted(found, key=lambda one: one.from_)


def _rules(law: Law, application: Application) -> Iterator[tuple[str, str]]:
    """The paths of the provisions that a case is examined by, each with the date that governs it."""
    day, seen = day_of(law, application), law_of(law, application)
    procedure = seen.procedure(application.procedure, day)
    governed = procedure.governed_by
    named: list[tuple[str, str | None, str]] = [
        ("procedures", procedure.code, BY_ARRIVAL),
        ("routes", application.route, BY_ARRIVAL),
        ("forms", procedure.form, governed.form),
        ("fees", procedure.fee, governed.fee),
        ("windows", procedure.window, governed.window),
        *(("checks", check, governed.checks) for check in _checked(seen, procedure)),
    ]
    for folder, name, governed_by in named:
        if name and f"{folder}/{name}" in law.catalogue:
            yield f"{folder}/{name}", governed_by


def _checked(law: Law, procedure: Procedure) -> tuple[str, ...]:
    current = None if procedure.governed_by.checks == BY_ARRIVAL else law.all_procedures.find(procedure.code, clock.today())
    return (current or procedure).checks
