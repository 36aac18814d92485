"""What the command line asks of identity."""

from __future__ import annotations

from ipaddress import ip_address

import httpx2

from partner import errors
from partner.errors import Text
from partner.settings import Settings


def _address(settings: Settings) -> str:
    """Where the server of these settings can be reached from this machine, also when it listens on every address."""
    try:
        ip = ip_address(settings.host)
    except ValueError:
        return f"http://{settings.host}:{settings.port}"
    host = "127.0.0.1" if ip.is_unspecified else f"[{ip}]" if ip.version == 6 else str(ip)
    return f"http://{host}:{settings.port}"


def token(settings: Settings, persona: str) -> str:
    """A bearer token for a persona, from the running server's stand-in provider.

    Raises errors.Unavailable (`server_not_running`), errors.NotFound (`unknown_persona`), errors.Forbidden (`no_stand_in`).
    """
    address = _address(settings)
    try:
        answer = httpx2.post(f"{address}/standin/tokens", json={"persona": persona}, timeout=10.0, trust_env=False)
        body = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise errors.Unavailable(
            "server_not_running",
            Text(f"{address} でサーバーが動いていません。", f"No server answers at {address}."),
            remedy=Text("make demo で起動してください。", "Start one with `make demo`, or set PARTNER_PORT to the port of yours."),
        ) from error
    if answer.status_code == 200:
        return str(body["access_token"])
    if body.get("code") == "unknown_persona":
        raise errors.NotFound("unknown_persona", Text(str(body.get("detail", "")), str(body.get("detail", ""))))
    raise errors.Forbidden(
        "no_stand_in",
        Text("このサーバーには代替の認証サービスがありません。", "The server has no stand-in provider: it runs in production mode."),
    )
