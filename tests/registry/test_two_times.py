"""The public register against a naive one: a table of days for every station, and a copy of it for every instant of record time.

Whatever is granted, renewed, modified, corrected, suspended, reinstated, revoked or ended: every public read, on every date and after the
belief of every instant, says what the table says.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.database import SYSTEM, Database
from partner.errors import Conflict, Invalid, NotFound
from partner.reads import Reads
from partner.registry import record_queries, search
from partner.registry import service as register
from partner.registry.criteria import STATUSES, Criteria, Page
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.values import SORT_KEYS, Sort
from tests.registry.acting import grant
from tests.registry.samples import BASE, law

START = date(2024, 1, 1)
TERM = 40
ONE_DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
KEY = b"k" * 32
PLACES = tuple(place.code for place in law().codes("municipalities"))
NUMBERS = count()
KINDS = ("grant", "renew", "modify", "correct", "suspend", "suspend for good", "reinstate", "revoke", "end")
Act = tuple[str, int, int, int]
"""Its kind, which of the stations, on which day, for how many days."""
ACTS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(-2, TERM + 30), st.integers(-1, 25)), min_size=1, max_size=9
)
Seen = tuple[str, str, int, str, str, str, str]
"""What is looked at of a station: id, status, power, municipality, licensed on, valid to, ended on."""


def day(offset: int) -> date:
    return START + timedelta(days=offset)


# The naive register


@dataclass(frozen=True)
class Held:
    """What the license says on one day."""

    power: int
    place: str
    licensed_on: date
    valid_to: date
    ended_on: date | None = None


@dataclass(frozen=True)
class Naive:
    """A station: what holds on each day of its terms, the days on which it is suspended by order, and the day on which it ended."""

    station_id: UUID
    days: dict[date, Held]
    orders: tuple[tuple[date, date], ...] = ()
    ended_on: date | None = None

    def standing(self, on: date) -> Held:
        begun = [each for each in self.days if each <= on]
        return self.days[max(begun) if begun else min(self.days)]

    def status(self, on: date) -> str:
        if on < min(self.days):
            return "not_yet"
        if self.ended_on is not None and on >= self.ended_on:
            return "ended"
        if on not in self.days:
            return "expired"
        return "suspended" if any(first <= on <= last for first, last in self.orders) else "in_force"

    def seen(self, on: date) -> Seen:
        held = self.standing(on)
        term = held.licensed_on.isoformat(), held.valid_to.isoformat(), str(held.ended_on)
        return str(self.station_id), self.status(on), held.power, held.place, *term


def span(first: date, length: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(length)]


def model(station: Naive, act: Act, number: int, place: str) -> Naive | None:
    """The naive station after an act; None when the act is refused."""
    kind, _, begin, length = act
    first = day(begin)
    if kind in {"modify", "correct"}:
        touched = [on for on in station.days if first <= on and (kind == "modify" or on <= day(begin + length))]
        changed = {on: replace(station.days[on], power=number, place=place) for on in touched}
        return replace(station, days={**station.days, **changed}) if touched else None
    if kind.startswith("suspend"):
        return suspended(station, first, date.max if kind == "suspend for good" else day(begin + length))
    if kind == "reinstate":
        return reinstated(station, first)
    return None if station.ended_on is not None else renewed_or_ended(station, kind, first, length)


def renewed_or_ended(station: Naive, kind: str, first: date, length: int) -> Naive | None:
    if kind == "renew":
        held = replace(station.days[max(station.days)], licensed_on=first, valid_to=first + timedelta(days=length - 1))
        return (
            replace(station, days={**station.days, **dict.fromkeys(span(first, length), held)})
            if length > 0 and first > max(station.days)
            else None
        )
    if not min(station.days) <= first <= max(station.days):
        return None
    left = {on: held for on, held in station.days.items() if on < first} or {first: station.days[first]}
    # Of a license that ends on its first day, this day is all that is left. The term ends with the license, on whatever day of it one asks.
    last = left[max(left)]
    left = {on: replace(held, valid_to=min(held.valid_to, max(left))) for on, held in left.items()}
    left = {on: replace(held, ended_on=first) if held.licensed_on == last.licensed_on else held for on, held in left.items()}
    return replace(station, days=left, ended_on=first)


def suspended(station: Naive, first: date, last: date) -> Naive | None:
    again = any(first <= end and begin <= last for begin, end in station.orders)
    held = any(first <= on <= last for on in station.days)
    return replace(station, orders=(*station.orders, (first, last))) if held and not again else None


def reinstated(station: Naive, lifted_on: date) -> Naive | None:
    for first, last in station.orders:
        if first <= lifted_on <= last and any(lifted_on <= on <= last for on in station.days):
            others = tuple(order for order in station.orders if order != (first, last))
            return replace(station, orders=(*others, (first, lifted_on - ONE_DAY)) if first < lifted_on else others)
    return None


# The same acts on the register


@dataclass(frozen=True)
class Told:
    """A series of acts that was played: whose stations, in which two municipalities, and what was believed from each instant on."""

    licensee: LicenseeFacts
    licensee_id: UUID
    places: tuple[str, str]
    beliefs: list[tuple[datetime, dict[UUID, Naive]]]


WORLD: dict[UUID, Naive] = {}
"""All stations of all series, as they are believed now."""


def facts(power: int, place: str) -> LicenseFacts:
    return replace(
        BASE, municipality=place, assignments=(AssignmentFacts(emission="8K50F3E", frequency_hz=467_000_000, power_w=Decimal(power)),)
    )


async def acted(session: AsyncSession, station: Naive, act: Act, changed: LicenseFacts) -> bool:
    """Whether the register took an act."""
    kind, _, begin, length = act
    station_id, first, last = station.station_id, day(begin), day(begin + length)
    try:
        async with session.begin_nested():
            match kind:
                case "modify":
                    await register.modify(session, station_id, effective_on=first, facts=changed, cause="x")
                case "correct":
                    await register.correct(session, station_id, first=first, last=last, facts=changed, cause="x")
                case "suspend" | "suspend for good":
                    until = last if kind == "suspend" else None
                    await register.suspend(session, station_id, first=first, last=until, reason="x", cause="x")
                case "reinstate":
                    await register.reinstate(session, station_id, lifted_on=first, cause="x")
                case "renew":
                    await register.renew(session, station_id, licensed_on=first, valid_to=last - ONE_DAY, cause="x")
                case "revoke":
                    await register.revoke(session, station_id, on=first, reason="x", cause="x")
                case "end":
                    await register.end(session, station_id, ends_on=first, cause="x")
    except (Conflict, Invalid):
        return False
    return True


async def played(database: Database, acts: list[Act]) -> Told:
    """A grant and then a series of acts, on the register and on the naive one, which refuse the same."""
    turn = next(NUMBERS)
    places = PLACES[2 * turn % len(PLACES)], PLACES[(2 * turn + 1) % len(PLACES)]
    licensee = LicenseeFacts("club", f"二つの時の会第{turn:05}支部", municipality="13101", address="一丁目")
    stations: dict[UUID, Naive] = {}
    beliefs: list[tuple[datetime, dict[UUID, Naive]]] = []
    async with database.transaction(SYSTEM) as session:
        licensee_id = await register.record_licensee(session, licensee)
        for number, act in enumerate([("grant", 0, 0, TERM), *acts], 1):
            place = places[number % 2]
            kind, which, begin, _ = act
            if kind == "grant":
                first = day(begin)
                made = await grant(session, licensee, facts(number, place), first, day(begin + TERM - 1))
                found: Naive | None = Naive(
                    made.station_id, dict.fromkeys(span(first, TERM), Held(number, place, first, day(begin + TERM - 1)))
                )
            else:
                station = list(stations.values())[which % len(stations)]
                found = model(station, act, number, place)
                assert await acted(session, station, act, facts(number, place)) == (found is not None), act
            if found is not None:
                stations[found.station_id] = found
                at = (await record_queries.counter(session)).recorded_at
                assert at is not None
                beliefs.append((at, dict(stations)))
    WORLD.update(stations)
    return Told(licensee, licensee_id, places, beliefs)


# Public reads


def seen(text: bytes) -> Seen:
    document = orjson.loads(text)
    place, status = document["location"]["municipality_code"], document["license"]["status"]
    term = document["license"]["licensed_on"], document["license"]["valid_to"], str(document["license"]["ended_on"])
    return document["id"], status, document["assignments"][0]["power_w"], place, *term


async def walked(reads: Reads, criteria: Criteria, *, size: int) -> list[bytes]:
    """All stations of a search, read page by page; each page tells how many there are on all of them."""
    found: list[bytes] = []
    cursor: str | None = None
    totals = set()
    while True:
        page = await search.stations(reads, criteria, Page(size, cursor, count=True), key=KEY)
        found += page.items
        totals.add(page.total)
        assert len(page.items) == size or not page.more
        if not page.more:
            assert totals == {len(found)}
            return found
        cursor = page.cursor(len(page.items) - 1, criteria, KEY)


async def assert_searched(reads: Reads, told: Told, criteria: Criteria, believed: dict[UUID, Naive], *, size: int) -> None:
    """A search finds what the naive register finds, whatever the order, and on whatever pages."""
    on = criteria.as_of or START
    wanted = [station.seen(on) for station in believed.values()]
    wanted = [one for one in wanted if not criteria.statuses or one[1] in criteria.statuses]
    wanted = sorted(one for one in wanted if not criteria.municipalities or one[3] in criteria.municipalities)
    found = await walked(reads, criteria, size=size)
    assert sorted(map(seen, found)) == wanted, criteria
    keys = [sorted_by(orjson.loads(text), criteria.sort) for text in found]
    descending = criteria.sort.descending and criteria.sort.key != "call_sign"  # none has a call sign: then by id, either way
    assert keys == sorted(keys, reverse=descending)


def sorted_by(document: dict[str, Any], sort: Sort) -> tuple[str, str]:
    own = {"licensee": document["licensee"]["name"], **{key: document["license"][key] for key in ("licensed_on", "valid_to")}}
    return own.get(sort.key, ""), document["id"]


def days_that_matter(acts: list[Act]) -> list[date]:
    """The days on which an act begins, ends or has just ended, and those around the first term."""
    offsets = {-1, 0, TERM - 1, TERM}
    for _, _, begin, length in acts:
        offsets |= {begin - 1, begin, begin + length, begin + length + 1}
    return [day(offset) for offset in sorted(offsets)]


@pytest.mark.slow
@given(acts=ACTS, seed=st.integers(0, 2**20))
@example(acts=[("grant", 0, 0, 0), ("end", 0, 0, 0), ("correct", 0, 0, 0)], seed=1)  # a license that ended on its first day
@example(acts=[("modify", 0, 10, 0), ("end", 0, 20, 0)], seed=3)  # the term ends on the 19th day, on the days before the change too
@example(acts=[("suspend for good", 0, 20, 0), ("renew", 0, 45, 15), ("reinstate", 0, 50, 0), ("revoke", 0, 42, 0)], seed=2)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_every_public_read_says_what_the_naive_register_says(database: Database, acts: list[Act], seed: int) -> None:
    told = await played(database, acts)
    chance = random.Random(seed)
    days = days_that_matter(acts)
    reads = database.reads
    for at, believed in told.beliefs:
        await assert_believed(reads, told, believed, at, chance.choice(days))
    at, believed = chance.choice(told.beliefs)
    await assert_some_way(reads, told, believed, at, chance)
    for _ in range(2):
        await assert_some_way(reads, told, told.beliefs[-1][1], None, chance)
    await assert_counted(reads, told, chance.choice(days), chance)
    station = chance.choice(list(told.beliefs[-1][1].values()))
    await assert_history(reads, told, station.station_id)
    await assert_difference(reads, station, sorted(chance.sample(days, 2)))


async def assert_believed(reads: Reads, told: Told, believed: dict[UUID, Naive], at: datetime, on: date) -> None:
    """All stations on a day, after the belief of an instant; and each by itself, after that of the one just before."""
    criteria = Criteria(licensee_ids=(told.licensee_id,), statuses=(), as_of=on, known_at=at)
    await assert_searched(reads, told, criteria, believed, size=50)
    before = next((naive for instant, naive in reversed(told.beliefs) if instant < at), {})
    station_id = max(believed)
    if station_id in before:
        text = (await search.station(reads, station_id, as_of=on, known_at=at - TICK))[1]
        assert seen(text) == before[station_id].seen(on)
    else:
        with pytest.raises(NotFound):
            await search.station(reads, station_id, as_of=on, known_at=at - TICK)


async def assert_some_way(reads: Reads, told: Told, believed: dict[UUID, Naive], at: datetime | None, chance: random.Random) -> None:
    """By some statuses; by name or by licensee, and perhaps by place; in some order, on pages of some size."""
    whose = [{"licensee_ids": (told.licensee_id,)}, {"licensees": (told.licensee.name,)}, {"licensees": (told.licensee.name[-8:],)}]
    criteria = Criteria(
        **chance.choice(whose),  # type: ignore[arg-type]
        municipalities=told.places[:1] if chance.random() < 0.3 else (),
        statuses=tuple(chance.sample(STATUSES, chance.choice((1, 1, 1, 2, 3)))),
        as_of=day(chance.randint(-2, TERM + 30)),
        known_at=at,
        sort=Sort(chance.choice(SORT_KEYS), chance.random() < 0.5),
    )
    await assert_searched(reads, told, criteria, believed, size=chance.choice((1, 2, 50)))


async def assert_counted(reads: Reads, told: Told, on: date, chance: random.Random) -> None:
    """How many there are, by the tallies: of the whole register, and of the two places."""
    statuses = chance.choice([("in_force",), ("suspended",), ("in_force", "suspended")])
    for places in ((), told.places):
        criteria = Criteria(municipalities=places, statuses=statuses, as_of=on)
        page = await search.stations(reads, criteria, Page(1, count=True), key=KEY)
        everywhere = [station.seen(on) for station in WORLD.values()]
        assert page.total == sum(one[1] in statuses and (not places or one[3] in places) for one in everywhere)


async def assert_history(reads: Reads, told: Told, station_id: UUID) -> None:
    """The history has for every instant the table of days that was believed then."""
    versions = [orjson.loads(text) for text in await search.history(reads, station_id)]
    for at, believed in told.beliefs:
        days: dict[date, tuple[int, str]] = {}
        for one in versions:
            until = one["recorded_to"]
            if datetime.fromisoformat(one["recorded_from"]) <= at and (until is None or at < datetime.fromisoformat(until)):
                first, last = date.fromisoformat(one["holds_from"]), date.fromisoformat(one["holds_to"])
                says = one["station"]["assignments"][0]["power_w"], one["station"]["location"]["municipality_code"]
                assert not days.keys() & set(span(first, (last - first).days + 1))
                days |= dict.fromkeys(span(first, (last - first).days + 1), says)
        wanted = believed[station_id].days if station_id in believed else {}
        assert days == {on: (held.power, held.place) for on, held in wanted.items()}


async def assert_difference(reads: Reads, station: Naive, days: list[date]) -> None:
    """What changed between two days is what the table says of them."""
    fields = ("/license/status", "/assignments/0/power_w", "/location/municipality_code", "/license/licensed_on", "/license/valid_to")
    found = {one["field"]: (one["before"], one["after"]) for one in await search.difference(reads, station.station_id, *days)}
    before, after = (station.seen(on)[1:] for on in days)
    wanted = {name: (old, new) for name, old, new in zip(fields, before, after, strict=False) if old != new}
    assert {name: found[name] for name in found if name in fields} == wanted
