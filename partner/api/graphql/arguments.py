"""The arguments of GraphQL, and how they become the named values that every search is parsed from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NewType, cast

import strawberry

from partner.errors import FieldError, Malformed, Text
from partner.registry import criteria
from partner.registry.criteria import Criteria, Page
from partner.registry.values import Codes

Hz = NewType("Hz", int)
Watt = NewType("Watt", float)
Long = NewType("Long", int)
ARGUMENTS = {
    "limit": "first",
    "after": "after",
    "cursor": "after",
    "sort": "orderBy",
    "as_of": "asOf",
    "known_at": "knownAt",
    "near": "filter.near",
}
NONE_ASKED_FOR = Text("値が一つもありません。", "The list is empty; leave it out to ask for all.")


@strawberry.input(description="A circle; a station lies where the centroid of its municipality lies.")
class Near:
    """A circle on the ground."""

    latitude: float
    longitude: float
    radius_km: float


@strawberry.input(description="Several values of one field widen, different fields narrow. The same words as the REST search.")
class StationFilter:
    """What stations are asked for."""

    call_sign: str | None = None
    call_sign_in: list[str] | None = None
    licensee: str | None = None
    licensee_in: list[str] | None = None
    station_class: str | None = None
    station_class_in: list[str] | None = None
    bureau: str | None = None
    bureau_in: list[str] | None = None
    prefecture: str | None = None
    prefecture_in: list[str] | None = None
    municipality: str | None = None
    municipality_in: list[str] | None = None
    place: str | None = None
    place_in: list[str] | None = None
    purpose: str | None = None
    purpose_in: list[str] | None = None
    emission: str | None = None
    emission_in: list[str] | None = None
    frequency_from: Hz | None = None
    frequency_to: Hz | None = None
    power_min: Watt | None = None
    power_max: Watt | None = None
    licensed_from: date | None = None
    licensed_to: date | None = None
    status: str | None = None
    status_in: list[str] | None = None
    near: Near | None = None


def camel(name: str) -> str:
    """`call_sign` as `callSign`."""
    return re.sub(r"_([a-z])", lambda found: found.group(1).upper(), name)


@cache
def snake(name: str) -> str:
    """`callSign` as `call_sign`."""
    return re.sub(r"[A-Z]", lambda found: f"_{found.group(0).lower()}", name)


def parse(law: Codes, asked: StationFilter | None, **arguments: Any) -> tuple[Criteria, Page]:
    """The search and the page; `arguments` are named as REST names them. Raises Malformed, with fields named so too."""
    pairs = [*_filters(asked), *((name, text(value)) for name, value in arguments.items() if value is not None)]
    return criteria.parse(pairs, law)


def parse_given(law: Codes, asked: Mapping[str, Any] | None, **arguments: Any) -> tuple[Criteria, Page]:
    """As `parse`, of a filter as graphql-core coerces it: names in camelCase, dates as dates, `near` as a mapping."""
    pairs = [*_given(asked or {}), *((name, text(value)) for name, value in arguments.items() if value is not None)]
    return criteria.parse(pairs, law)


def _given(asked: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in asked.items():
        if value is None:
            continue
        if name == "near":
            yield "near", f"{text(value['latitude'])},{text(value['longitude'])}"
            yield "radius_km", text(value["radiusKm"])
        elif value == []:
            raise Malformed("invalid_parameter", NONE_ASKED_FOR, errors=[FieldError(name, "empty", NONE_ASKED_FOR)])
        elif isinstance(value, list):
            yield from ((snake(name).removesuffix("_in"), text(item)) for item in value)
        else:
            yield snake(name), text(value)


def place_of(field: str) -> str:
    """Where in the arguments stands what REST calls `field`; a pointer into the request stays."""
    return field if field.startswith("/") else ARGUMENTS.get(field, f"filter.{camel(field)}")


def _filters(asked: StationFilter | None) -> Iterable[tuple[str, str]]:
    for one in fields(cast("Any", asked)) if asked is not None else ():
        value = getattr(asked, one.name)
        if isinstance(value, Near):
            yield "near", f"{text(value.latitude)},{text(value.longitude)}"
            yield "radius_km", text(value.radius_km)
        elif value == []:
            raise Malformed("invalid_parameter", NONE_ASKED_FOR, errors=[FieldError(one.name, "empty", NONE_ASKED_FOR)])
        elif isinstance(value, list):
            yield from ((one.name.removesuffix("_in"), text(item)) for item in value)
        elif value is not None:
            yield one.name, text(value)


def text(value: object) -> str:
    """A value as a query string would have it."""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
