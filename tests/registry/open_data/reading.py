"""Reads a dump as its schemas say, and as strictly."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import orjson

Row = dict[str, Any]
READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
    "list": lambda text: text.split(" "),
}
STRICT = jsonschema.FormatChecker()


def json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def lines(place: Path) -> list[Row]:
    return [orjson.loads(line) for line in (place / "stations.jsonl").read_bytes().splitlines()]


def table(place: Path, name: str, schemas: Path) -> list[Row]:
    """The rows of a CSV file, each value read as its table schema says; fails where it does not fit."""
    schema = json(schemas / f"{name}.table.json")
    with (place / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [field["name"] for field in schema["fields"]]
    found = [{field["name"]: _value(text, field) for field, text in zip(schema["fields"], row, strict=True)} for row in rows]
    keys = [tuple(row[name] for name in schema["primaryKey"]) for row in found]
    assert len(set(keys)) == len(keys)
    return found


def _value(text: str, field: Row) -> Any:
    limits = field["constraints"]
    if text == "":
        assert not limits["required"], field["name"]
        return [] if field["type"] == "list" else None
    value = READ[field["type"]](text)
    assert value in limits.get("enum", [value])
    assert re.search(limits.get("pattern", ""), text)
    if "minimum" in limits:
        assert value >= limits["minimum"]
    if field.get("format") == "uuid":
        assert str(UUID(text)) == text
    return value


def valid(instance: Any, schema: Path) -> None:
    """Fail unless an instance is what a JSON Schema says, formats included."""
    jsonschema.Draft202012Validator(json(schema), format_checker=STRICT).validate(instance)
