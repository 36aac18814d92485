"""What is known of a filing before a word is written: the applicant, the procedure that was chosen, the license that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from partner import clock
from partner.auth.actor import Actor
from partner.licensing.applicants import identity_of_claims, locked
from partner.licensing.models import Applicant
from partner.licensing.record_facts import EQUIPMENT
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts
from partner.regulation import Law
from partner.regulation.effects import Effect
from partner.regulation.procedures import Procedure

VOUCHED = ("name", "name_kana", "birth_date", "corporate_number", "postal_code", "prefecture", "municipality", "address")
KNOWN_OF_CLIENT = ("kind", "name", "name_kana", "corporate_number", "postal_code", "prefecture", "municipality", "address")
BANDWIDTH_AND_CLASS = re.compile(r"(?=.{4}[A-Z0-9]{3})([0-9.]*[HKMG][0-9]*)([A-Z][0-9A-Z][A-Z].*)")
"""An emission with its necessary bandwidth in four characters (無線通信規則付録第1号): 16K0F3E is 16K0 and F3E."""


def form(actor: Actor, law: Law, procedure: Procedure, *, client: Applicant | None = None) -> dict[str, Any]:
    """The form of a procedure with what the sign-in vouches for, or what is known of the agent's client, and what the procedure says."""
    begun = started(procedure, kind=client.kind if client else identity_of_claims(actor.claims).kind)
    return fitting(law, procedure, _for_client(begun, actor, client) if client else locked(begun, actor.claims))


def fitting(law: Law, procedure: Procedure, known: dict[str, Any], *, on: date | None = None) -> dict[str, Any]:
    """What is known, as far as the form of a day (by default of today) has a place for it."""
    return law.form(procedure.form, on or clock.today()).fitting(known)


def started(procedure: Procedure, *, kind: str) -> dict[str, Any]:
    """What the procedure itself says of the form, for this kind of applicant."""
    begun: dict[str, Any] = {"station_class": procedure.station_classes[0]} if len(procedure.station_classes) == 1 else {}
    suited = [code for code in procedure.filing_kinds if not (kind == "individual" and code == "A2")]
    if suited:
        begun["application_kind"] = suited[0]
    return begun


def known_of(applicant: Applicant) -> dict[str, Any]:
    """The applicant's part of a form, as far as we know it."""
    known = {key: value for key in KNOWN_OF_CLIENT if (value := getattr(applicant, key))}
    return known | ({"birth_date": applicant.birth_date.isoformat()} if applicant.birth_date is not None else {})


def known_of_licensee(licensee: LicenseeFacts) -> dict[str, Any]:
    """The applicant's part of a form, as the register describes the holder of a license."""
    known = {key: value for key in KNOWN_OF_CLIENT if (value := getattr(licensee, key, None))}
    prefecture = {"prefecture": licensee.municipality[:2]} if licensee.municipality else {}
    return known | prefecture | ({"birth_date": licensee.birth_date.isoformat()} if licensee.birth_date is not None else {})


def _for_client(begun: dict[str, Any], actor: Actor, client: Applicant) -> dict[str, Any]:
    agent = {key: value for key in ("name", "name_kana") if (value := getattr(actor.claims, key))}
    return {**begun, "applicant": known_of(client), "agent": agent}


def about(law: Law, procedure: Procedure, held: License, *, started: dict[str, Any], on: date | None = None) -> dict[str, Any]:
    """A started form about a license on record: its number and sign, and for a change everything that could change."""
    filled: dict[str, Any] = {**started, "addressee": held.facts.bureau, "station_class": held.facts.station_class}
    named: dict[str, Any] = {"license_number": held.license_number}
    if held.call_sign:
        named["call_sign"] = held.call_sign
    if procedure.effect is Effect.RENEW:
        named["licensed_on"] = held.licensed_on.isoformat()
    if procedure.effect is Effect.MODIFY:
        named |= _station(law, held)
    head, several, _tail = (procedure.license_field or "").partition("/*")
    place = head.split("/")[1:] if several else head.split("/")[1:-1]
    inner: Any = [{"license_number": held.license_number}] if several else named
    for step in reversed(place):
        inner = {step: inner}
    return fitting(law, procedure, {**filled, **inner}, on=on)


def _station(law: Law, held: License) -> dict[str, Any]:
    """The station sheet as it stands on record; `None` and empty lists are left out."""
    facts = held.facts
    municipality = law.codes("municipalities").get(facts.municipality or "")
    prefecture = (facts.municipality or "")[:2] if municipality else ""
    site = {"prefecture": prefecture, "municipality": facts.municipality, "address": facts.site_address}
    station = {
        "station_class": facts.station_class,
        "station_count": facts.station_count,
        "purposes": list(facts.purposes),
        "communication_matters": list(facts.communication_matters),
        "communication_partner": facts.communication_partner,
        "site": {key: value for key, value in site.items() if value},
        "movement": facts.movement_area if law.codes("movement-areas").has(facts.movement_area or "") else None,
        "assignments": list(_assignments(facts.assignments)),
        **{key: facts.details[key] for key in (*EQUIPMENT, "operators") if key in facts.details},
    }
    return {key: value for key, value in station.items() if value}


def _assignments(lines: Sequence[AssignmentFacts]) -> Iterator[dict[str, Any]]:
    """Lines of the register as lines of a form: several emissions of one designation stand in one line."""
    current: dict[str, Any] = {}
    for line in lines:
        written = BANDWIDTH_AND_CLASS.fullmatch(line.emission or "")
        if written is not None and line.continued and "emissions" in current:
            current["emissions"].append({"bandwidth": written[1], "emission": written[2]})
            continue
        if current:
            yield current
        designated = {"bundle": line.bundle, "frequency_hz": line.frequency_hz, "frequency_to_hz": line.frequency_to_hz}
        current = {key: value for key, value in designated.items() if value is not None}
        if line.power_w is not None:
            current["power_w"] = _number(line.power_w)
        if written is not None:
            current["emissions"] = [{"bandwidth": written[1], "emission": written[2]}]
        elif line.emission:
            current["symbol"] = line.emission
    if current:
        yield current


def _number(watts: Decimal) -> int | float:
    return int(watts) if watts == watts.to_integral_value() else float(watts)


def locked_fields(actor: Actor) -> frozenset[str]:
    """Pointers of the fields that the sign-in fills and locks."""
    return frozenset(f"/applicant/{name}" for name in VOUCHED if getattr(actor.claims, name))
