"""What of a license record may be published (`regulation/disclosure/*.yaml`): 電波法25条, 施行規則11条 and 11条の2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from partner.regulation.reading import Provision, Reader, Refers, Strict

FOLDER = "disclosure"

Hidden = Literal["license_number", "licensee_name", "licensee_address", "identification", "site_address"]
Purposes = tuple[Annotated[str, Refers("codes/purposes")], ...]
Classes = tuple[Annotated[str, Refers("codes/station-classes")], ...]


class Step(Strict):
    """Frequencies from `from_hz` on are rounded to whole `step_hz`, half a step upwards, and never below one step."""

    from_hz: int = Field(ge=0)
    step_hz: int = Field(ge=1)


class Rounding(Strict):
    """Stations of these purposes publish rounded frequencies; above `up_to_hz` nothing is rounded."""

    purposes: Purposes = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    up_to_hz: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Rounding:
        begins = [step.from_hz for step in self.steps]
        if begins[0] != 0 or begins != sorted(set(begins)):
            raise ValueError("from_hz begins with 0 and ascends")
        return self

    def rounded(self, frequency_hz: int) -> int:
        """Give the frequency as it is published."""
        if self.up_to_hz is not None and frequency_hz > self.up_to_hz:
            return frequency_hz
        step = next(step.step_hz for step in reversed(self.steps) if step.from_hz <= frequency_hz)
        return max(step, (frequency_hz + step // 2) // step * step)


class Withheld(Strict):
    """Stations of which nothing is published, by purpose or class, but for the classes that always are."""

    purposes: Purposes = ()
    station_classes: Classes = ()
    except_classes: Classes = ()


class DisclosureRule(Strict):
    """The publication rules of a time."""

    mask: str = Field(min_length=1)
    masked_kinds: tuple[Annotated[str, Refers("codes/applicant-kinds")], ...]
    """The kinds of licensee whose names are masked."""
    hidden: tuple[Hidden, ...]
    """What is published of nobody."""
    place: Literal["municipality", "prefecture"]
    """How closely the site of a station is published."""
    rounding: tuple[Rounding, ...]
    withheld: Withheld
    partner_withheld_classes: Classes
    """The classes whose communication partner is not published."""

    def publishes(self, station_class: str, purposes: tuple[str, ...]) -> bool:
        """Tell whether a station's record is published at all."""
        if station_class in self.withheld.except_classes:
            return True
        return station_class not in self.withheld.station_classes and not set(purposes) & set(self.withheld.purposes)

    def frequency(self, frequency_hz: int, purposes: tuple[str, ...]) -> int:
        """Give a frequency as it is published for a station of these purposes."""
        for rounding in self.rounding:
            if set(purposes) & set(rounding.purposes):
                return rounding.rounded(frequency_hz)
        return frequency_hz

    def masks(self, licensee_kind: str) -> bool:
        """Tell whether the name of a licensee of this kind is masked."""
        return licensee_kind in self.masked_kinds


@dataclass(frozen=True)
class Disclosure:
    """The publication rules and their history."""

    provision: Provision[DisclosureRule]

    def on(self, day: date) -> DisclosureRule:
        """Give the rules of a day; for days before the first version, the first. Raises `NotFound` (`no_rule`) after a repeal."""
        return self.provision.rule(day)


def read(reader: Reader) -> Disclosure | None:
    """Read the one file of publication rules; None when it cannot be read (and is reported)."""
    single = reader.single(FOLDER, Provision[DisclosureRule])
    return None if single is None else Disclosure(single[1])
