"""Decides of each record whether its station is new, changed, unchanged or refused, and makes the acts. Pure but for the looking up."""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.errors import Conflict, PartnerError, Text
from partner.registry import bulk, fitness, ledger, licensees, newcomers, record_queries
from partner.registry.bulk import Draft, Prepared
from partner.registry.facts import License, LicenseFacts
from partner.registry.import_models import ImportKey
from partner.registry.imports import differences, import_queries
from partner.registry.imports.records import StationRecord, Trouble, troubles
from partner.registry.ledger import Entry
from partner.registry.newcomers import Holder, Newcomers
from partner.registry.record_queries import Counter, Suspension
from partner.registry.vocabulary import Vocabulary

CAUSE = "import"
Fate = Literal["new", "changed", "unchanged", "refused"]


@dataclass(frozen=True)
class Found:
    """What the register knows of everything that some records name; `untold` has days that hid a station without anybody being told."""

    known: newcomers.Known
    keys: Mapping[str, import_queries.Known]
    numbers: Mapping[str, UUID]
    beliefs: Mapping[UUID, list[License]]
    documents: Mapping[UUID, dict[str, Any]]
    orders: Mapping[UUID, list[Suspension]]
    untold: Mapping[UUID, date]


@dataclass(frozen=True)
class Outcome:
    """What became of the records of a chunk, and what is remembered of those that said something new."""

    fates: Tally[Fate]
    troubles: list[Trouble]
    said: Mapping[str, import_queries.Known]


async def look(session: AsyncSession, records: list[StationRecord]) -> Found:
    """Look up the stations, licensees, numbers and call signs of records; a handful of statements, however many they are."""
    keys = await import_queries.known_keys(session, [record.key for record in records])
    numbers = await import_queries.stations_by_number(session, {record.license_number for record in records if record.license_number})
    touched = {station for record in records if (station := _changes(record, keys, numbers)) is not None}
    beliefs = await record_queries.beliefs(session, touched) if touched else {}
    versions = [version for belief in beliefs.values() for version in belief]
    suspended = {version.station_id for version in versions if version.suspended}
    known = await newcomers.look_up(
        session,
        keys={holder_key(record) for record in records},
        numbers=(),
        signs={record.call_sign for record in records if record.call_sign is not None},
    )
    documents = await record_queries.documents(session, [version.version_id for version in versions]) if versions else {}
    hidden = [station for station, belief in beliefs.items() if ledger.is_hidden(belief, documents, clock.today())]
    return Found(
        known=known,
        keys=keys,
        numbers=numbers,
        beliefs=beliefs,
        documents=documents,
        orders={station: await record_queries.suspensions(session, station) for station in suspended},
        untold=await record_queries.untold(session, clock.today(), hidden) if hidden else {},
    )


def _changes(record: StationRecord, keys: Mapping[str, import_queries.Known], numbers: Mapping[str, UUID]) -> UUID | None:
    """The station on record that a record may change."""
    known = keys.get(record.key)
    if known is not None:
        return None if known.content == record.content else known.station_id
    return None if record.license_number is None else numbers.get(record.license_number)


def holder_key(record: StationRecord) -> str:
    """The match key of a licensee; one that is withheld is known by the call sign, which has one holder, else by the station."""
    if not record.masked:
        return licensees.match_key(record.licensee)
    return f"masked:{record.call_sign or hashlib.sha256(record.key.encode()).hexdigest()}"


def number_of(record: StationRecord) -> str:
    """The license number; where the record withholds it, words that no bureau gives, the same for the same station."""
    return record.license_number or f"番号不明:{hashlib.sha256(record.key.encode()).hexdigest()[:24]}"


@dataclass
class Plan:
    """The acts of one chunk of records."""

    source: str
    found: Found
    draft: Draft
    new: Newcomers
    fates: Tally[Fate] = field(default_factory=Tally)
    troubles: list[Trouble] = field(default_factory=list)
    said: dict[str, import_queries.Known] = field(default_factory=dict)
    _numbers: dict[str, UUID] = field(default_factory=dict)
    _touched: set[UUID] = field(default_factory=set)

    def take(self, record: StationRecord) -> None:
        """Take one record; a refusal is noted and changes nothing."""
        try:
            fate = self._take(record)
        except PartnerError as error:
            within = "licensee/" if error.code == "invalid_licensee" else ""
            self.troubles.extend(troubles(record.line, error, within))
            fate = "refused"
        self.fates[fate] += 1
        self.draft.next_station()

    def _take(self, record: StationRecord) -> Fate:
        known = self.said.get(record.key) or self.found.keys.get(record.key)
        if known is not None and known.content == record.content:
            return "unchanged"
        if known is not None and known.source == self.source:
            raise Conflict(
                "given_twice",
                Text("このファイルは同じ局を異なる内容で再び記載しています。", "The file says otherwise of this station elsewhere."),
            )
        by_number = self._numbers.get(record.license_number or "") or self.found.numbers.get(record.license_number or "")
        if known is not None and by_number not in {None, known.station_id}:
            raise _taken(record)
        station_id = by_number if known is None else known.station_id
        if station_id is None:
            return self._enter(record)
        if station_id in self._touched or station_id not in self.found.beliefs:
            raise _taken(record)
        return self._change(record, self.found.beliefs[station_id])

    def _enter(self, record: StationRecord) -> Fate:
        """A station that is not on record yet."""
        fitness.check(record.facts)
        licensees.check(record.licensee)
        self._refuse_held(record, None)
        holder = self._holder(record)
        version = License(
            version_id=identifiers.new_id(),
            station_id=identifiers.new_id(),
            license_number=number_of(record),
            call_sign=record.call_sign,
            licensee_id=holder.licensee_id,
            licensee_version_id=holder.version_id,
            licensee=holder.facts,
            facts=record.facts,
            licensed_on=record.licensed_on,
            valid_from=record.valid_from,
            valid_to=record.valid_to,
            holds_from=record.valid_from,
            holds_to=record.valid_to,
            ended_on=record.ended_on,
            end_kind=record.end_kind,
        )
        self._claim(version, None)
        self.draft.station(version)
        self.draft.act(Entry(version.station_id, "granted", CAUSE, version.licensed_on, [], [version]))
        self._note(record, version)
        return "new"

    def _change(self, record: StationRecord, belief: list[License]) -> Fate:
        """A station that is on record: a later term, or a correction, or nothing new."""
        last = belief[-1]
        facts = differences.merged(record, last.facts)
        fitness.check(facts)
        holder = Holder(last.licensee_id, last.licensee_version_id, last.licensee)
        kind, after = self._after(record, belief, facts, holder)  # what is refused is refused before a licensee is made for it
        if not record.masked:
            licensees.check(record.licensee)
            self._refuse_held(record, last)
            kind, after = self._after(record, belief, facts, self._holder(record))
        self._note(record, after[-1])
        if after == belief:
            return "unchanged"
        self._claim(after[-1], last)
        effective_on = record.valid_from if kind == "renewed" else max(last.holds_from, after[-1].holds_from)
        documents = {one.version_id: self.found.documents[one.version_id] for one in belief if one.version_id in self.found.documents}
        if last.station_id in self.found.untold:
            self.draft.act(ledger.withdrawn(belief, self.found.untold[last.station_id]), documents)
        self.draft.act(Entry(last.station_id, kind, CAUSE, effective_on, belief, after), documents)
        return "changed"

    def _after(self, record: StationRecord, belief: list[License], facts: LicenseFacts, holder: Holder) -> tuple[str, list[License]]:
        if differences.is_renewal(record, belief):
            orders = self.found.orders.get(belief[-1].station_id, ())
            return "renewed", differences.renewed(belief, record, facts, holder, orders)
        return "corrected", differences.corrected(belief, record, facts, holder)

    def _holder(self, record: StationRecord) -> Holder:
        """The licensee, described as the record has it; what the record does not state of it stays."""
        key = holder_key(record)
        holder = self.new.licensee(record.licensee, key)
        stated = {name: getattr(record.licensee, name) for name in record.licensee_stated}
        return self.new.describe_anew(key, replace(holder.facts, **stated))

    def _refuse_held(self, record: StationRecord, before: License | None) -> None:
        """Refuse before anything is made for the record. A holder who was withheld may turn out to be this one."""
        if record.call_sign is not None:
            holder = self.new.holders.get(holder_key(record))
            licensee_id = None if holder is None else holder.licensee_id
            self.new.refuse_held(record.call_sign, licensee_id, on=record.licensed_on, instead_of=_predecessor(before))

    def _claim(self, version: License, before: License | None) -> None:
        same = before is not None and (before.call_sign, before.licensee_id) == (version.call_sign, version.licensee_id)
        if version.call_sign is not None and not same:
            self.new.claim(
                version.call_sign, version.licensee_id, bureau=version.facts.bureau, on=version.licensed_on, instead_of=_predecessor(before)
            )

    def _note(self, record: StationRecord, version: License) -> None:
        """Remember which station the key means, and what was said of it."""
        known = import_queries.Known(version.station_id, record.content, self.source)
        self.said[record.key] = known
        self._touched.add(version.station_id)
        if record.license_number is not None:
            self._numbers[record.license_number] = version.station_id
        row = {"key": record.key, "station_id": known.station_id, "content": known.content, "source": known.source}
        self.draft.row(ImportKey, row)


def prepare(
    source: str, records: list[StationRecord], found: Found, begun: Counter, holders: Mapping[str, Holder], vocabulary: Vocabulary
) -> Prepared:
    """What is to be written of some records; its outcome is an `Outcome`."""
    draft = Draft(begun, vocabulary)
    new = Newcomers(bulk.merged(found.known, holders), draft.moment.at, vocabulary.law.call_sign_rules)
    plan = Plan(source, found, draft, new)
    for record in records:
        plan.take(record)
    return replace(draft.prepared(new), outcome=Outcome(plan.fates, plan.troubles, plan.said))


def _predecessor(before: License | None) -> UUID | None:
    """The licensee that stood for one whose name was withheld."""
    return before.licensee_id if before is not None and differences.is_withheld(before.licensee.name) else None


def _taken(record: StationRecord) -> Conflict:
    number = record.license_number
    return Conflict(
        "license_number_taken", Text(f"免許番号{number}は他の局のものです。", f"The license number {number} is another station's.")
    )
