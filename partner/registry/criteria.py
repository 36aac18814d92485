"""What a search of the register asks for, parsed strictly from named values.

REST, GraphQL and the portal hand over pairs of a parameter's name and its text; the same words mean the same everywhere.
Several values of one key widen the search (or); different keys narrow it (and). What concerns an assignment (emission,
frequency, power) must hold for one and the same assignment. Frequencies are whole Hz, power is W, dates are dates in Japan.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from partner.errors import FieldError, Malformed, Text
from partner.registry import values
from partner.registry.places import named, nearby, with_wards

STATUSES = ("in_force", "not_yet", "expired", "ended", "suspended")
LONGEST_VALUE = 200
MOST_VALUES = 100
DEFAULT_LIMIT = 50
LONGEST_WAIT = 60
Value = TypeVar("Value")


@dataclass(frozen=True)
class Near:
    """A circle on the ground; a station lies where the centroid of its municipality lies."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """A search, ready to be turned into SQL. Tuples are alternatives; None and () ask for nothing."""

    call_signs: tuple[str, ...] = ()  # upper case, half width; a trailing `*` asks for a prefix
    call_sign_parts: tuple[str, ...] = ()
    licensees: tuple[str, ...] = ()
    licensee_ids: tuple[UUID, ...] = ()
    station_classes: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    registered: bool | None = None  # registrations (登録) only, or licenses only
    bureaus: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()  # a city stands for its wards too
    places: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # in one of these prefectures or municipalities
    purposes: tuple[str, ...] = ()
    communication_matters: tuple[str, ...] = ()
    broadcast_kinds: tuple[str, ...] = ()
    crafts: tuple[str, ...] = ()  # parts of the name of a ship or aircraft
    emissions: tuple[str, ...] = ()
    frequency_from: int | None = None
    frequency_to: int | None = None
    power_min: Decimal | None = None
    power_max: Decimal | None = None
    licensed_from: date | None = None
    licensed_to: date | None = None
    statuses: tuple[str, ...] = ("in_force",)  # () is any
    near: Near | None = None
    place_names: tuple[str, ...] = ()
    nearby: tuple[str, ...] | None = None  # the municipalities of `near` and `place_names`
    as_of: date | None = None
    known_at: datetime | None = None
    sort: values.Sort = values.BY_ID

    @cached_property
    def asked(self) -> frozenset[str]:
        """The names of the fields that ask for something."""
        return frozenset(name for name in NAMES if (asked := getattr(self, name)) is not None and (asked != () or name == "nearby"))

    @property
    def asks_frequencies(self) -> bool:
        """Whether a range of frequencies is asked for."""
        return self.frequency_from is not None or self.frequency_to is not None

    @property
    def asks_assignments(self) -> bool:
        """Whether anything is asked that only an assignment can answer."""
        bounds = (self.frequency_from, self.frequency_to, self.power_min, self.power_max)
        return bool(self.emissions) or any(bound is not None for bound in bounds)


NAMES = tuple(one.name for one in fields(Criteria))


@dataclass(frozen=True)
class Page:
    """Which part of the answer is wanted."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    count: bool = False


class _Reader:
    """Reads each named value once, and gathers everything that is wrong before it complains."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, list[str]] = {}
        self.errors: list[FieldError] = []
        for name, text in pairs:
            self.values.setdefault(name, []).append(text)

    def many(self, name: str, read: Callable[[str], Value]) -> tuple[Value, ...]:
        """All values of a key, each once, in the order given."""
        texts = self.values.pop(name, None)
        if texts is None:
            return ()
        if len(texts) > MOST_VALUES:
            self.refuse(name, "too_many", Text("値が多すぎます。", "There are too many values."))
            return ()
        return tuple(dict.fromkeys(value for text in texts if (value := self._read(name, text, read)) is not None))

    def one(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """The only value of a key, or None."""
        texts = self.values.pop(name, None)
        if texts is None:
            return None
        if len(texts) > 1:
            self.refuse(name, "repeated", Text("この項目は1回だけ指定できます。", "This parameter may be given once."))
            return None
        return self._read(name, texts[0], read)

    def _read(self, name: str, text: str, read: Callable[[str], Value]) -> Value | None:
        if len(text) > (2000 if name == "cursor" else LONGEST_VALUE):
            self.refuse(name, "too_long", Text("値が長すぎます。", "The value is too long."))
        elif not text.isprintable() and any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
            self.refuse(
                name, "forbidden_character", Text("使えない文字が含まれています。", "The value has a character that is not allowed.")
            )
        elif not text:
            self.refuse(name, "empty", Text("空の値は指定できません。", "The value is empty."))
        else:
            try:
                return read(text)
            except values.Unfit as error:
                self.refuse(name, error.code, error.words)
        return None

    def refuse(self, name: str, code: str, words: Text) -> None:
        """Note one thing that is wrong."""
        self.errors.append(FieldError(name, code, words))

    def ordered(self, low: object, high: object, names: tuple[str, str]) -> None:
        """Complain when a range ends before it begins."""
        if low is not None and high is not None and low > high:  # type: ignore[operator]
            words = Text(f"{names[0]} が {names[1]} より大きくなっています。", f"{names[0]} is greater than {names[1]}.")
            self.refuse(names[0], "contradiction", words)

    def finish(self) -> None:
        """Raise Malformed with all that was wrong, names that nobody asked for included."""
        for name in self.values:
            self.refuse(name[:LONGEST_VALUE], "unknown_parameter", Text("知らないパラメータです。", "There is no such parameter."))
        if self.errors:
            summary = Text("パラメータに誤りがあります。", "A parameter is not acceptable.")
            raise Malformed("invalid_parameter", summary, errors=self.errors)


def parse(pairs: Iterable[tuple[str, str]], law: values.Codes) -> tuple[Criteria, Page]:
    """The search and the page that pairs of name and text ask for.

    Raises Malformed naming every parameter that is unknown, repeated, out of range, contradictory or not readable.
    """
    reader = _Reader(pairs)
    criteria = _criteria(reader, law)
    page = Page(
        limit=reader.one("limit", values.limit) or DEFAULT_LIMIT,
        cursor=reader.one("cursor", values.words),
        count=reader.one("count", values.one_of(("none", "exact"))) == "exact",
    )
    reader.finish()
    return criteria, page


def parse_time(pairs: Iterable[tuple[str, str]]) -> tuple[date | None, datetime | None]:
    """`as_of` and `known_at` alone, for one station. Raises Malformed as `parse` does."""
    reader = _Reader(pairs)
    found = reader.one("as_of", values.day), reader.one("known_at", values.instant)
    reader.finish()
    return found


def parse_nothing(pairs: Iterable[tuple[str, str]]) -> None:
    """For what takes no parameters. Raises Malformed when one is given."""
    _Reader(pairs).finish()


def parse_known(pairs: Iterable[tuple[str, str]], known: Mapping[str, bool]) -> None:
    """For parameters that somebody else reads: `known` says which there are, and whether each may be repeated.

    Raises Malformed as `parse` does for a name that is unknown or repeated, and for a value that is no value at all.
    """
    reader = _Reader(pairs)
    for name, repeatable in known.items():
        if repeatable:
            reader.many(name, str)
        else:
            reader.one(name, str)
    reader.finish()


def parse_days(pairs: Iterable[tuple[str, str]]) -> tuple[date, date]:
    """`from` and `to`, both required, for a comparison. Raises Malformed as `parse` does."""
    reader = _Reader(pairs)
    found = reader.one("from", values.day), reader.one("to", values.day)
    reader.ordered(*found, ("from", "to"))
    for name, value in zip(("from", "to"), found, strict=True):
        if value is None and not any(error.field == name for error in reader.errors):
            reader.refuse(name, "required", Text("必須の項目です。", "This parameter is required."))
    reader.finish()
    return found  # type: ignore[return-value]


@dataclass(frozen=True)
class Feed:
    """A question to the change feed: what follows a sequence, how much of it, and how long to wait when there is nothing yet."""

    after: int
    limit: int
    wait_seconds: int


def parse_feed(pairs: Iterable[tuple[str, str]]) -> Feed:
    """`after` (a sequence, 0 by default), `limit` and `wait`, for the change feed. Raises Malformed as `parse` does."""

    def whole(digits: int, highest: int) -> Callable[[str], int]:
        def read(text: str) -> int:
            if not re.fullmatch(f"[0-9]{{1,{digits}}}", text) or int(text) > highest:
                words = Text(f"0以上{highest}以下の整数です。", f"A whole number from 0 to {highest}.")
                raise values.Unfit("out_of_range", words)
            return int(text)

        return read

    reader = _Reader(pairs)
    found = Feed(
        after=reader.one("after", whole(18, 10**18)) or 0,
        limit=reader.one("limit", values.limit) or DEFAULT_LIMIT,
        wait_seconds=reader.one("wait", whole(2, LONGEST_WAIT)) or 0,
    )
    reader.finish()
    return found


def _criteria(reader: _Reader, law: values.Codes) -> Criteria:
    statuses = reader.many("status", values.one_of((*STATUSES, "any")))
    found = Criteria(
        call_signs=reader.many("call_sign", values.call_sign),
        licensees=reader.many("licensee", values.words),
        licensee_ids=reader.many("licensee_id", values.identifier),
        station_classes=reader.many("station_class", values.code_of(law, "station-classes")),
        bureaus=reader.many("bureau", values.code_of(law, "bureaus")),
        prefectures=reader.many("prefecture", values.code_of(law, "prefectures")),
        municipalities=_municipalities(reader, law),
        purposes=reader.many("purpose", values.code_of(law, "purposes")),
        emissions=reader.many("emission", values.emission),
        frequency_from=reader.one("frequency_from", values.frequency),
        frequency_to=reader.one("frequency_to", values.frequency),
        power_min=reader.one("power_min", values.power),
        power_max=reader.one("power_max", values.power),
        licensed_from=reader.one("licensed_from", values.day),
        licensed_to=reader.one("licensed_to", values.day),
        statuses=() if "any" in statuses else statuses or ("in_force",),
        near=(near := _near(reader)),
        place_names=(names := reader.many("place", values.words)),
        nearby=_nearby(law, near, names),
        as_of=reader.one("as_of", values.day),
        known_at=reader.one("known_at", values.instant),
        sort=reader.one("sort", values.sort) or values.BY_ID,
    )
    reader.ordered(found.frequency_from, found.frequency_to, ("frequency_from", "frequency_to"))
    reader.ordered(found.power_min, found.power_max, ("power_min", "power_max"))
    reader.ordered(found.licensed_from, found.licensed_to, ("licensed_from", "licensed_to"))
    return found


def _municipalities(reader: _Reader, law: values.Codes) -> tuple[str, ...]:
    asked = reader.many("municipality", values.code_of(law, "municipalities"))
    return tuple(dict.fromkeys(code for place in asked for code in with_wards(law.codes("municipalities"), place)))


def _nearby(law: values.Codes, near: Near | None, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The municipalities that lie in the circle and have one of the names, as far as either is asked for."""
    asked: list[tuple[str, ...]] = []
    if near is not None:
        asked.append(nearby(law.codes("municipalities"), near.latitude, near.longitude, near.radius_km))
    if names:
        asked.append(tuple(code for name in names for code in named(law.codes("municipalities"), law.codes("prefectures"), name)))
    if not asked:
        return None
    return tuple(code for code in dict.fromkeys(asked[0]) if all(code in further for further in asked[1:]))


def _near(reader: _Reader) -> Near | None:
    given = {name for name in ("near", "radius_km") if name in reader.values}
    point, radius = reader.one("near", values.point), reader.one("radius_km", values.radius)
    if len(given) == 1:
        missing = ({"near", "radius_km"} - given).pop()
        reader.refuse(missing, "required", Text("near と radius_km は一緒に指定します。", "near and radius_km belong together."))
    return Near(*point, radius) if point is not None and radius is not None else None
