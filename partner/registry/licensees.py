"""Holders of licenses: found again by 法人番号, else by name, kana and address; what is known of them has versions too."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.errors import FieldError, Invalid, NotFound, Text
from partner.registry import fitness, record_queries, writing
from partner.registry.facts import LicenseeFacts
from partner.registry.models import Licensee, LicenseeVersion
from partner.registry.normalisation import REMEMBERED, key_of

Row = dict[str, Any]


@lru_cache(maxsize=REMEMBERED)
def match_key(facts: LicenseeFacts) -> str:
    """What makes two descriptions mean the same licensee."""
    if facts.corporate_number:
        return f"corporate:{facts.corporate_number}"
    words = (facts.name, facts.name_kana, facts.municipality or "", facts.address or "")
    return key_of(facts.kind, *words)


async def find_licensee(session: AsyncSession, facts: LicenseeFacts) -> UUID | None:
    """The licensee that a description means, if it is on record."""
    found = await record_queries.licensees_by_key(session, [match_key(facts)])
    return found[match_key(facts)][0] if found else None


async def record_licensee(session: AsyncSession, facts: LicenseeFacts) -> UUID:
    """The licensee that a description means, put on record when it is not yet. Raises Invalid for facts that contradict."""
    check(facts)
    await record_queries.lock_words(session, match_key(facts))
    found = await find_licensee(session, facts)
    if found is not None:
        return found
    at, licensee_id = clock.now(), identifiers.new_id()
    await writing.insert_rows(session, Licensee, [{"id": licensee_id, "recorded_at": at}])
    await writing.insert_rows(session, LicenseeVersion, [version_row(facts, licensee_id, at)])
    return licensee_id


async def describe_anew(session: AsyncSession, licensee_id: UUID, facts: LicenseeFacts, *, at: datetime) -> UUID:
    """Record, from the instant `at` on, that a licensee is otherwise named or placed; gives the id of the new version.

    Raises NotFound for an unknown licensee, and Invalid when the description is already another licensee's.
    """
    check(facts)
    known = await record_queries.licensee(session, licensee_id)
    if known is None:
        raise NotFound("unknown_licensee", Text("免許人が登録されていません。", "There is no such licensee on record."))
    if known.facts == facts:
        return known.version_id
    if await find_licensee(session, facts) not in {None, licensee_id}:
        raise Invalid(
            "another_licensee", Text("同じ内容の別の免許人が登録されています。", "Another licensee on record has this description.")
        )
    at = max(at, known.recorded_at + writing.TICK)
    row = version_row(facts, licensee_id, at)
    await writing.close(session, LicenseeVersion, [known.version_id], at=at)
    await writing.insert_rows(session, LicenseeVersion, [row])
    found: UUID = row["id"]
    return found


def check(facts: LicenseeFacts) -> None:
    """Refuse what no licensee can be. Raises Invalid naming the field."""
    number = facts.corporate_number
    if number and (facts.kind == "individual" or not (number.isascii() and number.isdigit() and len(number) == 13)):
        words = Text("法人番号は法人・団体の13桁の数字です。", "A corporate number is the 13 digits of a body, not of an individual.")
        raise Invalid("invalid_licensee", words, errors=[FieldError("corporate_number", "invalid", words)])
    if not facts.name.strip():
        words = Text("氏名又は名称が空です。", "The name is empty.")
        raise Invalid("invalid_licensee", words, errors=[FieldError("name", "required", words)])
    if facts.municipality and not fitness.is_municipality(facts.municipality):
        error = fitness.municipality_error("municipality", facts.municipality)
        raise Invalid("invalid_licensee", error.message, errors=[error])


def version_row(facts: LicenseeFacts, licensee_id: UUID, at: datetime, *, key: str | None = None) -> Row:
    """The row of a version of a licensee that is believed from `at` on; found again by its facts, or by a match key of its own."""
    return {
        "id": identifiers.new_id(),
        "licensee_id": licensee_id,
        "kind": facts.kind,
        "name": facts.name,
        "name_kana": facts.name_kana,
        "corporate_number": facts.corporate_number or None,
        "municipality": facts.municipality or None,
        "address": facts.address or None,
        "birth_date": facts.birth_date,
        "match_key": match_key(facts) if key is None else key,
        "recorded": writing.from_now(at),
    }
