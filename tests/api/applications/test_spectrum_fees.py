"""The spectrum user fee of licenses: demanded for each year by the law of its first day, seen by whom it concerns, paid, and given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from partner import clock
from partner.auth.standin.personas import personas
from partner.database import SYSTEM, Database
from partner.licensing import spectrum_fees, spectrum_queries
from partner.registry import service as register
from partner.registry.service import License
from partner.regulation import Law
from partner.regulation.periods import WITHOUT_END
from tests.api.applications.conftest import MOVING, TARO, Service
from tests.api.applications.test_effects import equipment_change

TERM = (date(2019, 1, 1), date(2023, 12, 31))
Json = dict[str, Any]


def at(day: str) -> None:
    clock.move_to(datetime.fromisoformat(f"{day}T09:00:00+09:00"))


async def hold(database: Database, law: Law, number: int, *, term: tuple[date, date] = TERM, **facts: Any) -> License:
    """An amateur license of taro's."""
    async with database.transaction(SYSTEM) as session:
        return await register.record(
            session,
            replace(MOVING, **facts),
            licensee_id=await register.record_licensee(session, TARO),
            licensed_on=term[0],
            valid_to=term[1],
            law=law,
            license_number=f"関Ａ第{number}号",
            cause="test",
        )


async def demanded(database: Database, law: Law, *, since: str, on: str) -> int:
    """Everything up to a day is taken for done; then the daily work of another one."""
    async with database.transaction(SYSTEM) as session:
        progress = await spectrum_queries.progress(session, date.fromisoformat(since))
        progress.until = date.fromisoformat(since)
        session.add(progress)
    async with database.transaction(SYSTEM) as session:
        return await spectrum_fees.issue(session, law, on=date.fromisoformat(on))


async def years(service: Service, held: License, persona: str = "taro") -> list[Json]:
    answer = await service.get(persona, f"/licenses/{held.license_number}/spectrum-fees")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.fixture
async def known(service: Service, taros_license: License) -> Service:
    """Taro is known as an applicant, and so as the holder of his licenses."""
    await service.post("taro", "/applications", {"procedure": "amateur-change", "form": equipment_change()})
    return service


async def test_each_year_is_demanded_once_and_after_it_has_begun(known: Service, database: Database, law: Law) -> None:
    held = await hold(database, law, 710_001)
    at("2021-01-02")
    assert [year["state"] for year in await years(known, held)] == ["not_demanded", "not_demanded", "not_demanded", "to_come", "to_come"]
    assert await demanded(database, law, since="2020-12-31", on="2021-01-01") == 0  # it may still be granted on the day itself
    assert await demanded(database, law, since="2020-12-31", on="2021-01-02") >= 1
    assert await demanded(database, law, since="2020-12-31", on="2021-01-02") == 0
    found = (await years(known, held))[2]
    assert (found["first"], found["last"], found["months"]) == ("2021-01-01", "2021-12-31", 12)
    assert (found["amount_yen"], found["annual_yen"], found["confirmed"], found["state"]) == (300, 300, True, "due")
    assert found["due_on"] == "2021-02-01"  # the thirtieth day, 30 January, is a Saturday
    assert found["citation"].startswith("電波法103条の2第1項")
    at("2021-02-02")
    assert (await years(known, held))[2]["state"] == "overdue"


async def test_days_that_were_missed_are_caught_up(known: Service, database: Database, law: Law) -> None:
    held = await hold(database, law, 710_002, term=(date(2020, 2, 29), date(2025, 2, 28)))
    at("2022-03-02")
    await demanded(database, law, since="2021-02-27", on="2022-03-02")
    assert [(year["first"], year["state"]) for year in await years(known, held)][:3] == [
        ("2020-02-29", "not_demanded"),
        ("2021-03-01", "overdue"),
        ("2022-03-01", "due"),
    ]


async def test_what_is_not_confirmed_is_shown_and_never_demanded(known: Service, database: Database, law: Law) -> None:
    new = await hold(database, law, 710_003, term=(date(2025, 10, 1), date(2030, 9, 30)))
    many = await hold(database, law, 710_004, term=(date(2021, 6, 1), date(2026, 5, 31)), station_count=2)
    at("2025-10-02")
    await demanded(database, law, since="2025-09-30", on="2025-10-02")
    first = (await years(known, new))[0]
    assert (first["state"], first["amount_yen"], first["confirmed"]) == ("unconfirmed", 300, False)
    assert "未入手" in first["why"]["ja"]
    several = (await years(known, many))[0]
    assert (several["state"], several["amount_yen"]) == ("unconfirmed", None)
    assert "複数の無線局" in several["why"]["ja"]
    assert (await known.post("taro", f"/licenses/{new.license_number}/spectrum-fees/2025-10-01/pay")).status_code == 409


async def test_a_license_that_ended_is_not_charged_for_later_years(known: Service, database: Database, law: Law) -> None:
    held = await hold(database, law, 710_005)
    async with database.transaction(SYSTEM) as session:
        await register.end(session, held.station_id, ends_on=date(2021, 1, 1), kind="discontinued", law=law, cause="test")
    await demanded(database, law, since="2020-12-31", on="2021-01-02")
    async with database.transaction(SYSTEM) as session:
        assert await spectrum_queries.of_station(session, held.station_id) == []


async def test_a_license_without_an_end_shows_the_years_that_come_next(known: Service, database: Database, law: Law) -> None:
    endless = await hold(database, law, 710_009, term=(date(2020, 1, 1), WITHOUT_END))
    shown = await years(known, endless)
    assert [year["first"] for year in shown] == ["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"]
    assert {year["months"] for year in shown} == {12}


async def test_it_is_paid_once_by_its_holder(known: Service, database: Database, law: Law) -> None:
    held = await hold(database, law, 710_006, term=(date(2019, 4, 10), date(2024, 4, 9)))
    at("2020-04-11")
    await demanded(database, law, since="2020-04-09", on="2020-04-11")
    path = f"/licenses/{held.license_number}/spectrum-fees/2020-04-10/pay"
    assert (await known.post("hanako", path)).status_code == 404
    assert (await known.post("examiner", path)).status_code == 403
    paid = await known.post("taro", path)
    assert paid.status_code == 200, paid.text
    assert (paid.json()["state"], paid.json()["prepaid"]) == ("paid", False)
    assert (await known.post("taro", path)).json()["code"] == "nothing_due"
    assert (await known.post("taro", path.replace("2020-04-10", "2021-04-10"))).json()["code"] == "nothing_due"


async def test_it_is_seen_by_the_holder_and_his_bureau_alone(
    known: Service, database: Database, law: Law, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await hold(database, law, 710_007)
    examiner = personas()["examiner"]
    elsewhere = examiner.model_copy(update={"name": "elsewhere", "claims": {**examiner.claims, "sub": "elsewhere", "bureau": "C"}})
    monkeypatch.setitem(personas(), "elsewhere", elsewhere)
    path = f"/licenses/{held.license_number}/spectrum-fees"
    assert (await known.get("taro", path)).status_code == 200
    assert (await known.get("examiner", path)).status_code == 200
    for persona in ("hanako", "taxi", "elsewhere"):
        assert (await known.get(persona, path)).json()["code"] == "unknown_license"
    assert (await known.get("app", path)).status_code == 403
    assert (await known.client.get(f"/api/v1{path}")).status_code == 401
    assert (await known.get("taro", "/licenses/関Ａ第999999号/spectrum-fees")).status_code == 404


def notice(held: License, **said: Any) -> Json:
    applicant = {"kind": "individual", "name": TARO.name, "name_kana": TARO.name_kana}
    return {
        "addressee": "A",
        "station_class": "AT",
        "applicant": applicant,
        "spectrum_fee": {"license_number": held.license_number, **said},
    }


async def test_years_ahead_are_paid_and_given_back_from_the_next_anniversary(known: Service, database: Database, law: Law) -> None:
    held = await hold(database, law, 710_008, term=(date(2019, 8, 1), date(2024, 7, 31)))
    filed = await known.post("taro", "/applications", {"procedure": "spectrum-fee-prepayment", "form": notice(held, years=2)})
    case = await known.acted("taro", filed.json(), "submit")
    if case["status"] != "recorded":
        case = await known.acted("clerk", case, "record")
    assert case["status"] == "recorded"
    ahead = (await years(known, held))[1:4]
    assert [(year["first"], year["state"]) for year in ahead] == [("2020-08-01", "due"), ("2021-08-01", "due"), ("2022-08-01", "to_come")]
    for year in ahead[:2]:
        await known.post("taro", f"/licenses/{held.license_number}/spectrum-fees/{year['first']}/pay")
    assert [year["prepaid"] for year in (await years(known, held))[1:4]] == [True, True, False]
    at("2020-09-01")
    await demanded(database, law, since="2020-07-31", on="2020-08-02")  # what is prepaid is not demanded again
    begun = {"procedure": "spectrum-fee-refund", "form": notice(held, from_anniversary="2020-08-01")}
    refused = await known.act("taro", (await known.post("taro", "/applications", begun)).json(), "submit")
    assert [one["code"] for one in refused.json()["errors"]] == ["refund-ahead"]
    further = {"procedure": "spectrum-fee-refund", "form": notice(held, from_anniversary="2021-08-01")}
    asked = await known.acted("taro", (await known.post("taro", "/applications", further)).json(), "submit")
    assert (await known.granted("taro", asked))["status"] == "granted"
    assert [year["state"] for year in (await years(known, held))[1:4]] == ["paid", "refunded", "to_come"]
