"""How long decided cases took: the same days as `partner.licensing.processing_clock` counts, for many cases at once."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Date, Subquery, cast, func, select, true
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.kpi.figures import Duration, Question
from partner.kpi.grouping import group_of
from partner.licensing.models import ApplicationEvent
from partner.regulation.routes import Status

DECIDED = (Status.GRANTED, Status.REFUSED, Status.DISMISSED)


async def durations(session: AsyncSession, question: Question) -> list[Duration]:
    """The lines of the answer, in the order of their groups: how many cases were decided, and the median of their days."""
    decided = decided_cases(question)
    label = decided.c.group_label
    median = func.percentile_cont(0.5).within_group(decided.c.days)
    statement = select(label, func.count().label("cases"), median.label("median_days")).group_by(label).order_by(label)
    rows = (await (await session.connection()).execute(statement)).all()
    return [Duration(row.group_label, row.cases, float(row.median_days)) for row in rows]


def decided_cases(question: Question) -> Subquery:
    """One row for each case that was decided in the period: its group, and its days from arrival without those of corrections."""
    event = ApplicationEvent
    decided_on = _legal_date(event)
    decided = (
        select(
            col(event.application_id),
            group_of(question.by, event, decided_on).label("group_label"),
            (decided_on - col(event.received_on)).label("elapsed"),
        )
        .where(
            _status_changed(event),
            col(event.to_status).in_(DECIDED),
            col(event.received_on).is_not(None),
            decided_on.between(question.starts_on, question.ends_on),
        )
        .subquery()
    )
    paused = _paused_days(decided)
    days = func.greatest(decided.c.elapsed - func.coalesce(paused.c.days, 0), 0)
    return (
        select(decided.c.application_id, decided.c.group_label, days.label("days"), true().label("is_counted"))
        .outerjoin_from(decided, paused, paused.c.application_id == decided.c.application_id)
        .subquery()
    )


def _paused_days(decided: Subquery) -> Subquery:
    """For each of these cases that waited for a correction: the days from each request to the step that ended the wait."""
    event = ApplicationEvent
    on = _legal_date(event)
    steps = (
        select(
            col(event.application_id),
            col(event.to_status),
            on.label("day"),
            func.lead(on).over(partition_by=col(event.application_id), order_by=col(event.sequence)).label("next_day"),
        )
        .where(_status_changed(event), col(event.application_id).in_(select(decided.c.application_id)))
        .subquery()
    )
    return (
        select(steps.c.application_id, func.sum(steps.c.next_day - steps.c.day).label("days"))
        .where(steps.c.to_status == Status.CORRECTION_REQUESTED)
        .group_by(steps.c.application_id)
        .subquery()
    )


def _status_changed(event: type[ApplicationEvent]) -> ColumnElement[bool]:
    return col(event.from_status).is_distinct_from(col(event.to_status))


def _legal_date(event: type[ApplicationEvent]) -> ColumnElement[object]:
    return cast(func.timezone(clock.JAPAN.key, col(event.at)), Date)
