"""The SQL of many filings in one file. What somebody asked for is read in their standing; all that is written, in standing `system`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, text
from sqlalchemy import select as plain_select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing.bulk_models import BulkFiling, BulkRow
from partner.licensing.models import Application

TASK = "bulk-filing"
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', :task, 0, NULL, NULL, jsonb_build_object('filing', CAST(:id AS text)), NULL)"
    "::procrastinate_job_to_defer_v1])"
)
UNFINISHED = ("checking", "filing")


async def defer(session: AsyncSession, filing_id: UUID) -> None:
    """Put the work on an upload into the queue, in the transaction that brings it about."""
    await (await session.connection()).execute(_DEFER, {"task": TASK, "id": str(filing_id)})


async def unfinished(session: AsyncSession) -> list[UUID]:
    """The uploads on which there is still work, oldest first."""
    statement = select(BulkFiling.id).where(col(BulkFiling.state).in_(UNFINISHED)).order_by(col(BulkFiling.id))
    return list((await session.exec(statement)).all())


async def filing(session: AsyncSession, filing_id: UUID, *, lock: bool = False) -> BulkFiling | None:
    """An upload that the standing of the session may see."""
    statement = select(BulkFiling).where(col(BulkFiling.id) == filing_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).one_or_none()


async def filings(session: AsyncSession, applicant_ids: Sequence[UUID], *, after: UUID | None, limit: int) -> list[BulkFiling]:
    """A page of the uploads for some applicants, newest first."""
    statement = select(BulkFiling).where(col(BulkFiling.applicant_id).in_(applicant_ids))
    if after is not None:
        statement = statement.where(col(BulkFiling.id) < after)
    return list((await session.exec(statement.order_by(col(BulkFiling.id).desc()).limit(limit))).all())


async def enter(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of an upload."""
    await (await session.connection()).execute(insert(BulkRow), list(rows))


async def waiting(session: AsyncSession, filing_id: UUID, *, limit: int) -> list[BulkRow]:
    """The next rows that are to be checked, kept from everybody else until the transaction ends."""
    statement = select(BulkRow).where(col(BulkRow.filing_id) == filing_id, col(BulkRow.outcome) == "waiting")
    statement = statement.order_by(col(BulkRow.position)).limit(limit).with_for_update()
    return list((await session.exec(statement)).all())


async def to_file(session: AsyncSession, filing_id: UUID, *, limit: int) -> list[int]:
    """The positions of the next rows of which a case is to be made."""
    statement = select(BulkRow.position).where(col(BulkRow.filing_id) == filing_id, *_to_file())
    return list((await session.exec(statement.order_by(col(BulkRow.position)).limit(limit))).all())


async def take(session: AsyncSession, filing_id: UUID, positions: Sequence[int]) -> list[BulkRow]:
    """Those of some rows of which a case is to be made; without those of which that is done, or somebody else is at it."""
    statement = select(BulkRow).where(col(BulkRow.filing_id) == filing_id, col(BulkRow.position).in_(positions), *_to_file())
    statement = statement.order_by(col(BulkRow.position)).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list((await session.exec(statement)).all())


def _to_file() -> tuple[Any, ...]:
    return (col(BulkRow.step) == "none", col(BulkRow.outcome).in_(("new", "changed", "unchanged")))


async def rows_before(session: AsyncSession, row: BulkRow, license_numbers: Collection[str]) -> dict[str, BulkRow]:
    """The first rows above one in the same upload that are about some licenses, by license."""
    statement = select(BulkRow).where(
        col(BulkRow.filing_id) == row.filing_id,
        col(BulkRow.license_number).in_(license_numbers),
        col(BulkRow.position) < row.position,
    )
    first = statement.ext(distinct_on(col(BulkRow.license_number))).order_by(col(BulkRow.license_number), col(BulkRow.position))
    return {str(one.license_number): one for one in (await session.exec(first)).all()}


async def claim(session: AsyncSession, license_number: str, expires_on: date) -> tuple[BulkRow, Application] | None:
    """The row that made the case for a license and the end of its term, with the case."""
    return (await claims(session, [license_number])).get((license_number, expires_on))


async def claims(session: AsyncSession, license_numbers: Collection[str]) -> dict[tuple[str, date], tuple[BulkRow, Application]]:
    """The rows that made the cases for some licenses, with the cases, by license and the end of its term."""
    statement = (
        select(BulkRow, Application)
        .join(Application, col(Application.id) == col(BulkRow.application_id))
        .where(col(BulkRow.claims), col(BulkRow.license_number).in_(license_numbers))
    )
    found = (await session.exec(statement)).all()
    return {(row.license_number, row.expires_on): (row, case) for row, case in found if row.license_number and row.expires_on}


async def counts(session: AsyncSession, filing_ids: Sequence[UUID]) -> list[tuple[UUID, str, str, bool, int]]:
    """How many rows of some uploads have which outcome and step, and whether they differ from the record."""
    differs = func.jsonb_array_length(col(BulkRow.changes)) > 0
    statement = (
        plain_select(col(BulkRow.filing_id), col(BulkRow.outcome), col(BulkRow.step), differs, func.count())
        .where(col(BulkRow.filing_id).in_(filing_ids))
        .group_by(col(BulkRow.filing_id), col(BulkRow.outcome), col(BulkRow.step), differs)
    )
    return [(row[0], row[1], row[2], bool(row[3]), int(row[4])) for row in await (await session.connection()).execute(statement)]


async def rows(
    session: AsyncSession, filing_id: UUID, *, outcomes: Sequence[str] = (), faulty: bool = False, after: int = 0, limit: int = 100
) -> list[BulkRow]:
    """A page of the rows of an upload, in the order of the file. `faulty`: those with an error, found before or while filing."""
    statement = select(BulkRow).where(col(BulkRow.filing_id) == filing_id, col(BulkRow.position) > after)
    if outcomes:
        statement = statement.where(col(BulkRow.outcome).in_(outcomes))
    if faulty:
        statement = statement.where(or_(col(BulkRow.outcome) == "error", col(BulkRow.step) == "refused"))
    return list((await session.exec(statement.order_by(col(BulkRow.position)).limit(limit))).all())
