"""The change feed: what follows a sequence; and who asks beyond the end of it is told that his copy is of another register."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from partner.errors import Conflict, FieldError, Text
from partner.reads import Reads
from partner.registry import queries, search

LAG_SECONDS = 5.0
EVERY_SECONDS = 0.25
AHEAD = Text(
    "{} は登録の最新の番号 {} より先です。登録が以前の状態から復元された可能性があります。",
    "{} is ahead of the register, which has come to {}. The register may have been restored from an earlier state.",
)
SNAPSHOT = Text(
    "手元の写しは使わず、全件(/open-data/latest/manifest.json)を取り直して、その sequence から続けてください。",
    "Give up your copy: take a new dump (/open-data/latest/manifest.json) and go on from its sequence.",
)


class Entries(NamedTuple):
    """Entries as JSON texts, the sequence to go on from, and how far the register had come before they were read."""

    items: list[str]
    following: int
    sequence: int


async def changes(reads: Reads, *, after: int, limit: int) -> Entries:
    """Entries that follow a sequence. Raises Conflict `ahead_of_register` as `reached` does."""
    sequence = await reached(reads, after)
    found = await reads.run(queries.CHANGES, {"after": after, "limit": limit})
    items = [(found.get_value(row, 0) or b"").decode() for row in range(found.ntuples)]
    return Entries(items, int(found.get_value(found.ntuples - 1, 1) or 0) if items else after, sequence)


async def reached(reads: Reads, after: int, *, named: str = "after") -> int:
    """How far the register has come. Raises Conflict `ahead_of_register`, with the parameter's name, when that is not as far as `after`.

    What we have told is committed, so nobody whom we told is ahead of the register. A replica may lag behind the one that told: it is given
    some seconds.
    """
    sequence = (await search.registry(reads)).sequence
    tries = 0
    while after > sequence:
        if tries >= LAG_SECONDS / EVERY_SECONDS or not await _lags(reads):
            said = Text(AHEAD.ja.format(after, sequence), AHEAD.en.format(after, sequence))
            raise Conflict("ahead_of_register", said, remedy=SNAPSHOT, errors=[FieldError(named, "ahead_of_register", said)])
        tries += 1
        await asyncio.sleep(EVERY_SECONDS)
        sequence = (await search.registry(reads)).sequence
    return sequence


async def _lags(reads: Reads) -> bool:
    """Whether we read a replica."""
    return (await reads.run(queries.IN_RECOVERY, {})).get_value(0, 0) == b"t"
