"""The station as the public reads it: the ready-made JSON of REST, GraphQL, the change feed and the dumps.

`license.status` depends on the day that is asked about (`partner.registry.status`). A document is kept with the status that most
answers need, `in_force`; whoever shows another day puts the status of that day in its place.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from partner.errors import Text
from partner.registry.disclosure import Disclosed
from partner.registry.facts import AssignmentFacts, License, SiteFacts
from partner.registry.vocabulary import Vocabulary
from partner.regulation.periods import shown_day

Json = dict[str, Any]


def station(license_: License, disclosed: Disclosed, vocabulary: Vocabulary) -> Json:
    """The Station of the public interface. Hz are integers, powers are W as numbers, names are `{"ja", "en"}`."""
    facts = license_.facts
    return {
        "id": str(license_.station_id),
        "call_sign": license_.call_sign,
        "identification": None,
        "station_class": coded("station-classes", facts.station_class, vocabulary),
        "licensee": _licensee(license_, disclosed),
        "license": _license(license_),
        "purposes": [coded("purposes", code, vocabulary) for code in facts.purposes],
        "communication_matters": [coded("communication-matters", code, vocabulary) for code in facts.communication_matters],
        "communication_partner": disclosed.communication_partner,
        "bureau": coded("bureaus", facts.bureau, vocabulary),
        "location": _location(disclosed.municipality, vocabulary),
        "sites": [_site(site, vocabulary) for site in disclosed.sites],
        "movement_area": movement_area(facts.moves, disclosed.movement_area, vocabulary),
        "moves": facts.moves,
        "station_count": facts.station_count,
        "registration": _registration(facts.registration_standard, vocabulary),
        "assignments": [_assignment(assignment) for assignment in disclosed.assignments],
        "operating_hours": disclosed.operating_hours,
        "broadcasting": _broadcasting(disclosed),
        "note": disclosed.note,
        "synthetic": list(facts.synthetic),
    }


def coded(list_id: str, code: str, vocabulary: Vocabulary) -> Json:
    """A code with its names; shared between documents, so never to be changed."""
    return vocabulary.coded(list_id, code)


def movement_area(moves: bool, area: str | None, vocabulary: Vocabulary) -> str | None:
    """The official words for where a station moves: `移動しない` for one that does not."""
    if not moves:
        return "移動しない"
    return None if area is None else vocabulary.name("movement-areas", area).ja


def number(value: Decimal | None) -> int | float | None:
    """A decimal as a JSON number, whole where it is whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _licensee(license_: License, disclosed: Disclosed) -> Json:
    return {
        "id": None if disclosed.licensee_id is None else str(disclosed.licensee_id),
        "name": disclosed.licensee_name,
        "kind": license_.licensee.kind,
        "corporate_number": disclosed.corporate_number,
    }


def _license(license_: License) -> Json:
    return {
        "licensed_on": license_.licensed_on.isoformat(),
        "valid_from": license_.valid_from.isoformat(),
        "valid_to": None if (last := shown_day(license_.valid_to)) is None else last.isoformat(),
        "ended_on": None if license_.ended_on is None else license_.ended_on.isoformat(),
        "end_kind": license_.end_kind,
        "status": "in_force",
    }


def _registration(standard: str | None, vocabulary: Vocabulary) -> Json | None:
    """What a registered station (登録局) is registered under; None for a licensed one."""
    return None if standard is None else {"standard": coded("registration-standards", standard, vocabulary)}


def _location(municipality: str | None, vocabulary: Vocabulary) -> Json | None:
    if municipality is None:
        return None
    return {"municipality_code": municipality, "name": vocabulary.place(municipality).name.as_dict()}


def site_name(site: SiteFacts, vocabulary: Vocabulary) -> Text:
    """The name of the municipality of a site."""
    return Text(site.place, site.place) if site.place is not None else vocabulary.place(site.municipality).name


def _site(site: SiteFacts, vocabulary: Vocabulary) -> Json:
    return {"role": site.role, "municipality_code": site.municipality, "name": site_name(site, vocabulary).as_dict()}


def _assignment(assignment: AssignmentFacts) -> Json:
    return {
        "emission": assignment.emission,
        "bundle": assignment.bundle,
        "frequency_hz": assignment.frequency_hz,
        "frequency_to_hz": assignment.frequency_to_hz,
        "power_w": number(assignment.power_w),
    }


def _broadcasting(disclosed: Disclosed) -> Json | None:
    if disclosed.broadcast_matter is None and disclosed.broadcast_area is None:
        return None
    return {"matter": disclosed.broadcast_matter, "area": disclosed.broadcast_area}
