"""The SQL of stations opened under a blanket license or a blanket registration."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
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


async def days_under(session: AsyncSession, station_ids: Collection[UUID]) -> list[tuple[UUID, date, date | None]]:
    """Of each station that is or was open under one of several licenses: the license, and the days of its opening and its closing."""
    statement = select(col(OpenedStation.station_id), col(OpenedStation.opened_on), col(OpenedStation.closed_on)).where(
        col(OpenedStation.station_id).in_(station_ids), func.upper_inf(OpenedStation.recorded)
    )
    return [(row[0], row[1], row[2]) for row in (await session.exec(statement)).all()]


async def with_openings(session: AsyncSession) -> list[UUID]:
    """The licenses under which a station was ever opened."""
    return list((await session.exec(select(OpenedStation.station_id).distinct().order_by(col(OpenedStation.station_id)))).all())


async def counts_under(session: AsyncSession, station_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many stations are open under each of several licenses; a license under which none is open is not there."""
    statement = (
        select(OpenedStation.station_id, func.count())
        .where(col(OpenedStation.station_id).in_(station_ids), col(OpenedStation.closed_on).is_(None))
        .where(func.upper_inf(OpenedStation.recorded))
        .group_by(col(OpenedStation.station_id))
    )
    return dict((await session.exec(statement)).all())
