from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Conflict, Invalid, NotFound
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts
from tests.registry.acting import changes, grant, rows
from tests.registry.samples import BASE, FIXED, HANAKO, MOBILE, TARO, TAXI, law


async def test_a_grant_is_found_by_number_with_all_its_facts(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        granted = await grant(session, TARO, FIXED)
    async with database.transaction(SYSTEM) as session:
        found = await register.license_by_number(session, granted.license_number)
        nobody = await register.license_by_number(session, "関Ａ第1号")
        held = await register.licenses_of(session, granted.licensee_id)
    assert found is not None
    assert found == replace(granted, facts=found.facts)
    assert found.facts == replace(FIXED, details=found.facts.details)
    assert found.facts.details["transmitters"] == [{"number": 1, "rated_power_w": 50}]
    assert found.licensee == TARO
    assert [license_.station_id for license_ in held] == [granted.station_id]
    assert nobody is None


async def test_a_renewal_adds_a_term_under_the_same_number(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        renewed = await register.renew(session, first.station_id, licensed_on=date(2025, 6, 1), valid_to=date(2030, 5, 31), cause="renewal")
        past = await register.license_of_station(session, first.station_id, on=date(2025, 5, 31))
        present = await register.license_of_station(session, first.station_id, on=date(2025, 6, 1))
        fed = await changes(session, first.station_id)
    assert (renewed.license_number, renewed.call_sign, renewed.facts) == (first.license_number, first.call_sign, first.facts)
    assert past is not None
    assert present is not None
    assert (past.valid_from, past.valid_to) == (date(2020, 6, 1), date(2025, 5, 31))
    assert (present.valid_from, present.valid_to, present.licensed_on) == (date(2025, 6, 1), date(2030, 5, 31), date(2025, 6, 1))
    assert [change["kind"] for change in fed] == ["granted", "renewed"]
    assert fed[1]["before"]["license"]["valid_to"] == "2025-05-31"
    assert fed[1]["after"]["license"]["valid_to"] == "2030-05-31"


async def test_terms_that_overlap_and_terms_that_end_before_they_begin_are_refused(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        with pytest.raises(Conflict, match="term_overlaps"):
            await register.renew(session, first.station_id, licensed_on=date(2025, 5, 31), valid_to=date(2030, 5, 30), cause="x")
        with pytest.raises(Invalid, match="invalid_term"):
            await register.renew(session, first.station_id, licensed_on=date(2025, 6, 1), valid_to=date(2025, 5, 31), cause="x")
        with pytest.raises(Invalid, match="invalid_term"):
            await grant(session, TARO, FIXED, licensed_on=date(2025, 6, 1), valid_to=date(2025, 5, 31))


async def test_a_modification_splits_the_belief_and_keeps_what_was_believed(database: Database) -> None:
    weaker = replace(FIXED, assignments=(AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal(10)),))
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
    async with database.transaction(SYSTEM) as session:
        changed = await register.modify(session, first.station_id, effective_on=date(2023, 1, 1), facts=weaker, cause="change")
        versions = await rows(
            session,
            "SELECT lower(valid) AS first, upper(valid) AS next, upper_inf(recorded) AS believed FROM license_version"
            " WHERE station_id = :id ORDER BY lower(recorded), lower(valid)",
            id=first.station_id,
        )
        published = await rows(
            session,
            "SELECT max_power_w FROM published_license WHERE station_id = :id AND upper_inf(recorded) ORDER BY lower(valid)",
            id=first.station_id,
        )
        fed = await changes(session, first.station_id)
    assert [tuple(row.values()) for row in versions] == [
        (date(2020, 6, 1), date(2025, 6, 1), False),
        (date(2020, 6, 1), date(2023, 1, 1), True),
        (date(2023, 1, 1), date(2025, 6, 1), True),
    ]
    assert [row["max_power_w"] for row in published] == [50, 10]
    assert changed.holds_from == date(2023, 1, 1)
    assert changed.facts.assignments == weaker.assignments
    assert [len(fed[1][side]["assignments"]) for side in ("before", "after")] == [2, 1]


async def test_a_modification_may_describe_the_licensee_anew(database: Database) -> None:
    moved = replace(TAXI, name="みどり交通株式会社")
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TAXI, BASE)
        changed = await register.modify(
            session, first.station_id, effective_on=date(2023, 1, 1), facts=BASE, licensee=moved, cause="change"
        )
        old = await register.license_of_station(session, first.station_id, on=date(2022, 12, 31))
        same = await register.record_licensee(session, moved)
        fed = await changes(session, first.station_id)
    assert old is not None
    assert (old.licensee.name, changed.licensee.name) == (TAXI.name, moved.name)
    assert same == first.licensee_id
    assert [fed[1][side]["licensee"]["name"] for side in ("before", "after")] == [TAXI.name, moved.name]


async def test_nothing_can_be_modified_outside_the_term_nor_into_another_class(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        with pytest.raises(Invalid, match="outside_term"):
            await register.modify(session, first.station_id, effective_on=date(2025, 6, 1), facts=FIXED, cause="x")
        with pytest.raises(Invalid, match="station_class_changed"):
            await register.modify(session, first.station_id, effective_on=date(2023, 1, 1), facts=BASE, cause="x")
        with pytest.raises(NotFound, match="unknown_station"):
            await register.modify(session, first.licensee_id, effective_on=date(2023, 1, 1), facts=FIXED, cause="x")


async def test_an_end_shortens_the_license_and_nothing_follows_it(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        ended = await register.end(session, first.station_id, ends_on=date(2023, 8, 31), kind="discontinued", cause="notice")
        fed = await changes(session, first.station_id)
        with pytest.raises(Conflict, match="license_ended"):
            await register.renew(session, first.station_id, licensed_on=date(2025, 6, 1), valid_to=date(2030, 5, 31), cause="x")
        with pytest.raises(Conflict, match="license_ended"):
            await register.end(session, first.station_id, ends_on=date(2023, 9, 1), kind="discontinued", cause="x")
    assert (ended.valid_to, ended.holds_to) == (date(2023, 8, 30),) * 2
    assert (ended.ended_on, ended.end_kind) == (date(2023, 8, 31), "discontinued")
    assert fed[1]["kind"] == "ended"
    assert (fed[1]["after"]["license"]["valid_to"], fed[1]["after"]["license"]["ended_on"]) == ("2023-08-30", "2023-08-31")
    assert fed[1]["after"]["license"]["status"] == "ended"


@pytest.mark.parametrize("ends_on", [date(2020, 5, 31), date(2025, 6, 1)])
async def test_an_end_outside_the_term_is_refused(database: Database, ends_on: date) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        with pytest.raises(Invalid, match="outside_term"):
            await register.end(session, first.station_id, ends_on=ends_on, kind="discontinued", cause="x")
        await register.end(session, first.station_id, ends_on=date(2020, 6, 1), kind="discontinued", cause="its first day will do")


async def test_a_correction_changes_what_is_believed_and_not_what_was(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
    right = replace(FIXED, municipality="13102")
    async with database.transaction(SYSTEM) as session:
        await register.correct(session, first.station_id, facts=right, cause="typing error")
        believed = await rows(
            session,
            "SELECT municipality, upper_inf(recorded) AS now FROM published_license WHERE station_id = :id ORDER BY 2",
            id=first.station_id,
        )
    assert [tuple(row.values()) for row in believed] == [("13101", False), ("13102", True)]


async def test_a_suspension_covers_its_days_and_can_be_lifted(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TAXI, BASE)
        key = first.station_id
        await register.suspend(session, key, first=date(2022, 1, 1), last=date(2022, 3, 31), reason="電波法76条", cause="order")
        with pytest.raises(Conflict, match="suspended_already"):
            await register.suspend(session, key, first=date(2022, 3, 31), reason="電波法76条", cause="order")
        await register.reinstate(session, key, lifted_on=date(2022, 3, 1), cause="lifted")
        with pytest.raises(Conflict, match="not_suspended"):
            await register.reinstate(session, key, lifted_on=date(2022, 3, 1), cause="lifted")
        days = [date(2021, 12, 31), date(2022, 1, 1), date(2022, 2, 28), date(2022, 3, 1), date(2022, 4, 1)]
        found = [await register.license_of_station(session, key, on=day) for day in days]
        fed = await changes(session, key)
    assert [license_.suspended for license_ in found if license_ is not None] == [False, True, True, False, False]
    assert [change["kind"] for change in fed] == ["granted", "suspended", "reinstated"]


async def test_an_open_suspension_covers_the_next_term_too(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TAXI, BASE)
        await register.suspend(session, first.station_id, first=date(2025, 5, 1), reason="電波法76条", cause="order")
        renewed = await register.renew(session, first.station_id, licensed_on=date(2025, 6, 1), valid_to=date(2030, 5, 31), cause="renewal")
    assert renewed.suspended


async def test_a_revocation_ends_the_license(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TAXI, BASE)
        revoked = await register.revoke(session, first.station_id, on=date(2023, 1, 1), reason="電波法75条", cause="order")
        orders = await rows(session, "SELECT kind FROM disposition WHERE station_id = :id", id=first.station_id)
    assert (revoked.end_kind, revoked.ended_on) == ("revoked", date(2023, 1, 1))
    assert orders == [{"kind": "revocation"}]


async def test_an_expiry_is_told_once(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TAXI, BASE, licensed_on=date(2001, 1, 1), valid_to=date(2005, 12, 31))
        ended = await grant(session, TAXI, BASE, licensed_on=date(2001, 1, 1), valid_to=date(2005, 12, 31))
        await register.end(session, ended.station_id, ends_on=date(2003, 1, 1), cause="notice")
        early = await register.expire(session, on=date(2005, 12, 31), law=law())
        told = await register.expire(session, on=date(2006, 1, 1), law=law())
        again = await register.expire(session, on=date(2006, 1, 2), law=law())
        fed = await changes(session, first.station_id)
    assert (early, told, again) == (0, 1, 0)
    assert [change["kind"] for change in fed] == ["granted", "expired"]
    assert [fed[1][side]["license"]["status"] for side in ("before", "after")] == ["in_force", "expired"]


async def test_the_same_licensee_is_found_again_whatever_the_width(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await register.record_licensee(session, HANAKO)
        same = await register.record_licensee(session, replace(HANAKO, name="総務　花子", name_kana="ｿｳﾑ ﾊﾅｺ", address="築地1-1-1"))
        other = await register.record_licensee(session, replace(HANAKO, address="築地１－１－２"))
        by_number = await register.record_licensee(session, TAXI)
        renamed = await register.find_licensee(session, replace(TAXI, name="別の名", address="別の所"))
        with pytest.raises(Invalid, match="invalid_licensee"):
            await register.record_licensee(session, replace(HANAKO, corporate_number="1000000000002"))
    assert same == first != other
    assert renamed == by_number


async def test_license_numbers_count_on_and_skip_those_given(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        serial = int(first.license_number.removeprefix("関Ａ第").removesuffix("号"))
        licensee_id = await register.record_licensee(session, TARO)
        given = f"関Ａ第{serial + 1}号"
        term = {"licensed_on": date(2020, 6, 1), "valid_to": date(2025, 5, 31)}
        await register.record(session, MOBILE, licensee_id=licensee_id, law=law(), license_number=given, cause="x", **term)  # type: ignore[arg-type]
        following = await grant(session, TARO, FIXED)
        with pytest.raises(Conflict, match="license_number_taken"):
            await register.record(session, MOBILE, licensee_id=licensee_id, law=law(), license_number=given, cause="x", **term)  # type: ignore[arg-type]
        elsewhere = await grant(session, TARO, replace(FIXED, bureau="I"))
    assert following.license_number == f"関Ａ第{serial + 2}号"
    assert elsewhere.license_number.startswith("東Ａ第")


async def test_record_times_grow_strictly_even_when_the_clock_goes_back(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        first = await grant(session, TARO, FIXED)
        for day in (2, 3, 4):
            await register.modify(session, first.station_id, effective_on=date(2023, 1, day), facts=MOBILE, cause="x")
        times = [row["at"] for row in await rows(session, "SELECT at FROM register_change ORDER BY sequence")]
    assert times == sorted(set(times))
    assert times[-1] <= clock.now()


async def test_a_withheld_station_is_on_record_but_leaves_no_public_trace(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        before = (await rows(session, "SELECT sequence, updated_at FROM register_counter"))[0]
        secret = await grant(session, TAXI, replace(BASE, purposes=("x-police",)))
        after = (await rows(session, "SELECT sequence, updated_at FROM register_counter"))[0]
        kept = await register.license_of_station(session, secret.station_id, on=date(2021, 1, 1))
        published = await rows(session, "SELECT 1 FROM published_license WHERE station_id = :id", id=secret.station_id)
        public = await register.modify(session, secret.station_id, effective_on=date(2021, 1, 1), facts=BASE, cause="no longer")
        fed = await changes(session, public.station_id)
    assert kept is not None
    assert published == []
    assert before == after
    assert [(change["before"], change["after"]["id"]) for change in fed] == [(None, str(secret.station_id))]
