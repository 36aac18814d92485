"""Licensees and call signs of many licenses at once: what stands on record of them, and the rows that are still missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import identifiers
from partner.errors import Conflict, Text
from partner.registry import call_signs, licensees, record_queries, writing
from partner.registry.facts import LicenseeFacts
from partner.registry.models import CallSign, Licensee, LicenseeVersion
from partner.registry.record_queries import CALL_SIGN, Holding
from partner.regulation.call_signs import CallSignRules

Row = dict[str, Any]
Holder = tuple[UUID, UUID]
"""A licensee, and the version that describes it."""


@dataclass(frozen=True)
class Known:
    """What the register says of the licensees, numbers and call signs that some licenses name."""

    holders: Mapping[str, Holder]
    numbers: Collection[str]
    signs: Mapping[str, Holding]


async def look_up(session: AsyncSession, *, keys: Collection[str], numbers: Collection[str], signs: Collection[str]) -> Known:
    """Look up licensees by match key, numbers that a license has or had, and call signs. Three statements at most."""
    holdings = await record_queries.holdings(session, record_queries.among(CALL_SIGN.c.sign, signs)) if signs else []
    return Known(
        holders=await record_queries.licensees_by_key(session, keys),
        numbers=await record_queries.numbers_taken(session, numbers) if numbers else set(),
        signs={holding.sign: holding for holding in holdings},
    )


@dataclass
class Newcomers:
    """Collects the licensees and call signs that are new, from the record time `at` on. Pure.

    `holders` are those of `known` and those made here, `made` only the latter; `rows` and `closed` are what is to be written of them.
    """

    known: Known
    at: datetime
    rules: CallSignRules
    holders: dict[str, Holder] = field(init=False)
    made: dict[str, Holder] = field(default_factory=dict)
    rows: dict[type[SQLModel], list[Row]] = field(init=False)
    closed: list[UUID] = field(default_factory=list)
    _claimed: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.holders = dict(self.known.holders)
        self.rows = {Licensee: [], LicenseeVersion: [], CallSign: []}

    def licensee(self, facts: LicenseeFacts) -> Holder:
        """The licensee that a description means. Raises Invalid for facts that contradict."""
        key = licensees.match_key(facts)
        found = self.holders.get(key)
        if found is None:
            licensees.check(facts)
            licensee_id = identifiers.new_id()
            version = licensees.version_row(facts, licensee_id, self.at)
            self.rows[Licensee].append({"id": licensee_id, "recorded_at": self.at})
            self.rows[LicenseeVersion].append(version)
            found = self.holders[key] = self.made[key] = licensee_id, version["id"]
        return found

    def claim(self, sign: str, licensee_id: UUID, *, bureau: str, on: date) -> None:
        """Make a licensee the holder of a sign from a day on. Raises Conflict (`call_sign_held`) while it is another's."""
        if sign in self._claimed:
            if self._claimed[sign] != licensee_id:
                raise _held(sign)
            return
        holding = self.known.signs.get(sign)
        if holding is None or holding.licensee_id != licensee_id:
            if holding is not None and not call_signs.vacant(holding, on, self.rules):
                raise _held(sign)
            self.closed.extend([holding.id] if holding is not None else [])
            self.rows[CallSign].append(call_signs.row(sign, licensee_id, bureau, self.at))
        self._claimed[sign] = licensee_id


async def write(session: AsyncSession, newcomers: Newcomers) -> None:
    """Write what was collected, in the order of the foreign keys."""
    await writing.close(session, CallSign, newcomers.closed, at=newcomers.at)
    for model, rows in newcomers.rows.items():
        await writing.insert_rows(session, model, rows)


def _held(sign: str) -> Conflict:
    return Conflict("call_sign_held", Text(f"呼出符号{sign}は他の者のものです。", f"The call sign {sign} is another's."))
