"""A synthetic register of national size: the same stations in the same order for the same seed and day. Never taken for real.

Unlike the few stations of a demonstration it has a past: terms that were renewed, licenses that expired, ended or are suspended,
registrations beside licenses, persons with two stations under one sign, companies and municipalities with many.

Call signs are of the amateur blocks of each area with three letters, without those that the demonstration uses; when they are used
up, signs with four letters follow, which no authority issues. License numbers have the letter «Ｙ», which no bureau gives.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, product
from typing import Any

from partner.errors import NotFound
from partner.registry import synthetic_particulars as made_up
from partner.registry.facts import LicenseeFacts, LicenseFacts
from partner.registry.synthetic_profiles import BUREAU_WEIGHTS, PROFILES, REGISTRATIONS, Profile
from partner.regulation import Law
from partner.regulation.months import last_day_of_period

ONE_DAY = timedelta(days=1)
FIRST_LICENSED_WITHIN = 2_300  # days before today; with terms of five years every fifth license has been renewed
LAPSED, ENDED, SUSPENDED, SECOND_STATION, SAME_HOLDER, REGISTERED = 0.15, 0.03, 0.004, 0.3, 0.7, 0.15
HOLDERS_KEPT = 4_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PREFIXES = ("JJ", "JK", "JL", "JM", "JN", "JO", "JP", "JQ", "JS", "JR")
KANTO_PREFIXES = tuple(f"7{letter}{digit}" for letter in "KLMN" for digit in "1234")


@dataclass(frozen=True)
class SyntheticStation:
    """One made-up station with its history: `terms` from the first to the last, each with its first and last day."""

    licensee: LicenseeFacts
    facts: LicenseFacts
    license_number: str
    call_sign: str | None
    terms: tuple[tuple[date, date], ...]
    ended_on: date | None = None
    suspended: tuple[date, date] | None = None


class SyntheticRegister:
    """Makes stations one after another; the same `seed` and `today` give the same ones in the same order."""

    def __init__(self, law: Law, *, seed: int, today: date) -> None:
        self._law, self._today = law, today
        self._chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._numbers: dict[tuple[str, str], int] = {}
        self._signs = {bureau: self._signs_of(bureau) for bureau in BUREAU_WEIGHTS}
        self._bureaus, self._bureau_weights = list(BUREAU_WEIGHTS), list(accumulate(BUREAU_WEIGHTS.values()))
        self._profile_weights = list(accumulate(profile.weight for profile in PROFILES))
        self._companies: dict[str, list[LicenseeFacts]] = {bureau: [] for bureau in BUREAU_WEIGHTS}
        self._councils: dict[str, LicenseeFacts] = {}
        self._term = lru_cache(maxsize=None)(self._term_of)

    @cached_property
    def _places(self) -> dict[str, list[tuple[str, str]]]:
        """Municipalities of each bureau, as (code, Japanese name)."""
        places: dict[str, list[tuple[str, str]]] = {bureau: [] for bureau in BUREAU_WEIGHTS}
        for municipality in self._law.codes("municipalities"):
            places[self._law.bureau_of(municipality.code, self._today)].append((municipality.code, municipality.name.ja))
        return places

    @cached_property
    def _prefixes(self) -> dict[str, str]:
        return {bureau: str(self._law.codes("bureaus").codes[bureau].attributes["license_prefix"]) for bureau in BUREAU_WEIGHTS}

    def stations(self) -> Iterator[SyntheticStation]:
        """Stations without end."""
        while True:
            bureau = self._chance.choices(self._bureaus, cum_weights=self._bureau_weights)[0]
            profile = self._chance.choices(PROFILES, cum_weights=self._profile_weights)[0]
            if profile.station_class == "AT":
                yield from self._amateur(bureau, profile)
            else:
                yield self._other(bureau, profile)

    def _amateur(self, bureau: str, profile: Profile) -> Iterator[SyntheticStation]:
        """The station of an amateur, and for some of them the second one under the same sign."""
        municipality, place = self._place(bureau)
        kind = self._chance.choice(profile.holders)
        licensee = made_up.club(place, municipality, self._chance) if kind == "club" else made_up.person(municipality, self._chance)
        sign = next(self._signs[bureau])
        moves = self._chance.random() < 0.7
        second = self._chance.random() < SECOND_STATION
        for moving in (moves, not moves) if second else (moves,):
            facts = made_up.amateur_facts(bureau, municipality, self._chance, moves=moving, today=self._today)
            yield self._with_history(licensee, facts, sign, self._number(bureau, made_up.full_width("AT")))

    def _other(self, bureau: str, profile: Profile) -> SyntheticStation:
        municipality, place = self._place(bureau)
        licensee = self._holder(bureau, self._chance.choice(profile.holders), municipality, place)
        facts = made_up.facts(profile, bureau, municipality, self._chance)
        standards = REGISTRATIONS.get(profile.station_class, ())
        if standards and self._chance.random() < REGISTERED:
            standard, raster = self._chance.choice(standards)
            facts = replace(facts, registration_standard=standard, assignments=made_up.assignments((raster,), 1, self._chance))
        letters = "登" if facts.registration_standard else made_up.full_width(profile.station_class)
        return self._with_history(licensee, facts, None, self._number(bureau, letters))

    def _place(self, bureau: str) -> tuple[str, str]:
        places = self._places[bureau]
        return places[int(self._chance.random() * len(places))]

    def _holder(self, bureau: str, kind: str, municipality: str, place: str) -> LicenseeFacts:
        """A person is new, a municipality always the same, a company mostly one that has stations already."""
        if kind == "individual":
            return made_up.person(municipality, self._chance)
        if kind == "government":
            if municipality not in self._councils:
                self._councils[municipality] = made_up.council(place, municipality, self._chance)
            return self._councils[municipality]
        known = self._companies[bureau]
        if known and self._chance.random() < SAME_HOLDER:
            return known[int(self._chance.random() ** 3 * len(known))]
        company = made_up.company(place, municipality, self._chance)
        if len(known) < HOLDERS_KEPT:
            known.append(company)
        return company

    def _with_history(self, licensee: LicenseeFacts, facts: LicenseFacts, sign: str | None, number: str) -> SyntheticStation:
        terms = self._terms(facts.station_class)
        first, last = terms[-1]
        station: dict[str, Any] = {}
        if last >= self._today and first < self._today:
            chance = self._chance.random()
            if chance < ENDED:
                station["ended_on"] = self._today - timedelta(days=int(self._chance.random() * (self._today - first).days))
            elif chance < ENDED + SUSPENDED:
                begin = max(first, self._today - timedelta(days=int(self._chance.random() * 80)))
                station["suspended"] = begin, min(last, begin + timedelta(days=89))
        return SyntheticStation(licensee, facts, number, sign, terms, **station)

    def _terms(self, station_class: str) -> tuple[tuple[date, date], ...]:
        first = self._today - timedelta(days=int(self._chance.random() * FIRST_LICENSED_WITHIN))
        terms = [(first, self._term(station_class, first))]
        while terms[-1][1] < self._today and self._chance.random() > LAPSED:
            first = terms[-1][1] + ONE_DAY
            terms.append((first, self._term(station_class, first)))
        return tuple(terms)

    def _term_of(self, station_class: str, first: date) -> date:
        """The last day of a term by the law of its first day; five years where the law on file does not say."""
        full = last_day_of_period(first, months=60)
        try:
            found = self._law.term(station_class, first).valid_to
        except NotFound:
            return full
        return full if found is None or found < first else found

    def _number(self, bureau: str, letters: str) -> str:
        count = self._numbers[bureau, letters] = self._numbers.get((bureau, letters), 0) + 1
        return f"{self._prefixes[bureau]}Ｙ{letters}第{count}号"

    def _signs_of(self, bureau: str) -> Iterator[str]:
        """Signs of an area, the prefixes in turn; with four letters when those with three are used up.

        The prefix from which the bureau issues signs at present is left to newcomers.
        """
        area = str(self._law.codes("bureaus").codes[bureau].attributes["call_area"])
        issued = self._law.call_sign_rules.issue(bureau, self._today).prefixes[0]
        prefixes = [f"{prefix}{area}" for prefix in PREFIXES]
        if area == "6":  # shared by two bureaus: JR6 from Q on is Okinawa's
            prefixes = ["JR6"] if bureau == "O" else [prefix for prefix in prefixes if prefix not in {"JS6", "JR6"}]
        elif area == "1":
            prefixes += KANTO_PREFIXES
        first = "RSTUVWX" if bureau == "O" else "ABCDEFGHIJKLMNOPRSTUVWX"  # QRA to QTZ are not issued, Y and Z begin those of clubs
        for length in (3, 4):
            for letters in product(first, *[LETTERS] * (length - 1)):
                suffix = "".join(letters)
                yield from (prefix + suffix for prefix in prefixes if prefix != issued)
