"""Publishes anew what a law says otherwise than it did when the record was written: another rule of disclosure, another name of a code.

What the public reads is ready-made, so a rule that takes effect on a day, or an amended name, must be carried into it. A version whose
published text would be another one now is closed and followed by one that says the same and is published by the rules of today; the change
feed tells of it. Nothing is done where nothing differs: it may run again, or twice at once, or be stopped at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.database import SYSTEM, Database
from partner.registry import ledger, progress, record_queries, standing_queries, vocabulary
from partner.registry.facts import License
from partner.registry.ledger import Entry
from partner.registry.publishing import publish
from partner.registry.vocabulary import Vocabulary
from partner.regulation import Law

CAUSE = "publication"
SOURCE = "publication"
AT_A_TIME = 500
Texts = Mapping[UUID, tuple[str, str]]


def fingerprint(law: Law, on: date) -> str:
    """What the published texts depend on, as one digest: the rules of disclosure of a day, and all codes."""
    lists = {name: [[code.code, code.name.as_dict(), dict(code.attributes)] for code in found] for name, found in law.codes.lists.items()}
    text = orjson.dumps([law.disclosure.on(on).model_dump(mode="json"), lists], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


async def republish(database: Database, law: Law) -> int:
    """Bring what is published up to the law of today; tells how many stations were published anew. Nothing where that was done before."""
    digest = fingerprint(law, clock.today())
    async with database.transaction(SYSTEM) as session:
        known = await progress.find(session, SOURCE)
    if known is not None and known.name == digest and known.finished_at is not None:
        return 0
    state = progress.begun(SOURCE, digest)
    after: UUID | None = None
    while True:
        async with database.transaction(SYSTEM) as session:
            stations = await standing_queries.stations(session, after, at_a_time=AT_A_TIME)
            changed = await _republish(session, stations, vocabulary.of(law))
            state = replace(state, done=state.done + len(stations), changed=state.changed + changed, updated_at=clock.now())
            finished = len(stations) < AT_A_TIME
            await progress.keep(session, replace(state, finished_at=clock.now() if finished else None))
        if finished:
            return state.changed
        after = stations[-1]


async def _republish(session: AsyncSession, stations: Sequence[UUID], words: Vocabulary) -> int:
    """Publish those of some stations anew whose texts would be others now; the register is locked only where there are such."""
    differing = [entry.station_id for entry in await _entries(session, stations, words)]
    if not differing:
        return 0
    moment = await ledger.begin(session)
    entries = await _entries(session, differing, words)  # as the register stands now that nobody else changes it
    await ledger.record(session, moment, entries, words)
    return len(entries)


async def _entries(session: AsyncSession, stations: Sequence[UUID], words: Vocabulary) -> list[Entry]:
    today = clock.today()
    texts = await standing_queries.published_texts(session, stations)
    entries = []
    for station_id, belief in (await record_queries.beliefs(session, stations)).items():
        after = [version if _is_current(version, texts, words, today) else _anew(version) for version in belief]
        if after != list(belief):
            entries.append(Entry(station_id, "modified", CAUSE, today, belief, after))
    return entries


def _is_current(version: License, texts: Texts, words: Vocabulary, today: date) -> bool:
    made = publish(version, words, today)
    return texts.get(version.version_id) == (None if made is None else (made.license["document"], made.license["musen"]))


def _anew(version: License) -> License:
    return replace(version, version_id=identifiers.new_id())
