"""Orders of the authority that suspend or end a license (電波法75条, 76条).

An order is recorded as such, and the versions whose days it covers are split there, so that each version is either
suspended or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import identifiers
from partner.errors import Conflict, Text
from partner.registry import ledger, record_queries, timeline, vocabulary, writing
from partner.registry.facts import License
from partner.registry.ledger import Entry, Moment, believed
from partner.registry.models import Disposition
from partner.regulation import Law


async def suspend(
    session: AsyncSession,
    station_id: UUID,
    *,
    first: date,
    last: date | None = None,
    reason: str,
    cause: str,
    law: Law | None = None,
) -> License:
    """Operation is suspended from `first` to `last` (None: until it is lifted). Gives the version of the first day.

    Raises Invalid (`outside_term`) when no license holds then, Conflict (`suspended_already`), NotFound.
    """
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    for order in await record_queries.suspensions(session, station_id):
        if (last is None or order.first <= last) and (order.last is None or order.last >= first):
            raise Conflict(
                "suspended_already", Text("その期間は既に運用停止中です。", "Operation is suspended already on some of these days.")
            )
    after = timeline.changed(before, first, last, suspended)
    await _insert(session, station_id, "suspension", first, last=last, reason=reason, moment=moment)
    return await ledger.enter(session, moment, Entry(station_id, "suspended", cause, first, before, after), vocabulary.chosen(law))


async def reinstate(session: AsyncSession, station_id: UUID, *, lifted_on: date, cause: str, law: Law | None = None) -> License:
    """The suspension that covers `lifted_on` is lifted from that day on. Raises Conflict (`not_suspended`) when none does."""
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    orders = await record_queries.suspensions(session, station_id)
    covering = [order for order in orders if order.first <= lifted_on and (order.last is None or lifted_on <= order.last)]
    if not covering:
        raise Conflict("not_suspended", Text("運用停止中ではありません。", "Operation is not suspended on that day."))
    order = covering[0]
    await writing.close(session, Disposition, [order.id], at=moment.at)
    if order.first < lifted_on:
        last = lifted_on - timedelta(days=1)
        await _insert(session, station_id, "suspension", order.first, last=last, reason=order.reason, moment=moment)
    after = timeline.changed(before, lifted_on, order.last, _unsuspended)
    return await ledger.enter(session, moment, Entry(station_id, "reinstated", cause, lifted_on, before, after), vocabulary.chosen(law))


async def revoke(session: AsyncSession, station_id: UUID, *, on: date, reason: str, cause: str, law: Law | None = None) -> License:
    """The license is revoked: it ends on that day. Raises as `end` does."""
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    after = timeline.ended(before, ends_on=on, kind="revoked")
    await _insert(session, station_id, "revocation", on, last=None, reason=reason, moment=moment)
    return await ledger.enter(session, moment, Entry(station_id, "revoked", cause, on, before, after), vocabulary.chosen(law))


async def suspended_as_ordered(session: AsyncSession, versions: Sequence[License]) -> list[License]:
    """Versions of one station, split and marked where orders of suspension cover them."""
    found = list(versions)
    for order in await record_queries.suspensions(session, found[0].station_id):
        if order.first <= found[-1].holds_to and (order.last is None or order.last >= found[0].holds_from):
            found = timeline.changed(found, order.first, order.last, suspended)
    return found


async def _insert(
    session: AsyncSession, station_id: UUID, kind: str, first: date, *, last: date | None, reason: str, moment: Moment
) -> None:
    await writing.insert_rows(session, Disposition, [row(station_id, kind, first, last=last, reason=reason, at=moment.at)])


def row(station_id: UUID, kind: str, first: date, *, last: date | None, reason: str, at: datetime) -> dict[str, Any]:
    """The row of an order that is on record from `at` on."""
    return {
        "id": identifiers.new_id(),
        "station_id": station_id,
        "kind": kind,
        "period": Range(first, None, bounds="[)") if last is None else writing.days(first, last),
        "reason": reason,
        "recorded": writing.from_now(at),
    }


def suspended(version: License) -> License:
    """The version, under an order of suspension."""
    return replace(version, suspended=True)


def _unsuspended(version: License) -> License:
    return replace(version, suspended=False)
