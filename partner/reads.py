"""Connections for the hot public reads: statements that stay prepared, sent and read through libpq with nothing between.

A driver for everything spends more on one short read than PostgreSQL does. Here a connection listens to its socket for as long as it
lives, a statement is prepared once on each, and every value travels as text: the casts in the statement say what it is. What streams, or
is to be planned for its values, goes through the pool of psycopg beside it.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncClientCursor, AsyncConnection, DataError, OperationalError, errors
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

KEPT = 500
"""Statements that one connection keeps prepared: searches come in many shapes."""
PATIENCE_SECONDS = 30.0
SHUTTING_DOWN = b"57P"
GOOD = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})
_PLACE = re.compile(rb"%(?:%|\((\w+)\)s)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as PostgreSQL reads it, its name, and the names of its values in the order of their numbers."""

    name: bytes
    query: bytes
    values: tuple[str, ...]


class Reads:
    """A pool of connections, each used by one statement at a time. Statements are constant text, with values as `%(name)s`."""

    def __init__(self, url: str, planned: AsyncConnectionPool[AsyncConnection[TupleRow]], *, size: int, options: str) -> None:
        self._url = url
        self._planned = planned
        self._options = options
        self._free: list[_Connection] = []
        self._unopened = size
        self._waiting: deque[asyncio.Future[_Connection | None]] = deque()
        self._statements: OrderedDict[bytes | str, Prepared] = OrderedDict()
        self._number = 0

    async def run(self, query: bytes | str, values: Mapping[str, Any]) -> PGresult:
        """Execute a statement that only reads. Raises psycopg.Error, and PoolTimeout when no connection comes free in time.

        A connection that the server has closed meanwhile is replaced, and the statement sent once more.
        """
        statement = self._statements.get(query) or self._known(query)
        written = [as_text(values[name]) for name in statement.values]
        connection = self._free.pop() if self._free else await self._another()
        try:
            result = await connection.execute(statement, written)
        except _Lost:
            connection.close()
            connection = await self._opened()
            result = await connection.execute(statement, written)
        except BaseException:
            connection.close()
            self._give_up()
            raise
        self._give_back(connection)
        if result.status not in GOOD:
            raise errors.error_from_result(result)
        return result

    async def rows(self, query: str, values: Mapping[str, Any]) -> list[TupleRow]:
        """All rows of a statement, as values of Python: for what is asked seldom."""
        async with self._planned.connection() as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()

    async def planned(self, query: str, values: Mapping[str, Any]) -> list[TupleRow]:
        """All rows of a statement that is planned for its values, because there are many ways to answer it."""
        async with self._planned.connection() as connection:
            return await (await AsyncClientCursor(connection).execute(query.encode(), values)).fetchall()

    def close(self) -> None:
        """Close what is free; what is in use closes with its process."""
        while self._free:
            self._free.pop().close()
            self._unopened += 1

    def _known(self, query: bytes | str) -> Prepared:
        names: dict[str, int] = {}

        def numbered(found: re.Match[bytes]) -> bytes:
            if found[1] is None:
                return b"%"
            return b"$%d" % names.setdefault(found[1].decode(), len(names) + 1)

        self._number += 1
        written = _PLACE.sub(numbered, query.encode() if isinstance(query, str) else query)
        statement = self._statements[query] = Prepared(b"partner_%d" % self._number, written, tuple(names))
        if len(self._statements) > 4 * KEPT:
            self._statements.popitem(last=False)
        return statement

    async def _another(self) -> _Connection:
        if self._unopened:
            self._unopened -= 1
            return await self._opened()
        turn: asyncio.Future[_Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await turn or await self._opened()
        except TimeoutError:
            raise PoolTimeout(f"no connection for public reads came free in {PATIENCE_SECONDS} s") from None

    async def _opened(self) -> _Connection:
        """A new connection in a place that is taken for it already; the place is given up when there is none to be had."""
        try:
            opened = await AsyncConnection.connect(self._url, autocommit=True, options=self._options)
        except BaseException:
            self._give_up()
            raise
        return _Connection(opened, asyncio.get_running_loop())

    def _give_back(self, connection: _Connection) -> None:
        if not self._hand_on(connection):
            self._free.append(connection)

    def _give_up(self) -> None:
        if not self._hand_on(None):
            self._unopened += 1

    def _hand_on(self, connection: _Connection | None) -> bool:
        """Give a connection, or the place of one, to whoever has waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False


class _Lost(OperationalError):
    """The server has closed the connection."""


class _Connection:
    """One connection to the database, and what it waits for."""

    def __init__(self, opened: AsyncConnection[Any], loop: asyncio.AbstractEventLoop) -> None:
        self._opened = opened  # it closes the connection when nobody holds it any more
        self._pgconn: PGconn = opened.pgconn
        self._socket = self._pgconn.socket
        self._loop = loop
        self._prepared: OrderedDict[bytes, None] = OrderedDict()
        self._answer: asyncio.Future[PGresult] | None = None
        self._result: PGresult | None = None
        self._lost = False
        self._pgconn.nonblocking = 1
        loop.add_reader(self._socket, self._readable)

    async def execute(self, statement: Prepared, values: list[bytes | None]) -> PGresult:
        """The result of a statement, whatever its status. Raises _Lost."""
        if self._lost:
            raise _Lost("the connection was closed while nobody used it")
        if statement.name not in self._prepared:
            result = await self._prepare(statement)
            if result.status not in GOOD:
                return result
        self._pgconn.send_query_prepared(statement.name, values)
        return await self._answered()

    async def _prepare(self, statement: Prepared) -> PGresult:
        if len(self._prepared) >= KEPT:
            oldest, _ = self._prepared.popitem(last=False)
            self._pgconn.send_query(b"DEALLOCATE " + oldest)
            await self._answered()
        self._pgconn.send_prepare(statement.name, statement.query)
        result = await self._answered()
        if result.status in GOOD:
            self._prepared[statement.name] = None
        return result

    def close(self) -> None:
        """Close it; whatever is asked of it still is not answered."""
        with suppress(ValueError, OSError):
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._pgconn.finish()

    async def _answered(self) -> PGresult:
        answer = self._answer = self._loop.create_future()
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._writable)
        result: PGresult = await answer
        return result

    def _writable(self) -> None:
        with suppress(OperationalError):  # the reader tells of it
            if self._pgconn.flush():
                return
        self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._tell()
                    return
                self._result = result
        except OperationalError as error:
            self._lose(error)

    def _tell(self) -> None:
        """Hand over the answer; what comes unasked is no answer."""
        answer, result = self._answer, self._result
        self._answer = self._result = None
        if answer is None or result is None or answer.done():
            return
        if result.status not in GOOD and (result.error_field(DiagnosticField.SQLSTATE) or b"").startswith(SHUTTING_DOWN):
            answer.set_exception(_Lost("the server shuts down"))
        else:
            answer.set_result(result)

    def _lose(self, error: OperationalError) -> None:
        self._lost = True
        self._loop.remove_reader(self._socket)
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(_Lost(str(error)))


def as_text(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it from text: text, numbers, dates, instants, identifiers, yes and no, and lists of them.

    Raises DataError for text that PostgreSQL cannot have, TypeError for any other kind of value.
    """
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise DataError("PostgreSQL has no text with NUL in it")
        return value.encode()
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int | Decimal | UUID):
        return str(value).encode()
    if isinstance(value, date):  # an instant too
        return value.isoformat().encode()
    if isinstance(value, list):
        return b"{" + b",".join(map(_item, value)) + b"}"
    raise TypeError(f"no value of a public read: {type(value).__name__}")


def _item(value: Any) -> bytes:
    written = as_text(value)
    if written is None:
        return b"NULL"
    return b'"' + written.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
