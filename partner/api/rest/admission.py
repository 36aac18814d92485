"""Counts public reads against the rate limits before they are answered."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from partner.auth import limiting
from partner.auth.bearer import actor_of_bearer
from partner.auth.limiting import Caller, Limiter
from partner.auth.web import bearer_of, database_of, providers_of, settings_of


async def admit(request: Request, *, by_address: bool = False) -> None:
    """Let a public read pass; `by_address` counts its address whatever token it brings.

    Raises TooManyRequests with the time to wait, and Unauthenticated for a token that is not good.
    """
    limiter = cast("Limiter | None", getattr(request.app.state, "limiter", None))
    if limiter is None or "admitted" in request.scope:
        return
    request.scope["admitted"] = True
    await limiter.admit(await _caller(request, None if by_address else bearer_of(request)))


async def _caller(request: Request, token: str | None) -> Caller:
    settings = settings_of(request)
    if token is None:
        address = request.client.host if request.client is not None else ""
        return limiting.anonymous(address, settings)
    actor = await actor_of_bearer(
        token,
        providers=providers_of(request),
        recognized=request.app.state.recognized,
        database=database_of(request),
        settings=settings,
    )
    return limiting.known(f"{actor.issuer} {actor.subject}", settings)
