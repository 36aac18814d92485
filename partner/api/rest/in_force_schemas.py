"""What the routes of procedures answer, as JSON Schema for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner.api.rest import schemas
from partner.api.rest.schemas import Schema

BOOLEAN: Schema = {"type": "boolean"}
TEXTS: Schema = schemas.listing(schemas.STRING)
AMOUNTS: Schema = schemas.structure("electronic paper", electronic=schemas.OPTIONAL_INTEGER, paper=schemas.OPTIONAL_INTEGER)
HEAD: Mapping[str, Schema] = {
    "id": schemas.STRING,
    "title": schemas.NAME,
    "from": schemas.OPTIONAL_DATE,
    "citation": schemas.OPTIONAL,
    "confirmed": BOOLEAN,
    "why": schemas.OPTIONAL,
}
NAMED = "id title from citation confirmed"


def _or_nothing(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TIER: Schema = schemas.structure(
    "up_to_w amount_yen confirmed", up_to_w={"type": ["number", "null"]}, amount_yen=AMOUNTS, confirmed=BOOLEAN, why=schemas.OPTIONAL
)
WINDOW: Schema = schemas.structure(
    f"{NAMED} opens_months closes_months",
    **HEAD,
    opens_months=schemas.OPTIONAL_INTEGER,
    closes_months=schemas.OPTIONAL_INTEGER,
    after=schemas.OPTIONAL,
    within_days=schemas.OPTIONAL_INTEGER,
    within_months=schemas.OPTIONAL_INTEGER,
    before_end=_or_nothing(BOOLEAN),
    within_completion=_or_nothing(BOOLEAN),
)
LIMIT: Schema = schemas.structure("yen lines further", yen={"type": "integer"}, lines=schemas.listing(TIER), further=schemas.listing(TIER))
DEVICES: Schema = schemas.structure(
    "transmitters others at_most", transmitters=schemas.listing(TIER), others=schemas.listing(TIER), at_most=LIMIT
)
FEE: Schema = schemas.structure(
    f"{NAMED} lines further certificate",
    **HEAD,
    exempt=_or_nothing(schemas.structure("applicant_kinds citation", applicant_kinds=TEXTS, citation=schemas.STRING)),
    lines=schemas.listing(TIER),
    further=schemas.listing(TIER),
    by_class={"type": "object", "description": "the table that counts for a class of station in place of this one"},
    devices=_or_nothing(DEVICES),
    documents_only=_or_nothing(AMOUNTS),
    certificate=_or_nothing(AMOUNTS),
)
STEP: Schema = schemas.structure(
    "from action who to when requires",
    **{"from": TEXTS, "action": schemas.STRING, "who": TEXTS, "to": schemas.OPTIONAL, "when": TEXTS, "requires": TEXTS},
)
ROUTE: Schema = schemas.structure(
    f"{NAMED} steps",
    **HEAD,
    when=schemas.OPTIONAL,
    levels=TEXTS,
    completion_grace_days=schemas.OPTIONAL_INTEGER,
    steps=schemas.listing(STEP),
)
ATTACHMENT: Schema = schemas.structure(
    "kind title conditional", kind=schemas.STRING, title=schemas.NAME, conditional=BOOLEAN, required_when=schemas.OPTIONAL
)
CHECK: Schema = schemas.structure(
    f"check {NAMED} outcome message remedy",
    check=schemas.STRING,
    **HEAD,
    outcome=schemas.STRING,
    message=schemas.NAME,
    remedy=schemas.NAME,
)
SUMMARY: Mapping[str, Schema] = {
    "code": schemas.STRING,
    "title": schemas.NAME,
    "kind": schemas.STRING,
    "act": schemas.STRING,
    "citations": TEXTS,
    "station_classes": TEXTS,
    "filers": TEXTS,
    "confirmed": BOOLEAN,
}
PROCEDURES: Schema = schemas.structure(
    "items next_cursor", items=schemas.listing(schemas.structure(" ".join(SUMMARY), **SUMMARY)), next_cursor=schemas.OPTIONAL
)
PROCEDURE: Schema = schemas.structure(
    f"{' '.join(SUMMARY)} on form window fee inspection_fee route attachments checks",
    **SUMMARY,
    on=schemas.DATE,
    form={"type": "object", "description": "JSON Schema 2020-12 of the form"},
    window=_or_nothing(WINDOW),
    fee=_or_nothing(FEE),
    inspection_fee=_or_nothing(FEE),
    route=schemas.listing(ROUTE),
    attachments=schemas.listing(ATTACHMENT),
    checks=schemas.listing(CHECK),
    license_field=schemas.OPTIONAL,
    case_field=schemas.OPTIONAL,
    effect=schemas.STRING,
    governed_by={"type": "object", "additionalProperties": schemas.STRING},
    standard_days=schemas.OPTIONAL_INTEGER,
    law=schemas.structure("digest", digest=schemas.STRING),
)


def answers(schema: Schema) -> dict[int | str, dict[str, Any]]:
    """The description of an answer of this shape."""
    return {200: {"description": "The answer", "content": {"application/json": {"schema": schema}}}}
