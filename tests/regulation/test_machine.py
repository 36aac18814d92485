"""What the loader takes of procedures, routes and windows, and beside it what it refuses: no data leads past fee, checks or approvals."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from partner import regulation
from partner.regulation.effects import DEFINITIONS, Effect
from partner.regulation.reading import RegulationError

ROOT = Path(__file__).parents[2] / "regulation"
DAY = date(2026, 6, 1)
Edit = Callable[[str, str, str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT, tmp_path / "regulation")
    return tmp_path / "regulation"


@pytest.fixture
def edit(root: Path) -> Edit:
    def edit(name: str, old: str, new: str) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new))

    return edit


CHANGE = "procedures/amateur-change.yaml"
ENDING = "procedures/amateur-discontinuation.yaml"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (CHANGE, "act: change", "act: chang", "no 'chang' (codes/acts)"),
        (CHANGE, "effect: modify", "effect: modfy", "effect"),
        (CHANGE, "license_field: /station/license_number", "license_field: null", "is about a license"),
        (CHANGE, "effect: modify", "effect: record", "is about no license"),
        (CHANGE, "effect: modify", "effect: extend_completion", "is about no license"),
        (CHANGE, "effect: modify", "effect: modify\n    case_field: /remarks", "names it in 'case_field'"),
        (CHANGE, "effect: modify", "effect: open_station\n    fields: {stations: /remarks}", "reads stations at /remarks"),
        (CHANGE, "effect: modify", "effect: modify\n    fields: {ends_on: /remarks}", "reads no ends_on"),
        (ENDING, "effect: end", "effect: end\n    fields: {ends_on: /discontinuation/end}", "reads ends_on at /discontinuation/end"),
        (ENDING, "effect: end", "effect: set_count\n    fields: {count: /remarks}", "reads count at /remarks"),
        (CHANGE, "filers: [individual, club]", "filers: [individual, ex_officio]", "not by both"),
        (ENDING, "fee: null", "fee: amateur-renewal", "does not wait for it"),
        (CHANGE, "effect: modify", "effect: modify\n    offered_when: 'license.in_fource == true'", "no fact 'license.in_fource'"),
        ("routes/change.yaml", ", fee_settled, no_failing_finding]}", ", fee_settled]}", "needs no_failing_finding"),
        ("routes/change.yaml", "[another_than_proposer, fee", "[fee", "another_than_proposer"),
        ("routes/change.yaml", ", reasons_where_unconfirmed]", "]", "reasons_where_unconfirmed"),
        ("routes/change.yaml", "effect: grant, ", "", "has no effect"),
        ("routes/change.yaml", "- {who: director}", "- {who: director}\n    levels_by_bureau: {X: [{who: director}]}", "no bureau 'X'"),
        ("routes/change.yaml", "- {who: director}", "- {who: director}\n    levels_by_bureau: {A: []}", "at least one level"),
        ("routes/renewal.yaml", "fee_settled, no_failing", "no_failing", "does not wait for it"),
        ("windows/general-renewal.yaml", "{opens_months: 6, closes_months: 3}", "{opens_months: 6}", "needs 'opens_months'"),
        ("windows/general-renewal.yaml", "{opens_months: 6, closes_months: 3}", "{before_end: true, within_completion: true}", "one kind"),
        ("windows/general-renewal.yaml", "{opens_months: 6, closes_months: 3}", "{after: /licensed_on}", "needs one of"),
        ("windows/general-renewal.yaml", "{opens_months: 6, closes_months: 3}", "{after: /nowhere, within_days: 15}", "no field /nowhere"),
    ],
)
def test_what_is_not_in_order_is_refused(root: Path, edit: Edit, name: str, old: str, new: str, said: str) -> None:
    edit(name, old, new)
    with pytest.raises(RegulationError) as caught:
        regulation.load(root)
    assert any(said in defect and ":" in defect for defect in caught.value.defects), caught.value.defects


def test_a_bureau_and_the_minister_may_have_levels_of_their_own(root: Path, edit: Edit) -> None:
    other = "\n    levels_by_bureau: {J: [{who: examiner, title: {ja: 課長, en: Head}}, {who: director}], MIC: [{who: director}]}"
    edit("routes/change.yaml", "- {who: director}", f"- {{who: director}}{other}")
    routes = regulation.load(root).routes
    assert [level.who for level in routes.get("change", DAY, bureau="J").signers] == ["examiner", "director"]
    assert [routes.get("change", DAY, bureau=desk).levels for desk in ("A", "MIC", None)] == [1, 1, 1]


def test_a_role_may_stand_elsewhere(root: Path, edit: Edit) -> None:
    edit(ENDING, "effect: end", "effect: end\n    fields: {ends_on: /desired_valid_to}")
    procedure = regulation.load(root).procedure("amateur-discontinuation", DAY)
    form = {"desired_valid_to": "2026-07-01", "discontinuation": {"ends_on": "2026-08-01"}}
    assert procedure.told("ends_on", form) == "2026-07-01"


def test_every_effect_is_defined() -> None:
    assert set(DEFINITIONS) == set(Effect)


@pytest.mark.parametrize(
    ("rule", "anchor", "days"),
    [
        ("{after: /licensed_on, within_days: 15}", date(2026, 6, 1), (date(2026, 6, 1), date(2026, 6, 16))),
        ("{after: /licensed_on, within_months: 1}", date(2026, 1, 31), (date(2026, 1, 31), date(2026, 2, 28))),
        ("{before_end: true}", date(2026, 6, 1), (None, date(2026, 6, 1))),
        ("{within_completion: true}", date(2026, 6, 1), (None, date(2026, 6, 1))),
    ],
)
def test_windows_of_the_other_kinds(root: Path, edit: Edit, rule: str, anchor: date, days: tuple[date | None, date]) -> None:
    edit("windows/general-renewal.yaml", "{opens_months: 6, closes_months: 3}", rule)
    version = regulation.load(root).windows.version("general-renewal", DAY)
    assert version is not None
    assert version.value is not None
    assert version.value.days(anchor) == days
