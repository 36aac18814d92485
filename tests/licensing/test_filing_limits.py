"""E-filing files with more in them than the form has room for: it is reported as it stands, the rest is read, nothing is refused."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner.licensing import filing
from partner.licensing.filing import LONGEST_SHOWN, Filing
from tests.licensing import filing_files as files
from tests.licensing.filing_files import FORM, blank, law_in_force, leaves, set_text, written

DAY = date(2020, 6, 1)
PLACES = files.places()
IDENTIFYING = {"/application_kind", "/station_class", "/fee/station_class", "/station/station_class"}
STATION = "申請書/事項書_工事設計書情報"
LONG = ["x" * 401, "漢" * 401, "𠮷" * 4001, "9" * 13, "1" * 101, "A1A" * 1000, "行\n" * 3000]
ODD = ["-1", "1.5", "ｱ", "’", "999999", "99999999999", "999999999999999", "R", "<", "\u3000x\u3000", "\ufffd", "\u200b"]
CHARACTERS = st.characters(exclude_categories=["Cc", "Cn", "Cs"])  # those that XML has
TEXTS = st.one_of(st.sampled_from(LONG + ODD), st.text(CHARACTERS, max_size=500))


def read(root: ET.Element) -> Filing:
    return filing.read(written(root), law_in_force(), on=DAY)


def storable(found: Filing) -> bool:
    return law_in_force().form("amateur", DAY).validate(found.form) == []


@given(place=st.sampled_from([one for one in PLACES if one.pointer not in IDENTIFYING]), text=TEXTS)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_an_element_the_rest_is_stored(place: files.Place, text: str) -> None:
    root = blank("BA")
    set_text(root, place.path, text)
    found = read(root)
    assert storable(found)
    assert {"/application_kind": "BA", "/station_class": "AT"}.items() <= dict(leaves(found.form)).items()


ALONE = [one for one in PLACES if "." not in one.kind and one.pointer not in IDENTIFYING]


@pytest.mark.parametrize("place", ALONE, ids=lambda place: place.path)
def test_a_text_that_is_too_long_is_reported_and_not_stored(place: files.Place) -> None:
    root, text = blank("BA"), "長" * 4001
    set_text(root, place.path, text)
    found = read(root)
    assert storable(found)
    assert [one.value for one in found.unmapped] == [text]
    assert set(dict(leaves(found.form))) == {"/application_kind", "/station_class"}


def test_what_has_just_room_is_stored() -> None:
    root = blank("BA")
    set_text(root, "申請書/申請者等情報/社団名_クラブ名_又は氏名", "長" * 400)
    found = read(root)
    assert (found.form["applicant"], found.unmapped) == ({"name": "長" * 400}, ())


def test_a_huge_text_is_shown_cut_off() -> None:
    root = blank("BA")
    set_text(root, "申請書/申請者等情報/社団名_クラブ名_又は氏名", "長" * (LONGEST_SHOWN + 1))
    (found,) = read(root).unmapped
    assert found.value == "長" * (LONGEST_SHOWN + 1)
    assert found.as_dict() == {"path": found.path, "value": "長" * (LONGEST_SHOWN - 1) + "…"}


def test_one_item_too_many_is_reported_and_the_others_are_stored() -> None:
    root = blank("A1")
    operators = next(place for place in PLACES if place.pointer == "/station/operators/*/license_number")
    limit = law_in_force().form("amateur", DAY).field("/station/operators")
    assert limit is not None
    before = len([one for one in root.iter() if one.text])
    for index in range(limit.max_items + 2):
        set_text(root, operators.path, f"AABH{index}", (index,))
    assert len([one for one in root.iter() if one.text]) == before + limit.max_items + 2
    found = read(root)
    assert storable(found)
    station = found.form["station"]
    assert isinstance(station, dict)
    assert [one["license_number"] for one in station["operators"]] == [f"AABH{index}" for index in range(limit.max_items)]
    assert [one.value for one in found.unmapped] == [f"AABH{limit.max_items}", f"AABH{limit.max_items + 1}"]
    assert FORM not in found.unmapped[0].path
    assert f"[{limit.max_items + 1}]" in found.unmapped[0].path
