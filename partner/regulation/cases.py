"""Worked cases (`regulation/cases/*.yaml`): facts and what the law makes of them, as a lawyer would write them down.

They are the specification of the data. An amendment brings at least two: the day before it and the day itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from partner.errors import NotFound
from partner.regulation.expressions import Told
from partner.regulation.facts import project
from partner.regulation.fee_powers import Transmitter
from partner.regulation.fees import Channel, Charge
from partner.regulation.law import Law
from partner.regulation.reading import Citations, Reader, Source, Strict, Words
from partner.regulation.spectrum_bands import Grant, Part, Use

FOLDER = "cases"

Outcome = dict[str, Any]


class FeeFacts(Strict):
    """For what a fee is asked."""

    table: str
    on: date
    channel: Channel
    power_w: Decimal | None = None
    further_w: tuple[Decimal, ...] = ()
    station_count: int = 1
    documents_only: bool = False
    inspected_w: tuple[Decimal, ...] | None = ()
    other_devices: int | None = None
    applicant_kind: str | None = None

    def outcome(self, law: Law) -> Outcome:
        """The amount, what of it may be demanded, and whether it is confirmed."""
        charge = Charge(
            channel=self.channel,
            power_w=self.power_w,
            station_count=self.station_count,
            further_w=self.further_w,
            documents_only=self.documents_only,
            inspected_w=self.inspected_w,
            other_devices=self.other_devices,
        )
        assessed = law.fees.assess(self.table, charge, on=self.on, applicant_kind=self.applicant_kind)
        amounts = [line.amount_yen for line in assessed.lines]
        return {"amount_yen": assessed.amount_yen, "due_yen": assessed.due_yen, "confirmed": assessed.confirmed, "lines": amounts}


class FeePowerFacts(Strict):
    """A transmitter, and facts of the case as the checks are told of them."""

    on: date
    power_w: Decimal
    conforming: bool | None = None
    emissions: tuple[str, ...] = ()
    frequencies_hz: tuple[int, ...] = ()
    facts: dict[str, Any] = Field(default_factory=dict)

    def outcome(self, law: Law) -> Outcome:
        """By which power it counts for a fee, for sure and supposedly, and whether it may be the main transmitter."""
        told = Told({name: project(self.facts.get(name), part) for name, part in law.shape.facts.fields.items()})
        frequencies = tuple(float(one) for one in self.frequencies_hz)
        transmitter = Transmitter(self.power_w, self.conforming, self.emissions, frequencies)
        (counted,) = law.fee_powers.count([transmitter], lambda: told, on=self.on)
        return {
            "surely_w": counted.surely.power_w,
            "supposedly_w": counted.supposedly.power_w,
            "surely_main": not counted.surely.never_main,
            "supposedly_main": not counted.supposedly.never_main,
        }


class TermFacts(Strict):
    """A license of a class and a date."""

    station_class: str
    licensed_on: date
    form: dict[str, Any] = Field(default_factory=dict)

    def outcome(self, law: Law) -> Outcome:
        """The last day of the term."""
        try:
            term = law.term(self.station_class, self.licensed_on, form=self.form)
        except NotFound:
            return {"valid_to": None, "confirmed": False}
        return {"valid_to": term.valid_to, "confirmed": term.confirmed}


class WindowFacts(Strict):
    """A filing for the renewal of a license that expires."""

    window: str
    expires_on: date
    filed_on: date

    def outcome(self, law: Law) -> Outcome:
        """Where the day of filing lies: early, in, late; none where no window is in force."""
        dates = law.window(self.window, expires_on=self.expires_on, on=self.filed_on)
        if dates is None:
            return {"place": "none", "opens_on": None, "closes_on": None}
        return {"place": dates.place(self.filed_on), "opens_on": dates.opens_on, "closes_on": dates.closes_on}


class DeadlineFacts(Strict):
    """A deadline that runs from a day."""

    deadline: str
    after: date

    def outcome(self, law: Law) -> Outcome:
        """The last day in time."""
        try:
            return {"last_day": law.deadline(self.deadline, after=self.after).last_day}
        except NotFound:
            return {"last_day": None}


class HolidayFacts(Strict):
    """A day."""

    on: date

    def outcome(self, law: Law) -> Outcome:
        """Which holiday it is, and whether offices are open."""
        name = law.calendar.holiday(self.on)
        return {"holiday": name.ja if name else None, "open": law.calendar.closed(self.on) is None}


class BusinessDaysFacts(Strict):
    """A deadline of so many business days after a day."""

    after: date
    business_days: int

    def outcome(self, law: Law) -> Outcome:
        """The last day."""
        return {"last_day": law.calendar.after(self.after, self.business_days)}


class BureauFacts(Strict):
    """A municipality."""

    municipality: str
    on: date

    def outcome(self, law: Law) -> Outcome:
        """The competent bureau."""
        return {"bureau": law.bureau_of(self.municipality, self.on)}


class PlaceFacts(Strict):
    """A station that moves, or does not."""

    station_class: str
    moves: bool
    on: date

    def outcome(self, law: Law) -> Outcome:
        """By which place it is placed."""
        return {"place": law.jurisdiction.deciding_place(self.station_class, moves=self.moves, on=self.on)}


class CallSignFacts(Strict):
    """A call sign that a newcomer of a bureau might get."""

    call_sign: str
    bureau: str
    club: bool = False
    on: date

    def outcome(self, law: Law) -> Outcome:
        """Whether it may be allocated, and which sign is the first that the bureau issues."""
        rules = law.call_sign_rules
        allocatable = rules.allocatable(self.call_sign, bureau=self.bureau, club=self.club, on=self.on)
        return {"allocatable": allocatable, "first": next(rules.candidates(self.bureau, club=self.club, on=self.on))}


class ReservationFacts(Strict):
    """A license that ended."""

    ended_on: date

    def outcome(self, law: Law) -> Outcome:
        """Until when the sign is kept for its last holder."""
        return {"reserved_until": law.call_sign_rules.reserved_until(self.ended_on)}


class PublicationFacts(Strict):
    """A station of a class, with purposes, a frequency and a licensee."""

    station_class: str
    purposes: tuple[str, ...] = ()
    frequency_hz: int = 1
    licensee_kind: str = "corporation"
    on: date

    def outcome(self, law: Law) -> Outcome:
        """What may be published of it."""
        rule = law.disclosure.on(self.on)
        return {
            "published": rule.publishes(self.station_class, self.purposes),
            "frequency_hz": rule.frequency(self.frequency_hz, self.purposes),
            "name_masked": rule.masks(self.licensee_kind),
        }


class PartFacts(Strict):
    """One frequency of a license, with the width and the power that are used on it."""

    frequency_hz: int
    width_hz: int | None = None
    power_w: Decimal | None = None


class OpenFacts(Strict):
    """How many stations are open under a license from a day on."""

    since: date = Field(alias="from")
    stations: int


class SpectrumFeeFacts(Strict):
    """A license and what it uses of the spectrum. `on` is the date of the license; `valid_to` the last day of its term.

    `open` is how many stations are open from which day on; of days before the first that is not known.
    """

    on: date
    valid_to: date
    station_class: str
    moves: bool = False
    licensee_kind: str = "corporation"
    frequencies_hz: tuple[int, ...] = ()
    width_hz: int | None = None
    power_w: Decimal | None = None
    region: int | None = None
    prefecture: str | None = None
    broadcast_kind: str | None = None
    purposes: tuple[str, ...] = ()
    carrier_sense: bool | None = None
    parts: tuple[PartFacts, ...] = ()
    grant: Grant = "single"
    wide_area: bool | None = None
    open: tuple[OpenFacts, ...] = ()

    def outcome(self, law: Law) -> Outcome:
        """The amount of each year, what of it may be demanded, and the months that are charged."""
        kept = self.model_dump(exclude={"on", "valid_to", "frequencies_hz", "width_hz", "parts", "open"})
        parts = tuple(Part(one.frequency_hz, one.width_hz, one.power_w) for one in self.parts)
        bands = tuple((one, one) for one in self.frequencies_hz)
        use = Use(**kept, frequencies_hz=bands, widest_hz=self.width_hz, width_hz=self.width_hz, parts=parts)
        term = {"licensed_on": self.on, "valid_to": self.valid_to, "until": date.max}
        fees = law.spectrum_fees
        years = fees.years(use, **term) if self.grant == "single" else fees.counted(use, **term, number=self._number)
        return {
            "annual_yen": years[0].annual.amount_yen if years else None,
            "confirmed": all(year.confirmed for year in years),
            "amounts": [year.amount_yen for year in years],
            "due": [year.due_yen for year in years],
            "months": [year.months for year in years],
            "stations": [year.period.stations for year in years],
        }

    def _number(self, day: date) -> int | None:
        return next((one.stations for one in reversed(self.open) if one.since <= day), None)


Facts = (
    FeeFacts
    | FeePowerFacts
    | TermFacts
    | WindowFacts
    | DeadlineFacts
    | HolidayFacts
    | BusinessDaysFacts
    | BureauFacts
    | PlaceFacts
    | CallSignFacts
    | ReservationFacts
    | PublicationFacts
    | SpectrumFeeFacts
)

KINDS: Mapping[str, type[Facts]] = {
    "fee": FeeFacts,
    "fee-power": FeePowerFacts,
    "term": TermFacts,
    "window": WindowFacts,
    "deadline": DeadlineFacts,
    "holiday": HolidayFacts,
    "business-days": BusinessDaysFacts,
    "bureau": BureauFacts,
    "deciding-place": PlaceFacts,
    "call-sign": CallSignFacts,
    "reservation": ReservationFacts,
    "publication": PublicationFacts,
    "spectrum-fee": SpectrumFeeFacts,
}


class CaseFile(Strict):
    """One case: its facts (beside those of its group) and what is expected."""

    given: dict[str, Any] = Field(default_factory=dict)
    expect: dict[str, Any] = Field(min_length=1)
    note: str | None = None


class GroupFile(Strict):
    """Cases of one kind that share facts, a title and a citation."""

    title: Words
    cites: Citations
    kind: Literal[
        "fee",
        "fee-power",
        "term",
        "window",
        "deadline",
        "holiday",
        "business-days",
        "bureau",
        "deciding-place",
        "call-sign",
        "reservation",
        "publication",
        "spectrum-fee",
    ]
    given: dict[str, Any] = Field(default_factory=dict)
    cases: list[CaseFile] = Field(min_length=1)


class CasesFile(Strict):
    """A file of worked cases."""

    groups: list[GroupFile] = Field(min_length=1)


@dataclass(frozen=True)
class Case:
    """One worked case, and where it stands."""

    place: str
    kind: str
    facts: Facts
    expected: Mapping[str, Any]

    def differences(self, law: Law) -> list[str]:
        """Tell how the outcome differs from what is expected; nothing when the case holds."""
        outcome = self.facts.outcome(law)
        return [
            f"{self.place}: {key} is {outcome.get(key, 'no result of this kind')}, expected {value}"
            for key, value in self.expected.items()
            if key not in outcome or outcome[key] != value
        ]


def read(root: Path) -> list[Case]:
    """Read all worked cases below `root`; raises `RegulationError` when a file is not in order."""
    reader = Reader(root)
    found = []
    for source, parsed in reader.provisions(FOLDER, CasesFile):
        for index, group in enumerate(parsed.groups):
            found += _group(reader, source, index, group)
    reader.finish()
    return found


def _group(reader: Reader, source: Source, index: int, group: GroupFile) -> list[Case]:
    cases = []
    for position, case in enumerate(group.cases):
        place = ("groups", index, "cases", position)
        try:
            facts = KINDS[group.kind].model_validate({**group.given, **case.given})
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                reader.reject(source, f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}", *place, "given", *detail["loc"])
        else:
            cases.append(Case(f"{source.name}:{source.line(place)}", group.kind, facts, case.expect))
    return cases


def failures(law: Law, cases: list[Case]) -> list[str]:
    """Tell all differences between the law and the worked cases, each with file and line."""
    return [difference for case in cases for difference in case.differences(law)]
