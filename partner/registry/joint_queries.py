"""Several statements of one request as one: what is asked at the same time is sent together, in one round trip and of one state."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from psycopg.pq.abc import PGresult

from partner.reads import Reads

_PLACE = re.compile(r"%\((\w+)\)s")
Asked = tuple[str, Mapping[str, Any]]


class Rows:
    """The rows of one of several statements, read as a result is."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._rows = rows
        self.ntuples = len(rows)
        self.nfields = len(rows[0]) if rows else 0

    def get_value(self, row: int, column: int) -> bytes | None:
        """A value as text; None for null."""
        value = self._rows[row][column]
        return None if value is None else str(value).encode()


class Together(Reads):
    """Reads that wait for each other: all statements that are asked for before any is answered are sent as one."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._asked: list[tuple[Asked, asyncio.Future[PGresult]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def run(self, query: bytes | str, values: Mapping[str, Any]) -> PGresult:
        """The rows of a statement whose columns are text, numbers or identifiers. Raises what `Reads.run` does."""
        answer: asyncio.Future[PGresult] = asyncio.get_running_loop().create_future()
        self._asked.append(((query.decode() if isinstance(query, bytes) else query, values), answer))
        if len(self._asked) == 1:
            self._sending = asyncio.create_task(self._send())  # it has its turn when all that is ready now has asked
        return await answer

    async def rows(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        """By itself."""
        return await self._reads.rows(query, values)

    async def planned(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        """By itself."""
        return await self._reads.planned(query, values)

    async def _send(self) -> None:
        waiting, self._asked = self._asked, []
        try:
            found = await self._answers([asked for asked, _ in waiting])
        except BaseException as error:
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, answer), result in zip(waiting, found, strict=True):
            if not answer.done():
                answer.set_result(result)

    async def _answers(self, asked: Sequence[Asked]) -> list[PGresult]:
        if len(asked) == 1:
            return [await self._reads.run(*asked[0])]
        result = await self._reads.run(*joined(asked))
        return [cast("PGresult", _rows(result.get_value(0, place))) for place in range(len(asked))]


def joined(asked: Sequence[Asked]) -> Asked:
    """One statement whose only row has, for each of several, its rows as a JSON array of objects in the order of its columns. Pure."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, (query, given) in enumerate(asked):
        own = _PLACE.sub(rf"%(part_{number}_\1)s", query)
        parts.append(f"(SELECT json_agg(row_to_json(part)) FROM ({own}) AS part)")  # noqa: S608 -- constant text; values are bound
        values |= {f"part_{number}_{name}": value for name, value in given.items()}
    return "SELECT " + ", ".join(parts), values


def _rows(text: bytes | None) -> Rows:
    """Columns may have the same name, so they are read as pairs."""
    return Rows([] if text is None else json.loads(text, object_pairs_hook=lambda pairs: [value for _, value in pairs]))
