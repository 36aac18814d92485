"""What the tests of the register do again and again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry import service as register
from partner.registry.facts import License, LicenseeFacts, LicenseFacts
from tests.registry.samples import law


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
