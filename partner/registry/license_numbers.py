"""Numbers of licenses: {地方部}{区分}第{連番}号, as in 関Ａ第123456号. Each bureau counts anew for each letter."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.registry import record_queries, writing
from partner.registry.models import LicenseNumberCounter
from partner.registry.vocabulary import Vocabulary

FIRST = 500_001  # lower numbers were given before this register began to count
AT_A_TIME = 5


def written(bureau: str, station_class: str, number: int, vocabulary: Vocabulary) -> str:
    """A license number as it is written."""
    known = vocabulary.law.codes("bureaus").get(bureau)
    prefix = bureau if known is None else known.attributes.get("license_prefix", bureau)
    return f"{prefix}{vocabulary.letter(station_class)}第{number}号"


async def allocate(session: AsyncSession, bureau: str, station_class: str, vocabulary: Vocabulary) -> str:
    """The next number that no license has or had. The caller holds the lock of the register's counter."""
    return (await allocate_many(session, bureau, station_class, vocabulary, count=1))[0]


async def allocate_many(session: AsyncSession, bureau: str, station_class: str, vocabulary: Vocabulary, *, count: int) -> list[str]:
    """The next `count` numbers of a bureau for a station class."""
    letter = vocabulary.letter(station_class)
    number = await record_queries.last_number(session, bureau, letter) or FIRST - 1
    found: list[str] = []
    while len(found) < count:
        batch = {written(bureau, station_class, number + step, vocabulary): number + step for step in range(1, max(count, AT_A_TIME) + 1)}
        taken = await record_queries.numbers_taken(session, batch)
        free = [text for text in batch if text not in taken][: count - len(found)]
        found.extend(free)
        number = batch[free[-1]] if free else number + len(batch)
    await writing.advance(session, LicenseNumberCounter, {"bureau": bureau, "letter": letter}, {"last_number": number})
    return found
