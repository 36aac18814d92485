"""What the register says of many licenses, read at once: the facts of a thousand like filings cost as many statements as those of one.

What has not been read beforehand is read when it is asked for, so that whoever examines need not know.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing import queries
from partner.licensing.queries import OpenCase
from partner.registry import opening_queries
from partner.registry import service as register
from partner.registry.facts import License
from partner.registry.normalisation import license_number
from partner.regulation.procedures import Procedure

Standing = tuple[License, License]
"""A license as it stands today, and its last version."""


@dataclass
class Prefetched:
    """What was read for the filings of one transaction. It is as old as the transaction, and of no use after it, or after a change.

    `licenses` by number as the register writes it (None: there is none), `opened` by station, `cases` by licensee and procedure.
    `shared`: what has to be read after all is kept too.
    """

    licenses: dict[str, Standing | None] = field(default_factory=dict)
    opened: dict[UUID, int] = field(default_factory=dict)
    held: dict[UUID, list[License]] = field(default_factory=dict)
    cases: dict[tuple[UUID, str], dict[str, list[OpenCase]]] = field(default_factory=dict)
    shared: bool = False

    async def license_and_last(self, session: AsyncSession, number: str) -> Standing | None:
        """The license with a number, as `register.license_and_last` finds it."""
        written = license_number(number)
        if written in self.licenses:
            return self.licenses[written]
        found = await register.license_and_last(session, written)
        if self.shared:
            self.licenses[written] = found
        return found

    async def opened_under(self, session: AsyncSession, station_id: UUID) -> int:
        """How many stations are open under a license."""
        return self.opened[station_id] if station_id in self.opened else await opening_queries.count_under(session, station_id)

    async def held_by(self, session: AsyncSession, licensee_id: UUID) -> list[License]:
        """All licenses of a licensee; those who file many share one look."""
        if licensee_id in self.held:
            return self.held[licensee_id]
        found = await register.licenses_of(session, licensee_id)
        if self.shared:
            self.held[licensee_id] = found
        return found

    async def open_cases(self, session: AsyncSession, procedure: Procedure, held: License) -> list[OpenCase]:
        """The open cases under a procedure that may be about a license."""
        known = self.cases.get((held.licensee_id, procedure.code))
        if known is not None and held.license_number in self.licenses:
            return known.get(held.license_number, []) + known.get("", [])
        field_ = str(procedure.license_field)
        return await queries.open_cases(
            session, held.licensee_id, procedure.code, license_field=field_, license_numbers=[held.license_number]
        )


async def prefetched(
    session: AsyncSession, procedures: Collection[Procedure], numbers: Collection[str], *, licensee_id: UUID | None
) -> Prefetched:
    """Read what a licensee's filings under these procedures about these licenses will ask for. Call in standing `system`."""
    licenses = await register.licenses_and_last(session, numbers)
    stations = [found[0].station_id for found in licenses.values() if found is not None]
    opened = dict.fromkeys(stations, 0) | await opening_queries.counts_under(session, stations)
    found = Prefetched(licenses, opened, shared=True)
    for procedure in procedures if licensee_id is not None else ():
        if licensee_id is not None and "*" not in (procedure.license_field or "*"):
            found.cases[licensee_id, procedure.code] = await _cases(session, licensee_id, procedure, list(licenses))
    return found


async def _cases(session: AsyncSession, licensee_id: UUID, procedure: Procedure, numbers: list[str]) -> dict[str, list[OpenCase]]:
    """Open cases by the license that they are about; under the empty text those of which that was never noted."""
    kept: dict[str, list[OpenCase]] = {}
    for one in await queries.open_cases(
        session, licensee_id, procedure.code, license_field=str(procedure.license_field), license_numbers=numbers
    ):
        kept.setdefault(one.about or "", []).append(one)
    return kept
