"""One configured issuer, as we rely on it: discovery, keys, the way there and back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from partner import clock, errors
from partner.auth.actor import IssuerKind
from partner.errors import Text

SCOPES = "openid profile address"
TIMEOUT_SECONDS = 10.0
REFRESH_SECONDS = 3600
RETRY_SECONDS = 30  # an unknown key is looked for again at most this often
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """An issuer with what it has published; discovery and keys are fetched when first needed and kept for an hour."""

    def __init__(
        self, kind: IssuerKind, issuer: str, *, client_id: str, client_secret: str, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.kind = kind
        self.issuer = issuer
        self.client_id = client_id
        self._client_secret = client_secret
        self._transport = transport
        self._lock = asyncio.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys = KeySet([])
        self._fetched_at: int | None = None

    async def metadata(self) -> Mapping[str, Any]:
        """What discovery says (OpenID Connect Discovery §4). Raises errors.Unavailable when the provider cannot be used."""
        await self._refresh(wanted=self._age() is None or self._stale())
        return self._metadata

    async def keys(self, key_id: str | None = None) -> KeySet:
        """The keys that the provider signs with. A `key_id` that is not among them makes us look again, but not too often."""
        unknown = key_id is not None and all(key.kid != key_id for key in self._keys.keys)
        age = self._age()
        await self._refresh(wanted=age is None or self._stale() or (unknown and age >= RETRY_SECONDS))
        return self._keys

    def _age(self) -> int | None:
        return None if self._fetched_at is None else clock.timestamp() - self._fetched_at

    def _stale(self) -> bool:
        age = self._age()
        return age is not None and age >= REFRESH_SECONDS

    async def _refresh(self, *, wanted: bool) -> None:
        if not wanted:
            return
        before = self._fetched_at
        async with self._lock:
            if self._fetched_at != before:
                return  # somebody else was faster
            found = await self._get_json(f"{self.issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer or not all(isinstance(found.get(name), str) for name in _NEEDED):
                raise self._unavailable()
            try:
                self._keys = KeySet.import_key_set(await self._get_json(found["jwks_uri"]))  # type: ignore[arg-type]
            except (JoseError, ValueError) as error:
                raise self._unavailable() from error
            self._metadata, self._fetched_at = found, clock.timestamp()

    async def _get_json(self, url: str, *, bearer: str | None = None) -> dict[str, Any]:
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        try:
            async with httpx2.AsyncClient(transport=self._transport, timeout=TIMEOUT_SECONDS) as client:
                answer = await client.get(url, headers=headers)
                answer.raise_for_status()
                body = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unavailable() from error
        if not isinstance(body, dict):
            raise self._unavailable()
        return body

    def _unavailable(self) -> errors.Unavailable:
        return errors.Unavailable(
            "identity_provider_unavailable",
            Text("認証サービスに接続できません。", "The identity provider cannot be reached or used."),
            remedy=Text("しばらくしてからもう一度お試しください。", "Try again in a little while."),
        )

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.client_id,
            self._client_secret or None,
            scope=SCOPES,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=TIMEOUT_SECONDS,
        )

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, code_verifier: str) -> str:
        """Where to send the browser."""
        endpoint = (await self.metadata())["authorization_endpoint"]
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=code_verifier)
        return str(url)

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str) -> Mapping[str, Any]:
        """The tokens for a code. Raises errors.Unauthenticated (`code_refused`) when the provider refuses it."""
        endpoint = (await self.metadata())["token_endpoint"]
        try:
            async with self._client(redirect_uri) as client:
                tokens: Mapping[str, Any] = await client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=code_verifier
                )
        except OAuthError as error:
            raise errors.Unauthenticated(
                "code_refused", Text("認証サービスがサインインを拒否しました。", "The identity provider refused the sign-in.")
            ) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unavailable() from error
        return tokens

    async def userinfo(self, access_token: str, *, subject: str) -> Mapping[str, Any]:
        """What more the provider tells about `subject`; nothing when it has no such endpoint or speaks of somebody else."""
        endpoint = (await self.metadata()).get("userinfo_endpoint")
        if not isinstance(endpoint, str):
            return {}
        try:
            found = await self._get_json(endpoint, bearer=access_token)
        except errors.Unavailable as error:
            if isinstance(error.__cause__, httpx2.HTTPStatusError) and error.__cause__.response.is_client_error:
                return {}  # a token made for our API only may not open this door
            raise
        return found if found.get("sub") == subject else {}

    async def end_session_url(self, *, id_token: str, return_url: str) -> str | None:
        """Where the browser signs out of the provider too (OpenID Connect RP-Initiated Logout); None when it offers none."""
        endpoint = (await self.metadata()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        query = {"id_token_hint": id_token, "client_id": self.client_id, "post_logout_redirect_uri": return_url}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
