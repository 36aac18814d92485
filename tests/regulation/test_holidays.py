"""The days on which offices are closed: whole years against the lists that were published, and what holds on every day."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner import regulation
from partner.regulation import Law
from partner.regulation.holidays import Calendar
from partner.settings import Settings

CALENDAR: Calendar = regulation.load(Settings().regulation_root).calendar
DAYS = st.dates(date(2003, 1, 1), date(2030, 12, 31))
PUBLISHED = {
    2006: "0101 0102 0109 0211 0321 0429 0503 0504 0505 0717 0918 0923 1009 1103 1123 1223",
    2009: "0101 0112 0211 0320 0429 0503 0504 0505 0506 0720 0921 0922 0923 1012 1103 1123 1223",
    2015: "0101 0112 0211 0321 0429 0503 0504 0505 0506 0720 0921 0922 0923 1012 1103 1123 1223",
    2019: "0101 0114 0211 0321 0429 0430 0501 0502 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1022 1103 1104 1123",
    2020: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0723 0724 0810 0921 0922 1103 1123",
    2021: "0101 0111 0211 0223 0320 0429 0503 0504 0505 0722 0723 0808 0809 0920 0923 1103 1123",
    2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
    2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_holidays_of_a_year_are_those_published(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    assert " ".join(f"{day:%m%d}" for day in days if CALENDAR.holiday(day)) == PUBLISHED[year]


@given(DAYS)
def test_offices_are_closed_on_weekends_holidays_and_at_the_turn_of_the_year(day: date) -> None:
    expected = (
        day.weekday() >= 5 or CALENDAR.holiday(day) is not None or (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}
    )
    assert (CALENDAR.closed(day) is not None) == expected


@given(DAYS)
def test_a_deadline_rolls_over_to_the_next_open_day(day: date) -> None:
    last = CALENDAR.open_from(day)
    assert CALENDAR.closed(last) is None
    assert all(CALENDAR.closed(day + timedelta(days=number)) for number in range((last - day).days))
    assert (last - day).days <= 10


@given(DAYS, st.integers(1, 60))
def test_business_days_are_counted_forwards_and_backwards(day: date, count: int) -> None:
    due_on = CALENDAR.after(day, count)
    assert CALENDAR.closed(due_on) is None
    assert CALENDAR.business_days(day, due_on) == count
    assert CALENDAR.business_days(day, due_on - timedelta(days=1)) == count - 1
    assert CALENDAR.after(due_on, -count) <= CALENDAR.open_from(day)


@given(DAYS, st.integers(0, 30), st.integers(0, 30))
def test_days_add_up(day: date, first: int, second: int) -> None:
    assert CALENDAR.after(CALENDAR.after(day, first), second) == CALENDAR.after(day, first + second)


def test_nothing_lies_between_a_day_and_one_before_it() -> None:
    assert CALENDAR.business_days(date(2026, 11, 25), date(2026, 11, 20)) == 0


@pytest.mark.parametrize(("day", "certain"), [(date(2027, 12, 31), True), (date(2028, 1, 1), False), (date(2050, 1, 1), False)])
def test_it_says_where_the_equinoxes_are_only_expected(day: date, certain: bool) -> None:
    assert CALENDAR.certain(day) is certain


def test_a_year_without_equinoxes_has_its_other_holidays() -> None:
    assert CALENDAR.holiday(date(2050, 11, 3)) is not None
    assert not any(CALENDAR.holiday(date(2050, 3, day)) for day in (19, 20, 21, 22))


@pytest.mark.parametrize(
    ("file", "before", "after", "complaint"),
    [
        ("calendar/holidays.yaml", "month: 1, day: 1}", "month: 1}", "a holiday is a day of a month"),
        ("calendar/holidays.yaml", "{code: sports, on: 2020-07-24}", "{code: sport, on: 2020-07-24}", "moves what is no holiday: sport"),
        ("calendar/equinoxes.csv", "2026-03-20", "2025-03-20", "two days of that year"),
        ("calendar/equinoxes.csv", "2026,2026-03-20,2026-09-23,yes", "2026,2026-03-20,2026-09-23,perhaps", "yes or no are expected"),
    ],
)
def test_what_is_not_in_order_is_refused(tmp_path: Path, file: str, before: str, after: str, complaint: str) -> None:
    root = tmp_path / "regulation"
    shutil.copytree(Settings().regulation_root, root)
    text = (root / file).read_text()
    assert before in text
    (root / file).write_text(text.replace(before, after, 1))
    with pytest.raises(regulation.RegulationError, match=complaint):
        regulation.load(root)


def test_a_statutory_deadline_rolls_over(law: Law) -> None:
    assert law.deadline("completion-notice", after=date(2020, 4, 20)).last_day == date(2020, 5, 7)


@pytest.mark.parametrize("day", [29, 30])
def test_a_holiday_is_on_a_day_that_every_year_has(tmp_path: Path, day: int) -> None:
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "regulation"))
    path = root / "calendar" / "holidays.yaml"
    value = path.read_text(encoding="utf-8").rpartition("\n  value:\n")[2]
    later = value.replace("month: 2, day: 11", f"month: 2, day: {day}")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"- from: 2030-01-01\n  cites: 国民の祝日に関する法律 (改正)\n  value:\n{later}")
    with pytest.raises(regulation.RegulationError, match=rf"holidays.yaml:\d+: .*there is no day {day} in month 2 of every year"):
        regulation.load(root)
