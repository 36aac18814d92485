"""Verifies the signed tokens of the configured issuers by our clock, and makes the secrets that are ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet

from partner import clock, errors
from partner.errors import Text

# Asymmetric signatures only: `none`, and secrets that the client shares, are never accepted.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 30  # how far a provider's clock may differ from ours

_INVALID = Text("アクセストークンが正しくありません。", "The token is not valid.")
_EXPIRED = Text("アクセストークンの有効期限が切れています。", "The token has expired.")


def invalid_token() -> errors.Unauthenticated:
    """The one answer to every defect of a token, so that a forger learns nothing."""
    return errors.Unauthenticated("invalid_token", _INVALID)


def verified(token: str, keys: KeySet, *, issuer: str, audience: str) -> dict[str, Any]:
    """The claims of a JWT, once its signature, issuer, audience and times are right.

    Raises errors.Unauthenticated: `token_expired`, or `invalid_token` for any other defect.
    """
    registry = jwt.JWTClaimsRegistry(
        now=clock.timestamp,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
    )
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise errors.Unauthenticated("token_expired", _EXPIRED) from error
    except (JoseError, ValueError) as error:
        raise invalid_token() from error
    return claims


def verified_id_token(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of an id_token made for us in answer to the request with `nonce` (OpenID Connect Core §3.1.3.7)."""
    claims = verified(token, keys, issuer=issuer, audience=client_id)
    for_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    authorized = claims.get("azp", None if for_others else client_id)
    if authorized != client_id or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise invalid_token()
    return claims


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as a token states them, to find out whose keys to verify it with. Trust nothing in them.

    Raises errors.Unauthenticated when it is no JWT.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise invalid_token()
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise invalid_token() from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise invalid_token()
    return header, claims


def scope_words(claims: dict[str, Any]) -> Sequence[str]:
    """The scopes of an access token: `scope` (RFC 9068), or the `scp` that some providers write."""
    said = claims.get("scope") or claims.get("scp") or ""
    return said.split() if isinstance(said, str) else [str(word) for word in said]


def secret() -> str:
    """A fresh secret that nobody guesses: 256 bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> bytes:
    """What the database keeps of a secret. The secrets are random, so a plain hash is enough."""
    return hashlib.sha256(value.encode()).digest()


def csrf_token(signing_key: bytes, session_token: str) -> str:
    """The token that forms of a session carry: bound to the session, so there is nothing to store."""
    mac = hmac.new(signing_key, b"csrf:" + session_token.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def signed(claims: dict[str, Any], keys: KeySet, *, kind: str) -> str:
    """A JWT of type `kind`, signed by RS256 with the first of `keys`."""
    key = keys.keys[0]
    return jwt.encode({"alg": "RS256", "typ": kind, "kid": key.kid}, claims, key, ["RS256"])
