"""Sign in, come back, sign out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from partner import errors
from partner.auth import pages, service, tokens
from partner.auth.actor import IssuerKind
from partner.auth.identity import identity_of
from partner.auth.models import SignInAttempt
from partner.auth.provider import Provider
from partner.auth.web import (
    OptionalActor,
    csrf_token,
    database_of,
    is_secure,
    providers_of,
    session_cookie,
    settings_of,
)
from partner.database import SYSTEM
from partner.errors import Text

router = APIRouter(prefix="/auth", include_in_schema=False)
SIGN_IN_COOKIE = "partner_sign_in"
CALLBACK = "/auth/callback"
HOME = {IssuerKind.APPLICANT: "/my", IssuerKind.STAFF: "/desk"}
LOOPBACK = frozenset({"localhost", "127.0.0.1"})


def safe_path(path: str, default: str) -> str:
    """`path` when it is a path of ours, else `default`: a sign-in never sends anybody to another site."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable() or " " in path:
        return default
    return path


def _provider(request: Request, kind: IssuerKind) -> Provider:
    provider = providers_of(request).get(kind)
    if provider is None:
        raise errors.NotFound(
            "no_identity_provider", Text("認証サービスが設定されていません。", "No identity provider is configured for this.")
        )
    return provider


@router.get("/login")
async def login(
    request: Request,
    wanted: Annotated[IssuerKind, Query(alias="as")] = IssuerKind.APPLICANT,
    next_path: Annotated[str, Query(alias="next", max_length=2000)] = "",
) -> Response:
    """Send the browser to the provider that vouches for applicants (個人・法人) or for staff (職員), to come back to `next`."""
    settings, provider = settings_of(request), _provider(request, wanted)
    own_name = urlsplit(settings.public_url).hostname
    if {request.url.hostname, own_name} == LOOPBACK:  # cookies of `localhost` would not come along to 127.0.0.1
        return RedirectResponse(f"{settings.public_url}{request.url.path}?{request.url.query}", 303)
    async with database_of(request).transaction(SYSTEM) as session:
        departure = await service.begin_sign_in(
            session, wanted, return_path=safe_path(next_path, HOME[wanted]), browser=request.cookies.get(SIGN_IN_COOKIE)
        )
    url = await provider.authorization_url(
        redirect_uri=settings.public_url + CALLBACK, state=departure.state, nonce=departure.nonce, code_verifier=departure.code_verifier
    )
    response = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        SIGN_IN_COOKIE,
        departure.browser,
        max_age=int(service.ATTEMPT_LIFETIME.total_seconds()),
        path="/auth",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback")
async def callback(request: Request, state: str = "", code: str = "", iss: str | None = None) -> Response:
    """Take the browser back from the provider, open a session, and lead on to where it wanted to go."""
    try:
        return await _returned(request, state=state, code=code, issuer=iss)
    except errors.Unauthenticated as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return pages.page(request, "refusal.html", status=401, code=error.code, message=error.message)


async def _returned(request: Request, *, state: str, code: str, issuer: str | None) -> Response:
    settings, database = settings_of(request), database_of(request)
    async with database.transaction(SYSTEM) as session:
        attempt = await service.take_attempt(session, state=state, browser=request.cookies.get(SIGN_IN_COOKIE, ""))
    provider = _provider(request, IssuerKind(attempt.kind))
    if not code or (issuer is not None and issuer != provider.issuer):
        raise errors.Unauthenticated(
            "sign_in_refused",
            Text("サインインは完了しませんでした。", "The sign-in was not completed."),
            remedy=Text("もう一度サインインしてください。", "Please sign in again."),
        )
    claims, id_token = await _claims(request, provider, attempt, code=code)
    identity = identity_of(provider.kind, claims, settings)
    lifetime = timedelta(hours=settings.session_hours)
    name = session_cookie(settings)
    async with database.transaction(SYSTEM) as session:
        await service.end_session(session, request.cookies.get(name, ""))
        account = await service.save_account(session, identity)
        token = await service.open_session(session, account, id_token=id_token, lifetime=lifetime)
    response = RedirectResponse(attempt.return_path, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        name, token, max_age=int(lifetime.total_seconds()), path="/", secure=is_secure(settings), httponly=True, samesite="lax"
    )
    response.delete_cookie(SIGN_IN_COOKIE, path="/auth")
    return response


async def _claims(request: Request, provider: Provider, attempt: SignInAttempt, *, code: str) -> tuple[dict[str, object], str]:
    redirect_uri = settings_of(request).public_url + CALLBACK
    found = await provider.exchange(code, redirect_uri=redirect_uri, code_verifier=attempt.code_verifier)
    id_token, access_token = found.get("id_token"), found.get("access_token")
    if not isinstance(id_token, str) or not isinstance(access_token, str):
        raise tokens.invalid_token()
    header, _ = tokens.unverified(id_token)
    key_id = header.get("kid")
    keys = await provider.keys(key_id if isinstance(key_id, str) else None)
    claims = tokens.verified_id_token(id_token, keys, issuer=provider.issuer, client_id=provider.client_id, nonce=attempt.nonce)
    more = await provider.userinfo(access_token, subject=claims["sub"])
    return {**more, **claims}, id_token


@router.get("/logout")
async def confirm_logout(request: Request, actor: OptionalActor) -> Response:
    """Ask before signing out: a link somewhere must not be able to do it."""
    if actor is None:
        return RedirectResponse("/", 303)
    return pages.page(request, "logout.html", actor=actor, csrf_token=csrf_token(request))


@router.post("/logout")
async def logout(request: Request, actor: OptionalActor) -> Response:
    """End the session, here and then at the provider."""
    settings = settings_of(request)
    name = session_cookie(settings)
    async with database_of(request).transaction(SYSTEM) as session:
        ended = await service.end_session(session, request.cookies.get(name, "")) if actor else None
    home = settings.public_url + "/"
    target = "/"
    if ended is not None:
        provider = next((one for one in providers_of(request).values() if one.issuer == ended[1].issuer), None)
        target = (provider and await provider.end_session_url(id_token=ended[0].id_token, return_url=home)) or "/"
    response = RedirectResponse(target, 303, {"Cache-Control": "no-store"})
    response.delete_cookie(name, path="/", secure=is_secure(settings), httponly=True, samesite="lax")
    return response
