"""What may be published of a license: the one place that decides it (電波法25条, 施行規則11条, 11条の2).

Pure. Everything that the public can reach, in whatever form, is made from `Disclosed` and from nothing else. The policy is
data (`regulation/disclosure`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts, SiteFacts
from partner.registry.normalisation import normalise

MHZ = 1_000_000


@dataclass(frozen=True)
class RoundingStep:
    """Frequencies of at least `from_hz` are rounded to whole `step_hz`, half up, but never below one step."""

    from_hz: int
    step_hz: int


@dataclass(frozen=True)
class Rounding:
    """Which stations publish rounded frequencies, and how (施行規則11条3項, 4項). Above `up_to_hz` nothing is rounded."""

    purposes: frozenset[str]
    steps: tuple[RoundingStep, ...]
    up_to_hz: int | None = None


@dataclass(frozen=True)
class Policy:
    """The rules of disclosure. `withheld_*` name the stations of which nothing is published (施行規則11条の2)."""

    mask: str = "＊＊＊＊＊"
    masked_kinds: frozenset[str] = frozenset({"individual"})
    withheld_purposes: frozenset[str] = frozenset()
    withheld_classes: frozenset[str] = frozenset()
    partner_withheld_classes: frozenset[str] = frozenset({"FX"})
    roundings: tuple[Rounding, ...] = ()


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

    @property
    def masked(self) -> bool:
        """Whether the licensee's name is withheld."""
        return self.licensee_id is None


def disclose(license_: License, policy: Policy) -> Disclosed | None:
    """What may be published of `license_`; None when nothing may."""
    facts = license_.facts
    if facts.station_class in policy.withheld_classes or policy.withheld_purposes.intersection(facts.purposes):
        return None
    masked = license_.licensee.kind in policy.masked_kinds
    words = _Words(license_.licensee, facts, policy.mask, masked=masked)
    withheld = facts.station_class in policy.partner_withheld_classes
    return Disclosed(
        licensee_name=policy.mask if masked else license_.licensee.name,
        licensee_id=None if masked else license_.licensee_id,
        corporate_number=None if masked else license_.licensee.corporate_number,
        municipality=facts.municipality,
        assignments=tuple(_rounded(assignment, _roundings(facts, policy)) for assignment in facts.assignments),
        communication_partner=None if withheld else words.free_of_secrets(facts.communication_partner),
        partner_withheld=withheld and facts.communication_partner is not None,
        identification_withheld=facts.identification is not None,
        movement_area=words.free_of_secrets(facts.movement_area),
        operating_hours=words.free_of_secrets(facts.operating_hours),
        note=words.free_of_secrets(facts.note),
        sites=facts.sites,
        broadcast_matter=words.free_of_secrets(facts.broadcast_matter),
        broadcast_area=words.free_of_secrets(facts.broadcast_area),
    )


class _Words:
    """Free text must not say what is withheld elsewhere: names of individuals, addresses, 呼出名称."""

    def __init__(self, licensee: LicenseeFacts, facts: LicenseFacts, mask: str, *, masked: bool) -> None:
        names = (licensee.name, licensee.name_kana) if masked else ()
        secrets = (*names, licensee.address, facts.site_address, facts.identification)
        self.secrets = {form for secret in secrets if secret and len(form := normalise(secret)) > 1}
        self.mask = mask

    def free_of_secrets(self, text: str | None) -> str | None:
        """The text, or the mask when it holds something that is withheld."""
        if text is None:
            return None
        form = normalise(text)
        return self.mask if any(secret in form for secret in self.secrets) else text


def _roundings(facts: LicenseFacts, policy: Policy) -> list[Rounding]:
    return [rounding for rounding in policy.roundings if rounding.purposes.intersection(facts.purposes)]


def _rounded(assignment: AssignmentFacts, roundings: Iterable[Rounding]) -> AssignmentFacts:
    for rounding in roundings:
        low, high = assignment.frequency_hz, assignment.frequency_to_hz
        assignment = replace(
            assignment,
            frequency_hz=None if low is None else round_frequency(low, rounding),
            frequency_to_hz=None if high is None else round_frequency(high, rounding),
        )
    return assignment


def round_frequency(hertz: int, rounding: Rounding) -> int:
    """A frequency as it is published: whole steps, half a step rounds up, and less than one step is one step."""
    if rounding.up_to_hz is not None and hertz > rounding.up_to_hz:
        return hertz
    step = max((step for step in rounding.steps if step.from_hz <= hertz), key=lambda step: step.from_hz, default=None)
    if step is None:
        return hertz
    return max((hertz + step.step_hz // 2) // step.step_hz, 1) * step.step_hz
