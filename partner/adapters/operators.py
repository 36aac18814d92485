"""The operators' register (無線従事者原簿): who holds which qualification.

The register itself is outside this system. `OperatorsRegister` is what we ask of it; `LocalOperators` stands in for it with
fictitious people from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from partner.adapters.reading import DATA, entries


@dataclass(frozen=True)
class Operator:
    """An operator on the register. `grade` is a code of the list `operator-classes`."""

    license_number: str
    name: str
    grade: str

    def as_facts(self) -> dict[str, Any]:
        """The entry as the facts of an examination have it."""
        return asdict(self)


class OperatorsRegister(Protocol):
    """What is asked of the operators' register."""

    async def find(self, license_number: str) -> Operator | None:
        """The operator with that license number; None when the register does not know it."""
        ...


class LocalOperators:
    """A stand-in that knows the fictitious operators of a file."""

    def __init__(self, known: Mapping[str, Operator] | None = None) -> None:
        self._known = known if known is not None else _read()

    async def find(self, license_number: str) -> Operator | None:
        """The operator with that license number; None when the stand-in does not know it."""
        return self._known.get(license_number)


def _read() -> dict[str, Operator]:
    found = (Operator(**entry) for entry in entries(DATA / "operators.yaml", {"license_number", "name", "grade"}))
    return {operator.license_number: operator for operator in found}
