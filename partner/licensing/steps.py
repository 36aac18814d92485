"""What the steps of filing write: reception, payment, correction, transfer. Decisions are in `decisions`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import FieldError, Forbidden, Invalid, Text
from partner.licensing import applications, ex_officio, former_holders, notices, paper, queries
from partner.licensing.applications import Together
from partner.licensing.commands import Command
from partner.licensing.differences import differences
from partner.licensing.merging import merged
from partner.licensing.models import Applicant, Application, CorrectionRequest, Payment
from partner.licensing.queries import Found
from partner.licensing.workflow import Next
from partner.regulation import Law
from partner.regulation.procedures import Procedure
from partner.regulation.routes import FINAL, Action


@dataclass
class Step:
    """One step under way: who, on which case, with what; `decided` is what the workflow answered, `changes` goes into the event.

    `together` is there where the case was made in this very transaction, with others.
    """

    session: AsyncSession
    actor: Actor
    law: Law
    found: Found
    action: Action
    command: Command
    procedure: Procedure
    changes: list[dict[str, Any]] = field(default_factory=list)
    decided: Next | None = None
    together: Together | None = None

    @property
    def application(self) -> Application:
        """The case."""
        return self.found.application

    @property
    def applicant(self) -> Applicant:
        """Whose case it is; raises Forbidden for an administrator, who is not shown it."""
        if self.found.applicant is None:
            raise Forbidden("not_your_part", Text("この操作をする立場にありません。", "This step is not yours to take."))
        return self.found.applicant


async def receive(step: Step) -> None:
    """The filing arrives: it gets its number, and its fee falls due. What has arrived before keeps its number and its day."""
    application = step.application
    if application.reception_number is not None:
        return
    application.received_on = paper.arrival(application.received_on, step.law) if application.channel == "paper" else clock.today()
    application.filed_by = step.actor.account_id
    year = application.received_on.year
    number = await _number(step, year)
    letter = "S" if application.channel == "paper" else "E"
    application.reception_number = f"{letter}{application.bureau}{year}-{number:06d}"
    demand(step)
    if step.procedure.ex_officio:
        notices.begun(step.session, application, step.procedure.title)
    await former_holders.tell_of_filing(step.session, step.procedure, application, step.applicant)


async def _number(step: Step, year: int) -> int:
    bureau = step.application.bureau
    reserved = None if step.together is None else next(step.together.numbers.get((bureau, year), iter(())), None)
    return await queries.next_reception(step.session, bureau, year) if reserved is None else reserved


def demand(step: Step) -> None:
    """Make the assessed fee fall due, where it is sure; what has been paid already counts towards it."""
    application = step.application
    if application.fee["status"] == "assessed":
        application.fee = {**application.fee, "status": "due"}
        step.session.add(
            Payment(application_id=application.id, purpose="application", amount_yen=missing_yen(application), due_at=clock.now())
        )


def missing_yen(application: Application) -> int:
    """What of the assessed or due fee has not been paid."""
    missing: int = application.fee["amount_yen"] - application.fee.get("paid_yen", 0)
    return missing


async def settle(step: Step) -> None:
    """The fee that is due is paid: in demo and test mode at once, by the stand-in cashier."""
    application = step.application
    payment = await queries.unpaid(step.session, application.id)
    if payment is None:
        raise Invalid("nothing_due", Text("納付する手数料はありません。", "No fee is due."))
    payment.paid_at, payment.reference = clock.now(), step.command.comment
    step.session.add(payment)
    if payment.purpose == "inspection":
        application.fee = {**application.fee, "inspection": {**application.fee["inspection"], "status": "paid"}}
    else:
        application.fee = {**application.fee, "status": "paid", "paid_yen": application.fee.get("paid_yen", 0) + payment.amount_yen}


def due_on(step: Step) -> date | None:
    """The day by which a correction is asked for: the one that is named, or so many business days after today; None where neither is."""
    if step.command.due_in_business_days is not None:
        return step.law.calendar.after(clock.today(), step.command.due_in_business_days)
    return step.command.due_on


async def request_correction(step: Step) -> None:
    """Ask for corrections of named fields by a day (規則9条); the applicant is told."""
    application, last_day = step.application, due_on(step)
    if last_day is None:
        raise Invalid("due_on_required", Text("補正の期限がありません。", "The day by which to correct is missing."))
    _refuse_unknown_places(step)
    requests = [request.as_dict() for request in step.command.requests]
    for request in requests:
        step.session.add(CorrectionRequest(application_id=application.id, due_on=last_day, requested_at=clock.now(), **request))
    application.time_limit_on = last_day
    step.changes = [{"field": request["field"], "before": None, "after": None, "requested": request["message"]} for request in requests]
    notices.correction(step.session, application, requests, last_day.isoformat(), heard=step.procedure.ex_officio)


def _refuse_unknown_places(step: Step) -> None:
    """Raise Invalid `unknown_field` for what is no place of the form that the case is filed on, and of which no finding speaks."""
    form = step.law.form(step.procedure.form, step.application.received_on or clock.today())
    found = {finding["field"] for finding in step.application.findings}
    message = Text("この様式にない項目です。", "The form has no such field.")
    errors = [
        FieldError(f"/requests/{index}/field", "unknown_field", message)
        for index, request in enumerate(step.command.requests)
        if request.field not in found and not form.has(request.field)
    ]
    if errors:
        remedy = Text(
            "項目は様式の JSON Pointer（例: /station/site/address）で指定してください。",
            "Name fields by their JSON Pointer into the form, as /station/site/address.",
        )
        raise Invalid("unknown_field", message, remedy=remedy, errors=errors)


async def take_corrected_form(step: Step) -> None:
    """Merge the corrected fields into the form (null takes one away) and note what changed, field by field."""
    application, form = step.application, step.command.form
    if form is None:
        message = Text("補正後の内容（form）がありません。", "The corrected form is missing.")
        raise Invalid("form_required", message, errors=[FieldError("/form", "required", message)])
    before = application.form
    if step.procedure.ex_officio and not step.actor.is_staff:
        asked = [request.field for request in await queries.open_requests(step.session, application.id)]
        ex_officio.refuse_what_was_not_asked(before, merged(before, form), asked)
    await applications.rewritten(step.session, step.actor, step.law, step.found, merged(before, form))
    step.changes = differences(before, application.form)


async def correct(step: Step) -> None:
    """The requests are answered."""
    for request in await queries.open_requests(step.session, step.application.id):
        request.answered_at = clock.now()
        step.session.add(request)
    step.application.time_limit_on = None
    await _demand_anew(step)


async def _demand_anew(step: Step) -> None:
    """What the corrected form owes takes the place of what was owed before it; the same amount stays owed."""
    application = step.application
    owed = await queries.unpaid(step.session, application.id)
    if owed is not None:
        if application.fee["status"] == "assessed" and owed.amount_yen == missing_yen(application):
            application.fee = {**application.fee, "status": "due"}
            return
        owed.cancelled_at = clock.now()
        await step.session.flush()  # the fee that takes its place is inserted next
    demand(step)


async def transfer(step: Step) -> None:
    """The case goes to another bureau; it is that bureau's from now on."""
    before, after = step.application.bureau, str(step.command.bureau)
    step.application.bureau = after
    step.changes = [{"field": "bureau", "before": before, "after": after}]


async def owe_nothing_more(step: Step) -> None:
    """Once a case is over nothing is owed on it: what was never paid is taken back."""
    application = step.application
    if application.status not in FINAL:
        return
    while (owed := await queries.unpaid(step.session, application.id)) is not None:
        owed.cancelled_at = clock.now()
        step.session.add(owed)
        await step.session.flush()  # the next look finds the next one
    fee = _cancelled(application.fee)
    application.fee = {**fee, "inspection": _cancelled(fee["inspection"])} if "inspection" in fee else fee


def _cancelled(fee: dict[str, Any]) -> dict[str, Any]:
    return {**fee, "status": "cancelled"} if fee.get("status") in {"assessed", "due"} else fee


async def nothing_more(step: Step) -> None:
    """Nothing is asked of anybody any more."""
    step.application.time_limit_on = None
