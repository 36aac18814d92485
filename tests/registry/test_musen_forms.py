"""The forms of MIC's Web-API, against the captured answers and the literal values that its clients show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner.api.musen.layouts import LICENSES, REGISTRATIONS
from partner.registry import musen_forms, vocabulary
from partner.registry.disclosure import disclose
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from tests.registry.samples import BASE, CLUB, MOBILE, TARO, law
from tests.registry.test_disclosure import RULE, license_

PLACE = "愛知県岩倉市"


def record(licensee: LicenseeFacts, facts: LicenseFacts, call_sign: str | None = "JS2IIU") -> musen_forms.Record:
    found = replace(license_(licensee, facts, call_sign), licensed_on=date(2020, 1, 16), valid_to=date(2025, 1, 15))
    shown = disclose(found, RULE)
    assert shown is not None
    return musen_forms.record(found, shown, vocabulary.of(law()))


def test_the_captured_amateur_record_is_worded_exactly() -> None:
    facts = replace(MOBILE, bureau="C", municipality="23228")
    assert record(TARO, facts) == {
        "detailInfo": {
            "radioSpec1": "4AM",
            "radioStationPurpose": "アマチュア業務用",
            "note": "",
            "permittedOperatingHours": "常　時",
            "address": "＊＊＊＊＊",
            "licenseDate": "2020-01-16",
            "broadcastMatter": "",
            "commMatter": "アマチュア業務に関する事項",
            "office": "",
            "validTerms": "2025-01-15まで",
            "commPartner": "アマチュア局",
            "startingLimit": "",
            "broadcastDistrict": "",
            "workPersonName": "",
            "identificationSignals": "JS2IIU      ",
            "radioStationNumber": "",
            "radioStationCategory": "アマチュア局",
            "movementArea": "陸上、海上及び上空",
            "radioEuipmentLocation": PLACE,
            "licenseNumber": "＊＊＊＊＊",
            "name": "＊＊＊＊＊",
        },
        "listInfo": {
            "name": "＊＊＊＊＊（JS2IIU）",
            "radioStationPurpose": "アマチュア業務用",
            "tdfkCd": PLACE,
            "licenseDate": "2020-01-16",
        },
    }


def test_a_station_that_does_not_move_says_so() -> None:
    assert record(TARO, replace(MOBILE, moves=False, movement_area="BBB"))["detailInfo"]["movementArea"] == "移動しない"


def test_a_club_is_listed_with_its_sign_and_corporate_number() -> None:
    found = record(CLUB, MOBILE, "JA1RL")
    assert found["listInfo"]["name"] == "一般社団法人日本アマチュア無線連盟（JA1RL） 法人番号5013305001797"
    assert found["detailInfo"]["name"] == CLUB.name


def test_a_base_station_has_rows_and_a_name_that_is_withheld() -> None:
    lines = (
        AssignmentFacts(emission="3M00X7W", frequency_hz=771_500_000, power_w=Decimal(20)),
        AssignmentFacts(emission="9M00X7W", frequency_hz=782_000_000, power_w=Decimal(40)),
    )
    detail = record(CLUB, replace(BASE, assignments=lines), None)["detailInfo"]
    assert detail["radioSpec1"] == "3M00X7W\\t771.5 MHz\\t20   W\\n9M00X7W\\t782 MHz\\t40   W"
    assert detail["identificationSignals"] == "*****"


def test_line_ends_and_tabs_are_a_backslash_and_a_letter() -> None:
    assert record(CLUB, replace(MOBILE, note="一行目\n二行目\tと\r"))["detailInfo"]["note"] == "一行目\\n二行目\\tと\\r"


@given(st.text(alphabet=st.sampled_from("\\\\nrt\n\r\t甲")))
def test_what_is_escaped_is_what_was_meant(value: str) -> None:
    written = musen_forms.escaped(value)
    assert not set(written) & set("\n\r\t")
    assert musen_forms.plain(written) == value


def test_a_registration_has_a_record_of_its_own() -> None:
    found = record(CLUB, replace(BASE, registration_standard="008"), None)
    assert set(found["detailInfo"]) == set(REGISTRATIONS.detail)
    assert set(found["listInfo"]) == set(REGISTRATIONS.listed) - {"no"}
    assert found["detailInfo"]["radioSpec2"] == "467 MHz\\t5   W"
    assert set(record(CLUB, BASE, None)["detailInfo"]) == set(LICENSES.detail)


CAPTURED = [  # emission, Hz, to Hz, W, continued
    ("3MA", 1_910_000, None, "50", False, r"3MA\t1910 kHz\t50   W"),
    ("3HA", 3_537_500, None, "50", False, r"3HA\t3537.5 kHz\t50   W"),
    ("3HA", 24_940_000, None, "50", False, r"3HA\t24940 kHz\t50   W"),
    ("3VA", 28_850_000, None, "50", False, r"3VA\t28.85 MHz\t50   W"),
    ("3VA", 145_000_000, None, "200", False, r"3VA\t145 MHz\t200   W"),
    ("500HA1A", 437_075_000, None, "0.1", False, r"500HA1A\t437.075 MHz\t100  mW"),
    ("16K0F2D", 437_075_000, None, "0.8", False, r"16K0F2D\t437.075 MHz\t800  mW"),
    ("16K0F3E", 437_075_000, None, "0.8", True, r"16K0F3E\t \t "),
    ("3K00J3E", 435_880_000, 435_910_000, "0.5", False, r"3K00J3E\t435.88 MHz　から　      435.91 MHz　まで\t500  mW"),
]


@pytest.mark.parametrize(("emission", "low", "high", "power", "continued", "text"), CAPTURED)
def test_rows_are_written_as_captured(emission: str, low: int, high: int | None, power: str, continued: bool, text: str) -> None:
    line = AssignmentFacts(emission, None, low, high, Decimal(power), continued)
    assert musen_forms.assignments((line,)) == text


@pytest.mark.parametrize(
    ("hertz", "text"), [(136_750, "136.75 kHz"), (1_280_000_000, "1280 MHz"), (10_475_000_000, "10.475 GHz"), (100_000_000, "100 MHz")]
)
def test_frequencies_have_the_unit_of_their_range(hertz: int, text: str) -> None:
    assert musen_forms.frequency(hertz) == text
