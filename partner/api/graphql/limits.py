"""How much a query may ask for. The cost is the number of objects that an answer can hold; every answer tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache

from partner.api.graphql import refusals
from partner.errors import Malformed, Text

HIGHEST_COST = 100_000
DEEPEST = 15
MOST_ALIASES = 30
MOST_TOKENS = 4_000
WORDS = {
    "query_too_costly": Text(
        "このクエリが返しうるオブジェクトは{}個で、上限の{}個を超えます。", "This query may answer {} objects; the limit is {}."
    ),
    "query_too_deep": Text("このクエリの深さは{}で、上限の{}を超えます。", "This query goes {} levels deep; the limit is {}."),
    "too_many_aliases": Text("このクエリの別名は{}個で、上限の{}個を超えます。", "This query has {} aliases; the limit is {}."),
}
WAYS_OUT = {
    "query_too_costly": Text("first を小さくし、続きは after で読んでください。", "Ask for fewer (`first`), and read on with `after`."),
    "query_too_deep": Text("入れ子を減らしてください。", "Nest less."),
    "too_many_aliases": Text("複数のリクエストに分けてください。", "Send several requests."),
}
DEFAULT_SIZES = {"stations": 50, "changes": 50}


class Limits(SchemaExtension):
    """Reckons a valid operation before anything is read, refuses what is too much, and tells the cost in `extensions.cost`.

    Strawberry's own limits of depth and aliases follow every fragment anew, which takes exponential time; these do not.
    """

    cost = 0

    def on_execute(self) -> Iterator[None]:
        """Reckon. Raises GraphQLError `query_too_costly`, `query_too_deep` or `too_many_aliases`, or where nobody says what to execute."""
        context = self.execution_context
        if context.graphql_document is not None:
            _refuse_a_guess(context.graphql_document, context.context.operation_name)  # Strawberry's own is a guess already
            self.cost = reckon(context.graphql_document, context.operation_name, context.variables or {}).cost
            measure(context.graphql_document, context.operation_name, context.variables or {})
        yield

    def get_results(self) -> dict[str, Any]:
        """The cost, in every answer."""
        return {"cost": self.cost}


def _refuse_a_guess(document: DocumentNode, operation_name: str | None) -> None:
    """Strawberry would execute the first of several operations; the specification of GraphQL (6.1) has no such choice."""
    if operation_name is None and len(chosen(document, None)) > 1:
        raise refusals.refused(refusals.several())


def reckon(document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]) -> Measure:
    """The cost of an operation, and how deep it goes."""
    reckoning = _Reckoning(document, {**_defaults(document), **variables})
    measured = [reckoning.selections(one) for one in chosen(document, operation_name)]
    return Measure(sum(one.cost for one in measured), max((one.depth for one in measured), default=0))


def _defaults(document: DocumentNode) -> dict[str, int]:
    """The whole numbers that variables are when nobody gives them."""
    operations = (part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    defined = (one for operation in operations for one in operation.variable_definitions or ())
    return {one.variable.name.value: int(one.default_value.value) for one in defined if isinstance(one.default_value, IntValueNode)}


def measure(document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any], *, aliases: int | None = None) -> int:
    """The cost of an operation; `aliases` is how many its document has, where that is known already.

    Raises GraphQLError `query_too_costly`, `query_too_deep` or `too_many_aliases`.
    """
    found = reckon(document, operation_name, variables)
    _refuse_beyond("query_too_costly", found.cost, HIGHEST_COST)
    _refuse_beyond("query_too_deep", found.depth, DEEPEST)
    _refuse_beyond("too_many_aliases", aliases_of(document) if aliases is None else aliases, MOST_ALIASES)
    return found.cost


def _refuse_beyond(code: str, measured: int, limit: int) -> None:
    if measured > limit:
        words = WORDS[code]
        said = Text(words.ja.format(measured, limit), words.en.format(measured, limit))
        raise refusals.refused(Malformed(code, said, remedy=WAYS_OUT[code]))


def chosen(document: DocumentNode, operation_name: str | None) -> list[SelectionSetNode]:
    """What the operation that is to be executed selects."""
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    return [one.selection_set for one in operations if operation_name is None or (one.name and one.name.value == operation_name)]


class _Aliases(Visitor):
    """Counts the fields that are given another name."""

    count = 0

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """One field."""
        self.count += node.alias is not None


def aliases_of(document: DocumentNode) -> int:
    """How many fields of a document are given another name."""
    counted = _Aliases()
    visit(document, counted)
    return counted.count


class Measure(NamedTuple):
    """The number of objects that a selection can answer, and how deep it goes."""

    cost: int
    depth: int


class _Reckoning:
    """Adds up a selection, with the sizes of pages that arguments ask for; each fragment is reckoned once."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
        self.variables = variables
        self.known: dict[str, Measure] = {}

    def selections(self, found: SelectionSetNode) -> Measure:
        """What is below a selection."""
        parts = [self._selection(one) for one in found.selections]
        return Measure(sum(part.cost for part in parts), max((part.depth for part in parts), default=0))

    def _selection(self, selection: SelectionNode) -> Measure:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in self.known:
                self.known[name] = self.selections(self.fragments[name].selection_set)
            return self.known[name]
        if isinstance(selection, InlineFragmentNode):
            return self.selections(selection.selection_set)
        return self._field(selection) if isinstance(selection, FieldNode) else Measure(0, 0)

    def _field(self, field: FieldNode) -> Measure:
        if field.selection_set is None or field.name.value.startswith("__"):
            return Measure(0, 1)
        inner = self.selections(field.selection_set)
        times = self._size(field) if field.name.value in DEFAULT_SIZES else 1
        return Measure(1 + inner.cost * times, 1 + inner.depth)

    def _size(self, field: FieldNode) -> int:
        given: object = None
        for argument in field.arguments or ():
            if argument.name.value == "first" and isinstance(argument.value, IntValueNode):
                given = int(argument.value.value)
            elif argument.name.value == "first" and isinstance(argument.value, VariableNode):
                given = self.variables.get(argument.value.name.value)
        return max(given, 1) if isinstance(given, int) else DEFAULT_SIZES[field.name.value]


EXTENSIONS: list[Any] = [ParserCache, ValidationCache, lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS), Limits]
