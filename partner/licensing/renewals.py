"""Which licenses of an applicant are due for renewal, and the tables in which all of them can be renewed at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import NotFound, Text
from partner.licensing import applicants, clients, prefilling, queries
from partner.licensing.elevation import carrying_out
from partner.licensing.models import Applicant
from partner.licensing.sheet_writing import Line, Table
from partner.registry import service as register
from partner.registry.facts import License
from partner.registry.normalisation import license_number
from partner.regulation import Law, form_columns
from partner.regulation.effects import Effect
from partner.regulation.periods import shown_day
from partner.regulation.procedures import Procedure
from partner.regulation.windows import WindowDates

OPENING_DAYS = 31
"""So many days before its window opens a license is in the table already."""
TOLD = {
    "(window)": Text("申請期間", "Window"),
    "(expires_on)": Text("有効期間の末日", "Last day of the license"),
    "(station)": Text("局の呼出名称又は呼出符号", "Call name or call sign"),
}


@dataclass(frozen=True)
class Party:
    """For whom many are filed: the applicant, and whether that is an agent's client."""

    applicant: Applicant
    client: Applicant | None = None
    may_file: bool = True


@dataclass(frozen=True)
class Due:
    """A license that may be renewed now or soon, by which procedure, and within which window (None: at any time)."""

    license: License
    procedure: Procedure
    window: WindowDates | None


async def party(session: AsyncSession, actor: Actor, applicant_id: UUID | None) -> Party:
    """The actor's own applicant, or the client with this id, whose delegation covers drafting. Raises NotFound for anybody else."""
    own = await applicants.known(session, actor)
    if own is not None and applicant_id in {None, own.id}:
        return Party(own)
    for delegation, applicant in await queries.delegations_of(session, actor.account_id):
        if delegation.may_draft and applicant.id == applicant_id:
            return Party(applicant, applicant, may_file=delegation.may_file)
    raise NotFound("unknown_client", Text("その申請者の分は扱えません。", "There is no such applicant that you may act for."))


async def parties(session: AsyncSession, actor: Actor) -> list[Party]:
    """All for whom the actor may prepare filings, the actor's own applicant first."""
    own = await applicants.known(session, actor)
    found = [Party(own)] if own is not None else []
    represented = await clients.of_actor(session, actor)
    return found + [await party(session, actor, one.id) for one in represented if own is None or one.id != own.id]


def procedures(law: Law, *, on: date) -> list[Procedure]:
    """The procedures by which one license is renewed."""
    return [one for one in law.procedures(on) if one.effect is Effect.RENEW and "*" not in (one.license_field or "*")]


def fitting(among: Sequence[Procedure], held: License, law: Law) -> Procedure | None:
    """The one of the renewals for a license, one whose data offers it for such before the rest; None where there is none for its class."""
    facts = held.facts
    told = {"license": {"registered": facts.registration_standard is not None, "station_count": facts.station_count, "moves": facts.moves}}
    of_class = (one for one in among if facts.station_class in one.station_classes)
    return min((one for one in of_class if one.offered(told, law.shape)), key=lambda one: one.offered_when is None, default=None)


async def due(session: AsyncSession, actor: Actor, law: Law, found: Party, *, opening_days: int = OPENING_DAYS) -> list[Due]:
    """The licenses of a party whose window is open or opens within so many days, those that close first coming first.

    What has been renewed already, or is under examination, is left out.
    """
    if found.applicant.licensee_id is None:
        return []
    today = clock.today()
    renewing = procedures(law, on=today)
    async with carrying_out(session, actor):
        held = await register.licenses_of(session, found.applicant.licensee_id)
        last = {one.station_id: one.valid_to for one in await register.licenses_of(session, found.applicant.licensee_id, on=date.max)}
        filed = {number for one in renewing for number in await _filed(session, one, found.applicant.licensee_id)}
    waiting = [
        one for one in held if one.ended_on is None and last[one.station_id] == one.valid_to >= today and one.license_number not in filed
    ]
    dues = [due_of(law, one, renewing, on=today) for one in waiting]
    limit = today + timedelta(days=opening_days)
    return sorted((one for one in dues if one is not None and _soon(one, today, limit)), key=_order)


def due_of(law: Law, held: License, among: Sequence[Procedure], *, on: date) -> Due | None:
    """A license with the one of the renewals that is for it, and its window; None where nothing renews it."""
    procedure = fitting(among, held, law)
    if procedure is None or shown_day(held.valid_to) is None:
        return None
    window = law.window(procedure.window, expires_on=held.valid_to, on=on) if procedure.window else None
    return Due(held, procedure, window)


async def _filed(session: AsyncSession, procedure: Procedure, licensee_id: UUID) -> list[str]:
    cases = await queries.open_cases(session, licensee_id, procedure.code, license_field=str(procedure.license_field))
    return [license_number(one.license_number) for one in cases if one.license_number]


def _soon(one: Due, today: date, limit: date) -> bool:
    if one.window is None:
        return True
    return today <= one.window.closes_on and (one.window.opens_on is None or one.window.opens_on <= limit)


def _order(one: Due) -> tuple[date, str]:
    return (one.window.closes_on if one.window else one.license.valid_to, one.license.license_number)


def tables(law: Law, actor: Actor, found: Party, dues: Sequence[Due]) -> list[Table]:
    """A table for each procedure, prefilled from the register; an empty one for the first procedure where nothing is due."""
    today = clock.today()
    made = [_table(law, actor, found, procedure, dues) for procedure in procedures(law, on=today)]
    return [table for table in made if table.lines] or made[:1]


def _table(law: Law, actor: Actor, found: Party, procedure: Procedure, dues: Sequence[Due]) -> Table:
    lines = list(_lines(law, actor, found, [one for one in dues if one.procedure.code == procedure.code]))
    form = law.form(procedure.form, clock.today())
    columns = form_columns.columns(form, law, act=procedure.act, values=[line.form for line in lines])
    return Table(procedure, columns, TOLD, lines)


def _lines(law: Law, actor: Actor, found: Party, dues: Sequence[Due]) -> Iterator[Line]:
    for one in dues:
        held = one.license
        window = f"{one.window.opens_on or ''}〜{one.window.closes_on}" if one.window else ""
        station = held.call_sign or held.facts.identification or ""
        told = {"(window)": window, "(expires_on)": held.valid_to.isoformat(), "(station)": station}
        yield Line(started(law, actor, found, one.procedure, held), told)


def started(law: Law, actor: Actor, found: Party, procedure: Procedure, held: License) -> dict[str, object]:
    """The form that renews a license, as far as the register and the sign-in know it."""
    return prefilling.about(law, procedure, held, started=prefilling.form(actor, law, procedure, client=found.client))
