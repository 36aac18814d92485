"""The worked cases of the checks hold, each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner import regulation
from partner.licensing import worked_cases
from partner.licensing.worked_cases import WorkedCase

ROOT = Path(__file__).parents[2] / "regulation"
LAW = regulation.load(ROOT)
CASES = worked_cases.read(ROOT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_worked_case(case: WorkedCase) -> None:
    assert case.differences(LAW) == []


def test_every_check_of_every_procedure_has_a_case_in_which_it_fires() -> None:
    fired = {case.row.check for case in CASES if isinstance(case.row.expect, list) and case.row.expect}
    versions = [version.value for procedure in LAW.all_procedures.by_code.values() for version in procedure.versions]
    named = {code for rules in versions if rules is not None for code in rules.checks}
    assert named - fired == set()
    assert set(LAW.checks) == named, "a check that no procedure names decides nothing"
