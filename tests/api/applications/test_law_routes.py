"""Procedures in force, validation without storing, and the movable clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry.facts import License
from tests.api.applications.conftest import Service
from tests.api.applications.worked import licensee, on_form


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
    assert (whole["window"]["id"], whole["fee"]["id"], whole["inspection_fee"]) == ("amateur-renewal", "amateur-renewal", None)
    assert [route["id"] for route in whole["route"]] == ["renewal"]
    assert "renewal-window" in {check["check"] for check in whole["checks"]}
    assert {"power_of_attorney", "other"} == {one["kind"] for one in whole["attachments"]}
    missing = await service.client.get("/api/v1/procedures/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_procedure")


async def procedure(service: Service, code: str, on: str) -> dict[str, Any]:
    answer = await service.client.get(f"/api/v1/procedures/{code}", params={"on": on})
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = answer.json()
    return whole


@pytest.mark.parametrize(
    ("on", "opens", "closes", "since", "words"),
    [("2023-03-21", 12, 1, "2003-08-11", "17条"), ("2023-03-22", 6, 1, "2023-03-22", "18条")],
)
async def test_the_window_of_the_day(service: Service, on: str, opens: int, closes: int, since: str, words: str) -> None:
    window = (await procedure(service, "amateur-renewal", on))["window"]
    assert (window["opens_months"], window["closes_months"], window["from"], window["confirmed"]) == (opens, closes, since, True)
    assert words in window["citation"]


async def test_the_checks_of_the_day(service: Service) -> None:
    before, after = [
        {check["id"]: check for check in (await procedure(service, "amateur-new-license", on))["checks"]}
        for on in ("2023-03-21", "2023-03-22")
    ]
    assert set(after) - set(before) == {"field-strength"}
    assert set(before) - set(after) == set()
    found = after["field-strength"]
    assert (found["from"], found["outcome"], found["confirmed"]) == ("2023-03-22", "fail", True)
    assert found["citation"]
    assert set(found["message"]) == set(found["remedy"]) == {"ja", "en"}


@pytest.mark.parametrize(
    ("on", "amounts", "certificate"),
    [
        ("2025-09-30", {"electronic": 1950, "paper": 3050}, None),
        ("2025-10-01", {"electronic": 1700, "paper": 2850}, {"electronic": None, "paper": 480}),
    ],
)
async def test_the_fee_of_the_day(service: Service, on: str, amounts: dict[str, int], certificate: dict[str, int | None] | None) -> None:
    fee = (await procedure(service, "amateur-renewal", on))["fee"]
    assert fee["lines"] == [{"up_to_w": None, "amount_yen": amounts, "confirmed": True, "why": None}]
    assert (fee["certificate"], fee["confirmed"], fee["exempt"]["applicant_kinds"]) == (certificate, True, ["government"])
    assert "手数料令" in fee["citation"]


async def test_the_fees_by_power_and_of_the_inspection(service: Service) -> None:
    whole = await procedure(service, "amateur-new-license", "2025-09-30")
    lines = [(line["up_to_w"], line["amount_yen"]["electronic"], line["confirmed"]) for line in whole["fee"]["lines"]]
    assert lines == [(50, 2900, True), (None, 5500, True)]
    inspection = whole["inspection_fee"]
    assert inspection["id"] == "amateur-inspection"
    assert inspection["lines"][-1]["amount_yen"]["paper"] == 31300
    assert inspection["further"][-1]["amount_yen"]["paper"] == 8000
    assert inspection["documents_only"] == {"electronic": 2450, "paper": 2550}
    unknown = (await procedure(service, "land-mobile-new-license", "2025-10-01"))["fee"]["lines"]
    assert [line["confirmed"] for line in unknown] == [True, True, False, False, False, False]
    assert all(line["why"] for line in unknown if not line["confirmed"])


async def test_the_steps_of_a_route(service: Service) -> None:
    whole = await procedure(service, "amateur-new-license", "2023-08-01")
    simplified, full = whole["route"]
    assert (simplified["id"], full["id"], full["when"]) == ("simplified", "full", None)
    assert "all_conforming" in simplified["when"]
    assert simplified["citation"]
    paid = next(step for step in simplified["steps"] if step["action"] == "pay")
    assert (paid["from"], paid["to"], paid["who"]) == (["fee_due"], "examining", ["applicant", "agent", "clerk"])
    assert {step["to"] for step in full["steps"]} > {"provisional", "completion_notified", "granted"}
    diagram = next(one for one in whole["attachments"] if one["kind"] == "transmitter_diagram")
    assert diagram["conditional"]
    assert "200" in diagram["required_when"]


async def test_what_has_no_window_and_no_fee_says_so(service: Service) -> None:
    whole = await procedure(service, "amateur-change", "2023-08-01")
    assert (whole["window"], whole["fee"], whole["inspection_fee"]) == (None, None, None)
    early = (await procedure(service, "amateur-renewal", "2003-08-11"))["fee"]
    assert (early["id"], early["lines"], early["confirmed"], early["citation"]) == ("amateur-renewal", [], False, None)


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


async def known(database: Database) -> list[tuple[Any, ...]]:
    """Everybody who is known as an applicant, with their account and licensee."""
    statement = text("SELECT a.id, a.licensee_id, l.account_id FROM applicant a LEFT JOIN applicant_account l ON l.applicant_id = a.id")
    async with database.transaction(SYSTEM) as session:
        return sorted(map(tuple, await (await session.connection()).execute(statement)), key=repr)


async def test_validate_knows_the_licenses_of_somebody_who_never_filed(
    service: Service, database: Database, taros_license: License
) -> None:
    form = {"discontinuation": {"license_number": taros_license.license_number, "ends_on": "2020-06-30"}}
    body = {"procedure": "amateur-discontinuation", "form": form}
    before = await known(database)
    own, others = [(await service.post(persona, "/validate", body)).json()["findings"] for persona in ("taro", "hanako")]
    assert await known(database) == before
    assert {one["check"]: one["outcome"] for one in own}["license-held"] == "pass"
    assert {one["check"]: one["outcome"] for one in others}["license-held"] == "fail"
    drafted = (await service.post("taro", "/applications", body)).json()
    assert drafted["findings"] == own


async def test_validate_tells_whom_the_form_would_be_filed_for(service: Service, taros_license: License) -> None:
    named = {"applicant": on_form(licensee("taro"))}
    form = {**named, "discontinuation": {"license_number": taros_license.license_number, "ends_on": "2020-06-30"}}
    body = {"procedure": "amateur-discontinuation", "form": form}
    for path in ("/validate", "/applications"):
        refused = await service.post("hanako", path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "applicant_mismatch")
    held = {
        persona: {one["check"]: one["outcome"] for one in (await service.post(persona, "/validate", body)).json()["findings"]}
        for persona in ("clerk", "examiner")
    }
    assert (held["clerk"]["license-held"], held["examiner"]["license-held"]) == ("pass", "fail")


async def test_validate_tells_of_what_the_office_begins_as_beginning_it_would(
    service: Service, database: Database, taros_license: License
) -> None:
    disposition = {"license_number": taros_license.license_number, "reason": "電波法76条4項1号に当たるため"}
    body: dict[str, Any] = {"procedure": "revocation", "form": {"disposition": disposition}}
    before = await known(database)
    answer = await service.post("examiner", "/validate", body)
    assert answer.status_code == 200, answer.text
    assert await known(database) == before
    outcomes = {one["check"]: one["outcome"] for one in answer.json()["findings"]}
    assert outcomes["license-held"] == "pass"
    for persona, number, status, code in (
        ("taro", taros_license.license_number, 403, "not_an_examiner"),
        ("clerk", taros_license.license_number, 403, "not_an_examiner"),
        ("examiner", "関ＡＴ第9999999号", 404, "license_not_found"),
    ):
        asked = {**body, "form": {"disposition": {**disposition, "license_number": number}}}
        refused = [await service.post(persona, path, asked) for path in ("/validate", "/applications")]
        assert [(one.status_code, one.json()["code"]) for one in refused] == [(status, code)] * 2
    begun = (await service.post("examiner", "/applications", body)).json()
    whole = answer.json()
    assert (begun["findings"], begun["route"], begun["fee"]) == (whole["findings"], whole["route"], whole["fee"])


async def test_an_order_before_the_hearing_is_refused_with_what_comes_first(service: Service, taros_license: License) -> None:
    """法77条, 行政手続法13条: whoever the order is against is heard before it."""
    disposition = {"license_number": taros_license.license_number, "reason": "電波法76条4項1号に当たるため"}
    for procedure in ("revocation", "operation-stop"):
        stop = {"suspension": {"first": "2020-07-01", "last": "2020-07-31"}} if procedure == "operation-stop" else {}
        body = {"procedure": procedure, "form": {"disposition": disposition, **stop}}
        case = (await service.post("examiner", "/applications", body)).json()
        draft = await service.act("examiner", case, "propose-grant", {"reason": "支障なし"})
        case = await service.acted("examiner", case, "submit")
        received = await service.act("examiner", case, "propose-grant", {"reason": "支障なし"})
        for refused in (draft, received):
            problem = refused.json()
            assert (refused.status_code, problem["code"]) == (409, "wrong_state")
            assert "77条" in str(problem)
            assert "request-correction" in str(problem)


async def test_an_administrator_moves_the_clock_forward_only(service: Service) -> None:
    moved = await service.post("admin", "/clock", {"now": "2020-06-02T09:00:00+09:00"})
    assert moved.status_code == 200, moved.text
    assert clock.now() >= datetime.fromisoformat("2020-06-02T09:00:00+09:00")
    back = await service.post("admin", "/clock", {"now": "2020-06-01T09:00:00+09:00"})
    assert (back.status_code, back.json()["code"]) == (422, "clock_backwards")
    assert (await service.post("admin", "/clock", {"now": "soon"})).status_code == 422
    assert (await service.post("examiner", "/clock", {"now": "2021-06-02T09:00:00+09:00"})).status_code == 403
    assert clock.today().year == 2020


@pytest.mark.parametrize(
    ("now", "becomes"),
    [
        ("2020-06-02T09:00:00", "2020-06-02T09:00:00+09:00"),
        ("2020-06-02 09:00", "2020-06-02T09:00:00+09:00"),
        ("2020-06-02T09:00:00Z", "2020-06-02T18:00:00+09:00"),
        ("2020-06-02T09:00:00-05:00", "2020-06-02T23:00:00+09:00"),
        ("2020-06-02", "2020-06-02T00:00:00+09:00"),
    ],
)
async def test_without_a_time_zone_the_clock_is_set_in_japan(service: Service, now: str, becomes: str) -> None:
    answer = await service.post("admin", "/clock", {"now": now})
    assert answer.status_code == 200, answer.text
    shown = datetime.fromisoformat(answer.json()["now"])
    assert timedelta(0) <= shown - datetime.fromisoformat(becomes) < timedelta(minutes=1)
    assert shown.utcoffset() == timedelta(hours=9)


async def test_a_whole_number_is_one_however_json_writes_it(service: Service) -> None:
    form = (await service.imported("hanako", "new-license_one-step.xml"))["form"]
    form["station"]["assignments"][0]["frequency_hz"] = 145000000.0
    form["station"]["station_count"] = 1.0
    answer = await service.post("hanako", "/applications", {"procedure": "amateur-new-license", "form": form})
    assert answer.status_code == 201, answer.text
    station = answer.json()["form"]["station"]
    assert (station["assignments"][0]["frequency_hz"], station["station_count"]) == (145000000, 1)
    assert '"frequency_hz":145000000,' in answer.text
    assert '"station_count":1,' in answer.text
    for wrong in (145000000.5, True, "145000000", 1e30):
        form["station"]["assignments"][0]["frequency_hz"] = wrong
        refused = await service.post("hanako", "/applications", {"procedure": "amateur-new-license", "form": form})
        assert (refused.status_code, refused.json()["code"]) == (422, "form_invalid")
        assert [error["field"] for error in refused.json()["errors"]] == ["/form/station/assignments/0/frequency_hz"]
