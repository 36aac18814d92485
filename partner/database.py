"""Engines, sessions, roles, the only commit.

Three roles touch the database. `partner_owner` owns every table and runs migrations. `partner_app` runs the application:
it is no superuser, has no BYPASSRLS, and row-level security decides what each transaction may see, after the settings that
`transaction` makes from the caller's `Access`. `partner_public` serves public reads and can read the published views only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Connection, IsolationLevel, connect
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import MetaData, text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.errors import Text, Unavailable
from partner.reads import Reads

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata


PATIENCE_SECONDS = 120
"""How long a request waits for its turn. Decisions write the register one after another: of many at once the last ones wait long."""


PLANNED_ONCE = "-c plan_cache_mode=force_generic_plan -c jit=off"
"""The registry's statements leave the planner no choice: one plan serves all values, and planning anew would cost more than reading.

What should be planned for its values is executed by an `AsyncClientCursor`, which writes them into the statement.
"""


class Standing(StrEnum):
    """In which standing a transaction reads and writes; row-level security is written in these words."""

    ANONYMOUS = "anonymous"
    APPLICANT = "applicant"
    STAFF = "staff"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


@dataclass(frozen=True)
class Access:
    """What row-level security knows of the caller."""

    standing: Standing
    account_id: UUID | None = None
    bureau: str | None = None


SYSTEM = Access(Standing.SYSTEM)
ANONYMOUS = Access(Standing.ANONYMOUS)

_SETTINGS = text(
    "SELECT set_config('partner.standing', :standing, true), set_config('partner.account_id', :account_id, true),"
    " set_config('partner.bureau', :bureau, true)"
)
_READ_ONLY = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class Database:
    """The connections of one process: one engine for the application; for public reads those of `reads`, and a pool for what streams."""

    def __init__(self, url: str, public_url: str, *, pool_size: int = 8, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, pool_timeout=patience_seconds
        )
        self._public_url = public_url.replace("postgresql+psycopg://", "postgresql://")
        self.public: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            self._public_url, min_size=1, max_size=pool_size, open=False, kwargs={"autocommit": True, "options": PLANNED_ONCE}
        )
        self.reads = Reads(self._public_url, self.public, size=pool_size, options=PLANNED_ONCE)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Open the pools for the time of a `with` block."""
        await self.public.open()
        try:
            yield self
        finally:
            self.reads.close()
            await self.public.close()
            await self.engine.dispose()

    @contextmanager
    def snapshot(self) -> Iterator[Connection[TupleRow]]:
        """A connection of its own as partner_public that sees one state of what is published to the end of the block.

        It blocks: not for the event loop. The pools need not be open.
        """
        with connect(self._public_url, application_name="partner snapshot") as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield connection

    @asynccontextmanager
    async def transaction(self, access: Access) -> AsyncIterator[AsyncSession]:
        """One transaction on behalf of `access`: committed when the block ends well, rolled back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            try:
                await _begin(session, access)
                yield session
                await session.commit()
            except BaseException:
                await session.rollback()
                raise

    @asynccontextmanager
    async def reading(self, access: Access) -> AsyncIterator[AsyncSession]:
        """A transaction on behalf of `access` that sees one state of everything and can write nothing; it ends in a rollback."""
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
            try:
                await (await session.connection()).execute(_READ_ONLY)
                await enter(session, access)
                yield session
            finally:
                await session.rollback()


async def _begin(session: AsyncSession, access: Access) -> None:
    """Take a connection and enter; raises Unavailable when none comes free in time."""
    try:
        await enter(session, access)
    except PoolTimeout as error:
        message = Text("ただいま混み合っています。", "Too much is going on at the moment.")
        remedy = Text("しばらくしてから、もう一度お試しください。", "Try again in a while.")
        raise Unavailable("busy", message, remedy=remedy) from error


async def enter(session: AsyncSession, access: Access) -> None:
    """Tell row-level security, for the rest of this transaction, on whose behalf it runs."""
    values: dict[str, Any] = {
        "standing": access.standing.value,
        "account_id": str(access.account_id or ""),
        "bureau": access.bureau or "",
    }
    await (await session.connection()).execute(_SETTINGS, values)
