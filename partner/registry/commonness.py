"""Which ranges of frequencies are common: remembered, so that a search for one does not first gather candidates that count for nothing.

A range that holds a common one is common too. What is remembered decides only which way through the register is tried first
(`partner.registry.plans`), never what the answer is; so each process may remember for itself, and forget.
"""

from __future__ import annotations

from dataclasses import dataclass

from partner.registry.criteria import Criteria

KEPT = 20
USES = 1_000
"""How often a range is taken for common until it is counted anew: the register may have lost stations."""


@dataclass(slots=True)
class _Range:
    """From and to in Hz, both included; None is without a bound."""

    low: int | None
    high: int | None
    uses: int = USES

    def within(self, low: int | None, high: int | None) -> bool:
        """Whether another range holds all of this one."""
        from_below = low is None or (self.low is not None and low <= self.low)
        to_above = high is None or (self.high is not None and self.high <= high)
        return from_below and to_above


class CommonRanges:
    """Ranges that had more candidates than can be looked at, the last one first, and none that holds another."""

    def __init__(self) -> None:
        self._ranges: list[_Range] = []

    def common(self, criteria: Criteria) -> bool:
        """Whether the range that a search asks for is known to be common."""
        for known in self._ranges:
            if known.within(criteria.frequency_from, criteria.frequency_to):
                known.uses -= 1
                if known.uses <= 0:
                    self._ranges.remove(known)
                return True
        return False

    def remember(self, criteria: Criteria) -> None:
        """Note that the range that a search asks for turned out to be common."""
        found = _Range(criteria.frequency_from, criteria.frequency_to)
        narrowest = [known for known in self._ranges if not found.within(known.low, known.high)]
        self._ranges = [found, *narrowest][:KEPT]
