"""Examining a case: gather the facts, take the route, find, assess the fee, and write down by which law.

Called in standing `system`: the license that a filing names, and who holds it, has to be known whoever files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import FieldError, Invalid, NotFound, Text
from partner.licensing import examination, fees, filing, gathering, governing
from partner.licensing import facts as case_facts
from partner.licensing.gathering import Circumstances
from partner.licensing.governing import law_of
from partner.licensing.models import Applicant, Application
from partner.licensing.prefetching import Prefetched
from partner.regulation import Law
from partner.regulation.fees import Assessment
from partner.regulation.forms import without_blanks
from partner.regulation.periods import WITHOUT_END
from partner.regulation.procedures import Procedure

REASSESSED = frozenset({"assessed", "nothing", "unconfirmed"})
"""What has been demanded or paid changes by a correction only."""
REROUTED = frozenset({"draft", "fee_due", "examining", "correction_requested", "received"})
"""While nothing has been proposed or decided, the route follows the form."""


def procedure_of(law: Law, application: Application) -> Procedure:
    """The procedure of a case as it stood when the case arrived (for a draft: as it stands)."""
    return law_of(law, application).procedure(application.procedure, governing.day_of(law, application))


def procedure_of_filing(law: Law, kind: str, form: Mapping[str, Any], *, on: date) -> Procedure:
    """The procedure that an e-filing file is for; raises Invalid `unknown_procedure`, naming what the file says."""
    station_class = filing.station_class_of(form)
    procedure = law.all_procedures.of_filing(kind, station_class, on)
    if procedure is not None:
        return procedure
    message = Text(
        f"申請区分「{kind}」・無線局の種別「{station_class}」の手続はありません。",
        f"There is no procedure for application kind '{kind}' and station class '{station_class}'.",
    )
    raise Invalid("unknown_procedure", message, errors=[FieldError("/form/application_kind", "unknown_procedure", message)])


def procedure_named(law: Law, code: str, *, on: date) -> Procedure:
    """The procedure that a request names in its body; raises Invalid `unknown_procedure`."""
    procedure = law.all_procedures.find(code, on)
    if procedure is None:
        message = Text(f"手続「{code}」はありません。", f"There is no procedure '{code}' on that date.")
        remedy = Text(
            "手続の一覧（GET /api/v1/procedures）にあるコードを指定してください。", "Name a procedure of the list: GET /api/v1/procedures."
        )
        raise Invalid("unknown_procedure", message, remedy=remedy, errors=[FieldError("/procedure", "unknown_procedure", message)])
    return procedure


def readable(law: Law, procedure: Procedure, form: Mapping[str, Any], *, on: date) -> dict[str, Any]:
    """The form without blanks, if it can be stored; raises Invalid `form_invalid`, naming the fields that cannot be read.

    Nothing is required here, and no code is looked up: what is missing or wrong in substance is for the findings.
    """
    written = without_blanks(form)
    rules = law.form(procedure.form, on)
    errors = rules.validate(written)
    if errors:
        message = Text("様式に読み取れない記載があります。", "Some of the form cannot be read.")
        raise Invalid("form_invalid", message, errors=[FieldError(f"/form{error.field}", error.code, error.message) for error in errors])
    return rules.with_whole_numbers(written)


async def refresh(
    session: AsyncSession,
    law: Law,
    application: Application,
    applicant: Applicant | None,
    *,
    attachments: Sequence[str],
    corrected: bool = False,
    prefetched: Prefetched | None = None,
) -> Procedure:
    """Examine a case by the law of today (of its arrival, where that governs) and write the outcome on it.

    `corrected`: the form is another one than that which the fee was demanded for. `prefetched`: what is known of the register already.
    """
    today, received_on = clock.today(), governing.day_of(law, application)
    law = law_of(law, application)
    procedure = law.procedure(application.procedure, received_on)
    circumstances = Circumstances(application.channel, received_on, today, attachments, applicant, application, prefetched)
    gathered = await gathering.gather(session, law, procedure, application.form, circumstances)
    facts = gathered.facts
    application.about_license = next(iter(case_facts.license_numbers(procedure, application.form)), "")
    if application.status in REROUTED:
        application.route = facts["route"]
    application.findings = findings(law, procedure, facts, on=today)
    application.bureau = application.bureau if application.status != "draft" else bureau_of(law, application.form, facts, on=received_on)
    application.authority = application.authority if application.status != "draft" else authority_of(law, procedure, facts)
    application.fee = _fee(application.fee, gathered.fee, corrected=corrected)
    application.law_digest = law.digest
    application.law_dates = dates(procedure, facts)
    return procedure


def findings(law: Law, procedure: Procedure, facts: Mapping[str, Any], *, on: date) -> list[dict[str, Any]]:
    """The findings of the checks in force on the facts, as the public interface shows them.

    A procedure that was repealed since the case arrived is examined by its last checks.
    """
    current = law.all_procedures.find(procedure.code, on) if procedure.governed_by.checks == "decided_on" else None
    return [finding.as_dict() for finding in examination.examine(current or procedure, facts, law, on)]


def dates(procedure: Procedure, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Which date governs each rule of the case, and the expiry of the license that it is about."""
    known = facts["dates"]
    governing = {rule: known.get(date_name) or known["today"] for rule, date_name in procedure.governed_by.model_dump().items()}
    expires_on = known.get("expires_on")
    return {**governing, "expires_on": None if expires_on == WITHOUT_END.isoformat() else expires_on}


def bureau_of(law: Law, form: Mapping[str, Any], facts: Mapping[str, Any], *, on: date) -> str:
    """The bureau in charge: of the license on record, else of the place of the station, else of the applicant's; else as addressed."""
    held = facts.get("license") or {}
    if held.get("bureau"):
        return str(held["bureau"])
    places = (form.get("station", {}).get("site", {}), form.get("applicant", {}))
    for municipality in [place["municipality"] for place in places if place.get("municipality")]:
        try:
            return law.bureau_of(municipality, on)
        except NotFound:
            continue
    addressee = form.get("addressee")
    if addressee and law.codes("bureaus").has(addressee):
        return str(addressee)
    message = Text("どの総合通信局の管轄か分かりません。", "The place of the station is missing, so the bureau in charge is not known.")
    raise Invalid("bureau_unknown", message, errors=[FieldError("/form/station/site/municipality", "required", message)])


def authority_of(law: Law, procedure: Procedure, facts: Mapping[str, Any]) -> str:
    """The desk that decides in place of the bureau; empty where the bureau decides, and where our data only says `partly`."""
    form, held = facts["form"], facts.get("license") or {}
    station_class = form.get("station", {}).get("station_class") or form.get("station_class") or held.get("station_class")
    return law.authority_of(procedure, str(station_class))


def _fee(before: Mapping[str, Any], assessed: Assessment, *, corrected: bool) -> dict[str, Any]:
    """The fee as it now stands; what our data does not confirm is never demanded.

    What was demanded or paid stays, but for a correction: then the fee is that of the corrected form. `paid_yen` counts towards
    it: the difference falls due, and what was paid too much is not given back here.
    """
    if before and not corrected and before["status"] not in REASSESSED:
        return dict(before)
    paid_yen = before.get("paid_yen", 0)
    fee = {**shown_fee(assessed), **{key: before[key] for key in ("inspection", "paid_yen") if before.get(key)}}
    return {**fee, "status": "paid"} if paid_yen and assessed.confirmed and assessed.due_yen <= paid_yen else fee


def shown_fee(assessed: Assessment) -> dict[str, Any]:
    """A fee as the public interface shows it."""
    demanded = "assessed" if assessed.due_yen > 0 else "nothing"
    status = demanded if assessed.confirmed else "unconfirmed"
    lines = [{"label": line.label.as_dict(), "amount_yen": line.amount_yen, "citation": line.citation} for line in assessed.lines]
    return {"amount_yen": assessed.amount_yen, "status": status, "confirmed": assessed.confirmed, "lines": lines}


async def inspection_fee(
    session: AsyncSession,
    law: Law,
    application: Application,
    applicant: Applicant,
    *,
    completed: Mapping[str, Any],
    attachments: Sequence[str],
) -> dict[str, Any]:
    """The fee of the inspection after completion, which falls due with the completion notice.

    `completed` is what the notice says, as the part of that name of a form would: `completed_on`, `report`, `inspected_on`.
    """
    law = law_of(law, application)
    procedure = procedure_of(law, application)
    received_on = application.received_on or clock.today()
    circumstances = Circumstances(application.channel, received_on, clock.today(), attachments, applicant, application)
    form = {**application.form, "completed": dict(completed)}
    gathered = await gathering.gather(session, law, procedure, form, circumstances)
    fee = shown_fee(fees.assess_inspection(law, procedure, gathered.facts))
    return {**fee, "status": "due" if fee["status"] == "assessed" else fee["status"]}
