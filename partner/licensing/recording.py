"""What a decision does to the register, in the transaction of the decision: record, renew, modify or end a license."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import Conflict, FieldError, Invalid, Text
from partner.licensing import applicants, effects, held, record_facts
from partner.licensing.held import cause
from partner.licensing.models import Applicant, Application
from partner.licensing.prefetching import Prefetched
from partner.registry import service as register
from partner.registry.facts import License, LicenseeFacts, LicenseFacts
from partner.regulation import Law
from partner.regulation.effects import Effect
from partner.regulation.periods import shown_day
from partner.regulation.procedures import Procedure


async def carry_out(
    session: AsyncSession, law: Law, procedure: Procedure, *, application: Application, applicant: Applicant
) -> License | None:
    """Do what the procedure brings about, and note on the case which license it made or changed; None where it is about none.

    Raises Invalid `not_recordable`, naming fields of the form, for what cannot stand on the register; Conflict where the register is
    against it, or the license is somebody else's.
    """
    with naming_fields_of_the_form():
        license_ = await _brought_about(session, law, procedure, application=application, applicant=applicant)
    if license_ is None:
        return None
    application.station_id = license_.station_id
    application.license = shown(license_)
    if procedure.effect in {Effect.RECORD, Effect.RENEW} and procedure.governed_by.term == "licensed_on":
        application.law_dates = {**application.law_dates, "term": license_.licensed_on.isoformat()}
    return license_


async def _brought_about(
    session: AsyncSession, law: Law, procedure: Procedure, *, application: Application, applicant: Applicant
) -> License | None:
    if procedure.effect in effects.FURTHER:
        return await effects.FURTHER[procedure.effect](effects.Work(session, law, procedure, application, applicant))
    if procedure.effect is Effect.RECORD:
        return await _record(session, law, procedure, application=application, applicant=applicant)
    mine = await held.one(session, procedure, application, applicant)
    if procedure.effect is Effect.RENEW:
        return await _renew(session, law, application, mine)
    if procedure.effect is Effect.MODIFY:
        return await _modify(session, law, application, mine)
    return await _end(session, law, procedure, application, mine)


async def rehearse(
    session: AsyncSession,
    law: Law,
    procedure: Procedure,
    *,
    application: Application,
    applicant: Applicant,
    designated: dict[str, Any],
    prefetched: Prefetched | None = None,
) -> None:
    """Refuse before anything is decided what the register could not take. Raises as `carry_out` does.

    `prefetched`: what is known of the register already in this transaction.
    """
    with naming_fields_of_the_form():
        if procedure.effect in effects.FURTHER:
            await effects.rehearse(effects.Work(session, law, procedure, application, applicant))
        elif procedure.effect is Effect.RECORD:
            granted = _new_license(law, procedure, application, designated)
            register.check_licensee(applicants.licensee_facts(applicant))
            term = law.term(granted.station_class, clock.today(), form=application.form)
            _valid_to(designated, term.kept_to, starts_on=clock.today())
        elif procedure.effect is Effect.MODIFY:
            mine = await held.one(session, procedure, application, applicant)
            register.check_facts(record_facts.of_change(mine.facts, application.form, law, designation=designated))
            register.check_licensee(_described_anew(application, mine) or mine.licensee)
        elif procedure.effect is Effect.RENEW:
            known = prefetched or Prefetched()
            mine, last = await held.one_and_last(session, procedure, application, applicant, prefetched=known)
            _refuse_renewed(mine, last)
            register.check_facts(record_facts.of_designation(mine.facts, designated))
            starts_on = mine.valid_to + timedelta(days=1)
            _valid_to(designated, law.term(mine.facts.station_class, starts_on).kept_to, starts_on=starts_on)


def _refuse_renewed(held: License, last: License) -> None:
    if shown_day(held.valid_to) is None:
        message = Text("この免許は無期限で、再免許は要りません。", "This license has no end: it needs no renewal.")
        raise Conflict("license_without_end", message)
    if last.valid_from > held.valid_to:
        message = Text(f"既に{last.valid_to}まで再免許されています。", f"It has been renewed already, until {last.valid_to}.")
        raise Conflict("already_renewed", message)


PLACES = {"/municipality": "/station/site/municipality", "municipality": "/applicant/municipality", "name": "/applicant/name"}
PLACES |= {"corporate_number": "/applicant/corporate_number", "/station_class": "/station/station_class"}
PLACES |= {"/ends_on": "/discontinuation/ends_on"}


@contextmanager
def naming_fields_of_the_form() -> Iterator[None]:
    """Say of what the register refuses where it stands in the form; the register's own lines of assignments are not counted there."""
    try:
        yield
    except Invalid as error:
        if error.code not in {"not_recordable", "invalid_licensee"}:
            raise
        places = [PLACES.get(one.field) or ("/station" + re.sub(r"^(/assignments)/.*", r"\1", one.field)) for one in error.errors]
        errors = [FieldError(f"/form{place}", one.code, one.message) for place, one in zip(places, error.errors, strict=True)]
        remedy = Text("補正を求めるか、指定（decision）で改めてください。", "Ask for a correction, or designate otherwise (`decision`).")
        raise Invalid("not_recordable", error.message, remedy=remedy, errors=errors) from error


def shown(license_: License) -> dict[str, Any]:
    """The license as a case names it."""
    return {
        "station_id": str(license_.station_id),
        "license_number": license_.license_number,
        "call_sign": license_.call_sign,
        "valid_from": license_.valid_from.isoformat(),
        "valid_to": None if (last := shown_day(license_.valid_to)) is None else last.isoformat(),
    }


def designation(application: Application) -> dict[str, Any]:
    """What has been decided, as far as it differs from what was applied for."""
    return dict((application.proposal or {}).get("decision") or {})


async def _record(session: AsyncSession, law: Law, procedure: Procedure, *, application: Application, applicant: Applicant) -> License:
    """A new license: from today, for the term of the law or the shorter one designated, with the licensee's own call sign."""
    designated, licensed_on = designation(application), clock.today()
    granted = _new_license(law, procedure, application, designated)
    applicant.licensee_id = await register.record_licensee(session, applicants.licensee_facts(applicant))
    term = law.term(granted.station_class, licensed_on, form=application.form)
    return await register.record(
        session,
        granted,
        licensee_id=applicant.licensee_id,
        licensed_on=licensed_on,
        valid_to=_valid_to(designated, term.kept_to, starts_on=licensed_on),
        law=law,
        cause=cause(application),
    )


def _new_license(law: Law, procedure: Procedure, application: Application, designated: dict[str, Any]) -> LicenseFacts:
    """What is to stand on the record; raises Invalid for what cannot, and for a class of station that the procedure is not for."""
    facts = record_facts.of_new_license(application.form, law, bureau=application.bureau, designation=designated)
    if facts.station_class not in procedure.station_classes:
        message = Text(
            f"無線局の種別「{facts.station_class}」は、この手続で免許できません。",
            f"The station class '{facts.station_class}' is not licensed by this procedure.",
        )
        raise Invalid("not_recordable", message, errors=[FieldError("/station_class", "unknown_code", message)])
    register.check_facts(facts)
    return facts


def _valid_to(designated: dict[str, Any], by_law: date | None, *, starts_on: date) -> date:
    """The last day of the term: that of the law, or an earlier one that was designated.

    Raises Invalid `valid_to_required` where there is neither, `valid_to_invalid` for a day outside the term of the law.
    """
    wanted = _day(designated.get("valid_to"))
    ends_on = wanted or by_law
    if ends_on is None:
        message = Text("有効期間の末日が決まっていません。", "The law gives this license no last day, and none was designated.")
        raise Invalid("valid_to_required", message, errors=[FieldError("/decision/valid_to", "required", message)])
    if wanted is not None and by_law is not None and wanted > by_law:  # never beyond a term without end
        message = Text(f"法定の有効期間の末日は{by_law}です。", f"By law the term ends on {by_law} at the latest.")
        raise Invalid("valid_to_invalid", message, errors=[FieldError("/decision/valid_to", "beyond_term", message)])
    if ends_on < starts_on:
        message = Text(f"有効期間は{starts_on}に始まります。", f"The term begins on {starts_on}.")
        raise Invalid("valid_to_invalid", message, errors=[FieldError("/decision/valid_to", "past", message)])
    return ends_on


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def _renew(session: AsyncSession, law: Law, application: Application, held: License) -> License:
    """The same license, from the day after its expiry (規則19条)."""
    _refuse_renewed(held, held)
    starts_on = held.valid_to + timedelta(days=1)
    term, designated = law.term(held.facts.station_class, starts_on), designation(application)
    return await register.renew(
        session,
        held.station_id,
        licensed_on=starts_on,
        valid_to=_valid_to(designated, term.kept_to, starts_on=starts_on),
        facts=record_facts.of_designation(held.facts, designated) if designated else None,
        cause=cause(application),
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
        cause=cause(application),
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
        name_kana=described.name_kana or held.licensee.name_kana,
        municipality=described.municipality or held.licensee.municipality,
        address=described.address or held.licensee.address,
    )


async def _end(session: AsyncSession, law: Law, procedure: Procedure, application: Application, held: License) -> License:
    """A discontinuation ends the license on its date of ending; today when it names none. No license ends before it began."""
    ends_on = _day(procedure.told("ends_on", application.form)) or clock.today()
    if ends_on < held.valid_from:
        message = Text(f"免許の有効期間は{held.valid_from}に始まりました。", f"The term of the license began on {held.valid_from}.")
        raise Invalid("not_recordable", message, errors=[FieldError("/ends_on", "before_the_license", message)])
    return await register.end(session, held.station_id, ends_on=ends_on, kind="discontinued", cause=cause(application), law=law)
