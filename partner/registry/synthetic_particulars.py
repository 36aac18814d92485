"""Made-up holders and particulars for synthetic stations, drawn from a given source of chance."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.synthetic_profiles import CLUB_NAMES, FORMS, GIVEN_NAMES, SURNAMES, TRADES, Profile, Raster
from partner.regulation import corporate_numbers

BUNDLES_FROM = date(2023, 9, 25)
FIRST_BIRTH = date(1940, 1, 1)
GRADES = "1" * 5 + "2" * 10 + "3" * 25 + "4" * 60
LINES_BY_GRADE = {"1": 13, "2": 13, "3": 9, "4": 6}
BANDS = (
    (145_000_000, "3VA"), (435_000_000, "3VA"), (7_100_000, "3HA"), (21_225_000, "3HA"), (52_000_000, "3VA"), (28_850_000, "3VA"),
    (3_537_500, "3HA"), (18_118_000, "3HA"), (24_940_000, "3HA"), (1_910_000, "3MA"), (14_175_000, "2HA"), (10_125_000, "2HC"),
    (3_798_000, "3HD"),
)  # fmt: skip
SATELLITE = (("500HA1A", 437_075_000, "0.1"), ("16K0F2D", 437_075_000, "0.8"), ("30K0G1D", 435_900_000, "0.4"))
_SURNAMES = [name.split() for name in SURNAMES]
_GIVEN_NAMES = [name.split() for name in GIVEN_NAMES]


def person(municipality: str, chance: Random) -> LicenseeFacts:
    """An individual of no particular place."""
    draw = chance.random
    surname = _SURNAMES[int(draw() * len(_SURNAMES))]
    given = _GIVEN_NAMES[int(draw() * len(_GIVEN_NAMES))]
    born = FIRST_BIRTH + timedelta(days=int(draw() * 65 * 365))
    return LicenseeFacts("individual", f"{surname[0]}　{given[0]}", f"{surname[1]}　{given[1]}", None, municipality, _address(chance), born)


def club(place: str, municipality: str, chance: Random) -> LicenseeFacts:
    """An amateur radio club."""
    return LicenseeFacts("club", chance.choice(CLUB_NAMES).format(place), "", None, municipality, _address(chance))


def company(place: str, municipality: str, chance: Random) -> LicenseeFacts:
    """A corporation named after its place and its trade."""
    name = chance.choice(FORMS).format(place + chance.choice(TRADES))
    return LicenseeFacts("corporation", name, "", corporate_number(chance), municipality, _address(chance))


def council(place: str, municipality: str, chance: Random) -> LicenseeFacts:
    """A municipality as a holder."""
    return LicenseeFacts("government", place, "", corporate_number(chance), municipality, _address(chance))


def corporate_number(chance: Random) -> str:
    """Thirteen digits with the check digit of 法人番号の指定等に関する省令2条."""
    body = f"{int(chance.random() * 10**12):012d}"
    return f"{corporate_numbers.check_digit(body)}{body}"


def amateur_facts(bureau: str, municipality: str, chance: Random, *, moves: bool, today: date) -> LicenseFacts:
    """An amateur station: a bundled symbol, or line by line before 2023-09-25 and for those that work satellites."""
    grade = GRADES[int(chance.random() * 100)]
    if today >= BUNDLES_FROM:
        satellite = chance.random() < 0.02
        lines = _satellite() if satellite else _bundle(f"{grade}A{'M' if moves else 'F'}")
    else:
        lines = _bands(LINES_BY_GRADE[grade], 50 if moves else int(chance.choice(("50", "100", "200", "1000"))))
    return LicenseFacts(
        station_class="AT",
        bureau=bureau,
        purposes=("ATC",),
        communication_matters=("ATC",),
        communication_partner="アマチュア局",
        municipality=municipality,
        movement_area="AAA" if moves else "BBB",
        moves=moves,
        assignments=lines,
        operating_hours="常　時",
        synthetic=("*",),
    )


def facts(profile: Profile, bureau: str, municipality: str, chance: Random) -> LicenseFacts:
    """A station of any other class."""
    lines = 1 + int(chance.random() * profile.lines)
    return LicenseFacts(
        station_class=profile.station_class,
        bureau=bureau,
        purposes=(profile.purpose,),
        municipality=municipality,
        moves=profile.moves,
        station_count=1 + int(chance.random() ** 2 * profile.most_stations),
        identification=f"{profile.station_class}{int(chance.random() * 999) + 1}",
        assignments=assignments(profile.rasters, lines, chance),
        operating_hours="常　時",
        synthetic=("*",),
    )


def assignments(rasters: tuple[Raster, ...], lines: int, chance: Random) -> tuple[AssignmentFacts, ...]:
    """Some frequencies of one of the rasters, from the lowest up, under one power."""
    raster = rasters[int(chance.random() * len(rasters))]
    steps = (raster.last_hz - raster.first_hz) // raster.step_hz + 1
    chosen = sorted({int(chance.random() * steps) for _ in range(lines)})
    power = _watts(raster.powers_w[int(chance.random() * len(raster.powers_w))])
    return tuple(AssignmentFacts(raster.emission, frequency_hz=raster.first_hz + step * raster.step_hz, power_w=power) for step in chosen)


@lru_cache
def full_width(letters: str) -> str:
    """Letters as license numbers have them; what is no letter is left out."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in letters if letter.isalnum())


def _address(chance: Random) -> str:
    draw = chance.random
    return f"{int(draw() * 9) + 1}－{int(draw() * 30) + 1}－{int(draw() * 20) + 1}"


@lru_cache
def _bundle(symbol: str) -> tuple[AssignmentFacts, ...]:
    return (AssignmentFacts(bundle=symbol),)


@lru_cache
def _satellite() -> tuple[AssignmentFacts, ...]:
    return tuple(AssignmentFacts(emission, frequency_hz=hertz, power_w=Decimal(watts)) for emission, hertz, watts in SATELLITE)


@lru_cache
def _bands(count: int, watts: int) -> tuple[AssignmentFacts, ...]:
    """The first bands of the list; above 50 MHz at most 50 W."""
    return tuple(
        AssignmentFacts(emission=code, frequency_hz=hertz, power_w=Decimal(min(watts, 50) if hertz > 50_000_000 else watts))
        for hertz, code in sorted(BANDS[:count])
    )


@lru_cache
def _watts(text: str) -> Decimal:
    return Decimal(text)
