"""The name of the group that an event falls into, in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import SQLColumnExpression, func, literal
from sqlmodel import col

from partner.kpi.figures import Grouping
from partner.licensing.models import ApplicationEvent


def group_of(by: Grouping, event: type[ApplicationEvent], day: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """The name of the group of an event; `day` tells its month and its fiscal year, which begins on 1 April and is named by that year."""
    expressions: dict[Grouping, SQLColumnExpression[Any]] = {
        Grouping.ALL: literal("all"),
        Grouping.APPLICANT_KIND: col(event.applicant_kind),
        Grouping.PROCEDURE: col(event.procedure),
        Grouping.BUREAU: col(event.bureau),
        Grouping.MONTH: func.to_char(day, "YYYY-MM"),
        Grouping.FISCAL_YEAR: func.to_char(func.date(day - func.make_interval(0, 3)), "YYYY"),
    }
    return expressions[by]
