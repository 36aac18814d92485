from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import License, LicenseeFacts, LicenseFacts
from tests.registry.samples import FIXED, TARO, law


async def grant(
    session: AsyncSession,
    licensee: LicenseeFacts,
    facts: LicenseFacts,
    licensed_on: date = date(2020, 6, 1),
    valid_to: date = date(2025, 5, 31),
) -> License:
    licensee_id = await register.record_licensee(session, licensee)
    return await register.record(
        session, facts, licensee_id=licensee_id, licensed_on=licensed_on, valid_to=valid_to, law=law(), cause="test"
    )


async def rows(session: AsyncSession, statement: str, **values: Any) -> list[dict[str, Any]]:
    result = await (await session.connection()).execute(text(statement), values)
    return [dict(row) for row in result.mappings()]


async def changes(session: AsyncSession, station_id: UUID) -> list[dict[str, Any]]:
    return await rows(session, "SELECT * FROM published_change WHERE station_id = :id ORDER BY sequence", id=station_id)


async def test_a_grant_is_found_by_number_with_all_its_facts(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        granted = await grant(session, TARO, FIXED)
    async with database.transaction(SYSTEM) as session:
        found = await register.license_by_number(session, granted.license_number)
        nobody = await register.license_by_number(session, "関Ａ第1号")
        held = await register.licenses_of(session, granted.licensee_id)
    assert found is not None
    assert found == replace(granted, facts=found.facts)
    assert found.facts == replace(FIXED, details=found.facts.details)
    assert found.facts.details["transmitters"] == [{"number": 1, "rated_power_w": 50}]
    assert found.licensee == TARO
    assert [license_.station_id for license_ in held] == [granted.station_id]
    assert nobody is None
