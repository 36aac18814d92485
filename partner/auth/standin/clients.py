"""The clients that the stand-in knows: the service itself, and the program `app`."""

from __future__ import annotations

from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import ClientMixin

from partner.auth import tokens


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]
    """A registered client, with the questions that Authlib asks it."""

    client_id: str
    secret: str
    grant_types: frozenset[str]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    logout_prefix: str = ""
    response_types: frozenset[str] = field(default_factory=lambda: frozenset({"code"}))

    def get_client_id(self) -> str:
        """Its id."""
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """Where to, when the request does not say: it must say."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        """Of the scopes asked for, those that the client may have; all of them when it asks for none."""
        asked = scope.split() if scope else list(self.scopes)
        return " ".join(word for word in asked if word in self.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly one of the registered addresses."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """The right secret; a client without one has none."""
        return bool(self.secret) and tokens.same(self.secret, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A secret is always needed, in either place."""
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        """The code flow only."""
        return response_type in self.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """What it was registered for."""
        return grant_type in self.grant_types
