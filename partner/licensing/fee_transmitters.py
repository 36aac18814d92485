"""The transmitters that a fee is asked for, as the filing tells of them, else as the record does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from partner.regulation.fee_powers import Transmitter

REMOVED = "C"
"""The kind of change (code list `change-kinds`) of a transmitter that is taken away."""
Entry = Mapping[str, Any]


def known(facts: Entry) -> list[Transmitter]:
    """Those that the station will have, largest first; those whose power nobody knows are left out.

    The power is the rated one that is stated, else that of the conformity list (`facts["conformity"]`), for the number suffices there.
    """
    return sorted((one for one in _each(facts) if one is not None), key=lambda one: one.power_w, reverse=True)


def candidates(facts: Entry) -> list[Transmitter]:
    """Those among which the main one is; none when the filing does not say.

    Where a transmitter's power is neither stated nor listed, what is applied for stands in for it, and then what the license on record
    holds.
    """
    stated = list(_each(facts))
    if stated and all(stated):
        return known(facts)
    applied = [one for line in items(station(facts).get("assignments")) if (one := _applied(facts, line))]
    return [*applied, *known(facts)] or _recorded(facts)


def _each(facts: Entry) -> Iterator[Transmitter | None]:
    for transmitter in items(station(facts).get("transmitters")):
        if transmitter.get("change_kind") != REMOVED:
            rated = transmitter.get("rated_power_w")
            stated = numbers(rated if isinstance(rated, list | tuple) else [rated])
            listed = part(part(facts, "conformity"), str(transmitter.get("conformity_number")))
            powers = stated or numbers([listed.get("power_w")])
            yield _transmitter(facts, transmitter, listed, max(powers)) if powers else None


def _transmitter(facts: Entry, transmitter: Entry, listed: Entry, power: Decimal) -> Transmitter:
    """What it sends is what it can send, as stated or listed; where nobody says, what is applied for."""
    ranges = items(transmitter.get("ranges"))
    applied = items(station(facts).get("assignments"))
    modulated = [one.get("emission") for one in items(transmitter.get("modulations"))]
    on_list = listed.get("frequencies_hz")
    frequencies = (*_frequencies(ranges), *_hertz(on_list if isinstance(on_list, list | tuple) else ()))
    return Transmitter(
        power,
        transmitter.get("conforming") is True,
        _emissions(ranges, modulated) or _emissions(applied),
        frequencies or _frequencies(applied),
    )


def _applied(facts: Entry, line: Entry) -> Transmitter | None:
    power = max(numbers([line.get("power_w")]), default=None)
    stated = items(station(facts).get("transmitters"))
    conforming = bool(stated) and all(one.get("conforming") is True for one in stated)
    return None if power is None else Transmitter(power, conforming, _emissions([line]), _frequencies([line]))


def _recorded(facts: Entry) -> list[Transmitter]:
    """The license on record has one power; what its transmitters send stands beside it, where it was filed."""
    license_ = part(facts, "license")
    power = max(numbers([license_.get("max_power_w")]), default=None)
    recorded = items(license_.get("transmitters"))
    ranges = [one for transmitter in recorded for one in items(transmitter.get("ranges"))]
    conforming = bool(recorded) and all(one.get("conforming") is True for one in recorded)
    return [] if power is None else [Transmitter(power, conforming, _emissions(ranges), _frequencies(ranges))]


def _emissions(lines: Iterable[Entry], more: Iterable[object] = ()) -> tuple[str, ...]:
    named = [*(emission.get("emission") for line in lines for emission in items(line.get("emissions"))), *more]
    return tuple(dict.fromkeys(one.strip().upper() for one in named if isinstance(one, str) and one.strip()))


def _frequencies(lines: Iterable[Entry]) -> tuple[float, ...]:
    return _hertz(line.get(end) for line in lines for end in ("frequency_hz", "frequency_to_hz"))


def _hertz(values: Iterable[object]) -> tuple[float, ...]:
    return tuple(dict.fromkeys(float(one) for one in numbers(values)))


def station(facts: Entry) -> Entry:
    """The station of the form."""
    return part(part(facts, "form"), "station")


def part(whole: Entry, name: str) -> Entry:
    """A mapping within a mapping; an empty one where there is none."""
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}


def items(value: object) -> list[Entry]:
    """The mappings of a list; a form may hold anything."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def numbers(values: Iterable[object]) -> list[Decimal]:
    """Give the positive finite numbers among the values; a form may hold anything."""
    found = [Decimal(str(value)) for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]
    return [number for number in found if number.is_finite() and number > 0]
