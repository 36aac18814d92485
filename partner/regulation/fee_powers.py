"""By which power a transmitter counts for a fee (`regulation/fee-powers/*.yaml`): deemed powers, and what is never the main transmitter.

A rule tells by an expression which transmitters it is about, and by a limit of power which of them count otherwise than they are
(手数料令1条). Where the rule is not confirmed, what follows from it is supposed, and the fee an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from partner.regulation.expressions import Expression, Told
from partner.regulation.facts import BOOLEAN, NUMBERS, TEXTS, Record
from partner.regulation.reading import Provision, Reader, Strict, Version
from partner.regulation.sources import shape_of

FOLDER = "fee-powers"
TRANSMITTER = Record({"conforming": BOOLEAN, "emissions": TEXTS, "frequencies_hz": NUMBERS})
"""What an expression sees of a transmitter as `item`, beside all facts of the case: its emission classes without bandwidth, both ends of
its frequencies in Hz."""


def _of_a_transmitter(value: object, info: ValidationInfo) -> object:
    return Expression(value, item=TRANSMITTER, shape=shape_of(info)) if isinstance(value, str) else value


OfTransmitter = Annotated[Expression, BeforeValidator(_of_a_transmitter)]


class Way(Strict):
    """How a transmitter counts whose power is above, or below, a limit in W: as one of `counts_as_w`, never as the main one."""

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    when: OfTransmitter | None = None
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
    """Which transmitters a rule is about, and how they count: by the first way that fits."""

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    which: OfTransmitter
    ways: tuple[Way, ...] = Field(min_length=1)


class FeePower(Provision[Counting]):
    """One rule of counting and its history."""


@dataclass(frozen=True)
class Transmitter:
    """A transmitter as a filing, or the record, tells of it: power in W, frequencies in Hz; `conforming` is None where nobody said."""

    power_w: Decimal
    conforming: bool | None = None
    emissions: tuple[str, ...] = ()
    frequencies_hz: tuple[float, ...] = ()
    never_main: bool = False

    def as_item(self) -> Mapping[str, object]:
        """What expressions are told of it."""
        return {"conforming": self.conforming, "emissions": list(self.emissions), "frequencies_hz": list(self.frequencies_hz)}


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
        """Tell how transmitters count on a day. `told` gives the facts of the case, and is asked only where a limit is passed at all."""
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
    fitting = [] if rule.value is None else [way for way in rule.value.ways if way.is_of(transmitter.power_w)]
    if rule.value is None or not fitting:  # the limits come first, because to ask an expression is dear
        return
    facts, item = told(), transmitter.as_item()
    if rule.value.which.holds(facts, item):
        yield from (way for way in fitting if way.when is None or way.when.holds(facts, item))


def read(reader: Reader) -> FeePowers:
    """Read all rules of counting."""
    return FeePowers({source.stem: rule for source, rule in reader.provisions(FOLDER, FeePower)})
