"""Examines cases again under another law, and writes nothing.

A case that is open on the day is asked about as it stands, with the transitional clauses of each law. A case that was decided is
asked about as if it arrived on the day: what would the filings of that period have met with?
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing import examining, gathering, queries, replay_queries, simulation
from partner.licensing.gathering import Circumstances
from partner.licensing.models import Applicant, Application
from partner.licensing.simulation import Answer, Changes
from partner.regulation import Law
from partner.regulation.procedures import Procedure
from partner.regulation.reading import Provision
from partner.regulation.routes import FINAL

AT_A_TIME = 200


@dataclass(frozen=True)
class Period:
    """Cases of which days of arrival are replayed beside the open ones, both days included."""

    first: date
    last: date


@dataclass(frozen=True)
class Replayed:
    """A case, whether it is open, and what changes for it."""

    reception_number: str
    procedure: str
    is_open: bool
    changes: Changes


async def number(session: AsyncSession, period: Period) -> tuple[int, int]:
    """How many cases are replayed, and how many of them are open."""
    return await replay_queries.number(session, period.first, period.last)


async def cases(session: AsyncSession, law: Law, draft: Law, on: date, period: Period) -> AsyncIterator[Replayed]:
    """Every open case and every case of the period, in the order of their ids, under both laws."""
    async for found in replay_queries.cases(session, period.first, period.last, at_a_time=AT_A_TIME):
        for application, applicant in found:
            kinds = await queries.document_kinds(session, application.id)
            before = await answer(session, law, application, applicant, on=on, attachments=kinds)
            after = await answer(session, draft, application, applicant, on=on, attachments=kinds)
            yield Replayed(
                application.reception_number or "", application.procedure, is_open(application), simulation.changes(before, after)
            )


def is_open(application: Application) -> bool:
    """Whether nobody has decided the case yet."""
    return application.status not in FINAL


async def answer(
    session: AsyncSession, law: Law, application: Application, applicant: Applicant, *, on: date, attachments: Sequence[str]
) -> Answer:
    """What a law says of a case on a day: route, fee, findings, and the versions that govern it. Nothing where no procedure is in force."""
    arrived = application.received_on if is_open(application) and application.received_on is not None else on
    seen = law.for_case(arrived, on)
    procedure = seen.all_procedures.find(application.procedure, arrived)
    if procedure is None:
        return {}
    circumstances = Circumstances(application.channel, arrived, on, attachments, applicant, application)
    gathered = await gathering.gather(session, seen, procedure, application.form, circumstances)
    findings = examining.findings(seen, procedure, gathered.facts, on=on)
    settled = is_open(application) and application.fee.get("status") not in examining.REASSESSED
    fixed = is_open(application) and application.status not in examining.REROUTED
    route = application.route if fixed else gathered.facts["route"]
    return {
        "procedure": procedure.code,
        "route": route,
        "approval": simulation.approvers(seen, route, arrived, application.authority or application.bureau),
        "fee": None if settled else simulation.amount(gathered.fee),
        "findings": _findings(findings),
        "form": simulation.required(seen, procedure, arrived),
        "versions": _versions(seen, procedure, gathered.facts),
    }


def _findings(found: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Outcome and field of every finding, by the id of its check."""
    answers: dict[str, list[str]] = {}
    for one in found:
        answers.setdefault(one["check"], []).append(f"{one['outcome']} {one['field']}".strip())
    return answers


def _versions(law: Law, procedure: Procedure, facts: Mapping[str, Any]) -> dict[str, str | None]:
    """The first day of the version that governs each rule of the case."""
    dates = examining.dates(procedure, facts)
    parts: dict[str, Provision[Any] | None] = {
        "form": law.forms.files.get(procedure.form),
        "window": law.windows.by_name.get(procedure.window or ""),
        "fee": law.fees.by_name.get(procedure.fee or ""),
    }
    return {
        rule: _first_day(provision, date.fromisoformat(str(dates[rule])[:10])) for rule, provision in parts.items() if provision is not None
    }


def _first_day(provision: Provision[Any], on: date) -> str | None:
    version = provision.on(on)
    return None if version is None else version.from_.isoformat()
