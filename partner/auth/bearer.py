"""Bearer tokens: JWT access tokens (RFC 9068) of the two configured issuers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner import clock
from partner.auth import queries, service, tokens
from partner.auth.actor import Actor, IssuerKind, Scope
from partner.auth.identity import identity_of, program_of
from partner.auth.provider import Provider
from partner.database import SYSTEM, Database
from partner.settings import Settings

_KNOWN_SCOPES = frozenset(scope.value for scope in Scope)
Providers = Mapping[IssuerKind, Provider]


class Recognized:
    """The people whose tokens were verified a moment ago, so that a busy program costs no signature and no query per request.

    Nothing that a token of a person says can be taken back before it expires, so a minute's memory takes nothing from anybody; what
    changes meanwhile is what the account adds (name, address), and that a minute late. Programs are not remembered: their
    registration may end.
    """

    SECONDS = 60
    MOST = 10_000

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Actor, int]] = {}

    def find(self, token: str) -> Actor | None:
        """The actor of a token that was verified within the last minute and has not expired."""
        actor, until = self._known.get(tokens.digest(token), (None, 0))
        return actor if clock.timestamp() < until else None

    def keep(self, token: str, actor: Actor, *, expires: float) -> Actor:
        """Remember the actor of a token; the oldest are forgotten when there are too many."""
        if len(self._known) >= self.MOST:
            for old in list(self._known)[: self.MOST // 2]:
                self._known.pop(old, None)
        self._known[tokens.digest(token)] = (actor, min(int(expires), clock.timestamp() + self.SECONDS))
        return actor


async def actor_of_bearer(token: str, *, providers: Providers, recognized: Recognized, database: Database, settings: Settings) -> Actor:
    """Whom an access token speaks for, in the scopes that both the token and the roles allow.

    An account that was never seen is made, from the token and what the provider's userinfo adds. Raises errors.Unauthenticated
    (`invalid_token`, `token_expired`), and errors.Unavailable when the provider's keys cannot be had.
    """
    if (known := recognized.find(token)) is not None:
        return known
    header, stated = tokens.unverified(token)
    provider = next((one for one in providers.values() if one.issuer == stated.get("iss")), None)
    if provider is None:
        raise tokens.invalid_token()
    key_id = header.get("kid")
    keys = await provider.keys(key_id if isinstance(key_id, str) else None)
    claims = tokens.verified(token, keys, issuer=provider.issuer, audience=settings.audience)
    scopes = frozenset(Scope(word) for word in tokens.scope_words(claims) if word in _KNOWN_SCOPES)
    if (program := program_of(claims)) is not None:
        async with database.transaction(SYSTEM) as session:
            return await service.actor_of_program(session, program, scopes)
    actor = await _person(token, claims, scopes, provider=provider, database=database, settings=settings)
    return recognized.keep(token, actor, expires=claims["exp"])


async def _person(
    token: str, claims: dict[str, Any], scopes: frozenset[Scope], *, provider: Provider, database: Database, settings: Settings
) -> Actor:
    async with database.transaction(SYSTEM) as session:
        account = await queries.account(session, provider.issuer, claims["sub"])
    if account is not None:
        identity = identity_of(provider.kind, claims, settings) if settings.oidc_role_claim in claims else None
        return service.actor_of(account, identity=identity, scopes=scopes)
    more = await provider.userinfo(token, subject=claims["sub"])
    async with database.transaction(SYSTEM) as session:
        account = await service.save_account(session, identity_of(provider.kind, {**more, **claims}, settings))
    return service.actor_of(account, scopes=scopes)
