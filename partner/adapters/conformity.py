"""The conformity list (技術基準適合証明等を受けた機器の一覧): which equipment was certified, and for what.

The list itself is outside this system. `ConformityList` is what we ask of it; `LocalConformity` stands in for it with
fictitious equipment from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from partner.adapters.reading import DATA, entries


@dataclass(frozen=True)
class Equipment:
    """Certified equipment: its power in W, and in Hz the centres of the bands that it emits in."""

    conformity_number: str
    name: str
    power_w: float
    frequencies_hz: tuple[int, ...]

    def as_facts(self) -> dict[str, Any]:
        """The entry as the facts of an examination have it."""
        return asdict(self)


class ConformityList(Protocol):
    """What is asked of the conformity list."""

    async def find(self, conformity_number: str) -> Equipment | None:
        """The equipment of that number; None when the list does not know it."""
        ...


class LocalConformity:
    """A stand-in that knows the fictitious equipment of a file."""

    def __init__(self, known: Mapping[str, Equipment] | None = None) -> None:
        self._known = known if known is not None else _read()

    async def find(self, conformity_number: str) -> Equipment | None:
        """The equipment of that number; None when the stand-in does not know it."""
        return self._known.get(conformity_number)


def _read() -> dict[str, Equipment]:
    read = entries(DATA / "conformity.yaml", {"conformity_number", "name", "power_w", "frequencies_hz"})
    found = (Equipment(**{**entry, "frequencies_hz": tuple(entry["frequencies_hz"])}) for entry in read)
    return {equipment.conformity_number: equipment for equipment in found}
