"""Licensees and call signs of many licenses at once: what stands on record of them, and the rows that are still missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
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


class Holder(NamedTuple):
    """A licensee, the version that describes it, and how."""

    licensee_id: UUID
    version_id: UUID
    facts: LicenseeFacts


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
        holders={key: Holder(*found) for key, found in (await record_queries.holders_by_key(session, keys)).items()},
        numbers=await record_queries.numbers_taken(session, numbers) if numbers else set(),
        signs={holding.sign: holding for holding in holdings},
    )


@dataclass
class Newcomers:
    """Collects the licensees and call signs that are new, from the record time `at` on. Pure.

    `holders` are those of `known` and those made here, `made` only the latter. `rows` are to be written, `closed` (holdings of call
    signs) and `closed_versions` (former descriptions) to be closed.
    """

    known: Known
    at: datetime
    rules: CallSignRules
    holders: dict[str, Holder] = field(init=False)
    made: dict[str, Holder] = field(default_factory=dict)
    rows: dict[type[SQLModel], list[Row]] = field(init=False)
    closed: list[UUID] = field(default_factory=list)
    closed_versions: list[UUID] = field(default_factory=list)
    _claimed: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.holders = dict(self.known.holders)
        self.rows = {Licensee: [], LicenseeVersion: [], CallSign: []}

    def licensee(self, facts: LicenseeFacts, key: str | None = None) -> Holder:
        """The licensee that a description means, or that a match key of its own means. Raises Invalid for facts that contradict."""
        key = licensees.match_key(facts) if key is None else key
        found = self.holders.get(key)
        if found is None:
            licensees.check(facts)
            licensee_id = identifiers.new_id()
            self.rows[Licensee].append({"id": licensee_id, "recorded_at": self.at})
            found = self._describe(key, licensee_id, facts)
        return found

    def describe_anew(self, key: str, facts: LicenseeFacts) -> Holder:
        """The licensee of a match key, described as given from now on; of several new descriptions at once the first stands."""
        known = self.holders[key]
        if key in self.made or known.facts == facts:
            return known
        licensees.check(facts)
        self.closed_versions.append(known.version_id)
        return self._describe(key, known.licensee_id, facts)

    def _describe(self, key: str, licensee_id: UUID, facts: LicenseeFacts) -> Holder:
        version = licensees.version_row(facts, licensee_id, self.at, key=key)
        self.rows[LicenseeVersion].append(version)
        found = self.holders[key] = self.made[key] = Holder(licensee_id, version["id"], facts)
        return found

    def claim(self, sign: str, licensee_id: UUID, *, bureau: str, on: date, instead_of: UUID | None = None) -> None:
        """Make a licensee the holder of a sign from a day on. Raises Conflict (`call_sign_held`) while it is another's.

        `instead_of` is a licensee who turned out to be this one.
        """
        self.refuse_held(sign, licensee_id, on=on, instead_of=instead_of)
        holding = self.known.signs.get(sign)
        if sign not in self._claimed and (holding is None or holding.licensee_id != licensee_id):
            self.closed.extend([holding.id] if holding is not None else [])
            self.rows[CallSign].append(call_signs.row(sign, licensee_id, bureau, self.at))
        self._claimed[sign] = licensee_id

    def refuse_held(self, sign: str, licensee_id: UUID | None, *, on: date, instead_of: UUID | None = None) -> None:
        """Raise Conflict (`call_sign_held`) when a sign is another's on a day; None stands for a licensee not on record yet."""
        if sign in self._claimed:
            if self._claimed[sign] != licensee_id:
                raise _held(sign)
            return
        holding = self.known.signs.get(sign)
        if holding is not None and holding.licensee_id not in {licensee_id, instead_of} and not call_signs.vacant(holding, on, self.rules):
            raise _held(sign)


async def write(session: AsyncSession, newcomers: Newcomers) -> None:
    """Write what was collected, in the order of the foreign keys."""
    await writing.close(session, CallSign, newcomers.closed, at=newcomers.at)
    await writing.close(session, LicenseeVersion, newcomers.closed_versions, at=newcomers.at)
    for model, rows in newcomers.rows.items():
        await writing.insert_rows(session, model, rows)


def _held(sign: str) -> Conflict:
    return Conflict("call_sign_held", Text(f"呼出符号{sign}は他の者のものです。", f"The call sign {sign} is another's."))
