"""The project's own law, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner import regulation

ROOT = Path(__file__).parents[2] / "regulation"


@pytest.fixture(scope="session")
def law() -> regulation.Law:
    return regulation.load(ROOT)
