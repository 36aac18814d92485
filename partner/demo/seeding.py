"""Fills an empty database with the demonstration, in one transaction: either all of it stands, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import SYSTEM, Database
from partner.demo import open_cases, past_filings, people
from partner.demo.past_filings import Filer
from partner.registry import importing, record_queries
from partner.registry.broadcast_stations import broadcast_stations
from partner.registry.synthetic import Generator, SyntheticLicense
from partner.regulation import Law
from partner.settings import Settings

SEED = 1
AT_A_TIME = 500


@dataclass(frozen=True)
class Size:
    """How much is made up: synthetic stations, and people who filed in the last six years."""

    stations: int = 4_000
    filers: int = 1_500


def seed(database: Database, law: Law, settings: Settings) -> bool:
    """Fill the database unless something stands on its register already; tells whether it did."""
    return asyncio.run(_seed(database, law, settings))


async def _seed(database: Database, law: Law, settings: Settings) -> bool:
    try:
        async with database.transaction(SYSTEM) as session:
            if await record_queries.is_empty(session):
                await fill(session, law, settings)
                return True
            return False
    finally:
        await database.engine.dispose()


async def fill(session: AsyncSession, law: Law, settings: Settings, size: Size | None = None) -> None:
    """Put everything on record, in the caller's transaction of standing `system`, with a progress bar."""
    wanted = size or Size()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        known = progress.add_task("人と局 people, broadcast stations", total=2)
        await people.settle(session, law, settings)
        progress.advance(known)
        await importing.import_licenses(session, broadcast_stations(law, today=clock.today()), law=law, cause=people.CAUSE)
        progress.advance(known)
        generated = list(Generator(law, seed=SEED, today=clock.today()).licenses(wanted.stations))
        made = progress.add_task("無線局 synthetic stations", total=len(generated))
        for start in range(0, len(generated), AT_A_TIME):
            await importing.import_licenses(session, generated[start : start + AT_A_TIME], law=law, cause=people.CAUSE)
            progress.update(made, completed=min(start + AT_A_TIME, len(generated)))
        filings = progress.add_task("申請 six years of filings", total=wanted.filers)
        await past_filings.record(session, law, _filers(generated)[: wanted.filers], seed=SEED)
        progress.advance(filings, wanted.filers)
        under_way = progress.add_task("処理中の案件 cases under way", total=1)
        await open_cases.begin(session, law, settings)
        progress.advance(under_way)


def _filers(generated: Sequence[SyntheticLicense]) -> list[Filer]:
    """The first holders of synthetic licenses, each once."""
    holders: dict[tuple[str, str | None, str | None], Filer] = {}
    for license_ in generated:
        holder = license_.licensee
        if holder.kind in {"individual", "corporation"}:
            holders.setdefault((holder.name, holder.municipality, holder.address), Filer(holder, license_.facts.bureau))
    return list(holders.values())
