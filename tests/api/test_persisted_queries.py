"""Persisted queries of GraphQL, as Apollo's clients send them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx2
import orjson
import pytest

from partner.api.graphql import persisted

QUERY = "query Q($first: Int!) { stations(first: $first) { totalCount edges { node { id } } } }"
CODES = '{ codes(list: "bureaus") { list } }'
POST, GET = "POST", "GET"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Every test begins as a process does."""
    persisted._kept.clear()
    yield
    persisted._kept.clear()


def sha256(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()


def hashed(query: str, **others: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(query)}}, **others}


async def send(client: httpx2.AsyncClient, method: str, **asked: Any) -> httpx2.Response:
    if method == POST:
        return await client.post("/graphql", json=asked)
    written = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in asked.items()}
    return await client.get("/graphql", params=written)


@pytest.mark.parametrize("method", [POST, GET])
async def test_a_query_is_sent_once_and_then_by_its_hash(client: httpx2.AsyncClient, method: str) -> None:
    unknown = await send(client, method, **hashed(QUERY, variables={"first": 1}))
    assert unknown.status_code == 200
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": NOT_FOUND}}],
        "extensions": {"cost": 0},
    }
    plain = await send(client, method, query=QUERY, variables={"first": 1})
    told = await send(client, method, query=QUERY, **hashed(QUERY, variables={"first": 1}))
    known = await send(client, method, **hashed(QUERY, variables={"first": 1}))
    assert known.json() == told.json() == plain.json() == {"data": {"stations": {"totalCount": 0, "edges": []}}, "extensions": {"cost": 3}}


async def test_what_post_sent_get_may_name_and_a_plain_query_is_not_kept(client: httpx2.AsyncClient) -> None:
    await send(client, POST, query=QUERY, variables={"first": 1})
    assert (await send(client, POST, **hashed(QUERY))).json()["errors"][0]["extensions"]["code"] == NOT_FOUND
    await send(client, POST, query=CODES, **hashed(CODES))
    assert (await send(client, GET, **hashed(CODES))).json()["data"] == {"codes": [{"list": "bureaus"}]}


@pytest.mark.parametrize("method", [POST, GET])
async def test_a_hash_that_does_not_fit_is_400_and_nothing_is_kept(client: httpx2.AsyncClient, method: str) -> None:
    refused = await send(client, method, query=CODES, **hashed(QUERY))
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert refused.json()["code"] == "hash_mismatch"
    assert [one["field"] for one in refused.json()["errors"]] == ["/extensions/persistedQuery/sha256Hash"]
    for query in (CODES, QUERY):
        assert (await send(client, method, **hashed(query))).json()["errors"][0]["extensions"]["code"] == NOT_FOUND


@pytest.mark.parametrize(
    ("extensions", "fields"),
    [
        ({"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}, ["/extensions/persistedQuery/version"]),
        ({"persistedQuery": {"version": True, "sha256Hash": "0" * 64}}, ["/extensions/persistedQuery/version"]),
        ({"persistedQuery": {"version": 1, "sha256Hash": "0" * 63}}, ["/extensions/persistedQuery/sha256Hash"]),
        ({"persistedQuery": {"version": 1, "sha256Hash": ["0" * 64]}}, ["/extensions/persistedQuery/sha256Hash"]),
        ({"persistedQuery": []}, ["/extensions/persistedQuery/version", "/extensions/persistedQuery/sha256Hash"]),
        ([], ["/query", "/extensions"]),
        ({"persistedQuery": None}, ["/query"]),
        ({}, ["/query"]),
    ],
)
@pytest.mark.parametrize("method", [POST, GET])
async def test_what_cannot_be_read_is_400_with_the_place(
    client: httpx2.AsyncClient, method: str, extensions: Any, fields: list[str]
) -> None:
    refused = await send(client, method, extensions=extensions)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_body")
    assert [one["field"] for one in refused.json()["errors"]] == fields


@pytest.mark.parametrize("extensions", [None, {}, {"persistedQuery": None}, {"tracing": True}])
async def test_other_extensions_change_nothing(client: httpx2.AsyncClient, extensions: Any) -> None:
    answer = await send(client, POST, query=CODES, extensions=extensions)
    assert answer.json()["data"] == {"codes": [{"list": "bureaus"}]}


async def test_the_limits_hold_for_a_persisted_query_too(client: httpx2.AsyncClient) -> None:
    await send(client, POST, query=QUERY, **hashed(QUERY, variables={"first": 1}))
    refused = (await send(client, POST, **hashed(QUERY, variables={"first": 1_000_000}))).json()
    assert refused["errors"][0]["extensions"]["code"] == "query_too_costly"


async def test_only_so_much_is_kept_and_what_is_used_stays(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persisted, "KEPT", 2)
    queries = [CODES.replace("list }", f"list n{number}: list }}") for number in range(3)]
    for query in queries[:2]:
        await send(client, POST, query=query, **hashed(query))
    assert "data" in (await send(client, POST, **hashed(queries[0]))).json()
    await send(client, POST, query=queries[2], **hashed(queries[2]))
    assert ["data" in (await send(client, POST, **hashed(query))).json() for query in queries] == [True, False, True]


async def test_a_very_long_query_is_answered_and_not_kept(client: httpx2.AsyncClient) -> None:
    long = CODES + " " * persisted.LONGEST_KEPT
    assert "data" in (await send(client, POST, query=long, **hashed(long))).json()
    assert (await send(client, POST, **hashed(long))).json()["errors"][0]["extensions"]["code"] == NOT_FOUND
