"""What the daily work tells about corrections: the applicant shortly before the last day, the bureau once it is over.

Each is told once for each request; the work of a day may be done twice without harm.
"""

from __future__ import annotations

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.licensing import desk_queries, examining, notices
from partner.licensing.models import CaseMark
from partner.regulation import Law

BUSINESS_DAYS_BEFORE = 3  # our own choice: the law knows no reminder


async def corrections(session: AsyncSession, law: Law, *, on: date) -> tuple[int, int]:
    """Remind applicants, and tell bureaus what ran out; how many of each. Call in standing `system`."""
    until = law.calendar.after(on, BUSINESS_DAYS_BEFORE)
    reminded = await desk_queries.to_remind(session, on=on, until=until)
    for due in reminded:
        heard = examining.procedure_of(law, due.application).ex_officio
        notices.reminder(session, due.application, due.due_on, heard=heard)
    over = await desk_queries.run_out(session, on=on)
    for due in over:
        session.add(CaseMark(application_id=due.application.id, side="bureau", kind="overdue", at=clock.now()))
    return len(reminded), len(over)
