"""What an account holds: the licenses of its own applicant and of those that it may act for."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.actor import Actor
from partner.errors import NotFound, Text
from partner.licensing import applicants, queries
from partner.registry import opening_queries
from partner.registry import service as register
from partner.registry.facts import License
from partner.registry.opening_models import OpenedStation


async def of_actor(session: AsyncSession, actor: Actor, *, on: date) -> list[License]:
    """The licenses that the actor holds or acts for on a day, the ones that end first coming first."""
    own = await applicants.known(session, actor)
    parties = [own] if own else []
    parties += [applicant for _, applicant in await queries.delegations_of(session, actor.account_id)]
    licensees = dict.fromkeys(applicant.licensee_id for applicant in parties if applicant.licensee_id is not None)
    held = [found for licensee in licensees for found in await register.licenses_of(session, licensee) if found.holds_to >= on]
    return sorted(held, key=lambda license_: (license_.valid_to, license_.license_number))


async def opened(session: AsyncSession, held: License) -> list[OpenedStation]:
    """The stations that are open under a blanket license or registration of the actor's, as its holder has notified them."""
    return await opening_queries.open_under(session, held.station_id)


async def one(session: AsyncSession, actor: Actor, station_id: UUID, *, on: date) -> License:
    """One of these licenses. Raises NotFound for any other."""
    for license_ in await of_actor(session, actor, on=on):
        if license_.station_id == station_id:
            return license_
    raise NotFound("unknown_license", Text("その免許は見つかりません。", "There is no such license of yours."))
