"""What a day changes on the register without any act of it: what was recorded beforehand takes effect, and terms and orders run out.

Nothing is written for it but an entry on the feed, so that whoever follows the feed has the register of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.registry import ledger, record_queries, vocabulary
from partner.registry.facts import License
from partner.registry.ledger import Entry
from partner.registry.status import Status
from partner.registry.timeline import ONE_DAY, standing, status_on
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
        Entry(station_id, kind(beliefs[station_id], day, moment.today), ledger.BY_DAY, day, beliefs[station_id], beliefs[station_id])
        for station_id, day in days.items()
    ]
    if entries:
        await ledger.record(session, moment, entries, vocabulary.chosen(law))
    return len(entries)


def kind(belief: Sequence[License], day: date, today: date) -> str:
    """What has happened to a station from the eve of a day to today, in the words of the feed. Pure."""
    before, after = standing(belief, day - ONE_DAY), standing(belief, today)
    assert before is not None  # noqa: S101 -- a station has a version that stands for any day
    assert after is not None  # noqa: S101
    was, found = status_on(before, day - ONE_DAY), status_on(after, today)
    if was == "not_yet":
        return "granted"
    if found == "ended":
        return "revoked" if after.end_kind == "revoked" else "ended"
    if before.valid_from != after.valid_from:
        return "renewed"
    return _by_status(was, found)


def _by_status(was: Status, found: Status) -> str:
    if was == found:
        return "modified"
    if was == "suspended" and found == "in_force":
        return "reinstated"
    return found if found in {"suspended", "expired"} else "modified"
