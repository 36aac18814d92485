"""Counts filings. The arrival of a filing is the `submit` event of a draft; nothing but events is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, literal, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.kpi import processing
from partner.kpi.figures import CONTINUED_USE_RATE, PROCESSING_TIME, Duration, Grouping, Question, Share
from partner.kpi.grouping import group_of
from partner.licensing.models import ApplicationEvent

ACTS_OF_THE_RATE = ("new", "renewal")
ELECTRONIC = "electronic"
PAGE_SIZE = 200


async def lines(session: AsyncSession, question: Question) -> Sequence[Share | Duration]:
    """The lines of the answer to a question of either unit, in the order of their groups."""
    if question.figure is PROCESSING_TIME:
        return await processing.durations(session, question)
    return await shares(session, question)


async def shares(session: AsyncSession, question: Question) -> list[Share]:
    """The lines of the answer, in the order of their groups."""
    counted = _counted(question)
    label = counted.c.group_label
    statement = (
        select(label, func.count().filter(counted.c.is_counted).label("numerator"), func.count().label("denominator"))
        .group_by(label)
        .order_by(label)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return [Share(row.group_label, row.numerator, row.denominator) for row in rows]


async def cases(
    session: AsyncSession, question: Question, group: str, *, limit: int = PAGE_SIZE, after: UUID | None = None
) -> list[tuple[UUID, bool]]:
    """The cases behind one line, by id: (case, whether it counts in the numerator). `after` continues a page."""
    counted = _counted(question)
    statement = select(counted.c.application_id, counted.c.is_counted).where(counted.c.group_label == group)
    if after is not None:
        statement = statement.where(counted.c.application_id > after)
    rows = (await (await session.connection()).execute(statement.order_by(counted.c.application_id).limit(limit))).all()
    return [(row.application_id, row.is_counted) for row in rows]


def _counted(question: Question) -> Subquery:
    """One row for each unit of the denominator, with its group and whether it is in the numerator; all are, where days are told."""
    if question.figure is PROCESSING_TIME:
        return processing.decided_cases(question)
    return _continuing(question) if question.figure is CONTINUED_USE_RATE else _filings_of_the_rate(question)


def _filings_of_the_rate(question: Question) -> Subquery:
    event = ApplicationEvent
    return (
        select(
            group_of(question.by, event, col(event.received_on)).label("group_label"),
            col(event.application_id).label("application_id"),
            (col(event.channel) == ELECTRONIC).label("is_counted"),
        )
        .where(
            *_arrival(event),
            col(event.act).in_(ACTS_OF_THE_RATE),
            col(event.received_on).between(question.starts_on, question.ends_on),
        )
        .subquery()
    )


def _continuing(question: Question) -> Subquery:
    """Applicants of each period (or of each month, each fiscal year of it) whose filing before it was electronic."""
    event = ApplicationEvent
    order = (col(event.received_on), col(event.serial))
    periods = question.by in {Grouping.MONTH, Grouping.FISCAL_YEAR}
    everything = (
        select(
            col(event.application_id),
            col(event.applicant_id),
            col(event.received_on),
            col(event.serial),
            (col(event.channel) == ELECTRONIC).label("electronic"),
            func.lag(col(event.channel)).over(partition_by=col(event.applicant_id), order_by=order).label("previous"),
            group_of(question.by, event, col(event.received_on)).label("group_label"),
            (group_of(question.by, event, col(event.received_on)) if periods else literal("")).label("period"),
        )
        .where(*_arrival(event))
        .subquery()
    )
    one: dict[str, Any] = {"partition_by": (everything.c.applicant_id, everything.c.period)}
    within = (
        select(
            everything.c.application_id,
            everything.c.group_label,
            everything.c.previous,
            func.bool_or(everything.c.electronic).over(**one).label("is_counted"),
            func.row_number().over(**one, order_by=(everything.c.received_on, everything.c.serial)).label("place"),
        )
        .where(everything.c.received_on.between(question.starts_on, question.ends_on))
        .subquery()
    )
    first = (within.c.place == 1, within.c.previous == ELECTRONIC)
    return select(within.c.group_label, within.c.application_id, within.c.is_counted).where(*first).subquery()


def _arrival(event: type[ApplicationEvent]) -> tuple[ColumnElement[bool], ...]:
    """The event by which a filing arrives: a second `submit`, of a notification that was not in order, is no second filing."""
    return col(event.action) == "submit", col(event.from_status) == "draft"
