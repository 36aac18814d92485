"""What the demonstration always holds, wherever its clock starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, regulation
from partner.database import SYSTEM, Database, enter
from partner.demo import open_cases, people, seeding
from partner.demo.seeding import Size
from partner.licensing import actions, applications, commands
from partner.registry.synthetic import Generator
from partner.settings import Settings

LAW = regulation.load(Path(__file__).parents[2] / "regulation")
SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "new-license_one-step.xml"
SMALL = Size(stations=120, filers=60)
STARTS = {
    "2020": (datetime(2020, 6, 1, tzinfo=UTC), date(2019, 1, 1), date(2023, 12, 31)),
    "2026": (datetime(2026, 11, 22, tzinfo=UTC), date(2024, 1, 1), date(2028, 12, 31)),
}


@pytest.fixture(params=list(STARTS))
async def filled(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> AsyncIterator[tuple[str, AsyncSession]]:
    before = clock.now()
    clock.move_to(STARTS[request.param][0])
    async with AsyncSession(database.engine) as session:  # never committed: each start begins with an empty register
        await enter(session, SYSTEM)
        await seeding.fill(session, LAW, Settings(mode="test", data_dir=tmp_path), SMALL)
        yield request.param, session
    clock.move_to(before)


async def rows(session: AsyncSession, statement: str) -> list[Any]:
    return list((await (await session.connection()).execute(text(statement))).all())


async def test_the_demonstration_holds_what_it_promises(filled: tuple[str, AsyncSession]) -> None:
    name, session = filled
    _, licensed_on, valid_to = STARTS[name]
    own = await rows(
        session, "SELECT document::json, licensed_on, term_to FROM published_license WHERE call_sign = 'JA1QRZ' ORDER BY licensed_on DESC"
    )
    assert (own[0].licensed_on, own[0].term_to) == (licensed_on, valid_to)
    assert own[0].document["moves"]
    assert own[0].document["location"]["municipality_code"] == "13101"
    assert own[-1].licensed_on == date(2019, 1, 1)
    counts = await rows(session, "SELECT station_class, count(*) AS many FROM published_license GROUP BY 1")
    by_class = {row.station_class: row.many for row in counts}
    assert by_class["BC"] == 79
    assert by_class["ML"] >= 320
    assert len(by_class) > 8
    assert len(await rows(session, "SELECT DISTINCT bureau FROM published_license")) == 11
    delegations = await rows(session, "SELECT a.name FROM delegation d JOIN applicant a ON a.id = d.applicant_id ORDER BY 1")
    assert [row.name for row in delegations] == ["総務　太郎", "関東みらいタクシー株式会社"]


async def test_the_filings_of_six_years_are_on_both_channels_and_whole(filled: tuple[str, AsyncSession]) -> None:
    _, session = filled
    filed = await rows(
        session,
        "SELECT channel, min(received_on) AS first, max(received_on) AS last FROM application WHERE decided_at IS NOT NULL GROUP BY 1",
    )
    assert {row.channel for row in filed} == {"electronic", "paper"}
    assert max(row.last for row in filed) < clock.today()
    assert (clock.today() - min(row.first for row in filed)).days > 5 * 365
    assert await rows(session, "SELECT id FROM application WHERE id NOT IN (SELECT application_id FROM application_event)") == []
    assert await rows(session, "SELECT 1 FROM application_event WHERE at > '" + clock.now().isoformat() + "'") == []


async def test_no_desk_is_empty_and_every_kind_of_waiting_is_there(filled: tuple[str, AsyncSession]) -> None:
    _, session = filled
    waiting = await rows(
        session,
        "SELECT a.status, a.channel, a.bureau, p.name, f.fails,"
        " (SELECT count(*) FROM application_event e WHERE e.application_id = a.id) AS steps"
        " FROM application a JOIN applicant p ON p.id = a.applicant_id,"
        " LATERAL (SELECT count(*) FILTER (WHERE one->>'outcome' = 'fail') AS fails FROM json_array_elements(a.findings::json) one) f"
        " WHERE a.status NOT IN ('granted', 'withdrawn') ORDER BY a.entered_at, a.id",
    )
    taxi, waits = "関東みらいタクシー株式会社", "correction_requested"
    assert sorted((row.name, row.status, row.channel) for row in waiting) == sorted(
        [
            ("総務　花子", "fee_due", "electronic"),
            ("総務　太郎", waits, "electronic"),
            *[(taxi, "examining", "electronic")] * 3,
            (taxi, "in_approval", "electronic"),
            (taxi, waits, "electronic"),
            ("書面　次郎", "examining", "paper"),
        ]
    )
    assert {row.bureau for row in waiting} == {"A"}
    assert all(row.steps >= 2 for row in waiting)
    assert [row.name for row in waiting if row.fails] == ["書面　次郎"]


@pytest.mark.parametrize("day", ["2020-01-01", "2023-03-22", "2023-09-25", "2030-02-28"])
async def test_cases_are_under_way_wherever_the_clock_starts(day: str, database: Database, tmp_path: Path) -> None:
    before, settings = clock.now(), Settings(mode="test", data_dir=tmp_path)
    clock.move_to(datetime.fromisoformat(f"{day}T00:00:00+09:00"))
    try:
        async with AsyncSession(database.engine) as session:  # never committed
            await enter(session, SYSTEM)
            await people.settle(session, LAW, settings)
            await open_cases.begin(session, LAW, settings)
            found = await rows(session, "SELECT status, count(*) AS many FROM application GROUP BY 1 ORDER BY 1")
    finally:
        clock.move_to(before)
    assert [(row.status, row.many) for row in found] == [("correction_requested", 2), ("examining", 4), ("fee_due", 1), ("in_approval", 1)]


async def test_what_is_under_way_stands_in_nobodys_way(database: Database, tmp_path: Path) -> None:
    """The sample file of the README goes its way as if hers were the first case."""
    before, settings = clock.now(), Settings(mode="test", data_dir=tmp_path)
    clock.move_to(STARTS["2020"][0])
    try:
        async with AsyncSession(database.engine) as session:  # never committed
            await enter(session, SYSTEM)
            await people.settle(session, LAW, settings)
            await open_cases.begin(session, LAW, settings)
            hanako = await people.actor(session, settings, "hanako")
            await enter(session, hanako.access)
            [found], _ = await applications.import_file(session, hanako, LAW, content=SAMPLE.read_bytes(), name=SAMPLE.name)
            assert [one for one in found.application.findings if one["outcome"] == "fail"] == []
            submitted = await actions.perform(session, hanako, LAW, found.application.id, "submit", command=commands.read({}))
            assert submitted.application.status == "fee_due"
    finally:
        clock.move_to(before)


async def test_no_name_of_an_individual_is_published(filled: tuple[str, AsyncSession]) -> None:
    _, session = filled
    names = {row.name for row in await rows(session, "SELECT name FROM licensee_version WHERE kind = 'individual'")}
    published = orjson.dumps([row[0] for row in await rows(session, "SELECT to_jsonb(p)::text FROM published_license p")]).decode()
    assert len(names) > 10
    assert [name for name in names if name in published] == []


def test_the_same_seed_gives_the_same_register() -> None:
    one, two, other = ([str(license_) for license_ in Generator(LAW, seed=seed, today=date(2020, 6, 1)).licenses(50)] for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_no_two_synthetic_licenses_share_a_call_sign_or_a_number() -> None:
    made = list(Generator(LAW, seed=1, today=date(2020, 6, 1)).licenses(5_000))
    signs = [license_.call_sign for license_ in made if license_.call_sign]
    assert len(set(signs)) == len(signs) > 1_000
    assert len({license_.license_number for license_ in made}) == len(made)


async def test_a_database_that_holds_something_is_left_alone(database: Database, tmp_path: Path) -> None:
    settings = Settings(mode="test", data_dir=tmp_path)
    async with database.transaction(SYSTEM) as session:
        await seeding.fill(session, LAW, settings, SMALL)
    again = await asyncio.to_thread(seeding.seed, database, LAW, settings)
    assert again is False
