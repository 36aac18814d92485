"""What the register needs of the law: names of codes, places, bands of bundles, letters of license numbers.

Built once from a `Law`. An unknown code is its own name and never a reason to fail.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from partner import regulation
from partner.errors import Text
from partner.settings import Settings

LETTERS = Path(__file__).parent / "data" / "license_number_letters.csv"
OTHERS = "*"
KEPT = 4


@dataclass(frozen=True)
class Place:
    """A municipality with its centroid; `name` is 都道府県, 郡 and 市区町村 in one."""

    code: str
    prefecture: str
    name: Text
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Vocabulary:
    """The law as the register reads it."""

    law: regulation.Law
    letters: Mapping[str, str]
    bands: Mapping[str, tuple[tuple[int, int], ...]]
    _places: dict[str, Place] = field(default_factory=dict, repr=False, compare=False)
    _coded: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)
    _named: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    def letter(self, station_class: str) -> str:
        """The letter (区分) of a license number for a station class."""
        return self.letters.get(station_class, self.letters[OTHERS])

    def name(self, list_id: str, code: str) -> Text:
        """The names of a code; an unknown code is its own name."""
        return self.law.codes(list_id).name(code)

    def coded(self, list_id: str, code: str) -> dict[str, Any]:
        """`{"code", "name": {"ja", "en"}}`: made once for each code of a list and shared, so never to be changed."""
        found = self._coded.get((list_id, code))
        if found is None:
            found = {"code": code, "name": self.name(list_id, code).as_dict()}
            if self.law.codes(list_id).has(code):
                self._coded[list_id, code] = found
        return found

    def by_name(self, list_id: str) -> Mapping[str, str]:
        """The code of each Japanese name of a list (the first of several); municipalities go by their name with the prefecture."""
        if list_id not in self._named:
            found: dict[str, str] = {}
            for one in self.law.codes(list_id):
                found.setdefault(self.place(one.code).name.ja if list_id == "municipalities" else one.name.ja, one.code)
            self._named[list_id] = found
        return self._named[list_id]

    def place(self, code: str) -> Place:
        """A municipality; one that the list does not hold is named by its code."""
        found = self._places.get(code)
        if found is None:
            found = self._place(code)
            if self.law.codes("municipalities").has(code):
                self._places[code] = found
        return found

    def _place(self, code: str) -> Place:
        known = self.law.codes("municipalities").get(code)
        if known is None:
            return Place(code, code[:2], Text(code, code))
        prefecture = self.name("prefectures", code[:2])
        name = Text(f"{prefecture.ja}{known.name.ja}", f"{known.name.en}, {prefecture.en}")
        latitude, longitude = (_number(known.attributes.get(key)) for key in ("latitude", "longitude"))
        return Place(code, code[:2], name, latitude, longitude)

    def moves(self, movement_area: str) -> bool | None:
        """Whether a code of `movement-areas` lets the station move; None for anything that is no such code."""
        known = self.law.codes("movement-areas").get(movement_area)
        return None if known is None else known.attributes.get("moves") is True

    def is_blanket(self, station_class: str) -> bool:
        """Whether a class stands for 包括免許."""
        known = self.law.codes("station-classes").get(station_class)
        return known is not None and known.attributes.get("blanket") is True


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


@cache
def installed() -> Vocabulary:
    """The vocabulary of the law that this installation uses (`PARTNER_REGULATION_DIR`), read once per process."""
    return of(regulation.load(Settings().regulation_root))


def chosen(law: regulation.Law | None) -> Vocabulary:
    """The vocabulary of a law, or of the one that this installation uses."""
    return installed() if law is None else of(law)


_made: dict[str, Vocabulary] = {}


def of(law: regulation.Law) -> Vocabulary:
    """The vocabulary of a law; made once for each digest, and kept for the last few."""
    found = _made.get(law.digest)
    if found is None:
        while len(_made) >= KEPT:
            _made.pop(next(iter(_made)), None)
        found = _made[law.digest] = Vocabulary(law, _letters(), _bands(law))
    return found


def _bands(law: regulation.Law) -> dict[str, tuple[tuple[int, int], ...]]:
    """The confirmed bands of each bundled symbol, in Hz; a band whose edges are not confirmed is its centre."""
    found = {}
    for bundle in law.codes("amateur-bundles"):
        codes = bundle.attributes.get("bands", [])
        if bundle.attributes.get("bands_confirmed") is True and isinstance(codes, list):
            found[bundle.code] = tuple(_edges(law, code) for code in codes)
    return found


def _edges(law: regulation.Law, code: str) -> tuple[int, int]:
    known = law.codes("amateur-bands").get(code)
    attributes = {} if known is None else known.attributes
    centre = attributes.get("centre_hz", int(code))
    low, high = attributes.get("lower_hz", centre), attributes.get("upper_hz", centre)
    return int(str(low)), int(str(high))


@cache
def _letters() -> dict[str, str]:
    """The letter (区分) of a license number for each station class; the file says which are confirmed."""
    with LETTERS.open(encoding="utf-8", newline="") as file:
        return {row["station_class"]: row["letter"] for row in csv.DictReader(file)}
