"""The spectrum user fee of licenses (電波利用料, 電波法103条の2): demanded for each year, paid, paid ahead, given back.

The daily work demands it for every year that has begun: by the law of its first day, and only what that law confirms. Of blanket licenses
and registrations the number of stations at the end of a month decides (同条5項, 6項): where notices tell it, it is demanded when those of
that month are due; where the holder reports it, when the report is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.auth.actor import Actor
from partner.errors import Conflict, NotFound, Text
from partner.licensing import holdings, spectrum_queries
from partner.licensing.elevation import carrying_out
from partner.licensing.spectrum_models import SpectrumFee
from partner.licensing.spectrum_years import years
from partner.registry import anniversaries, normalisation, openings
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation import Law, deadlines, holidays, spectrum_fees
from partner.regulation.spectrum_years import Year

DEADLINE = "spectrum-fee"
DEADLINE_BY_NUMBER = "spectrum-fee-by-number"
PROVISIONS = (f"{spectrum_fees.FOLDER}/", f"{deadlines.FOLDER}/{DEADLINE}", f"{holidays.FOLDER}/")
"""What amounts and days of payment rest on."""
NOTICES_ARE_IN = timedelta(days=15)
"""Within so many days a station that was opened or closed is notified of (電波法27条の6第3項, 27条の34)."""
FIRST_LOOK_BACK = timedelta(days=1)
ONE_DAY = timedelta(days=1)
State = Literal["paid", "refunded", "due", "overdue", "exempt", "to_come", "unconfirmed", "not_demanded"]
NO_CASHIER = Text("納付の窓口が接続されていません。", "No payment service is connected.")
UNKNOWN_LICENSE = Text("その免許は見つかりません。", "There is no such license that you may see.")


@dataclass(frozen=True)
class Shown:
    """One year of a license as its holder sees it: what it costs, by when it is to be paid, and where that stands."""

    year: Year
    due_on: date | None
    state: State
    demanded: SpectrumFee | None

    @property
    def prepaid(self) -> bool:
        """Whether it is paid ahead of its first day."""
        return self.state == "paid" and self.demanded is not None and self.demanded.prepayment_id is not None


async def issue(session: AsyncSession, law: Law, *, on: date) -> int:
    """Demand the fee for all years that have begun since this was done last, and before a day; how many. Call in standing `system`.

    A license is granted in the course of its first day: so the day itself is left to the next one. May be done twice without harm.
    """
    done = await spectrum_queries.progress(session, on - ONE_DAY - FIRST_LOOK_BACK)
    issued = 0
    while done.until < on - ONE_DAY:
        day = done.until + ONE_DAY
        async for batch in anniversaries.licenses(session, day):
            issued += await spectrum_queries.enter(session, [row for one in batch for row in _begun(law, one, day)])
        if (day - NOTICES_ARE_IN + ONE_DAY).day == 1:
            issued += await _by_number(session, law, day - NOTICES_ARE_IN)
        done.until = day
        session.add(done)
    return issued


def _begun(law: Law, license_: License, day: date) -> Iterable[dict[str, Any]]:
    """The demand for the year of a license that begins on a day; none where its amount is not confirmed."""
    begun = (year for year in years(law, license_) if year.first == day and year.period.counted_on is None)
    return (_row(law, license_, year, due_on=due_on(law, year)) for year in begun if year.due_yen > 0)


async def _by_number(session: AsyncSession, law: Law, month_end: date) -> int:
    """Demand what the number of stations at the end of a month asks for, as the notices of opening and closing tell it; how many."""
    entered = 0
    async for batch in anniversaries.with_openings(session, month_end):
        counted = [(one, year) for one, opened in batch for year in years(law, one, opened) if year.period.counted_on == month_end]
        rows = [_row(law, one, year, due_on=due_on(law, year)) for one, year in counted if year.due_yen > 0]
        entered += await spectrum_queries.enter(session, rows)
    return entered


async def reported(session: AsyncSession, law: Law, license_: License, as_of: date) -> int:
    """Demand what a report of the number of stations asks for, now that it is taken (同条5項, 6項); how many. Call in standing `system`.

    Of a day that was reported on before, what was demanded and is not paid follows the new report.
    """
    last_day = law.deadline(DEADLINE, after=clock.today()).last_day
    counted = (year for year in years(law, license_) if year.period.counted_on == as_of and year.due_yen > 0)
    rows = [_row(law, license_, year, due_on=last_day) for year in counted]
    return await spectrum_queries.enter(session, rows, anew=True)


def due_on(law: Law, year: Year) -> date:
    """The last day for what is demanded of a year, or of the number of stations at the end of a month."""
    counted_on = year.period.counted_on
    if counted_on is None:
        return law.deadline(DEADLINE, after=year.first).last_day
    return law.deadline(DEADLINE_BY_NUMBER, after=counted_on).last_day


def _row(law: Law, license_: License, year: Year, *, due_on: date, prepayment: UUID | None = None) -> dict[str, Any]:
    return {
        "id": identifiers.new_id(),
        "station_id": license_.station_id,
        "licensee_id": license_.licensee_id,
        "license_number": license_.license_number,
        "bureau": license_.facts.bureau,
        "first": year.first,
        "last": year.last,
        "months": year.months,
        "stations": None if year.period.counted_on is None else year.period.stations,
        "amount_yen": year.due_yen,
        "citation": year.annual.citation,
        "law_digest": law.digest,
        "due_on": due_on,
        "issued_at": clock.now(),
        "prepayment_id": prepayment,
    }


async def of_license(session: AsyncSession, actor: Actor, law: Law, number: str) -> list[Shown]:
    """Every year of a license: for its holder, for who acts for the holder, and for staff of its bureau. Raises NotFound for others."""
    license_ = await visible(session, actor, number)
    return await of_held(session, law, license_)


async def of_held(session: AsyncSession, law: Law, license_: License) -> list[Shown]:
    """Every year of a license that the caller may see."""
    demanded = {row.first: row for row in await spectrum_queries.of_station(session, license_.station_id)}
    opened = await openings.under(session, license_.station_id)
    return [_shown(law, year, demanded.get(year.first)) for year in years(law, license_, opened)]


async def visible(session: AsyncSession, actor: Actor, number: str) -> License:
    """A license by its number, as it stands today. Raises NotFound `unknown_license` where it is none that the actor may see."""
    wanted = normalisation.license_number(number)
    if actor.is_staff:
        found = await register.license_by_number(session, wanted)
        if found is not None and found.facts.bureau == actor.bureau:
            return found
    else:
        for held in await holdings.of_actor(session, actor, on=clock.today()):
            if held.license_number == wanted:
                return held
    raise NotFound("unknown_license", UNKNOWN_LICENSE)


def _shown(law: Law, year: Year, demanded: SpectrumFee | None) -> Shown:
    today = clock.today()
    if demanded is not None:
        return Shown(year, demanded.due_on, _state_of(demanded, today), demanded)
    if year.confirmed and year.amount_yen == 0:
        return Shown(year, None, "exempt", None)
    counted_on = year.period.counted_on
    if counted_on is not None and counted_on >= today and year.period.stations is None and year.annual.confirmed:
        return Shown(year, None, "to_come", None)
    if not year.confirmed:
        return Shown(year, None, "unconfirmed", None)
    if today <= (year.first if counted_on is None else counted_on + NOTICES_ARE_IN):
        return Shown(year, due_on(law, year), "to_come", None)
    return Shown(year, None, "not_demanded", None)


def _state_of(demanded: SpectrumFee, today: date) -> State:
    if demanded.refunded_at is not None:
        return "refunded"
    if demanded.paid_at is not None:
        return "paid"
    return "overdue" if demanded.due_on < today else "due"


async def pay(session: AsyncSession, actor: Actor, law: Law, number: str, first: date) -> Shown:
    """Pay for the year that begins on a day. Raises NotFound for a license of others, Conflict `nothing_due` where nothing is owed."""
    license_ = await visible(session, actor, number)
    async with carrying_out(session, actor):
        demanded = await spectrum_queries.year(session, license_.station_id, first)
        if demanded is None or demanded.paid_at is not None:
            raise Conflict("nothing_due", Text("納める電波利用料はありません。", "No spectrum user fee is due for that year."))
        demanded.paid_at = clock.now()
        session.add(demanded)
    return next(one for one in await of_held(session, law, license_) if one.year.first == first)


async def prepay(session: AsyncSession, law: Law, license_: License, *, count: int, by: UUID) -> int:
    """Demand so many years ahead, from the next anniversary (同条15項); how many were confirmed. Call in standing `system`."""
    today = clock.today()
    ahead = [year for year in years(law, license_) if year.first > today and year.period.counted_on is None][:count]
    last_day = law.deadline(DEADLINE, after=today).last_day
    rows = [_row(law, license_, year, due_on=last_day, prepayment=by) for year in ahead if year.due_yen > 0]
    return await spectrum_queries.enter(session, rows)


async def refund(session: AsyncSession, license_: License, *, first: date, by: UUID) -> int:
    """Give back what was paid for the years from an anniversary after today (同条16項); the amount in yen.

    Call in standing `system`. Raises Conflict `nothing_to_refund`.
    """
    paid = [row for row in await spectrum_queries.of_station(session, license_.station_id) if row.paid_at and not row.refunded_at]
    given = [row for row in paid if row.first >= first and row.first > clock.today()]
    if not given:
        raise Conflict("nothing_to_refund", Text("還付する電波利用料はありません。", "Nothing was paid for the years from that day on."))
    for row in given:
        row.refunded_at, row.refund_id = clock.now(), by
        session.add(row)
    return sum(row.amount_yen for row in given)
