"""Who may do what with a case, and who reads what of it: the allowed beside the forbidden."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.api.applications.conftest import Service

ONE_STEP = "new-license_one-step.xml"
NEW = "amateur-new-license"
WORDS = "審査メモ：設備に疑義あり"


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def fee_due(service: Service) -> dict[str, Any]:
    return await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")


async def on_paper(service: Service) -> dict[str, Any]:
    form = (await service.imported("hanako", ONE_STEP))["form"]
    case = (await service.post("clerk", "/applications", {"procedure": NEW, "form": form, "channel": "paper"})).json()
    return await service.acted("clerk", case, "submit")


async def test_an_electronic_case_is_its_applicants_to_submit_to_pay_and_to_withdraw(service: Service) -> None:
    draft = await service.imported("hanako", ONE_STEP)
    assert problem(await service.act("clerk", draft, "submit")) == (404, "application_not_found")
    case = await service.acted("hanako", draft, "submit")
    assert (await service.get("clerk", f"/applications/{case['id']}")).json()["available_actions"] == []
    for action in ("pay", "withdraw", "transfer"):
        assert problem(await service.act("clerk", case, action, {"comment": "x"})) == (403, "not_your_part")
    assert (await service.acted("hanako", case, "pay", {"comment": "x"}))["status"] == "examining"


async def test_a_case_on_paper_is_the_clerks_to_pay_and_to_withdraw(service: Service) -> None:
    case = await on_paper(service)
    assert {"pay", "withdraw"} <= set(case["available_actions"])
    assert (await service.acted("clerk", case, "pay", {"comment": "収入印紙"}))["status"] == "examining"
    assert (await service.acted("clerk", case, "withdraw"))["status"] == "withdrawn"


async def proposed(service: Service, action: str, body: dict[str, Any]) -> dict[str, Any]:
    case = await service.acted("hanako", await fee_due(service), "pay", {"comment": "x"})
    return await service.acted("examiner", case, action, {**body, "comment": WORDS})


@pytest.mark.parametrize(
    ("action", "body"), [("propose-grant", {"reason": "支障なし"}), ("propose-refusal", {"reasons": ["方式に適合しない"]})]
)
async def test_the_applicant_sees_the_decision_and_not_the_proposal(service: Service, action: str, body: dict[str, Any]) -> None:
    case = await proposed(service, action, body)
    examiner = case["proposal"]["by_name"]
    path = f"/applications/{case['id']}"
    for page in (path, f"{path}/events", "/applications"):
        shown = await service.get("hanako", page)
        assert WORDS not in shown.text
        assert not any(reason in shown.text for reasons in body.values() for reason in reasons if len(reason) > 1)
    seen = (await service.get("hanako", path)).json()
    assert (seen["proposal"], seen["decision"], examiner in (await service.get("hanako", path)).text) == (None, None, False)
    assert (await service.get("director", path)).json()["proposal"]["by_name"] == examiner
    assert (await service.events("director", case))[-1]["comment"] == WORDS
    await service.acted("director", case, "approve")
    decided = (await service.get("hanako", path)).json()
    assert (decided["proposal"], decided["decision"]["kind"]) == (None, "grant" if action == "propose-grant" else "refusal")


async def test_an_administrator_reads_no_name_and_nothing_that_was_written(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    await service.put("hanako", f"/applications/{case['id']}", {"form": {**case["form"], "contact": {"name": "総務華子"}}})
    await service.acted("hanako", case, "submit", {"comment": "私は総務花子です"})
    await service.acted("hanako", case, "pay", {"comment": "私は総務花子です"})
    requests = [{"field": "/contact/name", "message": "総務華子か総務花子か"}]
    await service.acted("examiner", case, "request-correction", {"requests": requests, "due_on": "2020-06-15"})
    for page in (f"/applications/{case['id']}", f"/applications/{case['id']}/events", "/applications"):
        shown = await service.get("admin", page)
        assert shown.status_code == 200
        assert "総務" not in shown.text
        assert "花子" not in shown.text
    events = await service.events("admin", case)
    assert [event["action"] for event in events] == ["import", "edit", "submit", "pay", "request-correction"]
    assert [event["actor"]["name"] is None for event in events] == [True, True, True, True, False]
    assert {change["field"] for change in events[1]["changes"]} == {"/contact/name"} or events[1]["changes"]
    assert "総務" in (await service.get("examiner", f"/applications/{case['id']}/events")).text


async def test_nothing_is_owed_once_a_case_is_over(service: Service) -> None:
    withdrawn = await service.acted("hanako", await fee_due(service), "withdraw")
    assert (withdrawn["status"], withdrawn["fee"]["status"], withdrawn["fee"]["amount_yen"]) == ("withdrawn", "cancelled", 2900)
    refused = await service.acted("examiner", await fee_due(service), "propose-refusal", {"reasons": ["x"]})
    assert refused["fee"]["status"] == "due"
    assert (await service.acted("director", refused, "approve"))["fee"]["status"] == "cancelled"
    paid = await service.acted("hanako", await service.acted("hanako", await fee_due(service), "pay", {"comment": "x"}), "withdraw")
    assert (paid["fee"]["status"], paid["fee"]["paid_yen"]) == ("paid", 2900)


@pytest.mark.parametrize(
    "message",
    [{}, "", "  ", {"fr": "x"}, {"ja": "x", "fr": "y"}, {"ja": " "}, {"ja": 1}, {"ja": None, "en": None}, 7, ["x"], "長" * 4001],
)
async def test_what_is_asked_is_said_in_words(service: Service, message: Any) -> None:
    case = await fee_due(service)
    body = {"requests": [{"field": "/contact/name", "message": message}], "due_on": "2020-06-15"}
    answer = await service.act("examiner", case, "request-correction", body)
    assert problem(answer) == (422, "command_invalid")
    assert all(error["field"].startswith("/requests/0/message") for error in answer.json()["errors"])


@pytest.mark.parametrize("message", ["確かめて", {"ja": "確かめて"}, {"en": "check"}, {"ja": "確かめて", "en": "check"}])
async def test_what_is_asked_is_there_in_both_languages(service: Service, message: Any) -> None:
    case = await fee_due(service)
    body = {"requests": [{"field": "/contact/name", "message": message}], "due_on": "2021-06-01"}
    await service.acted("examiner", case, "request-correction", body)
    asked = (await service.get("hanako", f"/applications/{case['id']}/requests")).json()["items"][0]["message"]
    assert all(asked[language] in ("確かめて", "check") for language in ("ja", "en"))


@pytest.mark.parametrize("due_on", ["2020-05-31", "2020-06-01", "2021-06-03", "2999-12-31"])
async def test_a_day_for_a_correction_lies_ahead_and_not_years_ahead(service: Service, due_on: str) -> None:
    case = await fee_due(service)
    requests = [{"field": "/contact/name", "message": "x"}]
    answer = await service.act("examiner", case, "request-correction", {"requests": requests, "due_on": due_on})
    assert problem(answer) == (422, "due_on_required")
    assert (await service.acted("examiner", case, "request-correction", {"requests": requests, "due_on": "2020-06-02"}))["status"] == (
        "correction_requested"
    )


@pytest.mark.parametrize("received_on", ["1890-01-01", "1950-05-02", "2020-06-02", "2020-6-1", 1590969600, "2020-05-01T00:00:00"])
async def test_a_day_of_arrival_is_a_day_whose_law_is_kept(service: Service, received_on: Any) -> None:
    form = (await service.imported("hanako", ONE_STEP))["form"]
    body = {"procedure": NEW, "form": form, "channel": "paper", "received_on": received_on}
    answer = await service.post("clerk", "/applications", body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["/received_on"]
    assert (await service.post("clerk", "/applications", {**body, "received_on": "2020-05-01"})).status_code == 201


@pytest.mark.parametrize(("received_on", "status"), [("1890-01-01", 400), ("1950-05-02", 422), ("2020-06-02", 422), ("2020-6-1", 400)])
async def test_a_day_of_arrival_of_a_file_is_a_day_whose_law_is_kept(service: Service, received_on: str, status: int) -> None:
    answer = await service.upload("clerk", ONE_STEP, received_on=received_on)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (status, ["received_on"])
    assert (await service.upload("clerk", ONE_STEP, received_on="2020-05-01")).status_code == 201


@pytest.mark.parametrize("body", ["", " ", "\n\t　", "x\x00"])
async def test_a_message_says_something(service: Service, body: str) -> None:
    case = await fee_due(service)
    answer = await service.post("hanako", f"/applications/{case['id']}/messages", {"body": body})
    assert (problem(answer), answer.json()["errors"][0]["field"]) == ((422, "invalid_content"), "/body")
    assert (await service.post("hanako", f"/applications/{case['id']}/messages", {"body": " はい "})).status_code == 201


@pytest.mark.parametrize("kind", ["filing", "anything", "Other", "articles\n", ""])
async def test_an_attachment_is_of_a_kind_that_the_procedure_knows(service: Service, kind: str) -> None:
    case = await fee_due(service)
    headers = {**await service.headers("hanako"), "Content-Type": "application/pdf"}
    path = f"/api/v1/applications/{case['id']}/attachments"
    answer = await service.client.post(path, content=b"%PDF", headers=headers, params={"kind": kind})
    assert answer.json()["errors"][0]["field"] == "kind"
    if kind in {"filing", "anything", "Other"}:
        assert problem(answer) == (422, "attachment_kind_invalid")
        assert "power_of_attorney" in answer.json()["detail"]
    known = await service.client.post(path, content=b"%PDF", headers=headers, params={"kind": "power_of_attorney"})
    assert known.status_code == 201


@pytest.mark.parametrize(
    ("query", "field", "status", "code"),
    [
        ({}, {"kind": "power_of_attorney"}, 201, ""),
        ({"kind": "power_of_attorney"}, {}, 201, ""),
        ({"kind": "power_of_attorney"}, {"kind": "power_of_attorney"}, 201, ""),
        ({"kind": "other"}, {"kind": "power_of_attorney"}, 400, "invalid_parameter"),
        ({}, {"kind": "x" * 51}, 400, "invalid_parameter"),
        ({}, {}, 400, "invalid_parameter"),
        ({}, {"kind": "anything"}, 422, "attachment_kind_invalid"),
    ],
)
async def test_the_kind_of_an_attachment_may_stand_in_the_form(
    service: Service, query: dict[str, str], field: dict[str, str], status: int, code: str
) -> None:
    case = await fee_due(service)
    answer = await service.client.post(
        f"/api/v1/applications/{case['id']}/attachments",
        files={"file": ("委任状.pdf", b"%PDF", "application/pdf")},
        data=field,
        params=query,
        headers=await service.headers("hanako"),
    )
    if status == 201:
        assert (answer.status_code, answer.json()["kind"], answer.json()["name"]) == (201, "power_of_attorney", "委任状.pdf")
    else:
        assert problem(answer) == (status, code)
        assert [error["field"] for error in answer.json()["errors"]] == ["kind"]
