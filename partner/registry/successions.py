"""Who holds a license changes, or how its holder is called (電波法20条, 21条): one act on all the licenses that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.errors import Conflict, NotFound, Text
from partner.registry import call_signs, ledger, licensees, record_queries, timeline, vocabulary, writing
from partner.registry.facts import License, LicenseeFacts
from partner.registry.ledger import Entry, Moment
from partner.registry.models import CallSign
from partner.registry.record_queries import CALL_SIGN
from partner.regulation import Law

Belief = Sequence[License]


async def transfer(
    session: AsyncSession, station_ids: Collection[UUID], *, to: UUID, effective_on: date, cause: str, law: Law | None = None
) -> list[License]:
    """Licenses pass, with their call signs, to another licensee from a day on; the versions of that day, in the order asked.

    Raises Conflict `license_ended` for one that is not in force, `holder_already` where nothing would change, `call_sign_shared` where the
    holder keeps another license under the same sign; NotFound for an unknown licensee or station.
    """
    moment = await ledger.begin(session)
    holder = await record_queries.licensee(session, to)
    if holder is None:
        raise NotFound("unknown_licensee", Text("免許人が登録されていません。", "There is no such licensee on record."))
    beliefs = {station_id: await ledger.believed(session, station_id) for station_id in station_ids}
    for belief in beliefs.values():
        _refuse_not_in_force(belief, effective_on)
        if belief[-1].licensee_id == to:
            raise Conflict("holder_already", Text("承継する者が既に免許人です。", "The successor holds this license already."))
    await _pass_signs(session, beliefs, to=to, on=effective_on, moment=moment)
    now = {"licensee_id": to, "licensee_version_id": holder.version_id, "licensee": holder.facts}
    return await _changed(session, beliefs, effective_on, lambda version: replace(version, **now), moment=moment, cause=cause, law=law)  # type: ignore[arg-type]


async def describe(
    session: AsyncSession, licensee_id: UUID, facts: LicenseeFacts, *, effective_on: date, cause: str, law: Law | None = None
) -> list[License]:
    """A licensee is otherwise named or placed: said on all its licenses that are in force. Raises as `licensees.describe_anew` does."""
    moment = await ledger.begin(session)
    found = await record_queries.beliefs_of_licensee(session, licensee_id)
    version_id = await licensees.describe_anew(session, licensee_id, facts, at=moment.at)
    beliefs = {station_id: belief for station_id, belief in found.items() if _in_force(belief, effective_on)}
    now = {"licensee_version_id": version_id, "licensee": facts}
    return await _changed(session, beliefs, effective_on, lambda version: replace(version, **now), moment=moment, cause=cause, law=law)  # type: ignore[arg-type]


async def _changed(
    session: AsyncSession,
    beliefs: dict[UUID, list[License]],
    on: date,
    change: Callable[[License], License],
    *,
    moment: Moment,
    cause: str,
    law: Law | None,
) -> list[License]:
    after = {station_id: timeline.changed(belief, on, None, change) for station_id, belief in beliefs.items()}
    entries = [Entry(station_id, "modified", cause, on, belief, after[station_id]) for station_id, belief in beliefs.items()]
    if entries:
        await ledger.record(session, moment, entries, vocabulary.chosen(law))
    return [version for belief in after.values() if (version := timeline.standing(belief, on)) is not None]


def _in_force(belief: Belief, on: date) -> bool:
    last = belief[-1]
    return last.ended_on is None and belief[0].holds_from <= on <= last.holds_to


def _refuse_not_in_force(belief: Belief, on: date) -> None:
    if not _in_force(belief, on):
        number = belief[-1].license_number
        raise Conflict("license_ended", Text(f"免許{number}は有効ではありません。", f"The license {number} is not in force."))


async def _pass_signs(session: AsyncSession, beliefs: dict[UUID, list[License]], *, to: UUID, on: date, moment: Moment) -> None:
    """The signs go with the licenses: a sign is never two holders' at once."""
    for sign, last in {belief[-1].call_sign: belief[-1] for belief in beliefs.values()}.items():
        if sign is None:
            continue
        kept = await record_queries.beliefs_of_licensee(session, last.licensee_id)
        shared = [one for key, one in kept.items() if key not in beliefs and one[-1].call_sign == sign and _in_force(one, on)]
        if shared:
            words = Text(
                f"呼出符号{sign}の他の免許{shared[0][-1].license_number}も併せて承継してください。",
                f"The license {shared[0][-1].license_number} under the same call sign {sign} has to pass with it.",
            )
            raise Conflict("call_sign_shared", words)
        held = await record_queries.holdings(session, CALL_SIGN.c.sign == sign)
        await writing.close(session, CallSign, [holding.id for holding in held], at=moment.at)
        await writing.insert_rows(session, CallSign, [call_signs.row(sign, to, last.facts.bureau, moment.at)])
