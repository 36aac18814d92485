"""The list of corporate numbers (法人番号公表サイト): name and seat of every corporation, so that no certificate need be attached.

The list itself is outside this system; the tax agency offers it as a Web-API. `CorporateNumbers` is what we ask of it;
`LocalCorporateNumbers` stands in for it with fictitious corporations from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from partner.adapters.reading import DATA, entries

KEYS = {"number", "name", "kana", "postal_code", "prefecture", "city", "municipality", "address"}


@dataclass(frozen=True)
class Corporation:
    """A corporation as it is published: `prefecture` and `city` are names, `municipality` the code of both, `address` what follows."""

    number: str
    name: str
    kana: str
    postal_code: str
    prefecture: str
    city: str
    municipality: str
    address: str

    def as_facts(self) -> dict[str, Any]:
        """The entry as the facts of an examination have it."""
        return asdict(self)


class CorporateNumbers(Protocol):
    """What is asked of the list."""

    async def find(self, number: str) -> Corporation | None:
        """The corporation with that number; None when the list does not know it."""
        ...


class LocalCorporateNumbers:
    """A stand-in that knows the fictitious corporations of a file."""

    def __init__(self, known: Mapping[str, Corporation] | None = None) -> None:
        self._known = known if known is not None else _read()

    async def find(self, number: str) -> Corporation | None:
        """The corporation with that number; None when the stand-in does not know it."""
        return self._known.get(number)


def _read() -> dict[str, Corporation]:
    found = (Corporation(**entry) for entry in entries(DATA / "corporate_numbers.yaml", KEYS))
    return {corporation.number: corporation for corporation in found}
