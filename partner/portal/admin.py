"""Pages of the administrator: the figures as charts and tables, each line leading to its cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from partner import clock
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.errors import Text
from partner.kpi import counting, figures
from partner.kpi.figures import FIGURES, GROUPING_NAMES, Duration, Grouping, Question, Share
from partner.licensing import applications
from partner.portal import case_pages, wording
from partner.portal.frame import Frame, Framed
from partner.regulation import Law
from partner.regulation.effects import Effect

router = APIRouter(prefix="/admin")

Administrator = Annotated[Actor, require(Scope.FIGURES_READ)]
CODES = {Grouping.BUREAU: "bureaus", Grouping.APPLICANT_KIND: "applicant-kinds"}
WHOLE = Text("全体", "All")
MOST_EVENTS = 200


@router.get("")
async def overview(frame: Framed, _: Administrator, session: Transaction) -> HTMLResponse:
    """All figures of a period, split as asked."""
    asked = {name: frame.request.query_params.get(name, "") for name in ("from", "to", "by")}
    shown, question = [], None
    for code in FIGURES:
        question = _question(code, asked)
        shown.append(_figure(frame, question, await counting.lines(session, question)))
    chosen = {"from": question.starts_on, "to": question.ends_on, "by": question.by} if question else asked
    groupings = [{"code": grouping.value, "name": name} for grouping, name in GROUPING_NAMES.items()]
    return frame.page("admin.html", law=frame.held, figures=shown, chosen=chosen, groupings=groupings)


def _question(code: str, asked: dict[str, str]) -> Question:
    return figures.ask(
        code, starts_on=_day(asked["from"]), ends_on=_day(asked["to"]), by=asked["by"] or Grouping.APPLICANT_KIND, today=clock.today()
    )


def _day(text: str) -> date | None:
    """A date as written in the form; anything else counts as not given."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _figure(frame: Frame, question: Question, lines: Sequence[Share | Duration]) -> dict[str, Any]:
    longest = max((line.median_days for line in lines if isinstance(line, Duration)), default=0)
    return {
        "title": question.figure.title,
        "unit": question.figure.unit,
        "definition": question.figure.words,
        "target_words": _targets(frame.law, question),
        "items": [
            line.as_dict()
            | {
                "label": _label(frame, question, line.group),
                "target": question.figure.target_of(question.by, line.group),
                "drill_down": "/admin/cases?" + urlencode(_parameters(question) | {"group": line.group}),
                "bar": _bar(line, longest),
            }
            for line in lines
        ],
    }


def _bar(line: Share | Duration, longest: float) -> float | None:
    """How much of the chart's width a line fills: a share by itself, days against the longest median beside it."""
    if isinstance(line, Duration):
        return line.median_days / longest if longest else 0.0
    return line.value


def _parameters(question: Question) -> dict[str, str]:
    return {
        "figure": question.figure.code,
        "from": question.starts_on.isoformat(),
        "to": question.ends_on.isoformat(),
        "by": question.by.value,
    }


def _targets(law: Law, question: Question) -> Text:
    """The targets in words: 個人 50 %、法人 80 %."""
    kinds = law.codes("applicant-kinds")
    parts = [(kinds.name(kind) if kind else WHOLE, f"{share:.0%}") for kind, share in question.figure.targets.items()]
    return Text("、".join(f"{name.ja} {share}" for name, share in parts), ", ".join(f"{name.en} {share}" for name, share in parts))


def _label(frame: Frame, question: Question, group: str) -> str:
    if question.by is Grouping.ALL:
        return frame.say(WHOLE)
    if question.by is Grouping.PROCEDURE:
        return frame.say(frame.law.all_procedures.title(group))
    if question.by is Grouping.FISCAL_YEAR:
        return frame.say(Text(f"{group}年度", f"FY {group}"))
    return frame.say(frame.law.codes(CODES[question.by]).name(group)) if question.by in CODES else group


@router.get("/cases")
async def behind(frame: Framed, _: Administrator, session: Transaction, figure: str, group: str, after: UUID | None = None) -> HTMLResponse:
    """The cases behind one line of a figure."""
    asked = {name: frame.request.query_params.get(name, "") for name in ("from", "to", "by")}
    question = _question(figure, asked)
    found = await counting.cases(session, question, group, after=after)
    following = (
        urlencode(_parameters(question) | {"group": group, "after": str(found[-1][0])}) if len(found) == counting.PAGE_SIZE else None
    )
    return frame.page(
        "admin_cases.html",
        title=question.figure.title,
        label=_label(frame, question, group),
        question=question,
        back=f"/admin?{urlencode({name: value for name, value in _parameters(question).items() if name != 'figure'})}",
        cases=found,
        next_page=f"/admin/cases?{following}" if following else None,
    )


@router.get("/cases/{case_id}")
async def case(case_id: UUID, frame: Framed, actor: Administrator, session: Transaction) -> HTMLResponse:
    """A case as far as the figures need it: its dates and its steps, nothing of what was filed and nobody's name."""
    found = await applications.read(session, actor, case_id)
    shown = applications.shown(frame.law, actor, found)
    happened = await applications.events(session, actor, case_id, after=0, limit=MOST_EVENTS)
    procedure, _ = case_pages.form_of(frame.law, found.application)
    changing, way = procedure.effect is not Effect.RECORD, case_pages.way_of(frame.law, found.application)
    events = [
        {
            "words": wording.EVENTS.get(row.action, Text(row.action, row.action)),
            "at": row.at,
            "roles": row.actor_roles,
            "to": row.to_status,
        }
        for row in happened
    ]
    return frame.page(
        "admin_case.html",
        case=shown | {"status_words": wording.status_words(shown["status"], changing=changing)},
        title=procedure.title,
        bureau=frame.law.codes("bureaus").name(shown["bureau"]),
        applicant_kind=frame.law.codes("applicant-kinds").name(happened[0].applicant_kind) if happened else Text("", ""),
        steps=wording.steps(way, shown["status"], changing=changing),
        events=events,
    )
