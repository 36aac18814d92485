"""Processing days for many cases at once, against the clock that counts those of one case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import pytest

from partner.database import SYSTEM, Access, Database, Standing
from partner.identifiers import new_id
from partner.kpi import counting, figures
from partner.kpi.figures import Duration
from partner.licensing import processing_clock
from partner.licensing.models import Applicant, Application, ApplicationEvent

YEAR = (date(2030, 4, 1), date(2031, 3, 31))
Steps = tuple[tuple[datetime, str], ...]


def at(month: int, day: int, hour: int = 3) -> datetime:
    """An instant of 2030; from 15:00 on it is the next day in Japan."""
    return datetime(2030, month, day, hour, tzinfo=UTC)


PLAIN: Steps = ((at(5, 1), "received"), (at(5, 2), "examining"), (at(5, 11), "granted"))
PAUSED_TWICE: Steps = (
    (at(5, 1), "received"), (at(5, 3, 16), "correction_requested"), (at(5, 9), "examining"),
    (at(5, 10), "correction_requested"), (at(5, 20), "examining"), (at(5, 31, 15), "granted"),
)  # fmt: skip
REFUSED_IN_JUNE: Steps = ((at(5, 1), "received"), (at(6, 4), "examining"), (at(6, 5), "refused"))
DISMISSED_WHILE_WAITING: Steps = ((at(5, 1), "received"), (at(5, 4), "correction_requested"), (at(6, 30), "dismissed"))
WITHDRAWN: Steps = ((at(5, 1), "received"), (at(5, 4), "withdrawn"))
RECORDED: Steps = ((at(5, 1), "received"), (at(5, 4), "recorded"))
OPEN: Steps = ((at(5, 1), "received"), (at(5, 4), "examining"))
NEXT_YEAR: Steps = ((at(5, 1), "received"), (datetime(2031, 3, 31, 15, tzinfo=UTC), "granted"))
DECIDED = (PLAIN, PAUSED_TWICE, REFUSED_IN_JUNE, DISMISSED_WHILE_WAITING)


def rows_of(applicant: Applicant, steps: Steps) -> list[Any]:
    received_on = date(2030, 5, 1)
    known: dict[str, Any] = {
        "procedure": "amateur-renewal",
        "channel": "electronic",
        "bureau": "A",
        "law_digest": "x",
        "received_on": received_on,
    }
    case = Application(
        id=new_id(), route="simplified", status=steps[-1][1], reception_number=str(new_id()), entered_at=steps[0][0],
        applicant_id=applicant.id, **known,
    )  # fmt: skip
    before = "draft"
    events: list[ApplicationEvent] = []
    for sequence, (moment, status) in enumerate(steps, 1):
        events.append(
            ApplicationEvent(
                application_id=case.id, sequence=sequence, at=moment, actor_name="x", action="x", from_status=before, to_status=status,
                act="renewal", applicant_id=applicant.id, applicant_kind=applicant.kind, **known,
            )
        )  # fmt: skip
        before = status
    return [case, *events]


@pytest.fixture
async def decided(database: Database) -> Database:
    async with database.transaction(SYSTEM) as session:
        applicant = Applicant(kind="individual", name="処理日数", match_key=str(new_id()), created_at=at(4, 1))
        session.add(applicant)
        await session.flush()
        for steps in (*DECIDED, WITHDRAWN, RECORDED, OPEN, NEXT_YEAR):
            session.add_all(rows_of(applicant, steps))
            await session.flush()
    return database


async def test_the_median_is_that_of_the_clock_of_single_cases(decided: Database) -> None:
    """Corrections stop the clock; withdrawals, notifications, open cases and decisions of another year are left out."""
    days = {steps: processing_clock.days_in_hand(date(2030, 5, 1), steps, today=YEAR[1]) for steps in DECIDED}
    assert list(days.values()) == [10, 16, 35, 3]
    async with decided.transaction(Access(Standing.ADMINISTRATOR)) as session:
        by_year, by_month = [
            await counting.lines(session, figures.ask("processing-time", starts_on=YEAR[0], ends_on=YEAR[1], by=by, today=YEAR[1]))
            for by in ("fiscal-year", "month")
        ]
        behind = await counting.cases(
            session, figures.ask("processing-time", starts_on=YEAR[0], ends_on=YEAR[1], by=None, today=YEAR[1]), "all"
        )
    assert by_year == [Duration("2030", 4, median(days.values()))]
    assert by_month == [Duration("2030-05", 1, 10.0), Duration("2030-06", 3, 16.0)]
    assert len(behind) == 4


async def test_an_applicant_sees_no_days_of_others(decided: Database) -> None:
    question = figures.ask("processing-time", starts_on=YEAR[0], ends_on=YEAR[1], by=None, today=YEAR[1])
    async with decided.transaction(Access(Standing.APPLICANT, new_id())) as session:
        assert await counting.lines(session, question) == []
