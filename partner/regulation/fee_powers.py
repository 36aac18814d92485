"""By which power a transmitter counts for a fee (`regulation/fee-powers/*.yaml`): deemed powers, and what is never the main transmitter.

A rule tells which transmitters it is about (by emission, frequency, mark, and the facts of the case), and by a limit of power which of
them count otherwise than they are (手数料令1条). Where the rule is not confirmed, what follows from it is supposed: an estimate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from pydantic import Field, model_validator

from partner.regulation.expressions import Condition, Told
from partner.regulation.reading import Provision, Reader, Strict, Version

FOLDER = "fee-powers"


@dataclass(frozen=True)
class Transmitter:
    """A transmitter as a filing, or the record, tells of it: power in W, frequencies in Hz; `conforming` is None where nobody said."""

    power_w: Decimal
    conforming: bool | None = None
    emissions: tuple[str, ...] = ()
    frequencies_hz: tuple[float, ...] = ()
    never_main: bool = False


class Way(Strict):
    """How a transmitter counts whose power is above, or below, a limit in W: as one of `counts_as_w`, never as the main one."""

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    when: Condition | None = None
    above_w: Decimal | None = Field(None, gt=0)
    below_w: Decimal | None = Field(None, gt=0)
    counts_as_w: Decimal | None = Field(None, gt=0)
    never_main: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Way:
        if self.counts_as_w is None and not self.never_main:
            raise ValueError("a way says 'counts_as_w', 'never_main' or both")
        return self

    def is_of(self, power_w: Decimal) -> bool:
        """Whether a power is within its limits; the limits themselves are not."""
        return (self.above_w is None or power_w > self.above_w) and (self.below_w is None or power_w < self.below_w)


class Counting(Strict):
    """Which transmitters a rule is about, and how they count: by the first way that fits.

    `emission` is a pattern of a whole emission class without its bandwidth; one that is sent suffices. `from_hz`: a frequency is as high,
    or higher. `conforming_too` is false where equipment with a conformity mark is excepted. `when` asks the facts of the case.
    """

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    emission: re.Pattern[str] | None = None
    from_hz: int | None = Field(None, gt=0)
    conforming_too: bool
    when: Condition | None = None
    ways: tuple[Way, ...] = Field(min_length=1)

    def is_about(self, transmitter: Transmitter) -> bool:
        """Whether a transmitter is such a one, as far as it tells itself."""
        sent = self.emission is None or any(self.emission.fullmatch(one) for one in transmitter.emissions)
        high = self.from_hz is None or any(one >= self.from_hz for one in transmitter.frequencies_hz)
        return sent and high and (self.conforming_too or transmitter.conforming is not True)


class FeePower(Provision[Counting]):
    """One rule of counting and its history."""


@dataclass(frozen=True)
class Counted:
    """A transmitter as it counts by what is confirmed (`surely`), and by all rules (`supposedly`)."""

    surely: Transmitter
    supposedly: Transmitter


@dataclass(frozen=True)
class FeePowers:
    """All rules of counting by name."""

    by_name: Mapping[str, FeePower]

    def count(self, transmitters: Sequence[Transmitter], told: Callable[[], Told], *, on: date) -> list[Counted]:
        """Tell how transmitters count on a day. `told` gives the facts of the case, and is asked only where it matters."""
        rules = sorted((rule for each in self.by_name.values() if (rule := each.on(on))), key=lambda rule: not rule.certain)
        return [_counted(transmitter, rules, told) for transmitter in transmitters]


def _counted(transmitter: Transmitter, rules: Sequence[Version[Counting]], told: Callable[[], Told]) -> Counted:
    """The first rule that fits decides; those that are confirmed come first."""
    for rule in rules:
        for way in _ways(rule, transmitter, told):
            deemed = replace(transmitter, power_w=way.counts_as_w or transmitter.power_w, never_main=way.never_main)
            return Counted(deemed if rule.certain else transmitter, deemed)
    return Counted(transmitter, transmitter)


def _ways(rule: Version[Counting], transmitter: Transmitter, told: Callable[[], Told]) -> Iterator[Way]:
    counting = rule.value
    fitting = [way for way in counting.ways if way.is_of(transmitter.power_w)] if counting and counting.is_about(transmitter) else []
    if counting is None or not fitting:  # to ask an expression is dear: everything else comes first
        return
    if counting.when is None or counting.when.holds(told()):
        yield from (way for way in fitting if way.when is None or way.when.holds(told()))


def read(reader: Reader) -> FeePowers:
    """Read all rules of counting."""
    return FeePowers({source.stem: rule for source, rule in reader.provisions(FOLDER, FeePower)})
