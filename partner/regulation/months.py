"""Months and years count by the calendar (民法143条: a period ends the day before the day that corresponds to its first day)."""

from __future__ import annotations

from datetime import MAXYEAR, date, timedelta

ONE_DAY = timedelta(days=1)


def corresponding_day(day: date, *, months: int) -> date:
    """Find the day that corresponds to `day`, so many months later (earlier when negative).

    Where that month has no such day, a period runs to the end of the month, so that the first day of the next month corresponds:
    one month from 31 January is over with the last day of February. Beyond the calendar it is its last day: some licenses have no end.
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if year > MAXYEAR:
        return date.max
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        following, first = divmod(count + 1, 12)
        return date(following, first + 1, 1)


def last_day_of_period(first_day: date, *, months: int) -> date:
    """Find the last day of a period of so many months that begins with `first_day`."""
    return corresponding_day(first_day, months=months) - ONE_DAY
