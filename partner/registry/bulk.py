"""Stations by the thousand: the next chunk is prepared while PostgreSQL writes the present one, each in its own transaction.

A chunk is prepared on a guess: that nobody else changes the register meanwhile. Whoever writes it holds the lock of the counter and
looks whether the guess was right; if not, the chunk is prepared anew under the lock. So record times still grow strictly and
the feed has no gaps, and no change of anybody else is overlooked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import copying, ledger, models, record_queries, writing
from partner.registry.facts import License
from partner.registry.import_models import ImportKey
from partner.registry.ledger import Batch, Entry, Moment
from partner.registry.newcomers import Holder, Known, Newcomers
from partner.registry.publishing import publish
from partner.registry.record_queries import Counter
from partner.registry.vocabulary import Vocabulary

Row = dict[str, Any]
Chunk = TypeVar("Chunk")
Taken_contra = TypeVar("Taken_contra", contravariant=True)
AT_A_TIME = 6_000
TOGETHER = 250
TRIES = 3
ORDER: tuple[type[SQLModel], ...] = (
    models.Licensee,
    models.LicenseeVersion,
    models.CallSign,
    models.Station,
    models.RegisterChange,
    models.LicenseVersion,
    models.Assignment,
    models.Disposition,
    models.PublishedLicense,
    models.PublishedAssignment,
    models.PublishedChange,
    ImportKey,
)
"""The tables in the order of their foreign keys."""
REPLACED: dict[type[SQLModel], tuple[str, ...]] = {ImportKey: ("content", "source")}
"""Columns that a further row of the same key replaces."""


@dataclass(frozen=True)
class Step:
    """What one record time writes: first rows to close, then rows by table as `COPY` reads them."""

    at: datetime
    closed: Mapping[type[SQLModel], Collection[UUID]]
    texts: Mapping[type[SQLModel], bytes]


@dataclass(frozen=True)
class Prepared:
    """What is to be written of a chunk when the register still stands at `begun`; afterwards it stands at `ended`.

    `holders` are the licensees that it makes, `outcome` is what the work itself wants to remember.
    """

    begun: Counter
    ended: Moment
    steps: list[Step]
    holders: Mapping[str, Holder] = field(default_factory=dict)
    outcome: Any = None


class Draft:
    """Collects what is to be written of a chunk, act by act, and keeps it as the text that `COPY` reads. Pure.

    Acts on the same station whose versions replace each other need different record times: `later` begins the next one.
    """

    def __init__(self, begun: Counter, vocabulary: Vocabulary) -> None:
        now = clock.now()
        at = now if begun.recorded_at is None else max(now, begun.recorded_at + writing.TICK)
        self._begun = begun
        self._vocabulary = vocabulary
        self.moment = Moment(at, begun.sequence)
        self._steps: list[Step] = []
        self._start()

    def _start(self) -> None:
        self._texts: dict[type[SQLModel], list[bytes]] = {model: [] for model in ORDER}
        self._rows: dict[type[SQLModel], list[Row]] = {model: [] for model in ORDER}
        self._closed: dict[type[SQLModel], list[UUID]] = {}
        self._batch = Batch(self.moment)
        self._waiting = 0

    def station(self, license_: License) -> None:
        """A station comes into being with a license."""
        self.row(models.Station, ledger.station_row(license_, self.moment))

    def row(self, model: type[SQLModel], row: Row) -> None:
        """A row beside those that follow from the acts."""
        self._rows[model].append(row)

    def close(self, model: type[SQLModel], ids: Collection[UUID]) -> None:
        """Rows that are believed no longer."""
        self._closed.setdefault(model, []).extend(ids)

    def act(self, entry: Entry, documents: Mapping[UUID, dict[str, Any]] | None = None) -> None:
        """One act; `documents` are the published documents of versions that it keeps or closes and that no act just before made."""
        self._batch.documents.update(documents or {})
        ledger.add(self._batch, entry, self._vocabulary)
        self._waiting += 1

    def documents_of(self, belief: Iterable[License]) -> dict[UUID, dict[str, Any]]:
        """The published documents of versions, made again."""
        made = {version.version_id: publish(version, self._vocabulary, self.moment.today) for version in belief}
        return {version_id: one.document for version_id, one in made.items() if one is not None}

    def next_station(self) -> None:
        """Between two stations: what was collected becomes text, so that memory stays flat."""
        if self._waiting >= TOGETHER:
            self._encode()

    def later(self) -> None:
        """Go on to the next record time."""
        self._finish_step()
        self.moment = Moment(self.moment.at + writing.TICK, self.moment.sequence)
        self._start()

    def prepared(self, newcomers: Newcomers | None = None) -> Prepared:
        """What was collected, with the licensees and call signs that it needs, which come first."""
        self._finish_step()
        if newcomers is not None:
            self._put_first(newcomers)
        return Prepared(self._begun, self.moment, self._steps, {} if newcomers is None else newcomers.made)

    def _put_first(self, newcomers: Newcomers) -> None:
        texts = {model: copying.encode(model, rows) for model, rows in newcomers.rows.items() if rows}
        closed: dict[type[SQLModel], list[UUID]] = {
            models.CallSign: newcomers.closed,
            models.LicenseeVersion: newcomers.closed_versions,
        }
        if texts or any(closed.values()):
            self._steps.insert(0, Step(newcomers.at, closed, texts))

    def _encode(self) -> None:
        self._encode_rows(self._rows)
        self._encode_rows(self._batch.rows)
        self._batch.documents.clear()
        self._waiting = 0

    def _encode_rows(self, collected: Mapping[type[SQLModel], list[Row]]) -> None:
        for model, rows in collected.items():
            if rows:
                self._texts[model].append(copying.encode(model, rows))
                rows.clear()

    def _finish_step(self) -> None:
        self._encode()
        if self._batch.closed:
            self._closed |= {models.LicenseVersion: self._batch.closed, models.PublishedLicense: self._batch.closed}
        texts = {model: b"".join(parts) for model, parts in self._texts.items() if parts}
        if texts or self._closed:
            self._steps.append(Step(self.moment.at, self._closed, texts))


class Work(Protocol[Taken_contra]):
    """How chunks of one kind become rows."""

    async def look(self, session: AsyncSession, chunk: Taken_contra) -> Any:
        """What the register says of everything that a chunk names."""

    def prepare(self, chunk: Taken_contra, found: Any, begun: Counter, holders: Mapping[str, Holder]) -> Prepared:
        """What is to be written; `holders` are licensees that the chunk before makes. Pure: it runs beside the event loop."""

    async def note(self, session: AsyncSession, chunk: Taken_contra, prepared: Prepared) -> None:
        """Keep, in the transaction of the chunk, how far we have come."""

    def follows(self, chunk: Taken_contra, before: Taken_contra) -> bool:
        """Whether a chunk can only be looked up when the one before is on record."""


@dataclass
class Pipeline(Generic[Chunk]):
    """Writes chunks one after the other; `told` hears of each as soon as it is committed."""

    database: Database
    work: Work[Chunk]
    told: Callable[[Chunk, Prepared], None]

    async def run(self, chunks: Iterator[Chunk]) -> None:
        """Write them all. What is committed when it fails, or is killed, stands."""
        chunk = await asyncio.to_thread(next, chunks, None)
        if chunk is None:
            return
        async with self.database.transaction(SYSTEM) as session:
            begun = await record_queries.counter(session)
        prepared = await self._prepare(chunk, begun, {})
        while chunk is not None:
            committed = asyncio.Event()
            coming = asyncio.create_task(self._next(chunks, chunk, prepared, committed))
            try:
                written = await self._write(chunk, prepared)
                committed.set()
                self.told(chunk, written)
                following, ahead = await coming
            finally:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
            chunk, ended = following, counter_after(written)
            if chunk is not None:
                prepared = ahead if ahead is not None and ahead.begun == ended else await self._prepare(chunk, ended, written.holders)

    async def _next(
        self, chunks: Iterator[Chunk], before: Chunk, prepared: Prepared, committed: asyncio.Event
    ) -> tuple[Chunk | None, Prepared | None]:
        """The chunk after `before`, prepared on the guess that `before` will be written as it is."""
        chunk = await asyncio.to_thread(next, chunks, None)
        if chunk is None:
            return None, None
        if self.work.follows(chunk, before):
            await committed.wait()
        return chunk, await self._prepare(chunk, counter_after(prepared), prepared.holders)

    async def _prepare(self, chunk: Chunk, begun: Counter, holders: Mapping[str, Holder]) -> Prepared:
        async with self.database.transaction(SYSTEM) as session:
            found = await self.work.look(session, chunk)
        return await asyncio.to_thread(self.work.prepare, chunk, found, begun, holders)

    async def _write(self, chunk: Chunk, prepared: Prepared) -> Prepared:
        """Write a chunk; gives what was written. Somebody else may put the same licensee on record meanwhile: then once more."""
        for _ in range(TRIES - 1):
            try:
                return await self._write_once(chunk, prepared)
            except UniqueViolation:
                prepared = replace(prepared, begun=Counter(-1, None))
        return await self._write_once(chunk, prepared)

    async def _write_once(self, chunk: Chunk, prepared: Prepared) -> Prepared:
        async with self.database.transaction(SYSTEM) as session:
            counter = await record_queries.lock_counter(session)
            if counter != prepared.begun or prepared.ended.today != clock.today():
                found = await self.work.look(session, chunk)
                prepared = await asyncio.to_thread(self.work.prepare, chunk, found, counter, {})
            await write(session, prepared)
            await self.work.note(session, chunk, prepared)
            return prepared


async def write(session: AsyncSession, prepared: Prepared) -> None:
    """Write what was prepared; the caller holds the lock of the counter, and the register stands where it was prepared for."""
    for step in prepared.steps:
        for model, ids in step.closed.items():
            await writing.close(session, model, ids, at=step.at)
        for model in ORDER:
            if model in step.texts:
                await copying.copy(session, model, step.texts[model], replaced=REPLACED.get(model, ()))
    if prepared.steps:
        await ledger.advance(session, prepared.ended, published=prepared.ended.sequence > prepared.begun.sequence)


def counter_after(prepared: Prepared) -> Counter:
    """Where the counter stands when a chunk is written."""
    return Counter(prepared.ended.sequence, prepared.ended.at) if prepared.steps else prepared.begun


def merged(known: Known, holders: Mapping[str, Holder]) -> Known:
    """What is known, with licensees that are about to be written."""
    return replace(known, holders={**known.holders, **holders})
