"""Whatever the workflow can say, the portal has words for."""

from __future__ import annotations

import pytest

from partner.portal import wording
from partner.regulation import Law
from partner.regulation.routes import FINAL, Action, Status


@pytest.mark.parametrize("status", Status)
def test_every_status_has_words(status: Status) -> None:
    words = wording.STATUSES[status.value]
    assert words.ja
    assert words.en
    assert words.ja != words.en


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_button_a_history_and_a_confirmation(action: Action) -> None:
    for known in (wording.ACTIONS, wording.EVENTS, wording.DONE):
        assert known[action.value].ja
        assert known[action.value].en


def test_there_are_no_words_for_what_does_not_exist() -> None:
    assert set(wording.STATUSES) == {status.value for status in Status}
    assert set(wording.ACTIONS) == {action.value for action in Action}
    assert set(wording.TONES) <= set(wording.STATUSES)


@pytest.mark.parametrize("status", Status)
def test_the_steps_show_where_a_case_stands(law: Law, status: Status) -> None:
    for route in ("simplified", "full", "renewal", "change", "notification"):
        steps = wording.steps(route, status.value)
        assert [step["current"] for step in steps].count(True) == 1
        current = next(step for step in steps if step["current"])
        before = steps[: steps.index(current)]
        assert all(step["done"] for step in before)
        if status in FINAL - {Status.GRANTED, Status.RECORDED}:
            assert current["text"] == wording.STATUSES[status.value]
