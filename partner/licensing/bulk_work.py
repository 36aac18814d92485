"""The work on an upload, batch by batch: the dry run of its rows, then a case of each.

It may break off anywhere and be begun again, and two processes may be at it: a row is taken under a lock, its case and the mark that it is
done are written together, and the key of license and term lets one row alone make the case. Several rows share a transaction; when one of
them is refused, nothing of it is written, and each of them gets a transaction of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth import service as sign_in
from partner.auth.actor import Actor
from partner.database import SYSTEM, Database
from partner.errors import NotFound, PartnerError, Text
from partner.licensing import actions, applications, bulk_cases, bulk_checking, bulk_queries, queries, renewals
from partner.licensing.applications import Draft
from partner.licensing.bulk_checking import OVER_WITHOUT_GRANT
from partner.licensing.bulk_models import BulkFiling, BulkRow
from partner.licensing.commands import Command
from partner.licensing.elevation import carrying_out
from partner.licensing.models import Application
from partner.regulation import Law

AT_A_TIME = 100
TOGETHER = 50
"""So many cases are written in one transaction. Whoever else files at the same bureaus waits for its end, a fraction of a second."""
FAULT = Text("システムエラーのため、この行は処理できませんでした。", "Something went wrong on our side; this row was not filed.")
_log = logging.getLogger(__name__)


async def unfinished(database: Database) -> list[UUID]:
    """The uploads on which there is still work."""
    async with database.transaction(SYSTEM) as session:
        return await bulk_queries.unfinished(session)


async def batch(database: Database, law: Law, filing_id: UUID) -> bool:
    """Do the next rows of an upload. Whether there is more to do now."""
    async with database.transaction(SYSTEM) as session:
        filing = await bulk_queries.filing(session, filing_id)
        actor = await sign_in.actor_with(session, filing.account_id) if filing else None
    if filing is None or actor is None or filing.state not in bulk_queries.UNFINISHED:
        return False
    if filing.state == "checking":
        return await _check(database, actor, law, filing)
    return await _file(database, actor, law, filing)


async def _check(database: Database, actor: Actor, law: Law, filing: BulkFiling) -> bool:
    async with database.transaction(actor.access) as session:
        try:
            party = await renewals.party(session, actor, filing.applicant_id)
        except NotFound:  # the delegation is over; whoever is left may look at what was found so far
            return await _finish(session, actor, filing.id, state="checked")
        async with carrying_out(session, actor):
            rows = await bulk_queries.waiting(session, filing.id, limit=AT_A_TIME)
            desk = await bulk_checking.set_up(session, actor, law, party, filing.columns, rows)
            for row in rows:
                await bulk_checking.check(session, desk, row)
                await asyncio.sleep(0)  # checking keeps the processor busy: others who share it have their turn
        if len(rows) == AT_A_TIME:
            return True
        return await _finish(session, actor, filing.id, state="checked")


async def _finish(session: AsyncSession, actor: Actor, filing_id: UUID, *, state: str) -> bool:
    async with carrying_out(session, actor):
        filing = await bulk_queries.filing(session, filing_id, lock=True)
        if filing is not None and filing.state in bulk_queries.UNFINISHED:
            filing.state = state
            filing.finished_at = clock.now() if state == "done" else None
            session.add(filing)
    return False


async def _file(database: Database, actor: Actor, law: Law, filing: BulkFiling) -> bool:
    async with database.transaction(SYSTEM) as session:
        positions = await bulk_queries.to_file(session, filing.id, limit=AT_A_TIME)
    for several in (positions[start : start + TOGETHER] for start in range(0, len(positions), TOGETHER)):
        for position in await _file_together(database, actor, law, filing, several):
            await _file_one(database, actor, law, filing, position)
    if positions:
        return True
    async with database.transaction(actor.access) as session:
        return await _finish(session, actor, filing.id, state="done")


async def _file_together(database: Database, actor: Actor, law: Law, filing: BulkFiling, positions: Sequence[int]) -> Sequence[int]:
    """Make the cases of several rows. Answers the rows that are to be filed one by one: all of them, when anything refuses one."""
    try:
        async with database.transaction(actor.access) as session:
            return await bulk_cases.make(session, actor, law, filing, positions)
    except DBAPIError:
        raise  # the database is away: the rows are as they were
    except Exception as refusal:  # filed one by one, each tells its own
        _log.info("rows %s to %s of upload %s are filed one by one: %r", positions[0], positions[-1], filing.id, refusal)
        return positions


async def _file_one(database: Database, actor: Actor, law: Law, filing: BulkFiling, position: int) -> None:
    """Make the case of a row, whole or not at all; what refuses it is noted on the row."""
    try:
        async with database.transaction(actor.access) as session:
            await _case(session, actor, law, filing, position)
    except PartnerError as refusal:
        await _refuse(database, filing.id, position, refusal)
    except DBAPIError:
        raise  # the database is away: the row is as it was, and is done when it is back
    except Exception:  # one row must not keep all that follow it from being filed
        _log.exception("row %s of upload %s failed", position, filing.id)
        await _refuse(database, filing.id, position, PartnerError("internal_error", FAULT))


async def _case(session: AsyncSession, actor: Actor, law: Law, filing: BulkFiling, position: int) -> None:
    async with carrying_out(session, actor):
        row = next(iter(await bulk_queries.take(session, filing.id, [position])), None)
        if row is None or row.form is None or row.procedure is None:
            return
        standing = await _standing(session, row)
    if standing is not None and standing.status != "draft":
        await _note(session, actor, row, standing, step="kept")
        return
    if standing is None:
        application = (await applications.create(session, actor, law, Draft(row.procedure, row.form))).application
    else:
        application = standing if standing.form == row.form else await _rewritten(session, actor, law, standing, row)
    if filing.submits:
        await actions.perform(session, actor, law, application.id, "submit", command=Command())
    await _note(session, actor, row, application, step="filed" if filing.submits else "drafted", claims=standing is None)


async def _standing(session: AsyncSession, row: BulkRow) -> Application | None:
    """The case that an earlier row made for the same license and term; one that ended without a grant gives the key free.

    Whoever asks for the same key meanwhile waits for the end of this transaction.
    """
    await queries.hold_match_key(session, bulk_cases.key_of(row))
    claimed = await bulk_queries.claim(session, str(row.license_number), row.expires_on or date.min)
    if claimed is None:
        return None
    before, application = claimed
    if application.status in OVER_WITHOUT_GRANT:
        before.claims = False
        session.add(before)
        await session.flush()
        return None
    return application


async def _rewritten(session: AsyncSession, actor: Actor, law: Law, draft: Application, row: BulkRow) -> Application:
    return (await applications.replace(session, actor, law, draft.id, dict(row.form or {}))).application


async def _note(session: AsyncSession, actor: Actor, row: BulkRow, application: Application, *, step: str, claims: bool = False) -> None:
    async with carrying_out(session, actor):
        row.step, row.application_id, row.claims = step, application.id, claims
        session.add(row)


async def _refuse(database: Database, filing_id: UUID, position: int, refusal: PartnerError) -> None:
    async with database.transaction(SYSTEM) as session:
        row = next(iter(await bulk_queries.take(session, filing_id, [position])), None)
        if row is None:
            return
        named = refusal.errors or ()
        errors = [(error.field.removeprefix("/form"), error.code, error.message) for error in named] or [
            ("", refusal.code, refusal.message)
        ]
        row.step = "refused"
        row.errors = [
            {"code": code, "field": field, "column": None, "label": {"ja": field, "en": field}, "message": message.as_dict()}
            for field, code, message in errors
        ]
        session.add(row)
