"""Filings on paper, entered by a clerk into the same cases.

The day of arrival governs fee and window, however late the clerk enters it. The applicant is found again by the corporate
number, else by name, kana and address; the clerk who submits the case thereby confirms the match. Until then the case is not
shown to anybody outside the bureau.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor, Role
from partner.errors import FieldError, Forbidden, Invalid, Text
from partner.licensing import applicants
from partner.licensing.models import Applicant
from partner.regulation import Law


async def applicant(session: AsyncSession, actor: Actor, form: Mapping[str, Any]) -> tuple[Applicant, dict[str, Any]]:
    """The applicant whom a paper form names. Call in standing `system`; raises Forbidden for anybody but a clerk."""
    if Role.CLERK not in actor.roles:
        raise Forbidden("not_a_clerk", Text("書面の申請を入力できるのは受付担当者です。", "Filings on paper are entered by a clerk."))
    return await applicants.matched(session, applicants.identity_of_form(form)), dict(form)


def arrival(received_on: date | None, law: Law, *, field: str = "/received_on") -> date:
    """The day of arrival: today unless the clerk names an earlier one in `field` of the request.

    Raises Invalid for a day to come, and for one so long ago that the law of that day is not kept.
    """
    if received_on is None:
        return clock.today()
    if received_on > clock.today():
        raise _refused(field, "future", Text("到達日が未来の日付です。", "The day of arrival lies in the future."))
    if not law.procedures(received_on):
        raise _refused(field, "no_law", Text("到達日の当時の法令はデータにありません。", "The law of that day of arrival is not kept."))
    return received_on


def _refused(field: str, code: str, message: Text) -> Invalid:
    return Invalid("received_on_invalid", message, errors=[FieldError(field, code, message)])
