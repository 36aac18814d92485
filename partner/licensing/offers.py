"""What may be filed about a license today, each with its form filled in as far as the register knows; or why it may not be filed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.licensing import clients, examining, gathering, prefilling, queries
from partner.licensing.elevation import carrying_out
from partner.licensing.gathering import Circumstances
from partner.registry.facts import License
from partner.regulation import Law
from partner.regulation.effects import Effect
from partner.regulation.procedures import Procedure


@dataclass(frozen=True)
class Offer:
    """A procedure about a license, its prefilled form, and the failing findings that the form cannot mend (a window that is not open)."""

    procedure: Procedure
    form: dict[str, Any]
    obstacles: list[dict[str, Any]]


async def about(session: AsyncSession, actor: Actor, law: Law, held: License) -> list[Offer]:
    """Every procedure that is about a license of this class, in the order of their codes.

    The obstacles are findings of the very checks that would be made of the filing; only those that concern the license itself,
    because the rest of the form is still to be filled in.
    """
    today = clock.today()
    client = await clients.holding(session, actor, held.licensee_id)
    applicant = client or await queries.applicant_of_account(session, actor.account_id)
    offers = []
    for procedure in law.procedures(today):
        if not _about_own(procedure, held):
            continue
        form = prefilling.about(law, procedure, held, started=prefilling.form(actor, law, procedure, client=client))
        circumstances = Circumstances("electronic", today, today, (), applicant)
        async with carrying_out(session, actor):
            gathered = await gathering.gather(session, law, procedure, form, circumstances)
        if not procedure.offered(gathered.facts, law.shape):
            continue
        findings = examining.findings(law, procedure, gathered.facts, on=today)
        concerned = [one for one in findings if one["outcome"] == "fail" and one["field"] == procedure.license_field]
        offers.append(Offer(procedure, form, concerned))
    return offers


def _about_own(procedure: Procedure, held: License) -> bool:
    """Whether the holder of a license of this class files it: neither staff, nor a successor, nor applicants of another kind."""
    if procedure.license_field is None or procedure.effect is Effect.TRANSFER:
        return False
    return held.licensee.kind in procedure.filers and held.facts.station_class in procedure.station_classes
