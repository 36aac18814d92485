"""The arguments of a field, coerced once for a document: a request only puts the values of its variables in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from graphql import FieldNode, GraphQLField, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values


@dataclass(frozen=True)
class _Place:
    """Where the value of a variable goes. It is of the type of its place: validation has seen to that, and the request has coerced it."""

    variable: str


class _Variables(Visitor):
    """Collects the variables of a part of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


class Template:
    """What `get_argument_values` would say of a field of a valid document, for any variables. Raises what that raises."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition, self._node = definition, node
        self._names = _names(node.arguments or ())
        whole = get_argument_values(definition, node, VariableValues({}, {name: _Place(name) for name in self._names}))
        self._filled = _filling(whole)

    def values(self, given: VariableValues) -> dict[str, Any]:
        """The arguments by their names. A variable that is null or was left out may mean a default, or be refused: that is looked up."""
        coerced = given.coerced
        if any(coerced.get(name) is None for name in self._names):
            return get_argument_values(self._definition, self._node, given)
        found: dict[str, Any] = self._filled(coerced)
        return found


def _names(parts: Iterable[Any]) -> frozenset[str]:
    seen = _Variables()
    for part in parts:
        visit(part, seen)
    return frozenset(seen.names)


def _filling(value: Any) -> Callable[[Mapping[str, Any]], Any]:
    """What puts the values of variables into a coerced value; of what has none there is one for all requests."""
    if isinstance(value, _Place):
        return itemgetter(value.variable)
    if isinstance(value, list):
        items = [_filling(one) for one in value]
        return lambda coerced: [fill(coerced) for fill in items]
    if not isinstance(value, dict):
        return lambda _: value
    constant = {name: one for name, one in value.items() if not isinstance(one, _Place | list | dict)}
    rest = [(name, _filling(one)) for name, one in value.items() if name not in constant]
    return lambda coerced: constant | {name: fill(coerced) for name, fill in rest}
