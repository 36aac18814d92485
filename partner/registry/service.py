"""The acts that change the register, all in the caller's transaction: the decision and the record stand or fall together.

Each act gives exactly one change. A belief is never overwritten: rows are closed and others recorded, so that what was
believed at any instant can be asked for. A license that ends on a day is valid through the day before, and its status is
`ended` from that day on (電波法22条, 23条).

`law` names codes and says what may be published; left out, it is the law that this installation uses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.errors import Conflict, Invalid, NotFound, Text
from partner.registry import (
    call_signs,
    fitness,
    ledger,
    license_numbers,
    licensees,
    normalisation,
    record_queries,
    timeline,
    vocabulary,
    writing,
)
from partner.registry.dispositions import reinstate, revoke, suspend, suspended_as_ordered
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts, SiteFacts
from partner.registry.ledger import Entry, Moment, believed
from partner.registry.licensees import find_licensee, record_licensee
from partner.registry.midnight import take_effect
from partner.registry.models import Station
from partner.registry.record_queries import Holder
from partner.registry.vocabulary import Vocabulary
from partner.regulation import Law

check_facts = fitness.check
check_licensee = licensees.check

__all__ = [
    "AssignmentFacts",
    "License",
    "LicenseFacts",
    "LicenseeFacts",
    "SiteFacts",
    "check_facts",
    "check_licensee",
    "correct",
    "end",
    "expire",
    "find_licensee",
    "license_by_number",
    "license_of_station",
    "licenses_of",
    "modify",
    "record",
    "record_licensee",
    "reinstate",
    "renew",
    "revoke",
    "suspend",
    "take_effect",
]


async def record(  # noqa: PLR0913 -- all that a grant decides
    session: AsyncSession,
    facts: LicenseFacts,
    *,
    licensee_id: UUID,
    licensed_on: date,
    valid_to: date,
    law: Law,
    license_number: str | None = None,
    call_sign: str | None = None,
    cause: str,
) -> License:
    """A new license for a new station, valid from `licensed_on` through `valid_to`.

    Without a number the bureau's next one is given; without a call sign, a class that has one gets the licensee's own or the
    next of the bureau. Raises Conflict for a number or sign that is another's, Invalid for a term that ends before it begins
    and for facts that cannot stand on a record, NotFound for an unknown licensee.
    """
    _refuse_unfit(facts, licensed_on, valid_to)
    words = vocabulary.of(law)
    holder = await _holder(session, licensee_id)
    moment = await ledger.begin(session)
    wanted = _wanted(facts, holder, licensee_id=licensee_id, on=licensed_on, at=moment.at)
    license_ = License(
        version_id=identifiers.new_id(),
        station_id=identifiers.new_id(),
        license_number=await _number(session, facts, license_number, words),
        call_sign=await _sign(session, call_sign, wanted=wanted, station_class=facts.station_class, law=law),
        licensee_id=licensee_id,
        licensee_version_id=holder.version_id,
        licensee=holder.facts,
        facts=facts,
        licensed_on=licensed_on,
        valid_from=licensed_on,
        valid_to=valid_to,
        holds_from=licensed_on,
        holds_to=valid_to,
    )
    await _enter_new(session, moment, license_, cause=cause, words=words)
    return license_


async def renew(
    session: AsyncSession,
    station_id: UUID,
    *,
    licensed_on: date,
    valid_to: date,
    cause: str,
    facts: LicenseFacts | None = None,
    law: Law | None = None,
) -> License:
    """A further term of the same license, under the same number and call sign, by default with the facts that hold last.

    Gives the version of the new term. Raises Conflict (`term_overlaps`, `license_ended`), Invalid, NotFound.
    """
    _refuse_unfit(facts, licensed_on, valid_to)
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    version = replace(
        before[-1],
        version_id=identifiers.new_id(),
        facts=facts or before[-1].facts,
        licensed_on=licensed_on,
        valid_from=licensed_on,
        valid_to=valid_to,
        holds_from=licensed_on,
        holds_to=valid_to,
        suspended=False,
    )
    after = timeline.renewed(before, version)
    after = [*after[:-1], *await suspended_as_ordered(session, after[-1:])]
    return await ledger.enter(session, moment, Entry(station_id, "renewed", cause, licensed_on, before, after), vocabulary.chosen(law))


async def modify(
    session: AsyncSession,
    station_id: UUID,
    *,
    effective_on: date,
    facts: LicenseFacts,
    cause: str,
    licensee: LicenseeFacts | None = None,
    law: Law | None = None,
) -> License:
    """Other facts from a day on, in all terms that follow; `licensee` describes the holder anew (a move, a new name).

    Gives the version that holds on that day. Raises Invalid (`outside_term`) when no license holds then, NotFound.
    """
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    change = await _changing(session, before[-1], facts=facts, licensee=licensee, moment=moment)
    after = timeline.changed(before, effective_on, None, change)
    return await ledger.enter(session, moment, Entry(station_id, "modified", cause, effective_on, before, after), vocabulary.chosen(law))


async def correct(
    session: AsyncSession,
    station_id: UUID,
    *,
    cause: str,
    first: date | None = None,
    last: date | None = None,
    facts: LicenseFacts | None = None,
    licensee: LicenseeFacts | None = None,
    law: Law | None = None,
) -> License:
    """The record was wrong: from now on the facts given are believed of the days from `first` to `last` (None: all of them).

    What was believed before stays readable under its record time. Gives the version that holds on the first of these days.
    """
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    begin = before[0].holds_from if first is None else first
    change = await _changing(session, before[-1], facts=facts, licensee=licensee, moment=moment)
    after = timeline.changed(before, begin, last, change)
    return await ledger.enter(session, moment, Entry(station_id, "corrected", cause, begin, before, after), vocabulary.chosen(law))


async def end(
    session: AsyncSession,
    station_id: UUID,
    *,
    ends_on: date,
    kind: str = "discontinued",
    cause: str,
    law: Law | None = None,
) -> License:
    """The license ends before its term. `ends_on` is the first day on which its status is `ended`; `valid_to` is the day before.

    Kinds: discontinued, revoked, dissolved, other. Raises Conflict (`license_ended`), Invalid (`outside_term`), NotFound.
    """
    moment = await ledger.begin(session)
    before = await believed(session, station_id)
    after = timeline.ended(before, ends_on=ends_on, kind=kind)
    return await ledger.enter(session, moment, Entry(station_id, "ended", cause, ends_on, before, after), vocabulary.chosen(law))


async def expire(session: AsyncSession, *, on: date | None = None, law: Law | None = None) -> int:
    """Put on the feed every license whose term is over before a day (today) and that nobody has been told of; how many.

    Nothing else changes: the license expired at midnight by itself.
    """
    moment = await ledger.begin(session)
    stations = await record_queries.expiring(session, on or clock.today())
    beliefs = await record_queries.beliefs(session, stations)
    entries = [
        Entry(station_id, "expired", "term", beliefs[station_id][-1].holds_to + timeline.ONE_DAY, beliefs[station_id], beliefs[station_id])
        for station_id in stations
    ]
    if entries:
        await ledger.record(session, moment, entries, vocabulary.chosen(law))
    return len(entries)


async def license_by_number(session: AsyncSession, number: str, *, on: date | None = None) -> License | None:
    """The version that stands for a day (today) of the license with a number: full and confidential; None when there is none.

    Width, case and spaces of the number make no difference.
    """
    return timeline.standing(await record_queries.beliefs_by_number(session, normalisation.license_number(number)), on or clock.today())


async def license_and_last(session: AsyncSession, number: str) -> tuple[License, License] | None:
    """The version that stands today of the license with a number, and its last one, be it of a next term; None when there is none."""
    return _present_and_last(await record_queries.beliefs_by_number(session, normalisation.license_number(number)))


async def licenses_and_last(session: AsyncSession, numbers: Collection[str]) -> dict[str, tuple[License, License] | None]:
    """The same for many licenses at once, by number as the register writes it."""
    written = {normalisation.license_number(number) for number in numbers}
    found = await record_queries.beliefs_by_numbers(session, written)
    return {number: _present_and_last(found.get(number, [])) for number in written}


def _present_and_last(belief: Sequence[License]) -> tuple[License, License] | None:
    present, last = timeline.standing(belief, clock.today()), timeline.standing(belief, date.max)
    return None if present is None or last is None else (present, last)


async def license_of_station(session: AsyncSession, station_id: UUID, *, on: date | None = None) -> License | None:
    """The version that stands for a day (today) of a station: full and confidential; None when there is no such station."""
    return timeline.standing(await record_queries.belief(session, station_id), on or clock.today())


async def licenses_of(session: AsyncSession, licensee_id: UUID, *, on: date | None = None) -> list[License]:
    """One version for each station of a licensee, the one that stands for a day (today), ended and expired ones included."""
    found = await record_queries.beliefs_of_licensee(session, licensee_id)
    return [version for belief in found.values() if (version := timeline.standing(belief, on or clock.today())) is not None]


def _refuse_unfit(facts: LicenseFacts | None, licensed_on: date, valid_to: date) -> None:
    if valid_to < licensed_on:
        raise Invalid("invalid_term", Text("有効期間の末日が免許の日より前です。", "The term ends before it begins."))
    if facts is not None:
        fitness.check(facts)


async def _holder(session: AsyncSession, licensee_id: UUID) -> Holder:
    holder = await record_queries.licensee(session, licensee_id)
    if holder is None:
        raise NotFound("unknown_licensee", Text("免許人が登録されていません。", "There is no such licensee on record."))
    return holder


async def causes(session: AsyncSession, station_id: UUID) -> list[str]:
    """What caused the acts on the register about a station, the latest first, in the words of whoever recorded them."""
    return await record_queries.causes(session, station_id)


async def _enter_new(session: AsyncSession, moment: Moment, license_: License, *, cause: str, words: Vocabulary) -> None:
    """The station comes into being with its first license."""
    await writing.insert_rows(session, Station, [ledger.station_row(license_, moment)])
    entry = Entry(license_.station_id, "granted", cause, license_.licensed_on, before=[], after=[license_])
    await ledger.record(session, moment, [entry], words)


async def _changing(
    session: AsyncSession,
    last: License,
    *,
    facts: LicenseFacts | None,
    licensee: LicenseeFacts | None,
    moment: Moment,
) -> Callable[[License], License]:
    """What makes a version say other facts, or describe its holder anew."""
    changes: dict[str, Any] = {} if facts is None else {"facts": facts}
    if facts is not None and facts.station_class != last.facts.station_class:
        words = Text("無線局の種別は変更できません。", "A station cannot become a station of another class.")
        raise Invalid("station_class_changed", words)
    if facts is not None:
        fitness.check(facts)
    if licensee is not None:
        version_id = await licensees.describe_anew(session, last.licensee_id, licensee, at=moment.at)
        changes |= {"licensee": licensee, "licensee_version_id": version_id}
    return lambda version: replace(version, **changes)


async def _number(session: AsyncSession, facts: LicenseFacts, given: str | None, words: Vocabulary) -> str:
    if given is None:
        return await license_numbers.allocate(session, facts.bureau, facts.station_class, words)
    number = normalisation.license_number(given)
    if await record_queries.numbers_taken(session, [number]):
        raise Conflict("license_number_taken", Text(f"免許番号{number}は既にあります。", f"The license number {number} is taken."))
    return number


def _wanted(facts: LicenseFacts, holder: Holder, *, licensee_id: UUID, on: date, at: datetime) -> call_signs.Wanted:
    return call_signs.Wanted(
        licensee_id=licensee_id,
        club=holder.facts.kind != "individual",
        bureau=facts.bureau,
        municipality=facts.municipality,
        on=on,
        at=at,
    )


async def _sign(session: AsyncSession, given: str | None, *, wanted: call_signs.Wanted, station_class: str, law: Law) -> str | None:
    if given is not None:
        await call_signs.claim(session, given, wanted, law.call_sign_rules)
        return given
    return await call_signs.assign(session, wanted, law.call_sign_rules) if station_class in call_signs.FROM_BLOCKS else None
