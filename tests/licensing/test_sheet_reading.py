"""Uploaded tables as spreadsheets really save them: no line is lost on the way in, and what is no table is refused."""

from __future__ import annotations

import pytest

from partner.errors import Malformed, Unsupported
from partner.licensing import sheet_reading

HEAD = "procedure,license_number,reason"
LINES = ["land-mobile-renewal,関移第1号,", "land-mobile-renewal,関移第2号,続ける", "land-mobile-renewal,関移第3号,"]
TABLE = "\r\n".join([HEAD, *LINES, ""])


def numbers(content: bytes) -> list[object]:
    return [row.cells["license_number"] for row in sheet_reading.rows(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_table_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    assert numbers(TABLE.encode(encoding)) == ["関移第1号", "関移第2号", "関移第3号"]


def test_unicode_text_with_tabs_is_read() -> None:
    assert numbers(TABLE.replace(",", "\t").encode("utf-16")) == ["関移第1号", "関移第2号", "関移第3号"]


def test_zeros_without_a_mark_of_their_encoding_are_no_table() -> None:
    with pytest.raises(Unsupported, match="unsupported_table"):
        numbers(TABLE.encode("utf-16-le"))


def test_a_quotation_mark_that_nothing_closes_swallows_no_line() -> None:
    with pytest.raises(Malformed, match="broken_table") as refused:
        numbers(TABLE.replace(",続ける", ',"続ける').encode())
    assert refused.value.remedy is not None
    assert "引用符" in refused.value.remedy.ja


def test_a_quotation_mark_within_a_cell_and_one_that_is_closed_are_read() -> None:
    assert numbers(TABLE.replace(",続ける", ',当社の"無線"').encode()) == ["関移第1号", "関移第2号", "関移第3号"]
    assert numbers(TABLE.replace(",続ける", ',"二行に\r\nわたる、""理由"""').encode()) == ["関移第1号", "関移第2号", "関移第3号"]
