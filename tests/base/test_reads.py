"""Connections for the hot public reads: values arrive as they are, and nothing that goes wrong with one read harms the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from partner import reads as module
from partner.database import PLANNED_ONCE, Database
from partner.reads import Reads
from tests.conftest import Cluster

TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'partner_public' AND pid <> pg_backend_pid()"
SLEEPING = b"SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.3)%' AND pid <> pg_backend_pid()"
TERMINATE += " AND datname = current_database()"


@pytest.fixture
async def two(database: Database) -> AsyncIterator[Reads]:
    """Reads over at most two connections."""
    reads = Reads(str(database.public.conninfo), database.public, size=2, options=PLANNED_ONCE)
    yield reads
    reads.close()


@pytest.fixture
def administrator(cluster: Cluster, database_name: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the superuser, who may end those of others."""
    with psycopg.connect(cluster.url("postgres", database_name).replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", '山田 "太郎" \\ \' %', '山田 "太郎" \\ \' %'.encode()),
        ("text[]", ["a,b", 'say "yes"', "back\\slash", "", "NULL", "{}", None], None),
        ("boolean", True, b"true"),
        ("boolean[]", [True, False], b"{t,f}"),
        ("bigint", -(2**62), b"-4611686018427387904"),
        ("numeric", Decimal("0.0050"), b"0.0050"),
        ("date", date(2024, 2, 29), b"2024-02-29"),
        ("timestamptz", datetime(2024, 2, 29, 12, 0, 0, 5, tzinfo=UTC), None),
        ("uuid", UUID(int=7), str(UUID(int=7)).encode()),
        ("uuid[]", [UUID(int=7)], b"{" + str(UUID(int=7)).encode() + b"}"),
        ("text[]", [], b"{}"),
        ("text", None, None),
    ],
)
async def test_a_value_arrives_as_it_is(two: Reads, database: Database, kind: str, value: Any, expected: bytes | None) -> None:
    result = await two.run(f"SELECT %(value)s::{kind}::text", {"value": value})
    if expected is not None:
        assert result.get_value(0, 0) == expected
    async with database.public.connection() as connection:
        told = await connection.execute(f"SELECT %(value)s::{kind}::text", {"value": value})  # psycopg says the same
        [text] = await told.fetchone() or [None]
    assert result.get_value(0, 0) == (None if text is None else text.encode())


async def test_percent_signs_are_doubled_as_for_psycopg(two: Reads) -> None:
    result = await two.run("SELECT 'a%%b' || %(value)s::text || %(value)s::text", {"value": "x"})
    assert result.get_value(0, 0) == b"a%bxx"


async def test_text_with_nul_is_refused(two: Reads) -> None:
    with pytest.raises(psycopg.DataError):
        await two.run("SELECT %(value)s::text", {"value": "a\0b"})
    assert (await two.run("SELECT 1", {})).get_value(0, 0) == b"1"


async def test_a_statement_that_fails_leaves_the_connection_usable(two: Reads) -> None:
    for _ in range(5):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await two.run("SELECT 1 / %(value)s::int", {"value": 0})
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await two.run("SELECT * FROM account", {})
    assert (await two.run("SELECT 1 / %(value)s::int", {"value": 1})).get_value(0, 0) == b"1"


async def test_many_at_once_share_two_connections(two: Reads) -> None:
    asked = [two.run("SELECT %(value)s::int, pg_backend_pid()", {"value": one}) for one in range(200)]
    results = await asyncio.gather(*asked)
    assert [int(one.get_value(0, 0) or 0) for one in results] == list(range(200))
    assert len({one.get_value(0, 1) for one in results}) == 2


async def test_large_answers_and_large_questions(two: Reads) -> None:
    text = "電波" * 1_000_000
    result = await two.run("SELECT %(value)s::text, repeat('x', 5000000)", {"value": text})
    assert result.get_value(0, 0) == text.encode()
    assert len(result.get_value(0, 1) or b"") == 5_000_000


async def test_a_connection_that_the_server_closed_is_replaced(two: Reads, administrator: psycopg.Connection[Any]) -> None:
    before = {(await two.run("SELECT pg_backend_pid()", {})).get_value(0, 0) for _ in range(2)}
    administrator.execute(TERMINATE.encode())
    after = (await two.run("SELECT pg_backend_pid()", {})).get_value(0, 0)
    assert after not in before


async def test_a_connection_that_is_closed_in_the_middle_is_replaced_and_the_statement_sent_again(
    two: Reads, administrator: psycopg.Connection[Any]
) -> None:
    asked = asyncio.create_task(two.run("SELECT pg_backend_pid() FROM pg_sleep(0.3)", {}))
    await _until(lambda: bool(administrator.execute(SLEEPING).fetchall()))
    administrator.execute(TERMINATE.encode())
    assert (await asked).ntuples == 1


async def test_whoever_gives_up_leaves_the_place_to_others(two: Reads) -> None:
    asked = [asyncio.create_task(two.run("SELECT pg_sleep(30)", {})) for _ in range(2)]
    waiting = asyncio.create_task(two.run("SELECT 7", {}))
    await asyncio.sleep(0)
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert (await waiting).get_value(0, 0) == b"7"
    assert (await two.run("SELECT 8", {})).get_value(0, 0) == b"8"


async def test_patience_ends(two: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    asked = [asyncio.create_task(two.run("SELECT pg_sleep(30)", {})) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(PoolTimeout):
        await two.run("SELECT 1", {})
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def test_more_shapes_than_a_connection_keeps(two: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    for _ in range(2):
        for number in range(20):
            result = await two.run(f"SELECT {number}", {})
            assert result.get_value(0, 0) == str(number).encode()
    result = await two.run("SELECT count(*) FROM pg_prepared_statements", {})
    assert int(result.get_value(0, 0) or 0) <= 3


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - no event tells when a statement of another connection runs
            await asyncio.sleep(0.01)
