from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner.registry.normalisation import license_number, normalise, query_grams


@pytest.mark.parametrize(
    "same",
    [
        ("みどりタクシー", "ミドリタクシー", "ﾐﾄﾞﾘﾀｸｼｰ", "ミドリ　タクシ－", "ミドリタクシ-"),
        ("㈱ＮＴＴドコモ", "株式会社nttドコモ", "（株）NTT どこも"),
        ("髙﨑", "高崎"),
        ("龍ヶ崎", "竜ケ崎"),
        ("邊", "邉", "辺", "辺\U000e0100"),
    ],
)
def test_what_means_the_same_compares_the_same(same: tuple[str, ...]) -> None:
    assert len({normalise(text) for text in same}) == 1


@pytest.mark.parametrize("different", [("みどり", "みとり"), ("ソニー", "ソニ"), ("東京", "京東")])
def test_what_differs_stays_different(different: tuple[str, str]) -> None:
    assert normalise(different[0]) != normalise(different[1])


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize("same", ["関A第123456号", "関Ａ第１２３４５６号", "関a第123456号", " 関Ａ 第123456号　"])
def test_a_license_number_is_written_in_one_way(same: str) -> None:
    assert license_number(same) == "関Ａ第123456号"


@pytest.mark.parametrize("other", ["関Ｂ第123456号", "東Ａ第123456号", "関Ａ第123457号", "関A123456", "", "第1号"])
def test_another_license_number_stays_another(other: str) -> None:
    assert license_number(other) != "関Ａ第123456号"


@given(st.text(max_size=20), st.integers(0, 20), st.integers(1, 20))
def test_every_part_of_a_text_has_its_pairs_among_those_of_the_text(text: str, begin: int, length: int) -> None:
    form = normalise(text)
    assert set(query_grams(form[begin : begin + length])) <= set(query_grams(form))
