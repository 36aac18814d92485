"""Pages of the licenses that I hold or act for, and of what may be filed about each."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from partner import clock
from partner.auth.web import Transaction
from partner.licensing import holdings, offers
from partner.portal import case_pages
from partner.portal.frame import Framed
from partner.portal.my import Reader, as_applicant

router = APIRouter(prefix="/my/licenses")

PAGE_SIZE = 50


@router.get("")
async def licenses(frame: Framed, actor: Reader, session: Transaction, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
    """All licenses that I hold or act for, the ones that end first coming first."""
    as_applicant(actor)
    held = await holdings.of_actor(session, actor, on=clock.today())
    begin = (page - 1) * PAGE_SIZE
    return frame.page(
        "licenses.html",
        licenses=[case_pages.license_line(frame.law, one) for one in held[begin : begin + PAGE_SIZE]],
        held=len(held),
        next_page=f"/my/licenses?page={page + 1}" if begin + PAGE_SIZE < len(held) else None,
    )


@router.get("/{station_id}")
async def license_page(station_id: UUID, frame: Framed, actor: Reader, session: Transaction) -> HTMLResponse:
    """A license with everything that stands on its record, and what may be filed about it."""
    as_applicant(actor)
    held = await holdings.one(session, actor, station_id, on=clock.today())
    return frame.page(
        "license.html",
        license=case_pages.license_line(frame.law, held),
        record=held,
        offers=await offers.about(session, actor, frame.law, held),
    )
