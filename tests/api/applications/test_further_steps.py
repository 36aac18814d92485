"""The steps that the main way does not take: stand-ins, dismissal, late notices, failed inspections, delegations, transfers, paper."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from partner import clock
from partner.auth.models import Account
from partner.auth.standin.personas import personas
from partner.database import SYSTEM, Database
from partner.licensing import applicants
from partner.licensing.applicants import Identity
from partner.registry.service import License
from tests.api.applications.conftest import Service

ONE_STEP, FULL, RENEWAL = "new-license_one-step.xml", "new-license_開局.xml", "renewal_再免許.xml"
REASON = {"reason": "審査の結果"}
REQUEST = {"requests": [{"field": "/station/antennas/0", "message": "確かめてください"}], "due_on": "2020-06-15"}


def at(text: str) -> None:
    clock.move_to(datetime.fromisoformat(f"{text}T09:00:00+09:00"))


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def reached(service: Service, status: str) -> dict[str, Any]:
    """A case of 花子's on the simplified route in the status asked for."""
    case = await service.imported("hanako", ONE_STEP)
    if status != "draft":
        case = await service.acted("hanako", case, "submit")
    if status in {"examining", "in_approval", "correction_requested"}:
        case = await service.acted("hanako", case, "pay", {"comment": "x"})
    if status == "correction_requested":
        case = await service.acted("examiner", case, "request-correction", REQUEST)
    if status == "in_approval":
        case = await service.acted("examiner", case, "propose-grant")
    assert case["status"] == status
    return case


async def provisional(service: Service) -> dict[str, Any]:
    """太郎's new station with a provisional license, to be completed by the end of 2020."""
    case = await service.imported("taro", FULL)
    form = case["form"]
    form["station"]["completion"] = {"kind": "date", "due_on": "2020-12-31"}
    form["station"].pop("remarks", None)
    await service.put("taro", f"/applications/{case['id']}", {"form": form})
    headers = {**await service.headers("taro"), "Content-Type": "application/pdf"}
    path = f"/api/v1/applications/{case['id']}/attachments?kind=transmitter_diagram"
    assert (await service.client.post(path, content=b"%PDF-1.7", headers=headers)).status_code == 201
    await service.acted("taro", case, "submit")
    await service.acted("taro", case, "pay", {"comment": "x"})
    await service.acted("examiner", case, "propose-grant", REASON)
    given = await service.acted("director", case, "approve")
    assert given["status"] == "provisional"
    return given


async def test_a_stand_in_is_named_by_the_director_and_stays_in_the_file(service: Service) -> None:
    case = await reached(service, "in_approval")
    await service.get("inspector", "/applications")  # who has signed in is known
    assert problem(await service.act("examiner", case, "substitute", {"stand_in": "検査　誠"})) == (403, "not_your_part")
    assert problem(await service.act("director", case, "substitute", {})) == (422, "stand_in_required")
    named = await service.acted("director", case, "substitute", {"stand_in": "無線通信部長 検査 誠"})
    assert (named["status"], named["proposal"]["stand_in"], named["proposal"]["kind"]) == ("in_approval", "無線通信部長 検査 誠", "grant")
    changes = [{"field": "stand_in", "before": None, "after": "無線通信部長 検査 誠"}]
    assert (await service.events("examiner", case))[-1]["changes"] == changes
    assert (await service.acted("director", case, "approve"))["status"] == "granted"
    assert problem(await service.act("director", case, "substitute", {"stand_in": "x"})) == (409, "wrong_state")


async def test_whoever_is_named_signs_in_place_of_the_director_and_names_nobody(service: Service) -> None:
    case = await reached(service, "in_approval")
    assert problem(await service.act("inspector", case, "approve")) == (403, "not_your_part")
    await service.acted("director", case, "substitute", {"stand_in": "検査　誠"})
    assert problem(await service.act("clerk", case, "approve")) == (403, "not_your_part")
    open_to = (await service.get("inspector", f"/applications/{case['id']}")).json()["available_actions"]
    assert {"approve", "send-back"} <= set(open_to)
    assert "substitute" not in open_to
    assert problem(await service.act("inspector", case, "substitute", {"stand_in": "受付　和子"})) == (403, "not_your_part")
    signed = await service.acted("inspector", case, "approve")
    assert (signed["status"], signed["decision"]["by_name"], signed["decision"]["in_place_of"]) == ("granted", "検査　誠", "決裁　明")


async def test_what_was_sent_back_is_no_longer_the_stand_ins(service: Service) -> None:
    case = await reached(service, "in_approval")
    await service.get("inspector", "/applications")
    await service.acted("director", case, "substitute", {"stand_in": "検査　誠"})
    await service.acted("inspector", case, "send-back", {"comment": "条件を確かめること"})
    await service.acted("examiner", case, "propose-grant")
    assert problem(await service.act("inspector", case, "approve")) == (403, "not_your_part")
    assert "in_place_of" not in (await service.acted("director", case, "approve"))["decision"]


@pytest.mark.parametrize("named", ["nobody", "　", "総務　花子", "審査　健", "決裁　明", "無線通信部長"])
async def test_a_stand_in_is_of_the_staff_and_neither_proposer_nor_approver(service: Service, named: str) -> None:
    case = await reached(service, "in_approval")
    answer = await service.act("director", case, "substitute", {"stand_in": named})
    assert problem(answer) == (422, "stand_in_unknown")
    assert [error["field"] for error in answer.json()["errors"]] == ["/stand_in"]
    assert "stand_in" not in (await service.get("director", f"/applications/{case['id']}")).json()["proposal"]


async def test_a_stand_in_by_account_or_subject(service: Service) -> None:
    case = await reached(service, "in_approval")
    await service.get("inspector", "/applications")
    assert (await service.acted("director", case, "substitute", {"stand_in": "inspector"}))["proposal"]["stand_in"] == "inspector"


@pytest.mark.parametrize("field", ["/nothing", "/station/nothing", "/station/site/x/y", "/form/station", "/station/0", "/remarks/0"])
async def test_what_is_asked_about_is_a_place_of_the_form(service: Service, field: str) -> None:
    case = await reached(service, "examining")
    asked = [{"field": "/station/site/address", "message": "番地"}, {"field": field, "message": "x"}]
    answer = await service.act("examiner", case, "request-correction", {"requests": asked, "due_on": "2020-06-15"})
    assert problem(answer) == (422, "unknown_field")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("/requests/1/field", "unknown_field")]
    assert answer.json()["remedy"]
    assert (await service.get("examiner", f"/applications/{case['id']}")).json()["status"] == "examining"


async def test_a_list_an_item_a_section_and_the_whole_form_are_places(service: Service) -> None:
    case = await reached(service, "examining")
    fields = [
        "",
        "/station",
        "/station/antennas",
        "/station/antennas/7",
        "/station/assignments/0/power_w",
        "/attachments",
        "/applicant/name",
    ]
    asked = {"requests": [{"field": field, "message": "x"} for field in fields], "due_on": "2020-06-15"}
    assert (await service.acted("examiner", case, "request-correction", asked))["status"] == "correction_requested"


async def test_an_unanswered_request_ends_in_dismissal_and_not_before_its_day(service: Service) -> None:
    case = await reached(service, "correction_requested")
    at("2020-06-15")
    assert problem(await service.act("director", case, "dismiss", {"reasons": ["補正がない"]})) == (409, "time_limit_open")
    at("2020-06-16")
    assert problem(await service.act("director", case, "dismiss", {})) == (422, "reason_required")
    assert problem(await service.act("examiner", case, "dismiss", {"reasons": ["x"]})) == (403, "not_your_part")
    gone = await service.acted("director", case, "dismiss", {"reasons": ["期限までに補正がない"]})
    assert (gone["status"], gone["decision"]["reasons"], gone["license"]) == ("dismissed", ["期限までに補正がない"], None)
    notice = (await service.get("hanako", f"/applications/{case['id']}/notices")).json()["items"][0]
    assert notice["kind"] == "dismissed"
    assert problem(await service.act("hanako", case, "correct", {"form": case["form"]})) == (409, "wrong_state")


async def test_a_correction_after_its_day_is_still_taken_until_the_dismissal(service: Service) -> None:
    case = await reached(service, "correction_requested")
    at("2020-06-17")
    assert (await service.acted("hanako", case, "correct", {"form": case["form"]}))["status"] == "examining"


async def test_what_is_sent_back_twice_keeps_its_story(service: Service) -> None:
    case = await reached(service, "in_approval")
    for _ in range(2):
        back = await service.acted("director", case, "send-back", {"comment": "再検討"})
        assert (back["status"], back["proposal"]) == ("examining", None)
        assert problem(await service.act("director", case, "approve")) == (409, "wrong_state")
        await service.acted("examiner", case, "propose-grant")
    assert (await service.acted("director", case, "approve"))["status"] == "granted"
    actions = [event["action"] for event in await service.events("hanako", case)]
    assert actions == ["import", "submit", "pay", "propose-grant", *["send-back", "propose-grant"] * 2, "approve"]


async def test_a_failed_inspection_ends_in_a_refusal_with_reasons_and_appeal(service: Service, taros_license: License) -> None:
    case = await provisional(service)
    at("2020-09-01")
    await service.acted("taro", case, "notify-completion")
    await service.acted("taro", case, "pay", {"comment": "x"})
    assert problem(await service.act("examiner", case, "record-inspection", {"result": "fail"})) == (403, "not_your_part")
    assert problem(await service.act("inspector", case, "record-inspection", {"result": "fail"})) == (422, "reason_required")
    assert problem(await service.act("inspector", case, "record-inspection", {})) == (422, "result_required")
    failed = await service.acted("inspector", case, "record-inspection", {"result": "fail", "reasons": ["空中線電力が指定を超える"]})
    assert (failed["status"], failed["proposal"]["kind"], failed["inspection"]["result"]) == ("in_approval", "refusal", "fail")
    refused = await service.acted("director", case, "approve")
    assert (refused["status"], refused["license"]) == ("refused", None)
    assert refused["decision"]["reasons"] == ["空中線電力が指定を超える"]
    assert "審査請求" in refused["decision"]["appeal"]["ja"]
    found = (await service.client.get("/api/v1/stations", params={"call_sign": "JA1QRZ", "status": "any"})).json()["items"]
    assert [station["id"] for station in found] == [str(taros_license.station_id)]


async def test_a_completion_notice_two_weeks_after_its_day_is_late_and_must_be_refused(service: Service, taros_license: License) -> None:
    """法11条, the worked case of the practitioner: until 2021-01-14 there is an inspection, from 01-15 on a refusal."""
    case = await provisional(service)
    at("2021-01-14")
    early = await service.act("examiner", case, "propose-refusal", {"reasons": ["落成届がない"]})
    assert problem(early) == (409, "completion_not_overdue")
    assert "notify-completion" in (await service.get("taro", f"/applications/{case['id']}")).json()["available_actions"]
    at("2021-01-15")
    late = await service.act("taro", case, "notify-completion")
    assert problem(late) == (409, "completion_overdue")
    assert "notify-completion" not in (await service.get("taro", f"/applications/{case['id']}")).json()["available_actions"]
    assert problem(await service.act("examiner", case, "propose-refusal", {})) == (422, "reason_required")
    await service.acted("examiner", case, "propose-refusal", {"reasons": ["期限までに工事落成の届出がない（法11条）"]})
    refused = await service.acted("director", case, "approve")
    assert (refused["status"], refused["decision"]["reasons"]) == ("refused", ["期限までに工事落成の届出がない（法11条）"])


async def test_a_completion_notice_on_the_last_day_is_inspected(service: Service, taros_license: License) -> None:
    case = await provisional(service)
    at("2021-01-14")
    assert (await service.acted("taro", case, "notify-completion"))["status"] == "completion_notified"


async def report(service: Service, case: dict[str, Any]) -> None:
    """The registered inspector's report is put on the case."""
    answer = await service.client.post(
        f"/api/v1/applications/{case['id']}/attachments?kind=inspection_report",
        content=b"%PDF-1.7 report",
        headers={**await service.headers("taro"), "Content-Type": "application/pdf"},
    )
    assert answer.status_code == 201, answer.text


async def test_a_registered_inspectors_report_lowers_the_inspection_fee(service: Service, taros_license: License) -> None:
    """法10条2項, 手数料令3条5項: it has to be attached and recent; the fee is then that of documents, and the inspection follows it."""
    case = await provisional(service)
    at("2020-09-01")
    assert case["status_name"] == {"ja": "予備免許", "en": "provisional license"}
    told = {"report": True, "inspected_on": "2020-08-20"}
    assert problem(await service.act("taro", case, "notify-completion", told)) == (422, "report_missing")
    await report(service, case)
    for day in (None, "2020-05-31", "2020-09-02"):
        assert problem(await service.act("taro", case, "notify-completion", {**told, "inspected_on": day})) == (422, "report_not_counting")
    assert problem(await service.act("taro", case, "notify-completion", {**told, "report": "yes"})) == (422, "command_invalid")
    notified = await service.acted("taro", case, "notify-completion", told)
    assert (notified["fee"]["amount_yen"], notified["fee"]["status"], notified["fee"]["confirmed"]) == (2450, "due", True)
    assert notified["provisional"]["report"] is True
    assert (await service.acted("taro", case, "pay", {"comment": "x"}))["fee"]["inspection"]["status"] == "paid"
    await service.acted("inspector", case, "record-inspection", {"result": "pass"})
    assert (await service.acted("director", case, "approve"))["status"] == "granted"


async def test_a_report_that_is_attached_and_not_announced_lowers_nothing(service: Service, taros_license: License) -> None:
    case = await provisional(service)
    at("2020-09-01")
    await report(service, case)
    assert (await service.acted("taro", case, "notify-completion", {"inspected_on": "2020-08-20"}))["fee"]["amount_yen"] > 20_000


@asynccontextmanager
async def delegation(service: Service, database: Database, *, may_file: bool) -> AsyncIterator[dict[str, Any]]:
    """A draft that the agent made for 花子 under a delegation, which is revoked when the block ends."""
    form = (await service.imported("hanako", ONE_STEP))["form"]
    assert (await service.get("agent", "/applications")).status_code == 200
    async with database.transaction(SYSTEM) as session:
        agent = (await session.exec(select(Account).where(Account.subject == "agent"))).one()
        hanako = Identity("individual", "総務花子", "ソウムハナコ", birth_date="1985-07-20", municipality="13102", address="築地１－１－１")
        given = await applicants.delegate(session, agent.id, await applicants.matched(session, hanako), may_file=may_file)
    yield (await service.post("agent", "/applications", {"procedure": "amateur-new-license", "form": form})).json()
    async with database.transaction(SYSTEM) as session:
        (await session.merge(given)).revoked_at = clock.now()


@pytest.mark.parametrize(("may_file", "day"), [(False, "2020-06-03"), (True, "2020-06-04")])
async def test_an_agent_drafts_and_files_as_far_as_the_delegation_goes(
    service: Service, database: Database, may_file: bool, day: str
) -> None:
    at(day)
    async with delegation(service, database, may_file=may_file) as case:
        assert (await service.put("agent", f"/applications/{case['id']}", {"form": case["form"]})).status_code == 200
        seen = (await service.get("agent", f"/applications/{case['id']}")).json()
        assert ("submit" in seen["available_actions"]) is may_file
        submitted = await service.act("agent", case, "submit")
        if may_file:
            paid = await service.acted("agent", submitted.json(), "pay", {"comment": "x"})
            assert (await service.granted("agent", paid))["status"] == "granted"
        else:
            assert problem(submitted) == (403, "not_your_part")
            assert (await service.acted("hanako", case, "submit"))["status"] == "fee_due"
            assert problem(await service.act("agent", case, "withdraw")) == (403, "not_your_part")
        assert (await service.get("agent", f"/applications/{case['id']}")).status_code == 200
    assert problem(await service.get("agent", f"/applications/{case['id']}")) == (404, "application_not_found")
    assert (await service.get("hanako", f"/applications/{case['id']}")).status_code == 200


@pytest.mark.parametrize("status", ["draft", "fee_due", "examining", "correction_requested", "in_approval"])
async def test_a_case_is_withdrawn_from_any_open_state(service: Service, status: str) -> None:
    case = await reached(service, status)
    others = (404, "application_not_found") if status == "draft" else (403, "not_your_part")
    assert problem(await service.act("examiner", case, "withdraw")) == others
    gone = await service.acted("hanako", case, "withdraw")
    assert (gone["status"], gone["available_actions"], gone["license"]) == ("withdrawn", [], None)
    for action in ("withdraw", "submit", "pay", "correct"):
        assert problem(await service.act("hanako", case, action, {"form": case["form"]})) == (409, "wrong_state")


async def test_a_provisional_license_is_given_up_by_withdrawal_and_a_license_is_not(service: Service, taros_license: License) -> None:
    case = await provisional(service)
    assert (await service.acted("taro", case, "withdraw"))["status"] == "withdrawn"
    granted = await service.acted("director", await reached(service, "in_approval"), "approve")
    assert problem(await service.act("hanako", granted, "withdraw")) == (409, "wrong_state")


async def test_a_case_goes_to_another_bureau_and_comes_back(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case is seen by one bureau at a time; the applicant sees it all along."""
    for name in ("examiner", "director"):
        known = personas()[name]
        there = known.model_copy(update={"name": f"{name}-of-kinki", "claims": {**known.claims, "bureau": "E"}})
        monkeypatch.setitem(personas(), there.name, there)
    case = await reached(service, "examining")
    path = f"/applications/{case['id']}"
    assert problem(await service.get("examiner-of-kinki", path)) == (404, "application_not_found")
    assert problem(await service.act("examiner", case, "transfer", {"bureau": "A"})) == (422, "bureau_required")
    assert problem(await service.act("hanako", case, "transfer", {"bureau": "E"})) == (403, "not_your_part")
    await service.acted("examiner", case, "transfer", {"bureau": "E", "comment": "管轄の誤り"})
    assert problem(await service.get("examiner", path)) == (404, "application_not_found")
    assert problem(await service.act("examiner", case, "propose-grant")) == (404, "application_not_found")
    assert (await service.get("examiner-of-kinki", path)).json()["bureau"] == "E"
    assert case["id"] in {item["id"] for item in (await service.get("examiner-of-kinki", "/applications")).json()["items"]}
    assert case["id"] not in {item["id"] for item in (await service.get("examiner", "/applications")).json()["items"]}
    await service.acted("examiner-of-kinki", case, "transfer", {"bureau": "A"})
    assert problem(await service.get("examiner-of-kinki", path)) == (404, "application_not_found")
    assert (await service.granted("hanako", {**case, "available_actions": []}))["status"] == "granted"
    moves = [event["changes"] for event in await service.events("hanako", case) if event["action"] == "transfer"]
    assert [(one["before"], one["after"]) for (one,) in moves] == [("A", "E"), ("E", "A")]


async def test_a_paper_filing_with_failing_findings_is_taken_in_and_then_corrected(service: Service, taros_license: License) -> None:
    form = (await service.imported("taro", FULL))["form"]
    body = {"procedure": "amateur-new-license", "form": form, "channel": "paper", "received_on": "2020-05-29"}
    case = (await service.post("clerk", "/applications", body)).json()
    failing = [finding for finding in case["findings"] if finding["outcome"] == "fail"]
    assert failing
    taken = await service.acted("clerk", case, "submit")
    assert (taken["status"], taken["fee"]["amount_yen"]) == ("fee_due", 8100)
    requests = [{"field": finding["field"], "message": finding["message"]} for finding in failing]
    asked = await service.acted("clerk", taken, "request-correction", {"requests": requests, "due_on": "2020-06-30"})
    assert asked["status"] == "correction_requested"
    notice = (await service.get("taro", f"/applications/{case['id']}/notices")).json()["items"][0]
    assert [request["field"] for request in notice["content"]["requests"]] == [finding["field"] for finding in failing]
    form["station"]["completion"] = {"kind": "date", "due_on": "2020-12-31"}
    form["station"] |= {"transmitter_diagram": True}
    form["station"].pop("remarks", None)
    headers = {**await service.headers("clerk"), "Content-Type": "application/pdf"}
    path = f"/api/v1/applications/{case['id']}/attachments?kind=transmitter_diagram"
    assert (await service.client.post(path, content=b"%PDF-1.7", headers=headers)).status_code == 201
    mended = await service.acted("clerk", case, "correct", {"form": form})
    assert (mended["status"], mended["received_on"]) == ("fee_due", "2020-05-29")
    assert [finding for finding in mended["findings"] if finding["outcome"] == "fail"] == []
    await service.acted("clerk", case, "pay", {"comment": "収入印紙"})
    assert (await service.acted("examiner", case, "propose-grant", REASON))["status"] == "in_approval"
