"""Pages of the licenses that I hold or act for, and of what may be filed about each."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from partner import clock
from partner.auth.web import Transaction
from partner.errors import Unavailable
from partner.licensing import holdings, offers, spectrum_fees, spectrum_use
from partner.portal import case_pages, wording
from partner.portal.frame import Framed
from partner.portal.my import Reader, Writer, as_applicant

router = APIRouter(prefix="/my/licenses")

PAGE_SIZE, MOST_OPENED = 50, 200


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
        opened=await holdings.opened(session, held),
        most_opened=MOST_OPENED,
        grant=spectrum_use.grant(frame.law, held),
        places=frame.law.codes("municipalities"),
        offers=await offers.about(session, actor, frame.law, held),
        spectrum_fees=await spectrum_fees.of_held(session, frame.law, held),
        spectrum_words=wording.SPECTRUM_FEES,
        cashier=frame.settings.stands_in,
    )


@router.post("/{station_id}/spectrum-fees/{first}/pay")
async def pay_spectrum_fee(station_id: UUID, first: date, frame: Framed, actor: Writer, session: Transaction) -> RedirectResponse:
    """Pay the spectrum user fee of the year that begins on a day, at the stand-in cashier."""
    as_applicant(actor)
    if not frame.settings.stands_in:
        raise Unavailable("payment_unavailable", spectrum_fees.NO_CASHIER)
    held = await holdings.one(session, actor, station_id, on=clock.today())
    await spectrum_fees.pay(session, actor, frame.law, held.license_number, first)
    return RedirectResponse(f"/my/licenses/{station_id}?done=pay#spectrum-fees", 303)
