"""The completion notice (法10条): the station is built, the inspection fee falls due, and a registered inspector's report may lower it."""

from __future__ import annotations

from typing import Any

from partner import clock
from partner.errors import FieldError, Invalid, Text
from partner.licensing import applications, examining, fees
from partner.licensing.models import Payment
from partner.licensing.steps import Step
from partner.regulation.fees import Report

MENDING = Text(
    "書類を添付し、点検の日（inspected_on）を入れてください。報告書によらず検査を受けるときは report を付けずに届け出ます。",
    "Attach the report and give the day of the check (inspected_on); to be inspected in full, notify without `report`.",
)


async def notify_completion(step: Step) -> None:
    """The station is built (法10条); the inspection fee falls due with the notice.

    `report: true` says that a registered inspector's report is attached (法10条2項). Raises Invalid where it is not, or does not count.
    """
    application, command = step.application, step.command
    completed_on = command.completed_on or clock.today()
    inspected_on = command.inspected_on.isoformat() if command.report and command.inspected_on else None
    completed: dict[str, Any] = {"completed_on": completed_on.isoformat(), "report": command.report, "inspected_on": inspected_on}
    attachments = await applications.kinds(step.session, application)
    if command.report:
        _refuse_report(step, {"completed": completed}, attachments)
    fee = await examining.inspection_fee(step.session, step.law, application, step.applicant, completed=completed, attachments=attachments)
    application.fee = {**application.fee, "inspection": fee}
    if fee["status"] == "due":
        step.session.add(Payment(application_id=application.id, purpose="inspection", amount_yen=fee["amount_yen"], due_at=clock.now()))
    told = completed if command.report else {"completed_on": completed["completed_on"]}
    application.provisional = {**(application.provisional or {}), **told}


def _refuse_report(step: Step, form: dict[str, Any], attachments: list[str]) -> None:
    """Raise Invalid where the report that is announced is of no use: none is foreseen, none is attached, or the check is too long ago."""
    report = _report_of(step)
    if report is None:
        raise _refusal(
            "report", "report_not_foreseen", Text("この手続では点検の報告書によれません。", "This procedure takes no such report.")
        )
    if report.attachment not in attachments:
        message = Text("点検の報告書が添付されていません。", "The report is not attached.")
        raise _refusal("report", "report_missing", message)
    if not fees.report_counts(step.law, report, form, on=clock.today()):
        message = Text("点検の日がないか、先の日か、古すぎます。", "The day of the check is missing, lies ahead or is too long ago.")
        raise _refusal("inspected_on", "report_not_counting", message)


def _report_of(step: Step) -> Report | None:
    table = step.procedure.inspection_fee
    return step.law.fees.get(table).report if table else None


def _refusal(field: str, code: str, message: Text) -> Invalid:
    return Invalid(code, message, remedy=MENDING, errors=[FieldError(f"/{field}", code, message)])
