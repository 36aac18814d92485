"""The days on which offices are closed (`regulation/calendar/`): 国民の祝日に関する法律, 行政機関の休日に関する法律1条.

The rules of holidays are dated versions; the equinoxes, which the government announces each February for the following year, stand in a
list beside them. Our own deadlines count business days; a statutory deadline whose last day is closed runs to the next open day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from partner.errors import Text
from partner.regulation.reading import Provision, Reader, Source, Strict, Words

FOLDER = "calendar"
COLUMNS = ("year", "vernal", "autumnal", "announced")
COMMON_YEAR = 2027
"""Any year without a 29 February."""
ONE_DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
SUBSTITUTE = Text("振替休日", "Substitute holiday")
BETWEEN = Text("国民の休日", "Day between two holidays")
YEAR_END = Text("年末年始", "Turn of the year")
WEEKEND = Text("土曜日・日曜日", "Saturday or Sunday")


class Holiday(Strict):
    """A national holiday: a fixed day, the n-th Monday of a month, or an equinox."""

    code: str = Field(pattern=r"^[a-z][a-z-]*$")
    name: Words
    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    monday: int | None = Field(default=None, ge=1, le=4)
    equinox: Literal["vernal", "autumnal"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Holiday:
        told = [self.day is not None, self.monday is not None, self.equinox is not None]
        if sum(told) != 1 or (self.month is None) != (self.equinox is not None):
            raise ValueError("a holiday is a day of a month, a Monday of a month, or an equinox")
        if self.day is not None and self.month is not None and self.day > monthrange(COMMON_YEAR, self.month)[1]:
            raise ValueError(f"there is no day {self.day} in month {self.month} of every year: a day of one year goes under 'once'")
        return self


class Moved(Strict):
    """In the year of `on`, the holiday of that code is on that day."""

    code: str
    on: date


class Once(Strict):
    """A day that was a holiday once."""

    name: Words
    on: date


class DayOfYear(Strict):
    """A day of every year."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class HolidayRules(Strict):
    """The holidays of a time. `substitute`: where a holiday on a Sunday goes, to the next day or to the next that is no holiday."""

    holidays: tuple[Holiday, ...] = Field(min_length=1)
    moved: tuple[Moved, ...] = ()
    once: tuple[Once, ...] = ()
    substitute: Literal["next_day", "next_free_day"]
    office_closed: tuple[DayOfYear, ...]

    @model_validator(mode="after")
    def _known(self) -> HolidayRules:
        known = {holiday.code for holiday in self.holidays}
        if unknown := {moved.code for moved in self.moved} - known:
            raise ValueError(f"moves what is no holiday: {', '.join(sorted(unknown))}")
        return self


class CalendarFile(Provision[HolidayRules]):
    """The one file of holidays; `equinoxes` is the name of the list beside it."""

    equinoxes: str


@dataclass(frozen=True)
class Equinoxes:
    """The two equinoxes of a year, and whether the government has announced them."""

    vernal: date
    autumnal: date
    announced: bool


@dataclass(frozen=True)
class Calendar:
    """Which days offices are open. All answers are of days in Japan."""

    provision: Provision[HolidayRules]
    equinoxes: Mapping[int, Equinoxes]

    @cached_property
    def _national(self) -> dict[int, dict[date, Text]]:
        return {}

    def certain(self, day: date) -> bool:
        """Whether the equinoxes of the day's year have been announced, so that nothing about its holidays is expected only."""
        known = self.equinoxes.get(day.year)
        return known is not None and known.announced

    def holiday(self, day: date) -> Text | None:
        """The name of a holiday (休日): a national one, its substitute or a day between two; None for other days."""
        return self._national_holiday(day) or (SUBSTITUTE if self._substitute(day) else None) or (BETWEEN if self._between(day) else None)

    def closed(self, day: date) -> Text | None:
        """Why offices are closed on a day (行政機関の休日); None when they are open."""
        if (name := self.holiday(day)) is not None:
            return name
        if any((turn.month, turn.day) == (day.month, day.day) for turn in self.provision.rule(day).office_closed):
            return YEAR_END
        return WEEKEND if day.weekday() >= SATURDAY else None

    def open_from(self, day: date) -> date:
        """The first day on which offices are open, from `day` on: to where a deadline rolls over."""
        while self.closed(day) is not None:
            day += ONE_DAY
        return day

    def after(self, day: date, business_days: int) -> date:
        """The day that lies so many business days after `day`; `day` itself does not count. Negative counts backwards."""
        step = ONE_DAY if business_days >= 0 else -ONE_DAY
        for _ in range(abs(business_days)):
            day += step
            while self.closed(day) is not None:
                day += step
        return day

    def business_days(self, after: date, to: date) -> int:
        """How many business days there are after one day, up to another and with it; nothing when that lies before."""
        days = (to - after).days
        return sum(self.closed(after + timedelta(days=number)) is None for number in range(1, days + 1))

    def _national_holiday(self, day: date) -> Text | None:
        if day.year not in self._national:
            self._national[day.year] = dict(self._of_year(day.year))
        return self._national[day.year].get(day)

    def _of_year(self, year: int) -> Iterator[tuple[date, Text]]:
        """The national holidays of a year: each day by the rules of that very day."""
        for version in self.provision.versions:
            if version.value is None:
                continue
            for on, name in self._by_rules(version.value, year):
                if self.provision.rule(on) is version.value:
                    yield on, name

    def _by_rules(self, rules: HolidayRules, year: int) -> Iterator[tuple[date, Text]]:
        moved = {one.code: one.on for one in rules.moved if one.on.year == year}
        for holiday in rules.holidays:
            on = moved.get(holiday.code) or self._usual(holiday, year)
            if on is not None:
                yield on, holiday.name
        yield from ((one.on, one.name) for one in rules.once if one.on.year == year)

    def _usual(self, holiday: Holiday, year: int) -> date | None:
        """The day of a holiday in a year; None for an equinox of a year that the list does not have."""
        if holiday.equinox is not None:
            known = self.equinoxes.get(year)
            return None if known is None else getattr(known, holiday.equinox)
        month = holiday.month or 1
        if holiday.day is not None:
            return date(year, month, holiday.day)
        first = date(year, month, 1)
        return first + timedelta(days=-first.weekday() % 7 + 7 * ((holiday.monday or 1) - 1))

    def _substitute(self, day: date) -> bool:
        """Whether the day stands for a holiday that fell on a Sunday (3条2項)."""
        before = day - ONE_DAY
        if self.provision.rule(day).substitute == "next_free_day":
            while before.weekday() != SUNDAY and self._national_holiday(before):
                before -= ONE_DAY
        return before.weekday() == SUNDAY and self._national_holiday(before) is not None

    def _between(self, day: date) -> bool:
        """Whether the day lies between two national holidays (3条3項). Sundays are no such day: they are closed anyway."""
        return (
            day.weekday() != SUNDAY
            and self._national_holiday(day - ONE_DAY) is not None
            and self._national_holiday(day + ONE_DAY) is not None
        )


def read(reader: Reader) -> Calendar | None:
    """Read the one file of holidays and its list of equinoxes; None when it cannot be read (and is reported)."""
    single = reader.single(FOLDER, CalendarFile)
    if single is None:
        return None
    source, parsed = single
    return Calendar(parsed, dict(_equinoxes(reader, source, parsed.equinoxes)))


def _equinoxes(reader: Reader, source: Source, name: str) -> Iterator[tuple[int, Equinoxes]]:
    file = f"{source.name.rpartition('/')[0]}/{name}"
    for row in reader.rows(source, name, COLUMNS):
        found = _equinoxes_of(row.cells)
        if found is None:
            reader.reject_at(file, row.line, "a year, two days of that year, and yes or no are expected")
        else:
            yield found.vernal.year, found


def _equinoxes_of(cells: Mapping[str, str]) -> Equinoxes | None:
    try:
        found = Equinoxes(date.fromisoformat(cells["vernal"]), date.fromisoformat(cells["autumnal"]), cells["announced"] == "yes")
    except ValueError:
        return None
    years = {str(found.vernal.year), str(found.autumnal.year), cells["year"]}
    return found if len(years) == 1 and cells["announced"] in {"yes", "no"} else None
