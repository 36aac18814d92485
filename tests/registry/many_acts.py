"""Acts of every kind on many stations at once: one record time for all of them, and few statements."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.errors import Conflict, Invalid
from partner.registry import dispositions, ledger, record_queries, timeline, vocabulary, writing
from partner.registry.facts import License
from partner.registry.ledger import Entry
from partner.registry.models import Disposition
from tests.registry.acting import rows
from tests.registry.samples import law

KINDS = ("renewed", "modified", "modified", "corrected", "corrected", "suspended", "ended", "revoked", "withheld", "shown again")
WITHHELD = "FIR"  # no station of the fire service is published


async def act_on_many(session: AsyncSession, station_ids: Sequence[UUID], chance: random.Random) -> int:
    """One act on each of the stations, of a random kind and day, in one moment; how many the register took."""
    moment = await ledger.begin(session)
    entries: list[Entry] = []
    orders = []
    ordered = {row["station_id"] for row in await rows(session, "SELECT station_id FROM disposition")}
    for station_id, belief in (await record_queries.beliefs(session, station_ids)).items():
        try:
            entry = random_entry(station_id, belief, moment.today + timedelta(days=chance.randint(-90, 60)), chance)
        except (Conflict, Invalid):
            continue
        if entry.kind == "suspended" and station_id in ordered:
            continue
        if entry.kind == "suspended":
            last = entry.effective_on + timedelta(days=20)
            orders.append(dispositions.row(station_id, "suspension", entry.effective_on, last=last, reason="x", at=moment.at))
        entries.append(entry)
    await writing.insert_rows(session, Disposition, orders)
    await ledger.record(session, moment, entries, vocabulary.of(law()))
    return len(entries)


def random_entry(station_id: UUID, belief: list[License], day: date, chance: random.Random) -> Entry:
    """One act on a station. Raises Conflict and Invalid as the register would."""
    kind, last, code = chance.choice(KINDS), belief[-1], chance.choice(("13101", "14101", "27102"))
    facts = replace(
        last.facts, municipality=code, assignments=tuple(replace(line, power_w=Decimal(code)) for line in last.facts.assignments)
    )
    match kind:
        case "renewed":
            begins = max(day, last.holds_to + timedelta(days=1))
            after = timeline.renewed(belief, last.for_term(begins, begins + timedelta(days=chance.randint(10, 2_000))))
            return Entry(station_id, kind, "x", begins, belief, after)
        case "modified":
            after = timeline.changed(belief, day, None, lambda version: replace(version, facts=facts))
        case "corrected":
            after = timeline.changed(belief, day, day + timedelta(days=30), lambda version: replace(version, facts=facts))
        case "suspended":
            after = timeline.changed(belief, day, day + timedelta(days=20), dispositions.suspended)
        case "ended" | "revoked":
            after = timeline.ended(belief, ends_on=day, kind="revoked" if kind == "revoked" else "discontinued")
        case _:
            purposes = (WITHHELD,) if kind == "withheld" else ("x-general",)
            kind, day = "corrected", chance.choice((day, belief[0].holds_from))
            after = timeline.changed(belief, day, None, lambda version: replace(version, facts=replace(version.facts, purposes=purposes)))
    return Entry(station_id, kind, "x", day, belief, after)
