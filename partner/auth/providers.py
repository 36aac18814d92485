"""The identity providers that the settings name: one for applicants, one for staff."""

from __future__ import annotations

import hmac

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr

from partner.auth.actor import IssuerKind
from partner.auth.bearer import Providers
from partner.auth.provider import Provider
from partner.settings import Settings


def configured(settings: Settings, app: FastAPI) -> Providers:
    """The providers by kind; a kind without an issuer is left out. The stand-in of this very process is asked without the network."""
    found: dict[IssuerKind, Provider] = {}
    for kind in IssuerKind:
        issuer = issuer_of(settings, kind)
        if not issuer:
            continue
        at_home = settings.stands_in and issuer == standin_issuer(settings, kind)
        found[kind] = Provider(
            kind,
            issuer,
            client_id=settings.applicant_oidc_client_id if kind is IssuerKind.APPLICANT else settings.staff_oidc_client_id,
            client_secret=client_secret(settings, kind),
            transport=httpx2.ASGITransport(app=app) if at_home else None,
        )
    return found


def issuer_of(settings: Settings, kind: IssuerKind) -> str:
    """The issuer that vouches for applicants or for staff; empty when there is none."""
    return settings.applicant_issuer if kind is IssuerKind.APPLICANT else settings.staff_issuer


def standin_issuer(settings: Settings, kind: IssuerKind) -> str:
    """The issuer that the stand-in of this process is."""
    return f"{settings.public_url}/standin/{'applicants' if kind is IssuerKind.APPLICANT else 'staff'}"


def client_secret(settings: Settings, kind: IssuerKind) -> str:
    """Our secret at a provider: the configured one, else (demo and test mode) one that only this installation knows."""
    configured_secret: SecretStr | None = (
        settings.applicant_oidc_client_secret if kind is IssuerKind.APPLICANT else settings.staff_oidc_client_secret
    )
    if configured_secret is not None:
        return configured_secret.get_secret_value()
    if not settings.stands_in:
        return ""
    return hmac.new(settings.signing_key, f"standin-client:{kind.value}".encode(), "sha256").hexdigest()
