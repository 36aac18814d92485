"""What may be published of a license: the one place that decides it (電波法25条, 施行規則11条, 11条の2).

Pure. Everything that the public can reach, in whatever form, is made from `Disclosed` and from nothing else. The policy is
data (`regulation/disclosure`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from uuid import UUID

from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts, SiteFacts
from partner.registry.normalisation import REMEMBERED, normalise
from partner.regulation.disclosure import DisclosureRule

# What a fixed station corresponds with are other stations by name, and so 呼出名称 (施行規則11条1項3号).
NAMES_PARTNERS = frozenset({"FX"})


@dataclass(frozen=True)
class Disclosed:
    """What the public may know of a license version. `licensee_id` is None where the licensee is masked."""

    licensee_name: str
    licensee_id: UUID | None
    corporate_number: str | None
    municipality: str | None
    assignments: tuple[AssignmentFacts, ...]
    communication_partner: str | None
    partner_withheld: bool
    identification_withheld: bool
    movement_area: str | None
    operating_hours: str | None
    note: str | None
    sites: tuple[SiteFacts, ...]
    broadcast_matter: str | None
    broadcast_area: str | None
    craft_name: str | None  # found by, shown nowhere

    @property
    def masked(self) -> bool:
        """Whether the licensee's name is withheld."""
        return self.licensee_id is None


def disclose(license_: License, rule: DisclosureRule) -> Disclosed | None:
    """What may be published of `license_` under the rules of a day; None when nothing may."""
    facts = license_.facts
    if not rule.publishes(facts.station_class, facts.purposes):
        return None
    masked = rule.masks(license_.licensee.kind)
    words = _Words(license_.licensee, facts, rule.mask, masked=masked)
    withheld = facts.station_class in NAMES_PARTNERS
    return Disclosed(
        licensee_name=rule.mask if masked else license_.licensee.name,
        licensee_id=None if masked else license_.licensee_id,
        corporate_number=None if masked else license_.licensee.corporate_number,
        municipality=facts.municipality,
        assignments=tuple(_rounded(assignment, rule, facts.purposes) for assignment in facts.assignments),
        communication_partner=None if withheld else words.free_of_secrets(facts.communication_partner),
        partner_withheld=withheld and facts.communication_partner is not None,
        identification_withheld=facts.identification is not None,
        movement_area=words.free_of_secrets(facts.movement_area),
        operating_hours=words.free_of_secrets(facts.operating_hours),
        note=words.free_of_secrets(facts.note),
        sites=facts.sites,
        broadcast_matter=words.free_of_secrets(facts.broadcast_matter),
        broadcast_area=words.free_of_secrets(facts.broadcast_area),
        craft_name=words.free_of_the_licensee(facts.craft_name),
    )


class _Words:
    """Free text must not say what is withheld elsewhere: names of individuals, addresses, 呼出名称."""

    def __init__(self, licensee: LicenseeFacts, facts: LicenseFacts, mask: str, *, masked: bool) -> None:
        names = (licensee.name, licensee.name_kana) if masked else ()
        self.licensee = (*names, licensee.address, facts.site_address)
        self.withheld = (*self.licensee, facts.identification)
        self.mask = mask

    @cached_property
    def secrets(self) -> set[str]:
        """What must not be said."""
        return _secrets(self.withheld)

    def free_of_secrets(self, text: str | None) -> str | None:
        """The text, or the mask when it holds something that is withheld."""
        if text is None:
            return None
        form = _letters(text)
        return self.mask if any(secret in form for secret in self.secrets) else text

    def free_of_the_licensee(self, craft: str | None) -> str | None:
        """The name of a ship or aircraft, or None when it holds the licensee's name or address, which a search would then find.

        It may be the 呼出名称 too: whoever searches for the one does not learn that it is the other.
        """
        if craft is None:
            return None
        form = _letters(craft)
        return None if any(secret in form for secret in _secrets(self.licensee)) else craft


def _secrets(words: Iterable[str | None]) -> set[str]:
    """Words as they are compared; a single character says nothing."""
    return {form for word in words if word and len(form := _letters(word)) > 1}


@lru_cache(maxsize=REMEMBERED)
def _letters(text: str) -> str:
    """The letters of a text without accents: an accent that follows a name composes with its last letter, and would hide it."""
    decomposed = unicodedata.normalize("NFD", normalise(text))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _rounded(assignment: AssignmentFacts, rule: DisclosureRule, purposes: tuple[str, ...]) -> AssignmentFacts:
    low, high = assignment.frequency_hz, assignment.frequency_to_hz
    return replace(
        assignment,
        frequency_hz=None if low is None else rule.frequency(low, purposes),
        frequency_to_hz=None if high is None else rule.frequency(high, purposes),
    )
