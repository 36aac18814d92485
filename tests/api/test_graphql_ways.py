"""A query goes the short way or Strawberry's; the answer is the same, errors too, and the short way takes one SQL statement."""

from __future__ import annotations

import importlib
from typing import Any

import httpx2
import pytest

from partner.api.graphql import compiled
from tests.api.test_graphql import STATION, granted

__all__ = ["granted"]
HELD = "licensee { id name stations(first: 2) { edges { node { callSign license { status } } } } }"
SHORT = [
    f"{{ stations {{ edges {{ cursor node {STATION} }} pageInfo {{ hasNextPage endCursor startCursor hasPreviousPage }} totalCount }} }}",
    '{ found: stations(first: 2, orderBy: "-licensedOn") { edges { node { sign: callSign __typename } } __typename } }',
    "query Q($f: StationFilter, $n: Int! = 1) { stations(filter: $f, first: $n) { edges { node { id } cursor } pageInfo { endCursor } } }",
    f"{{ stations {{ edges {{ node {{ id {HELD} }} }} }} }}",
    "{ stations { edges { node { ...a ... on Station { bureau { code } } } } } } fragment a on Station { id bureau { name { ja } } }",
    '{ stations(asOf: "2023-01-01", knownAt: "2099-01-01T00:00:00+09:00") { edges { node { id license { status } } } } }',
    "{ stations(filter: {near: {latitude: 35.69, longitude: 139.75, radiusKm: 5}, powerMin: 5}) { edges { node { id } } } }",
    '{ stations(filter: {callSignIn: ["JA1QRZ", "JA1RL"], status: "any"}) { edges { node { callSign } } } }',
    '{ stations(filter: {frequencyFrom: "466MHz", frequencyTo: 468000000}) { edges { node { assignments { frequencyHz powerW } } } } }',
    '{ stations(filter: {powerMin: "800mW", powerMax: 50}) { edges { node { assignments { powerW } } } } }',
]
LONG = [
    "{ stations(first: 5000) { edges { node { id } } } }",
    '{ stations(after: "forged") { edges { node { id } } } }',
    '{ stations(filter: {stationClass: "ZZ"}) { edges { node { id } } } }',
    "{ stations(filter: {callSignIn: []}) { edges { node { id } } } }",
    "{ a: stations(first: 1) { totalCount } b: stations(first: 2) { totalCount } codes { list } }",
    "{ a: stations(first: 1) { totalCount } b: stations(first: 5000) { totalCount } }",
    "query Q($deep: Boolean = true) { stations { edges { node { id callSign @include(if: $deep) } } } }",
    '{ codes(list: "bureaus") { items { code } } }',
    "{ stations { edges { node { nothing } } } }",
    "{ stations {",
    "query A { stations { totalCount } } query B { stations { totalCount } }",
    '{ station(id: "00000000-0000-0000-0000-000000000000") { id } }',
    '{ station(id: "no") { id } }',
    "mutation { stations { totalCount } }",
    "{ stations { edges { node { licensee { stations(first: 1) { totalCount edges { cursor } } } } } } }",
    "",
]


BY_NAME = '{ a: stations(filter: {licensee: "タクシー"}) { edges { cursor node ' + STATION + " } }"
BY_STATUS = (
    'query Q($n: Int = 3) { a: stations(first: $n, asOf: "2020-05-01", filter: {status: "any"}) { edges { node { license { status } } } }'
)
NOWHERE = '{ a: station(id: "no") { id } b: station(id: "00000000-0000-0000-0000-000000000000") { id }'
TOGETHER = [
    "{ a: stations(first: 1) { totalCount } b: stations(first: 2) { totalCount edges { node { id } } } }",
    BY_NAME + " b: stations { edges { node { " + HELD + " } } } }",
    NOWHERE + ' c: stations(first: 2, orderBy: "-callSign") { edges { cursor } } d: stations(filter: {callSign: "JA1*"}) { totalCount } }',
    BY_STATUS + ' b: stations(filter: {frequencyFrom: "466MHz", licensee: "%(x)s"}) { edges { node { id } } } }',
]


async def ask(client: httpx2.AsyncClient, query: str) -> tuple[int, Any]:
    answer = await client.post("/graphql", json={"query": query})
    return answer.status_code, without_cursors(answer.json())


def without_cursors(value: Any) -> Any:
    """An answer without its cursors, which hold the instant of the reading."""
    if isinstance(value, dict):
        return {key: bool(one) if "ursor" in key else without_cursors(one) for key, one in value.items()}
    return [without_cursors(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("query", [*SHORT, *TOGETHER, *LONG])
async def test_both_ways_give_the_same_answer(client: httpx2.AsyncClient, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = await ask(client, query)
    monkeypatch.setattr(compiled, "_kept", lambda *_: None)
    assert await ask(client, query) == short


@pytest.mark.parametrize("query", SHORT)
async def test_the_short_way_takes_one_statement(
    client: httpx2.AsyncClient, query: str, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("partner.api.graphql.routes"), "_execute", None)  # nobody goes the other way
    status, body = await ask(client, query)
    assert status == 200
    assert body["data"]["found" if "found:" in query else "stations"]["__typename" if "__typename }" in query else "edges"]
    assert len(statements) == 1


@pytest.mark.parametrize("query", TOGETHER)
async def test_several_root_fields_take_one_statement_together(client: httpx2.AsyncClient, query: str, statements: list[str]) -> None:
    _, body = await ask(client, query)
    assert "errors" not in body
    assert len([sent for sent in statements if sent]) == 1


async def test_a_station_goes_the_short_way_too(client: httpx2.AsyncClient, statements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, found = await ask(client, "{ stations(first: 1) { edges { node { id } } } }")
    query = f'{{ station(id: "{found["data"]["stations"]["edges"][0]["node"]["id"]}") {STATION} }}'
    statements.clear()
    short = await ask(client, query)
    assert len(statements) == 1
    monkeypatch.setattr(compiled, "_kept", lambda *_: None)
    assert await ask(client, query) == short
    assert short[1]["data"]["station"]["license"]["status"]


async def test_fragments_in_fragments_are_not_spread_without_end(client: httpx2.AsyncClient) -> None:
    bomb = "".join(f"fragment f{n} on Station {{ ...f{n + 1} ...f{n + 1} }} " for n in range(40)) + "fragment f40 on Station { id }"
    status, body = await ask(client, f"{{ stations {{ edges {{ node {{ ...f0 }} }} }} }} {bomb}")
    assert status == 200
    assert "data" in body
