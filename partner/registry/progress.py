"""How far an import has come, kept with what it wrote: whatever is committed is also noted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.registry import writing
from partner.registry.import_models import ImportProgress
from partner.registry.record_queries import table

TABLE = table(ImportProgress)


@dataclass(frozen=True)
class Progress:
    """The state of one source: `done` records are taken in their order, the last one at `line`; and what became of them."""

    source: str
    name: str
    started_at: datetime
    updated_at: datetime
    line: int = 0
    done: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    finished_at: datetime | None = None


def begun(source: str, name: str) -> Progress:
    """The state of a source that nothing is taken of yet."""
    now = clock.now()
    return Progress(source, name, now, now)


async def find(session: AsyncSession, source: str) -> Progress | None:
    """The state of a source; None when nothing was ever taken of it."""
    rows = (await (await session.connection()).execute(select(TABLE).where(TABLE.c.source == source))).mappings()
    return next((Progress(**row) for row in rows), None)


async def beginning(session: AsyncSession, prefix: str) -> list[Progress]:
    """The states of all sources whose name begins so, the first ones first."""
    statement = select(TABLE).where(TABLE.c.source.startswith(prefix, autoescape=True)).order_by(TABLE.c.started_at)
    return [Progress(**row) for row in (await (await session.connection()).execute(statement)).mappings()]


async def keep(session: AsyncSession, state: Progress) -> None:
    """Note the state of a source, in the transaction that wrote what it speaks of."""
    values = asdict(state)
    await writing.advance(session, ImportProgress, {"source": values.pop("source")}, values)
