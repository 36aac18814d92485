from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from itertools import islice

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Conflict
from partner.identifiers import new_id
from partner.registry import call_signs
from partner.registry import service as register
from partner.registry.call_signs import Wanted
from partner.registry.facts import License, LicenseeFacts
from tests.conftest import Cluster
from tests.registry.acting import grant, rows
from tests.registry.samples import BASE, CLUB, FIXED, HANAKO, MOBILE, TARO, law

RULES = law().call_sign_rules
ON = date(2020, 6, 1)


def wanted(*, club: bool = False, bureau: str = "A", municipality: str = "13101") -> Wanted:
    return Wanted(new_id(), club, bureau, municipality, ON, clock.now())


@pytest.fixture
async def wide(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    opened = Database(cluster.url("partner_app", database_name), cluster.url("partner_public", database_name), pool_size=10)
    async with opened.opened():
        yield opened


@pytest.mark.slow
async def test_200_concurrent_newcomers_get_200_signs_and_a_feed_without_gaps(wide: Database) -> None:
    places = asyncio.Semaphore(20)

    async def one(number: int) -> License:
        async with places, wide.transaction(SYSTEM) as session:
            granted = await grant(session, LicenseeFacts("individual", f"新人{number}", address=f"{number}"), FIXED)
            if number % 10 == 9:
                raise RuntimeError("this one fails after its grant")
            return granted

    async with wide.transaction(SYSTEM) as session:
        start = (await rows(session, "SELECT sequence FROM register_counter"))[0]["sequence"]
    found = await asyncio.gather(*(one(number) for number in range(222)), return_exceptions=True)
    granted = [license_ for license_ in found if isinstance(license_, License)]
    async with wide.transaction(SYSTEM) as session:
        sequences = await rows(session, "SELECT sequence, at FROM published_change WHERE sequence > :start ORDER BY sequence", start=start)
        held = await rows(session, "SELECT sign FROM call_sign WHERE upper_inf(recorded)")
    assert len(granted) == 200
    assert len({license_.call_sign for license_ in granted}) == 200
    assert {license_.call_sign for license_ in granted} <= {row["sign"] for row in held}
    assert len({license_.license_number for license_ in granted}) == 200
    assert [row["sequence"] for row in sequences] == list(range(start + 1, start + 201))
    assert [row["at"] for row in sequences] == sorted({row["at"] for row in sequences})


async def test_one_persons_stations_share_a_sign_within_a_bureau(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        licensee_id = await register.record_licensee(session, TARO)
        legacy = await register.record(
            session, MOBILE, licensee_id=licensee_id, licensed_on=ON, valid_to=date(2025, 5, 31), law=law(), call_sign="JA1QRZ", cause="x"
        )
        second = await grant(session, TARO, FIXED)
        elsewhere = await grant(session, TARO, replace(FIXED, bureau="B", municipality="15103"))
        newcomer = await grant(session, HANAKO, FIXED)
    assert (legacy.call_sign, second.call_sign) == ("JA1QRZ", "JA1QRZ")
    assert elsewhere.call_sign is not None
    assert elsewhere.call_sign[2] == "0"
    assert newcomer.call_sign not in {None, "JA1QRZ"}


async def test_a_sign_is_reserved_for_six_months_and_then_vacant(database: Database) -> None:
    person = LicenseeFacts("individual", "東海一郎", address="1")
    other = LicenseeFacts("individual", "東海二郎", address="2")
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, person, FIXED, licensed_on=ON, valid_to=date(2025, 5, 31))
        sign = first.call_sign or ""
        await register.end(session, first.station_id, ends_on=date(2023, 8, 31), cause="notice")
        licensee_id = await register.record_licensee(session, other)
        term = {"licensee_id": licensee_id, "valid_to": date(2029, 2, 28), "law": law(), "call_sign": sign, "cause": "x"}
        with pytest.raises(Conflict, match="call_sign_held"):
            await register.record(session, FIXED, licensed_on=date(2024, 2, 29), **term)  # type: ignore[arg-type]
    async with database.transaction(SYSTEM) as session:
        back = await grant(session, person, FIXED, licensed_on=date(2024, 2, 29), valid_to=date(2024, 3, 31))
        await register.end(session, back.station_id, ends_on=date(2024, 3, 15), cause="notice")
        with pytest.raises(Conflict, match="call_sign_held"):
            await register.record(session, FIXED, licensed_on=date(2024, 9, 15), **term)  # type: ignore[arg-type]
    async with database.transaction(SYSTEM) as session:
        taken = await register.record(session, FIXED, licensed_on=date(2024, 9, 16), **term)  # type: ignore[arg-type]
        late = await grant(session, person, FIXED, licensed_on=date(2024, 9, 16), valid_to=date(2029, 9, 15))
        holders = await rows(session, "SELECT licensee_id FROM call_sign WHERE sign = :sign ORDER BY lower(recorded)", sign=sign)
    assert back.call_sign == sign == taken.call_sign
    assert late.call_sign != sign
    assert [row["licensee_id"] for row in holders] == [first.licensee_id, licensee_id]


async def test_a_base_station_has_no_call_sign_and_keeps_its_name_secret(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        found = await grant(session, CLUB, BASE)
        published = await rows(session, "SELECT document, musen FROM published_license WHERE station_id = :id", id=found.station_id)
    assert found.call_sign is None
    assert found.facts.identification == "みどりきち１"
    assert "みどりきち" not in str(published)


def test_newcomers_never_get_what_is_never_allocated() -> None:
    for club in (False, True):
        signs = list(islice(call_signs.following(RULES, wanted(club=club), None), 60_000))
        assert len(set(signs)) == len(signs) > 5_000
        assert all(len(sign) == 6 for sign in signs)
        assert not any("QRA" <= sign[3:] <= "QTZ" or sign.startswith("JD1") for sign in signs)
        assert all((sign[3] in "YZ") == club for sign in signs)


def test_signs_follow_the_last_one_issued() -> None:
    signs = list(islice(call_signs.following(RULES, wanted(), None), 50_000))
    for position in (0, 1, 4_999, 20_000):
        following = list(islice(call_signs.following(RULES, wanted(), signs[position]), 3))
        assert following == signs[position + 1 : position + 4]


def test_ogasawara_has_its_own_prefix() -> None:
    signs = list(islice(call_signs.following(RULES, wanted(municipality="13421"), None), 10))
    assert all(sign.startswith("JD1") for sign in signs)
