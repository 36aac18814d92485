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

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import identifiers
from partner.errors import Conflict, Text
from partner.registry import ledger, license_numbers, licensees, newcomers, record_queries, vocabulary, writing
from partner.registry.facts import License, LicenseeFacts, LicenseFacts
from partner.registry.ledger import Entry
from partner.registry.models import Station
from partner.registry.newcomers import Holder, Newcomers
from partner.registry.normalisation import license_number
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
    numbers = await _numbers(session, records, words)
    known = await newcomers.look_up(
        session,
        keys={licensees.match_key(record.licensee) for record in records},
        numbers=(),
        signs={record.call_sign for record in records if record.call_sign is not None},
    )
    new = Newcomers(known, moment.at, words.law.call_sign_rules)
    found = [license_of(record, new.licensee(record.licensee), number) for record, number in zip(records, numbers, strict=True)]
    for one in found:
        if one.call_sign is not None:
            new.claim(one.call_sign, one.licensee_id, bureau=one.facts.bureau, on=one.licensed_on)
    await newcomers.write(session, new)
    await writing.insert_rows(session, Station, [ledger.station_row(one, moment) for one in found])
    entries = (Entry(one.station_id, "granted", cause, one.licensed_on, before=[], after=[one]) for one in found)
    await ledger.record(session, moment, entries, words)
    return found


def license_of(record: KnownLicense, holder: Holder, number: str) -> License:
    """The one version of the license of a new station that a record tells of."""
    return License(
        version_id=identifiers.new_id(),
        station_id=identifiers.new_id(),
        license_number=number,
        call_sign=record.call_sign,
        licensee_id=holder.licensee_id,
        licensee_version_id=holder.version_id,
        licensee=record.licensee,
        facts=record.facts,
        licensed_on=record.licensed_on,
        valid_from=record.licensed_on,
        valid_to=record.valid_to,
        holds_from=record.licensed_on,
        holds_to=record.valid_to,
    )


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
