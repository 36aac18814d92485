"""What a license on record says of its use of the spectrum, as the table of the spectrum user fee asks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from partner.registry.facts import AssignmentFacts, License
from partner.regulation import Law
from partner.regulation.spectrum_bands import Grant, Part, Use

UNITS = {"H": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
"""The letter of a bandwidth stands where its decimal point is (ITU-R SM.1138): 16K0 is 16.0 kHz."""
_BANDWIDTH = re.compile(r"(?=.{4}[A-Z0-9]{3})(\d{1,3})([HKMG])(\d{0,2})")


def grant(law: Law, license_: License) -> Grant:
    """What the stations of a license are opened under (電波法27条の2, 27条の29)."""
    if license_.facts.expected_count is not None:
        return "blanket-registration"
    of_class = law.codes("station-classes").get(license_.facts.station_class)
    if of_class is None or of_class.attributes.get("blanket") is not True:
        return "single"
    return "blanket-moving" if of_class.attributes.get("mobility") == "moves" else "blanket-fixed"


def of(law: Law, license_: License) -> Use | None:
    """The use of a license, of a blanket one that of each station; None where several stations stand on one license of another kind."""
    facts, granted = license_.facts, grant(law, license_)
    if granted == "single" and facts.station_count != 1:
        return None
    of_class = law.codes("station-classes").get(facts.station_class)
    ordinary = None if of_class is None else of_class.attributes.get("ordinary")
    lines = facts.assignments
    told = [line for line in lines if line.frequency_hz is not None]
    widths = _widths(lines)
    powers = [line.power_w for line in lines]
    return Use(
        station_class=str(ordinary or facts.station_class),
        moves=facts.moves,
        licensee_kind=license_.licensee.kind,
        frequencies_hz=tuple((one.frequency_hz or 0, one.frequency_to_hz or one.frequency_hz or 0) for one in told)
        if told == [*lines]
        else (),
        widest_hz=max(widths) if widths else None,
        width_hz=sum(widths) if widths else None,
        power_w=max(filter(None, powers), default=None) if None not in powers else None,
        prefecture=facts.municipality[:2] if facts.municipality else None,
        broadcast_kind=facts.broadcast_kind,
        purposes=facts.purposes,
        grant=granted,
        parts=_parts(lines) if told == [*lines] else (),
    )


def _parts(lines: Sequence[AssignmentFacts]) -> tuple[Part, ...]:
    """Each frequency apart; none where one is a range, or is sent in several ways: what of them is used where is not told then."""
    if any(line.continued or line.frequency_to_hz not in (None, line.frequency_hz) for line in lines):
        return ()
    return tuple(Part(line.frequency_hz or 0, bandwidth_hz(line.emission or ""), line.power_w) for line in lines)


def bandwidth_hz(emission: str) -> int | None:
    """The necessary bandwidth in Hz that an emission class begins with ("16K0F3E" → 16000); None where it begins with none."""
    found = _BANDWIDTH.match(emission)
    if found is None:
        return None
    whole, unit, rest = found.groups()
    return int(Decimal(f"{whole}.{rest or 0}") * UNITS[unit])


def _widths(lines: Iterable[AssignmentFacts]) -> list[int]:
    """The width at each designated frequency: that of the widest emission on it; nothing where one is not told."""
    widths: list[int] = []
    for line in lines:
        width = bandwidth_hz(line.emission or "")
        if width is None:
            return []
        if line.continued and widths:
            widths[-1] = max(widths[-1], width)
        else:
            widths.append(width)
    return widths
