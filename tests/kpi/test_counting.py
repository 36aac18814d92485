"""The published figures against a recount that reads only the events table and shares no code with `partner.kpi`."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from partner.database import SYSTEM, Access, Database, Standing
from partner.errors import Malformed, NotFound
from partner.identifiers import new_id
from partner.kpi import counting, figures
from partner.kpi.figures import Grouping
from partner.licensing.models import Applicant, Application, ApplicationEvent

KINDS = ("individual", "corporation", "club")
PROCEDURES = (("amateur-new-license", "new"), ("amateur-renewal", "renewal"), ("amateur-discontinuation", "discontinuation"))
FIRST, LAST = date(2019, 4, 1), date(2022, 3, 31)
BOUNDS = (date(2020, 4, 1), date(2021, 3, 31))


@pytest.fixture
async def filings(database: Database) -> Database:
    """Some hundreds of filings of 60 applicants over three fiscal years; filings on the bounds of the year are among them."""
    chance = random.Random(2020)
    async with database.transaction(SYSTEM) as session:
        if (await (await session.connection()).execute(text("SELECT count(*) FROM application_event"))).scalar_one():
            return database
        for number in range(60):
            kind = KINDS[number % 3]
            applicant = Applicant(kind=kind, name=f"申請者{number}", match_key=str(number), created_at=datetime(2019, 4, 1, tzinfo=UTC))
            session.add(applicant)
            await session.flush()
            days = [FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1)) for _ in range(chance.randrange(9))]
            for day in sorted([*days, *chance.sample([BOUNDS[0], BOUNDS[1], BOUNDS[0] - timedelta(1)], chance.randrange(3))]):
                session.add_all(filing(applicant, day, chance))
                await session.flush()
    return database


def filing(applicant: Applicant, day: date, chance: random.Random) -> list[Any]:
    procedure, act = chance.choice(PROCEDURES)
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    case = Application(
        id=new_id(),
        procedure=procedure,
        route="simplified",
        status="granted",
        channel=chance.choice(("electronic", "electronic", "paper")),
        reception_number=str(new_id()),
        received_on=day,
        entered_at=at,
        applicant_id=applicant.id,
        bureau=chance.choice("ACE"),
        law_digest="x",
    )
    events = [
        ApplicationEvent(
            application_id=case.id, sequence=sequence, at=at, actor_name="x", action=action, from_status=before, to_status="granted",
            law_digest="x", procedure=procedure, act=act, channel=case.channel, bureau=case.bureau, applicant_id=applicant.id,
            applicant_kind=applicant.kind, received_on=day,
        )
        for sequence, (action, before) in enumerate((("submit", "draft"), ("submit", "received"), ("approve", "in_approval")), 1)
    ]  # fmt: skip
    return [case, *events]


async def events_of(database: Database) -> list[Any]:
    async with database.transaction(SYSTEM) as session:
        statement = text("SELECT * FROM application_event WHERE action = 'submit' AND from_status = 'draft' ORDER BY received_on, serial")
        return list((await (await session.connection()).execute(statement)).all())


GROUPS: dict[str, Callable[[Any], str]] = {
    "all": lambda _: "all",
    "applicant-kind": lambda event: str(event.applicant_kind),
    "procedure": lambda event: str(event.procedure),
    "bureau": lambda event: str(event.bureau),
    "month": lambda event: f"{event.received_on:%Y-%m}",
    "fiscal-year": lambda event: str(event.received_on.year - (event.received_on.month < 4)),
}


def recount_of_e_filing(events: list[Any], start: date, end: date, by: str) -> dict[str, tuple[int, int]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for event in events:
        if start <= event.received_on <= end and event.act in {"new", "renewal"}:
            counts[GROUPS[by](event)][1] += 1
            counts[GROUPS[by](event)][0] += event.channel == "electronic"
    return {group: (electronic, every) for group, (electronic, every) in counts.items()}


def recount_of_continued_use(events: list[Any], start: date, end: date, by: str) -> dict[str, tuple[int, int]]:
    slices = defaultdict(list)
    for event in events:
        if start <= event.received_on <= end:
            slices[(event.applicant_id, GROUPS[by](event) if by in {"month", "fiscal-year"} else "")].append(event)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (applicant, _), inside in slices.items():
        first = inside[0]
        before = [e for e in events if e.applicant_id == applicant and (e.received_on, e.serial) < (first.received_on, first.serial)]
        if before and before[-1].channel == "electronic":
            counts[GROUPS[by](first)][1] += 1
            counts[GROUPS[by](first)][0] += any(e.channel == "electronic" for e in inside)
    return {group: (again, every) for group, (again, every) in counts.items()}


RECOUNTS = {"e-filing-rate": recount_of_e_filing, "continued-use-rate": recount_of_continued_use}


@pytest.mark.parametrize("by", list(GROUPS))
@pytest.mark.parametrize("figure", list(RECOUNTS))
@pytest.mark.parametrize("period", [(date(2019, 10, 1), LAST), BOUNDS, (date(2021, 2, 1), date(2021, 2, 28))])
async def test_a_recount_from_the_events_gives_the_published_figures(
    filings: Database, figure: str, by: str, period: tuple[date, date]
) -> None:
    question = figures.ask(figure, starts_on=period[0], ends_on=period[1], by=by, today=date(2022, 4, 1))
    async with filings.transaction(Access(Standing.ADMINISTRATOR)) as session:
        published = {share.group: (share.numerator, share.denominator) for share in await counting.shares(session, question)}
    assert published == RECOUNTS[figure](await events_of(filings), *period, by)
    assert sum(denominator for _, denominator in published.values()) > 0


async def test_every_line_names_its_cases(filings: Database) -> None:
    question = figures.ask("e-filing-rate", starts_on=FIRST, ends_on=LAST, by="bureau", today=LAST)
    async with filings.transaction(Access(Standing.ADMINISTRATOR)) as session:
        for share in await counting.shares(session, question):
            found = await counting.cases(session, question, share.group)
            assert len({case for case, _ in found}) == share.denominator
            assert sum(counted for _, counted in found) == share.numerator


async def test_an_applicant_sees_no_figures_of_others(filings: Database) -> None:
    question = figures.ask("e-filing-rate", starts_on=FIRST, ends_on=LAST, by=None, today=LAST)
    async with filings.transaction(Access(Standing.APPLICANT, new_id())) as session:
        assert await counting.shares(session, question) == []


def test_questions_that_cannot_be_asked() -> None:
    with pytest.raises(NotFound) as refusal:
        figures.ask("operating-cost", starts_on=None, ends_on=None, by=None, today=LAST)
    assert refusal.value.code == "figure_not_kept"
    with pytest.raises(NotFound) as refusal:
        figures.ask("nonsense", starts_on=None, ends_on=None, by=None, today=LAST)
    assert refusal.value.code == "unknown_figure"
    with pytest.raises(Malformed) as malformed:
        figures.ask("e-filing-rate", starts_on=LAST, ends_on=FIRST, by=None, today=LAST)
    assert malformed.value.errors[0].field == "from"
    with pytest.raises(Malformed) as malformed:
        figures.ask("e-filing-rate", starts_on=None, ends_on=None, by="moon", today=LAST)
    assert malformed.value.errors[0].field == "by"


@pytest.mark.parametrize("by", [name for name in Grouping if "-" in name])
def test_a_grouping_may_be_written_with_a_low_line(by: Grouping) -> None:
    for name in (by.value, by.replace("-", "_")):
        assert figures.ask("e-filing-rate", starts_on=FIRST, ends_on=LAST, by=name, today=LAST).by is by


@pytest.mark.parametrize(("today", "start"), [(date(2021, 3, 31), date(2020, 4, 1)), (date(2021, 4, 1), date(2021, 4, 1))])
def test_without_dates_the_fiscal_year_is_asked(today: date, start: date) -> None:
    question = figures.ask("e-filing-rate", starts_on=None, ends_on=None, by=None, today=today)
    assert (question.starts_on, question.ends_on) == (start, today)
