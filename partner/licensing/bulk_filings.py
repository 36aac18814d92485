"""Many filings in one file: taking the file, showing what it would do, and confirming it. The work itself is in `bulk_work`."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Conflict, Forbidden, NotFound, Text
from partner.licensing import bulk_checking, bulk_queries, renewals, sheet_reading
from partner.licensing.bulk_models import BulkFiling, BulkRow
from partner.licensing.elevation import carrying_out
from partner.licensing.sheet_writing import guarded
from partner.licensing.sheets import Row
from partner.regulation import Law
from partner.regulation.periods import shown_day

AT_A_TIME = 500
ERRORS_HEAD = ("sheet", "row", "license_number", "column", "field", "label_ja", "label_en", "code", "message_ja", "message_en")


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


@dataclass
class Progress:
    """How far an upload has got: rows by what would become of them, and by what has become of them."""

    outcomes: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    altered: int = 0

    @property
    def checked(self) -> int:
        """Rows of which the dry run is done."""
        return sum(count for outcome, count in self.outcomes.items() if outcome != "waiting")

    @property
    def fileable(self) -> int:
        """Rows of which a case is made, or has been."""
        return sum(self.outcomes.get(outcome, 0) for outcome in ("new", "changed", "unchanged"))

    @property
    def finished(self) -> int:
        """Rows with which filing is through."""
        return sum(count for step, count in self.steps.items() if step != "none")


async def upload(session: AsyncSession, actor: Actor, law: Law, file: Upload, *, applicant_id: UUID | None = None) -> BulkFiling:
    """Take a file for the dry run, which goes on in the background.

    Raises NotFound for an applicant for whom the actor may not draft, and what `sheet_reading.rows` and `bulk_checking.refuse_columns`
    raise.
    """
    found = await renewals.party(session, actor, applicant_id)
    made = BulkFiling(
        account_id=actor.account_id,
        applicant_id=found.applicant.id,
        name=file.name,
        sha256=hashlib.sha256(file.content).hexdigest(),
        uploaded_at=clock.now(),
    )
    batches = _batches(sheet_reading.rows(file.content))
    async with carrying_out(session, actor):
        session.add(made)
        await session.flush()  # the rows refer to it
        while batch := await asyncio.to_thread(next, batches, None):
            new = {row.sheet: list(row.keys) for row in batch if row.sheet not in made.columns}
            if new:
                bulk_checking.refuse_columns(law, new)
                made.columns = {**made.columns, **new}
            await bulk_queries.enter(session, [_entry(made.id, made.total + index, row) for index, row in enumerate(batch, start=1)])
            made.total += len(batch)
        session.add(made)
        await bulk_queries.defer(session, made.id)
    return made


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, AT_A_TIME)):
        yield batch


def _entry(filing_id: UUID, position: int, row: Row) -> dict[str, Any]:
    kept = {"sheet": row.sheet, "number": row.number, "cells": dict(row.cells), "formulas": list(row.formulas)}
    return {**kept, "filing_id": filing_id, "position": position, "outcome": "waiting", "step": "none"} | {
        "changes": [],
        "errors": [],
        "claims": False,
    }


async def one(session: AsyncSession, actor: Actor, filing_id: UUID) -> BulkFiling:
    """An upload for oneself, or for whom one may draft today. Raises NotFound for any other."""
    found = await bulk_queries.filing(session, filing_id)
    if found is None or found.applicant_id not in {party.applicant.id for party in await renewals.parties(session, actor)}:
        raise NotFound("unknown_bulk_filing", Text("その一括申請は見つかりません。", "There is no such upload of yours."))
    return found


async def listed(
    session: AsyncSession, actor: Actor, *, after: UUID | None = None, limit: int = 20
) -> tuple[list[BulkFiling], UUID | None]:
    """A page of the uploads that the actor may see, newest first, and the id after which the next page begins."""
    applicants = [party.applicant.id for party in await renewals.parties(session, actor)]
    found = await bulk_queries.filings(session, applicants, after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def progress(session: AsyncSession, filings: Sequence[BulkFiling]) -> dict[UUID, Progress]:
    """How far uploads have got."""
    found = {filing.id: Progress() for filing in filings}
    for filing_id, outcome, step, differs, count in await bulk_queries.counts(session, list(found)):
        one_of = found[filing_id]
        one_of.outcomes[outcome] = one_of.outcomes.get(outcome, 0) + count
        one_of.steps[step] = one_of.steps.get(step, 0) + count
        one_of.altered += count if differs and outcome in {"new", "changed"} else 0
    return found


async def confirm(session: AsyncSession, actor: Actor, filing_id: UUID, *, submits: bool) -> BulkFiling:
    """Make a case of each row without an error; with `submits` each is filed, else it stays a draft. It goes on in the background.

    Raises NotFound, Forbidden for an agent whose delegation does not cover filing, Conflict while the dry run goes on or when this was
    confirmed before.
    """
    visible = await one(session, actor, filing_id)
    found = await renewals.party(session, actor, visible.applicant_id)
    if submits and not found.may_file:
        raise Forbidden(
            "not_your_part",
            Text("委任には提出が含まれていません。", "Your delegation does not cover filing."),
            remedy=Text("下書きまで作成し、申請者に提出を求めてください。", "Make drafts, and let the applicant submit them."),
        )
    async with carrying_out(session, actor):
        filing = await bulk_queries.filing(session, filing_id, lock=True)
        if filing is None or filing.state != "checked":
            raise _out_of_turn(visible.state if filing is None else filing.state)
        filing.state, filing.submits, filing.confirmed_at, filing.account_id = "filing", submits, clock.now(), actor.account_id
        session.add(filing)
        await bulk_queries.defer(session, filing.id)
    return filing


def _out_of_turn(state: str) -> Conflict:
    if state == "checking":
        message = Text("まだ点検しています。", "The rows are still being checked.")
        return Conflict("wrong_state", message, remedy=Text("点検が終わるまでお待ちください。", "Wait until that is done."))
    message = Text("すでに確定されています。", "This was confirmed already.")
    return Conflict("wrong_state", message, remedy=Text("直した行は、別のファイルで出してください。", "Send mended rows in another file."))


async def rows(
    session: AsyncSession, actor: Actor, filing_id: UUID, *, outcomes: Sequence[str] = (), after: int = 0, limit: int = 100
) -> tuple[list[BulkRow], int | None]:
    """A page of the rows of an upload, and the position after which the next page begins. Raises NotFound."""
    await one(session, actor, filing_id)
    found = await bulk_queries.rows(session, filing_id, outcomes=outcomes, after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].position if len(found) > limit else None


async def errors_file(session: AsyncSession, actor: Actor, filing_id: UUID) -> AsyncIterator[bytes]:
    """The errors of an upload as CSV (UTF-8 with a byte order mark), part by part. Raises NotFound."""
    await one(session, actor, filing_id)
    yield "\ufeff".encode() + _lines([ERRORS_HEAD])
    after: int | None = 0
    while after is not None:
        found = await bulk_queries.rows(session, filing_id, faulty=True, after=after, limit=AT_A_TIME)
        yield _lines(_error_line(row, error) for row in found for error in row.errors)
        after = found[-1].position if len(found) == AT_A_TIME else None


def _error_line(row: BulkRow, error: dict[str, Any]) -> Sequence[str]:
    label, message = error["label"], error["message"]
    said = (error["field"], label["ja"], label["en"], error["code"], message["ja"], message["en"])
    return [row.sheet, str(row.number), row.license_number or "", error["column"] or "", *said]


def _lines(lines: Iterable[Sequence[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([guarded(value) for value in line] for line in lines)
    return file.getvalue().encode()


def shown(filing: BulkFiling, found: Progress) -> dict[str, Any]:
    """An upload as programs see it."""
    return {
        "id": str(filing.id),
        "state": filing.state,
        "name": filing.name,
        "sha256": filing.sha256,
        "applicant_id": str(filing.applicant_id),
        "submits": filing.submits,
        "uploaded_at": filing.uploaded_at.isoformat(),
        "confirmed_at": filing.confirmed_at.isoformat() if filing.confirmed_at else None,
        "finished_at": filing.finished_at.isoformat() if filing.finished_at else None,
        "rows": filing.total,
        "checked": found.checked,
        "to_file": found.fileable,
        "finished": found.finished,
        "outcomes": {name: found.outcomes.get(name, 0) for name in ("new", "unchanged", "changed", "error")},
        "differing_from_record": found.altered,
        "results": {name: found.steps.get(name, 0) for name in ("drafted", "filed", "kept", "refused")},
    }


def shown_row(row: BulkRow) -> dict[str, Any]:
    """A row as programs see it."""
    return {
        "sheet": row.sheet,
        "row": row.number,
        "procedure": row.procedure,
        "license_number": row.license_number,
        "expires_on": row.expires_on.isoformat() if row.expires_on and shown_day(row.expires_on) else None,
        "outcome": row.outcome,
        "result": None if row.step == "none" else row.step,
        "changes": row.changes,
        "errors": row.errors,
        "application_id": str(row.application_id) if row.application_id else None,
    }
