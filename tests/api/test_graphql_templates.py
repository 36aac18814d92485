"""Arguments that were coerced once for a document are, for any variables, what graphql-core makes of them each time."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse, validate
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from partner.api.graphql.schema import schema
from partner.api.graphql.templates import Template

SCHEMA = schema._schema
DOCUMENTS = (
    "query ($a: String, $b: String) { stations(filter: {stationClass: $a, prefecture: $b}) { totalCount } }",
    'query ($a: String!, $b: [String!]) { stations(filter: {stationClassIn: [$a, "FX"], prefectureIn: $b}, first: 3) { totalCount } }',
    'query ($a: String = "AT", $n: Int = 5) { stations(filter: {stationClass: $a}, first: $n) { totalCount } }',
    "query ($a: StationFilter, $n: Int, $on: Date) { stations(filter: $a, first: $n, asOf: $on) { totalCount } }",
    "query ($x: Float!, $y: Float!) { stations(filter: {near: {latitude: $x, longitude: $y, radiusKm: 5}}) { totalCount } }",
    'query ($on: Date) { station(id: "01a217fe-61e3-73e6-bb22-125024d5a41b", asOf: $on) { id } }',
    "{ stations(first: 2) { totalCount } }",
)
TEXTS = st.one_of(st.none(), st.sampled_from(["AT", "FX", "13", ""]))
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "a": st.one_of(
            TEXTS, st.fixed_dictionaries({}, optional={"stationClass": TEXTS, "bureauIn": st.lists(st.sampled_from(["A", "B"]))})
        ),
        "b": st.one_of(TEXTS, st.lists(st.sampled_from(["13", "27"]), max_size=3)),
        "n": st.one_of(st.none(), st.integers(-1, 2000)),
        "on": st.sampled_from([None, "2026-11-26"]),
        "x": st.floats(-90, 90),
        "y": st.floats(-180, 180),
    },
)


def operation(text: str) -> OperationDefinitionNode:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    found = document.definitions[0]
    assert isinstance(found, OperationDefinitionNode)
    return found


def told(ask: Any) -> Any:
    """What is answered, or that it is refused."""
    try:
        return ask()
    except GraphQLError as error:
        return error.message


@pytest.mark.parametrize("text", DOCUMENTS)
@settings(max_examples=60)
@given(variables=GIVEN)
def test_a_template_says_what_graphql_core_says(text: str, variables: dict[str, Any]) -> None:
    asked = operation(text)
    node: Any = asked.selection_set.selections[0]
    root = SCHEMA.get_root_type(OperationType.QUERY)
    assert root is not None
    definition = root.fields[node.name.value]
    template = Template(definition, node)
    found = get_variable_values(SCHEMA, asked.variable_definitions or (), variables)
    if isinstance(found, VariableValues):
        for _ in range(2):  # nothing of one request is left for the next
            assert told(lambda: template.values(found)) == told(lambda: get_argument_values(definition, node, found))
