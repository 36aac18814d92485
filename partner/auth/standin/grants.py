"""The two grants of the stand-in: the authorization code with PKCE (S256) and nonce, both required, and client credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from joserfc.jwk import KeySet

from partner import clock
from partner.auth.standin.clients import Client
from partner.auth.standin.issuer import TOKEN_SECONDS, Issuer
from partner.auth.standin.personas import Persona

CODE_SECONDS = 60
NONCE_SECONDS = 600


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """An authorization code that waits to be exchanged."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: Persona
    issued_at: int

    def get_redirect_uri(self) -> str:
        """The address that it was sent to."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """The scopes granted."""
        return self.scope

    def get_nonce(self) -> str:
        """The nonce for the id_token."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the person was asked."""
        return self.issued_at


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes live for a minute and are good once."""

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Remember a code, and forget those whose time is over."""
        memory, now, data = self.server.memory, clock.timestamp(), request.payload.data
        memory.codes = {key: kept for key, kept in memory.codes.items() if kept.issued_at + CODE_SECONDS > now}
        memory.nonces = {key: until for key, until in memory.nonces.items() if until > now} | {data["nonce"]: now + NONCE_SECONDS}
        memory.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data["nonce"],
            code_challenge=data["code_challenge"],
            code_challenge_method=data["code_challenge_method"],
            user=request.user,
            issued_at=now,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """A living code of this client. Asking for it uses it up: a code that was tried is never good again."""
        kept: Code | None = self.server.memory.codes.pop(code, None)
        if kept is None or kept.client_id != client.client_id or kept.issued_at + CODE_SECONDS <= clock.timestamp():
            return None
        return kept

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is gone since it was asked for."""

    def authenticate_user(self, authorization_code: Code) -> Persona:
        """Who was picked at the door."""
        return authorization_code.user


class Proof(CodeChallenge):  # type: ignore[misc]
    """PKCE by S256, from every client."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Refuse a request without a challenge, which Authlib would let pass."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with code_challenge_method=S256 is required")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]
    """The id_token, on our clock."""

    def __init__(self, issuer: Issuer) -> None:
        super().__init__(require_nonce=True)
        self._issuer = issuer

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Whether a nonce was used before."""
        return self._issuer.memory.nonces.get(nonce, 0) > clock.timestamp()

    def resolve_client_private_key(self, client: Client) -> KeySet:
        """What id_tokens are signed with."""
        return self._issuer.keys

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Issuer, audience and times."""
        now = clock.timestamp()
        return {"iss": self._issuer.url, "aud": [client.client_id], "iat": now, "exp": now + TOKEN_SECONDS}

    def generate_user_info(self, user: Persona, scope: str) -> dict[str, Any]:
        """The claims about the person."""
        return {"sub": user.name, **user.claims}


def register(issuer: Issuer) -> None:
    """Teach an issuer its grants."""
    issuer.register_grant(CodeGrant, [IdToken(issuer), Proof(required=True)])
    issuer.register_grant(ClientCredentialsGrant)
