"""Whether the same has been filed before and is not decided yet: about the same license, or for a like new station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.licensing import facts, queries
from partner.licensing.models import Applicant, Application
from partner.licensing.queries import OpenCase, OpenForm
from partner.regulation.facts import FORM, project, value_at
from partner.regulation.procedures import Procedure

ALIKE = ("/station/station_class", "/station/movement", "/station/site/municipality", "/station/site/address", "/station/assignments")
"""What makes two new stations alike: class, place and what is designated. Many of a fleet differ in no more than their equipment."""


OneOf = TypeVar("OneOf", OpenCase, OpenForm)


def earlier(cases: Sequence[OneOf], case: Application | None) -> list[OneOf]:
    """The other cases, as far as they arrived before this one; all of them, while it has not arrived itself."""
    others = [one for one in cases if case is None or one.id != case.id]
    if case is None or case.reception_number is None or case.received_on is None:
        return others
    own = (case.received_on, case.reception_number)
    return [one for one in others if (one.received_on, one.reception_number) < own]


async def for_a_like_station(
    session: AsyncSession, procedure: Procedure, *, form: Mapping[str, Any], applicant: Applicant | None, case: Application | None
) -> list[str]:
    """The reception numbers of the applicant's open filings under the procedure, before this one, for a station like that of the form."""
    if applicant is None or procedure.license_field is not None or not facts.names_a_site(form):
        return []
    places = {pointer: str(value_at(pointer, form)) for pointer in ALIKE if pointer.startswith("/station/site/")}
    found = await queries.open_cases_at(session, applicant.id, procedure.code, places)
    return sorted(one.reception_number for one in earlier(found, case) if are_alike(one.form, form))


def are_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two forms are for stations of the same class, at the same place, with the same to be designated."""
    seen = [project(form, FORM) for form in (one, other)]
    return all(value_at(pointer, seen[0]) == value_at(pointer, seen[1]) for pointer in ALIKE)
