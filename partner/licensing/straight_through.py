"""The straight-through route: what no examiner need look at is decided at once, under the authority that the procedure's data names.

Only where the data of the procedure says so. Every check has passed by the law of the day, the fee is settled, nothing rests on an
unconfirmed value, nobody of the staff has taken the case in hand and the applicant has written nothing. Some of the cases are drawn for a
later look. The steps are those of the route itself: what a proposal and its approvals would be refused for is refused here too.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Conflict, Forbidden, PartnerError, Text
from partner.licensing import applications, cases, decisions, desk_queries, examining, recording, steps, workflow
from partner.licensing.conditions import CaseFacts, FeeState
from partner.licensing.elevation import carrying_out
from partner.licensing.prefetching import Prefetched
from partner.licensing.queries import Found
from partner.licensing.steps import Step
from partner.licensing.workflow import Next
from partner.regulation import Law
from partner.regulation.procedures import Procedure, StraightThrough
from partner.regulation.routes import Action, Part, Route, Status

ARRIVALS = frozenset({Action.SUBMIT, Action.PAY})
_log = logging.getLogger(__name__)


def allowed(procedure: Procedure | None, channel: str) -> StraightThrough | None:
    """What the data says of going straight through; None where it says nothing, or where the procedure itself is not confirmed."""
    rule = procedure.straight_through if procedure is not None and procedure.confirmed else None
    return rule if rule is not None and channel in rule.channels else None


def decidable(route: Route, findings: Iterable[Mapping[str, Any]], case: CaseFacts) -> bool:
    """Whether nothing is left to judge: every check passes, the fee is settled, and the route would let it be proposed and approved.

    Pure. The approvals of the route are those that the delegated authority stands in for; the last one has to bring the grant about.
    """
    settled = case.fee in {FeeState.SETTLED, FeeState.NOTHING} and not case.needs_reason
    if not settled or any(finding["outcome"] != "pass" for finding in findings):
        return False
    proposed = workflow.decide(route, Status.EXAMINING, Action.PROPOSE_GRANT, parts={Part.EXAMINER}, case=case)
    if not isinstance(proposed, Next):
        return False
    waiting = replace(case, proposal=proposed.proposal, approvals=route.levels - 1)
    approved = workflow.decide(route, proposed.to, Action.APPROVE, parts={level.who for level in route.signers}, case=waiting)
    return isinstance(approved, Next) and approved.effect == "grant"


def drawn(seed: str, percent: int) -> bool:
    """Whether a case is drawn for a later look: of many seeds, so many in a hundred are."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % 100 < percent


async def follow(step: Step) -> None:
    """Decide a case that has just come to its examination, where nothing is left to judge; else leave it to an examiner."""
    application = step.application
    if step.action not in ARRIVALS or application.status != Status.EXAMINING or step.found.applicant is None:
        return
    rule = allowed(step.law.all_procedures.find(application.procedure, clock.today()), application.channel)
    if rule is None or await desk_queries.in_hand(step.session, application.id):
        return
    attachments = await applications.kinds(step.session, application)
    known = Prefetched(shared=True)
    await examining.refresh(step.session, step.law, application, step.applicant, attachments=attachments, prefetched=known)
    if decidable(cases.route_of(step.law, application), application.findings, cases.facts(step.law, application, step.actor)):
        await _decide(step, rule, known)


async def _decide(step: Step, rule: StraightThrough, known: Prefetched) -> None:
    application, applicant = step.application, step.applicant
    try:
        await recording.rehearse(
            step.session, step.law, step.procedure, application=application, applicant=applicant, designated={}, prefetched=known
        )
    except PartnerError as obstacle:
        _log.info("case %s goes to an examiner: %s", application.id, obstacle.code)
        return
    application.status = Status.GRANTED.value
    await decisions.grant_straight_through(step, rule)
    await steps.owe_nothing_more(step)
    application.review = "open" if drawn(f"{application.id} {clock.now().isoformat()}", rule.sample_percent) else None
    words = f"{rule.authority.ja} / {rule.authority.en}"
    cases.record(step.session, None, step.found, action="decide", act=step.procedure.act, from_status=Status.EXAMINING.value, comment=words)


async def review(session: AsyncSession, actor: Actor, law: Law, application_id: UUID, *, comment: str) -> Found:
    """Note that a case that was drawn has been looked at.

    Raises NotFound, Forbidden for whom that is not, Conflict where no review is open.
    """
    found = await cases.locked(session, actor, application_id)
    application = found.application
    if not cases.parts(actor, application, found.relation) & {Part.EXAMINER, Part.DIRECTOR}:
        raise Forbidden("not_your_part", Text("事後確認をする立場にありません。", "The later review is not yours to make."))
    if application.review != "open":
        raise Conflict("wrong_state", Text("事後確認の対象ではありません。", "No later review is open on this case."))
    async with carrying_out(session, actor):
        application.review = "done"
        act = examining.procedure_of(law, application).act
        cases.record(session, actor, found, action="review", act=act, from_status=application.status, comment=comment)
    return found
