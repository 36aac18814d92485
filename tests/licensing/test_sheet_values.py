"""What cells of a table say for dates: as spreadsheets and as offices write them; what is no date is an error."""

from __future__ import annotations

from datetime import date

import pytest

from partner import regulation
from partner.errors import FieldError
from partner.licensing import filing_conversions, sheet_values
from partner.regulation import Law, form_columns
from partner.settings import Settings

ON = date(2026, 6, 1)
KEY = "licensed_on"
WRITTEN = ["2023-05-24", "2023/5/24", "2023年5月24日", 45070, "４５０７０"]
BY_ERA = ["令和5年5月24日", "令和５年５月２４日", "R5.5.24", "r5/5/24", "令和 5年 5月24日"]
TURNS = {"令和元年5月1日": "2019-05-01", "平成31年4月30日": "2019-04-30", "S63.12.31": "1988-12-31"}
NO_DAY = ["平成31年5月1日", "令和元年4月30日", "令和5年2月29日", "X5.5.24", "令和0年1月1日", "5.5.24", "令和5年13月1日"]


@pytest.fixture(scope="module")
def law() -> Law:
    return regulation.load(Settings().regulation_root)


def read(law: Law, cell: str | float) -> tuple[object, list[FieldError]]:
    column = form_columns.column_at(law.form("land-mobile", ON), law, KEY, act="renewal")
    assert column is not None
    form, errors = sheet_values.filled({}, [column], {KEY: cell}, eras=filing_conversions.eras(law.codes("eras")))
    return form.get(KEY), errors


@pytest.mark.parametrize("cell", [*WRITTEN, *BY_ERA])
def test_a_date_however_it_is_written(law: Law, cell: str | float) -> None:
    assert read(law, cell) == ("2023-05-24", [])


@pytest.mark.parametrize(("cell", "day"), TURNS.items())
def test_the_years_in_which_eras_change(law: Law, cell: str, day: str) -> None:
    assert read(law, cell) == (day, [])


@pytest.mark.parametrize("cell", NO_DAY)
def test_a_day_that_is_not_there_is_an_error_of_its_column(law: Law, cell: str) -> None:
    found, [error] = read(law, cell)
    assert found is None
    assert (error.field, error.code) == (f"/{KEY}", "unreadable")
    assert cell in error.message.ja
