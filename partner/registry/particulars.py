"""License facts as the row of a license version keeps them, and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from partner.registry.facts import AssignmentFacts, CountReport, LicenseFacts, SiteFacts

Json = dict[str, Any]


def columns(facts: LicenseFacts) -> Json:
    """The columns of a license version that come from its facts; what has no column of its own goes into `particulars`."""
    return {
        "bureau": facts.bureau,
        "purposes": list(facts.purposes),
        "municipality": facts.municipality,
        "moves": facts.moves,
        "movement_area": facts.movement_area,
        "station_count": facts.station_count,
        "identification": facts.identification,
        "particulars": _particulars(facts),
    }


def license_facts(row: Mapping[str, Any], assignments: Sequence[AssignmentFacts]) -> LicenseFacts:
    """The facts that `columns` took apart; `row` also has the station's class."""
    kept: Json = row["particulars"]
    return LicenseFacts(
        station_class=row["station_class"],
        bureau=row["bureau"],
        purposes=tuple(row["purposes"]),
        communication_matters=tuple(kept["communication_matters"]),
        communication_partner=kept["communication_partner"],
        municipality=row["municipality"],
        site_address=kept["site_address"],
        movement_area=row["movement_area"],
        moves=row["moves"],
        station_count=row["station_count"],
        identification=row["identification"],
        assignments=tuple(assignments),
        conditions=tuple(kept["conditions"]),
        operating_hours=kept["operating_hours"],
        note=kept["note"],
        details=kept["details"],
        sites=tuple(SiteFacts(**site) for site in kept["sites"]),
        broadcast_matter=kept["broadcast_matter"],
        broadcast_area=kept["broadcast_area"],
        starting_limit=None if kept["starting_limit"] is None else date.fromisoformat(kept["starting_limit"]),
        registration_standard=kept.get("registration_standard"),
        craft_name=kept.get("craft_name"),
        broadcast_kind=kept.get("broadcast_kind"),
        synthetic=tuple(kept["synthetic"]),
        designated_area=kept.get("designated_area"),
        expected_count=kept.get("expected_count"),
        count_reports=tuple(CountReport(date.fromisoformat(one["as_of"]), one["count"]) for one in kept.get("count_reports", ())),
    )


def _particulars(facts: LicenseFacts) -> Json:
    return {
        "communication_matters": list(facts.communication_matters),
        "communication_partner": facts.communication_partner,
        "site_address": facts.site_address,
        "conditions": list(facts.conditions),
        "operating_hours": facts.operating_hours,
        "note": facts.note,
        "details": plain(facts.details),
        "sites": [{"role": site.role, "municipality": site.municipality, "place": site.place} for site in facts.sites],
        "broadcast_matter": facts.broadcast_matter,
        "broadcast_area": facts.broadcast_area,
        "starting_limit": None if facts.starting_limit is None else facts.starting_limit.isoformat(),
        "registration_standard": facts.registration_standard,
        "craft_name": facts.craft_name,
        "broadcast_kind": facts.broadcast_kind,
        "synthetic": list(facts.synthetic),
        **_of_blanket_licenses(facts),
    }


def _of_blanket_licenses(facts: LicenseFacts) -> Json:
    """What only blanket licenses and registrations have; nothing for all the others."""
    reports = [{"as_of": one.as_of.isoformat(), "count": one.count} for one in facts.count_reports]
    told = {"designated_area": facts.designated_area, "expected_count": facts.expected_count, "count_reports": reports}
    return {name: value for name, value in told.items() if value}


def plain(value: Any) -> Any:
    """A value as JSON keeps it: decimals become numbers, dates ISO texts, tuples lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
