"""Transitional clauses: which version an open case falls under, for one provision and for the whole law."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from partner import regulation
from partner.regulation.provisions import Provision

ROOT = Path(__file__).parents[2] / "regulation"
TURN = date(2027, 4, 1)
BEFORE = TURN - timedelta(days=1)
LATER = TURN + timedelta(days=30)


def _provision(clause: str | None, *, repealed: bool = False) -> Provision[int]:
    second = {"from": TURN, "cites": "b", "value": None if repealed else 2}
    if clause:
        second["transition"] = {"open_cases": clause}
    return Provision[int].model_validate(
        {"title": {"ja": "題", "en": "title"}, "versions": [{"from": date(2020, 1, 1), "cites": "a", "value": 1}, second]}
    )


def _value(provision: Provision[int], day: date, *, received_on: date, today: date) -> int | None:
    version = provision.governing(day, received_on=received_on, today=today)
    return None if version is None else version.value


@pytest.mark.parametrize(
    ("clause", "governed_by", "received_on", "expected"),
    [
        (None, "decision", BEFORE, 2),
        (None, "arrival", BEFORE, 1),
        (None, "arrival", TURN, 2),
        ("keep", "decision", BEFORE, 1),
        ("keep", "arrival", BEFORE, 1),
        ("keep", "decision", TURN, 2),
        ("move", "decision", BEFORE, 2),
        ("move", "arrival", BEFORE, 2),
        ("move", "arrival", TURN, 2),
    ],
)
def test_an_open_case_keeps_or_moves(clause: str | None, governed_by: str, received_on: date, expected: int) -> None:
    day = received_on if governed_by == "arrival" else LATER
    assert _value(_provision(clause), day, received_on=received_on, today=LATER) == expected


@pytest.mark.parametrize("clause", ["keep", "move", None])
def test_before_its_first_day_a_version_governs_nobody(clause: str | None) -> None:
    assert _value(_provision(clause), BEFORE, received_on=BEFORE, today=BEFORE) == 1


def test_a_repeal_may_keep_and_cannot_move() -> None:
    kept = _provision("keep", repealed=True)
    assert _value(kept, LATER, received_on=BEFORE, today=LATER) == 1
    assert _value(kept, LATER, received_on=TURN, today=LATER) is None
    with pytest.raises(ValidationError, match="nothing to move"):
        _provision("move", repealed=True)


def test_a_rule_that_is_new_and_keeps_is_none_for_who_came_before() -> None:
    new = Provision[int].model_validate(
        {
            "title": {"ja": "題", "en": "title"},
            "versions": [{"from": TURN, "cites": "a", "value": 1, "transition": {"open_cases": "keep"}}],
        }
    )
    assert _value(new, LATER, received_on=BEFORE, today=LATER) is None
    assert _value(new, LATER, received_on=TURN, today=LATER) == 1


@pytest.fixture
def amended(tmp_path: Path) -> regulation.Law:
    """The law with a fee that keeps open cases and a window that moves them, both from the same day."""
    root = tmp_path / "regulation"
    shutil.copytree(ROOT, root)
    with (root / "fees/amateur-renewal.yaml").open("a") as file:
        file.write(f"- from: {TURN}\n  cites: x\n  transition: {{open_cases: move}}\n  value: {{tiers: [{{paper: 9, electronic: 7}}]}}\n")
    with (root / "windows/amateur-renewal.yaml").open("a") as file:
        file.write(f"- from: {TURN}\n  cites: x\n  transition: {{open_cases: keep}}\n  value: {{opens_months: 3, closes_months: 2}}\n")
    return regulation.load(root)


def test_the_whole_law_heeds_the_clauses(amended: regulation.Law) -> None:
    came_before, came_after = amended.for_case(BEFORE, LATER), amended.for_case(TURN, LATER)
    expires_on = date(2027, 12, 31)
    assert came_after is amended, "who came after has no clause to heed"
    old, new = (law.window("amateur-renewal", expires_on=expires_on, on=LATER) for law in (came_before, came_after))
    assert old is not None
    assert new is not None
    assert (old.opens_on, new.opens_on) == (date(2027, 7, 1), date(2027, 10, 1))
    moved, arrived = (law.fee("amateur-renewal", on=BEFORE, channel="electronic", power_w=10).amount_yen for law in (came_before, amended))
    assert (moved, arrived) == (7, 1700)
    assert amended.for_case(BEFORE, BEFORE).fee("amateur-renewal", on=BEFORE, channel="electronic", power_w=10).amount_yen == 1700


def test_cases_that_arrived_on_different_days_are_moved_alike(amended: regulation.Law) -> None:
    """Whichever was asked about first: the view of one is not too late for one that arrived before it."""
    for arrived in (BEFORE, BEFORE - timedelta(days=40)):
        seen = amended.for_case(arrived, LATER)
        assert seen.fee("amateur-renewal", on=arrived, channel="electronic", power_w=10).amount_yen == 7


def test_a_law_without_clauses_is_itself_for_every_case(law: regulation.Law) -> None:
    assert law.for_case(date(2020, 1, 1), LATER) is law
