from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partner.database import SYSTEM, Database
from partner.identifiers import new_id
from partner.registry import publishing, vocabulary
from partner.registry import service as register
from partner.registry.disclosure import Disclosed, disclose
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts
from tests.registry.acting import grant, rows
from tests.registry.samples import BASE, CLUB, FIXED, MOBILE, TARO, TAXI, law

TODAY = date(2026, 11, 22)
RULE = law().disclosure.on(TODAY)
SECRETS = ("総務太郎", "ソウムタロウ", "霞が関２－１－２", "関Ａ第777号", "IABH999", "1960-05-01", "みどりきち", "一丁目")


def license_(licensee: LicenseeFacts, facts: LicenseFacts, call_sign: str | None = "JA1QRZ") -> License:
    return License(
        version_id=new_id(),
        station_id=new_id(),
        license_number="関Ａ第777号",
        call_sign=call_sign,
        licensee_id=new_id(),
        licensee_version_id=new_id(),
        licensee=licensee,
        facts=facts,
        licensed_on=date(2024, 1, 1),
        valid_from=date(2024, 1, 1),
        valid_to=date(2028, 12, 31),
        holds_from=date(2024, 1, 1),
        holds_to=date(2028, 12, 31),
    )


def disclosed(licensee: LicenseeFacts, facts: LicenseFacts) -> Disclosed:
    found = disclose(license_(licensee, facts), RULE)
    assert found is not None
    return found


def published(licensee: LicenseeFacts, facts: LicenseFacts) -> dict[str, Any]:
    found = publishing.publish(license_(licensee, facts), vocabulary.of(law()), TODAY)
    assert found is not None
    return {**found.license, "document": orjson.loads(found.license["document"]), "assignments": found.assignments}


@pytest.mark.parametrize(("licensee", "facts"), [(TARO, FIXED), (TARO, MOBILE), (TAXI, BASE), (CLUB, FIXED)])
def test_what_is_withheld_is_in_no_published_value(licensee: LicenseeFacts, facts: LicenseFacts) -> None:
    told = replace(facts, note="連絡先は総務　太郎（霞が関2-1-2）", broadcast_matter="みどりきち１から", operating_hours="ｿｳﾑﾀﾛｳの都合")
    hidden = replace(told, identification=facts.identification or "みどりきち１", site_address="霞が関２－１－２")
    row = str(published(licensee, replace(hidden)))
    names = () if licensee.kind == "individual" else ("総務太郎", "ソウムタロウ")
    assert [secret for secret in SECRETS if secret not in names and secret in row] == []


def test_an_individual_is_masked_and_a_body_is_named() -> None:
    person, body = published(TARO, FIXED), published(CLUB, FIXED)
    assert (person["licensee_name"], person["licensee_search"]) == ("＊＊＊＊＊", "")
    assert (person["public_licensee_id"], person["document"]["licensee"]["id"]) == (None, None)
    assert body["licensee_name"] == CLUB.name
    assert body["public_licensee_id"] is not None
    assert body["corporate_number"] == CLUB.corporate_number
    assert "日本" in body["licensee_search"]


def test_a_name_is_found_without_its_legal_forms_width() -> None:
    assert published(TAXI, BASE)["licensee_search"] == "株式会社ミドリタクシー"


def test_the_site_is_published_to_the_municipality_and_no_closer() -> None:
    row = published(TARO, FIXED)
    assert row["document"]["location"] == {"municipality_code": "13101", "name": {"ja": "東京都千代田区", "en": "Chiyoda-ku, Tokyo"}}
    assert row["latitude"] == pytest.approx(35.69, abs=0.05)
    county = published(TARO, replace(FIXED, municipality="29343"))
    assert county["document"]["location"]["name"]["ja"] == "奈良県生駒郡三郷町"


@pytest.mark.parametrize("purpose", ["x-police", "x-defense", "x-coast-guard", "FIR"])
def test_stations_that_are_never_published_are_not(purpose: str) -> None:
    withheld = license_(TAXI, replace(BASE, purposes=("x-general", purpose)))
    assert disclose(withheld, RULE) is None
    assert publishing.publish(withheld, vocabulary.of(law()), TODAY) is None


@pytest.mark.parametrize(
    ("purpose", "hertz", "shown"),
    [
        ("x-general", 467_037_500, 467_037_500),
        ("x-press", 467_037_500, 500_000_000),
        ("x-press", 49_999_999, 100_000_000),
        ("x-press", 149_999_999, 100_000_000),
        ("x-press", 150_000_000, 200_000_000),
        ("x-press", 999_999_999, 1_000_000_000),
        ("x-press", 1_499_999_999, 1_000_000_000),
        ("x-press", 1_500_000_000, 2_000_000_000),
        ("x-railway", 149_999_999, 100_000_000),
        ("x-railway", 500_000_000, 500_000_000),
        ("x-railway", 500_000_001, 500_000_001),
        ("EPA", 30_000_000, 100_000_000),
    ],
)
def test_frequencies_are_rounded_for_whom_the_rule_says(purpose: str, hertz: int, shown: int) -> None:
    line = AssignmentFacts(emission="F3E", frequency_hz=hertz, frequency_to_hz=hertz, power_w=Decimal(1))
    row = published(TAXI, replace(BASE, purposes=(purpose,), assignments=(line,)))
    assert row["document"]["assignments"][0]["frequency_hz"] == shown
    assert row["assignments"][0]["frequency_low"] == row["assignments"][0]["frequency_high"] == shown
    assert (str(hertz) in str(row)) == (hertz == shown)


def test_the_partner_of_a_fixed_station_is_a_name_and_withheld() -> None:
    fixed = disclosed(TAXI, replace(BASE, station_class="FX", communication_partner="みどりほんしゃ"))
    base = disclosed(TAXI, replace(BASE, communication_partner="免許人所属の陸上移動局"))
    assert (fixed.communication_partner, fixed.partner_withheld) == (None, True)
    assert (base.communication_partner, base.partner_withheld) == ("免許人所属の陸上移動局", False)


names = st.text(st.characters(categories=["Lo", "Lu", "Ll"]), min_size=2, max_size=8)


@given(name=names, before=st.text(max_size=5), after=st.text(max_size=5))
@example(name="AA", before="", after="´")
def test_no_text_about_an_individual_says_the_name(name: str, before: str, after: str) -> None:
    person = replace(TARO, name=f"某{name}", name_kana="")
    found = disclosed(person, replace(FIXED, note=f"{before}{person.name}{after}"))
    assert found.note == "＊＊＊＊＊"


async def test_a_masked_name_is_in_no_published_column_of_the_database(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        granted = await grant(session, TARO, replace(FIXED, note="総務太郎の局"))
        await register.renew(session, granted.station_id, licensed_on=date(2025, 6, 1), valid_to=date(2030, 5, 31), cause="総務太郎")
        await register.end(session, granted.station_id, ends_on=date(2026, 1, 1), cause="総務太郎")
        found = [
            str(row["shown"])
            for table in ("public_license", "public_assignment", "public_change", "public_counter")
            for row in await _shown(session, table)
        ]
    assert len(found) > 5
    assert not [
        row
        for row in found
        for secret in ("総務太郎", "ソウム", "霞が関２", granted.license_number, str(granted.licensee_id))
        if secret in row
    ]


async def _shown(session: Any, table: str) -> list[dict[str, Any]]:
    """Every row of a published table as text; the application's role reads the tables, not the views."""
    return await rows(session, SHOWN[table])


SHOWN = {
    "public_license": "SELECT to_jsonb(t)::text AS shown FROM published_license AS t",
    "public_assignment": "SELECT to_jsonb(t)::text AS shown FROM published_assignment AS t",
    "public_change": "SELECT to_jsonb(t)::text AS shown FROM published_change AS t",
    "public_counter": "SELECT sequence::text AS shown FROM register_counter",
}


@pytest.mark.parametrize("name", ["総務太郎丸", "第一ソウムタロウ号", "霞が関２－１－２丸"])
def test_a_ship_is_not_found_by_a_name_that_says_who_the_masked_licensee_is(name: str) -> None:
    ship = replace(FIXED, station_class="MS", craft_name=name)
    assert disclosed(TARO, ship).craft_name is None
    assert published(TARO, ship)["craft_search"] is None


def test_a_ship_is_found_by_its_name_which_stands_in_no_document() -> None:
    ship = replace(FIXED, station_class="MS", craft_name="第一さくら丸", identification="さくら", broadcast_kind="DTJ")
    found = published(TARO, ship)
    assert (found["craft_search"], found["broadcast_kind"]) == ("第一サクラ丸", "DTJ")
    assert "さくら" not in str([found["document"], found["musen"]])
    assert published(TARO, FIXED)["craft_search"] is None
