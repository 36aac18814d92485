"""`GET /api/v1/kpi/{figure}`: whether e-filing works, for administrators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from partner import clock
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.kpi import counting, figures
from partner.licensing.commands import Day

StartsOn = Annotated[
    Day | None,
    Query(alias="from", description="first day of arrival (processing-time: of decision); by default 1 April of this fiscal year"),
]
EndsOn = Annotated[Day | None, Query(alias="to", description="last such day, inclusive; by default today")]
By = Annotated[
    str | None, Query(description="all, applicant-kind, procedure, bureau, month or fiscal-year; applicant_kind and fiscal_year too")
]

router = APIRouter(prefix="/kpi", tags=["figures"], route_class=StrictRoute)


@router.get("", summary="The figures that are kept")
async def list_figures(_: Annotated[Actor, require(Scope.FIGURES_READ)]) -> dict[str, Any]:
    """Code, title, definition and target of every figure that is kept."""
    return {"items": [{"figure": figure.code, "title": figure.title.as_dict(), **_meaning(figure)} for figure in figures.FIGURES.values()]}


@router.get("/{figure}", summary="One figure")
async def figure(
    figure: str,
    _: Annotated[Actor, require(Scope.FIGURES_READ)],
    session: Transaction,
    starts_on: StartsOn = None,
    ends_on: EndsOn = None,
    by: By = None,
) -> dict[str, Any]:
    """Numerator, denominator and share of each group (processing-time: cases and median days), with the definition and the target."""
    question = figures.ask(figure, starts_on=starts_on, ends_on=ends_on, by=by, today=clock.today())
    items = [line.as_dict() for line in await counting.lines(session, question)]
    return {
        "figure": question.figure.code,
        **_meaning(question.figure),
        "from": question.starts_on,
        "to": question.ends_on,
        "by": question.by,
        "items": items,
    }


def _meaning(figure: figures.Definition) -> dict[str, Any]:
    """The definition, the unit and the target: one share for everybody, a share for each applicant kind, or null where none is set."""
    target: Any = figure.targets.get("", dict(figure.targets) or None)
    return {"definition": figure.words.as_dict(), "unit": figure.unit, "target": target}
