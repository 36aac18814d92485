"""Terms of licenses (`regulation/periods/*.yaml`): for how long a station class is licensed, and whether all end on one day of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from partner.errors import NotFound, Text
from partner.regulation.facts import Scalar, at_pointer, value_at
from partner.regulation.months import last_day_of_period
from partner.regulation.reading import Provision, Reader, Refers, Strict
from partner.regulation.sources import shape_of

FOLDER = "periods"

WITHOUT_END = date(9999, 12, 30)
"""How the last day of a license without end is kept (電波法13条2項): later than all that is asked about, and with a day after it.

So such a license is sorted, searched and found like any other; where it is shown, its last day is null, or `ENDLESS` in words.
"""
ENDLESS = Text("無期限", "without end")


class YearlyDay(Strict):
    """A day of every year."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)

    @model_validator(mode="after")
    def _exists(self) -> YearlyDay:
        self.in_year(2023)
        return self

    def in_year(self, year: int) -> date:
        """Give the day in a year; 29 February is refused when read, because not every year has it."""
        return date(year, self.month, self.day)


class TermRule(Strict):
    """So many years from the license date, ending at the latest on the last `common_expiry` within them; no years: without end.

    `endless_where`: a license is without end, too, where the form says yes at this place (JSON Pointer).
    """

    years: int | None = Field(ge=1)
    common_expiry: YearlyDay | None = None
    endless_where: str | None = None

    @field_validator("endless_where")
    @classmethod
    def _points_at_a_flag(cls, pointer: str | None, info: ValidationInfo) -> str | None:
        if pointer is not None and at_pointer(pointer, shape_of(info).form) is not Scalar.BOOLEAN:
            raise ValueError(f"the form has no flag {pointer}")
        return pointer


class Period(Provision[TermRule]):
    """The term of some station classes."""

    station_classes: tuple[Annotated[str, Refers("codes/station-classes")], ...] = Field(min_length=1)


@dataclass(frozen=True)
class Term:
    """The last day of a term (inclusive; None: without end), and on what it rests."""

    valid_to: date | None
    confirmed: bool
    citation: str

    @property
    def kept_to(self) -> date | None:
        """The last day as the register keeps it; None where it is not sure that there is none."""
        return self.valid_to or (WITHOUT_END if self.confirmed else None)


def shown_day(last_day: date) -> date | None:
    """The last day of a license as it is shown: None for one without end."""
    return None if last_day >= WITHOUT_END else last_day


def without_end(last_day: object) -> bool:
    """Whether the last day of a license, a date or ISO text, stands for there being none; nothing else does."""
    try:
        known = date.fromisoformat(last_day) if isinstance(last_day, str) else last_day
    except ValueError:
        return False
    return isinstance(known, date) and shown_day(known) is None


@dataclass(frozen=True)
class Periods:
    """The terms of all station classes."""

    by_name: Mapping[str, Period]

    def of(self, station_class: str) -> Period:
        """Find the provision of a station class; raises `NotFound` (`no_term`)."""
        for period in self.by_name.values():
            if station_class in period.station_classes:
                return period
        raise _no_term(station_class)

    def term(self, station_class: str, licensed_on: date, *, form: Mapping[str, object] | None = None) -> Term:
        """Tell the term of a license of that date, by the law of that date; raises `NotFound` (`no_term`).

        `form` is what was filed, for terms that depend on it.
        """
        version = self.of(station_class).on(licensed_on)
        if version is None or version.value is None:
            raise _no_term(station_class)
        rule = version.value
        endless = rule.endless_where is not None and value_at(rule.endless_where, form) is True
        return Term(None if endless else last_day(rule, licensed_on), version.certain, version.citation)


def _no_term(station_class: str) -> NotFound:
    return NotFound(
        "no_term", Text(f"「{station_class}」の有効期間は登録されていません。", f"No term is on file for '{station_class}' on that date.")
    )


def last_day(rule: TermRule, licensed_on: date) -> date | None:
    """Tell the last day of a term that begins on `licensed_on`."""
    if rule.years is None:
        return None
    full = last_day_of_period(licensed_on, months=12 * rule.years)
    if rule.common_expiry is None:
        return full
    common = rule.common_expiry.in_year(full.year)
    return common if common <= full else rule.common_expiry.in_year(full.year - 1)


def read(reader: Reader) -> Periods:
    """Read all terms; a station class has one."""
    by_name = {}
    for source, period in reader.provisions(FOLDER, Period):
        reader.define(FOLDER, source.stem, source)
        for index, station_class in enumerate(period.station_classes):
            reader.define("term of a station class", station_class, source, "station_classes", index)
        by_name[source.stem] = period
    return Periods(by_name)
