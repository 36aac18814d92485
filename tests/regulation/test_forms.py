"""Forms: one file gives the schema for programs, the check of what is sent, the words for a pointer, and the page."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner.errors import NotFound, Text
from partner.licensing import filing
from partner.regulation import forms
from partner.regulation.form_fields import FieldType
from partner.regulation.forms import Form
from partner.regulation.law import Law
from tests.licensing.filing_files import SAMPLES, law_in_force, places

DAY = date(2020, 6, 1)
CODES = ("amateur", "land-mobile")

TAXI: dict[str, Any] = {
    "addressee": "A",
    "station_class": "ML",
    "disqualification": "none",
    "applicant": {
        "kind": "corporation",
        "name": "関東タクシー株式会社",
        "name_kana": "カントウタクシー",
        "corporate_number": "1000000000002",
        "municipality": "13101",
        "representative_name": "総務 一郎",
    },
    "station": {
        "station_count": 120,
        "identification": "かんとうたくしー１から１２０",
        "purposes": ["x-general"],
        "communication_matters": ["x-taxi"],
        "communication_partner": "基地局及び陸上移動局",
        "site": {"prefecture": "13", "municipality": "13101", "address": "霞が関２－１－２"},
        "base_station": {"identification": "かんとうたくしーほんぶ", "municipality": "13101"},
        "movement": "x-land",
        "assignments": [{"emissions": [{"bandwidth": "8K50", "emission": "F3E"}], "frequency_hz": 458_012_500, "power_w": 5}],
        "transmitters": [{"number": 1, "conforming": True, "conformity_number": "001-000001", "count": 120, "rated_power_w": [5]}],
    },
}


@pytest.fixture(scope="module")
def law() -> Law:
    return law_in_force()


@pytest.fixture(scope="module")
def amateur(law: Law) -> Form:
    return law.form("amateur", DAY)


def errors(form: Form, value: object) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in form.validate(value)]


def schema_accepts(form: Form, law: Law, value: object, act: str | None = None) -> bool:
    validator = jsonschema.Draft202012Validator(form.json_schema(law, act=act))
    return validator.is_valid(value)


# Every form


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("act", [None, "new", "renewal", "change", "discontinuation"])
def test_the_schema_is_a_schema(law: Law, code: str, act: str | None) -> None:
    jsonschema.Draft202012Validator.check_schema(law.form(code, DAY).json_schema(law, act=act))


@pytest.mark.parametrize("code", CODES)
def test_every_field_has_words_in_both_languages(law: Law, code: str) -> None:
    form = law.form(code, DAY)
    for pointer, field in form.pointers():
        place = pointer.replace("*", "0")
        words = form.labels(place)
        assert words != Text(place, place), pointer
        assert field.label.ja in words.ja
        assert field.label.en in words.en
        assert not re.search("[ぁ-んァ-ヶ一-龠]", words.en), pointer
        assert form.field(place) == field


@pytest.mark.parametrize("code", CODES)
def test_an_unknown_form_and_a_day_before_the_form(law: Law, code: str) -> None:
    with pytest.raises(NotFound) as caught:
        law.form("no-such", DAY)
    assert caught.value.code == "unknown_form"
    with pytest.raises(NotFound):
        law.form(code, date(1950, 1, 1))
    assert law.form(code, date(2000, 1, 1)).on == date(2000, 1, 1)


# The form and the e-filing file


def test_the_form_has_a_field_for_every_element_of_the_file(amateur: Form) -> None:
    fields = {pointer for pointer, field in amateur.pointers() if field.type is not FieldType.GROUP}
    wanted = {place.pointer.removesuffix("/*") for place in places() if place.pointer != "unknown"}
    assert wanted <= fields
    assert fields - wanted == {
        "/applicant/corporate_number",
        "/applicant/birth_date",
        "/station/communication_partner",
        "/station/assignments/*/bundle",
        "/station/assignments/*/frequency_to_hz",
    }


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_what_a_file_says_can_be_stored_and_is_in_order(law: Law, amateur: Form, path: Path) -> None:
    form = filing.read(path.read_bytes(), law, on=DAY).form
    assert amateur.validate(form) == []
    assert amateur.irregularities(form, law) == []
    assert schema_accepts(amateur, law, form)
    assert schema_accepts(amateur, law, form, "renewal" if "renewal" in path.name else "new")


def test_land_mobile_stations_of_a_corporation(law: Law) -> None:
    form = law.form("land-mobile", DAY)
    assert form.validate(TAXI) == []
    assert form.irregularities(TAXI, law) == []
    assert schema_accepts(form, law, TAXI, "new")
    assert not schema_accepts(form, law, TAXI, "renewal")
    renewal = {key: TAXI[key] for key in ("station_class", "disqualification", "applicant")} | {"license_number": "関Ｂ第1号"}
    assert schema_accepts(form, law, renewal, "renewal")
    assert not schema_accepts(form, law, renewal, "new")


@pytest.mark.parametrize("key", ["station_count", "identification", "purposes", "site", "assignments", "transmitters"])
def test_what_a_new_land_mobile_station_needs(law: Law, key: str) -> None:
    station = {name: value for name, value in TAXI["station"].items() if name != key}
    form = law.form("land-mobile", DAY)
    assert not schema_accepts(form, law, TAXI | {"station": station}, "new")
    assert form.validate(TAXI | {"station": station}) == []  # a draft may be stored all the same


# What can be stored


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, []),
        ([], [("", "wrong_type")]),
        (None, [("", "wrong_type")]),
        ({"nonsense": 1}, [("/nonsense", "unknown_key")]),
        ({"a/b~c": 1}, [("/a~1b~0c", "unknown_key")]),
        ({"station": []}, [("/station", "wrong_type")]),
        ({"station": {"nonsense": 1}}, [("/station/nonsense", "unknown_key")]),
        ({"station": {"assignments": {}}}, [("/station/assignments", "wrong_type")]),
        ({"station": {"assignments": [{"power": 1}]}}, [("/station/assignments/0/power", "unknown_key")]),
        ({"station": {"assignments": [{}, {"frequency_hz": 1.5}]}}, [("/station/assignments/1/frequency_hz", "wrong_type")]),
        ({"station": {"assignments": [{"frequency_hz": "145"}]}}, [("/station/assignments/0/frequency_hz", "wrong_type")]),
        ({"station": {"assignments": [{"frequency_hz": True}]}}, [("/station/assignments/0/frequency_hz", "wrong_type")]),
        ({"station": {"assignments": [{"frequency_hz": 3_000_000_000_000, "power_w": 0}]}}, []),
        ({"station": {"assignments": [{"frequency_hz": 3_000_000_000_001}]}}, [("/station/assignments/0/frequency_hz", "out_of_range")]),
        ({"station": {"assignments": [{"power_w": -0.1}]}}, [("/station/assignments/0/power_w", "out_of_range")]),
        ({"station": {"assignments": [{"power_w": float("nan")}]}}, [("/station/assignments/0/power_w", "wrong_type")]),
        ({"station": {"assignments": [{}] * 300}}, []),
        ({"station": {"assignments": [{}] * 301}}, [("/station/assignments", "too_many")]),
        ({"station": {"station_count": 1}}, []),
        ({"station": {"station_count": 0}}, [("/station/station_count", "out_of_range")]),
        ({"station": {"purposes": ["ATC", 1]}}, [("/station/purposes/1", "wrong_type")]),
        ({"station": {"transmitter_diagram": 1}}, [("/station/transmitter_diagram", "wrong_type")]),
        ({"licensed_on": "2019-01-01"}, []),
        ({"licensed_on": "2019-02-29"}, [("/licensed_on", "not_a_date")]),
        ({"licensed_on": "20190101"}, [("/licensed_on", "not_a_date")]),
        ({"licensed_on": "2019-W01-1"}, [("/licensed_on", "not_a_date")]),
        ({"applicant": {"name": "あ" * 400}}, []),
        ({"applicant": {"name": "あ" * 401}}, [("/applicant/name", "too_long")]),
        ({"applicant": {"name": " "}}, [("/applicant/name", "blank")]),
        ({"applicant": {"name": None}}, [("/applicant/name", "wrong_type")]),
        ({"applicant": {"name": "a\x00"}}, [("/applicant/name", "wrong_character")]),
        ({"applicant": {"name": "\ud800"}}, [("/applicant/name", "wrong_character")]),
    ],
)
def test_what_can_be_stored(amateur: Form, value: object, expected: list[tuple[str, str]]) -> None:
    assert errors(amateur, value) == expected


def test_no_more_errors_than_anybody_reads(amateur: Form) -> None:
    assert len(amateur.validate({f"key{number}": 1 for number in range(1000)})) == 100


KEYS = st.sampled_from(["station", "applicant", "transmitters", "name", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["station", "applicant", "transmitters", "name", "x"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(value=JSON)
def test_any_json_is_answered_without_failing(value: object) -> None:
    law = law_in_force()
    form = law.form("amateur", DAY)
    stored = not form.validate(value)
    assert not stored or isinstance(value, dict)
    form.irregularities(value, law)
    forms.sections(form, law, value=value, act="new")
    assert not form.validate(forms.without_blanks(value)) or not stored
    fitting = form.fitting(value) if isinstance(value, dict) else {}
    assert "unknown_key" not in {error.code for error in form.validate(fitting)}
    assert not stored or not isinstance(value, dict) or fitting == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"addressee": "A"}, []),
        ({"addressee": "Z"}, [("/addressee", "unknown_code")]),
        ({"station_class": "ML"}, [("/station_class", "unknown_code")]),  # known, but not for this form
        ({"disqualification": "perhaps"}, [("/disqualification", "unknown_code")]),
        ({"applicant": {"postal_code": "1000001"}}, []),
        ({"applicant": {"postal_code": "100-0001"}}, [("/applicant/postal_code", "not_well_formed")]),
        ({"applicant": {"postal_code": "1000001\n"}}, [("/applicant/postal_code", "not_well_formed")]),
        ({"applicant": {"corporate_number": "100000000000"}}, [("/applicant/corporate_number", "not_well_formed")]),
        ({"station": {"antennas": ["TI", "QQ"]}}, [("/station/antennas/1", "unknown_code")]),
        ({"station": {"transmitters": [{"change_kind": "E"}]}}, [("/station/transmitters/0/change_kind", "unknown_code")]),
    ],
)
def test_what_can_be_stored_and_still_is_not_in_order(law: Law, amateur: Form, value: object, expected: list[tuple[str, str]]) -> None:
    assert amateur.validate(value) == []
    assert [(error.field, error.code) for error in amateur.irregularities(value, law)] == expected


def test_blanks_say_the_same_as_absence() -> None:
    blanks: dict[str, Any] = {"a": "", "b": None, "c": [], "d": {}, "e": [{"f": " "}, {"g": 0}], "h": False}
    assert forms.without_blanks(blanks) == {"e": [{"g": 0}], "h": False}


# The schema


def test_the_schema_has_words_codes_formats_and_units(law: Law, amateur: Form) -> None:
    schema = amateur.json_schema(law, act="new")
    assert (schema["title"], schema["x-label"]) == ("アマチュア局の申請書・届出書", "Amateur station form")
    assert schema["additionalProperties"] is False
    station = schema["properties"]["station"]["properties"]
    assert (station["movement"]["title"], station["movement"]["x-label"]) == ("移動範囲", "Movement area")
    assert station["movement"]["enum"] == ["AAA", "BBB"]
    assignment = station["assignments"]["items"]["properties"]
    assert assignment["frequency_hz"] == {
        "title": "周波数",
        "x-label": "Frequency",
        "x-unit": "Hz",
        "type": "integer",
        "minimum": 0,
        "maximum": 3_000_000_000_000,
    }
    assert schema["properties"]["licensed_on"]["format"] == "date"
    assert schema["properties"]["addressee"]["$ref"] == "#/$defs/bureaus"
    assert schema["$defs"]["bureaus"]["enum"] == [code.code for code in law.codes("bureaus")]
    assert "enum" not in schema["$defs"]["purposes"]  # the list is known to be incomplete
    assert "required" not in amateur.json_schema(law)
    assert set(schema["required"]) == {"applicant", "disqualification", "station", "station_class"}


def test_the_schema_follows_the_day(law: Law) -> None:
    def assignment(day: date) -> dict[str, Any]:
        schema = law.form("amateur", day).json_schema(law)
        found: dict[str, Any] = schema["properties"]["station"]["properties"]["assignments"]["items"]["properties"]
        return found

    assert "bundle" not in assignment(date(2023, 9, 24))
    assert "deprecated" not in assignment(date(2023, 9, 24))["symbol"]
    assert "bundle" in assignment(date(2023, 9, 25))
    assert assignment(date(2023, 9, 25))["symbol"]["deprecated"] is True


# Words


@pytest.mark.parametrize(
    ("pointer", "ja", "en"),
    [
        ("/applicant/name", "申請者 › 氏名又は社団名", "Applicant › Name"),
        ("/station", "無線局", "Station"),
        ("/station/transmitters", "工事設計 › 送信機", "Equipment › Transmitter"),
        ("/station/transmitters/1", "工事設計 › 送信機 2", "Equipment › Transmitter 2"),
        (
            "/station/transmitters/1/conformity_number",
            "工事設計 › 送信機 2 › 技術基準適合証明番号",
            "Equipment › Transmitter 2 › Conformity certificate number",
        ),
        ("/station/transmitters/1/rated_power_w/0", "工事設計 › 送信機 2 › 定格出力 1", "Equipment › Transmitter 2 › Rated output 1"),
        ("/station/nonsense", "/station/nonsense", "/station/nonsense"),
        ("", "", ""),
    ],
)
def test_words_for_a_pointer(amateur: Form, pointer: str, ja: str, en: str) -> None:
    assert amateur.labels(pointer) == Text(ja, en)


@pytest.mark.parametrize(
    ("pointer", "value", "ja", "en"),
    [
        ("/station/assignments/0/frequency_hz", 145_000_000, "145 MHz", "145 MHz"),
        ("/station/assignments/0/frequency_hz", 3_537_500, "3.5375 MHz", "3.5375 MHz"),
        ("/station/assignments/0/frequency_hz", 1_910_000, "1910 kHz", "1910 kHz"),
        ("/station/assignments/0/frequency_hz", 3_000_000, "3000 kHz", "3000 kHz"),
        ("/station/assignments/0/frequency_hz", 3_000_000_000, "3000 MHz", "3000 MHz"),
        ("/station/assignments/0/frequency_hz", 10_475_000_001, "10.475000001 GHz", "10.475000001 GHz"),
        ("/station/assignments/0/power_w", 50, "50 W", "50 W"),
        ("/station/transmitter_diagram", True, "はい", "yes"),
        ("/disqualification", "none", "無", "None"),
        ("/remarks", None, "（記入なし）", "(empty)"),
        ("/remarks", "よろしく", "よろしく", "よろしく"),
        ("/station/antennas/0", "QQ", "QQ", "QQ"),
    ],
)
def test_words_for_a_value(law: Law, amateur: Form, pointer: str, value: object, ja: str, en: str) -> None:
    assert amateur.words(pointer, value, law) == Text(ja, en)


def test_words_for_a_code_are_its_name(law: Law, amateur: Form) -> None:
    assert amateur.words("/addressee", "A", law) == law.codes("bureaus").name("A")
    assert amateur.words("/station/antennas/1", "TI", law) == law.codes("antennas").name("TI")


# The page


def test_a_page_asks_what_the_act_needs(law: Law, amateur: Form) -> None:
    def keys(act: str) -> set[str]:
        return {section.key for section in forms.sections(amateur, law, act=act)}

    assert {"station", "equipment", "assignments"} <= keys("new")
    assert not {"license", "discontinuation", "changes"} & keys("new")
    assert {"license"} == keys("renewal") - keys("new")
    assert "station" not in keys("renewal")
    assert {"discontinuation"} == keys("discontinuation") - keys("new")
    assert {"changes"} == keys("change") - keys("new")


def test_a_page_shows_what_is_written_though_the_act_does_not_ask(law: Law) -> None:
    form = law.form("amateur", date(2026, 6, 1))
    value = {"delivery": {"phone": "0312345678"}, "discontinuation": {"remarks": "廃止"}}
    shown = {field.pointer for section in forms.sections(form, law, value=value, act="renewal") for field in section.fields}
    assert {"/delivery", "/discontinuation/remarks"} <= shown
    assert "/discontinuation/ends_on" not in shown
    assert "/delivery" not in {field.pointer for section in forms.sections(form, law, act="renewal") for field in section.fields}


def test_a_page_has_options_values_and_items(law: Law, amateur: Form) -> None:
    value = {"station": {"transmitters": [{"number": 1}, {"rated_power_w": [10, 50]}], "movement": "AAA"}}
    views = {field.key: field for section in forms.sections(amateur, law, value=value, act="new") for field in section.fields}
    assert views["movement"].value == "AAA"
    assert views["movement"].required
    assert [option.code for option in views["movement"].options] == ["AAA", "BBB"]
    transmitters = views["transmitters"]
    assert transmitters.repeated
    assert [item.pointer for item in transmitters.items] == ["/station/transmitters/0", "/station/transmitters/1"]
    assert transmitters.blank is not None
    assert {field.pointer for field in transmitters.blank.fields} >= {"/station/transmitters/-/number"}
    assert not transmitters.blank.filled
    power = next(field for field in transmitters.items[1].fields if field.key == "rated_power_w")
    assert [(item.pointer, item.value, item.unit) for item in power.items] == [
        ("/station/transmitters/1/rated_power_w/0", 10, "W"),
        ("/station/transmitters/1/rated_power_w/1", 50, "W"),
    ]
    site = {field.key: field for field in views["site"].fields}
    assert len(site["prefecture"].options) == 47
    assert site["municipality"].options == ()
    assert site["municipality"].code_list == "municipalities"
