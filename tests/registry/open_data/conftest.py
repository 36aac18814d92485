"""A register with every kind of station, recorded once for each module, and a publisher of dumps of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import dispositions, importing, record_queries
from partner.registry import service as register
from partner.registry.broadcast_stations import broadcast_stations
from partner.registry.facts import AssignmentFacts
from partner.registry.open_data import dumps
from partner.registry.open_data.dumps import Dump, Publisher
from partner.registry.synthetic import Generator
from partner.regulation.periods import WITHOUT_END
from partner.settings import Settings
from tests.registry.acting import grant
from tests.registry.samples import BASE, CLUB, FIXED, HANAKO, MOBILE, TARO, TAXI, law

START = datetime.fromisoformat("2023-12-07T10:00:00+09:00")
TODAY = date(2023, 12, 7)
ODD = replace(
    BASE,
    note='改行と"引用符",カンマ\r\nと逆斜線\\を含む "status":"in_force"',
    operating_hours="０８００から\n１７００まで",
    assignments=(
        AssignmentFacts("8K50F3E", frequency_hz=467_000_000, frequency_to_hz=467_250_000, power_w=Decimal("0.1")),
        AssignmentFacts("16K0F3E", frequency_hz=9_007_199_254, power_w=Decimal("0.0000025")),
    ),
)


@pytest.fixture(autouse=True)
def present() -> Iterator[None]:
    """Every test begins on 2023-12-07 in Japan."""
    kept = clock._clock
    clock._clock = clock.Clock(START)
    yield
    clock._clock = kept


async def fill(session: AsyncSession) -> None:
    """Stations of every status, masked ones, broadcast ones, some hundred synthetic ones."""
    await importing.import_licenses(session, broadcast_stations(law(), today=TODAY), law=law())
    await importing.import_licenses(session, list(Generator(law(), seed=3, today=TODAY).licenses(200)), law=law())
    for licensee, facts in ((TARO, FIXED), (HANAKO, MOBILE), (CLUB, MOBILE), (TAXI, ODD)):
        await grant(session, licensee, facts)
    await grant(session, TAXI, BASE, licensed_on=date(2017, 6, 1), valid_to=date(2022, 5, 31))
    await grant(session, TAXI, BASE, licensed_on=date(2024, 4, 1), valid_to=date(2029, 3, 31))
    await grant(session, TAXI, BASE, valid_to=WITHOUT_END)
    ended = await grant(session, TAXI, BASE)
    await register.end(session, ended.station_id, ends_on=date(2022, 1, 31), cause="test", law=law())
    held = await grant(session, CLUB, BASE)
    await dispositions.suspend(
        session, held.station_id, first=date(2023, 12, 1), last=date(2023, 12, 31), reason="x", cause="test", law=law()
    )
    renewed = await grant(session, TARO, FIXED, licensed_on=date(2019, 1, 1), valid_to=date(2023, 12, 31))
    await register.renew(session, renewed.station_id, licensed_on=date(2024, 1, 1), valid_to=date(2028, 12, 31), cause="renewal", law=law())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(mode="test", data_dir=tmp_path, base_url="https://register.example")


@pytest.fixture
async def publisher(database: Database, settings: Settings) -> Publisher:
    async with database.transaction(SYSTEM) as session:
        if await record_queries.is_empty(session):
            await fill(session)
    return Publisher(database, law(), settings, settings.open_data_root)


async def publish(publisher: Publisher, **options: Any) -> Dump:
    """A dump made beside the event loop, as the worker does it."""
    return await asyncio.to_thread(dumps.publish, publisher, **options)
