"""What a procedure needs stands as long as the procedure does: a repeal that would leave it with nothing is refused beforehand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from partner import regulation
from partner.regulation import RegulationError
from partner.settings import Settings

DAY = "2027-04-01"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Settings().regulation_root, tmp_path / "draft"))


def repeal(root: Path, name: str, day: str = DAY) -> None:
    path = root / name
    text = re.sub(r"(?m)^covers_from:.*\n", "", path.read_text(encoding="utf-8"))
    path.write_text(f"{text}- from: {day}\n  cites: 令和9年改正\n  transition: {{open_cases: keep}}\n  value: null\n", encoding="utf-8")


def begin_later(root: Path, name: str) -> None:
    path = root / name
    path.write_text(re.sub(r"(?m)^- from: .*$", f"- from: {DAY}", path.read_text(encoding="utf-8"), count=1), encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["fees/amateur-renewal", "windows/amateur-renewal", "routes/renewal", "forms/amateur", "periods/five-years"]
)
def test_what_procedures_need_is_not_repealed_alone(root: Path, name: str) -> None:
    repeal(root, f"{name}.yaml")
    with pytest.raises(RegulationError) as refused:
        regulation.load(root)
    assert len(refused.value.defects) == 1
    line = len((root / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) - 3
    assert refused.value.defects[0].startswith(f"draft/{name}.yaml:{line}: not in force on {DAY}, and still needed by procedures/")
    assert "procedures/amateur-renewal" in refused.value.defects[0]


def test_what_procedures_need_is_repealed_with_them(root: Path) -> None:
    for name in ("fees/amateur-renewal", "windows/amateur-renewal", "procedures/amateur-renewal"):
        repeal(root, f"{name}.yaml")
    assert regulation.load(root).digest


def test_a_procedure_that_outlives_what_it_needs_by_a_day_is_refused(root: Path) -> None:
    repeal(root, "windows/amateur-renewal.yaml")
    repeal(root, "procedures/amateur-renewal.yaml", "2027-04-02")
    with pytest.raises(RegulationError, match="not in force on 2027-04-01"):
        regulation.load(root)


def test_what_a_procedure_needs_from_its_first_day_on_does_not_begin_later(root: Path) -> None:
    begin_later(root, "windows/amateur-renewal.yaml")
    with pytest.raises(RegulationError, match=r"windows/amateur-renewal\.yaml:.*not in force on 2003-08-11"):
        regulation.load(root)


def test_a_check_may_be_repealed_alone(root: Path) -> None:
    repeal(root, "checks/fee-known.yaml")
    assert regulation.load(root).digest


@pytest.mark.parametrize("name", ["calendar/holidays", "deadlines/spectrum-fee", "disclosure/publication"])
def test_what_everything_asks_is_not_repealed(root: Path, name: str) -> None:
    repeal(root, f"{name}.yaml")
    with pytest.raises(RegulationError, match=rf"draft/{name}\.yaml:\d+: nothing would be in force from {DAY} on"):
        regulation.load(root)
