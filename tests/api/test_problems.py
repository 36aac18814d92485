"""Every error answers as a problem, in the caller's language, with its own status and code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Body, FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from partner import errors
from partner.api import problems
from partner.errors import FieldError, PartnerError, Text

WORDS = Text("だめです", "That will not do")


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    lines: list[int] = []


def failing(error: Exception) -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.get("/fail")
    async def fail() -> None:
        raise error

    @app.get("/items/{number}")
    async def item(number: int, limit: Annotated[int, Query(ge=1)] = 1) -> int:
        return number + limit

    @app.post("/forms")
    async def form(body: Annotated[Form, Body()]) -> str:
        return body.name

    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(failing(RuntimeError("the secret is 42")), raise_server_exceptions=False) as found:
        yield found


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Malformed, 400),
        (errors.Unauthenticated, 401),
        (errors.Forbidden, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.Stale, 412),
        (errors.TooLarge, 413),
        (errors.Unsupported, 415),
        (errors.Invalid, 422),
    ],
)
def test_each_kind_of_error_has_its_status(kind: type[PartnerError], status: int) -> None:
    error = kind("some_code", WORDS, remedy=WORDS, errors=[FieldError("/station/call_sign", "taken", WORDS)])
    answer = TestClient(failing(error)).get("/fail", headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body["detail"], body["remedy"]) == (status, "some_code", WORDS.en, WORDS.en)
    assert body["errors"] == [{"field": "/station/call_sign", "code": "taken", "message": WORDS.en}]
    assert body["type"]
    assert body["title"]


def test_too_many_requests_say_when_to_come_back() -> None:
    answer = TestClient(failing(errors.TooManyRequests("busy", WORDS, retry_after=7))).get("/fail")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize(
    ("accept", "spoken"),
    [
        (None, "ja"),
        ("", "ja"),
        ("fr", "ja"),
        ("en", "en"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("ja,en;q=0.5", "ja"),
        ("en;q=0", "ja"),
        ("en;q=nonsense", "ja"),
    ],
)
def test_language_follows_the_caller_and_is_japanese_by_default(accept: str | None, spoken: str) -> None:
    assert problems.language(accept) == spoken


def test_unknown_failure_says_nothing_but_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/fail")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "42" not in answer.text
    assert any("the secret is 42" in str(record.exc_info) for record in caplog.records)


def test_parameter_is_malformed_and_named(client: TestClient) -> None:
    answer = client.get("/items/1?limit=0")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "limit"


def test_path_that_cannot_name_anything_is_not_found(client: TestClient) -> None:
    assert client.get("/items/abc").status_code == 404
    assert client.get("/nowhere").json()["code"] == "not_found"
    assert client.get("/items/1").status_code == 200


def test_other_method_is_405_with_allow(client: TestClient) -> None:
    answer = client.delete("/forms")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method_not_allowed", "POST")


def test_body_that_does_not_parse_is_400_and_content_is_422_with_pointers(client: TestClient) -> None:
    broken = client.post("/forms", content=b'{"name": ', headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed_body")
    missing = client.post("/forms")
    assert missing.status_code == 400
    wrong = client.post("/forms", json={"lines": [1, "x"], "extra/field": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_content")
    found = {one["field"]: one["code"] for one in wrong.json()["errors"]}
    assert found == {"/name": "required", "/lines/1": "int_parsing", "/extra~1field": "unknown"}
    assert client.post("/forms", json={"name": "x"}).status_code == 200
