"""How much a query may ask for. The cost is the number of objects that an answer can hold; every answer tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, ParserCache, QueryDepthLimiter, SchemaExtension, ValidationCache

HIGHEST_COST = 100_000
DEEPEST = 15
MOST_ALIASES = 30
MOST_TOKENS = 4_000
DEFAULT_SIZES = {"stations": 50, "changes": 50}


class Cost(SchemaExtension):
    """Reckons the cost before anything is read, refuses what costs too much, and tells it in `extensions.cost`."""

    cost = 0

    def on_validate(self) -> Iterator[None]:
        """Reckon when the document is valid."""
        yield
        context = self.execution_context
        if context.graphql_document is None or context.pre_execution_errors:
            return
        parts = context.graphql_document.definitions
        fragments = {part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)}
        operations = [part for part in parts if isinstance(part, OperationDefinitionNode)]
        chosen = [one for one in operations if context.operation_name in {None, one.name.value if one.name else None}]
        self.cost = sum(cost_of(one.selection_set, fragments, context.variables or {}) for one in chosen)
        if self.cost > HIGHEST_COST:
            words = f"This query may answer {self.cost} objects; the limit is {HIGHEST_COST}. Ask for smaller pages."
            context.pre_execution_errors = [GraphQLError(words, extensions={"code": "query_too_costly"})]

    def get_results(self) -> dict[str, Any]:
        """The cost, in every answer."""
        return {"cost": self.cost}


def cost_of(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> int:
    """The number of objects that a selection can answer, with the sizes of pages that its arguments ask for."""
    total = 0
    for selection in selections.selections:
        if isinstance(selection, FragmentSpreadNode):
            fragment = fragments.get(selection.name.value)
            total += cost_of(fragment.selection_set, fragments, variables) if fragment else 0
        elif isinstance(selection, FieldNode):
            total += _cost_of_field(selection, fragments, variables)
        else:
            total += cost_of(selection.selection_set, fragments, variables)  # type: ignore[attr-defined]
    return total


def _cost_of_field(field: FieldNode, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> int:
    if field.selection_set is None or field.name.value.startswith("__"):
        return 0
    inner = cost_of(field.selection_set, fragments, variables)
    return 1 + inner * _size(field, variables) if field.name.value in DEFAULT_SIZES else 1 + inner


def _size(field: FieldNode, variables: Mapping[str, Any]) -> int:
    for argument in field.arguments or ():
        if argument.name.value == "first":
            given: object = None
            if isinstance(argument.value, IntValueNode):
                given = int(argument.value.value)
            elif isinstance(argument.value, VariableNode):
                given = variables.get(argument.value.name.value)
            if isinstance(given, int):
                return max(given, 1)
    return DEFAULT_SIZES[field.name.value]


EXTENSIONS: list[Any] = [
    ParserCache,
    ValidationCache,
    lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS),
    lambda: QueryDepthLimiter(max_depth=DEEPEST),
    lambda: MaxAliasesLimiter(max_alias_count=MOST_ALIASES),
    Cost,
]
