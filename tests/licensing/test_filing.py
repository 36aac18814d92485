"""E-filing files: every element of MIC's form comes back at its place, and nothing is lost in silence."""

from __future__ import annotations

import hashlib
import itertools
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from partner.licensing import filing, filing_writing
from partner.licensing.filing import Filing, Unmapped
from partner.regulation.law import Law
from tests.licensing import filing_files as files
from tests.licensing.filing_files import FORM, KINDS, ROOT, Generator, blank, law_in_force, leaves, sample, set_text, written

DAY = date(2020, 6, 1)
PLACES = files.places()


@pytest.fixture(scope="module")
def law() -> Law:
    return law_in_force()


def read(content: bytes, law: Law, on: date = DAY) -> Filing:
    return filing.read(content, law, on=on)


# The samples


def test_one_step_sample_is_read_whole(law: Law) -> None:
    found = read(sample("new-license_one-step.xml"), law)
    assert (found.form_id, found.version, found.kind) == ("101103", "0009", "A1")
    assert found.unmapped == ()
    assert found.sha256 == hashlib.sha256(sample("new-license_one-step.xml")).hexdigest()
    assert found.metadata == {
        "procedure_id": "D051",
        "procedure_name": "アマチュア局申請",
        "system_name": "総務省 電波利用 電子申請・届出システム",
        "management_version": "0001",
        "form_id": "101103",
        "form_version": "0009",
        "file_name": "sinsei.xml",
    }
    place = {"prefecture": "13", "municipality": "13102", "address": "築地１－１－１"}
    assert found.form == {
        "addressee": "A",
        "department": "1Z",
        "application_kind": "A1",
        "station_class": "AT",
        "applicant": {
            "kind": "individual",
            "name": "総務 花子",
            "name_kana": "ソウム ハナコ",
            "postal_code": "1040045",
            **place,
            "phone": "9999999999",
        },
        "contact": {"name": "総務 花子", "name_kana": "ソウム ハナコ", "phone": "9999999999", "email": "hanako@example.jp"},
        "disqualification": "none",
        "fee": {"station_class": "AT", "station_count": 1, "payment_method": "1"},
        "prepayment": {"requested": False},
        "station": {
            "station_class": "AT",
            "station_count": 1,
            "completion": {"kind": "days", "days": 1},
            "applicant": {
                "kind": "individual",
                "family_name": "総務",
                "given_name": "花子",
                "family_name_kana": "ソウム",
                "given_name_kana": "ハナコ",
                "postal_code": "1040045",
                **place,
                "phone": "9999999999",
            },
            "operators": [{"license_number": "AABH998"}],
            "purposes": ["ATC"],
            "communication_matters": ["ATC"],
            "site": place,
            "movement": "AAA",
            "assignments": [
                {"symbol": "3VA", "frequency_hz": 52_000_000, "power_w": 50},
                {"symbol": "3VA", "frequency_hz": 145_000_000, "power_w": 50},
                {"symbol": "3VA", "frequency_hz": 435_000_000, "power_w": 50},
            ],
            "transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}],
            "antennas": ["TI", "YA", "DP"],
            "frequency_meter": "1",
            "other_design": "1",
        },
    }


def test_full_route_sample_is_read_whole(law: Law) -> None:
    found = read(sample("new-license_開局.xml"), law)
    assert found.unmapped == ()
    station = found.form["station"]
    assert isinstance(station, dict)
    assert station["completion"] == {"kind": "days"}
    assert station["movement"] == "BBB"
    assert station["remarks"] == "現にアマチュア局を開設しているときは、その免許の番号\n免許番号＿＿＿＿＿＿＿＿"
    assert station["transmitter_diagram"] is True
    assert [(one["symbol"], one["frequency_hz"], one["power_w"]) for one in station["assignments"]][::4] == [
        ("3MA", 1_910_000, 1000),
        ("2HC", 10_125_000, 1000),
        ("3HA", 24_940_000, 1000),
        ("3VA", 435_000_000, 50),
    ]
    own_built, conforming = station["transmitters"]
    assert "conforming" not in own_built
    assert own_built["ranges"][0] == {"emissions": [{"emission": "A1A"}, {"emission": "G1B"}], "frequency_hz": 1_910_000}
    assert len(own_built["ranges"]) == 11
    assert own_built["modulations"][0] == {"emission": "F3E", "modulation": "FM", "note": "リアクタンス変調"}
    assert own_built["final_stage"] == {
        "devices": [{"name": "RD100HHF1", "count": 2}, {"name": "MRF150", "count": 8}],
        "voltages_v": [13.8, 33],
    }
    assert own_built["rated_power_w"] == [100, 1000]
    assert conforming == {"number": 2, "conforming": True, "conformity_number": "002-160008"}


def test_renewal_sample_reports_exactly_what_nobody_can_explain(law: Law) -> None:
    found = read(sample("renewal_再免許.xml"), law, date(2023, 8, 1))
    assert found.kind == "BA"
    assert [(one.path, one.value) for one in found.unmapped] == [
        ("/申請データ/申請書/変更の許可の申請又は届出", "1"),
        ("/申請データ/申請書/免許状受取方法/免許状受取区分", "1"),
        ("/申請データ/申請書/電波利用料の前納の申出/前納に係る期間/前納に係る期間区分", "1"),
    ]
    assert found.form["license_number"] == "関Ａ第123456号"
    assert found.form["licensed_on"] == "2019-01-01"
    assert found.form["fee"] == {"station_class": "AT", "station_count": 1, "amount_yen": 1950, "payment_method": "1"}
    assert "station" not in found.form


# Every element of the form


def test_the_table_of_places_covers_every_element_of_the_form() -> None:
    root = ET.fromstring(sample("renewal_再免許.xml"))
    paths = {path for path, element in walk(root) if len(element) == 0 and path.startswith("申請書/")}
    assert len(paths) == 197
    assert {place.path.replace("*", "") for place in PLACES} | {"申請書/事前チェック情報/送信区分"} == paths


def walk(element: ET.Element, path: str = "") -> list[tuple[str, ET.Element]]:
    found = [(path, element)]
    for child in element:
        found += walk(child, f"{path}/{child.tag.rpartition('}')[2]}".lstrip("/"))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_element_alone_fills_its_place_and_no_other(law: Law, kind: str) -> None:
    empty = dict(leaves(read(written(blank(kind)), law).form))
    assert empty == {"/application_kind": kind, "/station_class": "AT"}
    generator = Generator(law)
    pointers = set()
    for group in files.grouped(PLACES):
        if group[0].pointer in {"/application_kind", "/station_class"}:
            continue
        entry = generator.entry(group, (0,) * group[0].repeats)
        root = blank(kind)
        entry.fill(root)
        found = read(written(root), law)
        assert dict(leaves(found.form)) == empty | {entry.pointer: entry.value}, entry
        assert found.unmapped == (), entry
        pointers.add(entry.pointer)
    assert len(pointers) == 166


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_every_element_filled_comes_back_whole(law: Law, kind: str) -> None:
    root = blank(kind)
    expected: dict[str, object] = {"/application_kind": kind, "/station_class": "AT"}
    free = []  # the values that are neither flags nor codes of a list: no two are alike
    generator = Generator(law)
    for group in files.grouped(PLACES):
        for indices in itertools.product((0, 1), repeat=group[0].repeats):
            if group[0].pointer not in expected:
                entry = generator.entry(group, indices)
                entry.fill(root)
                expected[entry.pointer] = entry.value
                free += [] if " " in group[0].kind or group[0].kind in {"flag", "choice"} else [entry.value]
    found = read(written(root), law)
    assert dict(leaves(found.form)) == expected
    assert found.unmapped == ()
    assert len(free) == len(set(free)) > 180


@pytest.mark.parametrize("place", [place for place in PLACES if place.pointer == "unknown"], ids=lambda place: place.path)
def test_an_element_of_unknown_meaning_is_reported_when_it_is_filled(law: Law, place: files.Place) -> None:
    root = blank("A1")
    assert read(written(root), law).unmapped == ()
    set_text(root, place.path, " ９ ")
    assert read(written(root), law).unmapped == (Unmapped(f"/申請データ/{place.path}", "９"),)


def test_what_describes_the_file_is_read_as_metadata(law: Law) -> None:
    root = blank("A1")
    prefix = files.MANAGEMENT
    attachment = root.find(f"{prefix}構成管理情報/{prefix}添付書類属性情報")
    assert attachment is not None
    for number, element in enumerate(one for one in attachment.iter() if len(one) == 0):
        element.text = str(number)
    set_text(root, "申請書/事前チェック情報/送信区分", "2")
    found = read(written(root), law)
    names = ("kind", "file_name", "digest_algorithm", "digest_value", "updated_at")
    assert found.metadata["attachments"] == [{name: str(number) for number, name in enumerate(names)} | {"size": 5}]
    assert found.metadata["submission_kind"] == "2"
    assert found.unmapped == ()


# What has no place is reported, and is no reason to refuse


def test_an_element_that_the_map_does_not_know_is_reported(law: Law) -> None:
    root = blank("A1")
    ET.SubElement(files.element_at(root, "申請書/申請事項"), f"{FORM}新しい欄").text = "値"
    ET.SubElement(root, "{urn:other}extra").text = "x"
    set_text(root, "申請書/呼出符号", "JA1QRZ")
    assert read(written(root), law).unmapped == (
        Unmapped("/申請データ/申請書/申請事項/新しい欄", "値"),
        Unmapped("/申請データ/{urn:other}extra", "x"),
    )


def test_an_attribute_and_stray_text_are_reported(law: Law) -> None:
    root = blank("A1")
    element = files.element_at(root, "申請書/申請事項")
    element.set("改", "１")
    element.text = "こぼれた文字"
    element.tail = "後ろの文字"
    assert read(written(root), law).unmapped == (
        Unmapped("/申請データ/申請書/申請事項/@改", "１"),
        Unmapped("/申請データ/申請書/申請事項", "こぼれた文字"),
        Unmapped("/申請データ/申請書/text()", "後ろの文字"),
    )


def test_a_second_value_where_one_belongs_is_reported(law: Law) -> None:
    root = blank("A1")
    set_text(root, "申請書/呼出符号", "JA1QRZ")
    ET.SubElement(files.element_at(root, "申請書"), f"{FORM}呼出符号").text = "JA1ZZZ"
    found = read(written(root), law)
    assert found.form["call_sign"] == "JA1QRZ"
    assert found.unmapped == (Unmapped("/申請データ/申請書/呼出符号[2]", "JA1ZZZ"),)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("申請書/申請手数料/局数", "二局"),
        ("申請書/申請手数料/局数", "-1"),
        ("申請書/申請者等情報/団体_個人の別", "7"),
        ("申請書/申請者等情報/郵便番号", "千代田"),
        ("申請書/申請手数料/c.テレビジョン", "2"),
        ("申請書/事項書_工事設計書情報/周波数/周波数情報/周波数帯", "1910000.5"),
        ("申請書/事項書_工事設計書情報/周波数/周波数情報/空中線電力", "NaN"),
        ("申請書/事項書_工事設計書情報/周波数/周波数情報/空中線電力", "1e999"),
        ("申請書/免許の番号/免許の番号地方部", "関"),
        ("申請書/免許の年月日/年号", "H"),
    ],
)
def test_what_cannot_be_converted_is_reported_as_it_stands(law: Law, path: str, text: str) -> None:
    root = blank("A1")
    set_text(root, path, text)
    found = read(written(root), law)
    assert found.unmapped == (Unmapped(f"/申請データ/{path}", text),)
    assert set(found.form) == {"application_kind", "station_class"}


def test_an_unknown_code_is_kept_and_reported(law: Law) -> None:
    path = "申請書/事項書_工事設計書情報/工事設計2/送信空中線の型式情報*/送信空中線の型式"
    root = blank("A1")
    set_text(root, path, "ti", (0,))
    set_text(root, path, "QQ", (1,))
    found = read(written(root), law)
    assert dict(leaves(found.form))["/station/antennas/0"] == "TI"
    assert dict(leaves(found.form))["/station/antennas/1"] == "QQ"
    assert [one.value for one in found.unmapped] == ["QQ"]
    assert "送信空中線の型式情報[2]" in found.unmapped[0].path


def test_a_bundled_symbol_has_a_place_of_its_own(law: Law) -> None:
    path = "申請書/事項書_工事設計書情報/周波数/周波数情報*/記号"
    root = blank("A1")
    set_text(root, path, "１ａｆ", (0,))
    set_text(root, path, "3HA", (1,))
    station = read(written(root), law).form["station"]
    assert station == {"assignments": [{"bundle": "1AF"}, {"symbol": "3HA"}]}


def test_an_empty_signature_is_nothing_and_a_filled_one_is_reported(law: Law) -> None:
    root = blank("A1")
    assert read(written(root), law).unmapped == ()
    signature = "{http://www.w3.org/2000/09/xmldsig#}"
    value = root.find(f"{signature}Signature/{signature}SignatureValue")
    assert value is not None
    value.text = "c2lnbmVk"
    unmapped = read(written(root), law).unmapped
    assert Unmapped("/申請データ/ds:Signature/ds:SignatureValue", "c2lnbmVk") in unmapped
    assert all(one.path.startswith("/申請データ/ds:Signature/") for one in unmapped)


# Eras


@pytest.mark.parametrize(
    ("era", "year", "month", "day", "expected"),
    [
        ("H", "31", "01", "01", "2019-01-01"),
        ("R", "2", "6", "1", "2020-06-01"),
        ("Ｒ", "元", "５", "１", "2019-05-01"),
        ("令和", "1", "5", "1", "2019-05-01"),
        ("S", "64", "1", "7", "1989-01-07"),
        ("T", "15", "12", "24", "1926-12-24"),
        ("R", "2", "2", "29", "2020-02-29"),
        ("H", "31", "6", "1", "2019-06-01"),  # after the end of the era: the day exists, so it is taken
        ("S", "64", "2", "1", "1989-02-01"),
        ("R", "3", "2", "29", None),
        ("H", "31", "13", "1", None),
        ("R", "0", "1", "1", None),
        ("R", "100", "1", "1", None),
        ("X", "1", "1", "1", None),
        ("R", "2", "6", "", None),
    ],
)
def test_dates_of_the_eras(law: Law, era: str, year: str, month: str, day: str, expected: str | None) -> None:
    root = blank("BA")
    for name, text in (("年号", era), ("年", year), ("月", month), ("日", day)):
        set_text(root, f"申請書/免許の年月日/{name}", text)
    found = read(written(root), law)
    assert found.form.get("licensed_on") == expected
    reported = [] if expected else [text for text in (era, year, month, day) if text]
    assert [one.value for one in found.unmapped] == reported


# What is refused


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "docs" / "samples").glob("*.xml")))
def test_a_written_file_has_the_elements_of_the_sample_in_their_order(law: Law, name: str) -> None:
    found = read(sample(name), law)
    content = filing_writing.write(found.form, law, form_id="101103", form_version="0009", metadata=found.metadata)
    again = read(content, law)
    assert (again.form, again.metadata, again.unmapped) == (found.form, found.metadata, ())
    original = [path for path, element in walk(ET.fromstring(sample(name))) if not path.startswith("Signature")]
    assert [path for path, _ in walk(ET.fromstring(content))] == original


def test_a_form_with_everything_in_it_survives_writing_and_reading(law: Law) -> None:
    root = blank("CA")
    generator = Generator(law)
    for group in files.grouped(PLACES):
        for indices in itertools.product((0, 1), repeat=group[0].repeats):
            if group[0].pointer not in {"/application_kind", "/station_class"}:
                generator.entry(group, indices).fill(root)
    form = read(written(root), law).form
    content = filing_writing.write(form, law, form_id="101103", form_version="0009")
    assert read(content, law).form == form


def test_the_samples_are_the_only_copies() -> None:
    assert sorted(path.name for path in Path(ROOT / "docs" / "samples").iterdir()) == [
        "new-license_one-step.xml",
        "new-license_開局.xml",
        "renewal_再免許.xml",
    ]
