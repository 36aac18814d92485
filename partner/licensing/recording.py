"""What a decision does to the register, in the transaction of the decision: record, renew, modify or end a license."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import Conflict, FieldError, Invalid, Text
from partner.licensing import applicants, facts, record_facts
from partner.licensing.models import Applicant, Application
from partner.registry import service as register
from partner.registry.facts import License, LicenseeFacts
from partner.regulation import Law
from partner.regulation.procedures import Procedure


async def carry_out(session: AsyncSession, law: Law, procedure: Procedure, *, application: Application, applicant: Applicant) -> License:
    """Do what the procedure brings about, and note on the case which license it made."""
    match procedure.effect:
        case "record":
            license_ = await _record(session, law, application, applicant)
        case "renew":
            license_ = await _renew(session, law, application, await _held(session, procedure, application))
        case "modify":
            license_ = await _modify(session, law, application, await _held(session, procedure, application))
        case "end":
            license_ = await _end(session, law, application, await _held(session, procedure, application))
    application.station_id = license_.station_id
    application.license = shown(license_)
    return license_


def shown(license_: License) -> dict[str, Any]:
    """The license as a case names it."""
    return {
        "station_id": str(license_.station_id),
        "license_number": license_.license_number,
        "call_sign": license_.call_sign,
        "valid_from": license_.valid_from.isoformat(),
        "valid_to": license_.valid_to.isoformat(),
    }


def designation(application: Application) -> dict[str, Any]:
    """What has been decided, as far as it differs from what was applied for."""
    return dict((application.proposal or {}).get("decision") or {})


async def _record(session: AsyncSession, law: Law, application: Application, applicant: Applicant) -> License:
    """A new license: from today, for the term of the law or the shorter one designated, with the licensee's own call sign."""
    designated, licensed_on = designation(application), clock.today()
    granted = record_facts.of_new_license(application.form, law, bureau=application.bureau, designation=designated)
    applicant.licensee_id = await register.record_licensee(session, applicants.licensee_facts(applicant))
    term = law.term(granted.station_class, licensed_on)
    return await register.record(
        session,
        granted,
        licensee_id=applicant.licensee_id,
        licensed_on=licensed_on,
        valid_to=_valid_to(designated, term.valid_to),
        law=law,
        cause=_cause(application),
    )


def _valid_to(designated: dict[str, Any], by_law: date | None) -> date:
    """The last day of the term: that of the law, or an earlier one that was designated."""
    ends = [day for day in (by_law, _day(designated.get("valid_to"))) if day is not None]
    if not ends:
        message = Text("有効期間の末日が決まっていません。", "The law gives this license no last day, and none was designated.")
        raise Invalid("valid_to_required", message, errors=[FieldError("/decision/valid_to", "required", message)])
    return min(ends)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def _renew(session: AsyncSession, law: Law, application: Application, held: License) -> License:
    """The same license, from the day after its expiry (規則19条)."""
    starts_on = held.valid_to + timedelta(days=1)
    term = law.term(held.facts.station_class, starts_on)
    return await register.renew(
        session,
        held.station_id,
        licensed_on=starts_on,
        valid_to=_valid_to(designation(application), term.valid_to),
        cause=_cause(application),
        law=law,
    )


async def _modify(session: AsyncSession, law: Law, application: Application, held: License) -> License:
    changed = record_facts.of_change(held.facts, application.form, law, designation=designation(application))
    return await register.modify(
        session,
        held.station_id,
        effective_on=clock.today(),
        facts=changed,
        licensee=_described_anew(application, held),
        cause=_cause(application),
        law=law,
    )


def _described_anew(application: Application, held: License) -> LicenseeFacts | None:
    """The licensee as the form describes it, where the form says that name or address have changed (法21条)."""
    changes = application.form.get("station", {}).get("changes", {})
    if not changes.get("applicant"):
        return None
    described = applicants.identity_of_form(application.form)
    return replace(
        held.licensee,
        name=described.name,
        name_kana=described.name_kana,
        municipality=described.municipality or held.licensee.municipality,
        address=described.address or held.licensee.address,
    )


async def _end(session: AsyncSession, law: Law, application: Application, held: License) -> License:
    """A discontinuation ends the license on its date of ending; today when it names none."""
    named = application.form.get("discontinuation", {}).get("ends_on")
    ends_on = max(date.fromisoformat(named), held.valid_from) if named else clock.today()
    return await register.end(session, held.station_id, ends_on=ends_on, kind="discontinued", cause=_cause(application), law=law)


async def _held(session: AsyncSession, procedure: Procedure, application: Application) -> License:
    """The license that the case is about, as it stands now; raises Conflict when there is none."""
    number = facts.license_number(procedure, application.form) or ""
    license_ = await register.license_by_number(session, number)
    if license_ is None:
        raise Conflict("license_not_found", Text(f"免許{number}は登録されていません。", f"There is no license {number} on record."))
    return license_


def _cause(application: Application) -> str:
    """Why the register changed: the case, by the number that everybody knows it by."""
    return f"application:{application.id}"
