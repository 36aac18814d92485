"""From what a provider says about somebody to what they are here. Pure: no database, no web."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from partner.auth.actor import STAFF_ROLES, Claims, IssuerKind, Role
from partner.settings import Settings

# Whatever the settings say, an applicants' provider makes nobody staff, and the other way round.
_POSSIBLE = {IssuerKind.APPLICANT: frozenset({Role.AGENT}), IssuerKind.STAFF: STAFF_ROLES | {Role.ADMINISTRATOR}}


@dataclass(frozen=True)
class Identity:
    """Somebody as a provider vouches for them, in our words."""

    issuer: str
    subject: str
    display_name: str
    claims: Claims
    roles: frozenset[Role]
    bureau: str | None


def identity_of(kind: IssuerKind, claims: Mapping[str, Any], settings: Settings) -> Identity:
    """The identity that verified claims (with `iss` and `sub`) tell.

    Standard claims are those of OpenID Connect Core §5.1 and §5.2: `name`, `name#ja-Kana-JP`, `birthdate`, `address`; ours are
    `corporate_number` and, inside `address`, the codes `region_code` and `municipality_code`. Role and bureau by the settings.
    """
    subject = str(claims["sub"])
    known = _claims(claims)
    return Identity(
        issuer=str(claims["iss"]),
        subject=subject,
        display_name=known.name or _text(claims, "preferred_username") or subject,
        claims=known,
        roles=roles_of(kind, claims, settings),
        bureau=_text(claims, settings.oidc_bureau_claim) or None if kind is IssuerKind.STAFF else None,
    )


def program_of(claims: Mapping[str, Any]) -> Identity | None:
    """The program that an access token speaks for, when it speaks for nobody else: its `sub` is its `client_id` (RFC 9068 §2.2)."""
    subject = _text(claims, "sub")
    if not subject or subject != (_text(claims, "client_id") or _text(claims, "azp")):
        return None
    roles = frozenset({Role.PROGRAM})
    return Identity(str(claims["iss"]), subject, _text(claims, "name") or subject, Claims(), roles, None)


def roles_of(kind: IssuerKind, claims: Mapping[str, Any], settings: Settings) -> frozenset[Role]:
    """The roles that a provider's role claim (a word, or a list of words) stands for.

    Whom an applicants' provider vouches for is an applicant at least.
    """
    said = claims.get(settings.oidc_role_claim, [])
    words = said.split() if isinstance(said, str) else [str(word) for word in said] if isinstance(said, list) else []
    names = settings.applicant_oidc_roles if kind is IssuerKind.APPLICANT else settings.staff_oidc_roles
    found = frozenset(Role(names[word]) for word in words if word in names) & _POSSIBLE[kind]
    return found | {Role.APPLICANT} if kind is IssuerKind.APPLICANT else found


def stored(claims: Claims) -> dict[str, str]:
    """Claims as the account keeps them: what is known, by name."""
    return {name: value for name, value in asdict(claims).items() if value}


def _claims(claims: Mapping[str, Any]) -> Claims:
    place = claims.get("address")
    address = place if isinstance(place, Mapping) else {}
    return Claims(
        name=_text(claims, "name"),
        name_kana=_text(claims, "name#ja-Kana-JP"),
        birth_date=_text(claims, "birthdate"),
        address=_text(address, "street_address") or _text(address, "formatted"),
        corporate_number=_text(claims, "corporate_number"),
        postal_code="".join(filter(str.isdigit, _text(address, "postal_code"))),
        prefecture=_text(address, "region_code"),
        municipality=_text(address, "municipality_code"),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return value.strip() if isinstance(value, str) else ""
