"""Places as a search means them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

from partner.registry.normalisation import normalise
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


EARTH_KM = 6371.0088  # the mean radius (IUGG)
KM_PER_DEGREE = EARTH_KM * math.pi / 180


def nearby(municipalities: CodeList, latitude: float, longitude: float, radius_km: float) -> tuple[str, ...]:
    """The municipalities whose centroid lies within a circle, by the great circle; degrees and km."""
    points = municipalities.points
    reach = radius_km / KM_PER_DEGREE
    first = bisect_left(points, (latitude - reach,))
    last = bisect_right(points, (latitude + reach, math.inf))
    return tuple(code for lat, lon, code in points[first:last] if distance_km(latitude, longitude, lat, lon) <= radius_km)


def named(municipalities: CodeList, prefectures: CodeList, text: str) -> tuple[str, ...]:
    """The municipalities whose name, behind that of its prefecture, holds a text, in either language; width, case and kana aside."""
    asked = normalise(text)
    found = []
    for one in municipalities:
        prefecture = prefectures.name(one.code[:2])
        names = (prefecture.ja + one.name.ja, f"{one.name.en}, {prefecture.en}")
        if asked and any(asked in normalise(name) for name in names):
            found.append(one.code)
    return tuple(found)


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The great-circle distance between two points in degrees (haversine)."""
    here, there = math.radians(latitude), math.radians(other_latitude)
    across = math.sin((there - here) / 2) ** 2
    along = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(across + math.cos(here) * math.cos(there) * along)))
