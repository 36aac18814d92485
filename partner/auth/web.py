"""Who is asking, for routes: FastAPI dependencies.

    @router.get("/applications")
    async def applications(actor: Annotated[Actor, require(Scope.APPLICATION_READ)], session: Transaction) -> …

Every route takes its actor by `require(…)` or `require_any(…)` (which state its scopes, in OpenAPI too) or stands on the list of public
routes. The `Authorization: Bearer` header decides, else the session cookie. A request with an unsafe method under the cookie must
carry the session's CSRF token, in the header `X-CSRF-Token` or the form field `csrf_token`; a bearer token needs none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.params import Security as SecurityParameter
from fastapi.security import APIKeyCookie, HTTPBearer, SecurityScopes
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import HTTPConnection

from partner import errors
from partner.auth import service, tokens
from partner.auth.actor import Actor, Scope
from partner.auth.bearer import Providers, Recognized, actor_of_bearer
from partner.database import ANONYMOUS, SYSTEM, Database
from partner.errors import Text
from partner.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"

_NOT_SIGNED_IN = Text("サインインしてください。", "Please sign in.")
_CSRF = Text("画面の有効期限が切れました。", "The request does not carry the token of this session.")
_CSRF_REMEDY = Text("画面を再読み込みして、もう一度お試しください。", "Reload the page and try again.")
_SCOPE = Text("この操作をする権限がありません。", "You may not do this: it needs the scope {}.")

_bearer_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="bearer", description="Access token of a configured issuer")
_cookie_scheme = APIKeyCookie(name="partner_session", auto_error=False, scheme_name="session", description="Session of the portal")


def settings_of(request: HTTPConnection) -> Settings:
    """The settings of the application that serves this request."""
    return cast("Settings", request.app.state.settings)


def database_of(request: HTTPConnection) -> Database:
    """The database of the application that serves this request."""
    return cast("Database", request.app.state.database)


def providers_of(request: Request) -> Providers:
    """The identity providers of the application that serves this request."""
    return cast("Providers", request.app.state.providers)


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach us by https, so that cookies may be tied to it."""
    return settings.public_url.startswith("https://")


def session_cookie(settings: Settings) -> str:
    """The name of the session cookie; under https the prefix makes browsers refuse it from any other place (RFC 6265bis §4.1.3.2)."""
    return "__Host-partner_session" if is_secure(settings) else "partner_session"


def csrf_token(request: Request) -> str:
    """The token that forms of this session carry; empty when there is no session."""
    settings = settings_of(request)
    cookie = request.cookies.get(session_cookie(settings), "")
    return tokens.csrf_token(settings.signing_key, cookie) if cookie else ""


def bearer_of(request: Request) -> str | None:
    """The bearer token of a request, if it carries one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


async def optional_actor(request: Request) -> Actor | None:
    """Who is asking, or None. Raises errors.Unauthenticated for a bad bearer token, errors.Forbidden for a missing CSRF token."""
    if not hasattr(request.state, "actor"):
        request.state.actor = await _find_actor(request)
    return cast("Actor | None", request.state.actor)


async def _find_actor(request: Request) -> Actor | None:
    settings, database = settings_of(request), database_of(request)
    if (bearer := bearer_of(request)) is not None:
        recognized: Recognized = request.app.state.recognized
        return await actor_of_bearer(bearer, providers=providers_of(request), recognized=recognized, database=database, settings=settings)
    cookie = request.cookies.get(session_cookie(settings))
    if not cookie:
        return None
    async with database.transaction(SYSTEM) as session:
        actor = await service.actor_of_session(session, cookie)
    if actor is not None and request.method not in SAFE_METHODS and not tokens.same(await _csrf_sent(request), csrf_token(request)):
        raise errors.Forbidden("csrf_token_invalid", _CSRF, remedy=_CSRF_REMEDY)
    return actor


async def _csrf_sent(request: Request) -> str:
    if (header := request.headers.get(CSRF_HEADER)) is not None:
        return header
    if not request.headers.get("content-type", "").lower().startswith(FORM_TYPES):
        return ""
    field = (await request.form()).get(CSRF_FIELD, "")
    return field if isinstance(field, str) else ""


OptionalActor = Annotated[Actor | None, Depends(optional_actor)]


async def current_actor(actor: OptionalActor) -> Actor:
    """Who is asking. Raises errors.Unauthenticated when nobody is signed in."""
    if actor is None:
        raise errors.Unauthenticated("not_signed_in", _NOT_SIGNED_IN)
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]


class Wanted:
    """The scopes that a route wants and who is asking; the two schemes are there for OpenAPI to name."""

    def __init__(
        self,
        scopes: SecurityScopes,
        actor: CurrentActor,
        _bearer: Annotated[object, Depends(_bearer_scheme)],
        _cookie: Annotated[object, Depends(_cookie_scheme)],
    ) -> None:
        self.scopes = scopes.scopes
        self.actor = actor


async def with_all(wanted: Annotated[Wanted, Depends()]) -> Actor:
    """The actor, who has all the scopes of the route. Raises errors.Forbidden (`insufficient_scope`)."""
    missing = [scope for scope in wanted.scopes if scope not in wanted.actor.scopes]
    if missing:
        raise _insufficient(missing)
    return wanted.actor


async def with_any(wanted: Annotated[Wanted, Depends()]) -> Actor:
    """The actor, who has one of the scopes of the route. Raises errors.Forbidden (`insufficient_scope`)."""
    if not any(scope in wanted.actor.scopes for scope in wanted.scopes):
        raise _insufficient(wanted.scopes)
    return wanted.actor


def _insufficient(scopes: list[str]) -> errors.Forbidden:
    words = ", ".join(scopes)
    return errors.Forbidden("insufficient_scope", Text(f"{_SCOPE.ja}必要なスコープ: {words}", _SCOPE.en.format(words)))


def require(*scopes: Scope) -> SecurityParameter:
    """What a route needs: all these scopes. The route writes it as the annotation of its first parameter.

    As in `actor: Annotated[Actor, require(Scope.APPLICATION_READ)]`; also good in `dependencies=[require(…)]`. Without a signed-in
    actor the answer is 401; without the scopes 403 `insufficient_scope`.
    """
    return cast("SecurityParameter", Security(with_all, scopes=[scope.value for scope in scopes]))


def require_any(*scopes: Scope) -> SecurityParameter:
    """Like `require`, where one of the scopes is enough."""
    return cast("SecurityParameter", Security(with_any, scopes=[scope.value for scope in scopes]))


async def _transaction(request: Request, actor: OptionalActor) -> AsyncIterator[AsyncSession]:
    async with database_of(request).transaction(actor.access if actor else ANONYMOUS) as session:
        yield session


# With the scope "function" the commit comes before the response: a failed commit can never have answered 201 already.
Transaction = Annotated[AsyncSession, Depends(_transaction, scope="function")]
