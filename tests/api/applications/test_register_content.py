"""What is filed and designated is what stands on the register: nothing is erased, shortened or lost without a word. Over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.service import License
from partner.regulation import Law
from tests.api.applications.conftest import MOVING, TARO, Service
from tests.api.applications.test_land_mobile import new_license

ONE_STEP, FULL = "new-license_one-step.xml", "new-license_開局.xml"
REASON = {"reason": "審査の結果"}
SIGN = "JA1QRZ"
Recorded = Callable[..., Awaitable[License]]


def at(day: str) -> None:
    clock._clock = clock.Clock(datetime.fromisoformat(f"{day}T09:00:00+09:00"))


def problem(answer: httpx2.Response) -> tuple[int, str, list[str]]:
    body = answer.json()
    return answer.status_code, body["code"], [error["field"] for error in body.get("errors", [])]


def outcomes(case: dict[str, Any], *, but: str = "pass") -> dict[str, str]:
    found = {finding["check"]: finding["outcome"] for finding in case["findings"]}
    return {check: outcome for check, outcome in found.items() if outcome not in {but, "unconfirmed"}}


@pytest.fixture
def recorded(database: Database, law: Law) -> Recorded:
    """A license of 太郎's own for every test, moving, for the term given; renewed where `renewed_to` is."""

    async def record(licensed_on: str = "2019-01-01", valid_to: str = "2023-12-31", renewed_to: str | None = None) -> License:
        async with database.transaction(SYSTEM) as session:
            held = await register.record(
                session,
                replace(MOVING),
                licensee_id=await register.record_licensee(session, TARO),
                licensed_on=date.fromisoformat(licensed_on),
                valid_to=date.fromisoformat(valid_to),
                law=law,
                call_sign=SIGN,
                cause="test",
            )
            if renewed_to is not None:
                begins, ends = held.valid_to + timedelta(days=1), date.fromisoformat(renewed_to)
                await register.renew(session, held.station_id, licensed_on=begins, valid_to=ends, cause="test", law=law)
            return held

    return record


async def filed(service: Service, procedure: str, form: dict[str, Any], persona: str = "taro") -> dict[str, Any]:
    answer = await service.post(persona, "/applications", {"procedure": procedure, "form": form})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


async def on_record(database: Database, held: License, *, on: str | None = None) -> License:
    async with database.transaction(SYSTEM) as session:
        found = await register.license_by_number(session, held.license_number, on=date.fromisoformat(on) if on else None)
    assert found is not None
    return found


def change(held: License, item: str, **station: Any) -> dict[str, Any]:
    named = {"station_class": "AT", "license_number": held.license_number, "changes": {item: True}}
    return {"application_kind": "CA", "addressee": "A", "station_class": "AT", "disqualification": "none", "station": {**named, **station}}


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ("assignments", "/station/assignments"),
        ("movement", "/station/movement"),
        ("site", "/station/site/municipality"),
        ("operators", "/station/operators"),
        ("equipment", "/station/transmitters"),
        ("call_sign", "/station/changes/call_sign"),
    ],
)
async def test_a_change_that_does_not_say_what_it_becomes_is_not_taken(service: Service, recorded: Recorded, item: str, field: str) -> None:
    case = await filed(service, "amateur-change", change(await recorded(), item))
    assert problem(await service.act("taro", case, "submit")) == (422, "findings_block", [field])


async def test_a_change_of_the_applicant_that_changes_nothing_is_not_taken(service: Service, recorded: Recorded) -> None:
    as_on_record = {"applicant": {"municipality": TARO.municipality, "address": TARO.address}}
    case = await filed(service, "amateur-change", change(await recorded(), "applicant") | as_on_record)
    assert problem(await service.act("taro", case, "submit")) == (422, "findings_block", ["/applicant"])


async def test_what_a_clerk_lets_through_cannot_be_granted_either(service: Service, database: Database, recorded: Recorded) -> None:
    held = await recorded()
    applicant = {"kind": "individual", "name": TARO.name, "name_kana": TARO.name_kana, "municipality": "13101", "address": TARO.address}
    body = {"procedure": "amateur-change", "form": change(held, "assignments") | {"applicant": applicant}, "channel": "paper"}
    case = await service.acted("clerk", (await service.post("clerk", "/applications", body)).json(), "submit")
    refused = await service.act("examiner", case, "propose-grant", REASON)
    assert problem(refused) == (422, "findings_block", ["/station/assignments"])
    assert (await on_record(database, held)).facts.assignments == held.facts.assignments


async def test_a_change_says_what_it_becomes_and_keeps_the_rest(service: Service, database: Database, recorded: Recorded) -> None:
    held = await recorded()
    case = await service.acted("taro", await filed(service, "amateur-change", change(held, "movement", movement="BBB")), "submit")
    await service.granted("taro", case)
    now = (await on_record(database, held)).facts
    assert (now.movement_area, now.moves) == ("BBB", False)
    assert now == replace(held.facts, movement_area="BBB", moves=False)


async def test_a_move_to_the_area_of_another_bureau_is_pointed_out_to_the_examiner(
    service: Service, database: Database, recorded: Recorded
) -> None:
    held = await recorded()
    site = {"prefecture": "27", "municipality": "27102", "address": "中之島１"}
    case = await service.acted("taro", await filed(service, "amateur-change", change(held, "site", site=site)), "submit")
    assert outcomes(case) == {"change-bureau": "warn"}
    assert case["bureau"] == "A"
    await service.granted("taro", case)
    now = (await on_record(database, held)).facts
    assert (now.municipality, now.bureau) == ("27102", "A")
    within = await filed(service, "amateur-change", change(held, "site", site={"prefecture": "14", "municipality": "14104"}))
    assert outcomes(within) == {}


def ending(held: License, ends_on: str, **more: Any) -> dict[str, Any]:
    named = {"license_number": held.license_number, "ends_on": ends_on, **more}
    return {"application_kind": "DA", "addressee": "A", "station_class": "AT", "discontinuation": named}


@pytest.mark.parametrize("ends_on", ["2008-08-01", "2018-12-31"])
async def test_no_license_ends_before_it_began(service: Service, database: Database, recorded: Recorded, ends_on: str) -> None:
    held = await recorded()
    case = await filed(service, "amateur-discontinuation", ending(held, ends_on))
    assert problem(await service.act("taro", case, "submit")) == (422, "findings_block", ["/discontinuation/ends_on"])
    assert (await on_record(database, held)).ended_on is None


@pytest.mark.parametrize("ends_on", ["2019-01-01", "2020-05-31", "2020-06-01", "2023-12-31"])
async def test_a_license_ends_on_the_very_day_that_was_notified(
    service: Service, database: Database, recorded: Recorded, ends_on: str
) -> None:
    held = await recorded()
    case = await filed(service, "amateur-discontinuation", ending(held, ends_on, call_sign="ＪＡ１qrz"))
    assert outcomes(case) == ({"ends-on-ahead": "warn"} if ends_on < "2020-06-01" else {})
    assert (await service.acted("taro", case, "submit"))["status"] == "recorded"
    assert (await on_record(database, held)).ended_on == date.fromisoformat(ends_on)


@pytest.mark.parametrize(("ends_on", "status"), [("2024-06-30", 200), ("2028-12-31", 200), ("2029-01-01", 422)])
async def test_a_license_that_has_been_renewed_may_end_within_its_next_term(
    service: Service, database: Database, recorded: Recorded, ends_on: str, status: int
) -> None:
    held = await recorded(renewed_to="2028-12-31")
    at("2023-12-20")
    case = await filed(service, "amateur-discontinuation", ending(held, ends_on))
    assert (await service.act("taro", case, "submit")).status_code == status
    ended_on = (await on_record(database, held, on="2029-06-01")).ended_on
    assert ended_on == (date.fromisoformat(ends_on) if status == 200 else None)


@pytest.mark.parametrize("procedure", ["amateur-discontinuation", "amateur-change", "amateur-renewal"])
async def test_a_call_sign_that_contradicts_the_license_number_is_a_failure(service: Service, recorded: Recorded, procedure: str) -> None:
    held = await recorded()
    at("2023-08-01")
    forms = {
        "amateur-discontinuation": ending(held, "2023-09-30", call_sign="JA1ABC"),
        "amateur-change": change(held, "movement", movement="BBB", call_sign="JA1ABC"),
        "amateur-renewal": renewal(held) | {"call_sign": "JA1ABC"},
    }
    case = await filed(service, procedure, forms[procedure])
    assert outcomes(case) == {"call-sign-agrees": "fail"}


async def test_a_land_mobile_station_moves_where_it_was_filed_to_move(service: Service) -> None:
    form = new_license("ML", power_w=4)
    form["station"]["operating_hours"] = "8時から20時まで"
    station = await published(service, form)
    assert (station["movement_area"], station["moves"]) == ("関東総合通信局管内の陸上", True)
    assert station["operating_hours"] == "8時から20時まで"
    musen = await service.client.get("/musen/list", params={"ST": 1, "DA": 1, "SC": 1, "DC": 1, "OW": "ML", "OF": 2})
    (listed,) = [entry["detailInfo"] for entry in musen.json()["musen"]]
    assert (listed["movementArea"], listed["permittedOperatingHours"]) == ("関東総合通信局管内の陸上", "8時から20時まで")


async def test_a_base_station_does_not_move(service: Service) -> None:
    station = await published(service, new_license("FB"))
    assert (station["movement_area"], station["moves"], station["operating_hours"]) == ("移動しない", False, None)


async def published(service: Service, form: dict[str, Any]) -> dict[str, Any]:
    case = await service.acted("taxi", await filed(service, "land-mobile-new-license", form, "taxi"), "submit")
    granted = await service.granted("taxi", case)
    station: dict[str, Any] = (await service.client.get(f"/api/v1/stations/{granted['license']['station_id']}")).json()
    return station


async def examined(service: Service) -> dict[str, Any]:
    """花子's new station, paid for."""
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    return await service.acted("hanako", case, "pay", {"comment": "x"})


LINE = {"emission": "3VA", "frequency_hz": 145_000_000, "power_w": 20}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"emission": "何でも"}, "emission"),
        ({"emission": "Z9Z"}, "emission"),
        ({"emission": "16K00F3E"}, "emission"),
        ({"emission": None, "emissions": [{"emission": "F3"}]}, "emissions/0/emission"),
        ({"emission": None, "emissions": [{"bandwidth": "16K00", "emission": "F3E"}]}, "emissions/0/bandwidth"),
        ({"emission": None}, "emission"),
        ({"power_w": 0}, "power_w"),
        ({"power_w": -1}, "power_w"),
        ({"power_w": 51}, "power_w"),
        ({"power_w": None}, "power_w"),
        ({"frequency_hz": 0}, "frequency_hz"),
        ({"frequency_hz": None}, "frequency_hz"),
        ({"frequency_hz": 3_000_000_000_001}, "frequency_hz"),
        ({"frequency_to_hz": 144_000_000}, "frequency_to_hz"),
        ({"emission": None, "bundle": "1AM"}, "bundle"),
    ],
    ids=str,
)
async def test_what_cannot_be_designated_is_refused_by_its_field(service: Service, line: dict[str, Any], field: str) -> None:
    case = await examined(service)
    designated = {key: value for key, value in {**LINE, **line}.items() if value is not None}
    answer = await service.act("examiner", case, "propose-grant", {**REASON, "decision": {"assignments": [LINE, designated]}})
    status, _, fields = problem(answer)
    assert status == 422
    assert [one for one in fields if one.startswith(f"/decision/assignments/1/{field}")], answer.text
    assert not [one for one in fields if one.startswith("/decision/assignments/0")]


@pytest.mark.parametrize("emission", ["3VA", "F3E", "16K0F3E"])
async def test_what_can_be_designated_is_what_stands_on_the_record(service: Service, database: Database, emission: str) -> None:
    case = await examined(service)
    lines = [{**LINE, "emission": emission}, {"emissions": [{"bandwidth": "16K0", "emission": "F3E"}], "frequency_hz": 1, "power_w": 1}]
    await service.acted("examiner", case, "propose-grant", {**REASON, "decision": {"assignments": lines, "valid_to": "2023-12-31"}})
    granted = await service.acted("director", case, "approve")
    assert granted["license"]["valid_to"] == "2023-12-31"
    station = (await service.client.get(f"/api/v1/stations/{granted['license']['station_id']}")).json()
    assert [line["emission"] for line in station["assignments"]] == [emission, "16K0F3E"]


@pytest.mark.parametrize(("valid_to", "status"), [("2025-06-01", 422), ("2025-05-31", 200), ("2020-06-01", 200), ("2020-05-31", 422)])
async def test_a_term_that_is_longer_than_the_law_gives_is_refused_and_not_shortened(service: Service, valid_to: str, status: int) -> None:
    case = await examined(service)
    answer = await service.act("examiner", case, "propose-grant", {"decision": {"valid_to": valid_to}})
    assert answer.status_code == status, answer.text
    if status == 422:
        assert problem(answer) == (422, "valid_to_invalid", ["/decision/valid_to"])
    else:
        assert (await service.acted("director", case, "approve"))["license"]["valid_to"] == valid_to


async def test_a_change_has_no_term_to_designate(service: Service, recorded: Recorded) -> None:
    case = await service.acted(
        "taro", await filed(service, "amateur-change", change(await recorded(), "movement", movement="BBB")), "submit"
    )
    answer = await service.act("examiner", case, "propose-grant", {"decision": {"valid_to": "2022-12-31"}})
    assert problem(answer) == (422, "designation_invalid", ["/decision/valid_to"])


@pytest.mark.parametrize(("valid_to", "status"), [("2029-01-01", 422), ("2023-12-31", 422), ("2027-12-31", 200)])
async def test_a_renewal_is_granted_for_the_term_and_with_the_lines_that_were_designated(
    service: Service, database: Database, recorded: Recorded, valid_to: str, status: int
) -> None:
    held = await recorded()
    at("2023-08-01")
    case = await service.acted("taro", await filed(service, "amateur-renewal", renewal(held)), "submit")
    await service.acted("taro", case, "pay", {"comment": "x"})
    designated = {"valid_to": valid_to, "assignments": [{**LINE, "power_w": 10}], "conditions": ["条件"]}
    answer = await service.act("examiner", case, "propose-grant", {**REASON, "decision": designated})
    assert answer.status_code == status, answer.text
    if status == 422:
        assert problem(answer) == (422, "valid_to_invalid", ["/decision/valid_to"])
        return
    granted = await service.acted("director", case, "approve")
    assert (granted["license"]["valid_from"], granted["license"]["valid_to"]) == ("2024-01-01", valid_to)
    facts = (await on_record(database, held, on="2024-01-01")).facts
    assert [line.power_w for line in facts.assignments] == [Decimal(10)]
    assert facts.conditions == ("条件",)
    assert (await on_record(database, held)).facts == held.facts


@pytest.mark.parametrize(("persona", "kind", "failing"), [("taxi", "corporation", {}), ("taro", "individual", {"applicant-kind": "fail"})])
async def test_a_procedure_is_for_its_filers(service: Service, persona: str, kind: str, failing: dict[str, str]) -> None:
    form = {**new_license("ML"), "applicant": {"kind": kind}}
    case = await filed(service, "land-mobile-new-license", form, persona)
    assert outcomes(case, but="warn").items() >= failing.items()
    assert ("applicant-kind" in {finding["check"] for finding in case["findings"] if finding["outcome"] == "fail"}) is bool(failing)
    if failing:
        status, code, fields = problem(await service.act(persona, case, "submit"))
        assert (status, code) == (422, "findings_block")
        assert "/applicant/kind" in fields


async def test_a_set_given_by_its_number_alone_is_inspected_for_its_fee(service: Service) -> None:
    case = await service.imported("taro", FULL)
    form = case["form"]
    form["station"]["completion"] = {"kind": "date", "due_on": "2020-12-31"}
    form["station"].pop("remarks", None)
    await service.put("taro", f"/applications/{case['id']}", {"form": form})
    headers = {**await service.headers("taro"), "Content-Type": "application/pdf"}
    path = f"/api/v1/applications/{case['id']}/attachments?kind=transmitter_diagram"
    assert (await service.client.post(path, content=b"%PDF-1.7", headers=headers)).status_code == 201
    submitted = await service.acted("taro", case, "submit")
    assert submitted["fee"]["amount_yen"] == 5500
    await service.acted("taro", case, "pay", {"comment": "x"})
    await service.acted("examiner", case, "propose-grant", REASON)
    await service.acted("director", case, "approve")
    notified = await service.acted("taro", case, "notify-completion")
    assert notified["fee"]["inspection"]["amount_yen"] == 31_300 + 5_600


def renewal(held: License) -> dict[str, Any]:
    return {
        "application_kind": "BA",
        "addressee": "A",
        "station_class": "AT",
        "disqualification": "none",
        "license_number": held.license_number,
        "licensed_on": held.licensed_on.isoformat(),
    }


async def test_a_license_is_renewed_once_for_a_term(service: Service, recorded: Recorded) -> None:
    held = await recorded()
    at("2023-08-01")
    first, second = [await filed(service, "amateur-renewal", renewal(held)) for _ in range(2)]
    assert (outcomes(first), outcomes(second)) == ({}, {})  # a draft of one's own stands in nobody's way
    first = await service.acted("taro", first, "submit")
    assert problem(await service.act("taro", second, "submit")) == (422, "findings_block", ["/license_number"])
    third = await filed(service, "amateur-renewal", renewal(held))
    assert outcomes(third) == {"renewal-pending": "fail"}
    await service.granted("taro", first)
    fourth = await filed(service, "amateur-renewal", renewal(held))
    assert outcomes(fourth) == {"already-renewed": "fail"}
    other = await filed(service, "amateur-renewal", renewal(await recorded()))
    assert outcomes(other) == {}


async def test_a_renewal_that_was_withdrawn_is_in_nobodys_way(service: Service, recorded: Recorded) -> None:
    held = await recorded()
    at("2023-08-01")
    first = await service.acted("taro", await filed(service, "amateur-renewal", renewal(held)), "submit")
    await service.acted("taro", first, "withdraw")
    assert (await service.acted("taro", await filed(service, "amateur-renewal", renewal(held)), "submit"))["status"] == "fee_due"


async def test_of_two_renewals_that_arrived_the_first_is_granted(service: Service, recorded: Recorded) -> None:
    """A clerk enters what arrives; the examiner of the first one is not stopped by the second."""
    held = await recorded()
    at("2023-08-01")
    first = await service.acted("taro", await filed(service, "amateur-renewal", renewal(held)), "submit")
    applicant = {"kind": "individual", "name": TARO.name, "name_kana": TARO.name_kana, "municipality": "13101", "address": TARO.address}
    body = {"procedure": "amateur-renewal", "form": renewal(held) | {"applicant": applicant}, "channel": "paper"}
    second = await service.acted("clerk", (await service.post("clerk", "/applications", body)).json(), "submit")
    assert outcomes(second) == {"renewal-pending": "fail"}
    await service.acted("clerk", second, "pay", {"comment": "収入印紙"})
    assert problem(await service.act("examiner", second, "propose-grant", REASON))[1] == "findings_block"
    assert (await service.granted("taro", first))["status"] == "granted"


@pytest.mark.parametrize("spelled", ["half width", "lower case and spaces"])
async def test_a_license_number_is_found_however_it_is_spelled(service: Service, recorded: Recorded, spelled: str) -> None:
    held = await recorded()
    number = held.license_number.replace("Ａ", "A" if spelled == "half width" else " a ")
    assert number != held.license_number
    at("2023-08-01")
    case = await filed(service, "amateur-renewal", renewal(held) | {"license_number": number})
    assert outcomes(case) == {}
    await service.acted("taro", case, "submit")
    twice = await filed(service, "amateur-renewal", renewal(held))
    assert outcomes(twice) == {"renewal-pending": "fail"}
