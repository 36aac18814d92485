"""What a decision brings about beside the first four effects (`recording`): on the register, on another case, or as a document.

Each function carries out one effect of the closed set `partner.regulation.effects`, in the transaction of the decision. What it reads
of the form it asks the procedure for, by role.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import FieldError, Invalid, Text
from partner.licensing import applicants, certificates, former_holders, held, provisional_cases, spectrum_fees
from partner.licensing.models import Applicant, Application
from partner.registry import openings, successions
from partner.registry import service as register
from partner.registry.facts import CountReport, License
from partner.registry.openings import Closing, Opening
from partner.regulation import Law
from partner.regulation.effects import Effect
from partner.regulation.procedures import Procedure


@dataclass(frozen=True)
class Work:
    """What is carried out, for whom, by which procedure."""

    session: AsyncSession
    law: Law
    procedure: Procedure
    application: Application
    applicant: Applicant

    def told(self, role: str) -> Any:
        """What the form says in a role of the effect."""
        return self.procedure.told(role, self.application.form)

    def day(self, role: str) -> date:
        """A day that the form says; raises Invalid `not_recordable` where it says none."""
        found = self.told(role)
        if not isinstance(found, str):
            raise self.refused(role, Text("日付がありません。", "The day is missing."))
        return date.fromisoformat(found)

    def refused(self, role: str, message: Text) -> Invalid:
        """The refusal of what the form says in a role."""
        return Invalid("role_invalid", message, errors=[FieldError(f"/form{self.procedure.place(role)}", "invalid", message)])

    async def license(self) -> License:
        """The license that the case is about, which is the applicant's."""
        return await held.one(self.session, self.procedure, self.application, self.applicant)

    @property
    def said(self) -> dict[str, Any]:
        """What every act on the register is told: why, and by which law."""
        return {"cause": held.cause(self.application), "law": self.law}


async def _transfer(work: Work) -> License:
    """The licenses become the applicant's, who need not have held any before (法20条): today, or on the later day that the form says."""
    found = await held.whosesoever(work.session, work.procedure, work.application)
    successor = await register.record_licensee(work.session, applicants.licensee_facts(work.applicant))
    work.applicant.licensee_id = successor
    stations = list(dict.fromkeys(one.station_id for one in found))
    told = work.told("on")
    day = max(clock.today(), date.fromisoformat(told)) if isinstance(told, str) else clock.today()
    passed = await successions.transfer(work.session, stations, to=successor, effective_on=day, **work.said)
    await former_holders.tell_of_passing(work.session, work.application, found, day)
    return passed[0]


async def _describe(work: Work) -> License:
    """Name and address of the holder, on all the licenses (法21条); the applicant is found again under them."""
    mine = await work.license()
    described = applicants.identity_of_form(work.application.form)
    known = mine.licensee
    facts = replace(
        known,
        name=described.name,
        name_kana=described.name_kana or known.name_kana,
        municipality=described.municipality or known.municipality,
        address=described.address or known.address,
    )
    changed = await successions.describe(work.session, mine.licensee_id, facts, effective_on=clock.today(), **work.said)
    applicants.describe_anew(work.applicant, described)
    return next((one for one in changed if one.station_id == mine.station_id), mine)


async def _suspend(work: Work) -> License:
    """Operation stops for the days of the form: announced by the licensee (休止), or ordered (運用停止)."""
    mine = await work.license()
    first, last = work.day("first"), work.told("last")
    last_day = date.fromisoformat(last) if last else None
    if last_day is not None and last_day < first:
        raise work.refused("last", Text("終わりの日が初めの日より前です。", "It ends before it begins."))
    reason = work.told("reason") or work.procedure.title.ja
    return await register.suspend(work.session, mine.station_id, first=first, last=last_day, reason=reason, **work.said)


async def _resume(work: Work) -> License:
    mine = await work.license()
    return await register.reinstate(work.session, mine.station_id, lifted_on=work.day("resumes_on"), **work.said)


async def _revoke(work: Work) -> License:
    """The license ends today, revoked (法75条, 76条)."""
    mine = await work.license()
    reasons = (work.application.proposal or {}).get("decision", {}).get("conditions") or []
    reason = work.told("reason") or " ".join(reasons) or work.procedure.title.ja
    return await register.revoke(work.session, mine.station_id, on=clock.today(), reason=reason, **work.said)


def _number(work: Work) -> int:
    count = work.told("count")
    if not isinstance(count, int) or isinstance(count, bool):
        raise work.refused("count", Text("無線局の数がありません。", "The number of stations is missing."))
    return count


async def _set_count(work: Work) -> License:
    count, mine = _number(work), await work.license()
    return await openings.set_count(work.session, mine.station_id, count, on=clock.today(), **work.said)


async def _report_count(work: Work) -> License:
    """How many stations were open at the end of a month (法103条の2第5項); the designated number stays what it is."""
    report, mine = CountReport(work.day("as_of"), _number(work)), await work.license()
    after = await openings.report_count(work.session, mine.station_id, report, on=clock.today(), **work.said)
    await spectrum_fees.reported(work.session, work.law, after, report.as_of)
    return after


async def _open_station(work: Work) -> License:
    mine = await work.license()
    opened = [_opening(work, one) for one in work.told("stations") or ()]
    return await openings.open_stations(work.session, mine.station_id, opened, on=clock.today(), **work.said)


def _opening(work: Work, told: Mapping[str, Any]) -> Opening:
    day = _day(work, told.get("opened_on"))
    kept = ("municipality", "address", "conformity_number", "serial_number")
    return Opening(day, **{name: told.get(name) for name in kept})


async def _close_station(work: Work) -> License:
    mine = await work.license()
    closed = [Closing(str(one.get("serial_number") or ""), _day(work, one.get("closed_on"))) for one in work.told("stations") or ()]
    return await openings.close_stations(work.session, mine.station_id, closed, on=clock.today(), **work.said)


def _day(work: Work, told: object) -> date:
    if not isinstance(told, str):
        raise work.refused("stations", Text("日付がありません。", "The day is missing."))
    return date.fromisoformat(told)


async def _extend_completion(work: Work) -> None:
    other = await provisional_cases.named(work.session, work.procedure, work.application)
    provisional_cases.extend(work.session, other, work.day("due_on"), act=work.procedure.act, by=work.application)


async def _amend_provisional(work: Work) -> None:
    other = await provisional_cases.named(work.session, work.procedure, work.application)
    await provisional_cases.amend(work.session, work.law, other, act=work.procedure.act, by=work.application)


async def _issue_certificate(work: Work) -> License:
    """A page with what stands on the record, listed among the documents of the case."""
    mine = await work.license()
    work.session.add(certificates.document(work.law, work.application, mine))
    return mine


async def _assign_identification(work: Work) -> License | None:
    """The identification (呼出符号, 呼出名称) that was designated, else the one wanted; on the record where there is a license."""
    designated = ((work.application.proposal or {}).get("decision") or {}).get("identification") or work.told("wanted")
    if not designated:
        raise work.refused("wanted", Text("指定する識別信号がありません。", "No identification was designated."))
    if work.procedure.license_field is None:
        return None
    mine = await work.license()
    facts = replace(mine.facts, identification=designated)
    return await register.modify(work.session, mine.station_id, effective_on=clock.today(), facts=facts, **work.said)


async def _prepay_spectrum_fee(work: Work) -> License:
    """The fee of the next years is demanded now, as far as it is confirmed (法103条の2第15項)."""
    mine, count = await work.license(), work.told("years")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise work.refused("years", Text("前納する年数がありません。", "The number of years is missing."))
    await spectrum_fees.prepay(work.session, work.law, mine, count=count, by=work.application.id)
    return mine


async def _refund_spectrum_fee(work: Work) -> License:
    """What was paid for years still to come is given back (法103条の2第16項)."""
    mine = await work.license()
    await spectrum_fees.refund(work.session, mine, first=work.day("first"), by=work.application.id)
    return mine


async def _nothing(work: Work) -> None:
    """The request is kept; nothing else follows from it."""
    _ = work


FURTHER: Mapping[Effect, Callable[[Work], Awaitable[License | None]]] = {
    Effect.TRANSFER: _transfer,
    Effect.DESCRIBE: _describe,
    Effect.SUSPEND: _suspend,
    Effect.RESUME: _resume,
    Effect.REVOKE: _revoke,
    Effect.SET_COUNT: _set_count,
    Effect.REPORT_COUNT: _report_count,
    Effect.OPEN_STATION: _open_station,
    Effect.CLOSE_STATION: _close_station,
    Effect.EXTEND_COMPLETION: _extend_completion,
    Effect.AMEND_PROVISIONAL: _amend_provisional,
    Effect.ISSUE_CERTIFICATE: _issue_certificate,
    Effect.ASSIGN_IDENTIFICATION: _assign_identification,
    Effect.PREPAY_SPECTRUM_FEE: _prepay_spectrum_fee,
    Effect.REFUND_SPECTRUM_FEE: _refund_spectrum_fee,
    Effect.NONE: _nothing,
}


async def rehearse(work: Work) -> None:
    """Refuse before anything is proposed what could not be brought about, as far as it can be told beforehand."""
    procedure = work.procedure
    if procedure.effect is Effect.TRANSFER:
        await held.whosesoever(work.session, procedure, work.application)
        register.check_licensee(applicants.licensee_facts(work.applicant))
    elif procedure.case_field is not None:
        await provisional_cases.named(work.session, procedure, work.application)
    elif procedure.license_field is not None and procedure.effect is not Effect.NONE:
        await work.license()
