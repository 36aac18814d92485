"""Months and years count by the calendar."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner.regulation.months import corresponding_day, last_day_of_period
from partner.regulation.periods import TermRule, YearlyDay, last_day
from partner.regulation.windows import Window, WindowRule, Windows

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(-240, 240)
ONE = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 3, 1)),
        (date(2024, 1, 29), 1, date(2024, 2, 29)),
        (date(2023, 1, 29), 1, date(2023, 3, 1)),
        (date(2024, 2, 29), 60, date(2029, 3, 1)),
        (date(2024, 3, 31), -1, date(2024, 3, 1)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2023, 12, 31), 12, date(2024, 12, 31)),
        (date(2024, 10, 31), 1, date(2024, 12, 1)),
    ],
)
def test_corresponding_day(day: date, months: int, expected: date) -> None:
    assert corresponding_day(day, months=months) == expected


@given(DAYS, MONTHS)
def test_the_corresponding_day_has_the_same_number_or_begins_the_next_month(day: date, months: int) -> None:
    found = corresponding_day(day, months=months)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= calendar.monthrange(year, month + 1)[1]:
        assert found == date(year, month + 1, day.day)
    else:
        assert found == date(year, month + 1, calendar.monthrange(year, month + 1)[1]) + ONE


@given(DAYS, DAYS, MONTHS)
def test_a_later_day_never_corresponds_to_an_earlier_one(first: date, second: date, months: int) -> None:
    earlier, later = sorted([first, second])
    assert corresponding_day(earlier, months=months) <= corresponding_day(later, months=months)


@given(DAYS, st.integers(1, 120))
def test_a_period_that_begins_with_a_month_ends_with_one(day: date, months: int) -> None:
    last = last_day_of_period(day.replace(day=1), months=months)
    assert (last + ONE).day == 1


@given(DAYS, st.integers(1, 10))
def test_consecutive_terms_leave_no_gap(day: date, years: int) -> None:
    """A renewal begins the day after the expiry; it never ends earlier than a license that had begun on that day."""
    rule = TermRule(years=years)
    end = last_day(rule, day)
    assert end is not None
    again = last_day(rule, end + ONE)
    assert again is not None
    assert end < again
    assert (end + ONE).year - day.year == years


@given(DAYS, st.integers(1, 10), st.integers(1, 12), st.integers(1, 28))
def test_a_shared_expiry_is_the_last_such_day_within_the_years(day: date, years: int, month: int, number: int) -> None:
    rule = TermRule(years=years, common_expiry=YearlyDay(month=month, day=number))
    end, full = last_day(rule, day), last_day(TermRule(years=years), day)
    assert end is not None
    assert full is not None
    assert (end.month, end.day) == (month, number)
    assert end <= full < rule.common_expiry.in_year(end.year + 1) if rule.common_expiry else False


def test_a_term_without_years_has_no_end() -> None:
    assert last_day(TermRule(years=None), date(2020, 1, 1)) is None


def test_a_shared_expiry_exists_in_every_year() -> None:
    with pytest.raises(ValueError, match="day is out of range"):
        YearlyDay(month=2, day=29)


@given(DAYS, st.integers(1, 24), st.data())
def test_a_window_lies_before_the_expiry_and_each_day_has_one_place(expires_on: date, opens: int, data: st.DataObject) -> None:
    closes = data.draw(st.integers(0, opens - 1))
    rule = WindowRule(opens_months=opens, closes_months=closes)
    window = Window.model_validate(
        {"title": {"ja": "期間", "en": "Window"}, "versions": [{"from": date(1900, 1, 1), "cites": "Article 1", "value": rule}]}
    )
    dates = Windows({"window": window}).dates("window", expires_on=expires_on, on=expires_on)
    assert dates is not None
    assert dates.opens_on is not None
    assert dates.opens_on <= dates.closes_on <= expires_on
    assert dates.place(dates.opens_on - ONE) == "early"
    assert dates.place(dates.opens_on) == dates.place(dates.closes_on) == "in"
    assert dates.place(dates.closes_on + ONE) == "late"
    if expires_on == date(expires_on.year, expires_on.month, calendar.monthrange(expires_on.year, expires_on.month)[1]):
        assert dates.opens_on.day == 1
        assert (dates.closes_on + ONE).day == 1


def test_a_window_opens_before_it_closes() -> None:
    with pytest.raises(ValueError, match="opens before it closes"):
        WindowRule(opens_months=1, closes_months=1)


def test_what_lies_beyond_the_calendar_is_its_last_day() -> None:
    assert corresponding_day(date(9999, 12, 31), months=1) == date.max
    assert corresponding_day(date(9990, 1, 1), months=6000) == date.max
    assert corresponding_day(date(9999, 11, 30), months=1) == date(9999, 12, 30)
