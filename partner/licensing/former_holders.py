"""Telling the holder of a license that somebody else has filed to succeed to it (法20条), and that it has passed.

Whoever holds a license learns of it while there is time to object. They see neither the case, which is the successor's, nor who that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing import applicants, held, notices
from partner.licensing.models import Applicant, Application
from partner.registry.facts import License
from partner.regulation.effects import Effect
from partner.regulation.procedures import Procedure


async def tell_of_filing(session: AsyncSession, procedure: Procedure, application: Application, successor: Applicant) -> None:
    """Tell each holder of a license that the filing names, but the one who files. Call in standing `system`."""
    if procedure.effect is Effect.TRANSFER:
        named = await held.named(session, procedure, application)
        others = [license_ for license_ in named if license_.licensee_id != successor.licensee_id]
        for holder, licenses in await _by_holder(session, others):
            notices.succession_filed(session, application, holder, [license_.license_number for license_ in licenses], procedure.title)


async def tell_of_passing(session: AsyncSession, application: Application, licenses: Sequence[License], on: date) -> None:
    """Tell each holder that these licenses, as they stood before, are no longer theirs from a day on. Call in standing `system`."""
    for holder, passed in await _by_holder(session, licenses):
        notices.succeeded(session, application, holder, [license_.license_number for license_ in passed], on)


async def _by_holder(session: AsyncSession, licenses: Sequence[License]) -> list[tuple[Applicant, list[License]]]:
    grouped: dict[UUID, list[License]] = {}
    for license_ in licenses:
        grouped.setdefault(license_.licensee_id, []).append(license_)
    return [(await applicants.of_holder(session, found[0]), found) for found in grouped.values()]
