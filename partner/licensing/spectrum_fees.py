"""The spectrum user fee of licenses (電波利用料, 電波法103条の2): demanded for each year, paid, paid ahead, given back.

The daily work demands it for every year that has begun: by the law of its first day, and only what that law confirms. A license of several
stations is left out: there the number that is open decides, which its holder reports (同条5項).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Any, Literal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.auth.actor import Actor
from partner.errors import Conflict, NotFound, Text
from partner.licensing import holdings, spectrum_queries, spectrum_use
from partner.licensing.elevation import carrying_out
from partner.licensing.spectrum_models import SpectrumFee
from partner.registry import anniversaries, normalisation
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation import Law
from partner.regulation.spectrum_fees import MONTHS, Annual, Year, spans

DEADLINE = "spectrum-fee"
FIRST_LOOK_BACK = timedelta(days=1)
ONE_DAY = timedelta(days=1)
YEARS_AHEAD = timedelta(days=5 * 366)
"""As far as terms with an end reach (電波法13条)."""
State = Literal["paid", "refunded", "due", "overdue", "exempt", "to_come", "unconfirmed", "not_demanded"]
BY_NUMBER = Text(
    "複数の無線局の免許では、開設している無線局の数によります（電波法103条の2第5項）。",
    "Of a license of several stations, the number that is open decides (Radio Act, article 103-2, paragraph 5).",
)
LABEL = Text("電波利用料", "Spectrum user fee")
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
        done.until = day
        session.add(done)
    return issued


def _begun(law: Law, license_: License, day: date) -> Iterable[dict[str, Any]]:
    """The demand for the year of a license that begins on a day; none where its amount is not confirmed."""
    return (_row(law, license_, year, after=year.first) for year in years(law, license_) if year.first == day and year.due_yen > 0)


def _row(law: Law, license_: License, year: Year, *, after: date, prepayment: UUID | None = None) -> dict[str, Any]:
    return {
        "id": identifiers.new_id(),
        "station_id": license_.station_id,
        "licensee_id": license_.licensee_id,
        "license_number": license_.license_number,
        "bureau": license_.facts.bureau,
        "first": year.first,
        "last": year.last,
        "months": year.months,
        "amount_yen": year.due_yen,
        "citation": year.annual.citation,
        "law_digest": law.digest,
        "due_on": law.deadline(DEADLINE, after=after).last_day,
        "issued_at": clock.now(),
        "prepayment_id": prepayment,
    }


def years(law: Law, license_: License) -> list[Year]:
    """Every year of the term of a license, up to the day on which it ended; of one without an end, the next few."""
    use = None if _by_number(law, license_) else spectrum_use.of(license_)
    until = clock.today() + YEARS_AHEAD
    if use is None:
        annual = Annual(None, confirmed=False, label=LABEL, citation="電波法103条の2第5項", why=BY_NUMBER)
        begun = takewhile(lambda span: span[0] <= until, spans(license_.licensed_on, license_.valid_to))
        found = [Year(first, last, MONTHS, annual, None, confirmed=False) for first, last in begun]
    else:
        found = law.spectrum_fees.years(use, licensed_on=license_.licensed_on, valid_to=license_.valid_to, until=until)
    return [year for year in found if license_.ended_on is None or year.first < license_.ended_on]


def _by_number(law: Law, license_: License) -> bool:
    """Whether the number of open stations decides, be it one: of blanket licenses and blanket registrations (同条5項)."""
    of_class = law.codes("station-classes").get(license_.facts.station_class)
    blanket = of_class is not None and of_class.attributes.get("blanket") is True
    return blanket or license_.facts.expected_count is not None


async def of_license(session: AsyncSession, actor: Actor, law: Law, number: str) -> list[Shown]:
    """Every year of a license: for its holder, for who acts for the holder, and for staff of its bureau. Raises NotFound for others."""
    license_ = await visible(session, actor, number)
    return await of_held(session, law, license_)


async def of_held(session: AsyncSession, law: Law, license_: License) -> list[Shown]:
    """Every year of a license that the caller may see."""
    demanded = {row.first: row for row in await spectrum_queries.of_station(session, license_.station_id)}
    return [_shown(law, year, demanded.get(year.first)) for year in years(law, license_)]


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
    if not year.confirmed:
        return Shown(year, None, "unconfirmed", None)
    if year.first >= today:
        return Shown(year, law.deadline(DEADLINE, after=year.first).last_day, "to_come", None)
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
    ahead = [year for year in years(law, license_) if year.first > today][:count]
    rows = [_row(law, license_, year, after=today, prepayment=by) for year in ahead if year.due_yen > 0]
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
