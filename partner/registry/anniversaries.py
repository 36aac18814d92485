"""Licenses by what makes a fee fall due: their anniversary (応当日), or stations that were opened under them. Confidential."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry import opening_queries, record_queries, standing_queries, timeline
from partner.registry.facts import License
from partner.registry.openings import Open

AT_A_TIME = 500


async def licenses(session: AsyncSession, day: date, *, at_a_time: int = AT_A_TIME) -> AsyncIterator[list[License]]:
    """The licenses in force on a day whose date, or an anniversary of it, is that day; as they stand on it, in batches."""
    stations = await standing_queries.with_anniversary(session, day)
    for begin in range(0, len(stations), at_a_time):
        yield await of_stations(session, stations[begin : begin + at_a_time], day)


async def with_openings(session: AsyncSession, day: date, *, at_a_time: int = AT_A_TIME) -> AsyncIterator[list[tuple[License, list[Open]]]]:
    """The licenses in force on a day under which stations were opened, as they stand on it, each with these stations; in batches."""
    stations = await opening_queries.with_openings(session)
    for begin in range(0, len(stations), at_a_time):
        some = stations[begin : begin + at_a_time]
        opened: defaultdict[UUID, list[Open]] = defaultdict(list)
        for station_id, opened_on, closed_on in await opening_queries.days_under(session, some):
            opened[station_id].append(Open(opened_on, closed_on))
        standing = await of_stations(session, some, day)
        yield [(one, opened[one.station_id]) for one in standing if one.ended_on is None or day < one.ended_on]


async def of_stations(session: AsyncSession, station_ids: Collection[UUID], day: date) -> list[License]:
    """The licenses of some stations as they stand on a day."""
    beliefs = await record_queries.beliefs(session, station_ids)
    return [found for belief in beliefs.values() if (found := timeline.standing(belief, day)) is not None]
