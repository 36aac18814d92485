"""The schemas of all formats as files: `docs/schemas/`, and beside every dump; and the columns as tables for the guide.

`python -m partner.registry.open_data.schemas` writes them; a test compares them with what the program says.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from partner.registry.open_data import manifest
from partner.registry.open_data.columns import LIST_SEPARATOR, STATIONS, TABLES, Column, Table
from partner.registry.open_data.structure import DIALECT, SCHEMA_VERSION, STATION, kind

DOCS = Path(__file__).resolve().parents[3] / "docs"
GUIDE = Path("api") / "open-data.md"
PLACE = re.compile(r"(<!-- columns: begin [^\n]*-->\n).*?(<!-- columns: end -->)", re.DOTALL)
TABLE_DIALECT = "https://datapackage.org/profiles/2.0/tableschema.json"


def documents() -> dict[str, bytes]:
    """The content of each file by its name."""
    whole: dict[str, dict[str, Any]] = {
        manifest.SCHEMA_FILES[manifest.LINES]: _json_schema("A station of the public register; one line of stations.jsonl", STATION),
        manifest.SCHEMA_FILES[manifest.MANIFEST]: _json_schema("The manifest of a dump", manifest.schema()),
        **{table.schema_file: _table_schema(table) for table in TABLES},
    }
    return {name: manifest.as_json(content) for name, content in whole.items()}


def _json_schema(title: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "title": title, "version": SCHEMA_VERSION, **schema}


def _table_schema(table: Table) -> dict[str, Any]:
    """A CSV file as Table Schema (Frictionless)."""
    refers = {"fields": table.refers, "reference": {"resource": STATIONS.file.removesuffix(".csv"), "fields": "id"}}
    return {
        "$schema": TABLE_DIALECT,
        "title": table.title,
        "version": SCHEMA_VERSION,
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        **({} if table.refers is None else {"foreignKeys": [refers]}),
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    schema = column.schema
    found: dict[str, Any] = {"name": column.name, "type": "list" if column.is_list else kind(schema), "description": column.description}
    if column.is_list:
        found |= {"delimiter": LIST_SEPARATOR, "itemType": "string"}
    elif schema.get("format") == "date":
        found |= {"type": "date", "format": "default"}
    elif schema.get("format") == "uuid":
        found |= {"format": "uuid"}
    limits: dict[str, Any] = {"required": not column.nullable}
    limits |= {key: schema[key] for key in ("enum", "pattern", "minimum") if key in schema}
    return {**found, "constraints": limits}


def guide(page: str) -> str:
    """The guide with the columns of the tables in their place."""
    parts = [f"`{table.file}`\n\n| column | type | meaning |\n|---|---|---|\n{_rows(table)}" for table in TABLES]
    return PLACE.sub(lambda place: place[1] + "\n".join(parts) + place[2], page)


def _rows(table: Table) -> str:
    fields = [_field(column) for column in table.columns]
    return "".join(f"| `{one['name']}` | {one['type']} | {one['description']} |\n" for one in fields)


def write(directory: Path = DOCS) -> None:
    """Write the files, and the columns in the guide."""
    (directory / "schemas").mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        (directory / "schemas" / name).write_bytes(content)
    page = directory / GUIDE
    page.write_text(guide(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
