"""Imports run downwards only; a planted violation is found, with the line that commits it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT


def lint(place: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache", "--config", str(place / "pyproject.toml")]
    return subprocess.run(command, check=False, cwd=place, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "partner", tmp_path / "partner", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy: Path) -> None:
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("registry/service.py", "import partner.licensing.models", "Imports run downwards only"),
        ("licensing/workflow.py", "import sqlmodel", "The law and the decision are pure"),
        ("regulation/law.py", "import fastapi", "The law and the decision are pure"),
        ("regulation/law.py", "import partner.auth.actor", "Imports run downwards only"),
        ("api/__init__.py", "import partner.portal", "Imports run downwards only"),
        ("licensing/models.py", "import starlette", "Licensing and registry know no web framework"),
        ("licensing/models.py", "import partner.registry.queries", "Licensing uses the register through its service"),
    ],
)
def test_a_planted_import_breaks_its_contract(copy: Path, module: str, statement: str, contract: str) -> None:
    path = copy / "partner" / module
    assert path.is_file()
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{statement}\n", encoding="utf-8")
    answer = lint(copy)
    assert answer.returncode == 1
    assert f"{contract} BROKEN" in answer.stdout
    assert statement.removeprefix("import ") in answer.stdout
