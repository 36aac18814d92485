"""Loading a case for somebody, what that somebody may do with it, and the one event that every change writes."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import STAFF_ROLES, Actor, Role
from partner.errors import NotFound, Stale, Text
from partner.licensing import governing, queries, workflow
from partner.licensing.conditions import CaseFacts, FeeState
from partner.licensing.models import Application, ApplicationEvent
from partner.licensing.queries import Found, Relation
from partner.regulation import Law
from partner.regulation.effects import Effect
from partner.regulation.routes import Action, Route, Status

SYSTEM_NAME = "PARTNER"
INVISIBLE = Text("その案件は見つかりません。", "There is no such case.")


async def visible(session: AsyncSession, actor: Actor, application_id: UUID) -> Found:
    """A case that the actor may see; raises NotFound."""
    found = await queries.case(session, actor, application_id)
    if found is None:
        raise NotFound("application_not_found", INVISIBLE)
    return found


async def locked(session: AsyncSession, actor: Actor, application_id: UUID, *, expected_version: int | None = None) -> Found:
    """The same, locked until the transaction ends; raises Stale when it is not the version that the caller knows."""
    found = await queries.case(session, actor, application_id, lock=True)
    if found is None:
        raise NotFound("application_not_found", INVISIBLE)
    if expected_version is not None and found.application.version != expected_version:
        raise Stale(
            "stale",
            Text("この案件は、取得された後に更新されています。", "The case has changed since you read it."),
            remedy=Text("案件を取得し直してから、もう一度お試しください。", "Read the case again and repeat the change."),
        )
    return found


def parts(actor: Actor, application: Application, relation: Relation) -> frozenset[str]:
    """In which parts the actor may act on this very case: an applicant on their own, an agent who may file, staff of its bureau.

    A clerk acts for whoever filed on paper; what came electronically its applicant submits, pays and withdraws alone. Where another
    authority than the bureau decides, the bureau prepares, and the director is the authority's. Whoever is named to sign in place of an
    approver (代決) has that approver's part while the level is open.
    """
    held = own_parts(actor, application, relation)
    named = stand_in_of(actor, application)
    return held | {named} if named else held


def stand_in_of(actor: Actor, application: Application) -> str | None:
    """The part in which the actor is named to sign this case in somebody's place, if any; never outside the office that decides."""
    proposal, desk = application.proposal or {}, application.authority or application.bureau
    if application.status != Status.IN_APPROVAL or not actor.is_staff or actor.bureau != desk:
        return None
    return proposal.get("stand_in_part") if proposal.get("stand_in_id") == str(actor.account_id) else None


def own_parts(actor: Actor, application: Application, relation: Relation) -> frozenset[str]:
    """The same without what somebody may do in another's place."""
    works_here = actor.is_staff and actor.bureau in {application.bureau, application.authority or application.bureau}
    held = {role for role in actor.roles & STAFF_ROLES if works_here}
    if application.authority and actor.bureau != application.authority:
        held.discard(Role.DIRECTOR)
    if application.channel != "paper":
        held.discard(Role.CLERK)
    if relation.own:
        held.add(Role.APPLICANT)
    if relation.may_file:
        held.add(Role.AGENT)
    return frozenset(role.value for role in held)


def route_of(law: Law, application: Application) -> Route:
    """The route that the case takes, as it stood when the case arrived."""
    day, desk = governing.day_of(law, application), application.authority or application.bureau
    return governing.law_of(law, application).routes.get(application.route, day, bureau=desk)


def available(law: Law, actor: Actor, found: Found) -> list[str]:
    """The actions that the actor could take now."""
    application = found.application
    held = parts(actor, application, found.relation)
    if not held:
        return []
    actions = workflow.available(route_of(law, application), Status(application.status), parts=held, case=facts(law, application, actor))
    impossible = {Action.SUBMIT} if governing.repeal(law, application) else set()
    if Role.DIRECTOR.value not in own_parts(actor, application, found.relation):
        impossible |= {Action.SUBSTITUTE}  # whoever signs in another's place names nobody in turn
    return [action.value for action in actions if action not in impossible]


def facts(law: Law, application: Application, actor: Actor) -> CaseFacts:
    """What the workflow must know of the case."""
    proposal, provisional, inspection = application.proposal or {}, application.provisional or {}, application.inspection or {}
    findings = application.findings
    return CaseFacts(
        today=clock.today(),
        fee=fee_state(application),
        fails=any(finding["outcome"] == "fail" for finding in findings),
        needs_reason=any(finding["outcome"] == "unconfirmed" and finding.get("needs_reason") for finding in findings),
        proposal=proposal.get("kind"),
        approvals=len(proposal.get("approvals", [])),
        provisional=application.provisional is not None,
        completion_due_on=_date(provisional.get("completion_due_on")),
        inspection=inspection.get("result"),
        changing=changing(law, application),
        time_limit_on=application.time_limit_on,
        license_expires_on=_date(application.law_dates.get("expires_on")),
        actor_proposed=proposal.get("by") == str(actor.account_id),
        actor_signed=any(signed.get("by") == str(actor.account_id) for signed in proposal.get("approvals", [])),
        rolled_over=law.calendar.open_from,
    )


def changing(law: Law, application: Application) -> bool:
    """Whether the case is about a license that exists: one that is granted gives no new license."""
    rules = law.all_procedures.find(application.procedure, governing.day_of(law, application))
    return rules is not None and rules.effect is not Effect.RECORD


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


FEE_STATES = {
    "assessed": FeeState.DUE,
    "due": FeeState.DUE,
    "paid": FeeState.SETTLED,
    "nothing": FeeState.NOTHING,
    "unconfirmed": FeeState.UNCONFIRMED,
    "cancelled": FeeState.NOTHING,
}


def fee_state(application: Application) -> FeeState:
    """Where the fee of the present step stands: after the completion notice that is the inspection fee."""
    fee = application.fee
    inspection = fee.get("inspection") if application.provisional is not None else None
    present: dict[str, Any] = inspection or fee
    return FEE_STATES[present["status"]]


def _who(actor: Actor | None) -> dict[str, Any]:
    if actor is None:
        return {"actor_id": None, "actor_name": SYSTEM_NAME, "actor_roles": []}
    return {
        "actor_id": actor.account_id,
        "actor_name": actor.display_name,
        "actor_roles": sorted(role.value for role in actor.roles),
    }


def record(
    session: AsyncSession,
    actor: Actor | None,
    found: Found,
    *,
    action: str,
    act: str,
    from_status: str | None,
    changes: list[dict[str, Any]] | None = None,
    comment: str = "",
) -> None:
    """Write the event of one change; the case's version counts its events. Call once for each change, after it.

    What the system itself does has no actor.
    """
    application, applicant = found.application, found.applicant
    if from_status is not None:
        application.version += 1
    session.add(application)
    session.add(
        ApplicationEvent(
            application_id=application.id,
            sequence=application.version,
            at=clock.now(),
            **_who(actor),
            action=action,
            from_status=from_status,
            to_status=application.status,
            changes=changes or [],
            comment=comment,
            law_digest=application.law_digest,
            procedure=application.procedure,
            act=act,
            channel=application.channel,
            bureau=application.bureau,
            applicant_id=application.applicant_id,
            applicant_kind=applicant.kind if applicant else "",
            received_on=application.received_on,
        )
    )
