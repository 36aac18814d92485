"""The spectrum user fee of a license: what each of its years costs, and its payment at the stand-in cashier."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from partner.api.dependencies import AppLaw
from partner.api.rest.actions import cashier
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.licensing import spectrum_fees
from partner.licensing.spectrum_fees import Shown

router = APIRouter(prefix="/licenses/{license_number}/spectrum-fees", tags=["licenses"], route_class=StrictRoute)

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Payer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]
Number = Annotated[str, Path(max_length=100, description="the number of the license (免許の番号), of any width")]


@router.get("", summary="The spectrum user fee of a license, year by year")
async def read(actor: Reader, session: Transaction, law: AppLaw, license_number: Number) -> dict[str, Any]:
    """For the holder, for who acts for the holder, and for staff of the bureau.

    `state`: `paid`, `refunded`, `due`, `overdue`, `exempt`, `to_come`, `unconfirmed` (the amount is an estimate or not known: `why`, and
    nobody is asked for it), `not_demanded` (the year began before this service demanded anything).

    Of blanket licenses and registrations `stations` is how many were open at the end of `counted_on`, null where that is not known; an item
    with `growth` is for further ones that were open at the end of a later month.
    """
    return {"items": [shown(one) for one in await spectrum_fees.of_license(session, actor, law, license_number)], "next_cursor": None}


@router.post("/{first}/pay", summary="Pay for a year", dependencies=[Depends(cashier)])
async def pay(actor: Payer, session: Transaction, law: AppLaw, license_number: Number, first: date) -> dict[str, Any]:
    """Pay for the year that begins on a day: 409 `nothing_due` where nothing is owed for it."""
    return shown(await spectrum_fees.pay(session, actor, law, license_number, first))


def shown(one: Shown) -> dict[str, Any]:
    """A year as JSON; amounts in yen, `annual_yen` for one station; days with the last one included."""
    annual = one.year.annual
    return {
        "first": one.year.first,
        "last": one.year.last,
        "months": one.year.months,
        "counted_on": one.year.period.counted_on,
        "stations": one.demanded.stations if one.demanded else one.year.period.stations,
        "growth": one.year.period.growth,
        "category": annual.label.as_dict(),
        "annual_yen": annual.amount_yen,
        "amount_yen": one.demanded.amount_yen if one.demanded else one.year.amount_yen,
        "confirmed": one.year.confirmed,
        "why": annual.why.as_dict() if annual.why else None,
        "citation": one.demanded.citation if one.demanded else annual.citation,
        "due_on": one.due_on,
        "state": one.state,
        "prepaid": one.prepaid,
        "paid_at": one.demanded.paid_at if one.demanded else None,
    }
