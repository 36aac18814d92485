"""What a filing costs: which table, which transmitter is the largest, which date governs. Pure; the amounts are data (`regulation/fees`).

The fee follows the largest transmitter, not the symbol that is applied for (手数料令1条1項1号). What is not confirmed is an estimate:
`Assessment.due_yen` is then nothing, and nobody is asked for money.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from partner.regulation import Law
from partner.regulation.facts import value_at
from partner.regulation.fees import NOTHING_DUE, UNKNOWN, Assessment, Charge, Report
from partner.regulation.windows import dates_of

REMOVED = "C"
"""The kind of change (code list `change-kinds`) of a transmitter that is taken away."""


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
    form = _part(facts, "form")
    if report is None or _part(form, "completed").get("report") is not True or report.attachment not in (facts.get("attachments") or ()):
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
    table = law.fees.for_class(name, station_class(facts))
    powers = transmitter_powers(facts)
    charge = Charge(
        channel=_channel(facts),
        power_w=largest_power(facts),
        station_count=_station_count(facts),
        further_w=tuple(powers[1:]),
        **_inspected(facts),
        documents_only=documents_suffice(law, table, facts, on=day),
    )
    kind = _part(facts, "applicant").get("kind")
    return law.fees.assess(table, charge, on=day, applicant_kind=kind)


def _inspected(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The devices that are inspected after a change, as the notice of its completion names them."""
    completed = _part(_part(facts, "form"), "completed")
    named = _items(completed.get("transmitters"))
    powers = [_numbers([one.get("power_w")]) for one in named]
    others = completed.get("other_devices")
    counted = isinstance(others, int) and not isinstance(others, bool) and others >= 0
    return {
        "inspected_w": tuple(power for one in powers for power in one) if all(powers) else None,
        "other_devices": others if counted else None,
    }


def transmitter_powers(facts: Mapping[str, Any]) -> list[Decimal]:
    """Give the powers in W of the transmitters that the station will have, largest first; those whose power nobody knows are left out.

    The power is the rated one that is stated, else that of the conformity list (`facts["conformity"]`), for the number suffices there.
    """
    return sorted((max(powers) for powers in _powers_of_each(facts) if powers), reverse=True)


def largest_power(facts: Mapping[str, Any]) -> Decimal | None:
    """Tell the power in W of the largest transmitter; None when the filing does not say.

    Where a transmitter's power is neither stated nor listed, what is applied for stands in for it, and then what the license on record
    holds.
    """
    stated = list(_powers_of_each(facts))
    largest = max(transmitter_powers(facts), default=None)
    if stated and all(stated):
        return largest
    applied = _numbers(assignment.get("power_w") for assignment in _items(_station(facts).get("assignments")))
    candidates = [*applied, *([largest] if largest is not None else [])]
    return max(candidates, default=None) or _recorded_power(facts)


def _powers_of_each(facts: Mapping[str, Any]) -> Iterator[list[Decimal]]:
    for transmitter in _items(_station(facts).get("transmitters")):
        if transmitter.get("change_kind") != REMOVED:
            rated = transmitter.get("rated_power_w")
            stated = _numbers(rated if isinstance(rated, list | tuple) else [rated])
            yield stated or _listed(facts, transmitter.get("conformity_number"))


def _listed(facts: Mapping[str, Any], conformity_number: object) -> list[Decimal]:
    """Give the power of certified equipment, where the conformity list knows its number."""
    return _numbers([_part(_part(facts, "conformity"), str(conformity_number)).get("power_w")])


def _recorded_power(facts: Mapping[str, Any]) -> Decimal | None:
    return max(_numbers([_part(facts, "license").get("max_power_w")]), default=None)


def _station(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return _part(_part(facts, "form"), "station")


def station_class(facts: Mapping[str, Any]) -> str | None:
    """The class of the station: of the license on record, else as the form names it."""
    form = _part(facts, "form")
    named = (_part(facts, "license").get("station_class"), _station(facts).get("station_class"), form.get("station_class"))
    return next((one for one in named if isinstance(one, str) and one), None)


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}


def _items(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _numbers(values: Iterable[object]) -> list[Decimal]:
    """Give the positive finite numbers among the values; a form may hold anything."""
    numbers = [Decimal(str(value)) for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]
    return [number for number in numbers if number.is_finite() and number > 0]


def _station_count(facts: Mapping[str, Any]) -> int:
    """One record may cover several stations (株免許): the fee is asked for each. The record knows better than the fee part of a form."""
    places = (_station(facts), _part(facts, "license"), _part(_part(facts, "form"), "fee"))
    counts = [place.get("station_count") for place in places]
    return next((count for count in counts if isinstance(count, int) and not isinstance(count, bool) and count > 0), 1)


def _channel(facts: Mapping[str, Any]) -> Literal["paper", "electronic"]:
    return "paper" if facts.get("channel") == "paper" else "electronic"  # a draft that is made on line has no channel yet


def _date(facts: Mapping[str, Any], name: str) -> date | None:
    return _day(_part(facts, "dates").get(name))


def _day(value: object) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return value if isinstance(value, date) else None
