"""One issuer of the stand-in: an OpenID provider made of Authlib's framework-agnostic server, on our clock.

What it remembers (codes, nonces, invented people) is in the memory of the process: a stand-in has one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, Response

from partner import clock
from partner.auth import tokens
from partner.auth.actor import IssuerKind, Scope
from partner.auth.standin.clients import Client
from partner.auth.standin.personas import Persona, personas

TOKEN_SECONDS = 3600
PERSONA_TOKEN_SECONDS = 8 * 3600
OPENID_SCOPES = ("openid", "profile", "address")
SCOPES = (*OPENID_SCOPES, *(scope.value for scope in Scope))


class Answer(Response):
    """What Authlib answers; its extensions rewrite `location`."""

    @property
    def location(self) -> str | None:
        """Where the answer redirects to."""
        return self.headers.get("location")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["location"] = value


@dataclass
class Memory:
    """What an issuer remembers while the process runs."""

    codes: dict[str, Any] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    invented: dict[str, Persona] = field(default_factory=dict)


def kept_key(path: Path) -> RSAKey:
    """The signing key in `path`, made at first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        fresh = RSAKey.generate_key(2048, auto_kid=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_bytes(fresh.as_pem(private=True))
        if not path.exists():
            partial.replace(path)
    key = RSAKey.import_key(path.read_bytes())
    key.ensure_kid()
    return key


class _Tokens(JWTBearerTokenGenerator):  # type: ignore[misc]
    """Access tokens after RFC 9068, on our clock."""

    def __init__(self, issuer: Issuer) -> None:
        super().__init__(issuer.url, expires_generator=lambda *_: TOKEN_SECONDS)
        self._issuer = issuer

    def get_jwks(self) -> KeySet:
        return self._issuer.keys

    def get_audiences(self, client: Client, user: Persona | None, scope: str) -> str:
        return self._issuer.audience

    def get_extra_claims(self, client: Client, grant_type: str, user: Persona | None, scope: str) -> dict[str, Any]:
        return self._issuer.access_claims(user, seconds=TOKEN_SECONDS)


class _Issuing(IssuerParameter):  # type: ignore[misc]
    def __init__(self, url: str) -> None:
        self._url = url

    def get_issuer(self) -> str:
        return self._url


class Issuer(AuthorizationServer):  # type: ignore[misc]
    """An OpenID provider for applicants or for staff. `audience` is what its access tokens are good for."""

    def __init__(self, kind: IssuerKind, url: str, *, key: RSAKey, clients: Mapping[str, Client], audience: str) -> None:
        super().__init__(scopes_supported=list(SCOPES))
        self.kind = kind
        self.url = url
        self.audience = audience
        self.keys = KeySet([key])
        self.memory = Memory()
        self._clients = clients
        self.register_token_generator("default", _Tokens(self))
        _Issuing(url)(self)

    def query_client(self, client_id: str) -> Client | None:
        """The client of an id, for Authlib."""
        return self._clients.get(client_id)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing to keep: the tokens are signed."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        """The routes make it, for the body of a request is read asynchronously."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        """Authlib's answer as Starlette's."""
        if isinstance(body, dict):
            return JSONResponse(body, status, dict(headers))
        return Answer(body, status, dict(headers))

    def user(self, subject: str) -> Persona | None:
        """The persona, or the invented person, of a subject of this issuer."""
        known = personas().get(subject) or self.memory.invented.get(subject)
        return known if known is not None and known.issuer is self.kind and not known.program else None

    def choices(self) -> list[Persona]:
        """Who may be picked at the door."""
        return [persona for persona in personas().values() if persona.issuer is self.kind and not persona.program]

    def access_claims(self, user: Persona | None, *, seconds: int) -> dict[str, Any]:
        """The times of an access token, and the roles that RFC 9068 §2.2.3.1 puts into it."""
        now = clock.timestamp()
        said = user.claims if user else {}
        return {"iat": now, "exp": now + seconds} | {name: said[name] for name in ("roles", "bureau") if name in said}

    def persona_token(self, persona: Persona) -> str:
        """An access token for a persona, with every scope, without asking anybody."""
        claims = {
            "iss": self.url,
            "aud": self.audience,
            "sub": persona.name,
            "client_id": persona.name if persona.program else "partner-token",
            "jti": tokens.secret(),
            "scope": " ".join(SCOPES),
        } | self.access_claims(persona, seconds=PERSONA_TOKEN_SECONDS)
        return tokens.signed(claims, self.keys, kind="at+jwt")


def request_of(method: str, path: str, payload: Mapping[str, str], *, form: Mapping[str, str], headers: Mapping[str, str]) -> OAuth2Request:
    """Make a request as Authlib wants it.

    The address is only a name here: Authlib would refuse http outside of the loopback, which a demo in a container network needs.
    """
    request = _Request(method, f"https://standin{path}", headers=headers)
    request.payload = BasicOAuth2Payload(dict(payload))
    request.posted = dict(form)
    return request


class _Request(OAuth2Request):  # type: ignore[misc]
    posted: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        return self.posted

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)
