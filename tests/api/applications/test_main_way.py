"""The main job, end to end: a real application file becomes a license that anyone can look up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from partner import clock
from partner.registry.service import License
from tests.api.applications.conftest import TARO_NUMBER, Service


def fails(case: dict[str, Any]) -> list[str]:
    return [finding["field"] for finding in case["findings"] if finding["outcome"] == "fail"]


async def test_the_one_step_sample_becomes_a_license(service: Service) -> None:
    answer = await service.upload("hanako", "new-license_one-step.xml")
    assert answer.status_code == 201, answer.text
    assert answer.json()["unmapped"] == []
    case = answer.json()["applications"][0]
    assert (case["status"], case["procedure"], case["route"], case["channel"]) == (
        "draft",
        "amateur-new-license",
        "simplified",
        "electronic",
    )
    assert fails(case) == []
    assert (case["fee"]["amount_yen"], case["fee"]["confirmed"]) == (2900, True)
    assert case["available_actions"] == ["submit", "withdraw"]

    submitted = await service.acted("hanako", case, "submit")
    assert (submitted["status"], submitted["received_on"], submitted["fee"]["status"]) == ("fee_due", "2020-06-01", "due")
    paid = await service.acted("hanako", case, "pay", {"comment": "ペイジー"})
    assert (paid["status"], paid["fee"]["status"]) == ("examining", "paid")
    proposed = await service.acted("examiner", case, "propose-grant")
    assert proposed["status"] == "in_approval"
    granted = await service.acted("director", case, "approve")
    assert granted["status"] == "granted"
    license_ = granted["license"]
    assert (license_["valid_from"], license_["valid_to"]) == ("2020-06-01", "2025-05-31")

    found = (await service.client.get("/api/v1/stations", params={"call_sign": license_["call_sign"]})).json()["items"]
    assert [station["id"] for station in found] == [license_["station_id"]]
    events = await service.events("hanako", case)
    assert [event["action"] for event in events] == ["import", "submit", "pay", "propose-grant", "approve"]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5]
    assert [event["to"] for event in events] == ["draft", "fee_due", "examining", "in_approval", "granted"]
    notices = (await service.get("hanako", "/notices")).json()["items"]
    assert [notice["kind"] for notice in notices] == ["granted"]


async def test_the_full_route_from_a_mended_sample(service: Service, taros_license: License) -> None:
    case = await service.imported("taro", "new-license_開局.xml")
    assert case["route"] == "full"
    assert any("completion" in field for field in fails(case))
    assert any("diagram" in field for field in fails(case))
    refused = await service.act("taro", case, "submit")
    assert (refused.status_code, refused.json()["code"]) == (422, "findings_block")
    assert refused.json()["errors"]

    form = case["form"]
    form["station"]["completion"] = {"kind": "date", "due_on": "2020-12-31"}
    form["station"].pop("remarks", None)
    mended = (await service.put("taro", f"/applications/{case['id']}", {"form": form})).json()
    attached = await service.client.post(
        f"/api/v1/applications/{case['id']}/attachments?kind=transmitter_diagram",
        content=b"%PDF-1.7 diagram",
        headers={**await service.headers("taro"), "Content-Type": "application/pdf"},
    )
    assert attached.status_code == 201, attached.text
    mended = (await service.get("taro", f"/applications/{case['id']}")).json()
    assert fails(mended) == [], [finding for finding in mended["findings"] if finding["outcome"] == "fail"]
    assert mended["fee"]["amount_yen"] == 5500

    await service.acted("taro", case, "submit")
    await service.acted("taro", case, "pay", {"comment": "x"})
    await service.acted("examiner", case, "propose-grant", {"reason": "原簿を確認した"})
    provisional = await service.acted("director", case, "approve")
    assert provisional["status"] == "provisional"
    assert provisional["license"] is None
    found = (await service.client.get("/api/v1/stations", params={"call_sign": "JA1QRZ", "status": "any"})).json()["items"]
    assert len(found) == 1
    clock.move_to(datetime.fromisoformat("2020-09-01T09:00:00+09:00"))
    notified = await service.acted("taro", case, "notify-completion")
    assert notified["status"] == "completion_notified"
    owed = notified["fee"]
    assert (owed["status"], owed["confirmed"], owed["paid_yen"]) == ("due", True, 5500)
    assert owed["amount_yen"] == sum(line["amount_yen"] for line in owed["lines"]) == owed["inspection"]["amount_yen"] > 0
    settled = (await service.acted("taro", case, "pay", {"comment": "検査手数料"}))["fee"]
    assert (settled["status"], settled["amount_yen"]) == ("paid", 5500 + owed["amount_yen"])
    assert settled["paid_yen"] == settled["amount_yen"] == sum(line["amount_yen"] for line in settled["lines"])
    inspected = await service.acted("inspector", case, "record-inspection", {"result": "pass"})
    assert inspected["status"] == "in_approval"
    granted = await service.acted("director", case, "approve")
    license_ = granted["license"]
    assert (granted["status"], license_["call_sign"], license_["valid_from"]) == ("granted", "JA1QRZ", "2020-09-01")
    found = (await service.client.get("/api/v1/stations", params={"call_sign": "JA1QRZ"})).json()["items"]
    assert len(found) == 2


async def test_a_renewal_in_its_window(service: Service, taros_license: License) -> None:
    clock.move_to(datetime.fromisoformat("2023-08-01T09:00:00+09:00"))
    case = await service.imported("taro", "renewal_再免許.xml")
    assert case["procedure"] == "amateur-renewal"
    assert fails(case) == [], case["findings"]
    assert case["fee"]["amount_yen"] == 1950
    case = await service.acted("taro", case, "submit")
    granted = await service.granted("taro", case)
    assert granted["license"] == {
        "station_id": str(taros_license.station_id),
        "license_number": TARO_NUMBER,
        "call_sign": "JA1QRZ",
        "valid_from": "2024-01-01",
        "valid_to": "2028-12-31",
    }
