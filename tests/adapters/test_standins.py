"""The local stand-ins of the outside registers: what they know, and that their files say they are fictitious."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner.adapters.conformity import Equipment, LocalConformity
from partner.adapters.corporate_numbers import KEYS, LocalCorporateNumbers
from partner.adapters.operators import LocalOperators, Operator
from partner.adapters.reading import DATA, entries
from partner.regulation import corporate_numbers


async def test_the_operators_of_the_samples() -> None:
    register = LocalOperators()
    assert await register.find("AABH998") == Operator("AABH998", "総務　花子", "first")
    assert await register.find("IABH999") == Operator("IABH999", "総務　太郎", "first")
    assert await register.find("AABH997") is None


async def test_the_equipment_of_the_samples() -> None:
    found = await LocalConformity().find("002-160008")
    assert found == Equipment("002-160008", "見本トランシーバー50", 50, (52_000_000, 145_000_000, 435_000_000))
    assert found.as_facts()["power_w"] == 50
    assert await LocalConformity().find("002-160007") is None


async def test_the_corporations_have_sound_numbers() -> None:
    known = LocalCorporateNumbers()
    found = await known.find("9999999999999")
    assert found is not None
    assert (found.name, found.prefecture, found.city, found.municipality) == ("関東みらいタクシー株式会社", "東京都", "中央区", "13102")
    assert await known.find("7000012050002") is None
    numbers = [entry["number"] for entry in entries(DATA / "corporate_numbers.yaml", KEYS)]
    assert all(corporate_numbers.is_sound(number) for number in numbers)


@pytest.mark.parametrize("file", sorted(DATA.glob("*.yaml")), ids=lambda file: file.name)
def test_the_files_say_that_they_are_fictitious(file: Path, tmp_path: Path) -> None:
    honest = file.read_text(encoding="utf-8")
    assert "fictitious: true" in honest
    copy = tmp_path / file.name
    copy.write_text(honest.replace("fictitious: true", "fictitious: false"), encoding="utf-8")
    with pytest.raises(ValueError, match="fictitious"):
        entries(copy, set())


def test_an_entry_with_other_keys_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "operators.yaml"
    file.write_text("fictitious: true\nentries: [{name: a}]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="exactly grade, name"):
        entries(file, {"name", "grade"})
