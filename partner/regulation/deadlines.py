"""Statutory deadlines (`regulation/deadlines/*.yaml`): days or months after some day, the last day included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import Field, model_validator

from partner.errors import NotFound, Text
from partner.regulation.months import corresponding_day
from partner.regulation.reading import Provision, Reader, Strict

FOLDER = "deadlines"


class DeadlineRule(Strict):
    """So many days, or so many months, after a day."""

    days: int | None = Field(None, ge=1)
    months: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _one_of_them(self) -> DeadlineRule:
        if (self.days is None) == (self.months is None):
            raise ValueError("a deadline has either days or months")
        return self


class DeadlineProvision(Provision[DeadlineRule]):
    """One deadline and its history."""


@dataclass(frozen=True)
class Deadline:
    """The last day in time, before any roll-over of holidays."""

    last_day: date
    confirmed: bool
    citation: str


@dataclass(frozen=True)
class Deadlines:
    """All deadlines by name."""

    by_name: Mapping[str, DeadlineProvision]

    def after(self, name: str, day: date) -> Deadline:
        """Tell the deadline that runs from `day`, by the law of that day; raises `NotFound` (`unknown_deadline`)."""
        provision = self.by_name.get(name)
        version = None if provision is None else provision.on(day)
        if version is None or version.value is None:
            raise NotFound("unknown_deadline", Text(f"期限「{name}」はありません。", f"There is no deadline '{name}' on that day."))
        rule = version.value
        last = day + timedelta(days=rule.days) if rule.days is not None else corresponding_day(day, months=rule.months or 0)
        return Deadline(last, version.certain, version.citation)


def read(reader: Reader) -> Deadlines:
    """Read all deadlines; defines each as `deadlines`."""
    by_name = {}
    for source, deadline in reader.provisions(FOLDER, DeadlineProvision):
        reader.define(FOLDER, source.stem, source)
        by_name[source.stem] = deadline
    return Deadlines(by_name)
