"""Gathering the facts of a case: the license on record, the applicant's other licenses, the outside registers.

Called in standing `system`: the license that a filing names has to be known even when it is somebody else's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.adapters.conformity import ConformityList, LocalConformity
from partner.adapters.corporate_numbers import CorporateNumbers, LocalCorporateNumbers
from partner.adapters.operators import LocalOperators, OperatorsRegister
from partner.errors import Unavailable
from partner.licensing import facts as case_facts
from partner.licensing import fees, queries, same_filings
from partner.licensing.facts import Dates, LookedUp
from partner.licensing.models import Applicant, Application
from partner.licensing.prefetching import Prefetched
from partner.registry import normalisation
from partner.registry.facts import License
from partner.regulation import Law
from partner.regulation.fees import Assessment
from partner.regulation.periods import without_end
from partner.regulation.procedures import Procedure


@dataclass(frozen=True)
class Circumstances:
    """What of a case is not in its form."""

    channel: str
    received_on: date
    today: date
    attachments: Sequence[str]
    applicant: Applicant | None
    application: Application | None = None
    prefetched: Prefetched | None = None


@dataclass(frozen=True)
class Gathered:
    """All facts of a case, with its route (shape: `partner.regulation.facts.FACTS`), and its fee."""

    facts: dict[str, Any]
    fee: Assessment


@cache
def operators_register() -> OperatorsRegister:
    """The operators' register that this installation asks: the stand-in, until the ministry's own is connected."""
    return LocalOperators()


@cache
def conformity_list() -> ConformityList:
    """The conformity list that this installation asks: the stand-in, until the ministry's own is connected."""
    return LocalConformity()


_log = logging.getLogger(__name__)


@dataclass
class Connected:
    """What of the outside is connected to this process, in place of a stand-in."""

    corporate_numbers: CorporateNumbers | None = None


CONNECTED = Connected()


@cache
def _local_corporate_numbers() -> CorporateNumbers:
    return LocalCorporateNumbers()


def corporate_numbers() -> CorporateNumbers:
    """The list of corporate numbers that this installation asks: the stand-in, unless the tax agency's own is connected."""
    return CONNECTED.corporate_numbers or _local_corporate_numbers()


async def gather(session: AsyncSession, law: Law, procedure: Procedure, form: Mapping[str, Any], circumstances: Circumstances) -> Gathered:
    """Look up what the form refers to, and put the facts together."""
    licensee_id = circumstances.applicant.licensee_id if circumstances.applicant else None
    wanted = case_facts.names_a_site(form) or law.mentions(case_facts.OF_OTHER_LICENSES)
    prefetched = circumstances.prefetched or Prefetched()
    held = await prefetched.held_by(session, licensee_id) if licensee_id and wanted else []
    all_named = await _named(session, prefetched, procedure, form)
    named = next((one for one, _ in all_named), None)
    told = [
        await _license(session, prefetched, one, last) if one.licensee_id == licensee_id else _of_another(one) for one, last in all_named
    ]
    license_facts = next(iter(told), None)
    found = LookedUp(
        license=license_facts,
        licenses=told,
        other_case=await _other_case(session, law, procedure, form, circumstances.applicant),
        other_licenses=[_other(license_) for license_ in held if named is None or license_.station_id != named.station_id],
        attachments=circumstances.attachments,
        operators=await _operators(form),
        conformity=await _conformity(form),
        corporation=await _corporation(form),
        open_cases=await _open_cases(session, procedure, named, circumstances) if named and named.licensee_id == licensee_id else (),
        same_filings=await same_filings.for_a_like_station(
            session, procedure, form=form, applicant=circumstances.applicant, case=circumstances.application
        ),
    )
    dates = Dates(circumstances.today, circumstances.received_on, circumstances.today, _license_date(procedure, license_facts))
    facts = case_facts.build(law, procedure, form, channel=circumstances.channel, dates=dates, found=found)
    fee = fees.assess(law, procedure, facts)
    return Gathered({**facts, "fee": {"amount_yen": fee.amount_yen, "confirmed": fee.confirmed}}, fee)


async def _operators(form: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    entries = {number: await operators_register().find(number) for number in case_facts.operator_numbers(form)}
    return {number: entry.as_facts() if entry else None for number, entry in entries.items()}


async def _conformity(form: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    entries = {number: await conformity_list().find(number) for number in case_facts.conformity_numbers(form)}
    return {number: entry.as_facts() if entry else None for number, entry in entries.items()}


async def _corporation(form: Mapping[str, Any]) -> dict[str, Any] | None:
    number = case_facts.corporate_number(form)
    try:
        entry = await corporate_numbers().find(number) if number else None
    except Unavailable:  # nothing is known then, and no finding says that a name differs
        _log.warning("the list of corporate numbers did not answer")
        return None
    return entry.as_facts() if entry else None


async def _named(
    session: AsyncSession, prefetched: Prefetched, procedure: Procedure, form: Mapping[str, Any]
) -> list[tuple[License, License]]:
    """The licenses that a form names, each as it stands and with its last version."""
    found = [await prefetched.license_and_last(session, number) for number in case_facts.license_numbers(procedure, form)]
    return [license_ for license_ in found if license_ is not None]


async def _other_case(
    session: AsyncSession, law: Law, procedure: Procedure, form: Mapping[str, Any], applicant: Applicant | None
) -> dict[str, Any] | None:
    """The other case that the form names; of somebody else's, or of none, it is told only that it is not theirs."""
    number = case_facts.case_number(procedure, form)
    if number is None:
        return None
    found = await queries.case_by_reception(session, number)
    if found is None or applicant is None or found.application.applicant_id != applicant.id:
        return {"reception_number": number, "own": False}
    other = found.application
    rules = law.all_procedures.find(other.procedure, other.received_on or clock.today())
    return {
        "reception_number": number,
        "own": True,
        "procedure": other.procedure,
        "act": rules.act if rules else None,
        "status": other.status,
        "provisional": other.status == "provisional",
        "completion_due_on": (other.provisional or {}).get("completion_due_on"),
        "station_class": other.form.get("station", {}).get("station_class") or other.form.get("station_class"),
    }


async def _open_cases(session: AsyncSession, procedure: Procedure, held: License, circumstances: Circumstances) -> list[str]:
    """The reception numbers of the other undecided filings for the same with this license, as far as they came before this one."""
    if procedure.license_field is None or "*" in procedure.license_field:
        return []
    found = await (circumstances.prefetched or Prefetched()).open_cases(session, procedure, held)
    same = [one for one in found if normalisation.license_number(one.license_number or "") == held.license_number]
    return sorted(one.reception_number for one in same_filings.earlier(same, circumstances.application))


def _of_another(license_: License) -> dict[str, Any]:
    """Somebody else's license, of which the checks are told nothing more than of what kind its holder is.

    Never the name: a finding about it would let anybody try names on a license whose holder is not published.
    """
    return {"license_number": license_.license_number, "held_by_applicant": False, "holder_kind": license_.licensee.kind}


async def _license(session: AsyncSession, prefetched: Prefetched, license_: License, last: License) -> dict[str, Any]:
    """The applicant's license that the filing is about, as the checks are told of it."""
    licensee = license_.licensee
    powers = [line.power_w for line in license_.facts.assignments if line.power_w is not None]
    return {
        "license_number": license_.license_number,
        "call_sign": license_.call_sign,
        "station_class": license_.facts.station_class,
        "bureau": license_.facts.bureau,
        "municipality": license_.facts.municipality,
        "licensed_on": license_.licensed_on,
        "valid_from": license_.valid_from,
        "renewed_to": last.valid_to if last.valid_from > license_.valid_from else None,
        "licensee": {name: getattr(licensee, name) for name in ("name", "name_kana", "municipality", "address")},
        "valid_to": license_.valid_to,
        "ended_on": license_.ended_on,
        "held_by_applicant": True,
        "holder_kind": licensee.kind,
        "in_force": license_.ended_on is None and license_.valid_from <= clock.today() <= license_.valid_to,
        "suspended": license_.suspended,
        "registered": license_.facts.registration_standard is not None,
        "opened_count": await prefetched.opened_under(session, license_.station_id),
        "moves": license_.facts.moves,
        "max_power_w": max(powers, default=None),
        "station_count": license_.facts.station_count,
        "expected_count": license_.facts.expected_count,
        "transmitters": license_.facts.details.get("transmitters", []),
    }


def _license_date(procedure: Procedure, license_facts: Mapping[str, Any] | None) -> date | None:
    """The license date (免許の年月日) of the term that the case is about: that of the next term where the procedure renews.

    None where no license is known: that of a new license is the day of its grant. None, too, where no next term follows.
    """
    held = license_facts or {}
    if procedure.effect == "renew":
        valid_to: date | None = held.get("valid_to")
        return valid_to + timedelta(days=1) if valid_to and not without_end(valid_to) else None
    return held.get("licensed_on")


def _other(license_: License) -> dict[str, Any]:
    """Another license of the applicant."""
    return {
        "license_number": license_.license_number,
        "call_sign": license_.call_sign,
        "station_class": license_.facts.station_class,
        "municipality": license_.facts.municipality,
        "address": license_.facts.site_address,
        "moves": license_.facts.moves,
        "valid_to": license_.valid_to,
        "ended_on": license_.ended_on,
    }
