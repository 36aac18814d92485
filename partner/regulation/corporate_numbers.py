"""The corporate number (法人番号): twelve digits behind a check digit. 法人番号の指定等に関する省令2条."""

from __future__ import annotations

import re

NUMBER = re.compile(r"[1-9][0-9]{12}", re.ASCII)


def check_digit(base: str) -> int:
    """The digit that stands before these twelve: nine, less the rest of the weighted sum of the digits by nine.

    The last digit weighs one, the one before it two, and so on in turn.
    """
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(base)))
    return 9 - total % 9


def is_sound(number: str) -> bool:
    """Whether a text is a corporate number whose check digit is right; it may still be nobody's."""
    return NUMBER.fullmatch(number) is not None and int(number[0]) == check_digit(number[1:])
