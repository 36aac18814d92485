"""The worked cases of the checks hold, each by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from partner import regulation
from partner.licensing import worked_cases
from partner.licensing.worked_cases import WorkedCase
from partner.regulation import cases, reporting

ROOT = Path(__file__).parents[2] / "regulation"
LAW = regulation.load(ROOT)
CASES = worked_cases.read(ROOT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_worked_case(case: WorkedCase) -> None:
    assert case.differences(LAW) == []


def test_the_command_runs_them_and_names_what_does_not_hold(tmp_path: Path) -> None:
    well, words = reporting.check(ROOT, further=worked_cases.run)
    assert well, words
    assert f"{len(cases.read(ROOT)) + len(CASES)} worked cases hold" in words
    law = shutil.copytree(ROOT, tmp_path / "regulation")
    file = law / "cases" / "checks" / "succession-notice.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace('{outcome: "fail", field: "/succession/occurred_on"}', '{outcome: "warn", field: "/x"}')
    )
    well, words = reporting.check(law, further=worked_cases.run)
    assert not well
    assert "regulation/cases/checks/succession-notice.yaml:" in words
    assert "expected warn succession-day at /x" in words
    file.write_text("title: x\n", encoding="utf-8")
    assert not reporting.check(law, further=worked_cases.run)[0]


def test_every_check_of_every_procedure_has_a_case_in_which_it_fires() -> None:
    fired = {case.row.check for case in CASES if isinstance(case.row.expect, list) and case.row.expect}
    versions = [version.value for procedure in LAW.all_procedures.by_code.values() for version in procedure.versions]
    named = {code for rules in versions if rules is not None for code in rules.checks}
    assert named - fired == set()
    assert set(LAW.checks) == named, "a check that no procedure names decides nothing"
