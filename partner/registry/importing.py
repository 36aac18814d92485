"""Licenses that are known already, put on record many at a time: an import, a migration, a demonstration.

Each license is one change (and each further term another), all under one lock. Call signs are those given; numbers are
given or the next of the bureau.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import identifiers
from partner.errors import Conflict, Text
from partner.registry import call_signs, ledger, license_numbers, licensees, record_queries, vocabulary, writing
from partner.registry.facts import License, LicenseeFacts, LicenseFacts
from partner.registry.ledger import Entry, Moment
from partner.registry.models import CallSign, Licensee, LicenseeVersion, Station
from partner.registry.normalisation import license_number
from partner.registry.record_queries import CALL_SIGN
from partner.registry.vocabulary import Vocabulary
from partner.regulation import Law

AT_A_TIME = 2_000


class KnownLicense(Protocol):
    """A license as it is known: its first (or only) term, its number and call sign where they are given."""

    @property
    def licensee(self) -> LicenseeFacts: ...  # noqa: D102
    @property
    def facts(self) -> LicenseFacts: ...  # noqa: D102
    @property
    def licensed_on(self) -> date: ...  # noqa: D102
    @property
    def valid_to(self) -> date: ...  # noqa: D102
    @property
    def license_number(self) -> str | None: ...  # noqa: D102
    @property
    def call_sign(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class LicenseRecord:
    """A known license, written out."""

    licensee: LicenseeFacts
    facts: LicenseFacts
    licensed_on: date
    valid_to: date
    license_number: str | None = None
    call_sign: str | None = None


async def import_licenses(
    session: AsyncSession, records: Iterable[KnownLicense], *, law: Law | None = None, cause: str = "import"
) -> list[License]:
    """Put known licenses on record, in their order, one change each; gives their versions in the same order.

    Raises Conflict when a number is taken or a call sign is another's; then nothing of the transaction stands.
    """
    words = vocabulary.chosen(law)
    found: list[License] = []
    pending = list(records)
    for start in range(0, len(pending), AT_A_TIME):
        found.extend(await _import(session, pending[start : start + AT_A_TIME], words, cause))
    return found


async def _import(session: AsyncSession, records: Sequence[KnownLicense], words: Vocabulary, cause: str) -> list[License]:
    moment = await ledger.begin(session)
    holders = await _holders(session, records, moment)
    numbers = await _numbers(session, records, words)
    found = [
        _license(record, *holders[licensees.match_key(record.licensee)], number) for record, number in zip(records, numbers, strict=True)
    ]
    await _claim(session, found, moment, words)
    stations = [{"id": one.station_id, "station_class": one.facts.station_class, "recorded_at": moment.at} for one in found]
    await writing.insert_rows(session, Station, stations)
    entries = (Entry(one.station_id, "granted", cause, one.licensed_on, before=[], after=[one]) for one in found)
    await ledger.record(session, moment, entries, words)
    return found


def _license(record: KnownLicense, licensee_id: UUID, licensee_version_id: UUID, number: str) -> License:
    return License(
        version_id=identifiers.new_id(),
        station_id=identifiers.new_id(),
        license_number=number,
        call_sign=record.call_sign,
        licensee_id=licensee_id,
        licensee_version_id=licensee_version_id,
        licensee=record.licensee,
        facts=record.facts,
        licensed_on=record.licensed_on,
        valid_from=record.licensed_on,
        valid_to=record.valid_to,
        holds_from=record.licensed_on,
        holds_to=record.valid_to,
    )


async def _holders(session: AsyncSession, records: Sequence[KnownLicense], moment: Moment) -> dict[str, tuple[UUID, UUID]]:
    """Licensee and version by match key; those that are not on record yet are put there."""
    described = {licensees.match_key(record.licensee): record.licensee for record in records}
    found = await record_queries.licensees_by_key(session, described)
    new, versions = [], []
    for key in described.keys() - found.keys():
        licensees.check(described[key])
        licensee_id = identifiers.new_id()
        version = licensees.version_row(described[key], licensee_id, moment.at)
        found[key] = licensee_id, UUID(str(version["id"]))
        new.append({"id": licensee_id, "recorded_at": moment.at})
        versions.append(version)
    await writing.insert_rows(session, Licensee, new)
    await writing.insert_rows(session, LicenseeVersion, versions)
    return found


async def _numbers(session: AsyncSession, records: Sequence[KnownLicense], words: Vocabulary) -> list[str]:
    """The number of each record, in their order."""
    known = [None if record.license_number is None else license_number(record.license_number) for record in records]
    given = [number for number in known if number is not None]
    taken = await record_queries.numbers_taken(session, given)
    if taken or len(set(given)) < len(given):
        raise Conflict("license_number_taken", Text("既にある免許番号が含まれています。", "A license number is taken or given twice."))
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for record, number in zip(records, known, strict=True):
        if number is None:
            wanted[record.facts.bureau, record.facts.station_class] += 1
    drawn = {key: iter(await license_numbers.allocate_many(session, key[0], key[1], words, count=count)) for key, count in wanted.items()}
    numbered = zip(records, known, strict=True)
    return [number or next(drawn[record.facts.bureau, record.facts.station_class]) for record, number in numbered]


async def _claim(session: AsyncSession, found: Sequence[License], moment: Moment, words: Vocabulary) -> None:
    """Make the licensees the holders of the signs given. Raises Conflict (`call_sign_held`)."""
    first: dict[str, License] = {}
    for one in found:
        if one.call_sign is not None and first.setdefault(one.call_sign, one).licensee_id != one.licensee_id:
            raise _held(one.call_sign)
    known = {holding.sign: holding for holding in await record_queries.holdings(session, record_queries.among(CALL_SIGN.c.sign, first))}
    closed, rows = [], []
    for sign, one in first.items():
        holding = known.get(sign)
        if holding is not None and holding.licensee_id == one.licensee_id:
            continue
        if holding is not None and not call_signs.vacant(holding, one.licensed_on, words.law.call_sign_rules):
            raise _held(sign)
        closed.extend([holding.id] if holding is not None else [])
        rows.append(call_signs.row(sign, one.licensee_id, one.facts.bureau, moment.at))
    await writing.close(session, CallSign, closed, at=moment.at)
    await writing.insert_rows(session, CallSign, rows)


def _held(sign: str) -> Conflict:
    return Conflict("call_sign_held", Text(f"呼出符号{sign}は他の者のものです。", f"The call sign {sign} is another's."))
