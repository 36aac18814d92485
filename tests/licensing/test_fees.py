"""What a filing costs, from its facts: the largest transmitter, the channel, the governing date. Amounts are pinned by the worked cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner import regulation
from partner.licensing import fees
from partner.regulation import Law

LAW = regulation.load(Path(__file__).parents[2] / "regulation")


@dataclass(frozen=True)
class Governing:
    fee: str = "received_on"


@dataclass(frozen=True)
class Procedure:
    fee: str | None = "amateur-new-license"
    inspection_fee: str | None = "amateur-inspection"
    governed_by: Governing = Governing()


@pytest.fixture(scope="module")
def law() -> Law:
    return LAW


def _facts(*powers: Any, channel: str = "electronic", received_on: Any = "2024-06-01", **station: Any) -> dict[str, Any]:
    transmitters = [{"number": index, "rated_power_w": power} for index, power in enumerate(powers, start=1)]
    form = {"station": {"transmitters": transmitters, **station}}
    return {"form": form, "channel": channel, "dates": {"received_on": received_on, "today": "2024-06-20"}}


def test_the_fee_follows_the_largest_transmitter_and_not_the_symbol(law: Law) -> None:
    """A 1AF station with only a 50 W set."""
    applied = [{"symbol": "1AF", "bundle": "1AF", "power_w": 1000}]
    assert fees.assess(law, Procedure(), _facts([50], assignments=applied)).amount_yen == 2900
    assert fees.assess(law, Procedure(), _facts([50.1], assignments=applied)).amount_yen == 5500
    assert fees.assess(law, Procedure(), _facts([10], [20, 200])).amount_yen == 5500


def _sends(emission: str, frequency_hz: int, power_w: float, **more: Any) -> dict[str, Any]:
    ranges = [{"emissions": [{"emission": emission}], "frequency_hz": frequency_hz}]
    return {"number": 1, "rated_power_w": [power_w], "ranges": ranges, **more}


def _sending(*sets: dict[str, Any], station_class: str = "FX", **station: Any) -> dict[str, Any]:
    facts = _facts(station_class=station_class, **station)
    facts["form"]["station"]["transmitters"] = list(sets)
    return facts


OTHER = Procedure("other-new-license", "other-inspection")
MICROWAVE = 6_000_000_000


def test_declared_multiplex_equipment_counts_as_500_w(law: Law) -> None:
    link = _sends("F3E", MICROWAVE, 1)
    assert fees.assess(law, OTHER, _sending(link, multiplex=True)).due_yen == 17_000
    assert fees.assess(law, OTHER, _sending(link, multiplex=False)).due_yen == 2_550
    assert fees.assess(law, OTHER, _sending({**link, "conforming": True}, multiplex=True)).due_yen == 2_550
    assert fees.assess(law, OTHER, _sending(_sends("F3E", 400_000_000, 1), multiplex=True)).due_yen == 2_550
    moving = _sending(link, multiplex=True, station_class="ML")
    assert fees.assess(law, OTHER, {**moving, "derived": {"moves": True}}).due_yen == 10_400


def test_what_only_an_emission_tells_makes_the_fee_an_estimate(law: Law) -> None:
    for emission, power_w, amount in (("G7W", 1, 17_000), ("C3F", 1, 17_000), ("P0N", 5000, 10_400)):
        assessed = fees.assess(law, OTHER, _sending(_sends(emission, MICROWAVE, power_w)))
        assert (assessed.amount_yen, assessed.confirmed, assessed.due_yen) == (amount, False, 0)
    told_by_what_is_applied_for = [{"emissions": [{"emission": "g7w"}], "frequency_hz": MICROWAVE, "power_w": 1}]
    assert not fees.assess(law, OTHER, _facts([1], assignments=told_by_what_is_applied_for)).confirmed
    assert fees.assess(law, OTHER, _sending(_sends("G1D", MICROWAVE, 1))).due_yen == 2_550


def test_a_doubt_that_changes_no_amount_is_none(law: Law) -> None:
    """Of two sets the larger one decides either way; and amateurs below 50 W that move stay in their tier."""
    larger = _sends("F3E", 150_000_000, 500)
    assert fees.assess(law, OTHER, _sending(_sends("G7W", MICROWAVE, 1), {**larger, "number": 2})).due_yen == 17_000
    amateur = {**_sending(_sends("F7W", 1_270_000_000, 10), station_class="AT"), "derived": {"moves": True}}
    assert fees.assess(law, Procedure(), amateur).due_yen == 2_900


def test_radar_is_not_the_main_transmitter_of_a_ship(law: Law) -> None:
    radio, radar = _sends("J3E", 8_000_000, 25), _sends("P0N", 9_410_000_000, 10_000)
    assessed = fees.assess(law, Procedure("ship-new-license"), _sending(radio, radar, station_class="MS"))
    assert (assessed.amount_yen, assessed.confirmed) == (7_200, False)
    inspection = fees.assess_inspection(law, Procedure(inspection_fee="ship-inspection"), _sending(radio, radar, station_class="MS"))
    assert [line.amount_yen for line in inspection.lines] == [67_700, 16_800]
    assert fees.assess(law, Procedure("ship-new-license"), _sending(radio, station_class="MS")).due_yen == 7_200
    alone = fees.assess(law, Procedure("ship-new-license"), _sending(radar, station_class="MS"))
    assert (alone.amount_yen, alone.confirmed) == (7_200, False)


def test_a_renewal_counts_what_the_record_holds(law: Law) -> None:
    recorded = {"ranges": [{"emissions": [{"emission": "G7W"}], "frequency_hz": MICROWAVE}]}
    license_ = {"station_class": "FX", "max_power_w": 1, "transmitters": [recorded]}
    dates = {"received_on": "2024-06-01"}
    assessed = fees.assess(law, Procedure("other-renewal"), {"dates": dates, "license": license_})
    assert (assessed.amount_yen, assessed.confirmed) == (6_500, False)
    assert fees.assess(law, Procedure("other-renewal"), {"dates": dates, "license": {**license_, "transmitters": []}}).due_yen == 1_500


def test_a_transmitter_that_is_taken_away_does_not_count(law: Law) -> None:
    facts = _facts([50], [1000])
    facts["form"]["station"]["transmitters"][1]["change_kind"] = "C"
    assert fees.assess(law, Procedure(), facts).amount_yen == 2900
    facts["form"]["station"]["transmitters"][1]["change_kind"] = "B"
    assert fees.assess(law, Procedure(), facts).amount_yen == 5500


LISTED = {"conformity": {"002-160008": {"power_w": 50}, "002-160009": {"power_w": 100}, "000-000000": None}}


def _numbered(*numbers: str | None, stated: Any = None, applied: Any = None, **more: Any) -> dict[str, Any]:
    """Sets that are given by their conformity numbers alone, beside one whose power is stated."""
    sets = [{"number": index, "conforming": True, "conformity_number": number} for index, number in enumerate(numbers, start=2)]
    stated_set = [] if stated is None else [{"number": 1, "rated_power_w": [stated]}]
    return {**_facts(transmitters=[*stated_set, *sets], assignments=[{"power_w": applied}], **more), **LISTED}


def test_the_number_of_a_conforming_set_suffices_to_know_its_power(law: Law) -> None:
    """A 1AF station with only a 50 W set, by its number (corrections of a practitioner: 2,900)."""
    assert fees.assess(law, Procedure(), _numbered("002-160008")).due_yen == 2900
    assert fees.assess(law, Procedure(), _numbered("002-160008", "002-160009")).due_yen == 5500
    assert fees.assess(law, Procedure(), _numbered("002-160008", applied=1000)).due_yen == 2900


@pytest.mark.parametrize(("number", "yen"), [("002-160008", 31_300 + 5_600), ("002-160009", 31_300 + 8_000)])
def test_a_further_set_given_by_its_number_costs_its_inspection(number: str, yen: int, law: Law) -> None:
    assert fees.assess_inspection(law, Procedure(), _numbered(number, stated=1000, applied=1000)).amount_yen == yen


def test_what_is_stated_of_a_set_goes_before_what_is_listed() -> None:
    facts = _numbered("002-160009")
    facts["form"]["station"]["transmitters"][0]["rated_power_w"] = [20]
    assert fees.largest_power(facts) == Decimal(20)


@pytest.mark.parametrize("number", ["000-000000", "999-999999", None])
def test_a_number_that_the_list_does_not_know_says_nothing_of_the_power(number: str | None) -> None:
    assert fees.largest_power(_numbered(number, applied=200)) == Decimal(200)
    assert fees.largest_power(_numbered(number)) is None


@pytest.mark.parametrize(
    ("powers", "applied", "recorded", "expected"),
    [
        ([[50]], 1000, 1000, Decimal(50)),
        ([[50], []], 100, 1000, Decimal(100)),
        ([[50], []], 20, 1000, Decimal(50)),
        ([None], 100, None, Decimal(100)),
        ([], 100, 1000, Decimal(100)),
        ([], None, 1000, Decimal(1000)),
        ([], None, None, None),
        ([[0], [-5], ["50"], [True], [float("nan")]], None, None, None),
        ([12.5], None, None, Decimal("12.5")),
    ],
)
def test_where_the_power_is_taken_from(powers: list[Any], applied: Any, recorded: Any, expected: Decimal | None) -> None:
    facts = {**_facts(*powers, assignments=[{"power_w": applied}]), "license": {"max_power_w": recorded}}
    assert fees.largest_power(facts) == expected


def test_without_a_power_the_fee_is_unknown_and_nothing_is_demanded(law: Law) -> None:
    assessed = fees.assess(law, Procedure(), _facts())
    assert (assessed.amount_yen, assessed.confirmed, assessed.due_yen) == (None, False, 0)


def test_a_renewal_of_an_amateur_needs_no_power(law: Law) -> None:
    assert fees.assess(law, Procedure(fee="amateur-renewal"), {"dates": {"received_on": "2023-08-01"}}).amount_yen == 1950


@pytest.mark.parametrize(
    ("received_on", "channel", "amount"),
    [("2025-09-30", "electronic", 1950), ("2025-10-01", "electronic", 1700), ("2025-09-30", "paper", 3050), ("2025-10-01", "paper", 3330)],
)
def test_the_day_of_arrival_governs(received_on: str, channel: str, amount: int, law: Law) -> None:
    facts = {"channel": channel, "dates": {"received_on": received_on, "decided_on": "2025-10-20", "today": "2025-10-02"}}
    assert fees.assess(law, Procedure(fee="amateur-renewal"), facts).amount_yen == amount


def test_another_date_governs_where_the_procedure_says_so(law: Law) -> None:
    facts = {"dates": {"received_on": "2025-09-30", "decided_on": "2025-10-20"}}
    assert fees.assess(law, Procedure("amateur-renewal", governed_by=Governing("decided_on")), facts).amount_yen == 1700


@pytest.mark.parametrize("received_on", [None, "someday", 20240601])
def test_without_its_date_a_fee_is_unknown(received_on: Any, law: Law) -> None:
    assert fees.assess(law, Procedure(), _facts([50], received_on=received_on)).amount_yen is None


def test_a_date_may_be_a_date(law: Law) -> None:
    assert fees.assess(law, Procedure(), _facts([50], received_on=date(2024, 6, 1))).amount_yen == 2900


def test_each_station_of_a_record_pays(law: Law) -> None:
    facts = _facts([5], station_count=100)
    assert fees.assess(law, Procedure(fee="other-new-license"), facts).amount_yen == 305_000
    renewal = {"dates": {"received_on": "2024-06-01"}, "license": {"max_power_w": 5, "station_count": 100}}
    assert fees.assess(law, Procedure(fee="other-renewal"), renewal).amount_yen == 240_000
    assert fees.assess(law, Procedure(fee="other-new-license"), _facts([5], station_count=0)).amount_yen == 3050


def test_an_estimate_is_no_demand(law: Law) -> None:
    assessed = fees.assess(law, Procedure(fee="other-new-license"), _facts([10], received_on="2025-10-01"))
    assert (assessed.amount_yen, assessed.confirmed, assessed.due_yen) == (4500, False, 0)
    confirmed = fees.assess(law, Procedure(fee="other-new-license"), _facts([5], received_on="2025-10-01"))
    assert (confirmed.amount_yen, confirmed.confirmed, confirmed.due_yen) == (2350, True, 2350)


def test_the_state_pays_nothing(law: Law) -> None:
    facts = {**_facts([50]), "applicant": {"kind": "government"}}
    assert fees.assess(law, Procedure(), facts).amount_yen == 0
    assert fees.assess_inspection(law, Procedure(), facts).amount_yen == 0
    assert fees.assess(law, Procedure(), {**facts, "applicant": {"kind": "corporation"}}).amount_yen == 2900


def test_a_procedure_without_a_table_costs_nothing(law: Law) -> None:
    free = Procedure(fee=None, inspection_fee=None)
    for assessed in (fees.assess(law, free, _facts([50])), fees.assess_inspection(law, free, _facts([50]))):
        assert (assessed.amount_yen, assessed.confirmed, assessed.due_yen) == (0, True, 0)


def test_inspection_adds_each_further_transmitter(law: Law) -> None:
    assert fees.assess_inspection(law, Procedure(), _facts([50], [1000], [200])).amount_yen == 31_300 + 8_000 + 5_600
    assert fees.assess_inspection(law, Procedure(), _facts([50])).amount_yen == 21_900


def _reported(*, report: Any = True, inspected_on: Any = "2024-06-01", attachments: Any = ("inspection_report",)) -> dict[str, Any]:
    facts = _facts([1000], [200])
    facts["form"]["completed"] = {"report": report, "inspected_on": inspected_on}
    return {**facts, "attachments": attachments}


def test_documents_alone_are_examined_where_a_registered_inspector_reports(law: Law) -> None:
    """手数料令3条5項: less than the inspection of a 1 kW set, whatever else there is."""
    assert fees.assess_inspection(law, Procedure(), _reported()).amount_yen == 2_450
    assert fees.assess_inspection(law, Procedure(), {**_reported(), "channel": "paper"}).amount_yen == 2_550
    assert fees.assess_inspection(law, Procedure(), _reported(inspected_on="2024-03-20")).amount_yen == 2_450


@pytest.mark.parametrize(
    "without",
    [
        {"report": False},
        {"report": None},
        {"report": "yes"},
        {"attachments": ()},
        {"attachments": ["other"]},
        {"attachments": None},
        {"inspected_on": None},
        {"inspected_on": "2024-03-19"},
        {"inspected_on": "2024-06-21"},
        {"inspected_on": 3},
    ],
)
def test_no_report_no_omission(without: dict[str, Any], law: Law) -> None:
    """It has to be announced, attached, and not older than three months (施行規則41条の6)."""
    assert fees.assess_inspection(law, Procedure(), _reported(**without)).amount_yen == 31_300 + 8_000


def test_the_completion_notice_governs_the_inspection_fee(law: Law) -> None:
    facts = _facts([50], received_on="2025-09-01")
    facts["dates"]["completion_notified_on"] = "2025-10-01"
    assert not fees.assess_inspection(law, Procedure(), facts).confirmed
    facts["dates"] |= {"completion_notified_on": None, "today": "2025-09-30"}
    assert fees.assess_inspection(law, Procedure(), facts).due_yen == 21_900
    del facts["dates"]["today"]
    del facts["dates"]["completion_notified_on"]
    assert fees.assess_inspection(law, Procedure(), facts).amount_yen is None


def _changed(station_class: str, completed: Any, *, power_w: float = 5, **more: Any) -> dict[str, Any]:
    held = {"station_class": station_class, "max_power_w": power_w}
    return {"form": {"completed": completed}, "license": held, "dates": {"received_on": "2024-06-01"}, **more}


@pytest.mark.parametrize(
    ("station_class", "power_w", "inspected", "others", "yen"),
    [
        ("AT", 50, [50], 0, 7_800 + 2_800),
        ("AT", 200, [200], 0, 7_800 + 3_850),
        ("EX", 100, [100], 1, 12_400 + 6_900 + 4_300),
        ("FX", 5, [5], 0, 17_200 + 6_500),
        ("FX", 5, [], 0, 17_200),
    ],
)
def test_a_change_inspection_costs_by_class_and_device(
    station_class: str, power_w: float, inspected: list[float], others: int, yen: int, law: Law
) -> None:
    """手数料令4条1項: by the class on record; a change of place alone has no device to inspect."""
    completed = {"transmitters": [{"power_w": power} for power in inspected], "other_devices": others}
    assessed = fees.assess(law, Procedure("change-inspection"), _changed(station_class, completed, power_w=power_w))
    assert (assessed.amount_yen, assessed.due_yen, assessed.confirmed) == (yen, yen, True)


@pytest.mark.parametrize(
    "completed",
    [{}, {"transmitters": [{"power_w": 5}]}, {"transmitters": [{"number": 1}], "other_devices": 0}, {"other_devices": "none"}, "done"],
)
def test_devices_that_are_not_named_make_an_estimate(completed: Any, law: Law) -> None:
    assessed = fees.assess(law, Procedure("change-inspection"), _changed("FX", completed))
    assert (assessed.confirmed, assessed.due_yen) == (False, 0)
    assert (assessed.amount_yen or 0) >= 17_200


@pytest.mark.parametrize("station_class", ["MS", "MA", "BC", "DS"])
def test_classes_that_the_record_does_not_tell_apart_owe_nothing_yet(station_class: str, law: Law) -> None:
    completed = {"transmitters": [{"power_w": 5}], "other_devices": 0}
    assessed = fees.assess(law, Procedure("change-inspection"), _changed(station_class, completed))
    assert (assessed.confirmed, assessed.due_yen) == (False, 0)


def test_a_limit_that_is_reached_is_an_estimate(law: Law) -> None:
    """The limit rises with each transmitter of the station, and a notice names only those that are inspected."""
    completed = {"transmitters": [{"power_w": 5}], "other_devices": 9}
    assessed = fees.assess(law, Procedure("change-inspection"), _changed("FX", completed))
    assert (assessed.amount_yen, assessed.due_yen) == (26_300, 0)
    assert sum(line.amount_yen for line in assessed.lines) == 26_300


@pytest.mark.parametrize("form", [None, "form", {"station": 12}, {"station": {"transmitters": "two", "assignments": [None]}}, {"fee": 3}])
def test_a_form_filled_with_nonsense_breaks_nothing(form: Any, law: Law) -> None:
    facts = {"form": form, "dates": {"received_on": "2024-06-01"}, "license": "none", "applicant": []}
    assert fees.assess(law, Procedure(), facts).amount_yen is None


POWERS = st.lists(st.floats(0.001, 5000), min_size=1, max_size=4)


@given(POWERS, POWERS)
def test_a_larger_station_never_pays_less(powers: list[float], more: list[float]) -> None:
    for table in ("amateur-new-license", "other-new-license", "other-renewal"):
        smaller = fees.assess(LAW, Procedure(fee=table), _facts(*[[power] for power in powers])).amount_yen
        larger = fees.assess(LAW, Procedure(fee=table), _facts(*[[power] for power in (*powers, *more)])).amount_yen
        assert smaller is not None
        assert larger is not None
        assert smaller <= larger


@given(POWERS, st.sampled_from(["paper", "electronic"]), st.dates(date(2011, 6, 30), date(2030, 1, 1)))
def test_filing_electronically_is_never_dearer_and_only_the_confirmed_is_due(powers: list[float], channel: str, day: date) -> None:
    for table in ("amateur-new-license", "amateur-renewal", "other-new-license", "other-renewal"):
        facts = _facts(*[[power] for power in powers], received_on=day.isoformat(), channel=channel)
        assessed = fees.assess(LAW, Procedure(fee=table), facts)
        electronic = fees.assess(LAW, Procedure(fee=table), {**facts, "channel": "electronic"})
        assert assessed.amount_yen is not None
        assert electronic.amount_yen is not None
        assert electronic.amount_yen <= assessed.amount_yen
        assert assessed.due_yen == (assessed.amount_yen if assessed.confirmed else 0)
        assert sum(line.amount_yen for line in assessed.lines) == assessed.amount_yen
