"""Many filings in one file: `POST /api/v1/bulk-filings` checks every row, `POST …/confirm` makes a case of each."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from partner.api.dependencies import AppLaw
from partner.api.rest import uploads
from partner.api.rest.renewals import CSV
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.licensing import bulk_filings
from partner.licensing.bulk_filings import Upload
from partner.licensing.bulk_models import BulkFiling

router = APIRouter(prefix="/bulk-filings", tags=["bulk filings"], route_class=StrictRoute)

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]
Outcome = Literal["waiting", "new", "unchanged", "changed", "error"]
Limit = Annotated[int, Query(ge=1, le=1000)]


class ConfirmBody(BaseModel):
    """`submit`: each case is filed at once; without it they stay drafts."""

    model_config = ConfigDict(extra="forbid")

    submit: bool = Field(default=True)


async def _answer(session: Transaction, filing: BulkFiling) -> dict[str, Any]:
    return bulk_filings.shown(filing, (await bulk_filings.progress(session, [filing]))[filing.id])


@router.post("", status_code=202, summary="Upload a table of filings for a dry run", openapi_extra=uploads.ONE_FILE)
async def upload(
    actor: Writer,
    session: Transaction,
    law: AppLaw,
    request: Request,
    applicant: Annotated[UUID | None, Query(description="for which client of an agent; by default for yourself")] = None,
) -> dict[str, Any]:
    """Take an XLSX or CSV file as `/renewals.xlsx` makes it. Every row is checked in the background; nothing becomes a case yet."""
    file = await uploads.file_of(request)
    made = await bulk_filings.upload(session, actor, law, Upload(file.name, file.content), applicant_id=applicant)
    return await _answer(session, made)


@router.get("", summary="My uploads")
async def list_uploads(actor: Reader, session: Transaction, after: UUID | None = None, limit: Limit = 50) -> dict[str, Any]:
    """Uploads for yourself and for whom you may draft, newest first; `after` is the `next_cursor` of the page before."""
    found, last = await bulk_filings.listed(session, actor, after=after, limit=limit)
    progress = await bulk_filings.progress(session, found)
    items = [bulk_filings.shown(one, progress[one.id]) for one in found]
    return {"items": items, "next_cursor": str(last) if last else None}


@router.get("/{filing_id}", summary="How far an upload has got")
async def read(actor: Reader, session: Transaction, filing_id: UUID) -> dict[str, Any]:
    """Its state, and the rows by what would become of them and by what has become of them."""
    return await _answer(session, await bulk_filings.one(session, actor, filing_id))


@router.get("/{filing_id}/rows", summary="The rows of an upload")
async def rows(
    actor: Reader,
    session: Transaction,
    filing_id: UUID,
    *,
    outcome: Annotated[list[Outcome] | None, Query()] = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    """What each row would do, or has done, in the order of the file; `after` is the `next_cursor` of the page before."""
    found, last = await bulk_filings.rows(session, actor, filing_id, outcomes=outcome or (), after=after, limit=limit)
    return {"items": [bulk_filings.shown_row(row) for row in found], "next_cursor": str(last) if last is not None else None}


@router.get("/{filing_id}/errors.csv", summary="The errors of an upload as CSV", response_class=Response)
async def errors(actor: Reader, session: Transaction, filing_id: UUID) -> Response:
    """Row, column, the id of the check and what to do, one line for each error."""
    content = b"".join([part async for part in bulk_filings.errors_file(session, actor, filing_id)])
    headers = {"Content-Disposition": 'attachment; filename="errors.csv"', "Cache-Control": "no-store"}
    return Response(content, media_type=CSV, headers=headers)


@router.post("/{filing_id}/confirm", status_code=202, summary="Make a case of each row")
async def confirm(actor: Writer, session: Transaction, filing_id: UUID, body: ConfirmBody) -> dict[str, Any]:
    """Rows without an error become cases in the background, each by itself. What was filed before is not filed again."""
    return await _answer(session, await bulk_filings.confirm(session, actor, filing_id, submits=body.submit))
