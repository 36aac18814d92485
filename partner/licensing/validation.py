"""The findings on a form with nothing stored: the very checks that an examiner sees."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.licensing import applicants, ex_officio, examining, gathering
from partner.licensing.elevation import carrying_out
from partner.licensing.gathering import Circumstances
from partner.licensing.models import Applicant
from partner.regulation import Law
from partner.regulation.procedures import Procedure


async def validate(
    session: AsyncSession, actor: Actor, law: Law, *, procedure: str, form: dict[str, Any], channel: str = "electronic"
) -> dict[str, Any]:
    """Findings, route, fee and governing dates of a form as if it were filed today: what a draft of it would be told.

    Raises Invalid for an unknown procedure and for a form that cannot be read, Forbidden for somebody else's. Of what the
    office begins: Forbidden for whoever is no examiner, NotFound for a license that is not of the bureau.
    """
    today = clock.today()
    rules = examining.procedure_named(law, procedure, on=today)
    written = examining.readable(law, rules, form, on=today)
    channel = ex_officio.CHANNEL if rules.ex_officio else channel
    async with carrying_out(session, actor):
        applicant, filed = await _foreseen(session, actor, rules, written)
        written = law.form(rules.form, today).fitting(filed)
        gathered = await gathering.gather(session, law, rules, written, Circumstances(channel, today, today, (), applicant))
    facts = gathered.facts
    return {
        "procedure": rules.code,
        "route": facts["route"],
        "findings": examining.findings(law, rules, facts, on=today),
        "fee": examining.shown_fee(gathered.fee),
        "law": {"digest": law.digest, "dates": examining.dates(rules, facts)},
    }


async def _foreseen(session: AsyncSession, actor: Actor, rules: Procedure, form: dict[str, Any]) -> tuple[Applicant | None, dict[str, Any]]:
    """For whom the case would be, and the form as it would be filed, or begun by the office."""
    if rules.ex_officio:
        return await ex_officio.foreseen(session, actor, rules, form)
    return await applicants.foreseen(session, actor, form)
