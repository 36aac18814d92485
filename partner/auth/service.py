"""Accounts, sign-ins, sessions. Everything here runs in a transaction of standing `system`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, errors
from partner.auth import queries, tokens
from partner.auth.actor import Actor, Claims, IssuerKind, Role, Scope, scopes_of
from partner.auth.identity import Identity, stored
from partner.auth.models import Account, Session, SignInAttempt
from partner.errors import Text
from partner.identifiers import new_id

ATTEMPT_LIFETIME = timedelta(minutes=10)
KEPT_AFTER_THE_END = timedelta(days=1)


@dataclass(frozen=True)
class Departure:
    """A browser about to leave for a provider, with the secrets that it takes along or that wait for its return."""

    state: str
    nonce: str
    code_verifier: str
    browser: str


async def save_account(session: AsyncSession, identity: Identity) -> Account:
    """The account of an identity: made at the first sign-in, brought up to date at every later one."""
    now = clock.now()
    values = {
        "id": new_id(),
        "issuer": identity.issuer,
        "subject": identity.subject,
        "display_name": identity.display_name,
        "claims": stored(identity.claims),
        "roles": sorted(identity.roles),
        "bureau": identity.bureau,
        "created_at": now,
        "seen_at": now,
    }
    return await queries.save_account(session, values)


def actor_of(account: Account, *, identity: Identity | None = None, scopes: Iterable[Scope] | None = None) -> Actor:
    """The account as an actor: in the roles and the bureau of a token's `identity` where it says, and limited to its `scopes`."""
    roles = identity.roles if identity else frozenset(Role(name) for name in account.roles)
    allowed = scopes_of(roles)
    return Actor(
        account_id=account.id,
        issuer=account.issuer,
        subject=account.subject,
        display_name=account.display_name,
        roles=roles,
        scopes=allowed if scopes is None else allowed & frozenset(scopes),
        bureau=identity.bureau if identity else account.bureau,
        claims=Claims(**account.claims),
    )


async def actor_with(session: AsyncSession, account_id: UUID) -> Actor | None:
    """The account with an id as an actor, for work that goes on after its request; None when there is none."""
    account = await session.get(Account, account_id)
    return None if account is None else actor_of(account)


async def staff_of(session: AsyncSession, bureau: str) -> list[Actor]:
    """The staff of a bureau who have ever signed in, oldest account first."""
    return [actor for account in await queries.accounts_of_bureau(session, bureau) if (actor := actor_of(account)).is_staff]


async def begin_sign_in(session: AsyncSession, kind: IssuerKind, *, return_path: str, browser: str | None) -> Departure:
    """Note that a browser leaves for a provider. `browser` is the secret of an earlier attempt of the same browser, if any."""
    departure = Departure(tokens.secret(), tokens.secret(), tokens.secret() + tokens.secret(), browser or tokens.secret())
    now = clock.now()
    session.add(
        SignInAttempt(
            id=new_id(),
            kind=kind.value,
            state_hash=tokens.digest(departure.state),
            browser_hash=tokens.digest(departure.browser),
            nonce=departure.nonce,
            code_verifier=departure.code_verifier,
            return_path=return_path,
            created_at=now,
            expires_at=now + ATTEMPT_LIFETIME,
        )
    )
    return departure


async def take_attempt(session: AsyncSession, *, state: str, browser: str) -> SignInAttempt:
    """The attempt with which a browser comes back. It is used up by this, whatever follows.

    Raises errors.Unauthenticated (`sign_in_not_begun`) when the state is unknown, used, too old, or another browser's.
    """
    attempt = await queries.take_attempt(session, tokens.digest(state), tokens.digest(browser), clock.now())
    if attempt is None:
        raise errors.Unauthenticated(
            "sign_in_not_begun",
            Text(
                "このサインインは開始されていないか、期限が切れています。",
                "This sign-in was not begun in this browser, or it took too long.",
            ),
            remedy=Text("もう一度サインインしてください。", "Please sign in again."),
        )
    return attempt


async def open_session(session: AsyncSession, account: Account, *, id_token: str, lifetime: timedelta) -> str:
    """Open a session and give its token, which only the cookie of the browser will know."""
    token = tokens.secret()
    now = clock.now()
    session.add(
        Session(
            id=new_id(),
            account_id=account.id,
            token_hash=tokens.digest(token),
            id_token=id_token,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return token


async def actor_of_session(session: AsyncSession, token: str) -> Actor | None:
    """Who is signed in under a session's token; None when it is unknown, expired or ended."""
    found = await queries.live_session(session, tokens.digest(token), clock.now())
    return None if found is None else actor_of(found[1])


async def end_session(session: AsyncSession, token: str) -> tuple[Session, Account] | None:
    """End the session of a token and give it with its account; None when there was none."""
    now = clock.now()
    found = await queries.live_session(session, tokens.digest(token), now)
    if found is not None:
        found[0].ended_at = now
    return found


async def actor_of_program(session: AsyncSession, identity: Identity, scopes: frozenset[Scope]) -> Actor:
    """A program as an actor. It may do what every program may, and what its registration adds, as far as its token says so."""
    account = await queries.account(session, identity.issuer, identity.subject) or await save_account(session, identity)
    registered = await queries.live_client(session, identity.issuer, identity.subject)
    added = frozenset(Scope(name) for name in registered.scopes) if registered else frozenset()
    allowed = scopes_of(frozenset({Role.PROGRAM})) | added
    return Actor(
        account_id=account.id,
        issuer=account.issuer,
        subject=account.subject,
        display_name=registered.name if registered else account.display_name,
        roles=frozenset({Role.PROGRAM}),
        scopes=allowed & scopes,
    )


async def purge(session: AsyncSession) -> None:
    """Forget sign-ins and sessions that have been over for a day."""
    await queries.purge(session, clock.now() - KEPT_AFTER_THE_END)
    await queries.purge_buckets(session, clock.now() - KEPT_AFTER_THE_END)
