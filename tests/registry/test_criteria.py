"""A search is parsed strictly: any input is a search or is refused by name; cursors are ours or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner.errors import Malformed
from partner.registry import criteria, cursors, values
from partner.registry.criteria import Criteria
from partner.registry.cursors import Position
from partner.registry.places import with_wards
from tests.registry.samples import law

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
PARAMETERS = [
    "call_sign",
    "licensee",
    "licensee_id",
    "station_class",
    "bureau",
    "prefecture",
    "municipality",
    "purpose",
    "emission",
    "frequency_from",
    "frequency_to",
    "power_min",
    "power_max",
    "licensed_from",
    "licensed_to",
    "status",
    "near",
    "radius_km",
    "as_of",
    "known_at",
    "sort",
    "limit",
    "cursor",
    "count",
    "nonsense",
]
LIKELY = ["1", "0", "A", "AT", "13", "13101", "145MHz", "2024-02-29", "35,139", "-id", "any", "exact", "2020-01-01T00:00:00Z"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PARAMETERS), st.text(max_size=20) | st.sampled_from(LIKELY)), max_size=12))
def test_anything_is_a_search_or_is_refused_by_name(pairs: list[tuple[str, str]]) -> None:
    try:
        asked, page = criteria.parse(pairs, law())
    except Malformed as error:
        refused: Malformed | None = error
    else:
        refused = None
        assert 1 <= page.limit <= 1000
        assert asked.frequency_from is None or asked.frequency_to is None or asked.frequency_from <= asked.frequency_to
        cursors.encode(Position(None, UUID(int=1), date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=UTC)), asked, KEY)
    if refused is not None:
        assert refused.code == "invalid_parameter"
        assert {one.field for one in refused.errors} <= {*(name for name, _ in pairs), "near", "radius_km"}


@pytest.mark.parametrize(
    ("text", "hertz"),
    [("145000000", 145_000_000), ("145MHz", 145_000_000), ("1.8295 mhz", 1_829_500), ("５ＧＨｚ", 5_000_000_000), ("135.7kHz", 135_700)],
)
def test_frequencies_with_units(text: str, hertz: int) -> None:
    assert values.frequency(text) == hertz


@pytest.mark.parametrize(("text", "watt"), [("50", "50"), ("800mW", "0.8"), ("1kW", "1000"), ("1MW", "1000000"), ("0.1 W", "0.1")])
def test_powers_with_units(text: str, watt: str) -> None:
    assert values.power(text) == Decimal(watt)


def test_a_date_stands_for_the_end_of_its_day_in_japan() -> None:
    assert values.instant("2025-04-01") == datetime(2025, 4, 1, 14, 59, 59, 999999, tzinfo=UTC)
    assert values.instant("2025-04-01T00:00:00 09:00") == datetime(2025, 3, 31, 15, tzinfo=UTC)


def test_a_city_with_wards_stands_for_its_wards() -> None:
    places = law().codes("municipalities")
    yokohama = with_wards(places, "14100")
    assert {"14100", "14101", "14118"} <= set(yokohama)
    assert "14131" not in yokohama
    assert with_wards(places, "13101") == ("13101",)


POSITION = Position("値", UUID(int=7), date(2023, 12, 7), datetime(2023, 12, 7, 1, tzinfo=UTC))
SEARCH = Criteria(bureaus=("A", "B"), frequency_from=1)


def test_a_cursor_comes_back_whole_whatever_the_order_of_values() -> None:
    cursor = cursors.encode(POSITION, SEARCH, KEY)
    assert cursors.decode(cursor, SEARCH, KEY) == POSITION
    assert cursors.decode(cursor, replace(SEARCH, bureaus=("B", "A")), KEY) == POSITION


def test_a_cursor_of_another_search_or_key_is_refused() -> None:
    cursor = cursors.encode(POSITION, SEARCH, KEY)
    others = [
        replace(SEARCH, bureaus=("A",)),
        replace(SEARCH, frequency_from=2),
        replace(SEARCH, sort=values.Sort("id", descending=True)),
        replace(SEARCH, as_of=date(2023, 12, 7)),
        replace(SEARCH, near=criteria.Near(1, 2, 3)),
    ]
    for other in others:
        with pytest.raises(Malformed, match="invalid_cursor"):
            cursors.decode(cursor, other, KEY)
    with pytest.raises(Malformed, match="invalid_cursor"):
        cursors.decode(cursor, SEARCH, OTHER_KEY)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_no_forged_cursor_is_taken(text: str) -> None:
    with pytest.raises(Malformed):
        cursors.decode(text, SEARCH, KEY)
