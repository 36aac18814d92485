"""Headers that protect every answer in the browser."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner.settings import Settings

# FastAPI's interactive documentation is made of scripts of another place and some written into the page.
DOCUMENTATION = ("/docs", "/redoc")
_DOCUMENTATION_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'self' 'unsafe-inline' "
    "https://cdn.jsdelivr.net https://fonts.googleapis.com; font-src https://fonts.gstatic.com; "
    "img-src 'self' data: https://fastapi.tiangolo.com; worker-src blob:; frame-ancestors 'none'"
)


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def content_policy(settings: Settings) -> str:
    """The Content-Security-Policy of our pages.

    `form-action` also rules where a form's answer redirects to: signing out ends at the provider, so the providers are on the list.
    """
    places = {origin(url) for url in (settings.public_url, settings.applicant_issuer, settings.staff_issuer) if url}
    targets = " ".join(["'self'", *sorted(places)])
    return f"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"


class SecurityHeaders:
    """Adds the headers to every answer, except where the answer has set its own."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        always = [
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ]
        if settings.public_url.startswith("https://"):
            always.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        self._always = _raw([*always, ("Content-Security-Policy", content_policy(settings))])
        self._names = frozenset(name for name, _ in self._always)
        self._documentation = _raw([*always, ("Content-Security-Policy", _DOCUMENTATION_POLICY)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = self._documentation if scope["path"].startswith(DOCUMENTATION) else self._always

        own = self._names

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", [])
                names = {name for name, _ in given}
                further = wanted if own.isdisjoint(names) else [header for header in wanted if header[0] not in names]
                message["headers"] = [*given, *further]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _raw(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as they travel: this is done once, for every answer carries them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
