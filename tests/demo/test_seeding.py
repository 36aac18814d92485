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
from partner.demo import seeding
from partner.demo.seeding import Size
from partner.registry.synthetic import Generator
from partner.settings import Settings

LAW = regulation.load(Path(__file__).parents[2] / "regulation")
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
    filed = await rows(session, "SELECT channel, min(received_on) AS first, max(received_on) AS last FROM application GROUP BY 1")
    assert {row.channel for row in filed} == {"electronic", "paper"}
    assert max(row.last for row in filed) < clock.today()
    assert (clock.today() - min(row.first for row in filed)).days > 5 * 365
    assert await rows(session, "SELECT id FROM application WHERE id NOT IN (SELECT application_id FROM application_event)") == []
    assert await rows(session, "SELECT 1 FROM application_event WHERE at > '" + clock.now().isoformat() + "'") == []


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
