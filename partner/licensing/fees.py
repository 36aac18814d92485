"""What a filing costs: which table, which transmitter is the largest, which date governs. Pure; the amounts are data (`regulation/fees`).

The fee follows the largest transmitter, not the symbol that is applied for (手数料令1条1項1号); some count by another power than they have
(`regulation/fee-powers`). What is not confirmed is an estimate:
`Assessment.due_yen` is then nothing, and nobody is asked for money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Protocol

from partner.licensing import fee_transmitters as transmitters
from partner.licensing.fee_transmitters import items, numbers, part, station
from partner.regulation import Law
from partner.regulation.expressions import Told
from partner.regulation.facts import project, value_at
from partner.regulation.fee_powers import Counted, Transmitter
from partner.regulation.fees import NOTHING_DUE, UNKNOWN, Assessment, Charge, Report
from partner.regulation.windows import dates_of


class Governing(Protocol):
    """For each rule the date whose law applies."""

    @property
    def fee(self) -> str:
        """The name of the date that governs the fee."""


class Charged(Protocol):
    """What of a procedure concerns fees."""

    @property
    def fee(self) -> str | None:
        """The table of the application fee; None where nothing is asked."""

    @property
    def inspection_fee(self) -> str | None:
        """The table of the inspection fee; None where there is none."""

    @property
    def governed_by(self) -> Governing:
        """Which date governs which rule."""


def assess(law: Law, procedure: Charged, facts: Mapping[str, Any]) -> Assessment:
    """Tell the application fee of a filing. Facts as for the checks; dates are dates or ISO text, powers are W.

    A procedure without a table costs nothing; a missing date or a missing power, where the table asks for it, leaves the fee unknown.
    """
    if procedure.fee is None:
        return NOTHING_DUE
    day = _date(facts, procedure.governed_by.fee)
    return UNKNOWN if day is None else _assess(law, procedure.fee, facts, day)


def assess_inspection(law: Law, procedure: Charged, facts: Mapping[str, Any]) -> Assessment:
    """Tell the inspection fee, which falls due with the completion notice: its date governs, else today."""
    if procedure.inspection_fee is None:
        return NOTHING_DUE
    day = _date(facts, "completion_notified_on") or _date(facts, "today")
    return UNKNOWN if day is None else _assess(law, procedure.inspection_fee, facts, day)


def documents_suffice(law: Law, table: str, facts: Mapping[str, Any], *, on: date) -> bool:
    """Whether documents alone are examined: a registered inspector's report is announced, attached and recent (法10条2項, 18条2項)."""
    report = law.fees.get(table).report
    form = part(facts, "form")
    if report is None or part(form, "completed").get("report") is not True or report.attachment not in (facts.get("attachments") or ()):
        return False
    return report_counts(law, report, form, on=on)


def report_counts(law: Law, report: Report, form: Mapping[str, Any], *, on: date) -> bool:
    """Whether the day of the registered inspection, where the window finds it in the form, is recent enough on a day."""
    version = law.windows.version(report.window, on)
    if version is None or version.value is None or version.value.after is None:
        return False
    inspected_on = _day(value_at(version.value.after, form))
    window = None if inspected_on is None else dates_of(version, inspected_on)
    return window is not None and window.place(on) == "in"


def _assess(law: Law, name: str, facts: Mapping[str, Any], day: date) -> Assessment:
    """What is asked by the powers that count; where they rest on a doubtful rule and that makes a difference, an estimate."""
    table = law.fees.for_class(name, station_class(facts))
    asked = _Asked(law, table, facts, day)
    counted = _counted(law, facts, day)
    surely = asked.of([one.surely for one in counted.known], [one.surely for one in counted.candidates])
    supposedly = asked.of([one.supposedly for one in counted.known], [one.supposedly for one in counted.candidates])
    return surely if surely.amount_yen == supposedly.amount_yen else replace(supposedly, confirmed=False)


@dataclass(frozen=True)
class _Powers:
    """The transmitters whose power is known, and those among which the main one is, as they count."""

    known: list[Counted]
    candidates: list[Counted]


def _counted(law: Law, facts: Mapping[str, Any], day: date) -> _Powers:
    @cache
    def told() -> Told:
        projected = project(facts, law.shape.facts)
        assert isinstance(projected, dict)  # noqa: S101 - the shape of all facts is a record
        return Told(projected)

    known, candidates = transmitters.known(facts), transmitters.candidates(facts)
    among = law.fee_powers.count(candidates, told, on=day)
    return _Powers(among if known == candidates else law.fee_powers.count(known, told, on=day), among)


@dataclass(frozen=True)
class _Asked:
    """Everything that a charge says but for the powers."""

    law: Law
    table: str
    facts: Mapping[str, Any]
    day: date

    def of(self, known: Sequence[Transmitter], candidates: Sequence[Transmitter]) -> Assessment:
        """The fee, by the transmitters whose power is known and those among which the main one is."""
        further = sorted(known, key=_rank, reverse=True)[1:]
        charge = Charge(
            channel=_channel(self.facts),
            power_w=max(candidates, key=_rank).power_w if candidates else None,
            station_count=_station_count(self.facts),
            further_w=tuple(one.power_w for one in further),
            **_inspected(self.facts),
            documents_only=documents_suffice(self.law, self.table, self.facts, on=self.day),
        )
        return self.law.fees.assess(self.table, charge, on=self.day, applicant_kind=part(self.facts, "applicant").get("kind"))


def _rank(transmitter: Transmitter) -> tuple[bool, Decimal]:
    """The main transmitter is the largest; what never is one comes last."""
    return not transmitter.never_main, transmitter.power_w


def _inspected(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The devices that are inspected after a change, as the notice of its completion names them."""
    completed = part(part(facts, "form"), "completed")
    named = items(completed.get("transmitters"))
    powers = [numbers([one.get("power_w")]) for one in named]
    others = completed.get("other_devices")
    counted = isinstance(others, int) and not isinstance(others, bool) and others >= 0
    return {
        "inspected_w": tuple(power for one in powers for power in one) if all(powers) else None,
        "other_devices": others if counted else None,
    }


def largest_power(facts: Mapping[str, Any]) -> Decimal | None:
    """Tell the power in W of the largest transmitter as it stands in the filing, else on record; None where neither says."""
    return max((one.power_w for one in transmitters.candidates(facts)), default=None)


def station_class(facts: Mapping[str, Any]) -> str | None:
    """The class of the station: of the license on record, else as the form names it."""
    form = part(facts, "form")
    named = (part(facts, "license").get("station_class"), station(facts).get("station_class"), form.get("station_class"))
    return next((one for one in named if isinstance(one, str) and one), None)


def _station_count(facts: Mapping[str, Any]) -> int:
    """One record may cover several stations (株免許): the fee is asked for each. The record knows better than the fee part of a form."""
    places = (station(facts), part(facts, "license"), part(part(facts, "form"), "fee"))
    counts = [place.get("station_count") for place in places]
    return next((count for count in counts if isinstance(count, int) and not isinstance(count, bool) and count > 0), 1)


def _channel(facts: Mapping[str, Any]) -> Literal["paper", "electronic"]:
    return "paper" if facts.get("channel") == "paper" else "electronic"  # a draft that is made on line has no channel yet


def _date(facts: Mapping[str, Any], name: str) -> date | None:
    return _day(part(facts, "dates").get(name))


def _day(value: object) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return value if isinstance(value, date) else None
