"""Conditions of the law in CEL (Common Expression Language), compiled and checked when they are loaded.

An expression names facts of `partner.regulation.facts`; a name that the shape does not have is refused with the file's
line, and so is an expression that does not answer true or false on facts that are all absent and on facts that are all there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import cel
from pydantic import BeforeValidator, ValidationInfo

from partner.regulation.facts import KNOWN, FactShape, ListOf, Record, Scalar, Shape, project
from partner.regulation.sources import shape_of

_TOKEN = re.compile(r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<mark>[^\s\w]))""")
_MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
_FUNCTIONS = frozenset({"size", "has", "matches", "startsWith", "endsWith", "contains", "double", "int", "string"})
_WORDS = frozenset({"true", "false", "null", "in"})

Binding = Mapping[str, Shape]


class Told:
    """Projected facts, handed over to CEL once, so that many expressions may be asked about them.

    Handing over is dear, so it waits for the first question, and for the first about an item of a list.
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._variables = dict(facts)
        self._facts: cel.Context | None = None
        self._with_item: cel.Context | None = None

    def context(self, item: object = None) -> cel.Context:
        """The facts as CEL has them, with the item of a list where an expression looks at one."""
        if item is None:
            self._facts = self._facts or cel.Context(variables=self._variables)
            return self._facts
        self._with_item = self._with_item or cel.Context(variables=self._variables)
        self._with_item.add_variable("item", item)
        return self._with_item


class Expression:
    """A compiled condition over the facts, and over `item` where a check looks at each item of a list."""

    def __init__(self, source: str, *, item: Shape | None = None, shape: FactShape = KNOWN) -> None:
        self.source = str(source)
        try:
            self._program = cel.compile(self.source)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"not a CEL expression: {error}") from error
        facts = shape.facts.fields
        names = dict(facts) if item is None else {**facts, "item": item}
        _Names(self.source, names).check()
        absent, there = _trials(shape)
        self._hold_without(absent, None if item is None else project(None, item))
        self.holds(there, None if item is None else _sample(item))

    def _hold_without(self, absent: Told, item: object) -> None:
        """Try it on a filing that says nothing: what compares a fact that may be absent has to ask for it first."""
        try:
            self.holds(absent, item)
        except ValueError as error:
            raise ValueError(f"{error} (what is absent is null: ask '… != null && …' first)") from error

    def holds(self, told: Told, item: object = None) -> bool:
        """Whether it is true of projected facts, and of the item where the check looks at each item of a list."""
        try:
            answer = self._program.execute(told.context(item))
        except (TypeError, ValueError, RuntimeError, KeyError, ArithmeticError) as error:
            raise ValueError(f"'{self.source}' cannot be answered: {error}") from error
        if not isinstance(answer, bool):
            raise ValueError(f"'{self.source}' does not answer true or false")  # noqa: TRY004 - pydantic wants ValueError
        return answer

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


class _Names:
    """Walks the tokens of an expression and looks every path of names up in the shape of the facts."""

    def __init__(self, source: str, names: Binding) -> None:
        self._tokens = [(match.lastgroup or "", match.group().strip()) for match in _TOKEN.finditer(source)]
        self._names = dict(names)
        self._place = 0

    def check(self) -> None:
        while self._place < len(self._tokens):
            kind, token = self._tokens[self._place]
            self._place += 1
            if kind == "name" and token not in _WORDS:
                self._root(token)

    def _root(self, token: str) -> None:
        if self._next_is("("):
            if token not in _FUNCTIONS:
                raise ValueError(f"there is no function '{token}'")
            return
        if token not in self._names:
            raise ValueError(f"there is no fact '{token}'")
        self._path(token, self._names[token])

    def _path(self, path: str, shape: Shape) -> None:
        while self._next_is("."):
            name = self._tokens[self._place + 1][1]
            self._place += 2
            if self._next_is("("):
                self._method(path, name, shape)
                return
            known = shape.fields.get(name) if isinstance(shape, Record) else None
            if known is None:
                raise ValueError(f"there is no fact '{path}.{name}'")
            path, shape = f"{path}.{name}", known

    def _method(self, path: str, name: str, shape: Shape) -> None:
        if name in _MACROS:
            if not isinstance(shape, ListOf):
                raise ValueError(f"'{path}' is no list")
            self._names[self._tokens[self._place + 1][1]] = shape.item
        elif name not in _FUNCTIONS:
            raise ValueError(f"there is no function '{name}'")

    def _next_is(self, mark: str) -> bool:
        return self._place < len(self._tokens) and self._tokens[self._place][1] == mark


@lru_cache(maxsize=4)
def _trials(shape: FactShape) -> tuple[Told, Told]:
    """Facts that are all absent, and facts that are all there."""
    facts = shape.facts.fields
    return Told({name: project(None, part) for name, part in facts.items()}), Told({name: _sample(part) for name, part in facts.items()})


def _sample(shape: Shape) -> object:
    if isinstance(shape, Record):
        return {name: _sample(part) for name, part in shape.fields.items()}
    if isinstance(shape, ListOf):
        return [_sample(shape.item)]
    return {Scalar.TEXT: "text", Scalar.NUMBER: 1.5, Scalar.BOOLEAN: True}[shape]


def _compiled(value: object, info: ValidationInfo) -> object:
    return Expression(value, shape=shape_of(info)) if isinstance(value, str) else value


Condition = Annotated[Expression, BeforeValidator(_compiled)]
"""An expression over the facts alone."""
