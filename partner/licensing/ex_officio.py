"""Cases that staff begin (職権): the filing names a license, its holder is told and heard.

The case is the licensee's, as one on paper is: they see it from the day it is begun in earnest (`submit`), not its draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.actor import Actor, Role
from partner.errors import FieldError, Forbidden, Invalid, NotFound, Text
from partner.licensing import applicants, facts, prefilling, queries
from partner.licensing.differences import differences
from partner.licensing.models import Applicant
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation.procedures import Procedure

CHANNEL = "paper"
"""What does not come by e-filing; the figures of e-filing count acts that nobody begins ex officio."""


async def begun(session: AsyncSession, actor: Actor, procedure: Procedure, form: Mapping[str, Any]) -> tuple[Applicant, dict[str, Any]]:
    """The holder of the license that the form names, as the applicant of the case, and the form that says so.

    Call in standing `system`. Raises Forbidden `not_an_examiner`, NotFound `license_not_found` for no license of the actor's bureau.
    """
    license_ = await _named(session, actor, procedure, form)
    return await applicants.of_holder(session, license_), _filled(license_, form)


async def foreseen(session: AsyncSession, actor: Actor, procedure: Procedure, form: Mapping[str, Any]) -> tuple[Applicant, dict[str, Any]]:
    """The same answer as of beginning the case, and nothing is stored. Call in standing `system`; raises what `begun` raises."""
    license_ = await _named(session, actor, procedure, form)
    found = await queries.applicant_of_licensee(session, license_.licensee_id)
    return await applicants.unstored(session, applicants.identity_of_licensee(license_.licensee), found), _filled(license_, form)


async def _named(session: AsyncSession, actor: Actor, procedure: Procedure, form: Mapping[str, Any]) -> License:
    if not actor.is_staff or Role.EXAMINER not in actor.roles:
        raise Forbidden("not_an_examiner", Text("職権の手続は審査担当者が開始します。", "An examiner begins a case ex officio."))
    number = next(iter(facts.license_numbers(procedure, form)), "")
    license_ = await register.license_by_number(session, number) if number else None
    if license_ is None or license_.facts.bureau != actor.bureau:
        message = Text("この局の免許にその番号はありません。", "No license of this bureau has that number.")
        raise NotFound("license_not_found", message)
    return license_


def _filled(license_: License, form: Mapping[str, Any]) -> dict[str, Any]:
    known = {"addressee": license_.facts.bureau, "station_class": license_.facts.station_class}
    return {**known, **form, "applicant": prefilling.known_of_licensee(license_.licensee)}


def naming(procedure: Procedure, license_number: str) -> dict[str, Any]:
    """A form that names the license and nothing else; the rest is filled in from the record when the case is begun."""
    named: Any = license_number
    for step in reversed((procedure.license_field or "").split("/")[1:]):
        named = [named] if step == "*" else {step: named}
    return dict(named) if procedure.license_field else {}


def refuse_what_was_not_asked(before: Mapping[str, Any], after: Mapping[str, Any], asked: list[str]) -> None:
    """Whoever is heard answers what was asked, and changes nothing of the order itself. Raises Invalid `not_requested`."""
    message = Text("求められた欄以外は変更できません。", "Only what was asked about may be answered.")
    errors = [
        FieldError(f"/form{change['field']}", "not_requested", message)
        for change in differences(dict(before), dict(after))
        if not any(change["field"] == place or change["field"].startswith(f"{place}/") for place in asked)
    ]
    if errors:
        raise Invalid("not_requested", message, errors=errors)
