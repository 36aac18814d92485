from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from partner.database import SYSTEM, Database
from partner.errors import Conflict
from partner.registry import service as register
from partner.registry.broadcast_stations import broadcast_stations, synthetic_term
from partner.registry.facts import LicenseeFacts, LicenseFacts
from partner.registry.importing import LicenseRecord, import_licenses
from tests.registry.acting import rows
from tests.registry.samples import BASE, CLUB, FIXED, HANAKO, MOBILE, TARO, TAXI, law


def known(licensee: LicenseeFacts, facts: LicenseFacts, number: str | None = None, call_sign: str | None = None) -> LicenseRecord:
    return LicenseRecord(licensee, facts, date(2020, 1, 16), date(2025, 1, 15), number, call_sign)


async def test_known_licenses_are_recorded_one_change_each(database: Database) -> None:
    records = [
        known(TARO, FIXED, "関Ａ第123456号", "JA1QRZ"),
        known(TARO, MOBILE, None, "JA1QRZ"),
        known(CLUB, FIXED, None, "JA1RL"),
        *(known(TAXI, BASE) for _ in range(60)),
    ]
    async with database.transaction(SYSTEM) as session:
        before = (await rows(session, "SELECT sequence FROM register_counter"))[0]["sequence"]
        found = await import_licenses(session, records, law=law())
        sequences = [
            row["sequence"] for row in await rows(session, "SELECT sequence FROM published_change WHERE sequence > :n ORDER BY 1", n=before)
        ]
        read = await register.license_by_number(session, "関Ａ第123456号")
        signs = await rows(session, "SELECT sign FROM call_sign WHERE sign LIKE 'JA1%' ORDER BY sign")
    assert [one.license_number for one in found[:1]] == ["関Ａ第123456号"]
    assert len({one.license_number for one in found}) == len(records)
    assert found[0].licensee_id == found[1].licensee_id
    assert found[0].station_id != found[1].station_id
    assert sequences == list(range(before + 1, before + len(records) + 1))
    assert read is not None
    assert read.call_sign == "JA1QRZ"
    assert [row["sign"] for row in signs] == ["JA1QRZ", "JA1RL"]


async def test_a_sign_or_a_number_of_another_is_refused_and_nothing_stands(database: Database) -> None:
    first = known(TARO, FIXED, "関Ａ第7号", "JA1QSA")
    async with database.transaction(SYSTEM) as session:
        await import_licenses(session, [first], law=law())
    for wrong, code in [
        (replace(first, licensee=HANAKO, license_number=None), "call_sign_held"),
        (replace(first, call_sign=None), "license_number_taken"),
    ]:
        with pytest.raises(Conflict) as refused:
            async with database.transaction(SYSTEM) as session:
                await import_licenses(session, [replace(first, license_number=None), wrong], law=law())
        assert refused.value.code == code
    async with database.transaction(SYSTEM) as session:
        assert len(await rows(session, "SELECT 1 FROM license_version WHERE call_sign = 'JA1QSA'")) == 1


async def test_two_holders_of_one_sign_within_one_import_are_refused(database: Database) -> None:
    records = [known(holder, FIXED, None, "JA1QSB") for holder in (TARO, HANAKO)]
    with pytest.raises(Conflict, match="call_sign_held"):
        async with database.transaction(SYSTEM) as session:
            await import_licenses(session, records, law=law())


async def test_the_broadcast_stations_are_licensed_today_and_marked_as_synthetic(database: Database) -> None:
    today = date(2026, 11, 22)
    records = broadcast_stations(law(), today=today)
    async with database.transaction(SYSTEM) as session:
        found = await import_licenses(session, records, law=law())
        document = (await rows(session, "SELECT document::json FROM published_license WHERE call_sign = 'JOVK'"))[0]["document"]
        musen = (await rows(session, "SELECT musen::json FROM published_license WHERE call_sign = 'JOKU-FM'"))[0]["musen"]
    assert len(found) == 79
    assert all(record.licensed_on <= today <= record.valid_to for record in records)
    assert document["synthetic"] == ["license"]
    assert document["bureau"]["code"] == "J"
    assert document["assignments"][0]["frequency_hz"] == 675_000
    assert musen["detailInfo"]["radioEuipmentLocation"] == "送信所 静岡県静岡市清水区 演奏所 静岡県浜松市中央区"


HARD = "\\N \\. \\n a\tb\nc\rd \"e\" {f,g} 'h' \\\\ ＊ 𠮷"


async def test_a_license_reads_the_same_whether_few_or_many_are_written(database: Database) -> None:
    facts = replace(
        BASE, note=HARD, purposes=(HARD, "x-general"), conditions=(HARD,), communication_partner="\\N", details={"a": [HARD, None]}
    )
    holders = [replace(TAXI, name=f"{HARD}{number}", name_kana=HARD, address="\\N", corporate_number=None) for number in range(400)]
    async with database.transaction(SYSTEM) as session:
        [alone] = await import_licenses(session, [known(holders[0], facts)], law=law())
        many = await import_licenses(session, [known(holder, facts) for holder in holders], law=law())
        one, other = [await register.license_of_station(session, found.station_id) for found in (alone, many[-1])]
        documents = await rows(
            session,
            "SELECT replace(replace(document, station_id::text, ''), public_licensee_id::text, '') AS text, musen, max_power_w, purposes "
            "FROM published_license WHERE station_id IN (:one, :other)",
            one=alone.station_id,
            other=many[0].station_id,
        )
    assert one is not None
    assert other is not None
    assert one.facts == other.facts == facts
    assert (one.licensee, other.licensee) == (holders[0], holders[-1])
    assert documents[0] == documents[1]


def test_the_synthetic_term_holds_on_its_day() -> None:
    for days in range(0, 4000, 13):
        today = date(2019, 1, 1) + timedelta(days=days)
        begin, last = synthetic_term(today)
        assert begin <= today <= last
    assert synthetic_term(date(2028, 10, 31)) == (date(2023, 11, 1), date(2028, 10, 31))
    assert synthetic_term(date(2028, 11, 1)) == (date(2028, 11, 1), date(2033, 10, 31))
