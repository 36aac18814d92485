"""What GraphQL itself refuses is told in the caller's language, with the variable that is to blame and the way out."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

Json = dict[str, Any]
FILTER = "query($f: StationFilter) { stations(filter: $f) { totalCount } }"
FIRST = "query($n: Int!) { stations(first: $n) { totalCount } }"


async def refused(client: httpx2.AsyncClient, spoken: str, query: str, variables: Json | None = None) -> list[Json]:
    """The errors of a request, in one language."""
    headers = {"Accept-Language": spoken}
    answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    assert answer.status_code == 200
    errors: list[Json] = answer.json()["errors"]
    return errors


def japanese(text: str) -> bool:
    return any("ぁ" <= character <= "ん" for character in text)


REFUSED = [
    ("{ stations { nothing } }", "invalid_query"),
    ("{ stations", "invalid_query"),
    ("", "invalid_query"),
    ("mutation { stations { totalCount } }", "invalid_query"),
    ('{ stations(asOf: "soon") { totalCount } }', "invalid_query"),
    ("{ stations(filter: {powerMin: true}) { totalCount } }", "invalid_query"),
    ("query A { __typename } query B { __typename }", "invalid_query"),
    ("fragment F on Query { __typename }", "invalid_query"),
    ("{ codes { " + "list " * 5000 + "} }", "invalid_query"),
    (FIRST, "invalid_query"),
    ("query($n: String) { stations(first: $n) { totalCount } }", "invalid_query"),
    (
        "{ stations { edges { node { " + "licensee { stations(first: 1) { edges { node { " * 5 + "id" + " } } } }" * 5 + " } } } }",
        "query_too_deep",
    ),
    ("{ " + " ".join(f"a{index}: codes {{ list }}" for index in range(31)) + " }", "too_many_aliases"),
    ("{ stations(first: 1000) { edges { node { licensee { stations(first: 1000) { edges { node { id } } } } } } } }", "query_too_costly"),
    ("{ stations(first: 0) { totalCount } }", "invalid_parameter"),
]


@pytest.mark.parametrize(("query", "code"), REFUSED, ids=[f"{code}-{number}" for number, (_, code) in enumerate(REFUSED)])
async def test_words_and_the_way_out_are_in_the_language_of_the_caller(client: httpx2.AsyncClient, query: str, code: str) -> None:
    [error, *_] = await refused(client, "en", query)
    [same, *_] = await refused(client, "ja", query)
    for one, spoken_japanese in ((error, False), (same, True)):
        assert (one["extensions"]["code"], one["extensions"]["status"]) == (code, 400)
        assert japanese(one["message"]) is spoken_japanese
        if code != "invalid_parameter":
            assert japanese(one["extensions"]["remedy"]) is spoken_japanese
    assert error["message"].endswith(".")
    assert not error["message"].endswith("..")
    assert same["message"].endswith("。")


@pytest.mark.parametrize(
    ("query", "variables", "told"),
    [
        (FIRST, {"n": "x"}, {"/variables/n": "invalid"}),
        (FIRST, {"n": None}, {"/variables/n": "invalid"}),
        (FIRST, {}, {"/variables/n": "required"}),
        (FILTER, {"f": 5}, {"/variables/f": "invalid"}),
        (FILTER, {"f": {"callSignIn": ["JA1QRZ", 5]}}, {"/variables/f/callSignIn/1": "invalid"}),
        (
            FILTER,
            {"f": {"powerMin": True, "licensedTo": "soon"}},
            {"/variables/f/powerMin": "invalid", "/variables/f/licensedTo": "invalid"},
        ),
        (FILTER, {"f": {"colour": "red"}}, {"/variables/f/colour": "unknown"}),
        (FILTER, {"f": {"near": {"latitude": 35, "radiusKm": 1}}}, {"/variables/f/near/longitude": "required"}),
        ("query($d: Date) { stations(asOf: $d) { totalCount } }", {"d": "soon"}, {"/variables/d": "invalid"}),
    ],
)
async def test_a_variable_of_another_type_is_named(client: httpx2.AsyncClient, query: str, variables: Json, told: dict[str, str]) -> None:
    errors = await refused(client, "en", query, variables)
    assert {one["field"]: one["code"] for error in errors for one in error["extensions"]["errors"]} == told
    for error in errors:
        name = error["extensions"]["errors"][0]["field"].split("/")[2]
        assert f"${name}" in error["message"]
        assert f"${name}" in error["extensions"]["remedy"]
        assert query.partition(": ")[2].partition(")")[0] in error["extensions"]["remedy"]


async def test_a_variable_that_is_declared_wrongly_is_to_be_declared_otherwise(client: httpx2.AsyncClient) -> None:
    query = "query($p: Float) { stations(filter: {powerMin: $p}) { totalCount } }"
    [error] = await refused(client, "en", query, {"p": 0.5})
    assert error["extensions"]["errors"][0]["field"] == "/query"
    assert "$p: Watt" in error["extensions"]["remedy"]
    answer = await client.post("/graphql", json={"query": query.replace("Float", "Watt"), "variables": {"p": 0.5}})
    assert "errors" not in answer.json()
