"""The steps of a case: `perform` is the one way from one status to the next.

Load (locked) → decide (`workflow.decide`, pure) → write → event. Whatever is refused, or fails on the way, leaves nothing half
done: all of it is one transaction, the register included.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.actor import Actor
from partner.errors import Conflict, FieldError, Invalid, Malformed, NotFound, PartnerError, Text
from partner.licensing import (
    applications,
    cases,
    completion,
    decisions,
    desk_queries,
    examining,
    governing,
    steps,
    straight_through,
    workflow,
)
from partner.licensing.applications import Together
from partner.licensing.commands import Command
from partner.licensing.elevation import carrying_out
from partner.licensing.queries import Found
from partner.licensing.steps import Step
from partner.licensing.workflow import Given, Next, Refusal
from partner.regulation import Law
from partner.regulation.routes import Action, Status

OUT_OF_TURN = frozenset({"action_out_of_turn", "already_submitted"})
EXAMINED = frozenset({Action.SUBMIT, Action.CORRECT, Action.PROPOSE_GRANT})
"""Before these the case is examined again by the law of the day."""

Write = Callable[[Step], Awaitable[None]]
WRITES: Mapping[Action, Write] = {
    Action.SUBMIT: steps.receive,
    Action.PAY: steps.settle,
    Action.REQUEST_CORRECTION: steps.request_correction,
    Action.CORRECT: steps.correct,
    Action.PROPOSE_GRANT: decisions.propose_grant,
    Action.PROPOSE_REFUSAL: decisions.propose_refusal,
    Action.APPROVE: decisions.approve,
    Action.SEND_BACK: decisions.send_back,
    Action.NOTIFY_COMPLETION: completion.notify_completion,
    Action.RECORD_INSPECTION: decisions.record_inspection,
    Action.DISMISS: steps.nothing_more,
    Action.WITHDRAW: steps.nothing_more,
    Action.TRANSFER: steps.transfer,
    Action.SUBSTITUTE: decisions.substitute,
}


async def perform(
    session: AsyncSession,
    actor: Actor,
    law: Law,
    application_id: UUID,
    action_name: str,
    *,
    command: Command,
    expected_version: int | None = None,
) -> Found:
    """Take one step of a case.

    Raises NotFound for a case that the actor may not see, Forbidden for a step that is not theirs, Conflict `wrong_state` for a
    step out of turn, Invalid for content that does not suffice (`findings_block` names the fields), Stale for an old version.
    """
    action = _action(action_name)
    found = await cases.locked(session, actor, application_id, expected_version=expected_version)
    step = _step(session, actor, law, found, action, command)
    _refuse_out_of_turn(step)
    async with carrying_out(session, actor):
        await _take(step)
    return found


async def submit_new(session: AsyncSession, actor: Actor, law: Law, found: Found, *, together: Together) -> None:
    """Submit a case that was made in this transaction with others, as the actor sees it. Call in standing `system`.

    Raises what `perform` raises.
    """
    step = _step(session, actor, law, found, Action.SUBMIT, Command())
    step.together = together
    _refuse_out_of_turn(step)
    await _take(step)


def _step(session: AsyncSession, actor: Actor, law: Law, found: Found, action: Action, command: Command) -> Step:
    if action is Action.SUBMIT:
        governing.refuse_repealed(law, found.application)
    law = governing.law_of(law, found.application)
    return Step(session, actor, law, found, action, command, examining.procedure_of(law, found.application))


async def _take(step: Step) -> None:
    """Decide the step and write what it brings about, and its event."""
    await _prepare(step)
    step.decided = _decided(step)
    from_status = step.application.status
    step.application.status = step.decided.to.value
    await WRITES[step.action](step)
    await decisions.effect(step)
    await steps.owe_nothing_more(step)
    if from_status == Status.CORRECTION_REQUESTED != step.application.status:
        await desk_queries.forget_overdue(step.session, step.application.id)
    cases.record(
        step.session,
        step.actor,
        step.found,
        action=step.action.value,
        act=step.procedure.act,
        from_status=from_status,
        changes=step.changes,
        comment=step.command.comment,
    )
    await straight_through.follow(step)


def _action(name: str) -> Action:
    try:
        return Action(name)
    except ValueError:
        message = Text(f"「{name}」という操作はありません。", f"There is no action '{name}'.")
        raise NotFound("unknown_action", message, remedy=Text("案件の「できる操作」をご覧ください。", "See `available_actions`.")) from None


def _refuse_out_of_turn(step: Step) -> None:
    """Say at once what is out of turn or not the actor's to do, before anything is looked up or examined."""
    outcome = _decide(step)
    if isinstance(outcome, Refusal) and outcome.kind != "invalid":
        raise _error(step, outcome)


async def _prepare(step: Step) -> None:
    """Bring the case to what is decided about: the corrected form, and the findings of the law of the day."""
    if step.action is Action.CORRECT:
        await steps.take_corrected_form(step)
    if step.action in EXAMINED:
        application, together = step.found.application, step.together
        attachments = () if together else await applications.kinds(step.session, application)
        corrected, prefetched = step.action is Action.CORRECT, together.prefetched if together else None
        await examining.refresh(
            step.session, step.law, application, step.applicant, attachments=attachments, corrected=corrected, prefetched=prefetched
        )


def _decide(step: Step) -> Next | Refusal:
    application, command = step.found.application, step.command
    return workflow.decide(
        cases.route_of(step.law, application),
        Status(application.status),
        step.action,
        parts=cases.parts(step.actor, application, step.found.relation),
        case=cases.facts(step.law, application, step.actor),
        given=Given(
            reasons=bool(command.written_reasons),
            requests=bool(command.requests),
            due_on=steps.due_on(step),
            result=command.result,
            bureau=_other_bureau(step),
            stand_in=bool(command.stand_in),
        ),
    )


def _other_bureau(step: Step) -> bool:
    bureau = step.command.bureau
    return bureau is not None and bureau != step.found.application.bureau and step.law.codes("bureaus").has(bureau)


def _decided(step: Step) -> Next:
    outcome = _decide(step)
    if isinstance(outcome, Refusal):
        raise _error(step, outcome)
    return outcome


def _error(step: Step, refusal: Refusal) -> PartnerError:
    if refusal.code in OUT_OF_TURN:
        available = cases.available(step.law, step.actor, step.found)
        ja, en = ("、".join(available) or "なし", ", ".join(available) or "none")
        remedy = Text(f"{refusal.remedy.ja}今できる操作: {ja}", f"{refusal.remedy.en} You can do now: {en}.")
        return Conflict("wrong_state", refusal.message, remedy=remedy)
    if refusal.code == "findings_block":
        return Invalid(refusal.code, refusal.message, remedy=refusal.remedy, errors=_failing(step.found.application.findings))
    return refusal.as_error()


def _failing(findings: list[dict[str, Any]]) -> list[FieldError]:
    """The failing findings as errors, by the same pointers: the form stands on the case, not in the request."""
    failing = [finding for finding in findings if finding["outcome"] == "fail"]
    return [
        FieldError(
            finding["field"],
            finding["check"],
            Text(f"{finding['message']['ja']}{finding['remedy']['ja']}", f"{finding['message']['en']} {finding['remedy']['en']}"),
        )
        for finding in failing
    ]


def read_body(body: object) -> dict[str, Any]:
    """The JSON object of an action; raises Malformed for any other JSON."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Malformed("body_not_object", Text("本文は JSON のオブジェクトにしてください。", "The body has to be a JSON object."))
    return body
