"""What the public reads answer and take, as JSON Schema for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from partner.registry.criteria import STATUSES
from partner.registry.values import HIGHEST_LIMIT, SORT_KEYS

Schema = dict[str, Any]


def structure(required: str, /, **properties: Schema) -> Schema:
    """An object; `required` names, by spaces, what is always there."""
    return {"type": "object", "properties": properties, "required": required.split()}


def listing(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


STRING: Schema = {"type": "string"}
OPTIONAL: Schema = {"type": ["string", "null"]}
DATE: Schema = {"type": "string", "format": "date"}
OPTIONAL_DATE: Schema = {"type": ["string", "null"], "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
OPTIONAL_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
INTEGER: Schema = {"type": "integer", "format": "int64"}
OPTIONAL_INTEGER: Schema = {"type": ["integer", "null"], "format": "int64"}
NAME: Schema = structure("ja en", ja=STRING, en=STRING)
CODED: Schema = structure("code name", code=STRING, name=NAME)
PROBLEM_SCHEMA: Schema = structure(
    "type title status code",
    type=STRING,
    title=STRING,
    status={"type": "integer"},
    code=STRING,
    detail=STRING,
    remedy=STRING,
    errors=listing(structure("field code message", field=STRING, code=STRING, message=STRING)),
)
PROBLEM: Schema = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
ASSIGNMENT: Schema = structure(
    "emission bundle frequency_hz frequency_to_hz power_w",
    emission=OPTIONAL,
    bundle=OPTIONAL,
    frequency_hz=OPTIONAL_INTEGER,
    frequency_to_hz=OPTIONAL_INTEGER,
    power_w={"type": ["number", "null"]},
)
STATION: Schema = structure(
    "id call_sign station_class licensee license bureau assignments",
    id={"type": "string", "format": "uuid"},
    call_sign=OPTIONAL,
    identification=OPTIONAL,
    station_class=CODED,
    licensee=structure("name kind corporate_number", name=STRING, kind=STRING, corporate_number=OPTIONAL),
    license=structure(
        "licensed_on valid_from valid_to status",
        licensed_on=DATE,
        valid_from=DATE,
        valid_to=OPTIONAL_DATE,
        status={"type": "string", "enum": list(STATUSES)},
    ),
    bureau=CODED,
    assignments=listing(ASSIGNMENT),
)
REGISTRY: Schema = structure("sequence updated_at", sequence=INTEGER, updated_at=OPTIONAL_INSTANT)
STATIONS: Schema = structure(
    "items next_cursor total registry", items=listing(STATION), next_cursor=OPTIONAL, total=OPTIONAL_INTEGER, registry=REGISTRY
)
VERSION: Schema = structure(
    "sequence holds_from holds_to recorded_from recorded_to station",
    sequence=INTEGER,
    holds_from=DATE,
    holds_to=OPTIONAL_DATE,
    recorded_from=INSTANT,
    recorded_to=OPTIONAL_INSTANT,
    station={"type": "object"},
)
HISTORY: Schema = structure("items next_cursor", items=listing(VERSION), next_cursor=OPTIONAL)
FIELD_CHANGE: Schema = structure("field before after", field=STRING, before={}, after={})
DIFFERENCE: Schema = structure("station_id from to changes", station_id=STRING, to=DATE, changes=listing(FIELD_CHANGE), **{"from": DATE})
CHANGE: Schema = structure(
    "sequence station_id kind at before after",
    sequence=INTEGER,
    station_id=STRING,
    kind=STRING,
    at=INSTANT,
    before={"type": ["object", "null"]},
    after={"type": ["object", "null"]},
)
CHANGES: Schema = structure("items next", items=listing(CHANGE), next=INTEGER)
CODE: Schema = structure("code name confirmed", code=STRING, name=NAME, confirmed={"type": "boolean"})
CODE_LIST: Schema = structure("list title complete items", list=STRING, title=NAME, complete={"type": "boolean"}, items=listing(CODE))
CODE_LISTS: Schema = structure("items", items=listing(structure("list title count", list=STRING, title=NAME, count=INTEGER)))


def parameter(name: str, description: str, schema: Schema = STRING, *, many: bool = False, place: str = "query") -> Schema:
    """One parameter; `many` says that its key may be repeated for several values."""
    taken = listing(schema) if many else schema
    return {"name": name, "in": place, "required": place == "path", "description": description, "schema": taken}


STATION_ID = parameter("id", "the station's identifier", {"type": "string", "format": "uuid"}, place="path")
AS_OF = parameter("as_of", "the date in Japan that is asked about; today by default", DATE)
KNOWN_AT = parameter("known_at", "the instant whose belief is asked for (a date stands for its end); now by default")
LIMIT = parameter("limit", "items on a page", {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": 50})
SEARCH: list[Schema] = [
    parameter("call_sign", "call sign, whatever its case and width; a trailing * asks for a prefix", many=True),
    parameter("licensee", "part of the licensee's published name", many=True),
    parameter("licensee_id", "the id of a published licensee", {"type": "string", "format": "uuid"}, many=True),
    parameter("station_class", "code of the class of station, as AT", many=True),
    parameter("bureau", "code of the bureau, as A", many=True),
    parameter("prefecture", "code of two digits, as 13", many=True),
    parameter("municipality", "code of five digits, as 13101", many=True),
    parameter("place", "part of the name of a prefecture or municipality, in Japanese or English", many=True),
    parameter("purpose", "code of the purpose", many=True),
    parameter("emission", "class of emission or bundled symbol, as F3E, 16K0F3E, 1AM", many=True),
    parameter("frequency_from", "lowest frequency: Hz, or with a unit as 145MHz"),
    parameter("frequency_to", "highest frequency: Hz, or with a unit as 146MHz"),
    parameter("power_min", "least antenna power: W, or with a unit as 800mW"),
    parameter("power_max", "greatest antenna power: W, or with a unit"),
    parameter("licensed_from", "earliest date of license", DATE),
    parameter("licensed_to", "latest date of license", DATE),
    parameter("status", "in_force by default", {"type": "string", "enum": [*STATUSES, "any"]}, many=True),
    parameter("near", "latitude,longitude in degrees; goes with radius_km"),
    parameter("radius_km", "distance from `near` to the centroid of the municipality", {"type": "number"}),
    AS_OF,
    KNOWN_AT,
    parameter("sort", "- descends", {"type": "string", "enum": [*SORT_KEYS, *(f"-{key}" for key in SORT_KEYS)], "default": "id"}),
    LIMIT,
    parameter("cursor", "next_cursor of the page before, with the same filters, sort and times"),
    parameter("count", "exact fills `total`", {"type": "string", "enum": ["none", "exact"], "default": "none"}),
]
