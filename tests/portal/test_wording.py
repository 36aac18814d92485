"""Whatever the workflow can say, the portal has words for."""

from __future__ import annotations

from datetime import date

import pytest

from partner.portal import wording
from partner.regulation import Law
from partner.regulation.routes import Action, Status


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


def test_the_steps_show_where_a_case_stands(law: Law) -> None:
    """On every route of the law, in every status that it comes to."""
    for code in law.routes.by_code:
        reached = law.routes.get(code, date(2026, 11, 26)).reached
        for status in reached:
            steps = wording.steps(reached, status)
            assert [step["current"] for step in steps].count(True) == 1
            current = next(step for step in steps if step["current"])
            assert current["text"] == wording.STATUSES[status]
            assert all(step["done"] for step in steps[: steps.index(current)])


@pytest.mark.parametrize(
    ("route", "status", "way"),
    [
        ("notification", "received", ["draft", "received", "recorded"]),
        ("confirmed-notification", "examining", ["draft", "received", "examining", "in_approval", "recorded"]),
        ("simplified", "granted", ["draft", "received", "examining", "in_approval", "granted"]),
        ("ex-officio", "draft", ["draft", "examining", "in_approval", "granted"]),
    ],
)
def test_the_steps_are_those_of_the_route(law: Law, route: str, status: str, way: list[str]) -> None:
    """A notice that staff confirm ends on record: nothing is granted by it."""
    steps = wording.steps(law.routes.get(route, date(2026, 11, 26)).reached, status)
    assert [step["text"] for step in steps] == [wording.STATUSES[name] for name in way]
