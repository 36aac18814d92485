"""The licenses that a case is about, as the register has them now, and whose they are."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.errors import Conflict, Text
from partner.licensing import facts
from partner.licensing.models import Applicant, Application
from partner.licensing.prefetching import Prefetched
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation.procedures import Procedure

_CASE = "application:"


async def one(session: AsyncSession, procedure: Procedure, application: Application, applicant: Applicant) -> License:
    """The license that the case is about. Raises Conflict `license_not_found` for none, `not_the_holder` for somebody else's."""
    return (await one_and_last(session, procedure, application, applicant, prefetched=Prefetched()))[0]


async def one_and_last(
    session: AsyncSession, procedure: Procedure, application: Application, applicant: Applicant, *, prefetched: Prefetched
) -> tuple[License, License]:
    """The same with its last version, be it of a next term."""
    number = next(iter(facts.license_numbers(procedure, application.form)), "")
    found = await prefetched.license_and_last(session, number)
    if found is None:
        raise _unknown(number)
    if found[0].licensee_id != applicant.licensee_id:
        raise Conflict(
            "not_the_holder", Text(f"免許{number}は申請者のものではありません。", f"The license {number} is not the applicant's.")
        )
    return found


async def named(session: AsyncSession, procedure: Procedure, application: Application) -> list[License]:
    """The licenses on record that the form names, whoever holds them; a number that is not on record is passed over. For the office."""
    numbers = facts.license_numbers(procedure, application.form)
    found = [await register.license_by_number(session, number) for number in numbers]
    return [license_ for license_ in found if license_ is not None]


async def whosesoever(session: AsyncSession, procedure: Procedure, application: Application) -> list[License]:
    """All the licenses that the form names, whoever holds them: of a succession. Raises Conflict `license_not_found`."""
    found = []
    for number in facts.license_numbers(procedure, application.form):
        license_ = await register.license_by_number(session, number)
        if license_ is None:
            raise _unknown(number)
        found.append(license_)
    if not found:
        raise _unknown("")
    return found


def _unknown(number: str) -> Conflict:
    return Conflict("license_not_found", Text(f"免許{number}は登録されていません。", f"There is no license {number} on record."))


def cause(application: Application) -> str:
    """Why the register changed: the case, by the number that everybody knows it by."""
    return f"{_CASE}{application.id}"


async def changed_before(session: AsyncSession, application: Application) -> Application | None:
    """The case that changed the register before this one about the same station; None where no case did."""
    if application.station_id is None:
        return None
    others = [known for known in await register.causes(session, application.station_id) if known != cause(application)]
    ids = [UUID(known.removeprefix(_CASE)) for known in others if known.startswith(_CASE)]
    return await session.get(Application, ids[0]) if ids else None
