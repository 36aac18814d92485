"""Jurisdiction (`regulation/jurisdiction/*.yaml`): which bureau is competent, and by which place a station is placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from partner.errors import NotFound, Text
from partner.regulation.codes import CodeList, Codes
from partner.regulation.reading import Provision, Reader, Refers, Source, Strict

FOLDER = "jurisdiction"

Place = Literal["site", "storage_place", "home_port", "home_base", "applicant_address", "control_station"]


class Areas(Strict):
    """The prefectures of each bureau."""

    bureaus: dict[str, tuple[Annotated[str, Refers("codes/prefectures")], ...]]

    def bureau_of(self, prefecture: str) -> str | None:
        """Find the bureau of a prefecture."""
        return next((bureau for bureau, prefectures in self.bureaus.items() if prefecture in prefectures), None)


class PlaceRule(Strict):
    """Which place decides for the stations that do not move, those that do, and those of some classes."""

    fixed: Place
    moving: Place
    by_class: dict[str, Place] = Field(default_factory=dict)


class JurisdictionFile(Strict):
    """Both provisions stand in one file."""

    areas: Provision[Areas]
    places: Provision[PlaceRule]


@dataclass(frozen=True)
class Jurisdiction:
    """Which bureau is competent where."""

    areas: Provision[Areas]
    places: Provision[PlaceRule]
    municipalities: CodeList

    def bureau_of_prefecture(self, prefecture: str, on: date) -> str:
        """Find the bureau of a prefecture ("13" → "A"); raises `NotFound` (`unknown_place`)."""
        bureau = self.areas.rule(on).bureau_of(prefecture)
        if bureau is None:
            raise NotFound("unknown_place", Text(f"「{prefecture}」の所轄は不明です。", f"No bureau is on file for '{prefecture}'."))
        return bureau

    def bureau_of(self, municipality: str, on: date) -> str:
        """Find the bureau of a municipality ("13101" → "A"); one that the list does not hold goes by its prefecture digits."""
        known = self.municipalities.get(municipality)
        prefecture = municipality[:2] if known is None else str(known.attributes["prefecture"])
        return self.bureau_of_prefecture(prefecture, on)

    def deciding_place(self, station_class: str, *, moves: bool, on: date) -> Place:
        """Tell by which place a station is placed; raises `NotFound` (`no_rule`)."""
        rule = self.places.rule(on)
        return rule.by_class.get(station_class, rule.moving if moves else rule.fixed)


def read(reader: Reader, code_lists: Codes) -> Jurisdiction | None:
    """Read the one file of jurisdiction; each prefecture belongs to one bureau. None when it cannot be read (and is reported)."""
    single = reader.single(FOLDER, JurisdictionFile)
    municipalities, prefectures = code_lists.lists.get("municipalities"), code_lists.lists.get("prefectures")
    if single is None or municipalities is None or prefectures is None:
        return None
    source, parsed = single
    for index, version in enumerate(parsed.areas.versions):
        if version.value is not None:
            _check_areas(reader, source, index, version.value, prefectures)
    for index, rule in enumerate(parsed.places.versions):
        for station_class in rule.value.by_class if rule.value is not None else ():
            line = source.line(("places", "versions", index, "value", "by_class", station_class))
            reader.refer("codes/station-classes", station_class, source, line)
    return Jurisdiction(parsed.areas, parsed.places, municipalities)


def _check_areas(reader: Reader, source: Source, index: int, areas: Areas, prefectures: CodeList) -> None:
    place = ("areas", "versions", index, "value", "bureaus")
    seen: dict[str, str] = {}
    for bureau, members in areas.bureaus.items():
        reader.refer("codes/bureaus", bureau, source, source.line((*place, bureau)))
        for position, prefecture in enumerate(members):
            if prefecture in seen:
                reader.reject(source, f"prefecture {prefecture} belongs to {seen[prefecture]} already", *place, bureau, position)
            seen[prefecture] = bureau
    missing = [code.code for code in prefectures if code.code not in seen]
    if missing:
        reader.reject(source, f"no bureau for prefecture {', '.join(missing)}", *place)
