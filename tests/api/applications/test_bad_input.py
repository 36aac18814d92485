"""Bad input gets its own clear problem, and nothing is lost or half done. The allowed stands beside the forbidden."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from partner import clock
from partner.registry.service import License
from tests.api.applications.conftest import SAMPLES, Service

ONE_STEP = "new-license_one-step.xml"
RENEWAL = "renewal_再免許.xml"


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def total(service: Service, persona: str = "hanako") -> int:
    return len((await service.get(persona, "/applications")).json()["items"])


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<unfinished", 400, "xml_broken"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400, "xml_forbidden"),
        (b"<other/>", 415, "unknown_form"),
    ],
)
async def test_a_file_that_cannot_be_read(service: Service, content: bytes, status: int, code: str) -> None:
    before = await total(service)
    assert problem(await service.upload("hanako", content)) == (status, code)
    assert await total(service) == before


async def test_a_file_of_an_unknown_version_kind_or_class(service: Service) -> None:
    sample = (SAMPLES / ONE_STEP).read_text(encoding="utf-8")
    version = sample.replace("<m:申請書様式バージョン>0009", "<m:申請書様式バージョン>0001")
    kind = sample.replace("<申請区分>A1", "<申請区分>ZZ")
    station_class = sample.replace("<無線局の種別>AT", "<無線局の種別>QQ")
    assert problem(await service.upload("hanako", version.encode())) == (422, "unknown_form_version")
    assert problem(await service.upload("hanako", kind.encode())) == (422, "unknown_application_kind")
    assert problem(await service.upload("hanako", station_class.encode())) == (422, "unknown_station_class")


async def test_no_file_or_another_kind_of_file(service: Service) -> None:
    assert problem(await service.upload("hanako", b"")) == (400, "no_file")
    headers = {**await service.headers("hanako"), "Content-Type": "image/png"}
    assert problem(await service.client.post("/api/v1/applications/import", content=b"x", headers=headers)) == (
        415,
        "unsupported_media_type",
    )


async def test_somebody_elses_file_is_refused_and_the_own_is_taken(service: Service) -> None:
    answer = await service.upload("taro", ONE_STEP)
    assert problem(answer) == (403, "applicant_mismatch")
    assert answer.json()["errors"][0]["field"] == "/form/applicant/name"
    assert answer.json()["remedy"]
    assert (await service.upload("hanako", ONE_STEP)).status_code == 201


async def test_a_form_with_nonsense_names_the_fields(service: Service) -> None:
    body = {"procedure": "amateur-new-license", "form": {"station": {"assignments": "many"}, "applicant": {"kind": 7}}}
    answer = await service.post("hanako", "/applications", body)
    assert problem(answer) == (422, "form_invalid")
    assert "/form/station/assignments" in {error["field"] for error in answer.json()["errors"]}
    assert problem(await service.post("hanako", "/applications", ["x"])) == (422, "invalid_content")


@pytest.mark.parametrize("path", ["/applications", "/validate"])
async def test_an_unknown_procedure_is_a_field_of_the_body(service: Service, path: str) -> None:
    before = await total(service)
    answer = await service.post("hanako", path, {"procedure": "nothing", "form": {}})
    assert problem(answer) == (422, "unknown_procedure")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("/procedure", "unknown_procedure")]
    assert "GET /api/v1/procedures" in answer.json()["remedy"]
    assert await total(service) == before
    known = await service.post("hanako", path, {"procedure": "amateur-new-license", "form": {}})
    assert known.status_code in {200, 201}
    assert problem(await service.get("hanako", "/procedures/nothing")) == (404, "unknown_procedure")


async def test_a_second_submit_and_an_action_out_of_turn(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    out_of_turn = await service.act("hanako", case, "pay", {"comment": "x"})
    assert problem(out_of_turn) == (409, "wrong_state")
    assert "submit" in out_of_turn.json()["remedy"]
    await service.acted("hanako", case, "submit")
    second = await service.act("hanako", case, "submit")
    assert problem(second) == (409, "wrong_state")
    assert "pay" in second.json()["remedy"]
    assert len(await service.events("hanako", case)) == 2
    assert problem(await service.act("hanako", case, "dance")) == (404, "unknown_action")


async def test_what_is_not_ones_part_and_what_is_not_ones_to_see(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    await service.acted("hanako", case, "submit")
    await service.acted("hanako", case, "pay", {"comment": "x"})
    assert problem(await service.act("hanako", case, "propose-grant")) == (403, "not_your_part")
    assert problem(await service.act("director", case, "propose-grant")) == (403, "not_your_part")
    assert problem(await service.act("admin", case, "propose-grant")) == (403, "insufficient_scope")
    assert problem(await service.act("taro", case, "withdraw")) == (404, "application_not_found")
    assert problem(await service.get("taro", f"/applications/{case['id']}")) == (404, "application_not_found")
    assert problem(await service.get("taro", f"/applications/{case['id']}/events")) == (404, "application_not_found")
    assert problem(await service.get("app", f"/applications/{case['id']}")) == (403, "insufficient_scope")
    assert problem(await service.get("examiner", f"/applications/{uuid4()}")) == (404, "application_not_found")
    assert (await service.client.get(f"/api/v1/applications/{case['id']}")).status_code == 401
    await service.acted("examiner", case, "propose-grant")
    assert problem(await service.act("examiner", case, "approve")) == (403, "not_your_part")
    assert (await service.acted("director", case, "approve"))["status"] == "granted"


async def test_a_stale_if_match(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    read = await service.get("hanako", f"/applications/{case['id']}")
    path, form = f"/applications/{case['id']}", {"form": case["form"]}
    tag = read.headers["etag"]
    first = await service.put("hanako", path, form, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    assert problem(await service.put("hanako", path, form, headers={"If-Match": tag})) == (412, "stale")
    submit = f"{path}/actions/submit"
    assert problem(await service.post("hanako", submit, headers={"If-Match": tag})) == (412, "stale")
    assert problem(await service.post("hanako", submit, headers={"If-Match": '"x"'})) == (412, "stale")
    assert (await service.post("hanako", submit, headers={"If-Match": first.headers["etag"]})).status_code == 200


async def test_an_idempotency_key_writes_once(service: Service) -> None:
    body: dict[str, Any] = {"procedure": "amateur-new-license", "form": {}}
    key = {"Idempotency-Key": "one"}
    before = await total(service)
    first = await service.post("hanako", "/applications", body, headers=key)
    again = await service.post("hanako", "/applications", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["etag"] == first.headers["etag"]
    assert await total(service) == before + 1
    other = await service.post("hanako", "/applications", {**body, "form": {"remarks": "other"}}, headers=key)
    assert problem(other) == (422, "idempotency_key_reused")
    assert (await service.post("taro", "/applications", body, headers=key)).json()["id"] != first.json()["id"]


async def test_200_submits_at_once_are_one_case_and_one_fee(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    answers = await asyncio.gather(*(service.act("hanako", case, "submit") for _ in range(200)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 199
    assert [event["action"] for event in await service.events("hanako", case)] == ["import", "submit"]
    assert (await service.act("hanako", case, "pay", {"comment": "x"})).status_code == 200
    assert problem(await service.act("hanako", case, "pay", {"comment": "x"})) == (409, "wrong_state")


async def test_a_renewal_outside_its_window_names_the_way_out(service: Service, taros_license: License) -> None:
    clock.move_to(datetime.fromisoformat("2023-06-30T09:00:00+09:00"))
    early = await service.imported("taro", RENEWAL)
    finding = next(finding for finding in early["findings"] if finding["check"] == "renewal-window")
    assert finding["outcome"] == "fail"
    assert "2023-07-01" in finding["message"]["en"] + finding["remedy"]["en"]
    assert problem(await service.act("taro", early, "submit")) == (422, "findings_block")
    clock.move_to(datetime.fromisoformat("2023-12-01T09:00:00+09:00"))
    late = await service.imported("taro", RENEWAL)
    finding = next(finding for finding in late["findings"] if finding["check"] == "renewal-window")
    assert finding["outcome"] == "fail"
    assert "廃止" in finding["remedy"]["ja"]
    assert "discontin" in finding["remedy"]["en"].lower()
    assert problem(await service.act("taro", late, "submit")) == (422, "findings_block")


async def test_a_renewal_of_somebody_elses_license(service: Service, taros_license: License) -> None:
    clock.move_to(datetime.fromisoformat("2023-08-01T09:00:00+09:00"))
    form = (await service.imported("taro", RENEWAL))["form"]
    form["applicant"] = {"kind": "individual"}
    answer = await service.post("hanako", "/applications", {"procedure": "amateur-renewal", "form": form})
    assert answer.status_code == 201
    case = answer.json()
    assert case["form"]["applicant"]["name"] == "総務　花子"
    held = next(finding for finding in case["findings"] if finding["check"] == "license-held")
    assert (held["outcome"], held["field"]) == ("fail", "/license_number")
    assert problem(await service.act("hanako", case, "submit")) == (422, "findings_block")
