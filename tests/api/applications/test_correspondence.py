"""Messages on a case: both sides write and read them with documents, nobody else does, and none is missed."""

from __future__ import annotations

import base64
from typing import Any

import httpx2
import pytest

from tests.api.applications.conftest import Service

ONE_STEP = "new-license_one-step.xml"
PDF = b"%PDF-1.7 made up"


async def submitted(service: Service) -> dict[str, Any]:
    return await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")


def enclosed(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "media_type": "application/pdf", "content": base64.b64encode(content).decode()}


async def written(service: Service, persona: str, case: dict[str, Any], **body: Any) -> httpx2.Response:
    return await service.post(persona, f"/applications/{case['id']}/messages", {"body": "ご確認ください", **body})


async def messages(service: Service, persona: str, case: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await service.get(persona, f"/applications/{case['id']}/messages")).json()["items"]
    return items


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_message_carries_files_to_the_other_side_and_to_nobody_else(service: Service) -> None:
    case = await submitted(service)
    sent = (await written(service, "hanako", case, files=[enclosed("配置図.pdf", PDF)])).json()
    [document] = sent["attachments"]
    assert (document["name"], document["size"]) == ("配置図.pdf", len(PDF))
    path = f"/applications/{case['id']}/attachments/{document['id']}"
    assert (await service.get("examiner", path)).content == PDF
    assert (await service.get("hanako", path)).content == PDF
    for stranger in ("taro", "taxi", "agent", "admin"):
        assert (await service.get(stranger, path)).status_code == 404
        assert (await written(service, stranger, case)).status_code in {403, 404}
    assert (await service.get("taro", f"/applications/{case['id']}/messages")).status_code == 404


async def test_another_bureau_reads_nothing(service: Service) -> None:
    case = await submitted(service)
    sent = (await written(service, "hanako", case, files=[enclosed("a.pdf", PDF)])).json()
    await service.acted("examiner", case, "transfer", {"bureau": "C"})
    path = f"/applications/{case['id']}"
    for page in (f"{path}/messages", f"{path}/attachments/{sent['attachments'][0]['id']}"):
        assert (await service.get("examiner", page)).status_code == 404
    assert (await written(service, "examiner", case)).status_code == 404
    assert (await service.post("examiner", f"{path}/messages/read")).status_code == 404
    assert len(await messages(service, "hanako", case)) == 1


async def test_the_bureau_sends_files_although_it_attaches_nothing_to_the_filing(service: Service) -> None:
    case = await submitted(service)
    before = (await service.get("hanako", f"/applications/{case['id']}")).json()["findings"]
    assert (await written(service, "examiner", case, files=[enclosed("記載例.pdf", PDF)])).status_code == 201
    [message] = await messages(service, "hanako", case)
    assert [one["name"] for one in message["attachments"]] == ["記載例.pdf"]
    assert (await service.get("hanako", f"/applications/{case['id']}")).json()["findings"] == before


async def test_a_message_may_point_to_documents_of_the_case_only(service: Service) -> None:
    case, other = await submitted(service), await service.imported("hanako", ONE_STEP)
    own = (await service.get("hanako", f"/applications/{case['id']}/attachments")).json()["items"][0]["id"]
    foreign = (await service.get("hanako", f"/applications/{other['id']}/attachments")).json()["items"][0]["id"]
    assert (await written(service, "hanako", case, attachments=[own])).json()["attachments"][0]["id"] == own
    refused = await written(service, "hanako", case, attachments=[own, foreign])
    assert problem(refused) == (422, "unknown_document")
    assert refused.json()["errors"][0]["field"] == "/attachments/1"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([enclosed("a.exe", b"MZ")], (422, "document_type_invalid")),
        ([enclosed("a.pdf", b"<html>")], (422, "document_type_invalid")),
        ([enclosed("noending", PDF)], (422, "document_type_invalid")),
        ([enclosed("a.pdf", b"")], (422, "attachment_empty")),
        ([enclosed("a.pdf", PDF + bytes(10 * 1024 * 1024))], (413, "document_too_large")),
        ([enclosed(f"{number}.pdf", PDF) for number in range(11)], (422, "too_many_documents")),
        ([{"name": "a.pdf", "content": "not base64!"}], (422, "invalid_content")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)
async def test_what_cannot_go_with_a_message_is_refused_in_words(service: Service, files: list[Any], expected: tuple[int, str]) -> None:
    case = await submitted(service)
    answer = await written(service, "hanako", case, files=files)
    assert problem(answer) == expected
    assert answer.json()["detail"]
    assert await messages(service, "hanako", case) == []


async def test_a_message_waits_until_its_side_has_read_it(service: Service) -> None:
    case = await submitted(service)
    await written(service, "hanako", case)
    assert [one["unread"] for one in await messages(service, "hanako", case)] == [False]
    assert [one["unread"] for one in await messages(service, "examiner", case)] == [True]
    queue = (await service.get("examiner", "/applications", unread="true")).json()["items"]
    assert case["id"] in {one["id"] for one in queue}
    mine = (await service.get("hanako", "/applications", unread="true")).json()["items"]
    assert case["id"] not in {one["id"] for one in mine}
    assert (await service.post("examiner", f"/applications/{case['id']}/messages/read")).json() == {"read": 1}
    [message] = await messages(service, "examiner", case)
    assert (message["unread"], message["seen_at"] is not None) == (False, True)
    rest = (await service.get("examiner", "/applications", unread="false")).json()["items"]
    assert case["id"] in {one["id"] for one in rest}


async def test_an_answer_says_that_the_question_was_read_and_the_applicant_gets_a_notice(service: Service) -> None:
    case = await submitted(service)
    await written(service, "hanako", case)
    await written(service, "examiner", case)
    assert [one["unread"] for one in await messages(service, "examiner", case)] == [False, False]
    assert [one["unread"] for one in await messages(service, "hanako", case)] == [False, True]
    notices = (await service.get("hanako", f"/applications/{case['id']}/notices")).json()["items"]
    assert [notice["kind"] for notice in notices] == ["message"]
