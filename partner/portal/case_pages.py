"""What the pages of a case show, for the applicant and for the bureau alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Invalid, Text
from partner.licensing import applications, prefilling, presentation
from partner.portal import form_reading, wording
from partner.portal.form_filling import Sheet
from partner.portal.frame import Frame
from partner.registry.facts import License
from partner.registry.status import status
from partner.regulation import Law
from partner.regulation.forms import Form
from partner.regulation.procedures import Procedure

PLAIN_FIELDS = frozenset({"comment", "reason", "completed_on", "inspected_on", "remarks", "result", "bureau", "due_on"})
MOST_EVENTS = 200


def governing_day(shown: Mapping[str, Any]) -> date:
    """The day whose procedure and form a case follows: its arrival, for a draft today."""
    return date.fromisoformat(shown["received_on"]) if shown["received_on"] else clock.today()


def form_of(law: Law, shown: Mapping[str, Any]) -> tuple[Procedure, Form]:
    """The procedure of a case, and the form that belongs to it."""
    on = governing_day(shown)
    procedure = law.procedure(shown["procedure"], on)
    return procedure, law.form(procedure.form, on)


def line(law: Law, shown: dict[str, Any]) -> dict[str, Any]:
    """A case as a line of a list."""
    return shown | {"title": law.procedure(shown["procedure"], governing_day(shown)).title}


def license_line(law: Law, held: License) -> dict[str, Any]:
    """A license as its holder reads it in a list."""
    return {
        "station_id": held.station_id,
        "license_number": held.license_number,
        "call_sign": held.call_sign,
        "identification": held.facts.identification,
        "station_class": law.codes("station-classes").name(held.facts.station_class),
        "place": law.codes("municipalities").name(held.facts.municipality or ""),
        "bureau": law.codes("bureaus").name(held.facts.bureau),
        "movement_area": law.codes("movement-areas").name(held.facts.movement_area or ""),
        "purposes": [law.codes("purposes").name(code) for code in held.facts.purposes],
        "licensed_on": held.licensed_on,
        "valid_from": held.valid_from,
        "valid_to": held.valid_to,
        "status": status(
            on=clock.today(), valid_from=held.valid_from, valid_to=held.valid_to, ended_on=held.ended_on, suspended=held.suspended
        ),
    }


async def facts(session: AsyncSession, frame: Frame, actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Everything that the page of a case says."""
    found = await applications.read(session, actor, case_id)
    shown = applications.shown(frame.law, actor, found)
    happened = await applications.events(session, actor, case_id, after=0, limit=MOST_EVENTS)
    procedure, form = form_of(frame.law, shown)
    return {
        "case": shown,
        "title": procedure.title,
        "steps": wording.steps(shown["route"], shown["status"]),
        "sections": form_reading.sections(form, shown["form"], frame.law),
        "labels": {finding["field"]: form.labels(finding["field"]) for finding in shown["findings"] if finding["field"]},
        "unmapped": found.application.unmapped,
        "events": [_event(presentation.event(row), form, frame.law) for row in happened],
        "actions": wording.ACTIONS,
        "today": clock.today(),
    }


def _event(shown: dict[str, Any], form: Form, law: Law) -> dict[str, Any]:
    return {
        "words": wording.ACTIONS.get(shown["action"], Text(shown["action"], shown["action"])),
        "at": datetime.fromisoformat(shown["at"]),
        "actor_name": shown["actor"]["name"],
        "comment": shown["comment"],
        "changes": [
            {
                "label": form.labels(change["field"]),
                "before": form.words(change["field"], change.get("before"), law),
                "after": form.words(change["field"], change.get("after"), law),
            }
            for change in shown["changes"]
            if "field" in change
        ],
    }


def sheet(law: Law, actor: Actor, shown: dict[str, Any], *, error: Invalid | None, value: Any) -> tuple[Procedure, Sheet]:
    """The boxes of a case's form: marked in red what an error, else a failing finding, names."""
    procedure, form = form_of(law, shown)
    if error is not None:
        wrong = {one.field: one.message for one in error.errors}
    else:
        wrong = {
            finding["field"]: Text(finding["message"]["ja"], finding["message"]["en"])
            for finding in shown["findings"]
            if finding["outcome"] == "fail" and finding["field"]
        }
    locked = prefilling.locked_fields(actor)
    return procedure, Sheet(form, shown["form"] if value is None else value, law, act=procedure.act, locked=locked, wrong=wrong)
