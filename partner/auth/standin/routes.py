"""HTTP of the stand-in: two issuers, `/standin/applicants` and `/standin/staff`, and bearer tokens for personas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc6749 import OAuth2Error
from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from partner import errors
from partner.auth import pages, providers, tokens
from partner.auth.actor import IssuerKind
from partner.auth.standin import grants
from partner.auth.standin.clients import Client
from partner.auth.standin.issuer import PERSONA_TOKEN_SECONDS, SCOPES, Issuer, kept_key, request_of
from partner.auth.standin.personas import Label, Persona, personas
from partner.errors import Text
from partner.settings import Settings

BEARER = "Bearer"
NO_STORE = {"Cache-Control": "no-store"}
FREE_CLAIMS = ("name", "name#ja-Kana-JP", "birthdate", "corporate_number")
FREE_ADDRESS = ("postal_code", "region_code", "municipality_code", "street_address")
FREE_STAFF = ("bureau",)
_REFUSED = Text("サインインの依頼が正しくありません。", "The request for a sign-in is not acceptable.")
SUBJECT = re.compile(r"[A-Za-z0-9._-]{1,100}")


def issuers(settings: Settings) -> dict[IssuerKind, Issuer]:
    """The two issuers, with their keys from the data directory."""
    service = (settings.standin_relying_party or settings.public_url).rstrip("/")
    found: dict[IssuerKind, Issuer] = {}
    for kind in IssuerKind:
        client_id = settings.applicant_oidc_client_id if kind is IssuerKind.APPLICANT else settings.staff_oidc_client_id
        secret = providers.client_secret(settings, kind)
        ours = Client(client_id, secret, frozenset({"authorization_code"}), SCOPES, (f"{service}/auth/callback",), f"{service}/")
        clients = {client_id: ours} | {
            name: Client(name, f"{name}-secret", frozenset({"client_credentials"}), SCOPES[3:])
            for name, persona in personas().items()
            if persona.program and persona.issuer is kind
        }
        key = kept_key(settings.data_dir / f"standin-{kind.value}.pem")
        found[kind] = Issuer(kind, providers.standin_issuer(settings, kind), key=key, clients=clients, audience=service)
        grants.register(found[kind])
    return found


def router(settings: Settings) -> APIRouter:
    """The routes of the stand-in. To be included in demo and test mode only."""
    made = APIRouter(prefix="/standin", include_in_schema=False)
    both = issuers(settings)
    for issuer in both.values():
        prefix = "/" + issuer.url.rsplit("/", 1)[1]
        for routes in (_published(issuer), _browser(issuer), _programs(issuer)):
            made.include_router(routes, prefix=prefix)

    @made.post("/tokens")
    async def persona_token(persona: Annotated[str, Body(embed=True)]) -> Response:
        """A bearer token for a persona, for `partner token`."""
        known = personas().get(persona)
        if known is None:
            names = ", ".join(personas())
            raise errors.NotFound(
                "unknown_persona", Text(f"この人物はいません。選べる人物: {names}", f"No such persona. There are: {names}")
            )
        token = both[known.issuer].persona_token(known)
        body = {"access_token": token, "token_type": BEARER, "expires_in": PERSONA_TOKEN_SECONDS, "scope": " ".join(SCOPES)}
        return JSONResponse(body, headers=NO_STORE)

    return made


def _published(issuer: Issuer) -> APIRouter:
    made = APIRouter()

    @made.get("/.well-known/openid-configuration")
    async def discovery() -> Response:
        return JSONResponse(_metadata(issuer))

    @made.get("/jwks")
    async def jwks() -> Response:
        return JSONResponse(issuer.keys.as_dict(private=False))

    return made


def _browser(issuer: Issuer) -> APIRouter:
    made = APIRouter()

    @made.get("/authorize")
    async def ask(request: Request) -> Response:
        wanted = _authorization(request)
        try:
            issuer.get_consent_grant(wanted)
        except OAuth2Error as error:
            return _refusal(issuer, request, error)
        return pages.page(request, "standin.html", issuer=issuer, personas=issuer.choices(), staff=issuer.kind is IssuerKind.STAFF)

    @made.post("/authorize")
    async def answer(request: Request) -> Response:
        wanted = _authorization(request)
        user = _chosen(issuer, await request.form())
        try:
            grant = issuer.get_consent_grant(wanted, end_user=user)
        except OAuth2Error as error:
            return _refusal(issuer, request, error)
        answered: Response = issuer.create_authorization_response(wanted, grant_user=user, grant=grant)
        return answered

    @made.get("/end-session")
    @made.post("/end-session")
    async def end_session(request: Request) -> Response:
        asked = dict(request.query_params) | _texts(await request.form())
        return _signed_out(issuer, request, asked)

    return made


def _programs(issuer: Issuer) -> APIRouter:
    made = APIRouter()

    @made.post("/token")
    async def token(request: Request) -> Response:
        form = _texts(await request.form())
        answered: Response = issuer.create_token_response(request_of("POST", request.url.path, form, form=form, headers=request.headers))
        return answered

    @made.get("/userinfo")
    @made.post("/userinfo")
    async def userinfo(request: Request) -> Response:
        claims = tokens.verified(_bearer(request), issuer.keys, issuer=issuer.url, audience=issuer.audience)
        user = issuer.user(claims["sub"])
        if user is None:
            raise tokens.invalid_token()
        return JSONResponse({"sub": user.name, **user.claims}, headers=NO_STORE)

    return made


def _metadata(issuer: Issuer) -> dict[str, Any]:
    return {
        "issuer": issuer.url,
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "userinfo_endpoint": f"{issuer.url}/userinfo",
        "end_session_endpoint": f"{issuer.url}/end-session",
        "jwks_uri": f"{issuer.url}/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["ja", "en"],
    }


def _authorization(request: Request) -> Any:
    return request_of(request.method, request.url.path, request.query_params, form={}, headers=request.headers)


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise tokens.invalid_token()
    return value.strip()


def _refusal(issuer: Issuer, request: Request, error: OAuth2Error) -> Response:
    """To the client where its address is known to be its own; a page where it is not, for nobody is sent to a stranger."""
    if getattr(error, "redirect_uri", None):
        answered: Response = issuer.handle_error_response(None, error)
        return answered
    return pages.page(request, "refusal.html", status=400, code=error.error, message=_REFUSED)


def _chosen(issuer: Issuer, form: FormData) -> Persona | None:
    """The persona whose button was pressed, the person whom the form describes, or None for 取消."""
    said = _texts(form)
    if "persona" in said:
        return issuer.user(said["persona"])
    if "cancel" in said or not said.get("name", "").strip():
        return None
    return _invented(issuer, said)


def _invented(issuer: Issuer, said: Mapping[str, str]) -> Persona:
    subject = said.get("subject", "").strip()
    if not SUBJECT.fullmatch(subject) or subject in personas():
        subject = f"person-{tokens.secret()[:12]}"
    claims: dict[str, Any] = {name: said[name].strip() for name in FREE_CLAIMS if said.get(name, "").strip()}
    if address := {name: said[name].strip() for name in FREE_ADDRESS if said.get(name, "").strip()}:
        claims["address"] = address
    if said.get("role"):
        claims["roles"] = [said["role"]]
    claims |= {name: said[name].strip() for name in FREE_STAFF if said.get(name, "").strip()}
    person = Persona(name=subject, issuer=issuer.kind, label=Label(ja=claims["name"], en=claims["name"]), claims=claims)
    issuer.memory.invented[subject] = person
    return person


def _signed_out(issuer: Issuer, request: Request, asked: Mapping[str, str]) -> Response:
    client = issuer.query_client(asked.get("client_id", ""))
    target = asked.get("post_logout_redirect_uri", "")
    if client is None or not client.logout_prefix or not target.startswith(client.logout_prefix):
        return pages.page(request, "signed_out.html")
    state = asked.get("state")
    joint = "&" if urlsplit(target).query else "?"
    return RedirectResponse(f"{target}{joint}{urlencode({'state': state})}" if state else target, 303)
