"""GraphQL over HTTP: the same search as REST, one statement a page, limits, errors with our codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import httpx2
import pytest

from partner.api.graphql import limits
from partner.database import SYSTEM, Database
from partner.registry import search
from partner.registry import service as register
from partner.registry.facts import License
from tests.registry.samples import BASE, CLUB, FIXED, MOBILE, TARO, TAXI, law

TERM: dict[str, Any] = {"licensed_on": date(2020, 6, 1), "valid_to": date(2025, 5, 31), "cause": "test", "law": law()}
KEPT: dict[str, list[License]] = {}


@pytest.fixture(autouse=True)
async def granted(database: Database, database_name: str) -> list[License]:
    """An individual's station, a club's, three of a corporation; recorded once."""
    if database_name not in KEPT:
        async with database.transaction(SYSTEM) as session:
            found: list[License] = []
            for licensee, common, sign in ((TARO, FIXED, "JA1QRZ"), (CLUB, MOBILE, "JA1RL"), *[(TAXI, BASE, None)] * 3):
                facts = replace(common, bureau="E") if len(found) == 4 else common
                licensee_id = await register.record_licensee(session, licensee)
                found.append(await register.record(session, facts, licensee_id=licensee_id, call_sign=sign, **TERM))
        KEPT[database_name] = found
    return KEPT[database_name]


async def ask(client: httpx2.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert isinstance(body["extensions"]["cost"], int)
    return body


async def data(client: httpx2.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    body = await ask(client, query, **variables)
    assert "errors" not in body, body
    found: dict[str, Any] = body["data"]
    return found


STATION = """{ id callSign stationClass { code name { ja en } } licensee { id name kind corporateNumber }
  license { licensedOn validFrom validTo status } purposes { code } bureau { code name { ja } }
  location { municipalityCode name { ja } } movementArea stationCount
  assignments { emission bundle frequencyHz frequencyToHz powerW } }"""


def camel(value: Any) -> Any:
    """REST's JSON with the names of GraphQL."""

    def name(key: str) -> str:
        return "".join(part.title() if index else part for index, part in enumerate(key.split("_")))

    if isinstance(value, dict):
        return {
            "".join(part.title() if index else part for index, part in enumerate(key.split("_"))): camel(one) for key, one in value.items()
        }
    return [camel(one) for one in value] if isinstance(value, list) else value


def covers(whole: Any, part: Any) -> bool:
    """Whether everything in `part` is the same in `whole`."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and covers(whole[key], one) for key, one in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(covers(one, other) for one, other in zip(whole, part, strict=True))
    return bool(whole == part)


async def test_a_page_says_what_rest_says(client: httpx2.AsyncClient, granted: list[License]) -> None:
    query = 'query($f: StationFilter) { stations(filter: $f, orderBy: "callSign") { totalCount edges { cursor node ' + STATION + " } } }"
    found = (await data(client, query, f={"bureauIn": ["A", "E"]}))["stations"]
    rest = (await client.get("/api/v1/stations", params={"bureau": ["A", "E"], "sort": "call_sign", "count": "exact"})).json()
    assert found["totalCount"] == rest["total"] == 5
    for edge, item in zip(found["edges"], rest["items"], strict=True):
        assert covers(camel(item), edge["node"])
    assert found["edges"][0]["node"]["assignments"][0]["frequencyHz"] == 7_100_000


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"callSign": "ja1qrz"}, 1),
        ({"callSign": "JA1*"}, 2),
        ({"callSignIn": ["JA1QRZ", "JA1RL"]}, 2),
        ({"licensee": "タクシー", "bureau": "A"}, 2),
        ({"licensee": "太郎"}, 0),
        ({"frequencyFrom": 467_000_000, "frequencyTo": 467_000_000}, 3),
        ({"frequencyFrom": "467MHz"}, 3),
        ({"frequencyFrom": 2_999_999_999_999}, 0),
        ({"powerMax": 0.8}, 1),
        ({"powerMax": "800mW"}, 1),
        ({"powerMin": "0.8", "powerMax": "0.0008 kW"}, 1),
        ({"powerMin": "49W"}, 1),
        ({"powerMin": 50}, 1),
        ({"licensedFrom": "2020-06-02"}, 0),
        ({"status": "expired"}, 0),
        ({"statusIn": ["in_force", "expired"]}, 5),
        ({"near": {"latitude": 35.69, "longitude": 139.75, "radiusKm": 5}}, 5),
    ],
)
async def test_filters(client: httpx2.AsyncClient, asked: dict[str, Any], count: int) -> None:
    found = await data(client, "query($f: StationFilter) { stations(filter: $f) { totalCount edges { node { id } } } }", f=asked)
    assert found["stations"]["totalCount"] == count
    assert len(found["stations"]["edges"]) == count


async def test_an_empty_list_of_values_is_refused_and_never_finds_all(client: httpx2.AsyncClient) -> None:
    body = await ask(client, "{ stations(filter: {callSignIn: []}) { totalCount } }")
    extensions = body["errors"][0]["extensions"]
    assert (extensions["code"], extensions["errors"][0]["field"]) == ("invalid_parameter", "filter.callSignIn")


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ stations(first: 1001) { totalCount } }", {"data": None}),
        ('{ one: codes(list: "bureaus") { list } stations(after: "x") { totalCount } }', {"data": None}),
        ('{ codes(list: "nothing") { list } }', {"data": None}),
        ("{ stations { nothing } }", {}),
        ("{ stations", {}),
        ('{ stations(asOf: "soon") { totalCount } }', {}),
        ("query($n: Int!) { stations(first: $n) { totalCount } }", {}),
        ("mutation { stations { totalCount } }", {}),
        ("{ stations(first: 1000) { edges { node { licensee { stations(first: 1000) { edges { node { id } } } } } } } }", {}),
    ],
)
async def test_data_is_null_where_execution_began_and_absent_where_it_did_not(
    client: httpx2.AsyncClient, query: str, data: dict[str, Any]
) -> None:
    body = await ask(client, query)
    assert body["errors"]
    assert {name: body[name] for name in body if name == "data"} == data


async def test_a_field_that_may_be_null_leaves_the_others(client: httpx2.AsyncClient, granted: list[License]) -> None:
    late = 'asOf: "2023-01-01", knownAt: "2019-01-01T00:00:00Z"'
    query = (
        f'{{ a: station(id: "{granted[0].station_id}") {{ callSign }} b: station(id: "{granted[0].station_id}", {late}) {{ callSign }} }}'
    )
    assert await data(client, query) == {"a": {"callSign": "JA1QRZ"}, "b": None}
    refused = await ask(client, query.replace("2019-01-01T00:00:00Z", "2019-01-01T00:00:00"))
    assert refused["data"] == {"a": {"callSign": "JA1QRZ"}, "b": None}
    assert [error["path"] for error in refused["errors"]] == [["b"]]


async def test_pages_go_on_after_a_cursor(client: httpx2.AsyncClient) -> None:
    query = (
        "query($a: String) { stations(first: 2, after: $a) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"
    )
    met: list[str] = []
    after = None
    while True:
        page = (await data(client, query, a=after))["stations"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        met += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(met) == len(set(met)) == 5
    whole = (await data(client, "{ stations { edges { node { id } } } }"))["stations"]
    assert met == [edge["node"]["id"] for edge in whole["edges"]]


async def test_time(client: httpx2.AsyncClient, granted: list[License]) -> None:
    arguments = 'asOf: $d, knownAt: $k, filter: {status: "any"}'
    query = "query($d: Date, $k: DateTime) { stations(" + arguments + ") { edges { node { license { status } } } } }"
    assert {edge["node"]["license"]["status"] for edge in (await data(client, query, d="2025-06-01"))["stations"]["edges"]} == {"expired"}
    assert (await data(client, query, k="2020-01-01T00:00:00Z"))["stations"]["edges"] == []
    one = 'query($i: ID!) { station(id: $i, asOf: "2020-05-31") { license { status validFrom } } }'
    assert (await data(client, one, i=str(granted[0].station_id)))["station"] == {
        "license": {"status": "not_yet", "validFrom": "2020-06-01"}
    }
    assert (await data(client, one, i="nothing"))["station"] is None


async def test_stations_of_published_licensees_take_one_statement(client: httpx2.AsyncClient, statements: list[str]) -> None:
    held_by = "stations(first: 2) { totalCount edges { node { id } } pageInfo { hasNextPage } }"
    query = "{ stations { edges { node { licensee { id name " + held_by + " } } } } }"
    found = (await data(client, query))["stations"]["edges"]
    assert len(statements) == 3
    held = {edge["node"]["licensee"]["name"]: edge["node"]["licensee"]["stations"] for edge in found}
    assert held["＊＊＊＊＊"] is None
    assert held[TAXI.name]["totalCount"] == 3
    assert (len(held[TAXI.name]["edges"]), held[TAXI.name]["pageInfo"]["hasNextPage"]) == (2, True)
    assert held[CLUB.name]["pageInfo"]["hasNextPage"] is False


async def test_a_page_takes_one_statement(client: httpx2.AsyncClient, statements: list[str]) -> None:
    await data(client, "{ stations { edges { node " + STATION + " } } }")
    assert len(statements) == 1


async def test_changes_and_codes(client: httpx2.AsyncClient) -> None:
    found = await data(
        client, '{ changes(first: 2) { items { sequence kind before after } next } codes(list: "bureaus") { list items { code } } }'
    )
    assert [item["sequence"] for item in found["changes"]["items"]] == [1, 2]
    assert found["changes"]["next"] == 2
    assert found["changes"]["items"][0]["after"]["call_sign"] == "JA1QRZ"
    assert "A" in [item["code"] for item in found["codes"][0]["items"]]
    assert len((await data(client, "{ codes { list } }"))["codes"]) > 5


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("{ stations(first: 1001) { totalCount } }", "invalid_parameter", "first"),
        ("{ stations(first: -1) { totalCount } }", "invalid_parameter", "first"),
        ('{ stations(after: "x") { totalCount } }', "invalid_cursor", "after"),
        ('{ stations(orderBy: "name") { totalCount } }', "invalid_parameter", "orderBy"),
        ('{ stations(filter: {stationClass: "ZZ"}) { totalCount } }', "invalid_parameter", "filter.stationClass"),
        ("{ stations(filter: {frequencyFrom: 2, frequencyTo: 1}) { totalCount } }", "invalid_parameter", "filter.frequencyFrom"),
        ('{ stations(knownAt: "2020-01-01T00:00:00") { totalCount } }', "invalid_parameter", "knownAt"),
        ('{ stations(filter: {powerMin: "800mV"}) { totalCount } }', "invalid_parameter", "filter.powerMin"),
        ('{ stations(filter: {powerMin: "1W", powerMax: "800mW"}) { totalCount } }', "invalid_parameter", "filter.powerMin"),
        ("{ stations(filter: {powerMax: -1}) { totalCount } }", "invalid_parameter", "filter.powerMax"),
        ("{ stations(filter: {powerMax: 1e400}) { totalCount } }", "invalid_parameter", "filter.powerMax"),
        ("{ stations(filter: {powerMax: true}) { totalCount } }", "invalid_query", None),
        ("{ changes(after: -1) { next } }", "invalid_parameter", "after"),
        ('{ codes(list: "nothing") { list } }', "unknown_code_list", None),
        ("{ stations { nothing } }", "invalid_query", None),
        ("{ stations(filter: {color: 1}) { totalCount } }", "invalid_query", None),
        ("{ stations(filter: {frequencyFrom: 1.5}) { totalCount } }", "invalid_query", None),
        ('{ stations(asOf: "soon") { totalCount } }', "invalid_query", None),
        ("{ stations", "invalid_query", None),
        ("mutation { stations { totalCount } }", "invalid_query", None),
    ],
)
async def test_refusals_have_our_codes(client: httpx2.AsyncClient, query: str, code: str, field: str | None) -> None:
    body = await ask(client, query)
    extensions = body["errors"][0]["extensions"]
    assert extensions["code"] == code
    if field is not None:
        assert extensions["errors"][0]["field"] == field


async def test_a_failure_is_masked_and_logged(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*arguments: Any, **named: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(search, "stations", broken)
    body = await ask(client, "{ stations { totalCount } }")
    assert body["errors"][0]["extensions"] == {"code": "internal_error"}
    assert "42" not in str(body)
    assert "the secret is 42" in caplog.text


async def test_depth_aliases_tokens_and_cost_have_limits(client: httpx2.AsyncClient) -> None:
    nested = "licensee { stations(first: 1) { edges { node { " * 5 + "id" + " } } } }" * 5
    deep = "{ stations { edges { node { " + nested + " } } } }"
    aliases = "{ " + " ".join(f"a{index}: codes {{ list }}" for index in range(31)) + " }"
    tokens = "{ codes { " + "list " * 5000 + "} }"
    costly = "{ stations(first: 1000) { edges { node { licensee { stations(first: 1000) { edges { node { id } } } } } } } }"
    for query, code in ((deep, "query_too_deep"), (aliases, "too_many_aliases"), (tokens, "invalid_query")):
        assert (await ask(client, query))["errors"][0]["extensions"]["code"] == code
    refused = await ask(client, costly)
    assert refused["errors"][0]["extensions"]["code"] == "query_too_costly"
    assert refused["extensions"]["cost"] > limits.HIGHEST_COST
    small = await ask(client, "query($n: Int!) { stations(first: $n) { edges { node { id } } } }", n=3)
    assert small["extensions"]["cost"] == 1 + 3 * 2


@pytest.mark.parametrize(("operation", "answered"), [("A", {"a": "Query"}), ("B", {"b": "Query"})])
async def test_of_several_operations_the_named_one_is_executed(
    client: httpx2.AsyncClient, operation: str, answered: dict[str, str]
) -> None:
    query = "query A { a: __typename } query B { b: __typename }"
    answer = await client.post("/graphql", json={"query": query, "operationName": operation})
    assert answer.json()["data"] == answered


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        ("query A { codes { list } }", "B"),
        ("query A { codes { list } } query B { __typename }", None),
        ("query A { stations { totalCount } } query B { stations { totalCount } }", None),
        ("fragment F on Query { codes { list } }", None),
        ("{ ...F } fragment F on Query { ...F }", None),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", None),
        ("subscription { stations { totalCount } }", None),
        ("", None),
        ("{ station(id: 5) { id } }" * 2, None),
        ("query($n: Int!) { stations(first: $n) { totalCount } }", None),
        ("{ codes @skip { list } }", None),
    ],
)
async def test_odd_documents_are_refused_and_break_nothing(client: httpx2.AsyncClient, query: str, operation: str | None) -> None:
    answer = await client.post("/graphql", json={"query": query, "operationName": operation})
    assert answer.status_code == 200, answer.text
    assert answer.json()["errors"][0]["extensions"]["code"] == "invalid_query"
    assert "cost" in answer.json()["extensions"]


async def test_fragments_within_fragments_are_reckoned_once(client: httpx2.AsyncClient) -> None:
    chain = " ".join(f"fragment F{index} on Query {{ ...F{index + 1} ...F{index + 1} }}" for index in range(60))
    body = await ask(client, "{ ...F0 } " + chain + " fragment F60 on Query { stations(first: 1) { pageInfo { hasNextPage } } }")
    assert body["errors"][0]["extensions"]["code"] == "query_too_costly"


async def test_introspection_is_on_and_get_works(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "{ __schema { queryType { name } mutationType { name } } }"})
    assert answer.json()["data"] == {"__schema": {"queryType": {"name": "Query"}, "mutationType": None}}
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query": 1}', "application/json", 400),
        (b'{"query": "{ codes { list } }", "variables": []}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"query=x", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_what_is_no_request_is_a_problem(client: httpx2.AsyncClient, content: bytes, media_type: str, status: int) -> None:
    answer = await client.post("/graphql", content=content, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
