"""What no honest program sends is refused in words, and never breaks anything: the allowed stands beside the forbidden."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from partner import clock
from tests.api.applications.conftest import Service

ONE_STEP = "new-license_one-step.xml"
NEW = "amateur-new-license"
HALF = '"\\ud83d"'  # JSON of half of a surrogate pair


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def fields(answer: httpx2.Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


async def send(service: Service, persona: str, path: str, text: str, *, content_type: str = "application/json") -> httpx2.Response:
    headers = {**await service.headers(persona), "Content-Type": content_type}
    return await service.client.post(f"/api/v1{path}", content=text.encode(), headers=headers)


async def examining(service: Service) -> dict[str, Any]:
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    return await service.acted("hanako", case, "pay", {"comment": "x"})


@pytest.mark.parametrize("path", ["/applications", "/validate"])
@pytest.mark.parametrize("number", ["9" * 400, "1e400", "-" + "9" * 400])
async def test_a_number_of_any_length_is_refused_by_its_field(service: Service, path: str, number: str) -> None:
    text = f'{{"procedure":"{NEW}","form":{{"station":{{"station_count":{number}}}}}}}'
    answer = await send(service, "hanako", path, text)
    assert problem(answer) == (422, "form_invalid")
    assert fields(answer) == ["/form/station/station_count"]


async def test_a_number_of_thousands_of_digits_and_a_body_of_thousands_of_levels(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for inside in ("9" * 5000, '{"a":' * 500 + "1" + "}" * 500, '{"a":' * 100_000 + "1" + "}" * 100_000):
        with caplog.at_level(logging.WARNING):
            answer = await send(service, "hanako", "/applications", f'{{"procedure":"{NEW}","form":{{"remarks":{inside}}}}}')
        assert problem(answer) == (400, "malformed_body")
    assert caplog.text == ""
    within = "[" * 36 + "]" * 36
    assert (await send(service, "hanako", "/applications", f'{{"procedure":"{NEW}","form":{{"members":{within}}}}}')).status_code == 201


@pytest.mark.parametrize(
    ("path", "text", "field"),
    [
        ("/applications", f'{{"procedure":"{NEW}","form":{{{HALF}:1}}}}', "/form"),
        ("/applications", f'{{"procedure":"{NEW}","form":{{"remarks":{HALF}}}}}', "/form/remarks"),
        ("/applications", f'{{"procedure":{HALF},"form":{{}}}}', "/procedure"),
        ("/validate", f'{{"procedure":"{NEW}","form":{{"members":[{{{HALF}:1}}]}}}}', "/form/members/0"),
        ("/clock", f'{{"now":{HALF}}}', "/now"),
    ],
)
async def test_half_of_a_surrogate_pair_is_no_text(service: Service, path: str, text: str, field: str) -> None:
    answer = await send(service, "admin" if path == "/clock" else "hanako", path, text)
    assert problem(answer) == (400, "malformed_body")
    assert fields(answer) == [field]


async def test_a_whole_pair_is_a_letter(service: Service) -> None:
    text = f'{{"procedure":"{NEW}","form":{{"station":{{"remarks":"\\ud842\\udfb7"}}}}}}'
    answer = await send(service, "hanako", "/applications", text)
    assert answer.status_code == 201, answer.text
    assert answer.json()["form"]["station"]["remarks"] == "𠮷"


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("request-correction", '{"due_on":"2020-06-20","requests":[{"field":"/x","message":%s}]}', "/requests/0/message"),
        ("request-correction", '{"due_on":"2020-06-20","requests":[{"field":%s,"message":"x"}]}', "/requests/0/field"),
        ("propose-refusal", '{"reasons":["x",%s]}', "/reasons/1"),
        ("propose-grant", '{"decision":{"conditions":[%s]}}', "/decision/conditions/0"),
        ("propose-grant", '{"comment":%s}', "/comment"),
    ],
)
async def test_texts_of_an_action_that_cannot_be_kept(service: Service, action: str, body: str, field: str) -> None:
    case = await examining(service)
    path = f"/applications/{case['id']}/actions/{action}"
    half = await send(service, "examiner", path, body % HALF)
    nothing = await send(service, "examiner", path, body % '"\\u0000"')
    assert (problem(half), problem(nothing)) == ((400, "malformed_body"), (422, "command_invalid"))
    assert fields(half) == fields(nothing) == [field]
    assert (await service.get("examiner", f"/applications/{case['id']}")).json()["status"] == "examining"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/applications?procedure=%00", "procedure"),
        ("/applications?q=a%00b", "q"),
        ("/applications?q=%0a", "q"),
        ("/applications?procedur=x", "procedur"),
        ("/applications?limit=5&limit=6", "limit"),
        ("/applications?status=nothing", "status"),
        ("/applications?received_from=2020-06-01T00:00:00", "received_from"),
        ("/applications?received_from=1590969600", "received_from"),
        ("/applications?received_to=20200601", "received_to"),
        ("/applications?limit=0", "limit"),
        ("/applications?limit=99999999999999999999", "limit"),
        ("/procedures?om=2020-06-01", "om"),
        ("/procedures?on=2020-06-01&on=2020-06-02", "on"),
        ("/procedures?on=2020-6-1", "on"),
        ("/procedures/amateur-new-license?on=0001-01-01", "on"),
        ("/notices?befor=x", "befor"),
        ("/notices?limit=-1", "limit"),
        ("/notices?after=9999999999999999", "after"),
        ("/changes?after=99999999999999999999", "after"),
        ("/changes?after=-1", "after"),
    ],
)
async def test_a_parameter_that_is_not_read_is_named(service: Service, path: str, name: str) -> None:
    answer = await service.client.get(f"/api/v1{path}", headers=await service.headers("hanako"))
    assert problem(answer) == (400, "invalid_parameter")
    assert fields(answer) == [name]


async def test_parameters_that_are_read(service: Service) -> None:
    for path in (
        "/applications?status=draft&status=granted&received_from=2020-06-01&limit=5&q=%E8%8A%B1",
        "/procedures?on=2020-06-01",
        "/notices?limit=5",
        "/changes?after=0",
    ):
        assert (await service.client.get(f"/api/v1{path}", headers=await service.headers("hanako"))).status_code == 200, path


@pytest.mark.parametrize("after", ["9999999999999999", "99999999999999999999999999", "-1", "x"])
async def test_events_after_what_can_be_no_sequence(service: Service, after: str) -> None:
    case = await service.imported("hanako", ONE_STEP)
    answer = await service.get("hanako", f"/applications/{case['id']}/events", after=after)
    assert (problem(answer), fields(answer)) == ((400, "invalid_parameter"), ["after"])
    assert (await service.get("hanako", f"/applications/{case['id']}/events", after=2**31 - 1)).json()["items"] == []


async def test_an_answer_names_a_repeated_parameter_once(service: Service) -> None:
    answer = await service.get("hanako", "/applications", status=["x", "y"])
    assert (problem(answer), fields(answer)) == ((400, "invalid_parameter"), ["status"])


def multipart(name: str, content_type: str) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
    return head.encode() + b"<x/>\r\n--b--\r\n"


@pytest.mark.parametrize("part", [("a\x00b.pdf", "application/pdf"), ("n" * 300, "application/pdf"), ("a.pdf", "application/\x00pdf")])
async def test_a_file_with_a_name_or_a_type_that_cannot_be_kept(service: Service, part: tuple[str, str]) -> None:
    case = await service.imported("hanako", ONE_STEP)
    headers = {**await service.headers("hanako"), "Content-Type": "multipart/form-data; boundary=b"}
    path = f"/api/v1/applications/{case['id']}/attachments?kind=other"
    answer = await service.client.post(path, content=multipart(*part), headers=headers)
    assert answer.status_code == 400, answer.text
    assert problem(answer)[1] in {"invalid_file_name", "invalid_media_type", "bad_request"}
    kept = await service.client.post(path, content=multipart("図面.pdf", "application/pdf"), headers=headers)
    assert (kept.status_code, kept.json()["name"]) == (201, "図面.pdf")
    if part[0] != "a.pdf":
        assert problem(await service.client.post("/api/v1/applications/import", content=multipart(*part), headers=headers))[0] == 400


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "2900-01-02T00:00:00Z", "2020-05-01T00:00:00Z"])
async def test_the_clock_goes_to_no_day_without_a_morrow(service: Service, now: str) -> None:
    answer = await service.post("admin", "/clock", {"now": now})
    assert (answer.status_code, fields(answer)) == (422, ["/now"])
    assert clock.today().isoformat() == "2020-06-01"


async def test_a_frequency_and_a_power_beyond_everything(service: Service) -> None:
    case = await examining(service)
    line = {"symbol": "3VA", "frequency_hz": 10**23, "power_w": "much"}
    answer = await service.act("examiner", case, "propose-grant", {"decision": {"assignments": [line]}})
    assert problem(answer) == (422, "command_invalid")
    assert fields(answer) == ["/decision/assignments/0/frequency_hz", "/decision/assignments/0/power_w"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_a_body_of_another_kind(service: Service, content_type: str) -> None:
    case = await service.imported("hanako", ONE_STEP)
    for path, text in (
        ("/applications", f'{{"procedure":"{NEW}","form":{{}}}}'),
        ("/validate", f'{{"procedure":"{NEW}","form":{{}}}}'),
        (f"/applications/{case['id']}/actions/submit", "{}"),
        (f"/applications/{case['id']}/messages", '{"body":"x"}'),
    ):
        assert problem(await send(service, "hanako", path, text, content_type=content_type)) == (415, "unsupported_media_type"), path
    headers = {**await service.headers("hanako"), "Content-Type": content_type}
    put = await service.client.put(f"/api/v1/applications/{case['id']}", content=b'{"form":{}}', headers=headers)
    assert problem(put) == (415, "unsupported_media_type")
    assert (await service.client.post(f"/api/v1/applications/{case['id']}/actions/submit", headers=headers)).status_code == 200


async def test_json_by_another_name_is_json(service: Service) -> None:
    text = f'{{"procedure":"{NEW}","form":{{}}}}'
    for content_type in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.partner+json"):
        assert (await send(service, "hanako", "/applications", text, content_type=content_type)).status_code == 201


async def test_a_repetition_answers_the_same_bytes(service: Service) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = {"procedure": NEW, "form": {"station": {"remarks": "日本語"}, "addressee": "A"}}
    first = await service.post("hanako", "/applications", body, headers=key)
    again = await service.post("hanako", "/applications", body, headers=key)
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert {**again.headers} == {**first.headers}
