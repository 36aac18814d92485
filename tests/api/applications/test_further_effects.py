"""What procedures bring about beside recording, renewing, changing and ending: each effect over HTTP, the forbidden beside the allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from partner import clock
from partner.app import create_app
from partner.auth.standin.personas import personas
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.regulation import Law
from partner.settings import Mode, Settings
from tests.api.applications.conftest import MOVING, TARO, Service
from tests.api.applications.law_of_effects import law_of_effects
from tests.api.applications.test_further_steps import provisional

HANAKO = LicenseeFacts(
    "individual", "総務　花子", "ソウム　ハナコ", municipality="13102", address="築地１－１－１", birth_date=date(1985, 7, 20)
)
BASE = LicenseFacts(
    "FB", "A", municipality="13101", site_address="一丁目", assignments=(AssignmentFacts(emission="8K50F3E", frequency_hz=467_000_000),)
)


@cache
def the_law(into: Path) -> Law:
    return law_of_effects(into)


@pytest.fixture(scope="module")
def law_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("law")


@pytest.fixture
def law(law_root: Path) -> Law:
    return the_law(law_root)


@pytest.fixture
def app(data_dir: Path, database: Database, law: Law) -> FastAPI:
    return create_app(Settings(mode=Mode.TEST, data_dir=data_dir), database, law)


Grant = Callable[..., Any]


@pytest.fixture
def license_of(database: Database, law: Law) -> Grant:
    """A new license of somebody, valid from 2019-01-01 to 2023-12-31."""

    async def grant(licensee: LicenseeFacts = TARO, facts: LicenseFacts = BASE) -> register.License:
        async with database.transaction(SYSTEM) as session:
            licensee_id = await register.record_licensee(session, licensee)
            return await register.record(
                session, facts, licensee_id=licensee_id, licensed_on=date(2019, 1, 1), valid_to=date(2023, 12, 31), law=law, cause="test"
            )

    return grant


async def now(database: Database, held: register.License, on: date | None = None) -> register.License:
    async with database.transaction(SYSTEM) as session:
        found = await register.license_of_station(session, held.station_id, on=on)
        assert found is not None
        return found


async def draft(service: Service, persona: str, effect: str, form: dict[str, Any]) -> dict[str, Any]:
    answer = await service.post(persona, "/applications", {"procedure": f"test-{effect}", "form": form})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


async def file(service: Service, persona: str, effect: str, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await service.act(persona, await draft(service, persona, effect, form), "submit")
    return answer.status_code, answer.json()


async def filed(service: Service, persona: str, effect: str, form: dict[str, Any]) -> dict[str, Any]:
    status, case = await file(service, persona, effect, form)
    assert status == 200, case
    assert case["status"] == "recorded"
    return case


OWN_EFFECTS: dict[str, dict[str, Any]] = {
    "end": {},
    "describe": {},
    "suspend": {"suspension": {"first": "2020-07-01"}},
    "resume": {"suspension": {"resumes_on": "2020-07-01"}},
    "set-count": {"count": {"station_count": 3}},
    "open-station": {"opened_stations": [{"opened_on": "2020-05-30"}]},
    "close-station": {"closed_stations": [{"serial_number": "S", "closed_on": "2020-05-30"}]},
    "issue-certificate": {},
    "assign-identification": {"identification": {"wanted": "みどり"}},
}


@pytest.mark.parametrize("effect", OWN_EFFECTS)
async def test_nobody_changes_somebody_elses_license(service: Service, license_of: Grant, database: Database, effect: str) -> None:
    held = await license_of()
    status, answer = await file(service, "hanako", effect, {"license_number": held.license_number, **OWN_EFFECTS[effect]})
    assert (status, answer["code"]) == (409, "not_the_holder")
    assert TARO.name not in str(answer)
    assert (await now(database, held)).version_id == held.version_id
    nowhere = await file(service, "hanako", effect, {"license_number": "関Ａ第999999号", **OWN_EFFECTS[effect]})
    assert nowhere[1]["code"] == "license_not_found"


async def test_somebody_elses_license_is_a_finding_and_no_leak(service: Service, license_of: Grant) -> None:
    held = await license_of()
    case = await draft(service, "hanako", "checked-end", {"license_number": held.license_number})
    assert [one["check"] for one in case["findings"] if one["outcome"] == "fail"] == ["license-held"]
    assert TARO.name not in str(case)
    own = await draft(service, "taro", "checked-end", {"license_number": held.license_number})
    assert [one["check"] for one in own["findings"] if one["outcome"] == "fail"] == []


async def test_a_license_is_suspended_and_resumed(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of()
    number = {"license_number": held.license_number}
    backwards = await file(service, "taro", "suspend", {**number, "suspension": {"first": "2020-07-01", "last": "2020-06-30"}})
    assert (backwards[0], backwards[1]["errors"][0]["field"]) == (422, "/form/suspension/last")
    assert (await file(service, "taro", "suspend", number))[1]["code"] == "role_invalid"
    await filed(service, "taro", "suspend", {**number, "suspension": {"first": "2020-06-01", "last": "2020-12-31"}})
    assert [(await now(database, held, day)).suspended for day in (date(2020, 6, 1), date(2021, 1, 1))] == [True, False]
    await filed(service, "taro", "resume", {**number, "suspension": {"resumes_on": "2020-08-01"}})
    assert [(await now(database, held, day)).suspended for day in (date(2020, 7, 31), date(2020, 8, 1))] == [True, False]
    assert (await file(service, "taro", "resume", {**number, "suspension": {"resumes_on": "2021-08-01"}}))[1]["code"] == "not_suspended"


async def test_stations_are_opened_closed_and_counted(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of()
    number = {"license_number": held.license_number}
    opened = [{"opened_on": "2020-05-30", "municipality": "13101", "serial_number": serial} for serial in ("S1", "S2")]
    await filed(service, "taro", "open-station", {**number, "opened_stations": opened})
    assert (await now(database, held)).facts.station_count == 2
    assert (await file(service, "taro", "open-station", {**number, "opened_stations": opened[:1]}))[1]["code"] == "opened_already"
    assert (await file(service, "taro", "open-station", number))[0] == 422
    closed = [{"serial_number": "S1", "closed_on": "2020-06-01"}]
    await filed(service, "taro", "close-station", {**number, "closed_stations": closed})
    assert (await now(database, held)).facts.station_count == 1
    assert (await file(service, "taro", "close-station", {**number, "closed_stations": closed}))[1]["code"] == "not_opened"
    await filed(service, "taro", "set-count", {**number, "count": {"station_count": 250}})
    assert (await now(database, held)).facts.station_count == 250
    assert (await file(service, "taro", "set-count", {**number, "count": {"station_count": 0}}))[0] == 422


async def test_a_certificate_is_listed_on_the_case(service: Service, license_of: Grant) -> None:
    held = await license_of()
    case = await filed(service, "taro", "issue-certificate", {"license_number": held.license_number})
    listed = (await service.get("taro", f"/applications/{case['id']}/attachments")).json()["items"]
    [certificate] = [one for one in listed if one["kind"] == "certificate"]
    page = await service.get("taro", f"/applications/{case['id']}/attachments/{certificate['id']}")
    assert held.license_number in page.text
    assert TARO.name in page.text
    assert (await service.get("hanako", f"/applications/{case['id']}/attachments/{certificate['id']}")).status_code == 404


async def test_the_successor_gets_all_the_licenses_that_are_listed(service: Service, license_of: Grant, database: Database) -> None:
    one, two = await license_of(), await license_of()
    form = {"licenses": [{"license_number": held.license_number} for held in (one, two)]}
    case = await draft(service, "hanako", "permitted-transfer", form)
    assert TARO.name not in str(case), "of somebody else's license the successor is told nothing"
    case = await service.acted("hanako", case, "submit")
    await service.acted("examiner", case, "propose-grant", {"reason": "承継の事実を確認"})
    assert (await now(database, one)).licensee.name == TARO.name, "nothing passes before the permission"
    await service.acted("director", case, "approve")
    assert {(await now(database, held)).licensee.name for held in (one, two)} == {HANAKO.name}
    unknown = await draft(service, "hanako", "permitted-transfer", {"licenses": [{"license_number": "関Ａ第999999号"}]})
    unknown = await service.acted("hanako", unknown, "submit")
    refused = await service.act("examiner", unknown, "propose-grant", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "license_not_found")


async def test_the_minister_decides_what_is_the_ministers(service: Service, license_of: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
    known = personas()["director"]
    minister = known.model_copy(update={"name": "minister", "claims": {**known.claims, "bureau": "MIC"}})
    monkeypatch.setitem(personas(), minister.name, minister)
    held = await license_of()
    case = await draft(service, "taro", "ministers-none", {"license_number": held.license_number})
    case = await service.acted("taro", case, "submit")
    assert case["bureau"] == "A"
    await service.acted("examiner", case, "propose-grant", {"reason": "支障なし"})
    refused = await service.act("director", case, "approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_part")
    own = await service.acted("taro", await draft(service, "taro", "none", {"license_number": held.license_number}), "submit")
    assert (await service.get("minister", f"/applications/{own['id']}")).status_code == 404, "what the bureau decides is the bureau's"
    assert case["id"] in {item["id"] for item in (await service.get("minister", "/applications")).json()["items"]}
    assert (await service.acted("minister", case, "approve"))["status"] == "granted"


@pytest.fixture
def deputy(monkeypatch: pytest.MonkeyPatch) -> str:
    """Another director of the Kanto bureau."""
    known = personas()["director"]
    other = known.model_copy(update={"name": "deputy", "claims": {**known.claims, "name": "代決　光"}})
    monkeypatch.setitem(personas(), other.name, other)
    return other.name


async def test_nobody_signs_two_levels_where_the_route_does_not_say_so(service: Service, license_of: Grant, deputy: str) -> None:
    held = await license_of()
    for code, second in (("two-persons", deputy), ("one-person", "director")):
        case = await service.acted("taro", await draft(service, "taro", code, {"license_number": held.license_number}), "submit")
        case = await service.acted("examiner", case, "propose-grant", {"reason": "支障なし"})
        case = await service.acted("director", case, "approve")
        assert case["status"] == "in_approval"
        if second != "director":
            assert "approve" not in case["available_actions"]
            refused = await service.act("director", case, "approve")
            assert (refused.status_code, refused.json()["code"]) == (403, "signed_already")
            assert refused.json()["remedy"]
        assert (await service.acted(second, case, "approve"))["status"] == "granted"


async def test_a_stand_in_signs_one_level_alone(service: Service, license_of: Grant, deputy: str) -> None:
    held = await license_of()
    case = await service.acted("taro", await draft(service, "taro", "two-persons", {"license_number": held.license_number}), "submit")
    await service.acted("examiner", case, "propose-grant", {"reason": "支障なし"})
    await service.get("inspector", "/applications")
    await service.acted("director", case, "substitute", {"stand_in": "inspector"})
    signed = await service.acted("inspector", case, "approve")
    assert signed["status"] == "in_approval"
    assert "stand_in" not in signed["proposal"]
    assert (await service.act("inspector", case, "approve")).json()["code"] == "not_your_part"
    again = await service.act("director", case, "substitute", {"stand_in": "inspector"})
    assert again.json()["code"] == "stand_in_unknown", "whoever signed one level signs no other"
    assert (await service.acted(deputy, case, "approve"))["status"] == "granted"


async def test_what_is_sent_back_is_signed_anew(service: Service, license_of: Grant, deputy: str) -> None:
    held = await license_of()
    case = await service.acted("taro", await draft(service, "taro", "two-persons", {"license_number": held.license_number}), "submit")
    for end in ("send-back", "approve"):
        await service.acted("examiner", case, "propose-grant", {"reason": "支障なし"})
        assert (await service.acted("director", case, "approve"))["status"] == "in_approval"
        case = await service.acted(deputy, case, end)
    assert case["status"] == "granted"


async def test_an_order_is_begun_by_an_examiner_heard_and_made(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of()
    form = {"license_number": held.license_number, "disposition": {"reason": "電波法76条4項1号"}}
    for persona in ("taro", "clerk"):
        refused = await service.post(persona, "/applications", {"procedure": "test-order-revoke", "form": form})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_an_examiner")
    case = await draft(service, "examiner", "order-revoke", form)
    assert (await service.get("taro", f"/applications/{case['id']}")).status_code == 404, "a draft is the office's"
    await service.acted("examiner", case, "submit")
    told = (await service.get("taro", f"/applications/{case['id']}/notices")).json()["items"]
    assert [notice["kind"] for notice in told] == ["begun"]
    early = await service.act("examiner", case, "propose-grant", {"reason": "x"})
    assert early.status_code == 409, "nobody is ordered anything unheard"
    asked = [{"field": "/hearing/statement", "message": "弁明があれば述べてください。"}]
    await service.acted("examiner", case, "request-correction", {"requests": asked, "due_on": "2020-06-15"})
    other = await service.act("taro", case, "correct", {"form": {"disposition": {"reason": "なし"}}})
    assert (other.status_code, other.json()["code"]) == (422, "not_requested")
    await service.acted("taro", case, "correct", {"form": {"hearing": {"statement": "改めます。"}}})
    await service.acted("examiner", case, "propose-grant", {"reason": "正当な理由がない"})
    assert (await now(database, held)).ended_on is None
    await service.acted("director", case, "approve")
    told = (await service.get("taro", f"/applications/{case['id']}/notices")).json()["items"]
    assert [notice["kind"] for notice in told] == ["ordered", "correction_requested", "begun"], "nobody is granted an order"
    assert told[0]["content"]["appeal"]["ja"]
    assert "補正" not in told[1]["title"]["ja"] + told[1]["body"]["ja"], "who is heard is asked, not corrected"
    after = await now(database, held)
    assert (after.ended_on, after.end_kind) == (clock.today(), "revoked")


async def test_an_order_cites_the_decision_that_it_changes(service: Service, license_of: Grant) -> None:
    held, cited = await license_of(), []
    for effect in ("suspend", "revoke"):
        part = {"suspension": {"first": clock.today().isoformat(), "last": clock.today().isoformat()}} if effect == "suspend" else {}
        form = {"license_number": held.license_number, "disposition": {"reason": "電波法76条"}, **part}
        case = await draft(service, "examiner", f"order-{effect}", form)
        await service.acted("examiner", case, "submit")
        asked = [{"field": "/hearing/statement", "message": "弁明があれば述べてください。"}]
        await service.acted("examiner", case, "request-correction", {"requests": asked, "due_on": "2020-06-15"})
        await service.acted("taro", case, "correct", {"form": {"hearing": {"statement": "改めます。"}}})
        await service.acted("examiner", case, "propose-grant", {"reason": "正当な理由がない"})
        case = await service.acted("director", case, "approve")
        cited.append((case["reception_number"], case["decision"].get("changes")))
    assert cited[0][1] is None, "no case stands behind the license"
    assert cited[1][1] == {"reception_number": cited[0][0], "decided_on": clock.today().isoformat()}


async def test_an_order_about_no_license_of_the_bureau(service: Service) -> None:
    form = {"license_number": "近Ａ第1号"}
    answer = await service.post("examiner", "/applications", {"procedure": "test-order-suspend", "form": form})
    assert (answer.status_code, answer.json()["code"]) == (404, "license_not_found")


async def test_the_deadline_of_ones_own_provisional_license_is_extended(service: Service) -> None:
    case = await provisional(service)
    number = {"case": {"reception_number": case["reception_number"]}}
    for due_on in ("2020-12-31", "2020-05-01"):
        status, answer = await file(service, "taro", "extend-completion", {**number, "extension": {"due_on": due_on}})
        assert (status, answer["code"]) == (422, "deadline_not_later")
    others = await file(service, "hanako", "extend-completion", {**number, "extension": {"due_on": "2021-06-30"}})
    nobodys = await file(
        service, "hanako", "extend-completion", {"case": {"reception_number": "EA2020-999999"}, "extension": {"due_on": "2021-06-30"}}
    )
    assert [others[1]["code"], nobodys[1]["code"]] == ["case_not_provisional"] * 2, "whose it is, nobody else learns"
    await filed(service, "taro", "extend-completion", {**number, "extension": {"due_on": "2021-06-30"}})
    last = (await service.events("taro", case))[-1]
    assert [(change["before"], change["after"]) for change in last["changes"]] == [("2020-12-31", "2021-06-30")]
    await filed(service, "taro", "amend-provisional", {**number, "station": {"communication_partner": "アマチュア局"}})
    after = (await service.get("taro", f"/applications/{case['id']}")).json()
    assert (after["status"], after["form"]["station"]["communication_partner"]) == ("provisional", "アマチュア局")
    assert after["form"]["station"]["assignments"] == case["form"]["station"]["assignments"]


@pytest.mark.parametrize(
    ("effect", "form"), [("extend-completion", {"extension": {"due_on": "2021-06-30"}}), ("amend-provisional", {"station": {}})]
)
async def test_another_case_that_is_not_ones_own(service: Service, effect: str, form: dict[str, Any]) -> None:
    status, answer = await file(service, "hanako", effect, {"case": {"reception_number": "EA2020-000001"}, **form})
    assert (status, answer["code"]) == (409, "case_not_provisional")


async def test_a_request_is_kept_and_nothing_follows(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of(facts=MOVING)
    case = await filed(service, "taro", "none", {"license_number": held.license_number})
    assert case["license"] is None
    assert (await now(database, held)).version_id == held.version_id
