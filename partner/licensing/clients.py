"""For whom an account may file: its own applicant, and those whose delegation lets it draft."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.actor import Actor
from partner.errors import NotFound, Text
from partner.licensing import queries
from partner.licensing.models import Applicant


async def of_actor(session: AsyncSession, actor: Actor) -> list[Applicant]:
    """The applicants whose delegation lets the actor draft today, in the order of the delegations."""
    return [applicant for delegation, applicant in await queries.delegations_of(session, actor.account_id) if delegation.may_draft]


async def one(session: AsyncSession, actor: Actor, applicant_id: UUID) -> Applicant:
    """One of these clients. Raises NotFound for anybody else."""
    for applicant in await of_actor(session, actor):
        if applicant.id == applicant_id:
            return applicant
    raise NotFound("unknown_client", Text("その方からの委任はありません。", "There is no such delegation to you."))


async def holding(session: AsyncSession, actor: Actor, licensee_id: UUID) -> Applicant | None:
    """The client who holds a license; None where the actor's own applicant does."""
    own = await queries.applicant_of_account(session, actor.account_id)
    if own is not None and own.licensee_id == licensee_id:
        return None
    return next((client for client in await of_actor(session, actor) if client.licensee_id == licensee_id), None)
