"""What a draft of the law changes in the spectrum user fee of licenses: of the first year that begins on the day that is tried or later.

Only asked where the table, the day of payment or a holiday differs, for it takes the whole record of every license.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing import simulation, spectrum_fees, spectrum_years
from partner.licensing.simulation import Changes
from partner.registry import anniversaries
from partner.registry.facts import License
from partner.registry.standing_queries import Standing
from partner.regulation import Law

AT_A_TIME = 500


async def changes(session: AsyncSession, law: Law, draft: Law, on: date, batch: Sequence[Standing]) -> dict[UUID, Changes]:
    """By station, what changes for a batch of licenses; nothing for those whose fee stays as it is."""
    found: dict[UUID, Changes] = {}
    for begin in range(0, len(batch), AT_A_TIME):
        some = [one.station_id for one in batch[begin : begin + AT_A_TIME]]
        for license_ in await anniversaries.of_stations(session, some, on):
            before, after = ({"spectrum_fee": _of_a_year(one, license_, on)} for one in (law, draft))
            found[license_.station_id] = simulation.changes(before, after)
    return found


def _of_a_year(law: Law, license_: License, on: date) -> dict[str, Any] | None:
    """What the first year costs that begins on a day or after it; None where no year of the license does."""
    year = next((one for one in spectrum_years.years(law, license_) if one.first >= on), None)
    if year is None:
        return None
    counted = year.period.counted_on is not None
    amount = {"yen_a_station": year.annual.amount_yen} if counted else {"amount_yen": year.amount_yen}
    confirmed = year.annual.confirmed if counted else year.confirmed
    return {**amount, "confirmed": confirmed, "due_on": spectrum_fees.due_on(law, year).isoformat()}
