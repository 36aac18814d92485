"""All stations due for renewal as one table: `GET /api/v1/renewals.xlsx` and `.csv`. What was filled in comes back to `bulk_filings`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from partner.api.dependencies import AppLaw
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.licensing import renewals, sheet_writing
from partner.licensing.sheet_writing import Table

router = APIRouter(tags=["bulk filings"], route_class=StrictRoute)

Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]
Of = Annotated[UUID | None, Query(description="for which client of an agent; by default for yourself")]
Opening = Annotated[int, Query(ge=0, le=366, description="licenses whose window opens within so many days are there too")]
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/renewals.xlsx", summary="What is due for renewal, as XLSX", response_class=Response)
async def xlsx(
    actor: Writer,
    session: Transaction,
    law: AppLaw,
    *,
    applicant: Of = None,
    opening_days: Opening = renewals.OPENING_DAYS,
    lang: Literal["ja", "en"] = "ja",
) -> Response:
    """A sheet for each procedure, prefilled from the register, with the form's code lists as choices. `lang`: the names of codes."""
    tables = await _tables(actor, session, law, applicant=applicant, opening_days=opening_days)
    return await file(tables, "renewals.xlsx", XLSX, lambda made: sheet_writing.xlsx_file(made, language=lang))


@router.get("/renewals.csv", summary="What is due for renewal, as CSV", response_class=Response)
async def csv(
    actor: Writer, session: Transaction, law: AppLaw, *, applicant: Of = None, opening_days: Opening = renewals.OPENING_DAYS
) -> Response:
    """The same as one table of all procedures, in UTF-8 with a byte order mark."""
    tables = await _tables(actor, session, law, applicant=applicant, opening_days=opening_days)
    return await file(tables, "renewals.csv", CSV, lambda made: b"".join(sheet_writing.csv_file(made)))


async def _tables(actor: Actor, session: Transaction, law: AppLaw, *, applicant: UUID | None, opening_days: int) -> list[Table]:
    found = await renewals.party(session, actor, applicant)
    dues = await renewals.due(session, actor, law, found, opening_days=opening_days)
    return await asyncio.to_thread(renewals.tables, law, actor, found, dues)  # of ten thousand it takes a while


async def file(tables: Sequence[Table], name: str, media_type: str, write: Callable[[Sequence[Table]], bytes]) -> Response:
    """A table as a download, written beside the event loop."""
    content = await asyncio.to_thread(write, tables)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
