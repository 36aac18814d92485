"""Turns one YAML text into plain values that remember their lines.

`ruamel.yaml`'s safe reader composes the nodes; the values are made here, because duplicate keys, anchors, foreign tags and keys that
are no text are refused, and because a message for a lawyer must name the line. YAML 1.2: `on` and `no` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Self

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Location = tuple[str | int, ...]
Complain = Callable[[int, str], None]

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_ANCHOR = re.compile(r"(?<![&\w])&(?=\w)")
"""What may be an anchor. Only the parser in Python tells of anchors; that in C, seven times as fast, reads all other files."""
TOO_DEEP = "lists and mappings are nested too deeply to be read"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Located(str):
    """Text with the line that it stands on."""

    __slots__ = ("line",)
    line: int

    def __new__(cls, text: str, line: int) -> Self:
        """`text`, standing on `line` (counted from 1)."""
        located = super().__new__(cls, text)
        located.line = line
        return located


class Document:
    """The values of one text (`data`) and the line of every one of them (`lines`)."""

    def __init__(self, text: str, complain: Complain) -> None:
        self._complain = complain
        self.lines: dict[Location, int] = {(): 1}
        node = self._compose(text)
        self.data: object = None if node is None else self._values(node)

    def _compose(self, text: str) -> Node | None:
        try:
            node: Node | None = YAML(typ="safe", pure=_ANCHOR.search(text) is not None).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._complain(1 if mark is None else mark.line + 1, f"not YAML: {error.problem or error.context}")
        except (YAMLError, ValueError) as error:
            self._complain(1, f"not YAML: {error}")
        except RecursionError:
            self._complain(1, TOO_DEEP)
        else:
            if node is None:
                self._complain(1, "the file is empty")
            return node
        return None

    def _values(self, node: Node) -> object:
        try:
            return self._value(node, ())
        except RecursionError:
            self._complain(1, TOO_DEEP)
            return None

    def _value(self, node: Node, location: Location) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(location, line)
        if node.anchor is not None:
            self._complain(line, "anchors and aliases are not used here: write the value out")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, location)
        if isinstance(node, SequenceNode):
            return [self._value(item, (*location, index)) for index, item in enumerate(node.value)]
        return self._scalar(str(node.tag).removeprefix(_TAG), str(node.value), line)

    def _mapping(self, node: MappingNode, location: Location) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode) or key_node.tag != f"{_TAG}str":
                self._complain(line, "a key must be text (put it in quotes)")
                continue
            key = str(key_node.value)
            if key in mapping:
                self._complain(line, f"duplicate key '{key}'")
                continue
            self.lines[(*location, key)] = line
            mapping[Located(key, line)] = self._value(value_node, (*location, key))
        return mapping

    def _scalar(self, tag: str, text: str, line: int) -> object:
        if tag == "str":
            return Located(text, line)
        if tag == "null":
            return None
        if tag == "bool" and text in {"true", "false"}:
            return text == "true"
        return self._number_or_date(tag, text, line)

    def _number_or_date(self, tag: str, text: str, line: int) -> object:
        if tag == "int" and _INTEGER.fullmatch(text):
            return int(text)
        if tag == "float" and _DECIMAL.fullmatch(text):
            return float(text)
        if tag == "timestamp" and _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._complain(line, f"no such date: {text}")
                return None
        self._complain(line, f"cannot read the value '{text}' (text goes in quotes; true, 12, 12.5 and 2025-10-01 are plain)")
        return None
