"""Imports a file of stations: chunk by chunk, each committed with the note how far it goes, so that any run can be stopped and taken up."""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import bulk, progress, record_queries, vocabulary
from partner.registry.bulk import Prepared
from partner.registry.imports import formats, import_queries, planning
from partner.registry.imports.formats import Format
from partner.registry.imports.planning import Fate, Found, Outcome
from partner.registry.imports.records import StationRecord, Trouble
from partner.registry.imports.stations import Stations
from partner.registry.imports.troubles import TroubleFile
from partner.registry.newcomers import Holder
from partner.registry.progress import Progress
from partner.registry.record_queries import Counter
from partner.registry.vocabulary import Vocabulary
from partner.regulation import Law

PIECE = 1 << 20


@dataclass(frozen=True)
class Source:
    """A file to import: the digest of its content says which one it is, whatever its name. `lines` is about how many it has."""

    path: Path
    form: Format
    digest: str
    lines: int


@dataclass(frozen=True)
class Chunk:
    """Some records that could be read, what is wrong with others, and how far the file is taken with them."""

    records: list[StationRecord]
    unreadable: int
    troubles: list[Trouble]
    done: int
    line: int

    def names(self) -> set[str]:
        """All by which another record could mean the same station, or claim the same sign."""
        return {name for record in self.records for name in _names(record)}


def _names(record: StationRecord) -> Iterator[str]:
    """By what another record could mean the same station, or claim the same sign."""
    return (word for word in (record.key, record.license_number, record.call_sign) if word is not None)


def source_of(path: Path, form: Format | None = None) -> Source:
    """The file at a path. Raises Invalid (`unknown_format`) and OSError."""
    chosen = form or formats.format_of(path)
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            lines += piece.count(b'"detailInfo"' if chosen == "musen" else b"\n")
    return Source(path, chosen, f"sha256:{digest.hexdigest()}", lines)


@dataclass
class Run:
    """One run over one file; `state` is how far it has come, `told` hears of it after each chunk."""

    database: Database
    law: Law
    source: Source
    troubles: TroubleFile
    told: Callable[[Progress], None] = lambda _: None
    state: Progress = field(init=False)
    _whole: bool = False

    async def run(self, *, limit: int | None = None, again: bool = False) -> bool:
        """Import what is not imported yet, up to `limit` records of the file; False when all of it was there before.

        `again` takes a file up from its beginning that was imported whole: what says the same as before writes nothing.
        """
        async with self.database.transaction(SYSTEM) as session:
            before = await progress.find(session, self.source.digest)
        if before is not None and before.finished_at is not None and not again:
            self.state = before
            return False
        fresh = before is None or before.finished_at is not None
        self.state = progress.begun(self.source.digest, self.source.path.name) if before is None or fresh else before
        self.troubles.cut(self.state.line)
        self.troubles.accept()
        work = _Importing(self)
        await bulk.Pipeline(self.database, work, self._committed).run(self._chunks(limit))
        if self._whole:
            self.state = replace(self.state, finished_at=clock.now(), updated_at=clock.now())
            async with self.database.transaction(SYSTEM) as session:
                await progress.keep(session, self.state)
        return True

    def _chunks(self, limit: int | None) -> Iterator[Chunk]:
        for chunk in chunks(self.source, self.law, first=self.state.done, limit=limit):
            if chunk is END:
                self._whole = True
                return
            yield chunk

    def after(self, chunk: Chunk, outcome: Outcome) -> Progress:
        """The state when a chunk is on record."""
        fates = outcome.fates
        return replace(
            self.state,
            updated_at=clock.now(),
            line=chunk.line,
            done=chunk.done,
            new=self.state.new + fates["new"],
            changed=self.state.changed + fates["changed"],
            unchanged=self.state.unchanged + fates["unchanged"],
            refused=self.state.refused + fates["refused"] + chunk.unreadable,
        )

    def _committed(self, chunk: Chunk, prepared: Prepared) -> None:
        self.state = self.after(chunk, prepared.outcome)
        self.troubles.accept()
        self.told(self.state)


Read = tuple[StationRecord | None, list[Trouble]]
END = Chunk([], 0, [], -1, -1)


def chunks(source: Source, law: Law, *, first: int, limit: int | None) -> Iterator[Chunk]:
    """The records of a file after the first ones, in chunks, and `END` when the file is at its end.

    The first ones are read too, for their order tells unmarked stations apart. A record that names what the chunk before names begins a
    chunk of its own: else the whole chunk could not be looked up before that one is on record.
    """
    words = vocabulary.of(law)
    stations = Stations(words, clock.today())
    collected: list[Read] = []
    before: set[str] = set()
    names: set[str] = set()
    done = line = 0
    for raw in formats.records(source.path, source.form, words):
        if limit is not None and done >= limit:
            break
        found = stations.read(raw)
        own = set() if found[0] is None or done < first else {*_names(found[0])}
        would_follow = before.isdisjoint(names) and not before.isdisjoint(own)
        if collected and (would_follow or len(collected) >= bulk.AT_A_TIME):
            yield _chunk(collected, done, line)
            collected, before, names = [], names, set()
        done, line = done + 1, raw.line
        if done > first:
            collected.append(found)
            names |= own
    else:
        if collected:
            yield _chunk(collected, done, line)
        yield END
        return
    if collected:
        yield _chunk(collected, done, line)


def _chunk(collected: list[Read], done: int, line: int) -> Chunk:
    records = [record for record, _ in collected if record is not None]
    return Chunk(records, len(collected) - len(records), [one for _, found in collected for one in found], done, line)


class _Importing:
    """How chunks of a file become rows."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._vocabulary: Vocabulary = vocabulary.of(run.law)

    async def look(self, session: AsyncSession, chunk: Chunk) -> Found:
        return await planning.look(session, chunk.records)

    def prepare(self, chunk: Chunk, found: Found, begun: Counter, holders: Mapping[str, Holder]) -> Prepared:
        return planning.prepare(self._run.source.digest, chunk.records, found, begun, holders, self._vocabulary)

    async def note(self, session: AsyncSession, chunk: Chunk, prepared: Prepared) -> None:
        self._run.troubles.add(sorted([*chunk.troubles, *prepared.outcome.troubles], key=lambda one: one.line))
        await progress.keep(session, self._run.after(chunk, prepared.outcome))

    def follows(self, chunk: Chunk, before: Chunk) -> bool:
        return not chunk.names().isdisjoint(before.names())


@dataclass(frozen=True)
class Examined:
    """What an import would do."""

    fates: Tally[Fate]
    troubles: list[Trouble]


async def examine(
    database: Database, law: Law, source: Source, *, limit: int | None = None, told: Callable[[int], None] = lambda _: None
) -> Examined:
    """What the import of a file, from its beginning, would do to the register as it stands. Writes nothing.

    Call signs and license numbers that two far parts of the file both claim are found out only when it is imported.
    """
    fates: Tally[Fate] = Tally()
    troubles: list[Trouble] = []
    said: dict[str, import_queries.Known] = {}
    for chunk in chunks(source, law, first=0, limit=limit):
        if chunk is END:
            break
        async with database.transaction(SYSTEM) as session:
            found = await planning.look(session, chunk.records)
            begun = await record_queries.counter(session)
        found = replace(found, keys={**found.keys, **{key: said[key] for key in chunk.names() & said.keys()}})
        prepared = planning.prepare(source.digest, chunk.records, found, begun, {}, vocabulary.of(law))
        said.update(prepared.outcome.said)
        fates.update(prepared.outcome.fates)
        fates["refused"] += chunk.unreadable
        troubles.extend(sorted([*chunk.troubles, *prepared.outcome.troubles], key=lambda one: one.line))
        told(chunk.line)
    return Examined(fates, troubles)


__all__ = ["Examined", "Run", "Source", "TroubleFile", "examine", "source_of"]
