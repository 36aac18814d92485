"""The check digit of corporate numbers: it finds every slip of one digit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from partner.regulation.corporate_numbers import check_digit, is_sound

BASES = st.text("0123456789", min_size=12, max_size=12)


@pytest.mark.parametrize(("number", "sound"), [("7000012050002", True), ("6000012050002", False), ("9999999999999", True)])
def test_known_numbers(number: str, sound: bool) -> None:
    assert is_sound(number) is sound


@pytest.mark.parametrize("text", ["", "700001205000", "70000120500022", "７００００１２０５０００２", "0000012050002", "7000012050002\n"])
def test_what_is_no_number(text: str) -> None:
    assert not is_sound(text)


@given(BASES, st.integers(0, 11), st.sampled_from("0123456789"))
def test_a_slip_of_one_digit_is_found(base: str, place: int, digit: str) -> None:
    number = f"{check_digit(base)}{base}"
    assert is_sound(number)
    wrong = base[:place] + digit + base[place + 1 :]
    assume((int(wrong[place]) - int(base[place])) % 9 != 0)  # nine and nought weigh the same
    assert not is_sound(f"{number[0]}{wrong}")
