"""The short way of hot queries: a document is parsed, validated and compiled once, and then executed by one SQL statement.

Strawberry owns the schema. A document that it finds valid and that asks for nothing but `stations` and `station` is compiled to what
`projection` makes of published documents; answers are never kept. Everything else, and everything that goes wrong, is left to Strawberry,
so that errors are the same whichever way a query goes; a test asks both ways.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from partner.api.graphql import arguments, limits, projection
from partner.api.graphql.context import Context
from partner.api.graphql.projection import Json, Projection, Uncompiled
from partner.api.graphql.schema import schema
from partner.api.graphql.templates import Template
from partner.errors import NotFound
from partner.reads import Reads
from partner.registry import search
from partner.registry.joint_queries import Together

_log = logging.getLogger(__name__)
KEPT = 500
LONGEST_KEPT = 20_000
_SCHEMA = schema._schema  # noqa: SLF001 - Strawberry has no other name for the schema that it made
_QUERY = _SCHEMA.get_root_type(OperationType.QUERY)


@dataclass(frozen=True)
class Root:
    """A root field of a document."""

    name: str
    asked: Template
    projected: Projection


@dataclass(frozen=True)
class Compiled:
    """A valid document, ready to be executed with other variables again and again."""

    document: DocumentNode
    operation: OperationDefinitionNode
    roots: tuple[Root, ...]
    aliases: int
    costs: dict[tuple[tuple[str, int], ...], int] = field(default_factory=dict)
    """What it costs by the numbers among its variables: nothing else decides how many objects it may answer."""

    def cost(self, variables: Mapping[str, Any], operation_name: str | None) -> int:
        """What it costs with these variables. Raises as `limits.measure` does."""
        numbers = tuple((name, value) for name, value in variables.items() if isinstance(value, int))
        known = self.costs.get(numbers)
        if known is None:
            known = limits.measure(self.document, operation_name, variables, aliases=self.aliases)
            if len(self.costs) < KEPT:
                self.costs[numbers] = known
        return known


_compiled: OrderedDict[tuple[str, str | None], Compiled | None] = OrderedDict()


async def execute(query: str, variables: Mapping[str, Any] | None, operation_name: str | None, context: Context) -> Json | None:
    """The whole answer, or None when Strawberry is to give it."""
    compiled = _kept(query, operation_name)
    if compiled is None:
        return None
    given = get_variable_values(_SCHEMA, compiled.operation.variable_definitions or (), dict(variables or {}))
    if not isinstance(given, VariableValues):
        return None
    try:
        cost = compiled.cost(given.coerced, operation_name)
        answered = await _answered(compiled.roots, given, context)
    except Exception as error:
        _log.debug("left to Strawberry", exc_info=error)
        return None
    return {"data": answered, "extensions": {"cost": cost}}


async def _answered(roots: tuple[Root, ...], given: VariableValues, context: Context) -> Json:
    """The data of all root fields; several are read by one statement."""
    if len(roots) == 1:
        return await _root(roots[0], given, context, context.reads)
    together = Together(context.reads)
    parts = await asyncio.gather(*(_root(root, given, context, together) for root in roots), return_exceptions=True)
    found: Json = {}
    for part in parts:
        if isinstance(part, BaseException):
            raise part
        found |= part
    return found


async def _root(root: Root, given: VariableValues, context: Context, reads: Reads) -> Json:
    asked = root.asked.values(given)
    return await (_stations if root.name == "stations" else _station)(root, asked, given, context, reads)


def _kept(query: str, operation_name: str | None) -> Compiled | None:
    key = (query, operation_name)
    if key in _compiled:
        _compiled.move_to_end(key)
        return _compiled[key]
    made = _compile(query, operation_name)
    if len(query) <= LONGEST_KEPT:
        _compiled[key] = made
        if len(_compiled) > KEPT:
            _compiled.popitem(last=False)
    return made


def _compile(query: str, operation_name: str | None) -> Compiled | None:
    try:
        document = parse(query, max_tokens=limits.MOST_TOKENS)
    except GraphQLError:
        return None
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    chosen = [one for one in operations if operation_name is None or (one.name is not None and one.name.value == operation_name)]
    if len(chosen) != 1 or chosen[0].operation is not OperationType.QUERY or validate(_SCHEMA, document):
        return None
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    try:
        roots = _roots(chosen[0], projection.Selecting(fragments))
    except (GraphQLError, Uncompiled):
        return None
    return Compiled(document, chosen[0], roots, limits.aliases_of(document))


def _roots(operation: OperationDefinitionNode, selecting: projection.Selecting) -> tuple[Root, ...]:
    """The root fields of an operation. Raises Uncompiled where one is none of ours."""
    found = []
    for key, nodes in selecting.fields(operation.selection_set).items():
        name = nodes[0].name.value
        if len(nodes) != 1 or name not in {"stations", "station"} or _QUERY is None:
            raise Uncompiled
        make = selecting.connection if name == "stations" else selecting.station
        found.append(Root(name, Template(_QUERY.fields[name], nodes[0]), make(nodes, key)))
    return tuple(found)


async def _stations(root: Root, asked: Mapping[str, Any], given: VariableValues, context: Context, reads: Reads) -> Json:
    order = asked.get("orderBy")
    times = {"as_of": asked.get("asOf"), "known_at": asked.get("knownAt")}
    sort = None if order is None else arguments.snake(order)
    wanted = {"limit": asked.get("first", 50), "cursor": asked.get("after"), "sort": sort, **times}
    if root.projected.wants_total:
        wanted["count"] = "exact"
    criteria, page = arguments.parse_given(context.law, asked.get("filter"), **wanted)
    held_first = root.projected.held_first(given)
    found = await search.stations(reads, criteria, page, key=context.key, held_first=held_first)
    whole = projection.Answered(found, criteria, context.key, paged=page.cursor is not None, held_first=held_first)
    return {root.projected.key: root.projected.make(whole)}


async def _station(root: Root, asked: Mapping[str, Any], given: VariableValues, context: Context, reads: Reads) -> Json:
    if root.projected.held_first(given) is not None:
        raise Uncompiled
    as_of: date | None = asked.get("asOf")
    known_at: datetime | None = asked.get("knownAt")
    arguments.parse_given(context.law, None, as_of=as_of, known_at=known_at)
    try:
        station_id = UUID(asked["id"])
        _, text = await search.station(reads, station_id, as_of=as_of, known_at=known_at)
    except (ValueError, NotFound):
        return {root.projected.key: None}
    return {root.projected.key: root.projected.make(orjson.loads(text))}
