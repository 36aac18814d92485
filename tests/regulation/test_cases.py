"""The worked cases hold, each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner.regulation import Law, cases

ROOT = Path(__file__).parents[2] / "regulation"
CASES = cases.read(ROOT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_worked_case(case: cases.Case, law: Law) -> None:
    assert case.differences(law) == []
