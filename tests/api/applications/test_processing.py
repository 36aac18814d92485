"""Correction, refusal, sending back, withdrawal, transfer, paper, change and discontinuation, over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import applicants
from partner.licensing.applicants import Identity
from partner.registry import service as register
from partner.registry.service import License
from tests.api.applications.conftest import TARO_NUMBER, Service

ONE_STEP = "new-license_one-step.xml"


async def under_examination(service: Service) -> dict[str, Any]:
    case = await service.imported("hanako", ONE_STEP)
    await service.acted("hanako", case, "submit")
    return await service.acted("hanako", case, "pay", {"comment": "x"})


async def test_a_correction_shows_what_changed_field_by_field(service: Service) -> None:
    case = await under_examination(service)
    empty = await service.act("examiner", case, "request-correction", {})
    assert (empty.status_code, empty.json()["code"]) == (422, "requests_required")
    requests = [{"field": "/station/antennas/0", "message": "空中線の型式を確かめてください"}]
    asked = await service.acted("examiner", case, "request-correction", {"requests": requests, "due_on": "2020-06-15"})
    assert (asked["status"], asked["time_limit_on"]) == ("correction_requested", "2020-06-15")
    assert "correct" in (await service.get("hanako", f"/applications/{case['id']}")).json()["available_actions"]
    open_requests = (await service.get("hanako", f"/applications/{case['id']}/requests")).json()["items"]
    assert [request["field"] for request in open_requests] == ["/station/antennas/0"]
    notice = (await service.get("hanako", f"/applications/{case['id']}/notices")).json()["items"][0]
    assert (notice["kind"], notice["content"]["due_on"]) == ("correction_requested", "2020-06-15")

    nothing = await service.act("hanako", case, "correct", {})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "form_required")
    form = {**case["form"], "station": {**case["form"]["station"], "antennas": ["DP", "YA", "DP"]}}
    corrected = await service.acted("hanako", case, "correct", {"form": form})
    assert corrected["status"] == "examining"
    assert corrected["fee"]["status"] == "paid"
    changes = (await service.events("hanako", case))[-1]["changes"]
    assert changes == [{"field": "/station/antennas/0", "before": case["form"]["station"]["antennas"][0], "after": "DP"}]
    assert (await service.get("hanako", f"/applications/{case['id']}/requests")).json()["items"] == []


async def test_a_correction_names_only_what_it_corrects(service: Service) -> None:
    case = await under_examination(service)
    requests = [{"field": "/station/site/address", "message": "番地を確かめてください"}]
    asking = {"requests": requests, "due_on": "2020-06-15"}
    await service.acted("examiner", case, "request-correction", asking)
    unknown = await service.act("hanako", case, "correct", {"form": {"station": {"site": {"adress": "築地２"}}}})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "form_invalid")
    assert unknown.json()["errors"][0]["field"] == "/form/station/site/adress"
    changed = {"station": {"site": {"address": "築地２"}, "antennas": ["DP"], "completion": {"kind": "months", "months": 2, "days": None}}}
    corrected = await service.acted("hanako", case, "correct", {"form": changed})
    station = case["form"]["station"]
    assert corrected["form"] == {
        **case["form"],
        "station": {
            **station,
            "site": {**station["site"], "address": "築地２"},
            "antennas": ["DP"],
            "completion": {"kind": "months", "months": 2},
        },
    }
    changes = {change["field"]: change["after"] for change in (await service.events("hanako", case))[-1]["changes"]}
    expected = {"/station/site/address": "築地２", "/station/antennas/0": "DP", "/station/antennas/1": None, "/station/antennas/2": None}
    completion = {"/station/completion/kind": "months", "/station/completion/months": 2, "/station/completion/days": None}
    assert changes == expected | completion
    await service.acted("examiner", case, "request-correction", asking)
    kept = await service.acted("hanako", case, "correct", {"form": {}})
    assert kept["form"] == corrected["form"]


async def test_a_correction_cannot_make_the_filing_somebody_elses(service: Service) -> None:
    case = await under_examination(service)
    requests = [{"field": "/applicant/name", "message": "氏名を確かめてください"}]
    await service.acted("examiner", case, "request-correction", {"requests": requests, "due_on": "2020-06-15"})
    other = await service.act("hanako", case, "correct", {"form": {"applicant": {"name": "総務　太郎", "name_kana": "ソウム　タロウ"}}})
    assert (other.status_code, other.json()["code"]) == (403, "applicant_mismatch")


async def test_what_blocks_is_named_by_the_pointers_of_the_findings(service: Service) -> None:
    case = await service.imported("taro", "new-license_開局.xml")
    answer = await service.act("taro", case, "submit")
    assert (answer.status_code, answer.json()["code"]) == (422, "findings_block")
    failing = [(finding["field"], finding["check"]) for finding in case["findings"] if finding["outcome"] == "fail"]
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == failing


async def test_a_refusal_has_reasons_and_the_notice_of_appeal(service: Service) -> None:
    case = await under_examination(service)
    without = await service.act("examiner", case, "propose-refusal", {})
    assert (without.status_code, without.json()["code"]) == (422, "reason_required")
    await service.acted("examiner", case, "propose-refusal", {"reasons": "周波数の割当てが可能でない"})
    refused = await service.acted("director", case, "approve")
    assert (refused["status"], refused["available_actions"], refused["license"]) == ("refused", [], None)
    assert refused["decision"]["reasons"] == ["周波数の割当てが可能でない"]
    notice = (await service.get("hanako", f"/applications/{case['id']}/notices")).json()["items"][0]
    assert notice["kind"] == "refused"
    assert "審査請求" in notice["content"]["appeal"]["ja"]
    after = await service.act("director", case, "approve")
    assert (after.status_code, after.json()["code"]) == (409, "wrong_state")


async def test_a_grant_may_differ_from_the_application_and_carry_conditions(service: Service) -> None:
    case = await under_examination(service)
    decision = {
        "assignments": [{"emission": "3VA", "frequency_hz": 145_000_000, "power_w": 20}],
        "valid_to": "2022-05-31",
        "conditions": ["他の無線局に混信を与えないこと"],
    }
    await service.acted("examiner", case, "propose-grant", {"decision": decision, "reason": "一部を認める"})
    granted = await service.acted("director", case, "approve")
    assert granted["license"]["valid_to"] == "2022-05-31"
    station = (await service.client.get(f"/api/v1/stations/{granted['license']['station_id']}")).json()
    assert [(line["emission"], line["frequency_hz"], line["power_w"]) for line in station["assignments"]] == [("3VA", 145_000_000, 20)]
    notice = (await service.get("hanako", f"/applications/{case['id']}/notices")).json()["items"][0]
    assert notice["content"]["conditions"] == ["他の無線局に混信を与えないこと"]


async def test_what_was_sent_back_is_proposed_anew(service: Service) -> None:
    case = await under_examination(service)
    await service.acted("examiner", case, "propose-grant")
    back = await service.acted("director", case, "send-back", {"comment": "再確認"})
    assert (back["status"], back["proposal"]) == ("examining", None)
    assert (await service.granted("hanako", back))["status"] == "granted"


async def test_a_withdrawn_case_is_over(service: Service) -> None:
    case = await under_examination(service)
    assert (await service.acted("hanako", case, "withdraw"))["status"] == "withdrawn"
    assert (await service.act("examiner", case, "propose-grant")).status_code == 409


async def test_a_transferred_case_is_the_other_bureaus(service: Service) -> None:
    case = await under_examination(service)
    nowhere = await service.act("examiner", case, "transfer", {"bureau": "?"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "bureau_required")
    moved = await service.acted("examiner", case, "transfer", {"bureau": "E"})
    assert (moved["bureau"], moved["available_actions"]) == ("E", [])
    assert (await service.get("examiner", f"/applications/{case['id']}")).status_code == 404
    assert (await service.get("hanako", f"/applications/{case['id']}")).json()["bureau"] == "E"
    changes = (await service.events("hanako", case))[-1]["changes"]
    assert changes == [{"field": "bureau", "before": "A", "after": "E"}]


async def test_paper_arrives_before_it_is_entered(service: Service) -> None:
    form = (await service.imported("hanako", ONE_STEP))["form"]
    body = {"procedure": "amateur-new-license", "form": form, "channel": "paper", "received_on": "2020-05-28"}
    forbidden = await service.post("hanako", "/applications", body)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "not_a_clerk")
    future = await service.post("clerk", "/applications", {**body, "received_on": "2020-06-02"})
    assert (future.status_code, future.json()["code"]) == (422, "received_on_invalid")

    entered = await service.post("clerk", "/applications", body)
    assert entered.status_code == 201, entered.text
    case = entered.json()
    assert (case["channel"], case["received_on"], case["entered_at"][:10]) == ("paper", "2020-05-28", "2020-06-01")
    assert case["fee"]["amount_yen"] == 4300
    assert (await service.get("hanako", f"/applications/{case['id']}")).status_code == 404
    submitted = await service.acted("clerk", case, "submit")
    assert (submitted["received_on"], submitted["status"]) == ("2020-05-28", "fee_due")
    seen = await service.get("hanako", f"/applications/{case['id']}")
    assert seen.status_code == 200
    assert seen.json()["applicant"]["name"] == "総務　花子"
    paid = await service.acted("clerk", case, "pay", {"comment": "収入印紙"})
    assert (await service.granted("hanako", paid))["status"] == "granted"


async def test_a_clerk_submits_what_an_applicant_may_not(service: Service, taros_license: License) -> None:
    form = (await service.imported("taro", "new-license_開局.xml"))["form"]
    body = {"procedure": "amateur-new-license", "form": form, "channel": "paper", "received_on": "2020-06-01"}
    case = (await service.post("clerk", "/applications", body)).json()
    assert any(finding["outcome"] == "fail" for finding in case["findings"])
    paid = await service.acted("clerk", await service.acted("clerk", case, "submit"), "pay", {"comment": "収入印紙"})
    blocked = await service.act("examiner", paid, "propose-grant", {"reason": "x"})
    assert (blocked.status_code, blocked.json()["code"]) == (422, "findings_block")


async def test_a_discontinuation_takes_effect_on_arrival(service: Service, database: Database, taros_license: License) -> None:
    form = {
        "application_kind": "DA",
        "station_class": "AT",
        "applicant": {"kind": "individual"},
        "discontinuation": {"license_number": TARO_NUMBER, "call_sign": "JA1QRZ", "ends_on": "2020-06-30"},
    }
    case = (await service.post("taro", "/applications", {"procedure": "amateur-discontinuation", "form": form})).json()
    recorded = await service.acted("taro", case, "submit")
    assert recorded["status"] == "recorded", recorded
    assert recorded["license"]["valid_to"] == "2020-06-29"
    station = f"/api/v1/stations/{taros_license.station_id}"
    for day, status in (("2020-06-29T23:59:58", "in_force"), ("2020-06-30T00:00:01", "ended")):
        clock.move_to(datetime.fromisoformat(f"{day}+09:00"))
        shown = (await service.client.get(station)).json()["license"]
        assert (shown["status"], shown["valid_to"], shown["ended_on"]) == (status, "2020-06-29", "2020-06-30")
    async with database.transaction(SYSTEM) as session:
        ended = await register.license_by_number(session, TARO_NUMBER)
    assert ended is not None
    assert ended.ended_on == date(2020, 6, 30)


async def test_an_agent_acts_under_a_delegation_that_names_it(service: Service, database: Database) -> None:
    form = (await service.imported("hanako", ONE_STEP))["form"]
    body = {"procedure": "amateur-new-license", "form": form}
    without = await service.post("agent", "/applications", body)
    assert (without.status_code, without.json()["code"]) == (403, "applicant_mismatch")
    me = await service.imported("hanako", ONE_STEP)
    await _delegate(database, service, may_file=False)
    case = (await service.post("agent", "/applications", body)).json()
    assert case["applicant"]["id"] == me["applicant"]["id"]
    refused = await service.act("agent", case, "submit")
    assert refused.status_code == 403
    assert (await service.put("agent", f"/applications/{case['id']}", {"form": form})).status_code == 200
    assert (await service.acted("hanako", case, "submit"))["status"] == "fee_due"


async def _delegate(database: Database, service: Service, *, may_file: bool) -> None:
    from sqlmodel import select  # noqa: PLC0415

    from partner.auth.models import Account  # noqa: PLC0415

    async with database.transaction(SYSTEM) as session:
        agent = (await session.exec(select(Account).where(Account.subject == "agent"))).one()
        hanako = Identity("individual", "総務花子", "ソウムハナコ", birth_date="1985-07-20", municipality="13102", address="築地１－１－１")
        applicant = await applicants.matched(session, hanako)
        await applicants.delegate(session, agent.id, applicant, may_file=may_file)


async def test_a_first_sign_in_finds_the_applicant_of_an_earlier_paper_filing(service: Service, database: Database) -> None:
    form = (await service.imported("hanako", ONE_STEP))["form"]
    form["applicant"] = {
        "kind": "individual",
        "name": "総務太郎",
        "name_kana": "ソウムタロウ",
        "municipality": "13101",
        "address": "霞が関2-1-2",
    }
    case = (await service.post("clerk", "/applications", {"procedure": "amateur-new-license", "form": form, "channel": "paper"})).json()
    await service.acted("clerk", case, "submit")
    mine = await service.post("taro", "/applications", {"procedure": "amateur-new-license", "form": {}})
    assert mine.json()["applicant"]["id"] == case["applicant"]["id"]
    listed = (await service.get("taro", "/applications")).json()["items"]
    assert {item["id"] for item in listed} >= {case["id"], mine.json()["id"]}


async def test_lists_have_filters_and_pages(service: Service) -> None:
    for _ in range(3):
        await service.imported("hanako", ONE_STEP)
    first = (await service.get("hanako", "/applications", status="draft", limit=2)).json()
    assert len(first["items"]) == 2
    second = (await service.get("hanako", "/applications", status="draft", limit=2, cursor=first["next_cursor"])).json()
    assert {item["id"] for item in first["items"]}.isdisjoint(item["id"] for item in second["items"])
    wrong = await service.get("hanako", "/applications", status="granted", limit=2, cursor=first["next_cursor"])
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_cursor")
    padded = await service.get("hanako", "/applications", status="draft", limit=2, cursor=f"{first['next_cursor']}=")
    assert (padded.status_code, padded.json()["code"]) == (400, "invalid_cursor")
    assert (await service.get("hanako", "/applications", limit=0)).status_code == 400
    queue = (await service.get("examiner", "/applications", channel="paper")).json()["items"]
    assert all(item["channel"] == "paper" and item["bureau"] == "A" for item in queue)
    assert (await service.get("hanako", "/applications", status=["granted", "refused"], procedure="amateur-renewal")).json()["items"] == []


async def test_an_administrator_reaches_cases_without_what_is_in_them(service: Service) -> None:
    case = await under_examination(service)
    seen = (await service.get("admin", f"/applications/{case['id']}")).json()
    assert (seen["form"], seen["findings"], seen["available_actions"]) == ({}, [], [])
    assert seen["applicant"] == {"id": case["applicant"]["id"]}
    assert len((await service.get("admin", f"/applications/{case['id']}/events")).json()["items"]) == 3
    assert (await service.get("admin", f"/applications/{case['id']}/attachments")).json()["items"] == []


async def test_attachments_keep_their_bytes_and_messages_reach_the_other_side(service: Service) -> None:
    case = await under_examination(service)
    path = f"/applications/{case['id']}"
    filed = (await service.get("examiner", f"{path}/attachments")).json()["items"]
    assert [document["kind"] for document in filed] == ["filing"]
    content = (await service.get("examiner", f"{path}/attachments/{filed[0]['id']}")).content
    assert content == (service_sample := _sample(ONE_STEP))
    assert len(service_sample) == filed[0]["size"]
    assert (await service.get("taro", f"{path}/attachments/{filed[0]['id']}")).status_code == 404
    assert (await service.post("examiner", f"{path}/messages", {"body": "確認中です"})).status_code == 201
    assert (await service.post("taro", f"{path}/messages", {"body": "?"})).status_code == 404
    assert [message["side"] for message in (await service.get("hanako", f"{path}/messages")).json()["items"]] == ["bureau"]


def _sample(name: str) -> bytes:
    from tests.api.applications.conftest import SAMPLES  # noqa: PLC0415

    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("form", [{}, {"station": {}}, {"applicant": {"kind": "individual"}}])
async def test_whatever_can_be_read_is_stored_with_its_findings(service: Service, form: dict[str, Any]) -> None:
    answer = await service.post("hanako", "/applications", {"procedure": "amateur-new-license", "form": form})
    assert answer.status_code == 201, answer.text
    assert any(finding["outcome"] == "fail" for finding in answer.json()["findings"])
