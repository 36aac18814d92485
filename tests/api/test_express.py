"""The hot reads answer the same whichever way they go: past the framework, or through it."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import FastAPI
from psycopg_pool import PoolTimeout

from partner.api import express
from partner.api.express import Express
from tests.api.test_graphql import granted

__all__ = ["granted"]
READS = [
    "/api/v1/stations",
    "/api/v1/stations?status=any&limit=2&count=exact",
    "/api/v1/stations?status=any&sort=-licensee&limit=1",
    "/api/v1/stations?station_class=ZZ",
    "/api/v1/stations?%ff=1",
    "/api/v1/stations/00000000-0000-0000-0000-000000000000",
    "/api/v1/stations/none",
    "/api/v1/stations/",
    "/api/v1/stations/a/b/c",
]


def through(application: FastAPI, *, short: bool) -> httpx2.AsyncClient:
    app = Express(application, application) if short else application
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://test")


def told(answer: httpx2.Response) -> tuple[int, dict[str, str], object]:
    """An answer without its cursor, which holds the instant of the reading."""
    body = answer.json() if answer.content else None
    if isinstance(body, dict) and body.get("next_cursor"):
        body["next_cursor"] = "…"
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, headers, body


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("headers", [{}, {"Accept-Language": "en"}, {"If-None-Match": "*"}])
async def test_both_ways_give_the_same_answer(application: FastAPI, path: str, headers: dict[str, str]) -> None:
    async with through(application, short=True) as short, through(application, short=False) as long:
        assert told(await short.get(path, headers=headers)) == told(await long.get(path, headers=headers))


async def test_graphql_is_the_same_both_ways_and_its_body_is_bounded(application: FastAPI) -> None:
    application.state.settings.max_body_bytes = 2000
    for body in ({"query": "{ stations { totalCount } }"}, {"query": "{ nothing }"}, {"query": "{" * 3000}, {"query": 1}):
        async with through(application, short=True) as short, through(application, short=False) as long:
            answers = [told(await one.post("/graphql", json=body)) for one in (short, long)]
        assert answers[0] == answers[1]
        assert (answers[0][0] == 413) is (len(str(body)) > 2000)


@pytest.mark.parametrize(
    ("failure", "status", "code"), [(PoolTimeout("none left"), 503, "busy"), (RuntimeError("42"), 500, "internal_error")]
)
async def test_what_fails_is_told_as_a_problem(
    application: FastAPI, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, code: str
) -> None:
    async def failing(_: object) -> None:
        raise failure

    monkeypatch.setitem(express.EXACT, ("GET", "/api/v1/stations"), failing)
    async with through(application, short=True) as short:
        answer = await short.get("/api/v1/stations")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "42" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
