"""Bearer tokens: JWT access tokens (RFC 9068) of the two configured issuers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner.auth import queries, service, tokens
from partner.auth.actor import Actor, IssuerKind, Scope
from partner.auth.identity import identity_of, program_of
from partner.auth.provider import Provider
from partner.database import SYSTEM, Database
from partner.settings import Settings

_KNOWN_SCOPES = frozenset(scope.value for scope in Scope)
Providers = Mapping[IssuerKind, Provider]


async def actor_of_bearer(token: str, *, providers: Providers, database: Database, settings: Settings) -> Actor:
    """Whom an access token speaks for, in the scopes that both the token and the roles allow.

    An account that was never seen is made, from the token and what the provider's userinfo adds. Raises errors.Unauthenticated
    (`invalid_token`, `token_expired`), and errors.Unavailable when the provider's keys cannot be had.
    """
    header, stated = tokens.unverified(token)
    provider = next((one for one in providers.values() if one.issuer == stated.get("iss")), None)
    if provider is None:
        raise tokens.invalid_token()
    key_id = header.get("kid")
    keys = await provider.keys(key_id if isinstance(key_id, str) else None)
    claims = tokens.verified(token, keys, issuer=provider.issuer, audience=settings.audience)
    scopes = frozenset(Scope(word) for word in tokens.scope_words(claims) if word in _KNOWN_SCOPES)
    program = program_of(claims)
    async with database.transaction(SYSTEM) as session:
        if program is not None:
            return await service.actor_of_program(session, program, scopes)
        account = await queries.account(session, provider.issuer, claims["sub"])
    says_roles = settings.oidc_role_claim in claims
    if account is not None:
        return service.actor_of(account, identity=identity_of(provider.kind, claims, settings) if says_roles else None, scopes=scopes)
    return await _first_seen(token, claims, scopes, provider=provider, database=database, settings=settings)


async def _first_seen(
    token: str, claims: dict[str, Any], scopes: frozenset[Scope], *, provider: Provider, database: Database, settings: Settings
) -> Actor:
    more = await provider.userinfo(token, subject=claims["sub"])
    identity = identity_of(provider.kind, {**more, **claims}, settings)
    async with database.transaction(SYSTEM) as session:
        return service.actor_of(await service.save_account(session, identity), scopes=scopes)
