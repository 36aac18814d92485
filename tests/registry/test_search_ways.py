"""Whichever way a search takes through the register, it finds what a naive filter over all published documents finds, in its order.

The ways are those of `partner.registry.plans`. So that a register of some hundred stations takes all of them, the number of candidates
that are looked at is lowered.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Malformed
from partner.reads import Reads
from partner.registry import importing, plans, points, record_queries, search, seeding
from partner.registry import service as register
from partner.registry.criteria import STATUSES, Criteria, Page, parse
from partner.registry.facts import AssignmentFacts, LicenseeFacts
from partner.registry.plans import Plan
from partner.registry.synthetic import Generator
from partner.registry.values import SORT_KEYS, Sort
from tests.registry.acting import rows
from tests.registry.naive_search import Json, Register, Version, place_of, sign_of
from tests.registry.samples import BASE, law

KEY = b"k" * 32


# Some hundred stations with a past

MADE: list[Register] = []


async def stocked(database: Database) -> Register:
    """The register of this module: synthetic stations with renewals, ends and suspensions, and afterwards some changes of any kind."""
    if MADE:
        return MADE[0]
    instants = [clock.now() - timedelta(days=1)]
    await seeding.seed(database, law(), stations=260, seed=11)
    instants.append(await recorded_at(database))
    async with database.transaction(SYSTEM) as session:
        made = Generator(law(), seed=12, today=clock.today()).licenses(120)
        imported = await importing.import_licenses(session, made, law=law())
    instants.append(await recorded_at(database))
    weaker = (AssignmentFacts(emission="16K0F3E", frequency_hz=150_000_000, frequency_to_hz=160_000_000, power_w=Decimal("0.5")),)
    async with database.transaction(SYSTEM) as session:
        for place, one in zip(("13101", "14101", "27102", None) * 8, imported, strict=False):
            moved = replace(one.facts, municipality=place, assignments=weaker)
            middle = one.valid_from + (one.valid_to - one.valid_from) / 2
            await register.modify(session, one.station_id, effective_on=middle, facts=moved, cause="x")
        for one in imported[32:48]:
            twice = replace(one.facts, purposes=(*one.facts.purposes, "EPA"), municipality="01101")
            await register.correct(session, one.station_id, first=one.valid_from, facts=twice, cause="x")
        names = ["一", "東京都", "東京電波株式会社", "ﾄｳｷｮｳ電波㈱ 2", "髙﨑市"]
        for name in names:
            licensee_id = await register.record_licensee(session, LicenseeFacts("club", name))
            first, last = date(2024, 2, 29), date(2029, 2, 28)
            for _ in range(5):
                await register.record(session, BASE, licensee_id=licensee_id, licensed_on=first, valid_to=last, law=law(), cause="x")
    instants.append(await recorded_at(database))
    async with database.transaction(SYSTEM) as session:
        found = await rows(session, "SELECT station_id, document, valid, recorded, suspended FROM published_license")
    MADE.append(Register([version(row) for row in found], instants))
    return MADE[0]


async def recorded_at(database: Database) -> datetime:
    async with database.transaction(SYSTEM) as session:
        at = (await record_queries.counter(session)).recorded_at
    assert at is not None
    return at


def version(row: Json) -> Version:
    valid, recorded = row["valid"], row["recorded"]
    bounds = (valid.lower, valid.upper), (recorded.lower, recorded.upper)
    return Version(str(row["station_id"]), orjson.loads(row["document"]), *bounds, row["suspended"])


class Pool:
    """Values to ask for: such as are there, and some that are not."""

    def __init__(self, made: Register) -> None:
        chance = random.Random(1)
        documents = [version.document for version in made.versions]
        signs = sorted({sign_of(one) for one in documents} - {""})
        names = sorted({one["licensee"]["name"] for one in documents if one["licensee"]["kind"] != "individual"})
        lines = [line for version in made.versions for line in version.lines]
        hertz = sorted({edge for _, low, high in lines for edge in (low, high) if edge is not None})
        self.texts: dict[str, list[str]] = {
            "call_sign": [*chance.sample(signs, 20), *(sign[:3] + "*" for sign in chance.sample(signs, 10)), "J*", "*", "ZZ9ZZZ"],
            "licensee": [*(part(name, chance) for name in names * 2), *names, "一", "株式会社", "東京", "ない名", "。", "ー"],
            "licensee_id": [*sorted({one["licensee"]["id"] or "" for one in documents} - {""}), str(UUID(int=0))],
            "station_class": [*sorted({one["station_class"]["code"] for one in documents}), "AT", "FB", "ML"],
            "bureau": sorted({one["bureau"]["code"] for one in documents}),
            "prefecture": [f"{number:02}" for number in range(1, 48)],
            "municipality": [*sorted({place_of(one) for one in documents} - {"none"}), "13101", "14100", "27100"],
            "purpose": sorted({purpose["code"] for one in documents for purpose in one["purposes"]}),
            "emission": [*sorted({line[name] for line, _, _ in lines for name in ("emission", "bundle") if line[name]}), "F3E", "D7W"],
            "frequency_from": [str(edge + step) for edge in hertz for step in (0, 1)] + ["0", "1GHz"],
            "frequency_to": [str(max(edge + step, 0)) for edge in hertz for step in (0, -1)] + ["30MHz", "1GHz"],
            "power_min": ["0", "0.5", "1", "5", "50", "1kW"],
            "power_max": ["100mW", "0.5", "1", "5", "50", "1kW"],
            "licensed_from": sorted({one["license"]["licensed_on"] for one in documents}),
            "licensed_to": sorted({one["license"]["licensed_on"] for one in documents}),
            "near": ["35.69,139.75", "34.7,135.5", "43.06,141.35", "26.2,127.7"],
            "radius_km": ["0.1", "5", "60", "400", "5000"],
            "place": ["東京", "区", "横浜市", "Osaka", "町"],
            "status": [*STATUSES, *["any"] * 5],
        }
        edges = sorted({edge for version in made.versions for edge in version.holds})
        self.days = [edge + timedelta(days=step) for edge in edges for step in (-1, 0, 1)]
        self.standards = sorted({one["registration"]["standard"]["code"] for one in documents if one["registration"]})
        self.matters = sorted({matter["code"] for one in documents for matter in one["communication_matters"]})


def part(name: str, chance: random.Random) -> str:
    """Some characters of a name that stand together."""
    first = chance.randrange(len(name))
    return name[first : first + chance.choice((1, 2, 2, 3, 4, 6))]


REPEATED = (
    "call_sign",
    "licensee",
    "licensee_id",
    "station_class",
    "bureau",
    "prefecture",
    "municipality",
    "purpose",
    "emission",
    "status",
)
ONCE = ("frequency_from", "frequency_to", "power_min", "power_max", "licensed_from", "licensed_to", "near", "place")
BESIDES = ("call_sign_parts", "standards", "registered", "places", "communication_matters")
"""What only a search by the parameters of MIC's Web-API asks for."""


@dataclass(frozen=True)
class Asked:
    """A search as numbers, which a pool turns into values."""

    filters: dict[str, list[int]]
    besides: dict[str, list[int]]
    sort: Sort
    as_of: int | None
    known_at: int | None

    def criteria(self, pool: Pool, made: Register) -> Criteria:
        pairs = [
            (name, pool.texts[name][number % len(pool.texts[name])])
            for name, numbers in self.filters.items()
            for number in (numbers if name in REPEATED else numbers[:1])
        ]
        pairs += [("radius_km", pool.texts["radius_km"][self.filters["near"][0] % 5])] if "near" in self.filters else []
        found, _ = parse(in_order(pairs), law())
        return replace(
            found,
            **{name: self.beside(name, numbers, pool) for name, numbers in self.besides.items()},
            sort=self.sort,
            as_of=None if self.as_of is None else pool.days[self.as_of % len(pool.days)],
            known_at=None if self.known_at is None else made.instants[self.known_at % len(made.instants)],
        )

    @staticmethod
    def beside(name: str, numbers: list[int], pool: Pool) -> Any:
        if name == "registered":
            return numbers[0] % 2 == 0
        if name == "places":
            return (("13", "14")[: numbers[0] % 3], ("13101", "27102")[: numbers[-1] % 3])
        if name == "call_sign_parts":
            return tuple(pool.texts["call_sign"][number % 20][number % 3 :][: 1 + number % 4] for number in numbers)
        values = {"standards": pool.standards, "communication_matters": pool.matters}[name]
        return tuple(values[number % len(values)] for number in numbers)


def in_order(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the upper end of a range that ends before it begins."""
    try:
        parse(pairs, law())
    except Malformed:
        return [(name, text) for name, text in pairs if name not in {"frequency_to", "power_max", "licensed_to"}]
    return pairs


NUMBERS = st.lists(st.integers(0, 9_999), min_size=1, max_size=3)
SEARCHES = st.builds(
    Asked,
    filters=st.dictionaries(st.sampled_from(("licensee", "status", *REPEATED, *ONCE)), NUMBERS, max_size=3),
    besides=st.just({}) | st.just({}) | st.dictionaries(st.sampled_from(BESIDES), NUMBERS, max_size=2),
    sort=st.builds(Sort, st.sampled_from((*SORT_KEYS, "id", "id", "id")), st.booleans()),
    as_of=st.none() | st.integers(0, 9_999),
    known_at=st.none() | st.integers(0, 9_999),
)


# Which way was taken


class Ways:
    """Hears which kinds of plan are tried, and whether one was left because there were more candidates than are looked at."""

    def __init__(self, patch: pytest.MonkeyPatch, most: int) -> None:
        self.taken: set[str] = set()
        patch.setattr(plans, "MOST_CANDIDATES", most)
        patch.setattr(plans, "MOST_IN_ORDER", most)
        patch.setattr(plans, "page", self.listening(plans.page))

    def listening(self, page: Any) -> Any:
        def heard(*given: Any, **named: Any) -> Iterator[Plan]:
            for tried, plan in enumerate(page(*given, **named)):
                self.taken |= {kind_of(plan), "overflow"} if tried else {kind_of(plan)}
                yield plan

        return heard


def kind_of(plan: Plan) -> str:
    query = plan.query.decode()
    signs = {
        "few points": "points AS MATERIALIZED",
        "frequencies there": "a.station_class = asked.k0",
        "candidates": "WITH found AS MATERIALIZED",
        "gram stream": "public_gram AS g CROSS JOIN LATERAL",
        "many streams": "AS stream ORDER BY",
        "one stream": "%(key_0)s",
        "walk with a null part": "AS both_parts",
        "null part": "l.call_sign IS NULL AND",
    }
    return next((kind for kind, sign in signs.items() if sign in query), "walk")


async def assert_found(reads: Reads, made: Register, criteria: Criteria, size: int) -> list[Json]:
    """All pages of a search are what the naive filter finds, and there are as many as the count says."""
    wanted = made.search(criteria)
    found: list[Json] = []
    cursor: str | None = None
    while True:
        page = await search.stations(reads, criteria, Page(size, cursor, count=True), key=KEY)
        found += map(orjson.loads, page.items)
        assert page.total == len(wanted)
        if not page.more:
            break
        cursor = page.cursor(len(page.items) - 1, criteria, KEY)
    assert [one["id"] for one in found] == [one["id"] for one in wanted], asked(criteria)
    assert found == wanted
    return found


def asked(criteria: Criteria) -> Json:
    return {one.name: getattr(criteria, one.name) for one in fields(criteria) if getattr(criteria, one.name) != one.default}


@pytest.mark.slow
@given(
    wanted=SEARCHES,
    size=st.sampled_from((1, 2, 3, 7, 50, 1000)),
    most=st.sampled_from((0, 3, 3, 30, 2_000)),
    few=st.sampled_from((1, 3, points.FEW)),
)
@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_all_pages_of_any_search_are_what_a_naive_filter_finds(
    database: Database, wanted: Asked, size: int, most: int, few: int
) -> None:
    made = await stocked(database)
    criteria = wanted.criteria(Pool(made), made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "FEW", few)
        ways = Ways(patch, most)
        reads = database.reads
        found = await assert_found(reads, made, criteria, max(size, len(made.versions) // 40))
    for way in ways.taken:
        event(way)
    event("something was found" if found else "nothing was found")


BY_NAME = Sort("licensee")
EVERY_KIND = [
    ("candidates", 2_000, {"licensees": ("株式",), "sort": BY_NAME}),
    ("candidates", 2_000, {"call_signs": ("J*",)}),
    ("candidates", 2_000, {"call_sign_parts": ("1",), "station_classes": ("AT",), "sort": BY_NAME}),
    ("candidates", 2_000, {"licensees": ("一",)}),
    ("candidates", 2_000, {"frequency_from": 100_000_000, "frequency_to": 200_000_000, "sort": Sort("valid_to", descending=True)}),
    ("candidates", 2_000, {"emissions": ("F3E",), "statuses": ()}),
    ("candidates", 2_000, {"bureaus": ("A",), "sort": Sort("call_sign", descending=True)}),
    ("overflow", 3, {"licensees": ("株式会社",)}),
    ("overflow", 3, {"licensees": ("一",)}),
    ("overflow", 3, {"emissions": ("F3E",), "sort": Sort("licensed_on")}),
    ("gram stream", 3, {"licensees": ("株式",)}),
    ("gram stream", 3, {"licensees": ("株式会社",), "sort": Sort("id", descending=True), "statuses": ()}),
    ("gram stream", 3, {"licensees": ("株式",), "station_classes": ("FB",), "prefectures": ("13",)}),
    ("gram stream", 3, {"licensees": ("株式会社",), "station_classes": ("FB", "ML"), "prefectures": ("13", "14"), "statuses": ()}),
    (
        "frequencies there",
        3,
        {"frequency_from": 1_000_000, "frequency_to": 900_000_000, "station_classes": ("FB",), "prefectures": ("13",)},
    ),
    ("frequencies there", 2_000, {"frequency_from": 1_000_000, "station_classes": ("FB", "ML"), "prefectures": ("13",), "sort": BY_NAME}),
    ("one stream", 3, {"prefectures": ("13",)}),
    ("one stream", 3, {"station_classes": ("AT",), "prefectures": ("13",), "statuses": ()}),
    ("one stream", 3, {"bureaus": ("A",), "sort": Sort("id", descending=True), "statuses": ()}),
    ("many streams", 3, {"prefectures": ("13", "14", "27", "01")}),
    ("many streams", 3, {"station_classes": ("AT", "FB"), "prefectures": ("13", "14"), "sort": Sort("id", descending=True)}),
    ("many streams", 3, {"municipalities": ("13101", "14101", "27102"), "statuses": ()}),
    ("few points", 2_000, {"frequency_from": 400_000_000, "frequency_to": 470_000_000, "statuses": ()}),
    ("walk", 3, {"statuses": ()}),
    ("walk", 3, {"bureaus": ("A", "I"), "sort": Sort("valid_to", descending=True)}),
    ("walk with a null part", 3, {"sort": Sort("call_sign")}),
    ("null part", 3, {"sort": Sort("call_sign")}),
    ("null part", 3, {"sort": Sort("call_sign", descending=True), "statuses": ()}),
]


@pytest.mark.parametrize(("kind", "most", "wanted"), EVERY_KIND, ids=lambda value: value if isinstance(value, str) else "")
async def test_every_kind_of_plan_finds_what_a_naive_filter_finds(
    database: Database, monkeypatch: pytest.MonkeyPatch, kind: str, most: int, wanted: Json
) -> None:
    made = await stocked(database)
    ways = Ways(monkeypatch, most)
    reads = database.reads
    await assert_found(reads, made, Criteria(**wanted, known_at=made.instants[2]), 13)
    assert len(await assert_found(reads, made, Criteria(**wanted), 13)) > 1
    assert kind in ways.taken


@pytest.mark.parametrize("sort", [Sort("id"), BY_NAME])
async def test_a_circle_that_holds_no_municipality_reads_no_station(
    database: Database, monkeypatch: pytest.MonkeyPatch, sort: Sort
) -> None:
    await stocked(database)
    ways = Ways(monkeypatch, 3)
    page = await search.stations(database.reads, Criteria(nearby=(), sort=sort), Page(10, count=True), key=KEY)
    assert (page.items, page.total) == ([], 0)
    assert ways.taken <= {"many streams", "candidates"}
