"""All SQL of identity. Every statement here runs in standing `system`: nobody else may read these tables whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, delete, func, literal, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.models import Account, ApiClient, RateBucket, Session, SignInAttempt


async def account(session: AsyncSession, issuer: str, subject: str) -> Account | None:
    """The account of a subject of an issuer."""
    return (await session.exec(select(Account).where(Account.issuer == issuer, Account.subject == subject))).one_or_none()


async def accounts_of_bureau(session: AsyncSession, bureau: str) -> list[Account]:
    """The accounts of a bureau, oldest first."""
    return list((await session.exec(select(Account).where(Account.bureau == bureau).order_by(col(Account.id)))).all())


async def save_account(session: AsyncSession, values: dict[str, Any]) -> Account:
    """Create the account of (issuer, subject), or bring it up to date; two first sign-ins at once make one account."""
    statement = insert(Account).values(**values)
    fresh = {name: statement.excluded[name] for name in ("display_name", "claims", "roles", "bureau", "seen_at")}
    saved = statement.on_conflict_do_update(index_elements=["issuer", "subject"], set_=fresh).returning(Account)
    options = {"populate_existing": True}
    found: Account = (await session.exec(saved, execution_options=options)).scalar_one()
    return found


async def live_session(session: AsyncSession, token_hash: bytes, now: datetime) -> tuple[Session, Account] | None:
    """A session that has neither ended nor expired, with its account."""
    statement = (
        select(Session, Account)
        .join(Account, col(Account.id) == col(Session.account_id))
        .where(Session.token_hash == token_hash, col(Session.ended_at).is_(None), Session.expires_at > now)
    )
    return (await session.exec(statement)).one_or_none()


async def take_attempt(session: AsyncSession, state_hash: bytes, browser_hash: bytes, now: datetime) -> SignInAttempt | None:
    """Use up the attempt that a state and a browser belong to. Of two who come with the same state, one gets it."""
    statement = (
        update(SignInAttempt)
        .where(
            col(SignInAttempt.state_hash) == state_hash,
            col(SignInAttempt.browser_hash) == browser_hash,
            col(SignInAttempt.used_at).is_(None),
            col(SignInAttempt.expires_at) > now,
        )
        .values(used_at=now)
        .returning(SignInAttempt)
    )
    return (await session.exec(statement)).scalar_one_or_none()


async def live_client(session: AsyncSession, issuer: str, client_id: str) -> ApiClient | None:
    """The registration of a program, where it has one."""
    statement = select(ApiClient).where(ApiClient.issuer == issuer, ApiClient.client_id == client_id, col(ApiClient.ended_at).is_(None))
    return (await session.exec(statement)).one_or_none()


async def purge(session: AsyncSession, before: datetime) -> None:
    """Forget the attempts and sessions that were over before an instant."""
    await session.exec(delete(SignInAttempt).where(col(SignInAttempt.expires_at) < before))
    await session.exec(delete(Session).where(or_(col(Session.expires_at) < before, col(Session.ended_at) < before)))


async def take_tokens(
    session: AsyncSession, caller: str, *, wanted: int, burst: float, per_second: float, now: datetime
) -> tuple[int, float]:
    """Take up to `wanted` tokens from the bucket of a caller, full at first; how many were granted, and how many are left."""
    bucket = RateBucket.__table__  # type: ignore[attr-defined] # SQLModel makes it
    passed = func.greatest(0, func.extract("epoch", literal(now, DateTime(timezone=True)) - bucket.c.refilled_at))
    present = func.least(burst, bucket.c.tokens + passed * per_second)
    granted = func.least(wanted, func.floor(present))
    first = insert(bucket).values(caller=caller, tokens=burst - wanted, granted=wanted, refilled_at=now)
    statement = first.on_conflict_do_update(
        index_elements=["caller"],
        set_={"tokens": present - granted, "granted": granted, "refilled_at": func.greatest(now, bucket.c.refilled_at)},
    )
    found = (await (await session.connection()).execute(statement.returning(bucket.c.granted, bucket.c.tokens))).one()
    return int(found[0]), float(found[1])


async def purge_buckets(session: AsyncSession, before: datetime) -> None:
    """Forget buckets that nobody took from since an instant; they are full again."""
    await session.exec(delete(RateBucket).where(col(RateBucket.refilled_at) < before))
