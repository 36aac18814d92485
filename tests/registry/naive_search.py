"""What a search of the register finds, by looking at all published documents one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from partner import clock
from partner.registry import vocabulary
from partner.registry.criteria import Criteria, Near
from partner.registry.normalisation import normalise
from partner.registry.places import distance_km
from partner.registry.status import status
from partner.registry.values import Sort
from tests.registry.samples import law

ONE_DAY = timedelta(days=1)
BANDS = vocabulary.of(law()).bands
Json = dict[str, Any]


@dataclass(frozen=True)
class Version:
    """A published version; both times as the first and the first not included, None for no end."""

    station_id: str
    document: Json
    holds: tuple[date, date]
    recorded: tuple[datetime, datetime | None]
    suspended: bool

    def status(self, on: date) -> str:
        ended_on = self.document["license"]["ended_on"]
        return status(
            on=on,
            valid_from=self.holds[0],
            valid_to=self.holds[1] - ONE_DAY,
            ended_on=None if ended_on is None else date.fromisoformat(ended_on),
            suspended=self.suspended,
        )

    @cached_property
    def lines(self) -> list[tuple[Json, int | None, int | None]]:
        """Each assignment with each of the bands that it stands for."""
        found: list[tuple[Json, int | None, int | None]] = []
        for line in self.document["assignments"]:
            low = line["frequency_hz"]
            bands = BANDS.get(line["bundle"] or "", ()) if low is None else [(low, line["frequency_to_hz"] or low)]
            found.extend((line, *band) for band in bands or [(None, None)])
        return found


@dataclass(frozen=True)
class Register:
    """All that was ever published, and the instants between which some of it was recorded."""

    versions: list[Version]
    instants: list[datetime]

    def standing(self, on: date, known_at: datetime | None) -> Iterator[Version]:
        """The version of each station that holds on a day, else the last one before it, else the first one after it."""
        believed: dict[str, list[Version]] = {}
        for version in self.versions:
            start, end = version.recorded
            if end is None if known_at is None else start <= known_at and (end is None or known_at < end):
                believed.setdefault(version.station_id, []).append(version)
        for versions in believed.values():
            in_order = sorted(versions, key=lambda version: version.holds[0])
            yield next((version for version in reversed(in_order) if version.holds[0] <= on), in_order[0])

    def search(self, criteria: Criteria) -> list[Json]:
        """What a search finds, as documents in their order."""
        on = criteria.as_of or clock.today()
        found = [
            {**version.document, "license": {**version.document["license"], "status": version.status(on)}}
            for version in self.standing(on, criteria.known_at)
            if (not criteria.statuses or version.status(on) in criteria.statuses) and meets(version, criteria)
        ]
        return ordered(found, criteria.sort)


def ordered(found: list[Json], sort: Sort) -> list[Json]:
    """By the key of the sort; nulls last and by id, ties by id in the direction of the sort."""
    has = [(key, one["id"], one) for one in found if (key := key_of(one, sort)) is not None]
    without = sorted((one for one in found if key_of(one, sort) is None), key=lambda one: str(one["id"]))
    return [one for _, _, one in sorted(has, key=lambda each: each[:2], reverse=sort.descending)] + without


def key_of(document: Json, sort: Sort) -> str | None:
    if sort.key in {"licensed_on", "valid_to"}:
        return str(document["license"][sort.key])
    found = document["licensee"]["name"] if sort.key == "licensee" else document[sort.key]
    return None if found is None else str(found)


def meets(version: Version, criteria: Criteria) -> bool:
    return all(
        check(version.document, getattr(criteria, name)) for name, check in CHECKS.items() if getattr(criteria, name) not in ((), None)
    ) and (not criteria.asks_assignments or any(line_meets(*line, criteria) for line in version.lines))


def sign_of(document: Json) -> str:
    return str(document["call_sign"] or "")


def has_sign(document: Json, asked: tuple[str, ...]) -> bool:
    sign = sign_of(document)
    return any(bool(sign) and sign.startswith(one[:-1]) if one.endswith("*") else sign == one for one in asked)


def has_name(document: Json, asked: tuple[str, ...]) -> bool:
    name = "" if document["licensee"]["kind"] == "individual" else normalise(document["licensee"]["name"])
    return any(bool(normalise(one)) and normalise(one) in name for one in asked)


def place_of(document: Json) -> str:
    return str(document["location"]["municipality_code"]) if document["location"] else "none"


def is_near(document: Json, near: Near) -> bool:
    place = law().codes("municipalities").get(place_of(document))
    if place is None or not isinstance(latitude := place.attributes.get("latitude"), float):
        return False
    return distance_km(near.latitude, near.longitude, latitude, float(str(place.attributes["longitude"]))) <= near.radius_km


def is_named(document: Json, asked: tuple[str, ...]) -> bool:
    names = document["location"]["name"].values() if document["location"] else ()
    return any(normalise(one) in normalise(name) for one in asked for name in names)


CHECKS: dict[str, Any] = {
    "call_signs": has_sign,
    "call_sign_parts": lambda one, asked: all(part in sign_of(one) for part in asked),
    "licensees": has_name,
    "licensee_ids": lambda one, asked: one["licensee"]["id"] in map(str, asked),
    "station_classes": lambda one, asked: one["station_class"]["code"] in asked,
    "standards": lambda one, asked: one["registration"] is not None and one["registration"]["standard"]["code"] in asked,
    "registered": lambda one, asked: (one["registration"] is not None) == asked,
    "bureaus": lambda one, asked: one["bureau"]["code"] in asked,
    "prefectures": lambda one, asked: place_of(one)[:2] in asked,
    "municipalities": lambda one, asked: place_of(one) in asked,
    "places": lambda one, asked: place_of(one)[:2] in asked[0] or place_of(one) in asked[1],
    "near": is_near,
    "place_names": is_named,
    "purposes": lambda one, asked: any(purpose["code"] in asked for purpose in one["purposes"]),
    "communication_matters": lambda one, asked: any(matter["code"] in asked for matter in one["communication_matters"]),
    "licensed_from": lambda one, asked: one["license"]["licensed_on"] >= asked.isoformat(),
    "licensed_to": lambda one, asked: one["license"]["licensed_on"] <= asked.isoformat(),
}


def line_meets(line: Json, low: int | None, high: int | None, criteria: Criteria) -> bool:
    """Whether one assignment meets everything that is asked of one."""
    emission = line["emission"] or ""
    named = {emission, line["bundle"] or "", emission[4:] if 7 <= len(emission) <= 9 else ""} - {""}
    power = None if line["power_w"] is None else Decimal(str(line["power_w"]))
    return (
        (not criteria.emissions or not named.isdisjoint(criteria.emissions))
        and (criteria.frequency_from is None or (high is not None and high >= criteria.frequency_from))
        and (criteria.frequency_to is None or (low is not None and low <= criteria.frequency_to))
        and (criteria.power_min is None or (power is not None and power >= criteria.power_min))
        and (criteria.power_max is None or (power is not None and power <= criteria.power_max))
    )
