"""What changed between two forms, and what of a form goes on the license record."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from partner.licensing import record_facts
from partner.licensing.differences import differences
from partner.registry.facts import AssignmentFacts, LicenseFacts
from tests.registry.samples import law

HELD = LicenseFacts(
    station_class="AT",
    bureau="A",
    municipality="13101",
    site_address="霞が関２－１－２",
    movement_area="AAA",
    moves=True,
    assignments=(AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal(50)),),
    details={"transmitters": [{"number": 1, "rated_power_w": [50]}, {"number": 2, "rated_power_w": [20]}], "antennas": ["TI"]},
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("/a", 1, 2)]),
        ({"a": [1, 2]}, {"a": [1]}, [("/a/1", 2, None)]),
        ({}, {"a/b": {"c~d": "x"}}, [("", {}, None), ("/a~1b/c~0d", None, "x")]),
        ({"a": None}, {}, [("/a", None, None), ("", None, {})]),
    ],
)
def test_differences_name_each_leaf(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(change["field"], change["before"], change["after"]) for change in differences(before, after)] == expected


def test_a_line_with_several_emissions_is_one_designation() -> None:
    lines: list[dict[str, Any]] = [
        {"emissions": [{"bandwidth": "16K0", "emission": "F3E"}, {"emission": "A1A"}], "frequency_hz": 7_100_000, "power_w": 0.8},
        {"symbol": "1AF", "bundle": "1AF"},
    ]
    first, second, bundle = record_facts.assignments(lines)
    assert (first.emission, first.continued, first.power_w) == ("16K0F3E", False, Decimal("0.8"))
    assert (second.emission, second.continued, second.frequency_hz) == ("A1A", True, 7_100_000)
    assert (bundle.bundle, bundle.emission, bundle.frequency_hz) == ("1AF", None, None)


def test_a_change_touches_what_it_flags_and_nothing_else() -> None:
    site = {"municipality": "13102", "address": "築地１－１－１"}
    station = {"site": site, "movement": "BBB", "assignments": [{"symbol": "3HA", "frequency_hz": 7_100_000, "power_w": 10}]}
    unflagged = record_facts.of_change(HELD, {"station": station}, law(), designation={})
    assert unflagged == HELD
    moved = record_facts.of_change(HELD, {"station": {**station, "changes": {"site": True}}}, law(), designation={})
    assert moved == replace(HELD, municipality="13102", site_address="築地１－１－１")
    fixed = record_facts.of_change(HELD, {"station": {**station, "changes": {"movement": True}}}, law(), designation={})
    assert (fixed.movement_area, fixed.moves, fixed.assignments) == ("BBB", False, HELD.assignments)


@pytest.mark.parametrize("item", ["call_sign", "applicant", "operators", "site", "movement", "assignments", "equipment"])
def test_what_is_flagged_without_saying_what_it_becomes_stays_as_it_is(item: str) -> None:
    form = {"station": {"changes": {item: True}}}
    assert record_facts.of_change(HELD, form, law(), designation={}) == HELD


def test_a_change_of_antennas_alone_keeps_the_transmitters() -> None:
    form = {"station": {"changes": {"equipment": True}, "antennas": ["YA"]}}
    changed = record_facts.of_change(HELD, form, law(), designation={})
    assert changed.details == {**HELD.details, "antennas": ["YA"]}


@pytest.mark.parametrize(
    ("station_class", "station", "area", "moving"),
    [
        ("ML", {"movement_area": "関東総合通信局管内の陸上"}, "関東総合通信局管内の陸上", True),
        ("ML", {}, None, True),
        ("ML", {"movement": "x-land"}, "x-land", True),
        ("ML", {"movement": "x-land", "movement_area": "東京都内の陸上"}, "東京都内の陸上", True),
        ("ML", {"movement": "BBB"}, None, True),
        ("FB", {}, None, False),
        ("FB", {"movement": "AAA"}, None, False),
        ("AT", {"movement": "AAA"}, "AAA", True),
        ("AT", {"movement": "BBB"}, "BBB", False),
        ("AT", {"movement": "ZZZ"}, "ZZZ", False),
        ("AT", {}, None, False),
    ],
)
def test_a_station_moves_by_its_class_and_else_by_its_area(
    station_class: str, station: dict[str, Any], area: str | None, moving: bool
) -> None:
    form = {"station_class": station_class, "station": {**station, "operating_hours": "8時から20時まで"}}
    granted = record_facts.of_new_license(form, law(), bureau="A", designation={})
    assert (granted.movement_area, granted.moves, granted.operating_hours) == (area, moving, "8時から20時まで")


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ([{"number": 1}, {"number": 2, "change_kind": "C"}], [1]),
        ([{"number": 1}, {"number": 3, "change_kind": "B"}], [1, 3]),
        ([{"number": 1}, {"number": 2}], [1, 2]),
    ],
)
def test_equipment_follows_the_kinds_of_change_and_what_is_left_out_is_removed(given: list[dict[str, Any]], numbers: list[int]) -> None:
    changed = record_facts.of_change(HELD, {"station": {"changes": {"equipment": True}, "transmitters": given}}, law(), designation={})
    transmitters = changed.details["transmitters"]
    assert [transmitter["number"] for transmitter in transmitters] == numbers
    assert transmitters[0] == {"number": 1, "rated_power_w": [50]}
    assert changed.details["antennas"] == ["TI"]


@pytest.mark.parametrize("standard", ["008", None])
def test_what_is_registered_is_told_from_what_is_licensed(standard: str | None) -> None:
    """The standard of the equipment (無線設備の規格) makes it a registration."""
    station = {"station_class": "CR"} | ({"registration_standard": standard} if standard else {})
    recorded = record_facts.of_new_license({"station": station}, law(), bureau="A", designation={})
    assert recorded.registration_standard == standard
