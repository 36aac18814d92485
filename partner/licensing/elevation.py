"""Writing after the decision.

Row-level security lets a caller see and lock a case, never write one. A service first loads what the caller may see and
decides what the caller may do; only then it enters the standing `system` to carry the decision out, because one decision
touches rows that the caller may not see (the register, the applicant's notices, another bureau's queue).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.actor import Actor
from partner.database import SYSTEM, enter


@asynccontextmanager
async def carrying_out(session: AsyncSession, actor: Actor) -> AsyncIterator[None]:
    """For the time of the block the transaction has the standing `system`; after it, the actor's again.

    When the block raises, the transaction is lost anyway and the standing goes with it.
    """
    await enter(session, SYSTEM)
    yield
    await session.flush()  # what the block wrote is written in its standing, not in the caller's
    await enter(session, actor.access)
