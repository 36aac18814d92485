"""The Station document as JSON Schema: what a line of `stations.jsonl` is. The columns of CSV and Parquet follow from it.

It is strict: a document with one field more, or one less, is another version of the schema.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
SCHEMA_VERSION = "1.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def structure(**properties: Schema) -> Schema:
    """An object that has all of these properties and no other."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def listing(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def optional(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


STRING: Schema = {"type": "string"}
UUID: Schema = {"type": "string", "format": "uuid"}
DATE: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
NAME = structure(ja=STRING, en=STRING)
CODED = structure(code=STRING, name=NAME)
STATUSES = ("in_force", "not_yet", "expired", "ended", "suspended")
ASSIGNMENT = structure(
    emission=optional(STRING),
    bundle=optional(STRING),
    frequency_hz=optional(INTEGER),
    frequency_to_hz=optional(INTEGER),
    power_w=optional(NUMBER),
)
SITE = structure(role=STRING, municipality_code=STRING, name=NAME)
STATION = structure(
    id=UUID,
    call_sign=optional(STRING),
    identification={"type": "null", "description": "withheld"},
    station_class=CODED,
    licensee=structure(
        id=optional(UUID),
        name=STRING,
        kind={"type": "string", "enum": ["individual", "club", "corporation", "government"]},
        corporate_number=optional({**STRING, "pattern": "^[0-9]{13}$"}),
    ),
    license=structure(
        licensed_on=DATE,
        valid_from=DATE,
        valid_to=optional(DATE),
        ended_on=optional(DATE),
        end_kind=optional(STRING),
        status={"type": "string", "enum": list(STATUSES)},
    ),
    purposes=listing(CODED),
    communication_matters=listing(CODED),
    communication_partner=optional(STRING),
    bureau=CODED,
    location=optional(structure(municipality_code=STRING, name=NAME)),
    sites=listing(SITE),
    movement_area=optional(STRING),
    moves=BOOLEAN,
    station_count=COUNT,
    registration=optional(structure(standard=CODED)),
    assignments=listing(ASSIGNMENT),
    operating_hours=optional(STRING),
    broadcasting=optional(structure(matter=optional(STRING), area=optional(STRING))),
    note=optional(STRING),
    synthetic=listing(STRING),
)


def kind(schema: Schema) -> str:
    """The type of a value, null aside."""
    named = schema["type"]
    return str(next((one for one in named if one != "null"), "null") if isinstance(named, list) else named)


def is_optional(schema: Schema) -> bool:
    """Whether null is a value too."""
    return isinstance(schema["type"], list) or schema["type"] == "null"
