"""How a license without end is kept, and the one place of SQL that has to say so in a literal."""

from __future__ import annotations

from datetime import date, timedelta

from partner.registry import queries
from partner.registry.imports import reading
from partner.regulation.periods import WITHOUT_END, shown_day


def test_the_day_that_stands_for_no_end_has_a_day_after_it_and_is_never_shown() -> None:
    assert WITHOUT_END + timedelta(days=1) == date.max
    assert shown_day(WITHOUT_END) is None
    assert shown_day(date(2999, 12, 31)) == date(2999, 12, 31)


def test_the_statement_of_the_history_knows_it() -> None:
    assert f"DATE '{WITHOUT_END}'" in queries.HISTORY


def test_an_import_reads_the_word_of_the_law_for_it() -> None:
    assert reading.last_day("無期限") == WITHOUT_END
    assert reading.last_day("2025-01-15") == date(2025, 1, 15)
