"""Licenses pass to another holder with their call signs, or their holder is otherwise called; what is refused stands beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from partner.database import SYSTEM, Database
from partner.errors import Conflict, NotFound
from partner.identifiers import new_id
from partner.registry import openings, successions
from partner.registry import service as register
from partner.registry.openings import Closing, Opening
from tests.registry.acting import changes, grant, rows
from tests.registry.samples import BASE, FIXED, HANAKO, MOBILE, TARO, TAXI

DAY = date(2022, 6, 1)


async def test_a_license_passes_with_its_call_sign(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        fixed, mobile = await grant(session, TARO, FIXED), await grant(session, TARO, MOBILE)
        hanako = await register.record_licensee(session, HANAKO)
        both = [fixed.station_id, mobile.station_id]
        first, second = await successions.transfer(session, both, to=hanako, effective_on=DAY, cause="case")
        assert {first.licensee.name, second.licensee.name} == {HANAKO.name}
        assert (first.license_number, first.call_sign, first.valid_to) == (fixed.license_number, fixed.call_sign, fixed.valid_to)
        before = await register.license_of_station(session, fixed.station_id, on=date(2022, 5, 31))
        assert before is not None
        assert before.licensee.name == TARO.name
        holders = await rows(session, "SELECT licensee_id FROM call_sign WHERE sign = :sign AND upper_inf(recorded)", sign=fixed.call_sign)
        assert [row["licensee_id"] for row in holders] == [hanako]
        assert [row["kind"] for row in await changes(session, fixed.station_id)][-1] == "modified"
        third = await grant(session, HANAKO, MOBILE, licensed_on=DAY, valid_to=date(2027, 5, 31))
        assert third.call_sign == fixed.call_sign, "one person, one sign"


async def test_what_cannot_pass(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        fixed, mobile = await grant(session, TARO, FIXED), await grant(session, TARO, MOBILE)
        hanako = await register.record_licensee(session, HANAKO)

        async def refused(*stations: object, to: object = hanako, on: date = DAY) -> str:
            with pytest.raises((Conflict, NotFound)) as caught:
                await successions.transfer(session, stations, to=to, effective_on=on, cause="x")  # type: ignore[arg-type]
            return caught.value.code

        assert await refused(fixed.station_id) == "call_sign_shared"
        assert await refused(fixed.station_id, mobile.station_id, to=fixed.licensee_id) == "holder_already"
        assert await refused(fixed.station_id, mobile.station_id, on=date(2026, 1, 1)) == "license_ended"
        assert await refused(fixed.station_id, mobile.station_id, to=new_id()) == "unknown_licensee"
        assert await refused(new_id()) == "unknown_station"
        await register.end(session, mobile.station_id, ends_on=DAY, cause="x")
        assert await refused(mobile.station_id) == "license_ended"
        await successions.transfer(session, [fixed.station_id], to=hanako, effective_on=DAY, cause="x")


async def test_a_holder_is_described_anew_on_all_licenses_in_force(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        one, two = await grant(session, TAXI, BASE), await grant(session, TAXI, BASE)
        over = await grant(session, TAXI, BASE, licensed_on=date(2015, 6, 1), valid_to=date(2020, 5, 31))
        now = replace(TAXI, name="㈱あおぞらタクシー", address="二丁目")
        changed = await successions.describe(session, one.licensee_id, now, effective_on=DAY, cause="case")
        assert {version.station_id for version in changed} == {one.station_id, two.station_id}
        assert {version.licensee.name for version in changed} == {"㈱あおぞらタクシー"}
        past = await register.license_of_station(session, over.station_id, on=DAY)
        assert past is not None
        assert past.licensee.name == TAXI.name
        assert await register.find_licensee(session, now) == one.licensee_id


OPENED = [Opening(date(2022, 5, 20), "13101", "一丁目", "001-A", f"S{number}") for number in range(3)]


async def test_opened_stations_are_counted_and_closed(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        held = await grant(session, TAXI, BASE)
        after = await openings.open_stations(session, held.station_id, OPENED, cause="case", on=DAY)
        assert after.facts.station_count == 3
        after = await openings.close_stations(session, held.station_id, [Closing("S1", date(2022, 6, 1))], cause="case", on=DAY)
        assert after.facts.station_count == 2
        kept = await rows(session, "SELECT serial_number, closed_on FROM opened_station WHERE upper_inf(recorded) ORDER BY serial_number")
        assert [(row["serial_number"], row["closed_on"]) for row in kept] == [("S0", None), ("S1", date(2022, 6, 1)), ("S2", None)]
        again = await openings.open_stations(session, held.station_id, [replace(OPENED[1], opened_on=DAY)], cause="case", on=DAY)
        assert again.facts.station_count == 3, "what was closed may be opened again"


async def test_what_can_be_neither_opened_nor_closed(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        held, other = await grant(session, TAXI, BASE), await grant(session, TAXI, BASE)
        await openings.open_stations(session, held.station_id, OPENED, cause="x", on=DAY)

        async def refused(act: object, given: object) -> str:
            with pytest.raises(Exception) as caught:  # noqa: PT011 - its code is what is asked for
                await act(session, held.station_id, given, cause="x", on=DAY)  # type: ignore[operator]
            return str(getattr(caught.value, "code", caught.value))

        assert await refused(openings.open_stations, []) == "not_recordable"
        assert await refused(openings.open_stations, [OPENED[0]]) == "opened_already"
        assert await refused(openings.open_stations, [Opening(DAY, serial_number="T")] * 2) == "opened_already"
        assert await refused(openings.open_stations, [Opening(DAY, municipality="x")]) == "not_recordable"
        assert await refused(openings.close_stations, [Closing("S9", DAY)]) == "not_opened"
        assert await refused(openings.close_stations, [Closing("S0", date(2022, 5, 19))]) == "not_recordable"
        assert await refused(openings.set_count, 0) == "not_recordable"
        assert (await openings.set_count(session, other.station_id, 40, cause="x", on=DAY)).facts.station_count == 40
        await openings.open_stations(session, other.station_id, OPENED, cause="x", on=DAY)  # numbers are of one license
