"""From the form of a case to what stands on the license record. Pure.

A renewal takes everything from the register; a change takes from the form what it flags as changed, and the rest from the
register; a new license takes everything from the form. What is designated may differ from what was applied for. What a
change flags without saying what it becomes stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from partner.licensing import facts
from partner.registry.facts import AssignmentFacts, LicenseFacts
from partner.regulation import Law

EQUIPMENT = ("transmitters", "antennas", "frequency_meter", "other_design", "transmitter_diagram")
REMOVED = "C"  # 撤去, code list `change-kinds`


def of_new_license(form: Mapping[str, Any], law: Law, *, bureau: str, designation: Mapping[str, Any]) -> LicenseFacts:
    """All that the form applies for, as designated."""
    station = form.get("station", {})
    site = station.get("site", {})
    return LicenseFacts(
        station_class=station_class(form),
        bureau=bureau,
        purposes=tuple(station.get("purposes", ())),
        communication_matters=tuple(station.get("communication_matters", ())),
        communication_partner=station.get("communication_partner") or _partner(law, station.get("communication_matters", ())),
        municipality=site.get("municipality"),
        site_address=site.get("address"),
        **_movement(law, station_class(form), station),
        station_count=station.get("station_count", 1),
        identification=station.get("identification"),
        assignments=assignments(designation.get("assignments") or station.get("assignments", ())),
        conditions=tuple(designation.get("conditions", ())),
        operating_hours=station.get("operating_hours"),
        registration_standard=station.get("registration_standard"),
        designated_area=station.get("planned_area"),
        expected_count=station.get("expected_count"),
        details=_details(station),
    )


def of_change(held: LicenseFacts, form: Mapping[str, Any], law: Law, *, designation: Mapping[str, Any]) -> LicenseFacts:
    """What is held, with the differences that the form states in `/station/changes` and in the change kinds of transmitters."""
    station = form.get("station", {})
    changes, site = station.get("changes", {}), station.get("site", {})
    changed: dict[str, Any] = {}
    if changes.get("site"):
        changed |= {"municipality": site.get("municipality", held.municipality), "site_address": site.get("address", held.site_address)}
    if changes.get("site") and station.get("planned_area"):
        changed["designated_area"] = station["planned_area"]
    if changes.get("movement") and station.get("movement"):
        changed |= _movement(law, held.station_class, station, otherwise=held.moves)
    if changes.get("assignments") and station.get("assignments"):
        changed["assignments"] = assignments(station["assignments"])
    if changes.get("count") and station.get("station_count"):
        changed["station_count"] = station["station_count"]
    return of_designation(replace(held, **changed, details=_changed_details(held.details, station)), designation)


def of_designation(held: LicenseFacts, designation: Mapping[str, Any]) -> LicenseFacts:
    """What is held, but for the assignments and conditions that are designated otherwise."""
    changed: dict[str, Any] = {}
    if designation.get("assignments"):
        changed["assignments"] = assignments(designation["assignments"])
    if designation.get("conditions"):
        changed["conditions"] = tuple(designation["conditions"])
    return replace(held, **changed)


def _movement(law: Law, class_of_station: str, station: Mapping[str, Any], *, otherwise: bool = False) -> dict[str, Any]:
    """Whether a station moves, and where: in words where the form has them, else by code. A code that contradicts it is left out."""
    known = facts.moves(law, class_of_station, station.get("movement"))
    moving = otherwise if known is None else known
    area = station.get("movement_area") or station.get("movement")
    return {"movement_area": area if facts.moves(law, None, area) in {None, moving} else None, "moves": moving}


def _partner(law: Law, matters: Sequence[str]) -> str | None:
    """With whom stations of these matters communicate, where the form does not ask for it."""
    known = (law.codes("communication-matters").get(matter) for matter in matters)
    return next((str(code.attributes["partner"]) for code in known if code is not None and "partner" in code.attributes), None)


def station_class(form: Mapping[str, Any]) -> str:
    """The class of station that the form is about."""
    return str(form.get("station", {}).get("station_class") or form.get("station_class") or "")


def assignments(lines: Sequence[Mapping[str, Any]]) -> tuple[AssignmentFacts, ...]:
    """Lines of a form (`symbol`, `emissions`) or of a designation (`emission`) as the register writes them."""
    return tuple(fact for line in lines for fact in _assignment(line))


def _assignment(line: Mapping[str, Any]) -> Iterator[AssignmentFacts]:
    power = line.get("power_w")
    designated: dict[str, Any] = {
        "frequency_hz": line.get("frequency_hz"),
        "frequency_to_hz": line.get("frequency_to_hz"),
        "power_w": Decimal(str(power)) if power is not None else None,
    }
    emissions = [one.get("bandwidth", "") + one["emission"] for one in line.get("emissions", ()) if one.get("emission")]
    words = [text for text in (line.get("emission"), line.get("symbol")) if text] or emissions
    if line.get("bundle"):
        yield AssignmentFacts(bundle=line["bundle"], **designated)
        return
    for position, emission in enumerate(words or [None]):
        yield AssignmentFacts(emission=emission, continued=position > 0, **designated)


def _details(station: Mapping[str, Any]) -> dict[str, Any]:
    """Equipment and operators: kept with the license, never published."""
    return {key: station[key] for key in (*EQUIPMENT, "operators", "remarks") if key in station}


def _changed_details(held: Mapping[str, Any], station: Mapping[str, Any]) -> dict[str, Any]:
    changes = station.get("changes", {})
    details = dict(held)
    if changes.get("operators") and "operators" in station:
        details["operators"] = station["operators"]
    given = station.get("transmitters", ())
    redesigned = changes.get("equipment") or any(transmitter.get("change_kind") for transmitter in given)
    if redesigned and given:
        # The design of a change describes the station as it will be: a transmitter that is left out is removed.
        before = {transmitter.get("number"): transmitter for transmitter in held.get("transmitters", ())}
        details["transmitters"] = [_transmitter(one, before) for one in given if one.get("change_kind") != REMOVED]
    if redesigned:
        details |= {key: station[key] for key in EQUIPMENT if key in station and key != "transmitters"}
    return details


def _transmitter(given: Mapping[str, Any], before: Mapping[Any, Mapping[str, Any]]) -> dict[str, Any]:
    """A transmitter after the change; one that is listed without a kind of change stays what it was."""
    known = before.get(given.get("number"), {}) if not given.get("change_kind") else {}
    return {**known, **{key: value for key, value in given.items() if key != "change_kind"}}
