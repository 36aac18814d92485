"""The SQL behind the import of files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry.import_models import ImportKey
from partner.registry.record_queries import VERSION, among, table

KEY = table(ImportKey)


@dataclass(frozen=True)
class Known:
    """Which station a key means, the digest of what was last said of it, and the source that said so."""

    station_id: UUID
    content: str
    source: str


async def known_keys(session: AsyncSession, keys: Collection[str]) -> dict[str, Known]:
    """The keys that have been seen before."""
    statement = select(KEY.c.key, KEY.c.station_id, KEY.c.content, KEY.c.source).where(among(KEY.c.key, keys))
    rows = (await (await session.connection()).execute(statement)).mappings()
    return {row["key"]: Known(row["station_id"], row["content"], row["source"]) for row in rows}


async def stations_by_number(session: AsyncSession, numbers: Collection[str]) -> dict[str, UUID]:
    """The station that has or had each license number, as far as one does."""
    if not numbers:
        return {}
    statement = select(VERSION.c.license_number, VERSION.c.station_id).where(among(VERSION.c.license_number, numbers)).distinct()
    return {row[0]: row[1] for row in await (await session.connection()).execute(statement)}
