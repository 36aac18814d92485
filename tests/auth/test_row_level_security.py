"""What the database itself lets whom see, whatever a query forgets to ask."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import select

from partner import clock
from partner.auth import service
from partner.auth.actor import Claims, IssuerKind, Role
from partner.auth.identity import Identity
from partner.auth.models import Account, ApiClient, Session, SignInAttempt
from partner.database import ANONYMOUS, SYSTEM, Access, Database, Standing
from tests.conftest import Cluster

TABLES = (Account, Session, SignInAttempt, ApiClient)
NOT_OURS = ("alembic_version",)  # holds one number, and nobody but the owner may read it


def identity(subject: str) -> Identity:
    return Identity("https://issuer.example", subject, subject, Claims(name=subject), frozenset({Role.APPLICANT}), None)


@pytest.fixture
async def two(database: Database) -> tuple[UUID, UUID]:
    """Two accounts, each with a session."""
    async with database.transaction(SYSTEM) as session:
        one = await service.save_account(session, identity("one"))
        other = await service.save_account(session, identity("other"))
        for account in (one, other):
            await service.open_session(session, account, id_token="x", lifetime=service.ATTEMPT_LIFETIME)
        await service.begin_sign_in(session, IssuerKind.APPLICANT, return_path="/", browser=None)
    return one.id, other.id


def connected(cluster: Cluster, name: str, role: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.url(role, name).replace("+psycopg", ""), autocommit=True)


@pytest.mark.parametrize("role", ["partner_app", "partner_public"])
def test_the_roles_are_neither_superuser_nor_above_the_rules(cluster: Cluster, database_name: str, role: str) -> None:
    with connected(cluster, database_name, role) as connection:
        found = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        members = connection.execute(
            "SELECT count(*) FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = %s)", [role]
        )
        assert members.fetchone() == (0,)
    assert found == (role, False, False, False, False)


def tables(cluster: Cluster, name: str) -> list[tuple[str, bool, bool]]:
    with connected(cluster, name, "postgres") as connection:
        rows = connection.execute(
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND relname <> ALL (%s) AND relname NOT LIKE 'procrastinate%%' "
            "ORDER BY 1",
            [list(NOT_OURS)],
        ).fetchall()
    return [(str(relation), bool(enabled), bool(forced)) for relation, enabled, forced in rows]


def test_every_table_is_under_the_rules_its_owner_too(cluster: Cluster, database_name: str) -> None:
    found = tables(cluster, database_name)
    assert {"account", "session", "sign_in_attempt", "api_client"} <= {name for name, _, _ in found}
    assert [name for name, enabled, forced in found if not (enabled and forced)] == []


def test_the_public_role_reads_no_table(cluster: Cluster, database_name: str) -> None:
    with connected(cluster, database_name, "partner_public") as connection:
        for name in [*(name for name, _, _ in tables(cluster, database_name)), *NOT_OURS]:
            for statement in ("SELECT * FROM {} LIMIT 1", "DELETE FROM {}", "TRUNCATE {}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def test_the_public_role_cannot_pretend(cluster: Cluster, database_name: str) -> None:
    with connected(cluster, database_name, "partner_public") as connection:
        connection.execute("SELECT set_config('partner.standing', 'system', false)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM account")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE partner_owner")


async def test_an_applicant_sees_only_itself_without_any_filter(database: Database, two: tuple[UUID, UUID]) -> None:
    async with database.transaction(Access(Standing.APPLICANT, two[0])) as session:
        assert [account.id for account in (await session.exec(select(Account))).all()] == [two[0]]
        assert {one.account_id for one in (await session.exec(select(Session))).all()} == {two[0]}
        assert (await session.exec(select(SignInAttempt))).all() == []
        assert (await session.exec(select(ApiClient))).all() == []


@pytest.mark.parametrize(
    "access", [ANONYMOUS, Access(Standing.STAFF, None, "A"), Access(Standing.ADMINISTRATOR)], ids=lambda one: one.standing
)
async def test_nobody_else_sees_anybody(database: Database, two: tuple[UUID, UUID], access: Access) -> None:
    async with database.transaction(access) as session:
        for table in TABLES:
            assert (await session.exec(select(table))).all() == []
    async with database.transaction(SYSTEM) as session:
        assert len((await session.exec(select(Account))).all()) >= 2


async def test_the_standing_ends_with_its_transaction(database: Database, two: tuple[UUID, UUID]) -> None:
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT partner_standing()"))).scalar_one() == "anonymous"
        assert (await connection.execute(text("SELECT count(*) FROM account"))).scalar_one() == 0


async def test_an_applicant_cannot_make_itself_more(database: Database, two: tuple[UUID, UUID]) -> None:
    async with database.transaction(Access(Standing.APPLICANT, two[0])) as session:
        connection = await session.connection()
        changed = await connection.execute(text("UPDATE account SET roles = '{administrator}'"))
        assert changed.rowcount == 0
        prolonged = await connection.execute(text("UPDATE session SET expires_at = '2999-01-01T00:00:00Z'"))
        assert prolonged.rowcount == 0


async def insert_session(database: Database, account_id: UUID) -> None:
    async with database.transaction(Access(Standing.APPLICANT, account_id)) as session:
        now = clock.now()
        one = Session(id=account_id, account_id=account_id, token_hash=b"x", id_token="", created_at=now, expires_at=now.replace(year=2999))
        session.add(one)


async def test_an_applicant_cannot_write_itself_a_session(database: Database, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        await insert_session(database, two[0])


async def remove_account(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        await (await session.connection()).execute(text("DELETE FROM account"))


async def test_accounts_are_never_deleted(database: Database, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        await remove_account(database)


async def test_the_owner_is_under_the_rules(cluster: Cluster, database_name: str, two: tuple[UUID, UUID]) -> None:
    with connected(cluster, database_name, "partner_owner") as connection:
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (0,)


async def test_what_is_long_over_is_forgotten(database: Database, two: tuple[UUID, UUID]) -> None:
    async with database.transaction(SYSTEM) as session:
        await service.purge(session)
        assert len((await session.exec(select(Session))).all()) >= 2
    start = clock.now()
    clock.move_to(start.replace(year=start.year + 1))
    async with database.transaction(SYSTEM) as session:
        await service.purge(session)
        assert (await session.exec(select(Session))).all() == []
        assert (await session.exec(select(SignInAttempt))).all() == []
        assert len((await session.exec(select(Account))).all()) >= 2
