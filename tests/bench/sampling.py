"""What is asked for: at least ten thousand different parameters of each search, drawn from the register itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import TupleRow, namedtuple_row

from partner import clock

WANTED = 10_000
TRIES = 12
RARE, COMMON = 0.0002, 0.01
"""A name is rare when at most this share of all stations has it, and common when at least that one has."""
DAYS_BACK = 365
Parameters = dict[str, Any]

STATIONS = """
SELECT l.station_id::text AS id, l.call_sign, l.station_class, l.prefecture, l.licensee_search AS name, l.latitude, l.longitude,
    (SELECT min(a.frequency_low) FROM published_assignment AS a
        WHERE a.version_id = l.version_id AND a.frequency_low = a.frequency_high AND l.station_class <> 'AT') AS frequency
FROM published_license AS l TABLESAMPLE BERNOULLI (%(percent)s) REPEATABLE (7)
WHERE upper_inf(l.recorded) AND l.valid @> %(on)s::date AND NOT l.suspended AND l.ended_on IS NULL AND l.municipality IS NOT NULL
"""
GRAMS = "SELECT gram, count(*) FROM published_gram WHERE right(gram, 1) <> ' ' GROUP BY gram"
FREQUENCIES = """
SELECT (SELECT count(DISTINCT version_id) FROM published_assignment WHERE frequency_low IS NOT NULL)::float
        / (SELECT count(*) FROM published_license WHERE upper_inf(recorded)),
    percentile_disc(ARRAY(SELECT n / 100.0 FROM generate_series(0, 100) AS n)) WITHIN GROUP (ORDER BY frequency_low)
FROM published_assignment WHERE frequency_low IS NOT NULL
"""


@dataclass
class Sample:
    """Stations, names and frequencies of a register, from which parameters are drawn: the same ones for the same register."""

    connection: psycopg.Connection[TupleRow]
    size: int

    def __post_init__(self) -> None:
        self.chance = random.Random(self.size)
        self.today = clock.today()

    @cached_property
    def stations(self) -> list[Any]:
        """Stations in force, in no order."""
        percent = min(100.0, 100 * 3 * WANTED / self.size)
        with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            found = cursor.execute(STATIONS, {"percent": percent, "on": self.today}).fetchall()
        self.chance.shuffle(found)
        return found

    @cached_property
    def grams(self) -> dict[str, int]:
        """How many stations have a name with these two neighbouring characters."""
        return {str(gram): int(count) for gram, count in self.connection.execute(GRAMS)}

    @cached_property
    def frequencies(self) -> tuple[float, list[int]]:
        """The share of stations that have a frequency, and the hundred quantiles of all frequencies in Hz."""
        row = self.connection.execute(FREQUENCIES).fetchone()
        assert row is not None
        return float(row[0]), [int(quantile) for quantile in row[1]]

    def day(self) -> date:
        """A day of the last year."""
        return self.today - timedelta(days=self.chance.randrange(DAYS_BACK))

    def named(self, least: float, most: float) -> list[str]:
        """Pairs of characters that between these shares of all stations have in their names."""
        return [gram for gram, count in sorted(self.grams.items()) if least * self.size <= count <= max(1, most * self.size)]

    def different(self, draw: Callable[[], Iterator[Parameters]]) -> list[Parameters]:
        """Different parameters, as many as are wanted where there are so many."""
        found: dict[tuple[str, ...], Parameters] = {}
        for _ in range(TRIES):
            for one in draw():
                found.setdefault(tuple(map(str, one.values())), one)
                if len(found) == WANTED:
                    return list(found.values())
        return list(found.values())


def ids(sample: Sample) -> Iterator[Parameters]:
    for one in sample.stations:
        yield {"id": one.id, "on": sample.today}


def call_signs(sample: Sample) -> Iterator[Parameters]:
    for one in sample.stations:
        if one.call_sign:
            yield {"call_sign": one.call_sign, "on": sample.today}


def pages(sample: Sample) -> Iterator[Parameters]:
    """A class and a prefecture as common as they are, on a day of the last year."""
    for one in sample.stations:
        yield {"station_class": one.station_class, "prefecture": one.prefecture, "on": sample.day()}


def following_pages(sample: Sample) -> Iterator[Parameters]:
    """The page that follows a station, of its class in its prefecture."""
    for one in sample.stations:
        yield {"station_class": one.station_class, "prefecture": one.prefecture, "after": one.id, "on": sample.today}


def rare_names(sample: Sample) -> Iterator[Parameters]:
    yield from _names(sample, sample.named(0, RARE))


def common_names(sample: Sample) -> Iterator[Parameters]:
    yield from _names(sample, sample.named(COMMON, 1))


def absent_names(sample: Sample) -> Iterator[Parameters]:
    """Two characters that names hold, but not beside each other."""
    letters = sorted({letter for gram in sample.grams for letter in gram})
    for _ in range(WANTED):
        name = sample.chance.choice(letters) + sample.chance.choice(letters)
        if name not in sample.grams:
            yield {"name": name, "on": sample.day()}


def _names(sample: Sample, names: list[str]) -> Iterator[Parameters]:
    for _ in range(WANTED if names else 0):
        yield {"name": sample.chance.choice(names), "on": sample.day()}


def narrow_bands(sample: Sample) -> Iterator[Parameters]:
    """A few kHz around the frequency of a station."""
    for one in sample.stations:
        if one.frequency is not None:
            yield {**_around(sample, one.frequency), "on": sample.today}


def wide_bands(sample: Sample) -> Iterator[Parameters]:
    """A range that holds frequencies of half of all stations, or as many as have one."""
    share, quantiles = sample.frequencies
    kept = min(1.0, 0.5 / share)
    first, last = quantiles[round(50 * (1 - kept))], quantiles[round(50 * (1 + kept))]
    for _ in range(WANTED):
        yield {"low": first - sample.chance.randrange(1_000_000), "high": last + sample.chance.randrange(1_000_000), "on": sample.today}


def circles(sample: Sample) -> Iterator[Parameters]:
    """Five to twenty-five km around a point near a station."""
    for one in sample.stations:
        latitude, longitude = (round(each + sample.chance.uniform(-0.05, 0.05), 4) for each in (one.latitude, one.longitude))
        yield {"latitude": latitude, "longitude": longitude, "radius_km": round(sample.chance.uniform(5, 25), 1), "on": sample.today}


def named_in_place(sample: Sample) -> Iterator[Parameters]:
    """Class, prefecture and two characters of the name of a station."""
    for one in sample.stations:
        if len(one.name) > 1:
            place = sample.chance.randrange(len(one.name) - 1)
            name = one.name[place : place + 2]
            yield {"station_class": one.station_class, "prefecture": one.prefecture, "name": name, "on": sample.day()}


def heard_in_place(sample: Sample) -> Iterator[Parameters]:
    """Class, prefecture and a few kHz around the frequency of a station."""
    for one in sample.stations:
        if one.frequency is not None:
            place = {"station_class": one.station_class, "prefecture": one.prefecture}
            yield {**place, **_around(sample, one.frequency), "on": sample.today}


def classes(sample: Sample) -> Iterator[Parameters]:
    """Every class: there are no more."""
    for station_class in sorted({one.station_class for one in sample.stations}):
        yield {"station_class": station_class}


def _around(sample: Sample, frequency: int) -> Parameters:
    return {"low": frequency - sample.chance.randrange(3_000), "high": frequency + sample.chance.randrange(3_000)}
