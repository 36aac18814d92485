"""Corporations by their corporate number: looked up, and written into the applicant's part of a form."""

from __future__ import annotations

from typing import Any

from partner.adapters.corporate_numbers import Corporation
from partner.errors import FieldError, Invalid, NotFound, Text
from partner.licensing import gathering
from partner.registry.normalisation import normalise
from partner.regulation import corporate_numbers


async def by_number(number: str, *, field: str = "number") -> Corporation:
    """The corporation with a number, however its digits are typed.

    Raises Invalid `corporate_number_invalid` for what cannot be one, NotFound `corporation_not_found` for nobody's.
    """
    digits = normalise(number).strip()
    if not corporate_numbers.is_sound(digits):
        message = Text("法人番号は、検査用数字の合う13桁の数字です。", "A corporate number has 13 digits, and its check digit is right.")
        raise Invalid("corporate_number_invalid", message, errors=[FieldError(field, "invalid", message)])
    found = await gathering.corporate_numbers().find(digits)
    if found is None:
        message = Text(f"法人番号「{digits}」は公表の一覧にありません。", f"No corporation is published under '{digits}'.")
        remedy = Text("番号を確かめるか、名称と所在地を入力してください。", "Check the number, or write name and address yourself.")
        raise NotFound("corporation_not_found", message, remedy=remedy)
    return found


def as_applicant(found: Corporation) -> dict[str, Any]:
    """The applicant's part of a form as far as it is published; what is not published is left out."""
    known = {
        "kind": "corporation",
        "corporate_number": found.number,
        "name": found.name,
        "name_kana": found.kana,
        "postal_code": found.postal_code,
        "prefecture": found.municipality[:2],
        "municipality": found.municipality,
        "address": found.address,
    }
    return {name: value for name, value in known.items() if value}
