"""The spectrum user fee: its worked cases are in `regulation/cases/spectrum-fees.yaml`; here is what holds of all of them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner.regulation import Law, load
from partner.regulation.spectrum_bands import Part, Use
from partner.regulation.spectrum_years import Annual, counted_periods, spans

ROOT = Path(__file__).resolve().parents[2] / "regulation"
DAYS = st.dates(date(2008, 10, 1), date(2030, 12, 31))
CLASSES = ("AT", "ML", "FB", "FX", "MS", "TC", "TUP", "EKT", "BC", "CR", "EX", "SP", "DVT")
HERTZ = st.integers(1_000, 40_000_000_000)
WIDTHS = st.integers(1, 500_000_000)
FULLY_TOLD = st.builds(
    Use,
    station_class=st.sampled_from(CLASSES),
    moves=st.booleans(),
    licensee_kind=st.sampled_from(("individual", "corporation", "government")),
    frequencies_hz=HERTZ.map(lambda one: ((one, one),)),
    power_w=st.decimals(Decimal("0.001"), Decimal(100_000), places=3),
    region=st.integers(1, 4),
    prefecture=st.sampled_from(("01", "13", "27", "47")),
    broadcast_kind=st.sampled_from(("DHV", "OBC")),
    purposes=st.sampled_from(((), ("GOV",), ("x-police",), ("x-broadcasting-business",))),
    carrier_sense=st.booleans(),
)


@pytest.fixture(scope="module")
def law() -> Law:
    return load(ROOT)


@given(licensed_on=DAYS, length=st.integers(0, 3_000))
def test_the_years_of_a_term_leave_no_day_out_and_take_none_twice(licensed_on: date, length: int) -> None:
    valid_to = licensed_on + timedelta(days=length)
    years = list(spans(licensed_on, valid_to))
    assert years[0][0] == licensed_on
    assert years[-1][1] == valid_to
    assert all(after[0] == before[1] + timedelta(days=1) for before, after in itertools.pairwise(years))
    assert all(365 <= (last - first).days + 1 <= 366 for first, last in years[:-1])


@given(licensed_on=DAYS, months=st.integers(1, 120))
def test_an_amateur_pays_for_every_month_once(law: Law, licensed_on: date, months: int) -> None:
    """300 yen a year are 25 yen a month, whatever the day: no month is charged twice, none is left out."""
    valid_to = last_day(licensed_on, months)
    years = law.spectrum_fees.years(Use("AT", moves=True, licensee_kind="individual"), licensed_on=licensed_on, valid_to=valid_to)
    assert sum(year.months for year in years) == months
    assert sum(year.amount_yen or 0 for year in years) == 25 * months
    assert all(year.due_yen == (year.amount_yen if year.confirmed else 0) for year in years)


def last_day(first: date, months: int) -> date:
    """The day before the first day that lies so many calendar months later."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = first.day
    while True:
        try:
            return date(year, month + 1, day) - timedelta(days=1)
        except ValueError:
            year, month = divmod(year * 12 + month + 1, 12)
            day = 1


@given(
    licensed_on=DAYS,
    length=st.integers(1, 3_000),
    changes=st.lists(st.tuples(st.integers(0, 3_000), st.integers(-5, 9)), max_size=12),
)
def test_no_station_is_charged_twice_for_a_month_and_none_is_left_out(
    licensed_on: date, length: int, changes: list[tuple[int, int]]
) -> None:
    """Month by month, as many stations are charged as the most that were open at the end of a month since the anniversary."""
    valid_to = licensed_on + timedelta(days=length)
    days = [(licensed_on + timedelta(days=after), more) for after, more in changes]

    def number(day: date) -> int:
        return max(0, 5 + sum(more for since, more in days if since <= day))

    for year in spans(licensed_on, valid_to):
        found = [one for one in counted_periods(licensed_on, valid_to, until=date.max, number=number) if one.law_of == year[0]]
        assert [one.growth for one in found] == [False, *[True] * (len(found) - 1)]
        charged = highest = 0
        for period in found:
            assert period.stations is not None
            assert period.counted_on is not None
            assert period.counted_on > valid_to or period.stations + highest == number(period.counted_on)
            assert not period.growth or (period.stations > 0 and year[0] < period.first <= period.last < following(licensed_on, year[0]))
            charged += period.stations
            highest = charged
        counted_on = found[0].counted_on
        assert counted_on is not None
        ends = [end for end in month_ends(counted_on) if end <= valid_to and end < following(licensed_on, year[0])]
        assert charged == max((number(end) for end in ends), default=0)


def following(licensed_on: date, first: date) -> date:
    """The first day of the month of the next anniversary."""
    return date(first.year + 1, licensed_on.month, 1)


def month_ends(first: date) -> list[date]:
    """The last days of twelve months from that of a day on."""
    firsts = [divmod(first.year * 12 + first.month + ahead, 12) for ahead in range(12)]
    return [date(year, month + 1, 1) - timedelta(days=1) for year, month in firsts]


@given(use=FULLY_TOLD, on=st.dates(date(2011, 10, 1), date(2014, 9, 30)), width=WIDTHS)
def test_the_complete_table_has_one_amount_for_every_station_in_one_band(law: Law, use: Use, on: date, width: int) -> None:
    told = replace(use, widest_hz=width, width_hz=width)
    assert law.spectrum_fees.annual(told, on=on).amount_yen is not None


@given(use=FULLY_TOLD, on=DAYS, width=WIDTHS, forgotten=st.sets(st.sampled_from(("frequencies_hz", "power_w", "region", "widest_hz"))))
def test_what_the_record_does_not_tell_is_never_guessed(law: Law, use: Use, on: date, width: int, forgotten: set[str]) -> None:
    """An amount that is given without knowing something is the amount that is given when it is known."""
    told = replace(use, widest_hz=width, width_hz=width)
    changes: dict[str, Any] = {name: () if name == "frequencies_hz" else None for name in forgotten}
    less = replace(told, **changes)
    known, guessed = law.spectrum_fees.annual(told, on=on), law.spectrum_fees.annual(less, on=on)
    assert guessed.amount_yen in (None, known.amount_yen)
    assert not is_demanded(guessed) or is_demanded(known)


def is_demanded(annual: Annual) -> bool:
    return annual.confirmed and annual.amount_yen is not None


def test_whoever_is_not_charged_is_told_why(law: Law) -> None:
    nothing = law.spectrum_fees.annual(Use("FB", moves=False, licensee_kind="corporation"), on=date(2015, 1, 1))
    assert nothing.amount_yen is None
    assert nothing.why is not None
    assert "確認" in nothing.why.ja
    expected = law.spectrum_fees.annual(Use("AT", moves=True, licensee_kind="individual"), on=date(2026, 1, 1))
    assert (expected.amount_yen, expected.confirmed) == (300, False)
    assert expected.why is not None
    assert "令和7年" in expected.why.ja
    assert "別表第六八の項" in expected.citation


@given(use=FULLY_TOLD, on=st.dates(date(2011, 10, 1), date(2014, 9, 30)), width=WIDTHS, other=st.integers(1, 9_000_000_000))
def test_what_each_band_uses_is_never_guessed(law: Law, use: Use, on: date, width: int, other: int) -> None:
    """Of a station at two frequencies: what is told without the parts is what is told with them, whatever they are."""
    first = use.frequencies_hz[0][0]
    parts = (Part(first, width, use.power_w), Part(other, 1_000, use.power_w))
    whole = replace(use, frequencies_hz=((first, first), (other, other)), widest_hz=max(width, 1_000), width_hz=width + 1_000)
    known, unknown = law.spectrum_fees.annual(replace(whole, parts=parts), on=on), law.spectrum_fees.annual(whole, on=on)
    assert unknown.amount_yen in (None, known.amount_yen)
