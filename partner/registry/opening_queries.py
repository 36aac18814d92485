"""The SQL of stations opened under a blanket license or a blanket registration."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry.opening_models import OpenedStation


async def open_under(session: AsyncSession, station_id: UUID) -> list[OpenedStation]:
    """The stations under a license that are open now, in the order in which they were opened."""
    statement = select(OpenedStation).where(
        col(OpenedStation.station_id) == station_id, col(OpenedStation.closed_on).is_(None), func.upper_inf(OpenedStation.recorded)
    )
    return list((await session.exec(statement.order_by(col(OpenedStation.opened_on), col(OpenedStation.id)))).all())


async def count_under(session: AsyncSession, station_id: UUID) -> int:
    """How many stations are open under a license."""
    statement = select(func.count()).where(
        col(OpenedStation.station_id) == station_id, col(OpenedStation.closed_on).is_(None), func.upper_inf(OpenedStation.recorded)
    )
    return (await session.exec(statement)).one()


async def counts_under(session: AsyncSession, station_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many stations are open under each of several licenses; a license under which none is open is not there."""
    statement = (
        select(OpenedStation.station_id, func.count())
        .where(col(OpenedStation.station_id).in_(station_ids), col(OpenedStation.closed_on).is_(None))
        .where(func.upper_inf(OpenedStation.recorded))
        .group_by(col(OpenedStation.station_id))
    )
    return dict((await session.exec(statement)).all())
