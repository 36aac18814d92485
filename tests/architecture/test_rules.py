"""The conventions hold, and every rule would notice if one did not."""

from __future__ import annotations

import pytest

from tests.architecture import rules
from tests.architecture.rules import Rule, Source

LONG = "def f() -> None:\n" + "    print()\n" * 41
PLANTED = [
    (rules.nobody_commits, "async def f(session):\n    await session.commit()\n"),
    (rules.nobody_commits, "async def f(session):\n    await session.rollback()\n"),
    (rules.time_comes_from_the_clock, "from datetime import datetime\nx = datetime.now()\n"),
    (rules.time_comes_from_the_clock, "import datetime\nx = datetime.date.today()\n"),
    (rules.time_comes_from_the_clock, "import time\nx = time.time()\n"),
    (rules.the_database_does_not_ask_the_time, "x = 'INSERT INTO event VALUES (now())'\n"),
    (rules.the_database_does_not_ask_the_time, "x = 'at timestamptz DEFAULT CURRENT_TIMESTAMP'\n"),
    (rules.the_database_does_not_ask_the_time, "x = func.now()\n"),
    (rules.sql_stands_in_queries, "from sqlmodel import select\nx = select(Station)\n"),
    (rules.sql_stands_in_queries, "x = 'SELECT a FROM b'\n"),
    (rules.errors_are_words_of_the_domain, "from fastapi import HTTPException\nraise HTTPException(404)\n"),
    (rules.small, LONG),
    (rules.small, "x = 1\n" * 401),
    (rules.nothing_is_left_open, "# " + "TO" + "DO later\n"),
    (rules.names_say_what_a_thing_is, "class StationManager:\n    x = 1\n"),
    (rules.names_say_what_a_thing_is, "def handler() -> int:\n    return 1\n"),
    (rules.nothing_is_swallowed, "try:\n    f()\nexcept ValueError:\n    pass\n"),
    (rules.nothing_is_swallowed, "try:\n    f()\nexcept:\n    g()\n"),
    (rules.sql_is_not_glued, "session.execute(f'SELECT {x}')\n"),
]
HARMLESS = [
    (rules.nobody_commits, "decision.committed()\n"),
    (rules.time_comes_from_the_clock, "from partner import clock\nx = clock.now()\n"),
    (rules.the_database_does_not_ask_the_time, "x = 'known now'\n"),
    (rules.sql_stands_in_queries, "x = 'Select the station from the list'.lower()\nselect(x)\n"),
    (rules.names_say_what_a_thing_is, "def handled() -> int:\n    return 1\n"),
    (rules.small, "def f() -> None:\n" + "    print()\n" * 39),
    (rules.nothing_is_swallowed, "try:\n    f()\nexcept ValueError:\n    raise\n"),
]


@pytest.mark.parametrize("rule", rules.EVERYWHERE, ids=lambda rule: rule.__name__)
def test_the_program_keeps_the_rule(rule: Rule) -> None:
    assert rules.broken(rule, "partner") == []


@pytest.mark.parametrize("rule", [rules.the_database_does_not_ask_the_time, rules.nothing_is_left_open], ids=lambda rule: rule.__name__)
def test_the_migrations_keep_the_rule(rule: Rule) -> None:
    assert rules.broken(rule, "migrations") == []


@pytest.mark.parametrize("rule", [rules.nothing_is_left_open, rules.names_say_what_a_thing_is], ids=lambda rule: rule.__name__)
def test_the_tests_keep_the_rule(rule: Rule) -> None:
    assert rules.broken(rule, "tests") == []


@pytest.mark.parametrize(("rule", "text"), PLANTED)
def test_the_rule_notices_a_planted_violation(rule: Rule, text: str) -> None:
    assert list(rule(Source("partner/licensing/planted.py", text)))


@pytest.mark.parametrize(("rule", "text"), HARMLESS)
def test_the_rule_leaves_the_harmless_alone(rule: Rule, text: str) -> None:
    assert list(rule(Source("partner/licensing/planted.py", text))) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _ in PLANTED} == set(rules.EVERYWHERE)
