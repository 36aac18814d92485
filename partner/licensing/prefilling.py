"""What is known of a filing before a word is written: the applicant, and the procedure that was chosen."""

from __future__ import annotations

from typing import Any

from partner.auth.actor import Actor
from partner.licensing.applicants import identity_of_claims, locked
from partner.regulation.procedures import Procedure

VOUCHED = ("name", "name_kana", "birth_date", "corporate_number", "postal_code", "prefecture", "municipality", "address")


def form(actor: Actor, procedure: Procedure) -> dict[str, Any]:
    """The form of a procedure with what the sign-in vouches for and what the procedure itself says."""
    kind = identity_of_claims(actor.claims).kind
    started: dict[str, Any] = {"station_class": procedure.station_classes[0]} if len(procedure.station_classes) == 1 else {}
    suited = [code for code in procedure.filing_kinds if not (kind == "individual" and code == "A2")]
    if suited:
        started["application_kind"] = suited[0]
    return locked(started, actor.claims)


def locked_fields(actor: Actor) -> frozenset[str]:
    """Pointers of the fields that the sign-in fills and locks."""
    return frozenset(f"/applicant/{name}" for name in VOUCHED if getattr(actor.claims, name))
