"""Procedures in force, validation without storing, and the movable clock."""

from __future__ import annotations

from datetime import datetime

from partner import clock
from tests.api.applications.conftest import Service


async def test_procedures_are_public_and_depend_on_the_day(service: Service) -> None:
    answer = await service.client.get("/api/v1/procedures", params={"on": "2020-06-01"})
    assert answer.status_code == 200
    items = {item["code"]: item for item in answer.json()["items"]}
    assert {"amateur-new-license", "amateur-renewal", "amateur-change", "amateur-discontinuation"} <= set(items)
    renewal = items["amateur-renewal"]
    assert set(renewal) >= {"code", "title", "kind", "citations", "station_classes"}
    assert set(renewal["title"]) == {"ja", "en"}
    assert (await service.client.get("/api/v1/procedures", params={"on": "1950-06-01"})).json()["items"] == []
    assert (await service.client.get("/api/v1/procedures", params={"on": "soon"})).status_code == 400


async def test_a_procedure_has_its_form_window_fee_route_attachments_and_checks(service: Service) -> None:
    answer = await service.client.get("/api/v1/procedures/amateur-renewal", params={"on": "2023-08-01"})
    whole = answer.json()
    assert whole["form"]["type"] == "object"
    assert whole["form"]["$schema"].endswith("2020-12/schema")
    assert whole["window"]
    assert whole["fee"]
    assert whole["route"] == ["renewal"]
    assert "renewal-window" in {check["check"] for check in whole["checks"]}
    assert isinstance(whole["attachments"], list)
    missing = await service.client.get("/api/v1/procedures/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_procedure")


async def test_validate_finds_what_filing_finds_and_stores_nothing(service: Service) -> None:
    case = await service.imported("hanako", "new-license_one-step.xml")
    before = len((await service.get("hanako", "/applications")).json()["items"])
    answer = await service.post("hanako", "/validate", {"procedure": case["procedure"], "form": case["form"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["findings"] == case["findings"]
    assert answer.json()["fee"]["amount_yen"] == 2900
    assert len((await service.get("hanako", "/applications")).json()["items"]) == before
    anonymous = await service.client.post("/api/v1/validate", json={"procedure": case["procedure"], "form": case["form"]})
    assert anonymous.status_code == 401


async def test_an_administrator_moves_the_clock_forward_only(service: Service) -> None:
    moved = await service.post("admin", "/clock", {"now": "2020-06-02T09:00:00+09:00"})
    assert moved.status_code == 200, moved.text
    assert clock.now() >= datetime.fromisoformat("2020-06-02T09:00:00+09:00")
    back = await service.post("admin", "/clock", {"now": "2020-06-01T09:00:00+09:00"})
    assert (back.status_code, back.json()["code"]) == (422, "clock_backwards")
    assert (await service.post("admin", "/clock", {"now": "2021-06-01T09:00:00"})).status_code == 422
    assert (await service.post("examiner", "/clock", {"now": "2021-06-02T09:00:00+09:00"})).status_code == 403
    assert clock.today().year == 2020
