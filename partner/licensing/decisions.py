"""Decisions: proposing, approving, inspecting, and what a decision brings about.

A decision has content: what is assigned, for how long, under which conditions. A refusal has written reasons. After the
decision nothing on the case changes but by a new decision.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from partner import clock
from partner.auth.actor import Actor, Role
from partner.auth.service import staff_of
from partner.errors import FieldError, Forbidden, Invalid, Text
from partner.licensing import cases, designations, held, notices, recording
from partner.licensing.steps import Step
from partner.registry.normalisation import normalise
from partner.regulation.facts import value_at
from partner.regulation.months import last_day_of_period
from partner.regulation.procedures import StraightThrough

STAND_IN = frozenset({"stand_in", "stand_in_id", "stand_in_part", "in_place_of"})
"""What a proposal says of whoever signs its open level in place of the approver."""


async def propose_grant(step: Step) -> None:
    """Propose what to grant: as applied for, but for what the proposal says."""
    decision = step.command.decision.model_dump(mode="json", exclude_none=True)
    application, applicant = step.application, step.applicant
    await designations.check(step.session, step.law, step.procedure, application=application, applicant=applicant, designated=decision)
    await recording.rehearse(step.session, step.law, step.procedure, application=application, applicant=applicant, designated=decision)
    _propose(step, "grant", decision=decision, reason=" ".join(step.command.written_reasons))
    needing = [finding for finding in step.application.findings if finding["outcome"] == "unconfirmed"]
    step.application.recheck = step.application.recheck or any(finding.get("needs_reason") for finding in needing)


async def propose_refusal(step: Step) -> None:
    """Propose a refusal with its written reasons (規則14条)."""
    _propose(step, "refusal", reasons=step.command.written_reasons)


def _propose(step: Step, kind: str, **content: Any) -> None:
    by, at = str(step.actor.account_id), clock.now().isoformat()
    step.application.proposal = {"kind": kind, **content, "by": by, "by_name": step.actor.display_name, "at": at, "approvals": []}


async def approve(step: Step) -> None:
    """Sign one level; the last one makes the decision, which `effect` carries out."""
    proposal = dict(step.application.proposal or {})
    signed = {"by": str(step.actor.account_id), "by_name": step.actor.display_name, "at": clock.now().isoformat()}
    if proposal.get("stand_in_id") == signed["by"] and proposal.get("in_place_of"):
        signed["in_place_of"] = proposal["in_place_of"]
    kept = {name: value for name, value in proposal.items() if name not in STAND_IN}  # the next level has its own approver
    step.application.proposal = {**kept, "approvals": [*proposal.get("approvals", []), signed]}


async def send_back(step: Step) -> None:
    """Give the proposal back to whoever made it; it counts no more."""
    step.application.proposal = None
    step.application.inspection = None


async def substitute(step: Step) -> None:
    """Name who signs the open level in place of its approver (代決): from now on that person may.

    Raises Forbidden for whoever is a stand-in himself, Invalid `stand_in_unknown` for nobody who may.
    """
    application = step.application
    if Role.DIRECTOR.value not in cases.own_parts(step.actor, application, step.found.relation):
        message = Text("代決者が、さらに代決者を指定することはできません。", "A substitute names no other substitute.")
        raise Forbidden("not_your_part", message, remedy=Text("決裁者本人が指定してください。", "The approver may name another."))
    person, proposal = await _stand_in(step), application.proposal or {}
    part = cases.route_of(step.law, application).signers[len(proposal.get("approvals", []))].who.value
    named = {"stand_in": step.command.stand_in, "stand_in_id": str(person.account_id), "stand_in_part": part}
    application.proposal = {**proposal, **named, "in_place_of": step.actor.display_name if part == Role.DIRECTOR.value else None}
    step.changes = [{"field": "stand_in", "before": proposal.get("stand_in"), "after": step.command.stand_in}]


async def _stand_in(step: Step) -> Actor:
    """Who is meant, of the staff of the office that decides; never who proposed, who has signed already, nor the approver himself."""
    named, proposal = step.command.stand_in or "", step.application.proposal or {}
    excluded = {str(step.actor.account_id), proposal.get("by"), *(signed.get("by") for signed in proposal.get("approvals", []))}
    for person in await staff_of(step.session, step.application.authority or step.application.bureau):
        if str(person.account_id) not in excluded and _is_named(person, named):
            return person
    message = Text(
        f"「{named}」は、この局で代決できる職員として登録されていません（起案した者、すでに決裁した者と決裁者本人を除きます）。",
        f"'{named}' is nobody of this bureau's staff who may stand in (nor the proposer, an approver who signed, or the approver).",
    )
    remedy = Text("一度でもサインインした職員の氏名を入れてください。", "Name somebody of the staff who has signed in at least once.")
    raise Invalid("stand_in_unknown", message, remedy=remedy, errors=[FieldError("/stand_in", "unknown", message)])


def _is_named(person: Actor, named: str) -> bool:
    """Whether a text names somebody: by account or subject, or by the name as it is shown, an office before it or not."""
    name = normalise(person.display_name)
    return named in {str(person.account_id), person.subject} or (bool(name) and name in normalise(named))


async def record_inspection(step: Step) -> None:
    """Note the result of the inspection (法10条, 12条). A pass proposes the grant, a fail the refusal."""
    application, command = step.application, step.command
    inspected_on = command.inspected_on or clock.today()
    application.inspection = {
        "result": command.result,
        "inspected_on": inspected_on.isoformat(),
        "inspector": step.actor.display_name,
        "remarks": command.remarks,
    }
    designated = ((application.provisional or {}).get("proposal") or {}).get("decision", {})
    if command.result == "pass":
        _propose(step, "grant", decision=designated)
    else:
        _propose(step, "refusal", reasons=command.written_reasons)


async def effect(step: Step) -> None:
    """Bring about what the step decided, in the same transaction: the register, the decision, the notice to the applicant."""
    match step.decided.effect if step.decided else None:
        case "grant":
            await _grant(step)
        case "provisional":
            _provisional(step)
        case "refusal":
            _refuse(step)
        case "record":
            await _record(step)
        case "dismissal":
            _dismiss(step)
        case None:
            return


async def grant_straight_through(step: Step, rule: StraightThrough) -> None:
    """Grant as applied for, under the delegated authority that the data of the procedure names; the decision says so."""
    await _grant(step, by_name=rule.authority.ja, straight_through={"authority": rule.authority.as_dict()})


async def _grant(step: Step, **said: Any) -> None:
    application = step.application
    await recording.carry_out(step.session, step.law, step.procedure, application=application, applicant=step.applicant)
    conditions = recording.designation(application).get("conditions", [])
    if step.procedure.ex_officio:
        earlier = await _earlier(step)
        _decided(step, "grant", conditions=conditions, license=application.license, appeal=notices.APPEAL.as_dict(), **earlier)
        notices.ordered(step.session, application, step.procedure.title)
        return
    _decided(step, "grant", conditions=conditions, license=application.license, **said)
    notices.granted(step.session, application, application.license or {}, conditions)


async def _earlier(step: Step) -> dict[str, Any]:
    """The decision that this one changes, cited; empty where the license stood on record without a case."""
    changed = await held.changed_before(step.session, step.application)
    if changed is None or changed.decision is None:
        return {}
    return {"changes": {"reception_number": changed.reception_number, "decided_on": changed.decision["decided_on"]}}


def _provisional(step: Step) -> None:
    """The provisional license (法8条): designated until the inspection, public never."""
    application = step.application
    due_on = completion_due_on(application.form, clock.today())
    application.provisional = {
        "given_on": clock.today().isoformat(),
        "completion_due_on": due_on.isoformat() if due_on else None,
        "assignments": recording.designation(application).get("assignments") or application.form.get("station", {}).get("assignments", []),
        "conditions": recording.designation(application).get("conditions", []),
        "proposal": application.proposal,
    }
    application.proposal = None
    shown = {key: value for key, value in application.provisional.items() if key != "proposal"}
    notices.provisional(step.session, application, shown, changing=cases.changing(step.law, application))


def completion_due_on(form: dict[str, Any], given_on: date) -> date | None:
    """The completion deadline: the date applied for, or months or days after the provisional license."""
    completion = value_at("/station/completion", form) or {}
    if not isinstance(completion, dict):
        return None
    if completion.get("due_on"):
        return date.fromisoformat(completion["due_on"])
    if completion.get("months"):
        return last_day_of_period(given_on + timedelta(days=1), months=int(completion["months"]))
    return given_on + timedelta(days=int(completion["days"])) if completion.get("days") else None


def _refuse(step: Step) -> None:
    reasons = list((step.application.proposal or {}).get("reasons", []))
    _decided(step, "refusal", reasons=reasons, appeal=notices.APPEAL.as_dict())
    notices.refused(step.session, step.application, reasons)


async def _record(step: Step) -> None:
    """A notification takes effect when it arrives (行政手続法37条)."""
    await recording.carry_out(step.session, step.law, step.procedure, application=step.application, applicant=step.applicant)
    _decided(step, "record", license=step.application.license)
    notices.recorded(step.session, step.application, step.application.license)


def _dismiss(step: Step) -> None:
    reasons = step.command.written_reasons
    _decided(step, "dismissal", reasons=reasons, appeal=notices.APPEAL.as_dict())
    notices.dismissed(step.session, step.application, reasons)


def _decided(step: Step, kind: str, **content: Any) -> None:
    """Write the decision down with its day and the law that it was made under."""
    application = step.application
    application.decided_at = clock.now()
    application.law_digest = step.law.digest
    signed = ((application.proposal or {}).get("approvals") or [{}])[-1]
    replaced = {"in_place_of": signed["in_place_of"]} if "in_place_of" in signed else {}
    by = {"decided_on": clock.today().isoformat(), "by_name": step.actor.display_name, **replaced}
    application.decision = {"kind": kind, **by, **content}
