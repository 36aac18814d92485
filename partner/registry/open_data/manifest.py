"""`manifest.json`: what a dump holds, of which state of the register, and how to tell that a copy is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from partner.registry.open_data import structure
from partner.registry.open_data.churn import Churn
from partner.registry.open_data.columns import TABLES
from partner.registry.open_data.formats import Written
from partner.registry.open_data.structure import (
    COUNT,
    DATE,
    INSTANT,
    INTEGER,
    NAME,
    NUMBER,
    SCHEMA_VERSION,
    STRING,
    Schema,
    listing,
    optional,
)
from partner.settings import Settings

MANIFEST, CATALOG, LINES, PARQUET = "manifest.json", "catalog.jsonld", "stations.jsonl", "stations.parquet"
SCHEMAS = "schemas"
TITLE = {"ja": "無線局の免許等の公開情報", "en": "Public register of radio stations"}
MEDIA_TYPES = {
    **{table.file: "text/csv" for table in TABLES},
    LINES: "application/x-ndjson",
    PARQUET: "application/vnd.apache.parquet",
    CATALOG: "application/ld+json",
    MANIFEST: "application/json",
}
SCHEMA_FILES = {
    **{table.file: table.schema_file for table in TABLES},
    LINES: "station.schema.json",
    PARQUET: "station.schema.json",
    MANIFEST: "manifest.schema.json",
}
COLUMNS = {table.file: [column.name for column in table.columns] for table in TABLES}


@dataclass(frozen=True)
class State:
    """The state of the register that one dump shows: all its files are of one snapshot."""

    dump_id: UUID
    generated_at: datetime
    as_of: date
    sequence: int
    updated_at: datetime | None
    statuses: Mapping[str, int]

    @property
    def stations(self) -> int:
        """How many stations there are."""
        return sum(self.statuses.values())


def described(
    state: State,
    files: Sequence[Written],
    *,
    previous: Mapping[str, Any] | None,
    churn: Churn | None,
    left_out: Mapping[str, str],
    settings: Settings,
) -> dict[str, Any]:
    """The manifest of a dump. `left_out` gives the reason for each file that was not made."""
    rows = {written.name: written.rows for written in files}
    return {
        "$schema": f"../{SCHEMAS}/{SCHEMA_FILES[MANIFEST]}",
        "title": TITLE,
        "id": state.dump_id,
        "schema_version": SCHEMA_VERSION,
        "generated_at": state.generated_at,
        "as_of": state.as_of,
        "sequence": state.sequence,
        "updated_at": state.updated_at,
        "feed": f"{settings.public_url}/api/v1/changes?after={state.sequence}",
        "publisher": settings.open_data_publisher,
        "license": settings.open_data_license,
        "counts": {
            "stations": state.stations,
            "assignments": rows["assignments.csv"],
            "sites": rows["sites.csv"],
            "by_status": dict(state.statuses),
        },
        "previous": None if previous is None else {key: previous[key] for key in ("generated_at", "as_of", "sequence")},
        "churn": None if churn is None else churn.as_dict(),
        "files": [_file(written) for written in files],
        "left_out": [{"name": name, "reason": reason} for name, reason in left_out.items()],
    }


def as_json(content: Mapping[str, Any]) -> bytes:
    """JSON for people too: indented, with a line break at its end."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def _file(written: Written) -> dict[str, Any]:
    schema = SCHEMA_FILES.get(written.name)
    return {
        "name": written.name,
        "media_type": MEDIA_TYPES[written.name],
        "bytes": written.size,
        "sha256": written.sha256,
        "rows": written.rows,
        "columns": COLUMNS.get(written.name),
        "schema": None if schema is None else f"../{SCHEMAS}/{schema}",
    }


def schema() -> Schema:
    """The manifest as JSON Schema."""
    file = structure.structure(
        name=STRING,
        media_type=STRING,
        bytes=COUNT,
        sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        rows=optional(COUNT),
        columns=optional(listing(STRING)),
        schema=optional(STRING),
    )
    counted = {"type": "object", "propertyNames": {"enum": list(structure.STATUSES)}, "additionalProperties": COUNT}
    differing = structure.structure(added=COUNT, removed=COUNT, changed=COUNT, expired=COUNT, unexplained=INTEGER, percent=optional(NUMBER))
    return structure.structure(
        **{"$schema": STRING},
        title=NAME,
        id=structure.UUID,
        schema_version={"const": SCHEMA_VERSION},
        generated_at=INSTANT,
        as_of=DATE,
        sequence=COUNT,
        updated_at=optional(INSTANT),
        feed={"type": "string", "format": "uri"},
        publisher=STRING,
        license={"type": "string", "format": "uri"},
        counts=structure.structure(stations=COUNT, assignments=COUNT, sites=COUNT, by_status=counted),
        previous=optional(structure.structure(generated_at=INSTANT, as_of=DATE, sequence=COUNT)),
        churn=optional(differing),
        files=listing(file),
        left_out=listing(structure.structure(name=STRING, reason=STRING)),
    )
