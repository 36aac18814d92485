"""What is remembered of common ranges of frequencies: only what follows from what was seen, and not for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from partner.registry.commonness import KEPT, USES, CommonRanges
from partner.registry.criteria import Criteria

Ends = tuple[int | None, int | None]
BOUNDS = st.none() | st.integers(0, 50)


def in_order(ends: Ends) -> Ends:
    """The ends of a range, the lower one first."""
    low, high = ends
    return (high, low) if low is not None and high is not None and low > high else ends


RANGES = st.tuples(BOUNDS, BOUNDS).map(in_order)


def asking(low: int | None, high: int | None) -> Criteria:
    return Criteria(frequency_from=low, frequency_to=high)


def holds(outer: Ends, inner: Ends) -> bool:
    """Whether every frequency from 0 to 50, and one beyond each end, that is in the inner range is in the outer one."""
    every = range(-1, 52)

    def within(value: int, ends: Ends) -> bool:
        return (ends[0] is None or ends[0] <= value) and (ends[1] is None or value <= ends[1])

    return all(within(value, outer) for value in every if within(value, inner))


@given(st.lists(RANGES, max_size=8), RANGES)
def test_a_range_is_common_when_it_holds_one_that_was_seen_to_be(seen: list[Ends], asked: Ends) -> None:
    known = CommonRanges()
    for ends in seen:
        known.remember(asking(*ends))
    assert known.common(asking(*asked)) == any(holds(asked, ends) for ends in seen)


def test_a_range_within_a_common_one_is_not_common_for_that() -> None:
    known = CommonRanges()
    known.remember(asking(100, 200))
    assert known.common(asking(100, 200))
    assert known.common(asking(None, 300))
    assert not known.common(asking(101, 200))
    assert not known.common(asking(150, None))


def test_what_was_seen_is_counted_anew_in_time() -> None:
    known = CommonRanges()
    known.remember(asking(100, 200))
    assert all(known.common(asking(100, 200)) for _ in range(USES))
    assert not known.common(asking(100, 200))


def test_no_more_is_kept_than_is_worth_looking_through() -> None:
    known = CommonRanges()
    for start in range(KEPT + 1):
        known.remember(asking(start, 100 + start))
    assert not known.common(asking(0, 100))
    assert known.common(asking(KEPT, 100 + KEPT))
