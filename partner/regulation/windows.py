"""Windows (`regulation/windows/*.yaml`): when before the expiry of a license its renewal may be filed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from partner.errors import NotFound, Text
from partner.regulation.months import ONE_DAY, corresponding_day
from partner.regulation.reading import Provision, Reader, Strict

FOLDER = "windows"


class WindowRule(Strict):
    """From `opens_months` to `closes_months` before the expiry."""

    opens_months: int = Field(ge=1)
    closes_months: int = Field(ge=0)

    @model_validator(mode="after")
    def _opens_first(self) -> WindowRule:
        if self.opens_months <= self.closes_months:
            raise ValueError("a window opens before it closes")
        return self


class Window(Provision[WindowRule]):
    """One window and its history."""


@dataclass(frozen=True)
class WindowDates:
    """The first and the last day on which a filing is in time."""

    opens_on: date
    closes_on: date
    citation: str
    confirmed: bool

    def place(self, day: date) -> Literal["early", "in", "late"]:
        """Tell where a day lies."""
        if day < self.opens_on:
            return "early"
        return "in" if day <= self.closes_on else "late"


@dataclass(frozen=True)
class Windows:
    """All windows by name."""

    by_name: Mapping[str, Window]

    def dates(self, name: str, *, expires_on: date, on: date) -> WindowDates | None:
        """Tell the window of a license that expires at the end of `expires_on`, by the law of the day `on` (arrival).

        Months are counted back from the end of the last day. None where no window is in force; raises `NotFound` (`unknown_window`).
        """
        window = self.by_name.get(name)
        if window is None:
            raise NotFound("unknown_window", Text(f"申請期間「{name}」はありません。", f"There is no window '{name}'."))
        version = window.on(on)
        if version is None or version.value is None:
            return None
        end = expires_on + ONE_DAY
        return WindowDates(
            opens_on=corresponding_day(end, months=-version.value.opens_months),
            closes_on=corresponding_day(end, months=-version.value.closes_months) - ONE_DAY,
            citation=version.citation,
            confirmed=version.certain,
        )


def read(reader: Reader) -> Windows:
    """Read all windows; defines each as `windows`."""
    by_name = {}
    for source, window in reader.provisions(FOLDER, Window):
        reader.define(FOLDER, source.stem, source)
        by_name[source.stem] = window
    return Windows(by_name)
