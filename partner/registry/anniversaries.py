"""Licenses by the day of the year on which they were granted: what falls due on each anniversary (応当日) asks for them. Confidential."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry import record_queries, standing_queries, timeline
from partner.registry.facts import License

AT_A_TIME = 500


async def licenses(session: AsyncSession, day: date, *, at_a_time: int = AT_A_TIME) -> AsyncIterator[list[License]]:
    """The licenses in force on a day whose date, or an anniversary of it, is that day; as they stand on it, in batches."""
    stations = await standing_queries.with_anniversary(session, day)
    for begin in range(0, len(stations), at_a_time):
        yield await of_stations(session, stations[begin : begin + at_a_time], day)


async def of_stations(session: AsyncSession, station_ids: Collection[UUID], day: date) -> list[License]:
    """The licenses of some stations as they stand on a day."""
    beliefs = await record_queries.beliefs(session, station_ids)
    return [found for belief in beliefs.values() if (found := timeline.standing(belief, day)) is not None]
