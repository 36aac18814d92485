"""The acts about a license beside new license and renewal, by the procedures as they are in force: each to its ends, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry import successions
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.regulation import Law
from tests.api.applications.conftest import MOVING, TARO, Service
from tests.api.applications.test_further_steps import provisional

FIXED = LicenseFacts(
    "FX",
    "A",
    municipality="13101",
    site_address="霞が関２－１－２",
    assignments=(AssignmentFacts(emission="16K0F3E", frequency_hz=150_000_000, power_w=Decimal(5)),),
    details={"transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [5]}]},
)
REASON = {"reason": "審査の結果、支障なし"}
Grant = Callable[..., Any]


@pytest.fixture
def license_of(database: Database, law: Law) -> Grant:
    """A new license of 太郎, valid from 2019-01-01 to 2026-12-31."""

    async def grant(facts: LicenseFacts = FIXED, licensee: LicenseeFacts = TARO) -> register.License:
        async with database.transaction(SYSTEM) as session:
            licensee_id = await register.record_licensee(session, licensee)
            return await register.record(
                session, facts, licensee_id=licensee_id, licensed_on=date(2019, 1, 1), valid_to=date(2026, 12, 31), law=law, cause="test"
            )

    return grant


async def now(database: Database, held: register.License, on: date | None = None) -> register.License:
    async with database.transaction(SYSTEM) as session:
        found = await register.license_of_station(session, held.station_id, on=on)
        assert found is not None
        return found


def form(held: register.License, part: dict[str, Any]) -> dict[str, Any]:
    return {"addressee": "A", "station_class": held.facts.station_class, **part}


def changing(held: register.License, flag: str, **station: Any) -> dict[str, Any]:
    named = {"license_number": held.license_number, "station_class": held.facts.station_class}
    return form(held, {"station": {**named, "changes": {flag: True}, **station}})


async def drafted(service: Service, persona: str, procedure: str, filled: dict[str, Any]) -> dict[str, Any]:
    answer = await service.post(persona, "/applications", {"procedure": procedure, "form": filled})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    assert [finding for finding in case["findings"] if finding["outcome"] == "fail"] == []
    return case


async def filed(service: Service, persona: str, procedure: str, filled: dict[str, Any]) -> dict[str, Any]:
    return await service.acted(persona, await drafted(service, persona, procedure, filled), "submit")


async def attached(service: Service, persona: str, case: dict[str, Any], kind: str) -> None:
    headers = {**await service.headers(persona), "Content-Type": "application/pdf"}
    path = f"/api/v1/applications/{case['id']}/attachments?kind={kind}"
    assert (await service.client.post(path, content=b"%PDF-1.7", headers=headers)).status_code == 201


async def test_a_discontinuation_ends_the_license_on_its_day(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of()
    ending = {"discontinuation": {"license_number": held.license_number, "ends_on": "2020-06-30"}}
    assert (await filed(service, "taro", "discontinuation", form(held, ending)))["status"] == "recorded"
    assert (await now(database, held)).ended_on == date(2020, 6, 30)
    refused = await service.post("hanako", "/applications", {"procedure": "discontinuation", "form": form(held, ending)})
    assert "license-held" in {one["check"] for one in refused.json()["findings"] if one["outcome"] == "fail"}


async def test_a_new_storage_place_is_recorded_on_arrival(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of(MOVING)
    place = {"prefecture": "13", "municipality": "13102", "address": "築地２－２－２"}
    assert (await filed(service, "taro", "storage-place-change", changing(held, "site", site=place)))["status"] == "recorded"
    assert (await now(database, held)).facts.municipality == "13102"
    fixed = await license_of()
    wrong = await service.post("taro", "/applications", {"procedure": "storage-place-change", "form": changing(fixed, "site", site=place)})
    assert {"station-class", "storage-moves"} <= {one["check"] for one in wrong.json()["findings"] if one["outcome"] == "fail"}


async def test_a_permitted_change_is_inspected(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of()
    added = {
        "number": 2,
        "change_kind": "B",
        "rated_power_w": [5],
        "ranges": [{"emissions": [{"emission": "F3E"}], "frequency_hz": 150_000_000}],
    }
    sets = [{"number": 1, "conforming": True, "conformity_number": "002-160008"}, added]
    case = await filed(service, "taro", "change-permission", changing(held, "equipment", transmitters=sets))
    assert (await service.granted("taro", case))["status"] == "granted"
    assert len((await now(database, held)).facts.details["transmitters"]) == 2
    completed = {"permission_number": case["reception_number"], "completed_on": "2020-06-01"}
    named = {"station": {"license_number": held.license_number, "station_class": "FX"}, "completed": completed}
    for result, end in (("pass", "granted"), ("fail", "refused")):
        done = await filed(service, "taro", "change-completion", form(held, named))
        assert (done["status"], done["fee"]["status"]) == ("examining", "unconfirmed"), "what is inspected is not said: no demand"
        await service.acted("inspector", done, "record-inspection", {"result": result, **REASON})
        assert (await service.acted("director", done, "approve"))["status"] == end


async def test_the_fee_of_a_change_inspection_is_paid_before_the_inspection(service: Service, license_of: Grant) -> None:
    """手数料令4条1項: the class of station, and each device that is inspected. What is due is settled first (法18条)."""
    held = await license_of()
    completed = {
        "permission_number": "EA2020-000001",
        "completed_on": "2020-06-01",
        "transmitters": [{"number": 2, "power_w": 5}],
        "other_devices": 0,
    }
    named = {"station": {"license_number": held.license_number, "station_class": "FX"}, "completed": completed}
    case = await filed(service, "taro", "change-completion", form(held, named))
    assert (case["status"], case["fee"]["status"], case["fee"]["confirmed"]) == ("fee_due", "due", True)
    assert [line["amount_yen"] for line in case["fee"]["lines"]][-1] == 6500
    early = await service.act("inspector", case, "record-inspection", {"result": "pass"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    await service.acted("taro", case, "pay", {"comment": "x"})
    await service.acted("inspector", case, "record-inspection", {"result": "pass"})
    assert (await service.acted("director", case, "approve"))["status"] == "granted"


async def test_a_report_lowers_the_fee_of_a_change_inspection(service: Service, license_of: Grant) -> None:
    """法18条2項, 手数料令4条4項: once the report is attached to the draft, documents alone are examined."""
    held = await license_of()
    told = {"permission_number": "EA2020-000001", "completed_on": "2020-06-01", "report": True, "inspected_on": "2020-05-20"}
    named = {"station": {"license_number": held.license_number, "station_class": "FX"}, "completed": told}
    draft = (await service.post("taro", "/applications", {"procedure": "change-completion", "form": form(held, named)})).json()
    assert draft["fee"]["status"] == "unconfirmed"
    attached = await service.client.post(
        f"/api/v1/applications/{draft['id']}/attachments?kind=inspection_report",
        content=b"%PDF-1.7 report",
        headers={**await service.headers("taro"), "Content-Type": "application/pdf"},
    )
    assert attached.status_code == 201, attached.text
    case = await service.acted("taro", draft, "submit")
    assert (case["status"], case["fee"]["amount_yen"]) == ("fee_due", 2450)


async def test_what_needs_a_permission_is_no_minor_change(service: Service, license_of: Grant) -> None:
    held = await license_of()
    line = {"emissions": [{"emission": "F3E"}], "frequency_hz": 151_000_000, "power_w": 5}
    wrong = changing(held, "assignments", assignments=[line])
    answer = await service.post("taro", "/applications", {"procedure": "minor-change", "form": wrong})
    assert "minor-change-items" in {one["check"] for one in answer.json()["findings"] if one["outcome"] == "fail"}
    case = await filed(service, "taro", "designation-change", wrong)
    await service.acted("examiner", case, "propose-refusal", {"reasons": ["混信の除去などの必要が認められない。"]})
    assert (await service.acted("director", case, "approve"))["status"] == "refused"


async def test_the_record_is_corrected_or_the_request_is_withdrawn(
    service: Service, license_of: Grant, database: Database, law: Law
) -> None:
    """Who filed before is known by the account, whatever has become of the address since."""
    held = await license_of()
    asked = form(held, {"request": {"license_number": held.license_number, "reason": "転居"}})
    same = await service.post("taro", "/applications", {"procedure": "record-correction", "form": asked})
    assert [one["check"] for one in same.json()["findings"] if one["outcome"] == "fail"] == ["correction-differs"]
    ending = {"discontinuation": {"license_number": (await license_of()).license_number, "ends_on": "2020-06-30"}}
    await filed(service, "taro", "discontinuation", form(held, ending))
    former = replace(TARO, municipality="13102", address="築地１－１－１")
    async with database.transaction(SYSTEM) as session:
        await successions.describe(session, held.licensee_id, former, effective_on=clock.today(), cause="test", law=law)
    withdrawn = await filed(service, "taro", "record-correction", asked)
    assert (await service.acted("taro", withdrawn, "withdraw"))["status"] == "withdrawn"
    assert (await now(database, held)).licensee.municipality == "13102"
    granted = await service.granted("taro", await filed(service, "taro", "record-correction", asked))
    assert granted["status"] == "granted"
    assert (await now(database, held)).licensee.municipality == "13101"


async def test_papers_are_issued_again_until_certificates_take_their_place(service: Service, license_of: Grant) -> None:
    held = await license_of(replace(FIXED, site_address="三丁目"))
    lost = form(held, {"request": {"license_number": held.license_number, "reason": "紛失"}})
    case = await filed(service, "taro", "license-paper-reissue", lost)
    assert (case["status"], case["fee"]["amount_yen"]) == ("fee_due", 1150)
    assert (await service.granted("taro", case))["status"] == "granted"
    clock.move_to(datetime.fromisoformat("2025-10-01T09:00:00+09:00"))
    gone = await service.post("taro", "/applications", {"procedure": "license-paper-reissue", "form": lost})
    assert (gone.status_code, gone.json()["code"]) == (422, "unknown_procedure")
    wanted = form(held, {"request": {"license_number": held.license_number}, "station": {"station_count": 2}})
    case = await filed(service, "taro", "license-certificate", wanted)
    assert (case["status"], case["fee"]["amount_yen"]) == ("fee_due", 880)
    granted = await service.granted("taro", case)
    listed = (await service.get("taro", f"/applications/{granted['id']}/attachments")).json()["items"]
    assert "certificate" in {one["kind"] for one in listed}


async def page(service: Service, persona: str, path: str, case: dict[str, Any]) -> str:
    """A page about a case as a persona reads it."""
    answer = await service.client.get(f"{path}/{case['id']}", headers={**await service.headers(persona), "Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_succession_is_confirmed_before_it_is_recorded(service: Service, license_of: Grant, database: Database) -> None:
    held = await license_of()
    passed = {"cause": "inheritance", "occurred_on": "2020-05-01", "former_holder": TARO.name}
    heir = form(held, {"disqualification": "none", "licenses": [{"license_number": held.license_number}], "succession": passed})
    answer = await service.post("hanako", "/applications", {"procedure": "succession-notice", "form": heir})
    case: dict[str, Any] = answer.json()
    assert [one["check"] for one in case["findings"] if one["outcome"] == "fail"] == ["succession-evidence"]
    await attached(service, "hanako", case, "evidence")
    assert (await service.acted("hanako", case, "submit"))["status"] == "examining"
    desk, mine = [await page(service, persona, path, case) for persona, path in (("examiner", "/desk/cases"), ("hanako", "/my/cases"))]
    assert "申請者ではありません" in desk, "the office sees whose the license is"
    assert (f"（{TARO.address}）" in desk, f"（{TARO.address}）" in mine) == (True, False), "and the one who files does not"
    await service.acted("examiner", case, "propose-grant", REASON)
    assert (await now(database, held)).licensee.name == TARO.name, "nothing passes before staff confirm it"
    assert [(one["kind"], one["application_id"]) for one in await _told(service, held)] == [("succession_filed", None)], "in time to object"
    assert (await service.acted("director", case, "approve"))["status"] == "recorded"
    assert (await now(database, held)).licensee.name != TARO.name
    await _only_the_former_holder_reads(service, case, held)


async def _told(service: Service, held: register.License, persona: str = "taro") -> list[dict[str, Any]]:
    """What 太郎, who held the license, is told of it, or somebody else."""
    return [one for one in (await service.get(persona, "/notices")).json()["items"] if held.license_number in one["body"]["ja"]]


async def _only_the_former_holder_reads(service: Service, case: dict[str, Any], held: register.License) -> None:
    """What was told to the former holder: not the successor, nor does the former holder see the case."""
    told = await _told(service, held)
    assert [one["kind"] for one in told] == ["succeeded", "succession_filed"]
    assert await _told(service, held, "hanako") == []
    number = (await service.get("hanako", f"/applications/{case['id']}")).json()["reception_number"]
    assert all(one not in str(told) for one in ("花子", case["id"], number))
    assert (await service.get("taro", f"/applications/{case['id']}")).status_code == 404
    assert (await service.get("taro", f"/applications/{case['id']}/notices")).status_code == 404
    for persona, kinds in (("hanako", ["recorded"]), ("examiner", ["recorded", "succeeded", "succession_filed"])):
        items = (await service.get(persona, f"/applications/{case['id']}/notices")).json()["items"]
        assert sorted(one["kind"] for one in items) == kinds
    read = await service.client.get("/my/notices", headers={**await service.headers("taro"), "Accept": "text/html"})
    assert "あなたの免許の承継" in read.text
    assert case["id"] not in read.text, "a link to what cannot be opened helps nobody"


COMPANY = LicenseeFacts("corporation", "株式会社みほん無線", "ミホンムセン", municipality="13101", address="大手町３")


@pytest.mark.parametrize("procedure", ["succession-notice", "succession-merger"])
@pytest.mark.parametrize("holder", [TARO, COMPANY], ids=["individual", "corporation"])
async def test_a_succession_fits_the_kind_of_the_holder_on_record(
    service: Service, license_of: Grant, procedure: str, holder: LicenseeFacts
) -> None:
    """法20条1項, 2項: an individual's license is inherited, a corporation's passes by a merger; of the holder no more is told than that."""
    held = await license_of(licensee=holder)
    cause = "inheritance" if procedure == "succession-notice" else "merger"
    passed = {"cause": cause, "occurred_on": "2020-05-01", "former_holder": "だれか"}
    filled = form(held, {"disqualification": "none", "licenses": [{"license_number": held.license_number}], "succession": passed})
    persona = "hanako" if procedure == "succession-notice" else "taxi"
    findings = (await service.post(persona, "/validate", {"procedure": procedure, "form": filled})).json()["findings"]
    told = [one for one in findings if one["check"] in {"succession-inheritance-holder", "succession-merger-holder"}]
    fits = (holder.kind == "individual") is (cause == "inheritance")
    assert [(one["outcome"], one["field"]) for one in told] == [("pass" if fits else "fail", "/succession/cause")]
    other = "succession-merger" if procedure == "succession-notice" else "succession-notice"
    assert (f"({other})" in told[0]["remedy"]["ja"], f"({other})" in told[0]["remedy"]["en"]) == (not fits, not fits)
    assert holder.name not in str(findings)


async def test_the_office_alone_is_told_that_the_former_holder_is_another(service: Service, license_of: Grant) -> None:
    """A finding about it would let anybody try names on a license whose holder is not published."""
    held = await license_of()
    spaced, wrong = TARO.name.replace(" ", "").replace("　", " "), "総務　次郎"
    shown: dict[str, tuple[str, str, str]] = {}
    for name in (spaced, wrong):
        passed = {"cause": "inheritance", "occurred_on": "2020-05-01", "former_holder": name}
        heir = form(held, {"disqualification": "none", "licenses": [{"license_number": held.license_number}], "succession": passed})
        case = (await service.post("hanako", "/applications", {"procedure": "succession-notice", "form": heir})).json()
        await attached(service, "hanako", case, "evidence")
        case = await service.acted("hanako", case, "submit")
        desk, mine = [await page(service, persona, path, case) for persona, path in (("examiner", "/desk/cases"), ("hanako", "/my/cases"))]
        shown[name] = desk, mine, str((await service.get("hanako", f"/applications/{case['id']}")).json())
        await service.acted("hanako", case, "withdraw")
    differs = "申請書の被承継人と違います"
    assert (differs in shown[spaced][0], differs in shown[wrong][0]) == (False, True)
    assert f"「{wrong}」、登録「{TARO.name}」" in shown[wrong][0]
    for _, mine, answer in shown.values():
        assert differs not in mine
        assert TARO.name not in mine
        assert TARO.name not in answer


async def test_a_transfer_of_the_business_takes_effect_on_its_day(service: Service, license_of: Grant, database: Database) -> None:
    """法20条3項: what is permitted is a transfer to come. Until its day the license is the former holder's."""
    held = await license_of()
    first = clock.today() + timedelta(days=14)
    passed = {"cause": "transfer", "occurred_on": first.isoformat(), "former_holder": TARO.name}
    filled = form(held, {"disqualification": "none", "licenses": [{"license_number": held.license_number}], "succession": passed})
    case = (await service.post("hanako", "/applications", {"procedure": "succession-transfer", "form": filled})).json()
    for kind in ("contract", "articles"):
        await attached(service, "hanako", case, kind)
    case = await service.acted("hanako", case, "submit")
    await service.acted("examiner", case, "propose-grant", REASON)
    assert (await service.acted("director", case, "approve"))["status"] == "granted"
    eve = await now(database, held, first - timedelta(days=1))
    after = await now(database, held, first)
    assert (eve.licensee.name, eve.holds_to) == (TARO.name, first - timedelta(days=1))
    assert (after.licensee_id != held.licensee_id, after.holds_from) == (True, first)


async def test_a_completion_deadline_is_extended_while_it_runs(service: Service) -> None:
    case = await provisional(service)
    asked = {
        "addressee": "A",
        "station_class": "AT",
        "provisional": {"reception_number": case["reception_number"]},
        "extension": {"due_on": "2021-06-30", "reason": "資材の遅れ"},
    }
    granted = await service.granted("taro", await filed(service, "taro", "completion-extension", asked))
    assert granted["status"] == "granted"
    last = (await service.events("taro", case))[-1]
    assert [(change["before"], change["after"]) for change in last["changes"]] == [("2020-12-31", "2021-06-30")]
    clock.move_to(datetime.fromisoformat("2021-07-01T09:00:00+09:00"))
    late = await service.post("taro", "/applications", {"procedure": "completion-extension", "form": asked})
    assert "extension-window" in {one["check"] for one in late.json()["findings"] if one["outcome"] == "fail"}
