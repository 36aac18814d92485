"""The cases of several rows of an upload, made in one transaction: each a case of its own, all of them or none.

What the rows share is read once, and what they write goes to the database together; that is most of what a case costs. Nothing here deals
with a row that is refused: whoever calls takes such rows one at a time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import NotFound
from partner.licensing import actions, applicants, applications, bulk_queries, cases, prefetching, queries
from partner.licensing.applications import Draft, Together
from partner.licensing.bulk_checking import OVER_WITHOUT_GRANT
from partner.licensing.bulk_models import BulkFiling, BulkRow
from partner.licensing.elevation import carrying_out
from partner.licensing.models import Applicant, Application
from partner.licensing.queries import Found
from partner.regulation import Law


async def make(session: AsyncSession, actor: Actor, law: Law, filing: BulkFiling, positions: Sequence[int]) -> list[int]:
    """Make the cases of the rows at these positions. Answers the positions of those that are not as simple, and were left as they are.

    Raises whatever refuses any of the rows; the transaction is lost then, and no row is done.
    """
    async with carrying_out(session, actor):
        rows = await bulk_queries.take(session, filing.id, positions)
        new, left = await _sorted(session, rows)
        named = [law.procedure(code, clock.today()) for code in {str(row.procedure) for row in new}]
        party = await session.get_one(Applicant, filing.applicant_id)
        numbers = [str(row.license_number) for row in new]
        known = await prefetching.prefetched(session, named, numbers, licensee_id=party.licensee_id)
        together = Together(await applicants.filer(session, actor), known)
        drafted = await _drafted(session, actor, law, new, together)
    if filing.submits:
        await _submitted(session, actor, law, drafted, together)
    return left


async def _sorted(session: AsyncSession, rows: Sequence[BulkRow]) -> tuple[list[BulkRow], list[int]]:
    """The rows for which there is no case yet, and the positions of those that have to be looked at singly.

    A row whose license has been filed for keeps that case. Whoever asks for the same keys meanwhile waits for the end of this transaction.
    """
    await queries.hold_match_keys(session, [key_of(row) for row in rows])
    times = Counter(row.license_number for row in rows)
    claimed = await bulk_queries.claims(session, [str(row.license_number) for row in rows])
    new, left = list[BulkRow](), list[int]()
    for row in rows:
        before = claimed.get((str(row.license_number), row.expires_on or date.min))
        if times[row.license_number] > 1 or row.form is None or row.procedure is None:
            left.append(row.position)
        elif before is None or _over(before):
            new.append(row)
        elif before[1].status == "draft":
            left.append(row.position)
        else:
            row.step, row.application_id = "kept", before[1].id
    await session.flush()  # a key is free before another row takes it
    return new, left


def _over(before: tuple[BulkRow, Application]) -> bool:
    """Whether a case ended without a grant; then it gives the key free."""
    row, case = before
    row.claims = case.status not in OVER_WITHOUT_GRANT
    return not row.claims


def key_of(row: BulkRow) -> str:
    """What rows for the same license and term have in common: one of them alone makes the case."""
    assert row.license_number is not None and row.expires_on is not None  # noqa: S101, PT018 - a row without an error has both
    return f"bulk {row.license_number} {row.expires_on}"


async def _drafted(
    session: AsyncSession, actor: Actor, law: Law, rows: Sequence[BulkRow], together: Together
) -> list[tuple[BulkRow, Found]]:
    made = []
    for row in rows:
        draft = Draft(str(row.procedure), dict(row.form or {}))
        made.append((row, await applications.examined(session, actor, law, draft, together=together)))
        await asyncio.sleep(0)  # examining keeps the processor busy: others who share it have their turn
    session.add_all([found.application for _, found in made])
    await session.flush()  # the events and the rows refer to them
    for row, found in made:
        applications.record_draft(session, actor, law, found)
        row.step, row.application_id, row.claims = "drafted", found.application.id, True
    return made


async def _submitted(session: AsyncSession, actor: Actor, law: Law, made: Sequence[tuple[BulkRow, Found]], together: Together) -> None:
    """Submit what was drafted, as far as the actor sees it: the actor's own standing decides that, as for a case alone."""
    seen = {found.application.id: found for found in await queries.cases_of(session, actor, [found.application.id for _, found in made])}
    async with carrying_out(session, actor):
        await _reserve(session, made, together)
        for row, found in made:
            await actions.submit_new(session, actor, law, _visible(seen, found.application.id), together=together)
            row.step = "filed"
            await asyncio.sleep(0)


def _visible(seen: Mapping[UUID, Found], application_id: UUID) -> Found:
    if application_id not in seen:
        raise NotFound("application_not_found", cases.INVISIBLE)
    return seen[application_id]


async def _reserve(session: AsyncSession, made: Sequence[tuple[BulkRow, Found]], together: Together) -> None:
    """Take the reception numbers of all with one statement for each bureau."""
    year = clock.today().year
    for bureau, count in sorted(Counter(found.application.bureau for _, found in made).items()):
        last = await queries.next_reception(session, bureau, year, count=count)
        together.numbers[bureau, year] = iter(range(last - count + 1, last + 1))
