"""The SQL of the spectrum user fee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing.spectrum_models import SpectrumFee, SpectrumFeeProgress


async def of_station(session: AsyncSession, station_id: UUID) -> list[SpectrumFee]:
    """What was demanded of the licenses of a station, as far as the standing of the session may see it, oldest first."""
    statement = select(SpectrumFee).where(col(SpectrumFee.station_id) == station_id).order_by(col(SpectrumFee.first))
    return list((await session.exec(statement)).all())


async def year(session: AsyncSession, station_id: UUID, first: date) -> SpectrumFee | None:
    """What was demanded for the year that began on a day, kept from everybody else until the transaction ends."""
    statement = select(SpectrumFee).where(col(SpectrumFee.station_id) == station_id, col(SpectrumFee.first) == first)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(locked)).one_or_none()


async def enter(session: AsyncSession, rows: Sequence[dict[str, Any]], *, anew: bool = False) -> int:
    """Write demands, but for years of which there is one; how many were written. `anew`: one that is not paid is replaced."""
    if not rows:
        return 0
    statement = insert(SpectrumFee)
    if anew:
        values = {name: statement.excluded[name] for name in rows[0] if name != "id"}
        unpaid = col(SpectrumFee.paid_at).is_(None)
        statement = statement.on_conflict_do_update(index_elements=["station_id", "first"], set_=values, where=unpaid)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=["station_id", "first"])
    result = await (await session.connection()).execute(statement.returning(col(SpectrumFee.id)), list(rows))
    return len(result.all())


async def progress(session: AsyncSession, otherwise: date) -> SpectrumFeeProgress:
    """Up to which day it is done, kept from everybody else until the transaction ends; at first up to `otherwise`."""
    first = insert(SpectrumFeeProgress).values(id=1, until=otherwise).on_conflict_do_nothing()
    await (await session.connection()).execute(first)
    return (await session.exec(select(SpectrumFeeProgress).with_for_update())).one()
