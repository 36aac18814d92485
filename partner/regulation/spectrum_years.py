"""The years of a license as the spectrum user fee counts them: from its date, from anniversary to anniversary, to its last day. Pure.

Where several stations are opened under one license, so many pay as are open at the end of the month in which a year begins. Whenever more
are open at the end of a later month, the excess is charged from that month to the one before the next anniversary's (電波法103条の2第5項,
6項).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from partner.errors import Text
from partner.regulation.months import ONE_DAY, corresponding_day

MONTHS = 12
Number = Callable[[date], int | None]
"""How many stations are open under a license at the end of a day; None: not known, or not yet."""


@dataclass(frozen=True)
class Annual:
    """What a whole year costs. `amount_yen` is None where the facts do not decide; `why` says what stands in the way of a demand."""

    amount_yen: int | None
    confirmed: bool
    label: Text
    citation: str
    why: Text | None = None


@dataclass(frozen=True)
class Period:
    """What is charged at once: a year, or what is left of it, its first and last day, and the months that are charged.

    The law of `law_of` decides. Where the number of stations counts, `stations` are those that are open at the end of `counted_on`, None
    where that is not known. `growth`: these are further stations of a year of which others were counted before.
    """

    first: date
    last: date
    months: int
    law_of: date
    stations: int | None = 1
    counted_on: date | None = None
    growth: bool = False


@dataclass(frozen=True)
class Year:
    """A period and the amount for it; None where the facts do not decide."""

    period: Period
    annual: Annual
    amount_yen: int | None
    confirmed: bool

    @property
    def first(self) -> date:
        """The first day that is charged."""
        return self.period.first

    @property
    def last(self) -> date:
        """The last day that is charged."""
        return self.period.last

    @property
    def months(self) -> int:
        """The months that are charged."""
        return self.period.months

    @property
    def due_yen(self) -> int:
        """The money that may be demanded."""
        return self.amount_yen if self.confirmed and self.amount_yen is not None else 0


def spans(licensed_on: date, valid_to: date) -> Iterator[tuple[date, date]]:
    """The first and last day of each year from the date of a license; the last one ends with the term.

    A license of 29 February has its anniversary on 1 March where the year has no such day (応当日がない場合は、その翌日).
    """
    number = 0
    while (first := corresponding_day(licensed_on, months=MONTHS * number)) <= valid_to:
        number += 1
        yield first, min(corresponding_day(licensed_on, months=MONTHS * number) - ONE_DAY, valid_to)


def months_of(first: date, last: date) -> int:
    """The months of a period by the calendar; a part of one counts as one."""
    return next(count for count in range(1, MONTHS + 1) if corresponding_day(first, months=count) > last)


def periods(licensed_on: date, valid_to: date, *, until: date) -> Iterator[Period]:
    """Every year of a term that begins up to a day."""
    for first, last in spans(licensed_on, valid_to):
        if first > until:
            return
        yield Period(first, last, months_of(first, valid_to) if last == valid_to else MONTHS, law_of=first)


def counted_periods(licensed_on: date, valid_to: date, *, until: date, number: Number) -> Iterator[Period]:
    """Every year of a term that begins up to a day with the stations that it is charged for, each followed by what grew in it."""
    for year in periods(licensed_on, valid_to, until=until):
        counted_on = _month_end(year.first.year, licensed_on.month)
        stations = 0 if counted_on > valid_to else number(counted_on)
        counted = replace(year, stations=stations, counted_on=counted_on)
        yield counted
        yield from _grown(counted, counted_on, valid_to=valid_to, number=number)


def _grown(year: Period, counted_on: date, *, valid_to: date, number: Number) -> Iterator[Period]:
    """The months of a year at whose end more are open than at any counted before."""
    if year.stations is None:
        return
    over = valid_to + ONE_DAY if valid_to < date.max else valid_to
    last = min(_before(_month_end(counted_on.year + 1, counted_on.month)), _before(over))
    highest, month_end = year.stations, _after(counted_on)
    while month_end <= last:
        present = number(month_end)
        if present is not None and present > highest:
            months = (last.year - month_end.year) * MONTHS + last.month - month_end.month + 1
            yield Period(month_end.replace(day=1), last, months, year.law_of, present - highest, month_end, growth=True)
            highest = present
        month_end = _after(month_end)


def _month_end(year: int, month: int) -> date:
    return corresponding_day(date(year, month, 1), months=1) - ONE_DAY


def _before(day: date) -> date:
    """The last day of the month before."""
    return day.replace(day=1) - ONE_DAY


def _after(month_end: date) -> date:
    """The last day of the month after one that ends on a day."""
    return corresponding_day(month_end + ONE_DAY, months=1) - ONE_DAY
