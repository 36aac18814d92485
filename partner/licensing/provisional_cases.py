"""Another case that a filing is about: one with a provisional license, of the same applicant (法8条2項, 9条).

Called in standing `system`, because who files names a reception number, and only the check that it is theirs tells them more.
"""

from __future__ import annotations

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import Conflict, FieldError, Invalid, Text
from partner.licensing import applications, cases, examining, queries
from partner.licensing.differences import differences
from partner.licensing.facts import case_number
from partner.licensing.merging import merged
from partner.licensing.models import Application
from partner.licensing.queries import Found
from partner.regulation import Law
from partner.regulation.procedures import Procedure
from partner.regulation.routes import Status


async def named(session: AsyncSession, procedure: Procedure, application: Application) -> Found:
    """The case that the form names, locked.

    Raises Conflict `case_not_provisional` where it is not the applicant's, or has no provisional license: which, nobody learns.
    """
    number = case_number(procedure, application.form) or ""
    found = await queries.case_by_reception(session, number, lock=True)
    if found is None or found.application.applicant_id != application.applicant_id or found.application.status != Status.PROVISIONAL:
        message = Text(f"予備免許中の案件{number}はありません。", f"There is no case {number} of yours with a provisional license.")
        remedy = Text("予備免許の受付番号を確かめてください。", "Check the reception number of the provisional license.")
        raise Conflict("case_not_provisional", message, remedy=remedy)
    return found


def extend(session: AsyncSession, other: Found, due_on: date, *, act: str, by: Application) -> None:
    """The completion deadline moves to a later day. Raises Invalid for one that is no later."""
    provisional = other.application.provisional or {}
    before = provisional.get("completion_due_on")
    if due_on <= clock.today() or (before is not None and due_on.isoformat() <= before):
        message = Text("延長後の期限が現在の期限より後ではありません。", "The new deadline is no later than the present one.")
        raise Invalid("deadline_not_later", message, errors=[FieldError("/form", "not_later", message)])
    other.application.provisional = {**provisional, "completion_due_on": due_on.isoformat()}
    changes = [{"field": "completion_due_on", "before": before, "after": due_on.isoformat()}]
    _record(session, other, act=act, by=by, changes=changes)


async def amend(session: AsyncSession, law: Law, other: Found, *, act: str, by: Application) -> None:
    """What the filing says of the station replaces what was applied for. Raises Invalid where the checks are against it."""
    application = other.application
    before = application.form
    application.form = {**before, "station": merged(before.get("station", {}), by.form.get("station", {}))}
    attachments = await applications.kinds(session, application)
    await examining.refresh(session, law, application, other.applicant, attachments=attachments)
    failing = [finding for finding in application.findings if finding["outcome"] == "fail"]
    if failing:
        message = Text("変更後の工事設計に不適合があります。", "Some checks fail on the design as amended.")
        errors = [FieldError(f"/form{one['field']}", one["check"], Text(**one["message"])) for one in failing]
        raise Invalid("findings_block", message, errors=errors)
    _record(session, other, act=act, by=by, changes=differences(before, application.form))


def _record(session: AsyncSession, other: Found, *, act: str, by: Application, changes: list[dict[str, object]]) -> None:
    comment = by.reception_number or str(by.id)
    cases.record(session, None, other, action="amend", act=act, from_status=other.application.status, changes=changes, comment=comment)
