"""From a license version to the rows that the public may read: masked, rounded, ready-made. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from partner.registry import documents, musen_forms
from partner.registry.disclosure import Disclosed, disclose
from partner.registry.facts import AssignmentFacts, License
from partner.registry.normalisation import normalise
from partner.registry.timeline import status_on
from partner.registry.vocabulary import Place, Vocabulary

Row = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """The rows of one published version: `license` lacks what its change decides (sequence, recorded, valid)."""

    document: Row
    license: Row
    assignments: list[Row] = field(default_factory=list)


def publish(license_: License, vocabulary: Vocabulary, on: date) -> Published | None:
    """What the public may read of a license version, by the rules of disclosure of a day; None when nothing may be published."""
    disclosed = disclose(license_, vocabulary.law.disclosure.on(on))
    if disclosed is None:
        return None
    document = documents.station(license_, disclosed, vocabulary)
    return Published(document, _license_row(license_, disclosed, document, vocabulary), _assignment_rows(license_, disclosed, vocabulary))


def call_sign_form(call_sign: str | None) -> str:
    """A call sign as it is compared: half width, capitals, no spaces; '' for none."""
    return "".join(unicodedata.normalize("NFKC", call_sign or "").upper().split())


def with_status(document: Row, license_: License, on: date) -> Row:
    """A copy of a published document with the status of a day, as the change feed shows it."""
    return {**document, "license": {**document["license"], "status": status_on(license_, on)}}


def _license_row(license_: License, disclosed: Disclosed, document: Row, vocabulary: Vocabulary) -> Row:
    facts = license_.facts
    search = "" if disclosed.masked else normalise(disclosed.licensee_name)
    powers = [assignment.power_w for assignment in disclosed.assignments if assignment.power_w is not None]
    return {
        "version_id": license_.version_id,
        "station_id": license_.station_id,
        "call_sign": license_.call_sign,
        "call_sign_search": call_sign_form(license_.call_sign),
        "station_class": facts.station_class,
        "bureau": facts.bureau,
        **_place(_place_of(disclosed, vocabulary)),
        "licensee_name": disclosed.licensee_name,
        "licensee_search": search,
        "licensee_kind": license_.licensee.kind,
        "corporate_number": disclosed.corporate_number,
        "public_licensee_id": disclosed.licensee_id,
        "purposes": list(facts.purposes),
        "communication_matters": list(facts.communication_matters),
        "movement_area": document["movement_area"],
        "moves": facts.moves,
        "station_count": facts.station_count,
        "licensed_on": license_.licensed_on,
        "term_from": license_.valid_from,
        "term_to": license_.valid_to,
        "ended_on": license_.ended_on,
        "suspended": license_.suspended,
        "max_power_w": max(powers, default=None),
        "document": orjson.dumps(document).decode(),
        "musen": orjson.dumps(musen_forms.record(license_, disclosed, vocabulary)).decode(),
        "registration_standard": facts.registration_standard,
        "craft_search": None if disclosed.craft_name is None else normalise(disclosed.craft_name) or None,
        "broadcast_kind": facts.broadcast_kind,
    }


def _place_of(disclosed: Disclosed, vocabulary: Vocabulary) -> Place | None:
    return None if disclosed.municipality is None else vocabulary.place(disclosed.municipality)


def _place(place: Place | None) -> Row:
    if place is None:
        return {"municipality": None, "prefecture": None, "latitude": None, "longitude": None}
    return {"municipality": place.code, "prefecture": place.prefecture, "latitude": place.latitude, "longitude": place.longitude}


def _assignment_rows(license_: License, disclosed: Disclosed, vocabulary: Vocabulary) -> list[Row]:
    rows: list[Row] = []
    place = _place_of(disclosed, vocabulary)
    where = {"station_class": license_.facts.station_class, "prefecture": None if place is None else place.prefecture}
    for assignment in disclosed.assignments:
        for low, high in _bands(assignment, vocabulary):
            rows.append({**_assignment(license_, assignment, len(rows) + 1, low, high), **where})
    return rows


def _assignment(license_: License, assignment: AssignmentFacts, ordinal: int, low: int | None, high: int | None) -> Row:
    return {
        "version_id": license_.version_id,
        "ordinal": ordinal,
        "station_id": license_.station_id,
        "emission": assignment.emission,
        "bundle": assignment.bundle,
        "frequency_low": low,
        "frequency_high": high,
        "power_w": assignment.power_w,
    }


def _bands(assignment: AssignmentFacts, vocabulary: Vocabulary) -> list[tuple[int | None, int | None]]:
    low = assignment.frequency_hz
    if low is not None:
        return [(low, assignment.frequency_to_hz or low)]
    known = vocabulary.bands.get(assignment.bundle or "", ())
    return [*known] if known else [(None, None)]
