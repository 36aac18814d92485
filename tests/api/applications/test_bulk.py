"""One step of many like cases: each its own decision and event, and one that refuses stops no other."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from partner.licensing import actions
from partner.registry.service import License
from tests.api.applications.conftest import Service

ONE_STEP = "new-license_one-step.xml"


async def examining(service: Service) -> dict[str, Any]:
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    return await service.acted("hanako", case, "pay", {"comment": "x"})


async def ordered(service: Service, persona: str, action: str, cases: list[dict[str, Any]], **content: Any) -> httpx2.Response:
    return await service.post(persona, f"/applications/bulk/{action}", {"ids": [case["id"] for case in cases], "content": content})


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_like_cases_are_proposed_and_approved_together_each_by_its_own_decision(service: Service) -> None:
    cases = [await examining(service) for _ in range(3)]
    proposed = (await ordered(service, "examiner", "propose-grant", cases, decision={"conditions": ["混信を与えないこと"]})).json()
    assert (proposed["done"], proposed["refused"]) == (3, 0)
    assert [item["id"] for item in proposed["items"]] == [case["id"] for case in cases]
    approved = (await ordered(service, "director", "approve", cases)).json()
    assert [item["status"] for item in approved["items"]] == ["granted"] * 3
    assert len({item["license"]["license_number"] for item in approved["items"]}) == 3
    for case in cases:
        shown = (await service.get("director", f"/applications/{case['id']}")).json()
        assert shown["decision"]["conditions"] == ["混信を与えないこと"]
        assert [event["action"] for event in await service.events("director", case)][-2:] == ["propose-grant", "approve"]


async def test_one_that_refuses_stops_no_other_and_says_why(service: Service) -> None:
    first, unpaid, last = await examining(service), await service.imported("hanako", ONE_STEP), await examining(service)
    unpaid = await service.acted("hanako", unpaid, "submit")
    stranger = {"id": str(uuid4())}
    answer = (await ordered(service, "examiner", "propose-grant", [first, unpaid, stranger, last])).json()
    assert [item["done"] for item in answer["items"]] == [True, False, False, True]
    codes = [item["problem"] and item["problem"]["code"] for item in answer["items"]]
    assert codes == [None, "wrong_state", "application_not_found", None]
    assert (await service.get("examiner", f"/applications/{unpaid['id']}")).json()["status"] == "fee_due"
    again = (await ordered(service, "examiner", "propose-grant", [first, last])).json()
    assert [item["problem"]["code"] for item in again["items"]] == ["wrong_state", "wrong_state"]


async def test_a_case_named_twice_is_done_once(service: Service) -> None:
    case = await examining(service)
    answer = (await ordered(service, "examiner", "propose-grant", [case, case])).json()
    assert (len(answer["items"]), answer["done"]) == (1, 1)


async def test_who_may_not_take_the_step_of_one_may_not_take_it_of_many(service: Service) -> None:
    case = await examining(service)
    for persona in ("hanako", "app", "admin"):
        assert problem(await ordered(service, persona, "propose-grant", [case])) == (403, "insufficient_scope")
    for persona in ("director", "inspector", "clerk"):
        [item] = (await ordered(service, persona, "propose-grant", [case])).json()["items"]
        assert (item["done"], item["problem"]["code"]) == (False, "not_your_part")
    assert (await service.post("examiner", "/applications/bulk/transfer", {"ids": [case["id"]]})).status_code == 404
    await service.acted("examiner", case, "transfer", {"bureau": "C"})
    [item] = (await ordered(service, "examiner", "propose-grant", [case])).json()["items"]
    assert item["problem"]["code"] == "application_not_found"


async def test_a_reason_is_never_shared(service: Service) -> None:
    """What rests on an unconfirmed value needs a typed reason of its own."""
    case = await examining(service)
    for words in ({"reason": "支障なし"}, {"comment": "支障なし"}, {"reasons": ["支障なし"]}):
        assert problem(await ordered(service, "examiner", "propose-grant", [case], **words)) == (422, "reason_not_shared")
    assert (await service.get("examiner", f"/applications/{case['id']}")).json()["status"] == "examining"


async def test_a_case_that_needs_a_reason_goes_its_own_way(service: Service) -> None:
    draft = await service.imported("hanako", ONE_STEP)
    draft["form"]["station"]["operators"] = [{"license_number": "ZZZH123"}]  # the operators' register does not know it
    await service.put("hanako", f"/applications/{draft['id']}", {"form": draft["form"]})
    case = await service.acted("hanako", await service.acted("hanako", draft, "submit"), "pay", {"comment": "x"})
    [item] = (await ordered(service, "examiner", "propose-grant", [case])).json()["items"]
    assert (item["done"], item["problem"]["code"]) == (False, "reason_required")
    assert (await service.acted("examiner", case, "propose-grant", {"reason": "原簿に照会済み"}))["status"] == "in_approval"


async def test_cases_of_different_procedures_are_not_alike(service: Service, taros_license: License) -> None:
    form = {"discontinuation": {"license_number": taros_license.license_number, "ends_on": "2020-06-30"}}
    other = (await service.post("taro", "/applications", {"procedure": "amateur-discontinuation", "form": form})).json()
    submitted = await service.act("taro", other, "submit")
    assert submitted.status_code == 200, submitted.text
    assert problem(await ordered(service, "examiner", "propose-refusal", [await examining(service), other], reasons=["x"])) == (
        422,
        "not_alike",
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ids": []}, 422),
        ({"ids": [str(uuid4()) for _ in range(501)]}, 422),
        ({"ids": ["x"]}, 422),
        ({}, 422),
        ({"ids": [str(uuid4())], "x": 1}, 422),
    ],
)
async def test_an_order_that_is_none(service: Service, body: dict[str, Any], status: int) -> None:
    assert (await service.post("examiner", "/applications/bulk/approve", body)).status_code == status


async def test_a_fault_at_one_case_leaves_the_others_their_answer(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    first, broken, last = [await examining(service) for _ in range(3)]
    original = actions.perform

    async def faulty(*given: Any, **named: Any) -> Any:
        if str(given[3]) == broken["id"]:
            raise RuntimeError("planted")
        return await original(*given, **named)

    monkeypatch.setattr(actions, "perform", faulty)
    answer = (await ordered(service, "examiner", "propose-grant", [first, broken, last])).json()
    assert [item["done"] for item in answer["items"]] == [True, False, True]
    assert answer["items"][1]["problem"]["code"] == "internal_error"
    assert "planted" not in str(answer)
    assert (await service.get("examiner", f"/applications/{broken['id']}")).json()["status"] == "examining"
