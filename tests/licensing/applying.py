"""A draft really in force: what the services that serve everybody say of a license or a case under a law, written down as `simulate` does.

Nothing here shares code with the comparison that it checks, but for the shape of the answers.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.errors import NotFound
from partner.identifiers import new_id
from partner.licensing import examining, gathering, prefilling, renewals
from partner.licensing.gathering import Circumstances
from partner.licensing.models import Applicant
from partner.registry import publishing, vocabulary
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation import Law
from partner.regulation.procedures import Procedure

COMPARED = ("procedure", "window", "fee", "term", "published", "licensee_masked", "frequencies_hz", "class_name")


async def answer(session: AsyncSession, law: Law, number: str, on: date) -> dict[str, Any]:
    """What is so for a license on a day."""
    held = await register.license_by_number(session, number, on=on)
    assert held is not None
    found: dict[str, Any] = {"term": _term(law, held), **_published(law, held, on)}
    due = renewals.due_of(
        law, held, [one for one in law.procedures(on) if held.licensee.kind in one.filers and one.act == "renewal"], on=on
    )
    return found | (await _renewal(session, law, due.procedure, held, on) if due is not None else {})


async def _renewal(session: AsyncSession, law: Law, procedure: Procedure, held: License, on: date) -> dict[str, Any]:
    applicant = Applicant(id=new_id(), kind=held.licensee.kind, name=held.licensee.name, match_key="", licensee_id=held.licensee_id)
    started = prefilling.started(procedure, kind=held.licensee.kind) | {"applicant": prefilling.known_of_licensee(held.licensee)}
    form = prefilling.about(law, procedure, held, started=started)
    fees: dict[str, Any] = {}
    for channel in ("electronic", "paper"):
        gathered = await gathering.gather(session, law, procedure, form, Circumstances(channel, on, on, (), applicant))
        fee = examining.shown_fee(gathered.fee)
        fees[channel] = {"amount_yen": fee["amount_yen"], "confirmed": fee["confirmed"]}
    window = None
    if procedure.window is not None:
        days = law.window(procedure.window, expires_on=held.valid_to, on=on)
        window = days and {name: getattr(days, name) and getattr(days, name).isoformat() for name in ("opens_on", "closes_on")}
    return {"procedure": procedure.code, "window": window, "fee": fees}


def _term(law: Law, held: License) -> dict[str, Any] | None:
    try:
        term = law.term(held.facts.station_class, held.valid_to + timedelta(days=1))
    except NotFound:
        return None
    return {"valid_to": term.valid_to and term.valid_to.isoformat(), "confirmed": term.confirmed}


def _published(law: Law, held: License, on: date) -> dict[str, Any]:
    made = publishing.publish(held, vocabulary.of(law), on)
    name = law.codes("station-classes").name(held.facts.station_class).as_dict()
    if made is None:
        return {"published": False, "class_name": name}
    return {"published": True, "class_name": name, "licensee_masked": made.license["public_licensee_id"] is None}


def compared(changes: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was foretold, and what has come, as far as both speak of it."""
    kinds = [kind for kind in COMPARED if kind != "frequencies_hz"]
    came = {kind: {"before": before.get(kind), "after": after.get(kind)} for kind in kinds if before.get(kind) != after.get(kind)}
    return {kind: change for kind, change in changes.items() if kind in kinds}, came
