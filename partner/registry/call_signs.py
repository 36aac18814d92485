"""Who gets which call sign (corrections of practice: one person, one sign; never two holders at once).

A sign belongs to its holder while a license under it runs and for the months of reservation after the last one has ended;
then it is vacant and may be issued again. Whoever calls holds the lock of the register's counter, so that no two
transactions look at the same time; the unique index on the signs believed now stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import identifiers
from partner.errors import Conflict, Text
from partner.registry import record_queries, writing
from partner.registry.models import CallSign, CallSignBlock
from partner.registry.record_queries import CALL_SIGN, Holding
from partner.regulation.call_signs import CallSignRules

FROM_BLOCKS = frozenset({"AT"})  # classes whose stations are identified by a sign of the bureau's blocks
AT_A_TIME = 40


@dataclass(frozen=True)
class Wanted:
    """For whom a sign is wanted, where, and from which day on; `at` is the record time of the change."""

    licensee_id: UUID
    club: bool
    bureau: str
    municipality: str | None
    on: date
    at: datetime


async def assign(session: AsyncSession, wanted: Wanted, rules: CallSignRules) -> str:
    """The sign of a licensee in a bureau: the one it holds or has reserved, else the next that the bureau issues.

    Raises Conflict (`no_call_sign_left`) when every block is used up and no sign is vacant.
    """
    own = await record_queries.holdings(session, (CALL_SIGN.c.licensee_id == wanted.licensee_id) & (CALL_SIGN.c.bureau == wanted.bureau))
    kept = [holding for holding in own if not vacant(holding, wanted.on, rules)]
    if kept:
        return min(kept, key=lambda holding: holding.id).sign
    found = await _next(session, wanted, rules) or await _vacated(session, wanted, rules)
    if found is None:
        raise Conflict("no_call_sign_left", Text("割り当てられる呼出符号がありません。", "There is no call sign left to assign."))
    sign, vacated = found
    await _take(session, sign, vacated, wanted)
    return sign


async def claim(session: AsyncSession, sign: str, wanted: Wanted, rules: CallSignRules) -> None:
    """Make a licensee the holder of a given sign. Raises Conflict (`call_sign_held`) while it is another's."""
    found = await record_queries.holdings(session, CALL_SIGN.c.sign == sign)
    for holding in found:
        if holding.licensee_id == wanted.licensee_id:
            return
        if not vacant(holding, wanted.on, rules):
            raise Conflict("call_sign_held", Text(f"呼出符号{sign}は他の者のものです。", f"The call sign {sign} is another's."))
    await _take(session, sign, next(iter(found), None), wanted)


async def _take(session: AsyncSession, sign: str, vacated: Holding | None, wanted: Wanted) -> None:
    """Record the new holder of a sign that is nobody's, and close the holding of the last one."""
    await writing.close(session, CallSign, [] if vacated is None else [vacated.id], at=wanted.at)
    await writing.insert_rows(session, CallSign, [row(sign, wanted.licensee_id, wanted.bureau, wanted.at)])


def row(sign: str, licensee_id: UUID, bureau: str, at: datetime) -> dict[str, object]:
    """The row that makes a licensee the holder of a sign."""
    return {"id": identifiers.new_id(), "sign": sign, "licensee_id": licensee_id, "bureau": bureau, "recorded": writing.from_now(at)}


def vacant(holding: Holding, on: date, rules: CallSignRules) -> bool:
    """Whether a sign is free for anybody on a day: its licenses have ended, and the reservation is over."""
    return holding.last_day is not None and on > rules.reserved_until(holding.last_day)


async def _next(session: AsyncSession, wanted: Wanted, rules: CallSignRules) -> tuple[str, Holding | None] | None:
    """The next sign of the bureau's blocks that is nobody's, remembered as the last one issued, with who held it last."""
    first = _prefixes(rules, wanted)[0], rules.ranges(club=wanted.club, on=wanted.on)[0].first
    last = await record_queries.last_sign(session, wanted.bureau, *first)
    candidates = following(rules, wanted, last)
    while batch := list(islice(candidates, AT_A_TIME)):
        known = await record_queries.holdings(session, record_queries.among(CALL_SIGN.c.sign, batch))
        held = {holding.sign: holding for holding in known}
        for sign in batch:
            if sign not in held or vacant(held[sign], wanted.on, rules):
                key = {"bureau": wanted.bureau, "prefix": first[0], "suffix_from": first[1]}
                await writing.advance(session, CallSignBlock, key, {"last_sign": sign})
                return sign, held.get(sign)
    return None


async def _vacated(session: AsyncSession, wanted: Wanted, rules: CallSignRules) -> tuple[str, Holding | None] | None:
    """The first vacant sign, in alphabetical order, that the bureau may issue again."""
    for holding in await record_queries.holdings(session, CALL_SIGN.c.bureau == wanted.bureau):
        allocatable = rules.allocatable(holding.sign, bureau=wanted.bureau, club=wanted.club, on=wanted.on)
        if allocatable and vacant(holding, wanted.on, rules):
            return holding.sign, holding
    return None


def following(rules: CallSignRules, wanted: Wanted, last: str | None) -> Iterator[str]:
    """The signs that a bureau issues to newcomers after `last` (None: from where the law says that it stands)."""
    prefixes = _prefixes(rules, wanted)
    issue = rules.issue(wanted.bureau, wanted.on)
    begin = prefixes.index(last[:3]) if last is not None and last[:3] in prefixes else 0
    for position, prefix in enumerate(prefixes[begin:], begin):
        if last is not None and position == begin:
            start = last[3:]
        else:
            start = (issue.from_suffix or "") if position == 0 and not wanted.club and prefix == issue.prefixes[0] else ""
        for suffixes in rules.ranges(club=wanted.club, on=wanted.on):
            signs = (prefix + suffix for suffix in suffixes.suffixes(start))
            yield from (sign for sign in signs if sign != last and rules.block_of(sign) is not None)


def _prefixes(rules: CallSignRules, wanted: Wanted) -> list[str]:
    """The prefixes of a bureau in the order in which they are issued, or the one that is kept for the place (JD1: Ogasawara)."""
    kept = [prefix for prefix, places in rules.remote_area.items() if wanted.municipality in places]
    if kept:
        return kept
    ordered = sorted(rules.blocks, key=lambda block: block.issue_order)
    usable = (block.prefix for block in ordered if block.bureau == wanted.bureau and block.use == "newcomers")
    return list(dict.fromkeys([*rules.issue(wanted.bureau, wanted.on).prefixes, *usable]))
