"""The SQL that walks through the cases that an amendment is tried on, in batches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing.models import Applicant, Application
from partner.regulation.routes import FINAL, Status


def _open() -> ColumnElement[bool]:
    return col(Application.status).not_in([*FINAL, Status.DRAFT])


def _replayed(first: date, last: date) -> ColumnElement[bool]:
    """Cases that have arrived: those that are open, and those that arrived in the period."""
    return and_(col(Application.received_on).is_not(None), or_(_open(), col(Application.received_on).between(first, last)))


async def number(session: AsyncSession, first: date, last: date) -> tuple[int, int]:
    """How many cases are open or arrived in a period, and how many of them are open."""
    statement = select(func.count(), func.count().filter(_open())).select_from(Application).where(_replayed(first, last))
    found = (await session.exec(statement)).one()
    return int(found[0]), int(found[1])


async def cases(session: AsyncSession, first: date, last: date, *, at_a_time: int) -> AsyncIterator[list[tuple[Application, Applicant]]]:
    """The cases that are open or arrived in a period with their applicants, in the order of ids; one batch in memory."""
    walk = (
        select(Application, Applicant)
        .join(Applicant, col(Applicant.id) == col(Application.applicant_id))
        .where(_replayed(first, last))
        .order_by(col(Application.id))
        .limit(at_a_time)
    )
    after: UUID | None = None
    while True:
        statement = walk if after is None else walk.where(col(Application.id) > after)
        found = [(application, applicant) for application, applicant in await session.exec(statement)]
        if not found:
            return
        after = found[-1][0].id
        yield found
        session.expunge_all()
