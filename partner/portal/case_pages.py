"""What the pages of a case show, for the applicant and for the bureau alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Text
from partner.licensing import (
    applications,
    cases,
    desk_queries,
    governing,
    held,
    messages,
    paper_intake,
    presentation,
    processing_clock,
    queries,
)
from partner.licensing.governing import Amended
from partner.licensing.models import Application, ApplicationEvent
from partner.licensing.queries import Found
from partner.portal import form_reading, wording
from partner.portal.frame import Frame
from partner.registry.facts import License
from partner.registry.normalisation import normalise
from partner.registry.status import status
from partner.regulation import Law
from partner.regulation.effects import Effect
from partner.regulation.facts import value_at
from partner.regulation.forms import Form
from partner.regulation.periods import shown_day
from partner.regulation.procedures import Procedure
from partner.regulation.routes import FINAL, Status

PLAIN_FIELDS = frozenset({"comment", "reason", "completed_on", "inspected_on", "remarks", "result", "bureau", "due_on", "stand_in"})
FLAGS = frozenset({"report"})
MOST_EVENTS = 200
FORMER_HOLDER = "/succession/former_holder"
"""Where a form says whose the licenses were that pass to the applicant."""
FILING = Text("申請ファイル", "Filing file")
SCAN = Text("書面のスキャン", "Scan of the paper")


def form_of(law: Law, application: Application) -> tuple[Procedure, Form]:
    """The procedure of a case, and the form that belongs to it, as the transitional clauses leave them to the case."""
    on, seen = governing.day_of(law, application), governing.law_of(law, application)
    procedure = seen.procedure(application.procedure, on)
    return procedure, seen.form(procedure.form, on)


def way_of(law: Law, application: Application) -> Collection[str]:
    """The statuses that the route of a case comes to."""
    return cases.route_of(law, application).reached


def levels(law: Law, application: Application) -> list[dict[str, Any]]:
    """The levels of the approval that is open as `{"title", "signed", "open"}`: what each is called, and who has signed it."""
    proposal = application.proposal
    if proposal is None or application.status != Status.IN_APPROVAL:
        return []
    signed = proposal.get("approvals", [])
    return [
        {"title": level.title, "signed": signed[place] if place < len(signed) else None, "open": place == len(signed)}
        for place, level in enumerate(cases.route_of(law, application).signers)
    ]


async def lines(session: AsyncSession, frame: Frame, actor: Actor, listed: Sequence[Found]) -> list[dict[str, Any]]:
    """Cases as lines of a list: with the days they have been in hand, and what on them waits to be looked at."""
    ids = [one.application.id for one in listed]
    changes = await desk_queries.status_changes(session, ids)
    waiting = await messages.waiting(session, actor, ids)
    return [
        _line(frame.law, one.application, applications.shown(frame.law, actor, one), changes.get(one.application.id, ()))
        | {"waiting": sorted(set(waiting.get(one.application.id, ())))}
        for one in listed
    ]


def _line(law: Law, application: Application, shown: dict[str, Any], changes: Iterable[tuple[datetime, str]]) -> dict[str, Any]:
    """A case as a line of a list; `days` is how long it has been in hand, without the time of corrections."""
    arrived = application.received_on
    days = processing_clock.days_in_hand(arrived, changes, today=clock.today()) if arrived else None
    procedure = governing.law_of(law, application).procedure(application.procedure, governing.day_of(law, application))
    words = wording.status_words(shown["status"], changing=procedure.effect is not Effect.RECORD)
    return shown | {"title": procedure.title, "days": days, "waiting": [], "status_words": words}


def license_line(law: Law, one: License) -> dict[str, Any]:
    """A license as its holder reads it in a list."""
    return {
        "station_id": one.station_id,
        "license_number": one.license_number,
        "call_sign": one.call_sign,
        "identification": one.facts.identification,
        "holder": one.licensee.name,
        "station_class": law.codes("station-classes").name(one.facts.station_class),
        "place": law.codes("municipalities").name(one.facts.municipality or ""),
        "bureau": law.codes("bureaus").name(one.facts.bureau),
        "movement_area": law.codes("movement-areas").name(one.facts.movement_area or ""),
        "purposes": [law.codes("purposes").name(code) for code in one.facts.purposes],
        "licensed_on": one.licensed_on,
        "valid_from": one.valid_from,
        "valid_to": shown_day(one.valid_to),
        "status": status(
            on=clock.today(), valid_from=one.valid_from, valid_to=one.valid_to, ended_on=one.ended_on, suspended=one.suspended
        ),
    }


async def holders(session: AsyncSession, law: Law, found: Found) -> list[dict[str, Any]]:
    """The licenses that a case names, as they are on record, and whether the applicant holds them: for the office alone.

    `named_instead` is whom the form of a succession names as the former holder, where that is not who holds the license on record.
    """
    procedure, _ = form_of(law, found.application)
    applicant = found.applicant.licensee_id if found.applicant else None
    return [
        license_line(law, one)
        | {
            "is_own": one.licensee_id == applicant,
            "address": one.licensee.address,
            "named_instead": None if one.licensee_id == applicant else _named_instead(found, one),
        }
        for one in await held.named(session, procedure, found.application)
    ]


def _named_instead(found: Found, one: License) -> str | None:
    """The former holder of the form, where it is another name than that on record; differences of writing aside."""
    named = value_at(FORMER_HOLDER, found.application.form)
    if not isinstance(named, str) or not named.strip():
        return None
    return None if normalise(named) == normalise(one.licensee.name) else named.strip()


async def facts(session: AsyncSession, frame: Frame, actor: Actor, case_id: UUID) -> tuple[Found, dict[str, Any]]:
    """The case, and everything that its page says."""
    found = await applications.read_today(session, actor, frame.law, case_id)
    shown = applications.shown(frame.law, actor, found)
    procedure, form = form_of(frame.law, found.application)
    changing = procedure.effect is not Effect.RECORD
    kinds = (
        {"filing": FILING}
        | ({paper_intake.SCAN: SCAN} if actor.is_staff and shown["channel"] == "paper" else {})
        | {kind.kind: Text(kind.title.ja, kind.title.en) for kind in procedure.attachments}
    )
    happened = await applications.events(session, actor, case_id, after=0, limit=MOST_EVENTS)
    requests = await _asked(session, found.application)
    named = {finding["field"] for finding in shown["findings"]} | {request["field"] for request in requests}
    return found, {
        "case": shown | {"status_words": wording.status_words(shown["status"], changing=changing)},
        "changing": changing,
        "title": procedure.title,
        "steps": wording.steps(way_of(frame.law, found.application), shown["status"], changing=changing),
        "sections": form_reading.sections(form, shown["form"], frame.law),
        "labels": {field: form.labels(field) for field in named if field},
        "unmapped": found.application.unmapped,
        "events": [_event(presentation.event(row, standing=actor.access.standing), form, frame.law, kinds) for row in happened],
        "requests": requests,
        "repeal": governing.repeal(frame.law, found.application),
        "amended": _amended(frame.law, found.application, happened),
        "days_left": _days_left(frame.law, requests),
        "heard": procedure.ex_officio,
        "documents": [document for document in await queries.documents(session, case_id) if document["kind"] != messages.KIND],
        "messages_written": await messages.written(session, actor, case_id),
        "waiting": (await messages.waiting(session, actor, [case_id])).get(case_id, []),
        "accepted": ",".join(f".{ending}" for ending in messages.BEGINNINGS),
        "kinds": kinds,
        "entered_on": clock.legal_date(found.application.entered_at),
        "closed": found.application.status in FINAL,
        "actions": wording.ACTIONS,
        "messages": frame.messages if frame.request.query_params.get("done") in {event.action for event in happened[-2:]} else [],
        "bureau_name": frame.law.codes("bureaus").name(shown["bureau"]),
        "today": clock.today(),
    }


async def _asked(session: AsyncSession, application: Application) -> list[dict[str, Any]]:
    """What the case waits for; a request that was never answered is over once the case went on or ended without the answer."""
    if application.status != Status.CORRECTION_REQUESTED:
        return []
    return [presentation.request(row) for row in await queries.open_requests(session, application.id)]


def _amended(law: Law, application: Application, happened: Sequence[ApplicationEvent]) -> list[Amended]:
    """What was amended since the case arrived, or since its draft was last stored; nothing for a case that is closed."""
    if application.status in FINAL or not happened:
        return []
    return governing.amended(law, application, since=application.received_on or clock.legal_date(happened[-1].at))


def _days_left(law: Law, requests: Sequence[Mapping[str, Any]]) -> int | None:
    """The business days that are left for the open requests, today not counted; None where there is none."""
    last_days = [date.fromisoformat(request["due_on"]) for request in requests]
    return law.calendar.business_days(clock.today(), min(last_days)) if last_days else None


def _event(shown: dict[str, Any], form: Form, law: Law, kinds: Mapping[str, Text]) -> dict[str, Any]:
    return {
        "words": wording.EVENTS.get(shown["action"], Text(shown["action"], shown["action"])),
        "at": datetime.fromisoformat(shown["at"]),
        "actor_name": shown["actor"]["name"],
        "comment": shown["comment"],
        "action": shown["action"],
        "changes": [_change(change, form, law, kinds) for change in shown["changes"] if "field" in change],
    }


def _change(change: dict[str, Any], form: Form, law: Law, kinds: Mapping[str, Text]) -> dict[str, Any]:
    field, after = change["field"], change.get("after")
    if field == "/attachments" and isinstance(after, Mapping):
        return {"label": kinds.get(after.get("kind", ""), FILING), "note": Text(after.get("name", ""), after.get("name", ""))}
    if change.get("requested"):
        return {"label": form.labels(field), "note": Text(change["requested"].get("ja", ""), change["requested"].get("en", ""))}
    return {
        "label": form.labels(field),
        "note": None,
        "before": form_reading.words(form, law, field, change.get("before")),
        "after": form_reading.words(form, law, field, after),
    }
