"""Windows (`regulation/windows/*.yaml`): when a filing is in time: before an expiry, after an event, within a deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from partner.errors import NotFound, Text
from partner.regulation.facts import Scalar, at_pointer
from partner.regulation.months import ONE_DAY, corresponding_day, last_day_of_period
from partner.regulation.reading import Provision, Reader, Strict, Version
from partner.regulation.sources import shape_of

FOLDER = "windows"


class WindowRule(Strict):
    """One of four kinds.

    - `opens_months`, `closes_months`: so many months before the expiry of the license.
    - `after`, `within_days` (or `within_months`): from the day that stands in a field of the form (JSON Pointer; the first that is
      given where it has `*`), for so many days; the day itself does not count.
    - `before_end`: while the license runs.
    - `within_completion`: until the completion deadline of the case that the filing is about.
    """

    opens_months: int | None = Field(None, ge=1)
    closes_months: int | None = Field(None, ge=0)
    after: str | None = None
    within_days: int | None = Field(None, ge=1)
    within_months: int | None = Field(None, ge=1)
    before_end: Literal[True] | None = None
    within_completion: Literal[True] | None = None

    @field_validator("after")
    @classmethod
    def _points_at_text(cls, pointer: str | None, info: ValidationInfo) -> str | None:
        if pointer is not None and at_pointer(pointer, shape_of(info).form) is not Scalar.TEXT:
            raise ValueError(f"the form has no field {pointer}")
        return pointer

    @model_validator(mode="after")
    def _one_kind(self) -> WindowRule:
        if (self.opens_months is None) != (self.closes_months is None):
            raise ValueError("a window before the expiry needs 'opens_months' and 'closes_months'")
        if self.opens_months is not None and self.closes_months is not None and self.opens_months <= self.closes_months:
            raise ValueError("a window opens before it closes")
        kinds = (self.opens_months, self.after, self.before_end, self.within_completion)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("a window is of one kind: months before the expiry, 'after', 'before_end' or 'within_completion'")
        if sum(limit is not None for limit in (self.within_days, self.within_months)) != (self.after is not None):
            raise ValueError("'after' needs one of 'within_days' and 'within_months'")
        return self

    @property
    def counts_from_expiry(self) -> bool:
        """Whether the window is told by the expiry of the license."""
        return self.opens_months is not None or self.before_end is not None

    def days(self, anchor: date) -> tuple[date | None, date]:
        """The first day (None: there is none) and the last, counted from the expiry, the event or the completion deadline."""
        if self.opens_months is not None and self.closes_months is not None:
            end = anchor + ONE_DAY
            return corresponding_day(end, months=-self.opens_months), corresponding_day(end, months=-self.closes_months) - ONE_DAY
        if self.after is None:
            return None, anchor
        if self.within_days is not None:
            return anchor, anchor + timedelta(days=self.within_days)
        return anchor, last_day_of_period(anchor + ONE_DAY, months=self.within_months or 0)


class Window(Provision[WindowRule]):
    """One window and its history."""


@dataclass(frozen=True)
class WindowDates:
    """The first and the last day on which a filing is in time; `opens_on` is None where no day is too early."""

    opens_on: date | None
    closes_on: date
    citation: str
    confirmed: bool

    def place(self, day: date) -> Literal["early", "in", "late"]:
        """Tell where a day lies."""
        if self.opens_on is not None and day < self.opens_on:
            return "early"
        return "in" if day <= self.closes_on else "late"


@dataclass(frozen=True)
class Windows:
    """All windows by name."""

    by_name: Mapping[str, Window]

    def version(self, name: str, on: date) -> Version[WindowRule] | None:
        """Find the version of a window in force on a day; None where none is. Raises `NotFound` (`unknown_window`)."""
        window = self.by_name.get(name)
        if window is None:
            raise NotFound("unknown_window", Text(f"申請期間「{name}」はありません。", f"There is no window '{name}'."))
        return window.on(on)

    def dates(self, name: str, *, expires_on: date, on: date) -> WindowDates | None:
        """Tell the window of a license that expires at the end of `expires_on`, by the law of the day `on` (arrival).

        Months are counted back from the end of the last day. None where no window is in force, or where it is not told by the expiry;
        raises `NotFound` (`unknown_window`).
        """
        version = self.version(name, on)
        if version is None or version.value is None or not version.value.counts_from_expiry:
            return None
        return dates_of(version, expires_on)


def dates_of(version: Version[WindowRule], anchor: date) -> WindowDates | None:
    """Tell the window by what it counts from: the expiry, the event, or the completion deadline."""
    if version.value is None:
        return None
    opens_on, closes_on = version.value.days(anchor)
    return WindowDates(opens_on, closes_on, version.citation, version.certain)


def read(reader: Reader) -> Windows:
    """Read all windows; defines each as `windows`."""
    by_name = {}
    for source, window in reader.provisions(FOLDER, Window):
        reader.define(FOLDER, source.stem, source)
        by_name[source.stem] = window
    return Windows(by_name)
