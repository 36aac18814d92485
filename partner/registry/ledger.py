"""Changes of the register in commit order.

A transaction that changes the register first takes the lock of its counter and holds it to the commit. So changes are made
one after another, record times grow strictly, the published sequence has no gaps, and no reader of the feed can miss a
change of a slower transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.errors import Invalid, NotFound, Text
from partner.registry import models, particulars, record_queries, writing
from partner.registry.facts import License
from partner.registry.publishing import Published, publish, with_status
from partner.registry.timeline import NOTHING_HIDDEN, Hidden, hidden_around, standing
from partner.registry.vocabulary import Vocabulary

BY_DAY = "day"
"""The cause of a change that is no act: a day has come on which what was recorded beforehand takes effect."""
Row = dict[str, Any]


@dataclass
class Moment:
    """The record time of the changes of one act, and the published sequence as far as it has come."""

    at: datetime
    sequence: int

    @cached_property
    def today(self) -> date:
        """The date in Japan of the record time."""
        return clock.legal_date(self.at)


@dataclass(frozen=True)
class Entry:
    """One act on one station: what was believed of it before, and what is believed from now on."""

    station_id: UUID
    kind: str
    cause: str
    effective_on: date
    before: Sequence[License]
    after: Sequence[License]

    @property
    def by_time(self) -> bool:
        """Whether nothing else happened than that the day has come."""
        return [version.version_id for version in self.before] == [version.version_id for version in self.after]


@dataclass
class Batch:
    """What the acts of one moment write: rows by table, in the order of the foreign keys, and versions to close.

    `documents` are the published documents of the versions that the acts speak of, known beforehand or made here.
    """

    moment: Moment
    documents: dict[UUID, Row] = field(default_factory=dict)
    rows: dict[type[SQLModel], list[Row]] = field(
        default_factory=lambda: {
            models.RegisterChange: [],
            models.LicenseVersion: [],
            models.Assignment: [],
            models.PublishedLicense: [],
            models.PublishedAssignment: [],
            models.PublishedChange: [],
        }
    )
    closed: list[UUID] = field(default_factory=list)


async def begin(session: AsyncSession) -> Moment:
    """Take the lock under which the register is changed, and the record time of what follows."""
    counter = await record_queries.lock_counter(session)
    at = clock.now()
    if counter.recorded_at is not None:
        at = max(at, counter.recorded_at + writing.TICK)
    return Moment(at, counter.sequence)


async def believed(session: AsyncSession, station_id: UUID) -> list[License]:
    """All that is believed of a station. Raises NotFound when there is no such station."""
    belief = await record_queries.belief(session, station_id)
    if not belief:
        raise NotFound("unknown_station", Text("無線局が登録されていません。", "There is no such station on record."))
    return belief


async def enter(session: AsyncSession, moment: Moment, entry: Entry, vocabulary: Vocabulary) -> License:
    """Write one entry, and give the version that stands for its day. Raises Invalid when it leaves none."""
    await record(session, moment, [entry], vocabulary)
    found = standing(entry.after, entry.effective_on)
    if found is None:
        raise Invalid("outside_term", Text("その日に有効な免許がありません。", "No license holds on these days."))
    return found


async def record(session: AsyncSession, moment: Moment, entries: Iterable[Entry], vocabulary: Vocabulary) -> None:
    """Write entries with all that follows from them: versions, what is published of them, and the feed."""
    found = list(entries)
    kept = [version.version_id for entry in found for version in entry.before]
    batch = Batch(moment, await record_queries.documents(session, kept) if kept else {})
    first = moment.sequence
    for entry in [*await _withdrawn(session, batch, found), *found]:
        add(batch, entry, vocabulary)
    await close(session, batch.closed, at=moment.at)
    for model, rows in batch.rows.items():
        await writing.insert_rows(session, model, rows)
    await advance(session, moment, published=moment.sequence > first)


async def _withdrawn(session: AsyncSession, batch: Batch, entries: Sequence[Entry]) -> list[Entry]:
    """What a day has withdrawn from the public without anybody having been told, where now an entry comes that shows nothing either."""
    today = batch.moment.today
    hidden = {
        entry.station_id: entry.before for entry in entries if entry.cause != BY_DAY and is_hidden(entry.before, batch.documents, today)
    }
    days = await record_queries.untold(session, today, hidden) if hidden else {}
    return [withdrawn(hidden[station_id], day) for station_id, day in days.items()]


def is_hidden(belief: Sequence[License], documents: Mapping[UUID, Row], on: date) -> bool:
    """Whether nothing of a station is shown on a day, while something of it is published."""
    return any(version.version_id in documents for version in belief) and _shown(belief, documents, on) is None


def withdrawn(belief: Sequence[License], day: date) -> Entry:
    """What a day has withdrawn from the public, to be told before an act of which nothing is published."""
    return Entry(belief[-1].station_id, "modified", BY_DAY, day, belief, belief)


async def close(session: AsyncSession, version_ids: Sequence[UUID], *, at: datetime) -> None:
    """Stop believing versions, and showing them, from an instant on."""
    for model in (models.LicenseVersion, models.PublishedLicense):
        await writing.close(session, model, version_ids, at=at)


async def advance(session: AsyncSession, moment: Moment, *, published: bool) -> None:
    """Move the counter on to the end of a moment; `published`: something of it stands on the feed."""
    feed = {"updated_at": moment.at} if published else {}
    values = {"sequence": moment.sequence, **feed, "recorded_at": moment.at}
    await writing.advance(session, models.RegisterCounter, {"only": True}, values)


def add(batch: Batch, entry: Entry, vocabulary: Vocabulary) -> None:
    """Add one act to a batch, with the next place on the feed when anything of it is published. Pure."""
    moment = batch.moment
    old = {version.version_id for version in entry.before}
    new = [version for version in entry.after if version.version_id not in old]
    published = {version.version_id: publish(version, vocabulary, moment.today) for version in new}
    batch.documents.update({key: made.document for key, made in published.items() if made is not None})
    hidden = hidden_around(entry.after, batch.documents)
    if anew := _neighbours(entry, batch.documents, hidden):
        after = [replace(one, version_id=identifiers.new_id()) if one.version_id in anew else one for one in entry.after]
        add(batch, replace(entry, after=after), vocabulary)
        return
    batch.closed.extend(old - {version.version_id for version in entry.after})
    change = _change(batch, entry)
    for version in new:
        batch.rows[models.LicenseVersion].append(_version_row(version, change, moment))
        batch.rows[models.Assignment].extend(_assignment_rows(version))
        _publish(batch, version, published[version.version_id], hidden.get(version.version_id, NOTHING_HIDDEN))


def _neighbours(entry: Entry, published: Collection[UUID], hidden: Mapping[UUID, Hidden]) -> set[UUID]:
    """Kept versions that are published and next to which something else is withheld now: they are recorded anew, for their rows say it."""
    kept = {version.version_id for version in entry.before} & {version.version_id for version in entry.after}
    before = hidden_around(entry.before, published)
    return {key for key in kept if key in published and before.get(key) != hidden.get(key)}


def _change(batch: Batch, entry: Entry) -> UUID:
    """The act itself, and its entry on the feed when anything of it is published.

    The feed shows the station as the register does on the day of the record, before and after: so whoever follows it has the register.
    What takes effect on a later day is shown as it is until then, and once more on that day.
    """
    moment, documents = batch.moment, batch.documents
    before = _shown(entry.before, documents, entry.effective_on - timedelta(days=1) if entry.by_time else moment.today)
    after = _shown(entry.after, documents, moment.today)
    change: Row = {
        "id": identifiers.new_id(),
        "station_id": entry.station_id,
        "kind": entry.kind,
        "cause": entry.cause,
        "effective_on": entry.effective_on,
        "at": moment.at,
        "sequence": None,
    }
    if before is not None or after is not None:
        moment.sequence += 1
        change["sequence"] = moment.sequence
        feed = {key: change[key] for key in ("sequence", "station_id", "kind", "at")}
        batch.rows[models.PublishedChange].append({**feed, "before": before, "after": after})
    batch.rows[models.RegisterChange].append(change)
    found: UUID = change["id"]
    return found


def _shown(belief: Sequence[License], documents: Mapping[UUID, Row], on: date) -> Row | None:
    """The station as the public register shows it on a day: the version that stands for the day, if it is published."""
    version = standing(belief, on)
    document = None if version is None else documents.get(version.version_id)
    return None if version is None or document is None else with_status(document, version, on)


def _publish(batch: Batch, version: License, made: Published | None, hidden: Hidden) -> None:
    if made is None:
        return
    moment = batch.moment
    decided = {
        "sequence": moment.sequence,
        "recorded": writing.from_now(moment.at),
        "valid": writing.days(version.holds_from, version.holds_to),
        "hidden_before": hidden.before,
        "hidden_from": hidden.from_day,
    }
    batch.rows[models.PublishedLicense].append({**made.license, **decided})
    batch.rows[models.PublishedAssignment].extend(made.assignments)


def station_row(license_: License, moment: Moment) -> Row:
    """The row of a station that comes into being with a license."""
    return {"id": license_.station_id, "station_class": license_.facts.station_class, "recorded_at": moment.at}


def _version_row(version: License, change_id: UUID, moment: Moment) -> Row:
    return {
        "id": version.version_id,
        "station_id": version.station_id,
        "licensee_id": version.licensee_id,
        "licensee_version_id": version.licensee_version_id,
        "change_id": change_id,
        "license_number": version.license_number,
        "call_sign": version.call_sign,
        "licensed_on": version.licensed_on,
        "term_from": version.valid_from,
        "term_to": version.valid_to,
        "ended_on": version.ended_on,
        "end_kind": version.end_kind,
        "suspended": version.suspended,
        **particulars.columns(version.facts),
        "valid": writing.days(version.holds_from, version.holds_to),
        "recorded": writing.from_now(moment.at),
    }


def _assignment_rows(version: License) -> list[Row]:
    return [
        {
            "version_id": version.version_id,
            "ordinal": ordinal,
            "emission": line.emission,
            "bundle": line.bundle,
            "frequency_hz": line.frequency_hz,
            "frequency_to_hz": line.frequency_to_hz,
            "power_w": line.power_w,
            "continued": line.continued,
        }
        for ordinal, line in enumerate(version.facts.assignments, 1)
    ]
