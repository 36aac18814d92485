"""Puts a synthetic register on record: in chunks, each committed, so that a run that was stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Conflict, Text
from partner.registry import bulk, dispositions, licensees, newcomers, progress, timeline, vocabulary
from partner.registry.bulk import Draft, Prepared
from partner.registry.facts import License
from partner.registry.importing import LicenseRecord, license_of
from partner.registry.ledger import Entry
from partner.registry.models import Disposition
from partner.registry.newcomers import Holder, Known, Newcomers
from partner.registry.progress import Progress
from partner.registry.record_queries import Counter, is_empty
from partner.registry.synthetic_register import SyntheticRegister, SyntheticStation
from partner.regulation import Law

CAUSE = "seed"
SOURCE = "seed:"
REASON = "電波法76条1項 (synthetic)"


@dataclass(frozen=True)
class Chunk:
    """Some stations, and how many there are with those before."""

    stations: list[SyntheticStation]
    done: int


@dataclass(frozen=True)
class Seeded:
    """How many stations of the seed are on record, and how many of them were put there just now."""

    stations: int
    new: int
    made_on: date


async def seed(
    database: Database, law: Law, *, stations: int, seed: int, told: Callable[[int], None] | None = None, only_if_alone: bool = False
) -> Seeded:
    """See that the first `stations` stations of a seed are on record; `told` hears how many are, after each chunk.

    A register takes one seed. It remembers the day on which the seed was begun, and goes on with the stations of that day.
    Raises Conflict (`seeded_otherwise`) when it has another, and with `only_if_alone` (`not_empty`) when it holds anything else.
    """
    async with database.transaction(SYSTEM) as session:
        before = await _before(session, seed)
        if before is None and only_if_alone and not await is_empty(session):
            message = Text(
                "登録が空でないため、架空の無線局は追加できません。", "The register is not empty: synthetic stations cannot be added to it."
            )
            raise Conflict("not_empty", message)
    made_on = clock.today() if before is None else date.fromisoformat(before.source.rpartition(":")[2])
    begun = before or progress.begun(f"{SOURCE}{seed}:{made_on.isoformat()}", f"seed {seed}")
    work = _Seeding(law, begun)

    def committed(chunk: Chunk, _: Prepared) -> None:
        if told is not None:
            told(chunk.done)

    await bulk.Pipeline(database, work, committed).run(_chunks(law, seed, made_on, first=begun.done, last=stations))
    return Seeded(max(stations, begun.done), max(stations - begun.done, 0), made_on)


async def _before(session: AsyncSession, seed: int) -> Progress | None:
    for found in await progress.beginning(session, SOURCE):
        if found.source.split(":")[1] == str(seed):
            return found
        message = Text(
            f"この登録には既に別の架空の無線局({found.name})があります。",
            f"This register holds the synthetic stations of {found.name} already.",
        )
        raise Conflict("seeded_otherwise", message)
    return None


def _chunks(law: Law, seed: int, made_on: date, *, first: int, last: int) -> Iterator[Chunk]:
    if first >= last:
        return
    source = islice(SyntheticRegister(law, seed=seed, today=made_on).stations(), first, last)
    done = first
    while stations := list(islice(source, bulk.AT_A_TIME)):
        done += len(stations)
        yield Chunk(stations, done)


class _Seeding:
    """How synthetic stations become rows."""

    def __init__(self, law: Law, begun: Progress) -> None:
        self._vocabulary = vocabulary.of(law)
        self._rules = law.call_sign_rules
        self._begun = begun

    async def look(self, session: AsyncSession, chunk: Chunk) -> Known:
        return await newcomers.look_up(
            session,
            keys={licensees.match_key(station.licensee) for station in chunk.stations},
            numbers=[station.license_number for station in chunk.stations],
            signs={station.call_sign for station in chunk.stations if station.call_sign is not None},
        )

    def prepare(self, chunk: Chunk, found: Known, begun: Counter, holders: Mapping[str, Holder]) -> Prepared:
        if found.numbers:
            raise Conflict("license_number_taken", Text("既にある免許番号が含まれています。", "A license number is taken."))
        draft = Draft(begun, self._vocabulary)
        new = Newcomers(bulk.merged(found, holders), draft.moment.at, self._rules)
        later = []
        for station in chunk.stations:
            belief = _terms(station, new)
            _enter(draft, belief)
            if station.ended_on is not None or station.suspended is not None:
                later.append((station, belief))
            draft.next_station()
        draft.later()
        for station, belief in later:
            self._finish(draft, station, belief)
            draft.next_station()
        return draft.prepared(new)

    def _finish(self, draft: Draft, station: SyntheticStation, belief: list[License]) -> None:
        """The end of a license, or its suspension."""
        station_id = belief[-1].station_id
        if station.ended_on is not None:
            kind, day = "ended", station.ended_on
            after = timeline.ended(belief, ends_on=day, kind="discontinued")
        else:
            assert station.suspended is not None  # noqa: S101 -- one of the two is why we are here
            kind, (day, until) = "suspended", station.suspended
            after = timeline.changed(belief, day, until, dispositions.suspended)
            draft.row(Disposition, dispositions.row(station_id, "suspension", day, last=until, reason=REASON, at=draft.moment.at))
        draft.act(Entry(station_id, kind, CAUSE, day, belief, after), draft.documents_of(belief))

    async def note(self, session: AsyncSession, chunk: Chunk, prepared: Prepared) -> None:
        counted = replace(self._begun, done=chunk.done, new=chunk.done, updated_at=prepared.ended.at)
        await progress.keep(session, counted)

    def follows(self, chunk: Chunk, before: Chunk) -> bool:  # noqa: ARG002 -- no two stations of a seed share a number or a holder of a sign
        return False


def _terms(station: SyntheticStation, new: Newcomers) -> list[License]:
    """One version for each term of a station."""
    first, last = station.terms[0]
    record = LicenseRecord(station.licensee, station.facts, first, last, station.license_number, station.call_sign)
    belief = [license_of(record, new.licensee(station.licensee), station.license_number)]
    if station.call_sign is not None:
        new.claim(station.call_sign, belief[0].licensee_id, bureau=station.facts.bureau, on=first)
    for begin, end in station.terms[1:]:
        belief.append(belief[0].for_term(begin, end))
    return belief


def _enter(draft: Draft, belief: list[License]) -> None:
    """The grant, each renewal, and the expiry when it is past."""
    first, last = belief[0], belief[-1]
    draft.station(first)
    draft.act(Entry(first.station_id, "granted", CAUSE, first.licensed_on, [], belief[:1]))
    for count, version in enumerate(belief[1:], 1):
        draft.act(Entry(first.station_id, "renewed", CAUSE, version.licensed_on, belief[:count], belief[: count + 1]))
    if last.holds_to < draft.moment.today:
        draft.act(Entry(first.station_id, "expired", "term", last.holds_to + timeline.ONE_DAY, belief, belief))
