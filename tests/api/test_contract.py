"""The contract is a file, and every public read is described in it."""

from __future__ import annotations

import orjson
import pytest

from partner.api import contract


@pytest.mark.parametrize("name", ["openapi.json", "schema.graphql"])
def test_the_committed_contract_is_the_present_one(name: str) -> None:
    committed = (contract.DOCS / name).read_bytes()
    assert committed == contract.documents()[name], "run `python -m partner.api.contract` and review the difference"


def test_public_reads_are_described_with_their_parameters() -> None:
    paths = orjson.loads(contract.openapi())["paths"]
    search = paths["/api/v1/stations"]["get"]
    names = {parameter["name"] for parameter in search["parameters"]}
    assert {"call_sign", "frequency_from", "near", "as_of", "known_at", "sort", "cursor", "count"} <= names
    assert set(search["responses"]) >= {"200", "304", "400"}
    for path in ("/api/v1/stations/{id}", "/api/v1/changes", "/api/v1/codes/{list}", "/musen/num", "/musen/list"):
        assert "get" in paths[path]
    assert "post" in paths["/graphql"]


def test_numbers_of_64_bits_are_no_int_in_graphql() -> None:
    text = contract.graphql().decode()
    assert "frequencyHz: Hz" in text
    assert "sequence: Long!" in text
    assert "Mutation" not in text
