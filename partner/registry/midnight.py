"""What a day changes on the register without any act of it: what was recorded beforehand takes effect, and terms and orders run out.

Nothing is written for it but an entry on the feed, so that whoever follows the feed has the register of the day.
"""

from __future__ import annotations

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.registry import ledger, record_queries, timeline, vocabulary
from partner.registry.ledger import Entry
from partner.regulation import Law


async def take_effect(session: AsyncSession, *, on: date | None = None, law: Law | None = None) -> int:
    """Put on the feed every station that a day up to `on` (today) has changed since an act on it was told of last; how many.

    The kind of the entry is that of the act whose effect it is: `renewed` on the first day of the new term, `suspended` and `reinstated`
    on the days on which an order begins and has run out, and so on.
    """
    moment = await ledger.begin(session)
    days = await record_queries.untold(session, on or clock.today())
    beliefs = await record_queries.beliefs(session, days)
    entries = [
        Entry(
            station_id,
            timeline.by_day(beliefs[station_id], day, moment.today),
            ledger.BY_DAY,
            day,
            beliefs[station_id],
            beliefs[station_id],
        )
        for station_id, day in days.items()
    ]
    if entries:
        await ledger.record(session, moment, entries, vocabulary.chosen(law))
    return len(entries)
