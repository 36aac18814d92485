"""Pages on which many licenses are renewed at once: take the table, send it back, see what it would do, confirm, watch it being done."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner.auth.actor import Actor
from partner.auth.web import Transaction
from partner.licensing import bulk_filings, renewals, sheet_writing
from partner.licensing.bulk_filings import Upload
from partner.licensing.renewals import Party
from partner.licensing.sheets import MOST_ROWS
from partner.portal.frame import Framed
from partner.portal.my import Reader, Writer, as_applicant

router = APIRouter(prefix="/my/renewals")

ROWS, UPLOADS = 50, 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("")
async def begin(frame: Framed, actor: Writer, session: Transaction, applicant: UUID | None = None) -> HTMLResponse:
    """How many licenses are due, the tables to take, and the file to send; what was sent before."""
    as_applicant(actor)
    parties = await renewals.parties(session, actor)
    chosen = _chosen(parties, applicant)
    dues = await renewals.due(session, actor, frame.law, chosen) if chosen else []
    sent, _ = await bulk_filings.listed(session, actor, limit=UPLOADS)
    return frame.page(
        "renewals.html",
        parties=parties,
        chosen=chosen,
        due=len(dues),
        most_rows=MOST_ROWS,
        closes_on=min((one.window.closes_on for one in dues if one.window), default=None),
        sent=sent,
        progress=await bulk_filings.progress(session, sent),
    )


def _chosen(parties: list[Party], applicant: UUID | None) -> Party | None:
    """The party that is asked for; by default the actor's own, else the first client."""
    return next((one for one in parties if applicant is None or one.applicant.id == applicant), None)


@router.get("/table.{form}")
async def table(form: str, frame: Framed, actor: Writer, session: Transaction, applicant: UUID | None = None) -> Response:
    """All that is due as one table, XLSX or CSV."""
    as_applicant(actor)
    found = await renewals.party(session, actor, applicant)
    dues = await renewals.due(session, actor, frame.law, found)
    tables = await asyncio.to_thread(renewals.tables, frame.law, actor, found, dues)  # of ten thousand it takes a while
    if form == "csv":
        content = await asyncio.to_thread(lambda: b"".join(sheet_writing.csv_file(tables)))
        return _download(content, "renewals.csv", "text/csv; charset=utf-8")
    content = await asyncio.to_thread(lambda: sheet_writing.xlsx_file(tables, language=frame.language))
    return _download(content, "renewals.xlsx", XLSX)


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


@router.post("")
async def send(
    file: UploadFile, frame: Framed, actor: Writer, session: Transaction, applicant: Annotated[UUID | None, Form()] = None
) -> Response:
    """Take a filled-in table for its dry run."""
    as_applicant(actor)
    upload = Upload(file.filename or "renewals", await file.read())
    made = await bulk_filings.upload(session, actor, frame.law, upload, applicant_id=applicant)
    return RedirectResponse(f"/my/renewals/{made.id}", 303)


@router.get("/{filing_id}")
async def one(filing_id: UUID, frame: Framed, actor: Reader, session: Transaction, outcome: str = "", after: int = 0) -> HTMLResponse:
    """An upload: its progress, and row by row what it would do or has done."""
    as_applicant(actor)
    found = await bulk_filings.one(session, actor, filing_id)
    wanted = [outcome] if outcome in {"new", "changed", "unchanged", "error"} else []
    rows, following = await bulk_filings.rows(session, actor, filing_id, outcomes=wanted, after=max(after, 0), limit=ROWS)
    return frame.page(
        "renewal_upload.html",
        filing=found,
        progress=(await bulk_filings.progress(session, [found]))[found.id],
        rows=rows,
        outcome=wanted[0] if wanted else "",
        following=following,
        may_file=await _may_file(session, actor, found.applicant_id),
        working=found.state in {"checking", "filing"},
    )


async def _may_file(session: Transaction, actor: Actor, applicant_id: UUID) -> bool:
    return (await renewals.party(session, actor, applicant_id)).may_file


@router.get("/{filing_id}/errors.csv")
async def errors(filing_id: UUID, actor: Reader, session: Transaction) -> Response:
    """The errors of an upload as a table."""
    as_applicant(actor)
    content = b"".join([part async for part in bulk_filings.errors_file(session, actor, filing_id)])
    return _download(content, "errors.csv", "text/csv; charset=utf-8")


@router.post("/{filing_id}/confirm")
async def confirm(filing_id: UUID, actor: Writer, session: Transaction, submit: Annotated[bool, Form()] = False) -> Response:
    """Make a case of each row, filed or as a draft."""
    as_applicant(actor)
    await bulk_filings.confirm(session, actor, filing_id, submits=submit)
    return RedirectResponse(f"/my/renewals/{filing_id}", 303)
