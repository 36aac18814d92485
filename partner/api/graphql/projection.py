"""From published documents to what a query selects of them: made once for a query, used for every answer.

The fields of the schema are those of the documents in camelCase (`partner.api.graphql.types`), so a selection is a list of keys and the
names they are read from. What is not simply read is a page of stations: its cursors, its total, and the stations of its licensees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from graphql.execution.values import VariableValues, get_argument_values

from partner.api.graphql.arguments import snake
from partner.api.graphql.schema import schema
from partner.registry.criteria import Criteria, Page
from partner.registry.search import Found

Json = dict[str, Any]
Maker = Callable[[Any], Any]
Fields = Mapping[str, list[FieldNode]]
_TYPES = schema._schema  # noqa: SLF001 - Strawberry has no other name for the schema that it made
TYPENAME = snake("__typename")
DEFAULT_HELD = 20
MOST_HELD = 1000
MOST_FIELDS = 2000


class Uncompiled(Exception):
    """Says that a query goes the other way."""


@dataclass(frozen=True)
class Answered:
    """A page that was read, and what its cursors are made of."""

    found: Found
    criteria: Criteria
    key: bytes
    paged: bool
    held_first: int | None

    def cursor(self, index: int) -> str:
        """The cursor behind an item."""
        return self.found.cursor(index, self.criteria, self.key)

    def document(self, index: int) -> Json:
        """A station, with the stations that its licensee holds where they are asked for."""
        document: Json = orjson.loads(self.found.items[index])
        if self.held_first is not None:
            licensee = document["licensee"]
            licensee["stations"] = None if licensee["id"] is None else self._held(index, self.held_first)
        return document

    def _held(self, index: int, first: int) -> Json:
        held = orjson.loads(self.found.row(index).held or b"[]")
        return {"documents": held[:first], "more": len(held) > first}


@dataclass
class Projection:
    """What is made of an answer, under which key of the data, and what must be read for it."""

    key: str
    make: Maker
    wants_total: bool = False
    held: list[FieldNode] = field(default_factory=list)

    def held_first(self, given: VariableValues) -> int | None:
        """How many stations of each licensee are asked for. Raises Uncompiled for what takes a statement of its own."""
        if not self.held:
            return None
        licensee = _object("Licensee")
        asked = get_argument_values(licensee.fields["stations"], self.held[0], given)
        first = asked.get("first", DEFAULT_HELD)
        if len(self.held) > 1 or asked.get("after") is not None or not 1 <= first <= MOST_HELD:
            raise Uncompiled
        return int(first)


class Selecting:
    """Compiles the selections of one document."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._held: list[FieldNode] = []
        self._wants_total = False
        self._left = MOST_FIELDS

    def fields(self, *selected: SelectionSetNode) -> dict[str, list[FieldNode]]:
        """The fields of selections by the keys of the answer, fragments spread.

        Raises Uncompiled when a directive is in the way, or fragments in fragments spread to more fields than anybody writes.
        """
        found: dict[str, list[FieldNode]] = {}
        for one in selected:
            for selection in one.selections:
                for node in self._spread(selection):
                    found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return found

    def _spread(self, selection: SelectionNode) -> list[FieldNode]:
        self._left -= 1
        if self._left < 0 or getattr(selection, "directives", None):
            raise Uncompiled
        if isinstance(selection, FieldNode):
            return [selection]
        if isinstance(selection, FragmentSpreadNode):
            inner = self._fragments[selection.name.value].selection_set
        elif isinstance(selection, InlineFragmentNode):
            inner = selection.selection_set
        else:
            raise Uncompiled
        return [node for one in inner.selections for node in self._spread(one)]

    def connection(self, nodes: list[FieldNode], key: str) -> Projection:
        """The projection of a page of stations."""
        make = self._page(nodes)
        return Projection(key, make, self._wants_total, self._held)

    def station(self, nodes: list[FieldNode], key: str) -> Projection:
        """The projection of one station."""
        make = self._object("Station", nodes)
        return Projection(key, make, held=self._held)

    def _below(self, nodes: list[FieldNode]) -> Fields:
        return self.fields(*(node.selection_set for node in nodes if node.selection_set is not None))

    def _page(self, nodes: list[FieldNode]) -> Maker:
        makers: dict[str, Maker] = {}
        for key, chosen in self._below(nodes).items():
            name = chosen[0].name.value
            if name == "edges":
                makers[key] = self._edges(chosen)
            elif name == "pageInfo":
                makers[key] = self._page_info(chosen)
            elif name == "totalCount":
                self._wants_total = True
                makers[key] = lambda page: page.found.total
            else:
                makers[key] = lambda _: "StationConnection"
        return lambda page: {key: make(page) for key, make in makers.items()}

    def _edges(self, nodes: list[FieldNode]) -> Maker:
        makers: dict[str, Callable[[Answered, int], Any]] = {}
        for key, chosen in self._below(nodes).items():
            name = chosen[0].name.value
            if name == "node":
                makers[key] = _node(self._object("Station", chosen))
            elif name == "cursor":
                makers[key] = Answered.cursor
            else:
                makers[key] = lambda _page, _index: "StationEdge"
        return lambda page: [{key: make(page, index) for key, make in makers.items()} for index in range(len(page.found.items))]

    def _page_info(self, nodes: list[FieldNode]) -> Maker:
        makers = {key: PAGE_INFO[chosen[0].name.value] for key, chosen in self._below(nodes).items()}
        return lambda page: {key: make(page) for key, make in makers.items()}

    def _object(self, type_name: str, nodes: list[FieldNode]) -> Maker:
        """What is made of a source of some type: null of null."""
        plain: dict[str, str] = {}
        made: dict[str, Maker] = {}
        for key, chosen in self._below(nodes).items():
            name = chosen[0].name.value
            plain[key] = snake(name)
            if name == "__typename":
                made[key] = lambda _: type_name
            elif type_name == "Licensee" and name == "stations":
                self._held.append(chosen[0])
                made[key] = self._holdings(chosen)
            elif isinstance(inner := get_named_type(kind := _object(type_name).fields[name].type), GraphQLObjectType):
                make = self._object(inner.name, chosen)
                made[key] = _of_each(make) if is_list_type(get_nullable_type(kind)) else make
        return _maker(plain, made)

    def _holdings(self, nodes: list[FieldNode]) -> Maker:
        """The stations that a licensee holds, without cursors: a page of them that is to be continued goes the other way."""
        makers: dict[str, Maker] = {}
        for key, chosen in self._below(nodes).items():
            if chosen[0].name.value != "edges":
                raise Uncompiled
            inner = self._below(chosen)
            if any(one[0].name.value != "node" for one in inner.values()):
                raise Uncompiled
            nested = {name: Selecting(self._fragments)._object("Station", one) for name, one in inner.items()}  # noqa: SLF001
            makers[key] = _listed(nested)
        return lambda held: None if held is None else {key: make(held) for key, make in makers.items()}


def _node(make: Maker) -> Callable[[Answered, int], Any]:
    return lambda page, index: make(page.document(index))


def _listed(nested: Mapping[str, Maker]) -> Maker:
    return lambda held: [{name: make(document) for name, make in nested.items()} for document in held["documents"]]


def _reader(names: Sequence[str]) -> Callable[[Json], Sequence[Any]]:
    """What reads several values of an object at once."""
    read = itemgetter(*names)
    return read if len(names) > 1 else lambda source: (read(source),)


def _of_each(make: Maker) -> Maker:
    return lambda sources: None if sources is None else [make(source) for source in sources]


def _maker(plain: Mapping[str, str], made: Mapping[str, Maker]) -> Maker:
    """The values of `plain` by their keys, in this order; those of `made` are what is made of the value."""
    keys = tuple(plain)
    stored = [name for key, name in plain.items() if name != TYPENAME]
    read = _reader([stored[0] if name == TYPENAME else name for name in plain.values()]) if stored else None
    makers = tuple(made.items())

    def make(source: Any) -> Any:
        if source is None:
            return None
        found = dict(zip(keys, read(source), strict=True)) if read is not None else dict.fromkeys(keys)
        for key, inner in makers:
            found[key] = inner(found[key])
        return found

    return make


def _object(name: str) -> GraphQLObjectType:
    found = _TYPES.get_type(name)
    if not isinstance(found, GraphQLObjectType):
        raise Uncompiled
    return found


PAGE_INFO: dict[str, Callable[[Answered], Any]] = {
    "hasNextPage": lambda page: page.found.more,
    "hasPreviousPage": lambda page: page.paged,
    "startCursor": lambda page: page.cursor(0) if page.found.items else None,
    "endCursor": lambda page: page.cursor(len(page.found.items) - 1) if page.found.items else None,
    "__typename": lambda _: "PageInfo",
}
__all__ = ["Answered", "Json", "Page", "Projection", "Selecting", "Uncompiled"]
