"""Code lists: what they hold, and what is refused in their files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from partner.errors import NotFound, Text
from partner.regulation import Law, codes
from partner.regulation.reading import Reader, RegulationError

HEAD = "title: {ja: 表, en: List}\ncites: Article 1\ncomplete: true\n"
Read = Callable[..., codes.Codes]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(**files: str) -> codes.Codes:
        for name, text in files.items():
            path = tmp_path / "law" / "codes" / name.replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        reader = Reader(tmp_path / "law")
        found = codes.read(reader)
        reader.finish()
        return found

    return read


def test_the_lists_that_everybody_relies_on(law: Law) -> None:
    assert law.codes("station-classes").name("AT") == Text("アマチュア局", "Amateur station")
    assert sum(1 for code in law.codes("station-classes") if code.attributes["searchable"]) == 55
    assert len(law.codes("station-classes")) == 57
    assert len(law.codes("bureaus")) == 11
    assert law.codes("bureaus").codes["A"].attributes["license_prefix"] == "関"
    assert len(law.codes("prefectures")) == 47
    assert len(law.codes("registration-standards")) == 15
    assert law.codes("movement-areas").name("AAA").ja == "陸上、海上及び上空"
    assert law.codes("purposes").name("ATC").ja == "アマチュア業務用"
    unconfirmed = law.codes("purposes").get("GOV")
    assert unconfirmed is not None
    assert not unconfirmed.confirmed


def test_municipalities_carry_their_district_and_their_point(law: Law) -> None:
    assert law.codes("municipalities").name("01303") == Text("石狩郡当別町", "Tobetsu-cho")
    chiyoda = law.codes("municipalities").codes["13101"]
    assert chiyoda.attributes == {"prefecture": "13", "kana": "ちよだく", "latitude": 35.69389, "longitude": 139.75361}
    for code in law.codes("municipalities"):
        assert 20 < float(str(code.attributes["latitude"])) < 46
        assert 122 < float(str(code.attributes["longitude"])) < 154
        assert code.code.startswith(str(code.attributes["prefecture"]))


def test_every_prefecture_has_municipalities_and_a_bureau(law: Law) -> None:
    seen = {str(code.attributes["prefecture"]) for code in law.codes("municipalities")}
    assert seen == {code.code for code in law.codes("prefectures")}
    for prefecture in seen:
        assert law.codes("bureaus").has(law.jurisdiction.bureau_of_prefecture(prefecture, date(2020, 1, 1)))


def test_a_bundle_is_used_from_its_day_on_and_an_old_code_until_the_day_before(law: Law) -> None:
    bundle, old = law.codes("amateur-bundles").codes["1AF"], law.codes("amateur-emission-bundles").codes["3VA"]
    assert (bundle.in_use(date(2023, 9, 24)), bundle.in_use(date(2023, 9, 25))) == (False, True)
    assert (old.in_use(date(2023, 9, 24)), old.in_use(date(2023, 9, 25))) == (True, False)
    assert all(code.attributes.get("bands_confirmed", False) is False for code in law.codes("amateur-bundles"))


def test_an_unknown_code_is_its_own_name_and_an_unknown_list_is_not_found(law: Law) -> None:
    assert law.codes("station-classes").name("??") == Text("??", "??")
    assert law.codes("station-classes").get("??") is None
    assert not law.codes("station-classes").has("??")
    with pytest.raises(NotFound, match="unknown_code_list"):
        law.codes("nothing")


def test_attributes_of_every_kind(read: Read) -> None:
    attributes = "attributes: {t: {kind: text}, i: {kind: integer}, n: {kind: number}, b: {kind: boolean}, l: {kind: list}}\n"
    found = read(a_yaml=HEAD + attributes + "codes:\n- {code: A, ja: あ, en: a, t: x, i: 1, n: 2, b: false, l: [y, z]}\n")
    assert found("a").codes["A"].attributes == {"t": "x", "i": 1, "n": 2.0, "b": False, "l": ["y", "z"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("codes:\n- {code: A, ja: あ, en: a, x: 1}\n", "a.yaml:5: unknown key 'x' (the list does not declare such an attribute)"),
        ("attributes: {x: {kind: integer}}\ncodes:\n- {code: A, ja: あ, en: a, x: true}\n", "a.yaml:6: 'x' must be of kind integer"),
        ("attributes: {x: {kind: integer}}\ncodes:\n- {code: A, ja: あ, en: a, x: 1.5}\n", "a.yaml:6: 'x' must be of kind integer"),
        ("attributes: {x: {kind: number}}\ncodes:\n- {code: A, ja: あ, en: a, x: one}\n", "a.yaml:6: 'x' must be of kind number"),
        ("attributes: {x: {kind: text}}\ncodes:\n- {code: A, ja: あ, en: a, x: 1}\n", "a.yaml:6: 'x' must be of kind text"),
        ("attributes: {x: {kind: list}}\ncodes:\n- {code: A, ja: あ, en: a, x: [1]}\n", "a.yaml:6: 'x' must be of kind list"),
        ("attributes: {x: {kind: text, required: true}}\ncodes:\n- {code: A, ja: あ, en: a}\n", "a.yaml:6: 'x' is missing"),
        ("attributes: {x: {kind: text, refers: b}}\ncodes:\n- {code: A, ja: あ, en: a}\n", "a.yaml:4: there is no 'b' (code-lists)"),
        ("attributes: {x: {kind: list, refers: a}}\ncodes:\n- {code: A, ja: あ, en: a, x: [Z]}\n", "a.yaml:6: there is no 'Z' (codes/a)"),
        (
            "codes:\n- {code: A, ja: あ, en: a}\n- {code: A, ja: い, en: b}\n",
            "a.yaml:6: 'A' (codes/a) is defined already in law/codes/a.yaml:5",
        ),
        ("codes:\n- {code: A, ja: あ, en: a, confirmed: false}\n", "a.yaml:5: codes.0: confirmed: false needs 'why'"),
        (
            "codes:\n- {code: A, ja: あ, en: a, from: 2020-01-01, until: 2019-12-31}\n",
            "a.yaml:5: codes.0: 'until' comes before 'from'",
        ),
        ("codes:\n- {code: '', ja: あ, en: a}\n", "a.yaml:5: codes.0.code: String should have at least 1 character"),
        ("codes:\n- {code: 12, ja: あ, en: a}\n", "a.yaml:5: codes.0.code: Input should be a valid string"),
    ],
)
def test_defects_of_a_list(read: Read, text: str, message: str) -> None:
    with pytest.raises(RegulationError) as caught:
        read(a_yaml=HEAD + text)
    assert f"law/codes/{message}" in caught.value.defects


def test_a_table_of_codes(read: Read) -> None:
    head = HEAD + "attributes: {x: {kind: integer}, y: {kind: number}}\nrows: rows.csv\n"
    assert read(a_yaml=head, rows_csv="code,ja,en,x,y\nA,あ,a,1,2.5\nB,い,b,,\n")("a").codes["A"].attributes == {"x": 1, "y": 2.5}
    with pytest.raises(RegulationError) as caught:
        read(a_yaml=head, rows_csv="code,ja,en,x,y\nA,あ,a,one,2.5\nA,い,b,,\n")
    assert caught.value.defects == (
        "law/codes/rows.csv:2: 'x' must be of kind integer",
        "law/codes/rows.csv:3: 'A' (codes/a) is defined already in law/codes/rows.csv:2",
    )
