"""Places as a search means them."""

from __future__ import annotations

from partner.regulation.codes import CodeList


def with_wards(municipalities: CodeList, code: str) -> tuple[str, ...]:
    """A municipality and, where it is a city with wards (政令指定都市), its wards: stations are registered in the wards."""
    city = municipalities.get(code)
    if city is None or not city.name.ja.endswith("市"):
        return (code,)
    wards = (
        ward.code
        for ward in municipalities
        if ward.code[:2] == code[:2] and ward.name.ja.startswith(city.name.ja) and ward.name.ja.endswith("区")
    )
    return (code, *wards)
