"""Synthetic stations: the same register for the same seed. For demonstrations and measurements, never taken for real."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseeKind, LicenseFacts
from partner.registry.synthetic_profiles import BUREAU_WEIGHTS, CLUB_NAMES, FORMS, GIVEN_NAMES, PROFILES, SURNAMES, TRADES, Profile
from partner.regulation import Law, corporate_numbers

BUNDLES_FROM = date(2023, 9, 25)
HF = ((1_910_000, "3MA"), (3_537_500, "3HA"), (7_100_000, "3HA"), (14_175_000, "2HA"), (21_225_000, "3HA"))
VHF = ((52_000_000, "3VA"), (145_000_000, "3VA"), (435_000_000, "3VA"))


@dataclass(frozen=True)
class SyntheticLicense:
    """One made-up license, ready to be recorded."""

    licensee: LicenseeFacts
    facts: LicenseFacts
    licensed_on: date
    valid_to: date
    call_sign: str | None
    license_number: str


class Generator:
    """Makes licenses one after another; the same `seed` and `today` give the same ones in the same order."""

    def __init__(self, law: Law, *, seed: int, today: date) -> None:
        self._law = law
        self._today = today
        self._chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._numbers: dict[tuple[str, str], int] = {}
        self._signs = {bureau: self._signs_of(bureau) for bureau in BUREAU_WEIGHTS}
        self._profile_weights = list(accumulate(profile.weight for profile in PROFILES))
        self._bureau_weights = list(accumulate(BUREAU_WEIGHTS.values()))

    @cached_property
    def _places(self) -> dict[str, list[tuple[str, str]]]:
        """Municipalities of each bureau, as (code, Japanese name)."""
        places: dict[str, list[tuple[str, str]]] = {bureau: [] for bureau in BUREAU_WEIGHTS}
        for municipality in self._law.codes("municipalities"):
            places[self._law.bureau_of(municipality.code, self._today)].append((municipality.code, municipality.name.ja))
        return places

    def licenses(self, count: int) -> Iterator[SyntheticLicense]:
        """`count` further licenses."""
        for _ in range(count):
            yield self._license()

    def _license(self) -> SyntheticLicense:
        bureau = self._chance.choices(list(BUREAU_WEIGHTS), cum_weights=self._bureau_weights)[0]
        profile = self._chance.choices(PROFILES, cum_weights=self._profile_weights)[0]
        municipality, place = self._chance.choice(self._places[bureau])
        licensed_on = self._today - timedelta(days=self._chance.randrange(5 * 365 + 100))
        kind = self._chance.choice(profile.holders)
        call_sign = next(self._signs[bureau]) if profile.station_class == "AT" else None
        return SyntheticLicense(
            licensee=self._licensee(kind, municipality, place),
            facts=self._facts(profile, bureau=bureau, municipality=municipality),
            licensed_on=licensed_on,
            valid_to=_five_years(licensed_on),
            call_sign=call_sign,
            license_number=self._number(bureau, profile.station_class),
        )

    def _licensee(self, kind: LicenseeKind, municipality: str, place: str) -> LicenseeFacts:
        address = f"{self._chance.randint(1, 9)}－{self._chance.randint(1, 30)}－{self._chance.randint(1, 20)}"
        if kind == "individual":
            surname, given = self._chance.choice(SURNAMES).split(), self._chance.choice(GIVEN_NAMES).split()
            birth_date = date(1940, 1, 1) + timedelta(days=self._chance.randrange(65 * 365))
            return LicenseeFacts(kind, f"{surname[0]}　{given[0]}", f"{surname[1]}　{given[1]}", None, municipality, address, birth_date)
        if kind == "club":
            return LicenseeFacts(kind, self._chance.choice(CLUB_NAMES).format(place), "", None, municipality, address)
        if kind == "government":
            return LicenseeFacts(kind, place, "", self._corporate_number(), municipality, address)
        name = self._chance.choice(FORMS).format(place + self._chance.choice(TRADES))
        return LicenseeFacts(kind, name, "", self._corporate_number(), municipality, address)

    def _corporate_number(self) -> str:
        """Thirteen digits with the check digit of 法人番号の指定等に関する省令2条."""
        body = f"{self._chance.randrange(10**12):012d}"
        return f"{corporate_numbers.check_digit(body)}{body}"

    def _facts(self, profile: Profile, *, bureau: str, municipality: str) -> LicenseFacts:
        amateur = profile.station_class == "AT"
        moves = self._chance.random() < 0.7 if amateur else profile.moves
        return LicenseFacts(
            station_class=profile.station_class,
            bureau=bureau,
            purposes=(profile.purpose,),
            communication_matters=("ATC",) if amateur else (),
            communication_partner="アマチュア局" if amateur else None,
            municipality=municipality,
            movement_area=("AAA" if moves else "BBB") if amateur else None,
            moves=moves,
            station_count=self._chance.randint(1, profile.most_stations),
            identification=None if amateur else f"{profile.station_class}{self._chance.randint(1, 999)}",
            assignments=self._amateur_assignments(moves=moves) if amateur else self._assignments(profile),
            operating_hours="常　時",
            synthetic=("*",),
        )

    def _amateur_assignments(self, *, moves: bool) -> tuple[AssignmentFacts, ...]:
        if self._today >= BUNDLES_FROM:
            grade = self._chance.choices("1234", weights=(5, 10, 25, 60))[0]
            return (AssignmentFacts(bundle=f"{grade}A{'M' if moves else 'F'}"),)
        power = Decimal(50 if moves else self._chance.choice((50, 100, 200, 1000)))
        bands = (HF + VHF) if self._chance.random() < 0.5 else VHF
        return tuple(
            AssignmentFacts(emission=code, frequency_hz=hertz, power_w=min(power, Decimal(50)) if hertz > 50_000_000 else power)
            for hertz, code in bands
        )

    def _assignments(self, profile: Profile) -> tuple[AssignmentFacts, ...]:
        raster = self._chance.choice(profile.rasters)
        steps = (raster.last_hz - raster.first_hz) // raster.step_hz
        chosen = sorted(self._chance.sample(range(steps + 1), self._chance.randint(1, profile.lines)))
        power = Decimal(self._chance.choice(raster.powers_w))
        return tuple(
            AssignmentFacts(emission=raster.emission, frequency_hz=raster.first_hz + step * raster.step_hz, power_w=power)
            for step in chosen
        )

    def _number(self, bureau: str, station_class: str) -> str:
        """A license number of our own making: the letter «Ｘ» is not one that a bureau gives."""
        key = (bureau, station_class)
        self._numbers[key] = self._numbers.get(key, 0) + 1
        prefix = self._law.codes("bureaus").codes[bureau].attributes["license_prefix"]
        return f"{prefix}Ｘ{station_class}第{self._numbers[key]}号"

    def _signs_of(self, bureau: str) -> Iterator[str]:
        """Call signs of the bureau's historic prefixes with three letters, shuffled so that neighbours differ; never one twice."""
        area = str(self._law.codes("bureaus").codes[bureau].attributes["call_area"])
        letters = "ABCDEFGHIJKLMNOP"  # the first letter stays clear of QRA–QTZ and of the clubs' YAA–ZZZ
        prefixes = ("JR",) if bureau == "O" else ("JA", "JH", "JE", "JF", "JG", "JI")  # JR6 is shared with Kyushu
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        size = len(prefixes) * len(letters) * 26 * 26
        step = next(step for step in (10_007, 9_973, 9_967) if size % step)
        for count in range(size):
            rest, third = divmod(count * step % size, 26)
            rest, second = divmod(rest, 26)
            prefix, first = divmod(rest, len(letters))
            yield f"{prefixes[prefix]}{'6' if bureau == 'O' else area}{letters[first]}{last[second]}{last[third]}"


def _five_years(licensed_on: date) -> date:
    """Five years less a day (電波法施行規則7条)."""
    following = licensed_on + timedelta(days=1) if (licensed_on.month, licensed_on.day) == (2, 29) else licensed_on
    return following.replace(year=following.year + 5) - timedelta(days=1)
