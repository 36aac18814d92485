"""The register against a naive model: a table of days, and a copy of it for every instant of record time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partner.database import SYSTEM, Database
from partner.errors import Conflict, Invalid
from partner.registry import service as register
from partner.registry import timeline
from partner.registry.facts import AssignmentFacts, License, LicenseFacts
from partner.registry.status import status
from tests.registry.acting import grant, rows
from tests.registry.samples import FIXED, TARO
from tests.registry.test_disclosure import license_

START = date(2024, 1, 1)
DAYS = 60
Day = dict[date, int]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("modify"), st.integers(-3, DAYS + 20), st.just(0)),
        st.tuples(st.just("correct"), st.integers(-3, DAYS + 20), st.integers(-2, 25)),
        st.tuples(st.just("renew"), st.integers(DAYS - 3, DAYS + 10), st.just(15)),
        st.tuples(st.just("end"), st.integers(-3, DAYS + 20), st.just(0)),
    ),
    max_size=6,
)


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def facts(number: int) -> LicenseFacts:
    return replace(FIXED, assignments=(AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal(number + 1)),))


def first_version() -> License:
    last = day(DAYS - 1)
    return replace(license_(TARO, facts(0)), licensed_on=START, valid_from=START, holds_from=START, valid_to=last, holds_to=last)


def days_of(belief: list[License]) -> Day:
    """What a belief says of each day; fails when two versions hold for one."""
    found: Day = {}
    for version in belief:
        for offset in range((version.holds_to - version.holds_from).days + 1):
            on = version.holds_from + timedelta(days=offset)
            assert on not in found
            found[on] = int(version.facts.assignments[0].power_w or 0) - 1
    return found


def model(days: Day, act: tuple[str, int, int], number: int, *, has_ended: bool) -> Day | None:
    """The naive register after an act; None when the act is refused."""
    kind, begin, length = act
    first = day(begin)
    if kind == "modify":
        touched = {on for on in days if on >= first}
        return {**days, **dict.fromkeys(touched, number)} if touched else None
    if kind == "correct":
        touched = {on for on in days if first <= on <= day(begin + length)}
        return {**days, **dict.fromkeys(touched, number)} if touched else None
    if has_ended:
        return None
    if kind == "renew":
        return None if first <= max(days) else {**days, **{day(begin + step): number for step in range(length)}}
    if not min(days) <= first <= max(days):
        return None
    return {on: value for on, value in days.items() if on < first} or {first: days[first]}  # its first day is all that is left


def acted(belief: list[License], act: tuple[str, int, int], number: int) -> list[License]:
    kind, begin, length = act
    if kind == "end":
        return timeline.ended(belief, ends_on=day(begin), kind="discontinued")
    if kind == "renew":
        first, last = day(begin), day(begin + length - 1)
        term = {"licensed_on": first, "valid_from": first, "holds_from": first, "valid_to": last, "holds_to": last}
        return timeline.renewed(belief, replace(belief[-1], facts=facts(number), **term))  # type: ignore[arg-type]
    last_day = None if kind == "modify" else day(begin + length)
    return timeline.changed(belief, day(begin), last_day, lambda version: replace(version, facts=facts(number)))


@given(acts=ACTS)
def test_a_belief_says_what_the_naive_model_says(acts: list[tuple[str, int, int]]) -> None:
    belief, days, has_ended = [first_version()], days_of([first_version()]), False
    for number, act in enumerate(acts, 1):
        expected = model(days, act, number, has_ended=has_ended)
        if expected is None:
            with pytest.raises((Conflict, Invalid)):
                acted(belief, act, number)
            continue
        belief, days, has_ended = acted(belief, act, number), expected, has_ended or act[0] == "end"
        assert days_of(belief) == days
        assert belief == sorted(belief, key=lambda version: version.holds_from)


@given(acts=ACTS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_was_believed_at_any_instant_can_be_read_again(database: Database, acts: list[tuple[str, int, int]]) -> None:
    async with database.transaction(SYSTEM) as session:
        granted = await grant(session, TARO, facts(0), START, day(DAYS - 1))
    days, has_ended = days_of([granted]), False
    snapshots = [(await _now(database), days)]
    for number, act in enumerate(acts, 1):
        expected = model(days, act, number, has_ended=has_ended)
        if not await _done(database, granted.station_id, act, number):
            assert expected is None
            continue
        assert expected is not None
        days, has_ended = expected, has_ended or act[0] == "end"
        snapshots.append((await _now(database), days))
    for at, believed in snapshots:
        assert await _believed_at(database, granted.station_id, at) == believed
        assert await _believed_at(database, granted.station_id, at, public=True) == believed


async def _done(database: Database, station_id: UUID, act: tuple[str, int, int], number: int) -> bool:
    kind, begin, length = act
    try:
        async with database.transaction(SYSTEM) as session:
            if kind == "modify":
                await register.modify(session, station_id, effective_on=day(begin), facts=facts(number), cause="x")
            elif kind == "correct":
                await register.correct(session, station_id, first=day(begin), last=day(begin + length), facts=facts(number), cause="x")
            elif kind == "renew":
                last = day(begin + length - 1)
                await register.renew(session, station_id, licensed_on=day(begin), valid_to=last, facts=facts(number), cause="x")
            else:
                await register.end(session, station_id, ends_on=day(begin), cause="x")
    except (Conflict, Invalid):
        return False
    return True


async def _now(database: Database) -> datetime:
    async with database.transaction(SYSTEM) as session:
        at: datetime = (await rows(session, "SELECT recorded_at FROM register_counter"))[0]["recorded_at"]
        return at


RECORD = (
    "SELECT lower(v.valid) AS first, upper(v.valid) AS next, a.power_w"
    " FROM license_version AS v JOIN assignment AS a ON a.version_id = v.id"
    " WHERE v.station_id = :station AND v.recorded @> cast(:at AS timestamptz)"
)
PUBLISHED = (
    "SELECT lower(valid) AS first, upper(valid) AS next, max_power_w AS power_w FROM published_license"
    " WHERE station_id = :station AND recorded @> cast(:at AS timestamptz)"
)


async def _believed_at(database: Database, station_id: UUID, at: datetime, *, public: bool = False) -> Day:
    async with database.transaction(SYSTEM) as session:
        found = await rows(session, PUBLISHED if public else RECORD, station=station_id, at=at)
    return {
        row["first"] + timedelta(days=offset): int(row["power_w"]) - 1
        for row in found
        for offset in range((row["next"] - row["first"]).days)
    }


@pytest.mark.parametrize(
    ("on", "ended_on", "suspended", "expected"),
    [
        (date(2023, 12, 31), None, False, "not_yet"),
        (date(2024, 1, 1), None, False, "in_force"),
        (date(2024, 6, 1), None, True, "suspended"),
        (date(2028, 12, 31), None, False, "in_force"),
        (date(2029, 1, 1), None, False, "expired"),
        (date(2029, 1, 1), None, True, "expired"),
        (date(2026, 3, 30), date(2026, 3, 31), False, "in_force"),
        (date(2026, 3, 31), date(2026, 3, 31), False, "ended"),
        (date(2030, 1, 1), date(2026, 3, 31), True, "ended"),
    ],
)
def test_status_follows_from_dates(on: date, ended_on: date | None, suspended: bool, expected: str) -> None:
    last = ended_on - timedelta(days=1) if ended_on else date(2028, 12, 31)
    assert status(on=on, valid_from=date(2024, 1, 1), valid_to=last, ended_on=ended_on, suspended=suspended) == expected
