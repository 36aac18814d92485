"""What the database itself refuses, and who sees what of the register."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from partner.database import ANONYMOUS, SYSTEM, Access, Database, Standing
from partner.identifiers import new_id
from partner.registry import openings
from partner.registry import service as register
from partner.registry.facts import LicenseeFacts
from tests.conftest import Cluster
from tests.registry.acting import grant, rows
from tests.registry.samples import BASE, FIXED, TARO, TAXI

TABLES = (
    "licensee",
    "licensee_version",
    "station",
    "register_counter",
    "register_change",
    "license_version",
    "assignment",
    "call_sign",
    "call_sign_block",
    "license_number_counter",
    "disposition",
    "opened_station",
    "published_license",
    "published_assignment",
    "published_change",
    "published_gram",
    "published_row",
    "published_tally",
)
VIEWS = ("public_license", "public_assignment", "public_change", "public_counter", "public_gram", "public_row", "public_tally")
COUNTERS = {"register_counter", "call_sign_block", "license_number_counter", "published_tally"}
CLOSED = ("licensee_version", "license_version", "call_sign", "disposition", "opened_station", "published_license")


def connect(cluster: Cluster, name: str, role: str, standing: str = "system") -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(cluster.url(role, name).replace("+psycopg", ""), autocommit=True)
    connection.execute("SELECT set_config('partner.standing', %s, false)", [standing])
    return connection


async def fill(database: Database) -> UUID:
    """Something in every table; the station of an amateur."""
    async with database.transaction(SYSTEM) as session:
        held = await grant(session, TARO, FIXED)
        other = await grant(session, TAXI, BASE)
        await register.suspend(session, other.station_id, first=date(2022, 1, 1), last=date(2022, 1, 31), reason="電波法76条", cause="x")
        await openings.open_stations(session, other.station_id, [openings.Opening(date(2022, 1, 1))], cause="x", on=date(2022, 1, 1))
    return held.station_id


@pytest.fixture(scope="module")
async def stored(cluster: Cluster, database_name: str) -> UUID:
    opened = Database(cluster.url("partner_app", database_name), cluster.url("partner_public", database_name))
    async with opened.opened():
        return await fill(opened)


@pytest.mark.parametrize("table", TABLES)
def test_no_role_deletes_or_rewrites_a_record(cluster: Cluster, database_name: str, stored: UUID, table: str) -> None:
    name = sql.Identifier(table)
    with connect(cluster, database_name, "partner_app") as app, connect(cluster, database_name, "postgres") as superuser:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sql.SQL("DELETE FROM {}").format(name))
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
        count = superuser.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
        assert count is not None
        assert count[0] != 0
        if table in COUNTERS:
            return
        with pytest.raises(errors.IntegrityConstraintViolation):
            superuser.execute(sql.SQL("DELETE FROM {}").format(name))
        with pytest.raises(errors.IntegrityConstraintViolation):
            superuser.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
        column = sql.Identifier(_columns(superuser, table)[-1])
        with pytest.raises(errors.IntegrityConstraintViolation):
            superuser.execute(sql.SQL("UPDATE {table} SET {column} = {column}").format(table=name, column=column))


def _columns(connection: psycopg.Connection[tuple[object, ...]], table: str) -> list[str]:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [str(row[0]) for row in found]


@pytest.mark.parametrize("table", CLOSED)
async def test_a_row_is_closed_once_and_not_otherwise_changed(cluster: Cluster, database: Database, database_name: str, table: str) -> None:
    async with database.transaction(SYSTEM) as session:
        await grant(session, LicenseeFacts("individual", table), FIXED)
        other = await grant(session, LicenseeFacts("corporation", table), BASE)
        await register.suspend(session, other.station_id, first=date(2022, 1, 1), last=date(2022, 1, 31), reason="電波法76条", cause="x")
    parts = {"table": sql.Identifier(table), "key": sql.Identifier("version_id" if table == "published_license" else "id")}
    one = sql.SQL(
        "WHERE {key} = (SELECT {key} FROM {table} WHERE upper_inf(recorded) ORDER BY lower(recorded) DESC, {key} DESC LIMIT 1)"
    ).format(**parts)
    close = sql.SQL("UPDATE {table} SET recorded = tstzrange(lower(recorded), 'tomorrow') {one}").format(**parts, one=one)
    move = sql.SQL("UPDATE {table} SET recorded = tstzrange('2001-01-01', 'tomorrow') {one}").format(**parts, one=one)
    reopen = sql.SQL("UPDATE {table} SET recorded = tstzrange(lower(recorded), NULL) WHERE NOT upper_inf(recorded)").format(**parts)
    with connect(cluster, database_name, "partner_app") as app:
        with pytest.raises(errors.IntegrityConstraintViolation):
            app.execute(move)
        assert app.execute(close).rowcount == 1
        with pytest.raises(errors.IntegrityConstraintViolation):
            app.execute(reopen)
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sql.SQL("UPDATE {table} SET {key} = {key}").format(**parts))


@pytest.mark.parametrize(
    ("access", "sees"),
    [
        (SYSTEM, True),
        (Access(Standing.STAFF, bureau="A"), True),
        (Access(Standing.ADMINISTRATOR), True),
        (Access(Standing.APPLICANT, account_id=new_id()), False),
        (ANONYMOUS, False),
    ],
)
async def test_only_the_office_sees_records_without_a_filter(database: Database, stored: UUID, access: Access, sees: bool) -> None:
    async with database.transaction(access) as session:
        counts = {table: (await rows(session, f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in TABLES}
    assert {table for table, count in counts.items() if (count > 0) != sees} == set()


@pytest.mark.parametrize("standing", ["administrator", "applicant", "anonymous"])
def test_nobody_else_writes(cluster: Cluster, database_name: str, stored: UUID, standing: str) -> None:
    with connect(cluster, database_name, "partner_app", standing) as app:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute("INSERT INTO licensee (id, recorded_at) VALUES (%s, '2020-01-01')", [new_id()])
        assert app.execute("UPDATE register_counter SET sequence = 0").rowcount == 0
        assert app.execute("UPDATE license_version SET recorded = tstzrange(lower(recorded), 'tomorrow')").rowcount == 0


def test_row_level_security_is_forced_on_every_table(cluster: Cluster, database_name: str) -> None:
    with connect(cluster, database_name, "postgres") as superuser:
        found = superuser.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity AND relforcerowsecurity", [list(TABLES)]
        ).fetchall()
    assert {row[0] for row in found} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_the_public_reads_no_table(cluster: Cluster, database_name: str, stored: UUID, table: str) -> None:
    with connect(cluster, database_name, "partner_public") as public, pytest.raises(errors.InsufficientPrivilege):
        public.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table)))


@pytest.mark.parametrize("view", VIEWS)
def test_the_public_reads_the_views_whatever_its_standing(cluster: Cluster, database_name: str, stored: UUID, view: str) -> None:
    with connect(cluster, database_name, "partner_public", "anonymous") as public:
        assert public.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(view))).fetchall()
        with pytest.raises(errors.InsufficientPrivilege):
            public.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(view)))


VERSION = (
    "INSERT INTO license_version SELECT (jsonb_populate_record(v, %s::jsonb)).* FROM license_version AS v WHERE station_id = %s LIMIT 1"
)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ("{}", "ex_license_version_one_truth"),
        ('{"valid": "[2025-05-31,2025-06-01)"}', "ex_license_version_one_truth"),
        ('{"valid": "empty"}', "ck_license_version_valid"),
        ('{"valid": "[2020-05-31,2020-06-02)"}', "ck_license_version_valid"),
        ('{"valid": "[2020-06-01,)"}', "ck_license_version_valid"),
        ('{"term_to": "2020-05-31"}', "ck_license_version_term"),
        ('{"licensed_on": "2020-06-02"}', "ck_license_version_term"),
        ('{"ended_on": "2023-01-01"}', "ck_license_version_ended"),
        ('{"end_kind": "discontinued"}', "ck_license_version_ended"),
        ('{"ended_on": "2020-05-31", "end_kind": "discontinued"}', "ck_license_version_ended"),
        ('{"end_kind": "lost", "ended_on": "2025-05-31"}', "ck_license_version_end_kind"),
        ('{"station_count": 0}', "ck_license_version_station_count"),
        ('{"license_number": ""}', "ck_license_version_license_number"),
        ('{"call_sign": "ja1qrz"}', "ck_license_version_call_sign"),
        ('{"municipality": "1310"}', "ck_license_version_municipality"),
        ('{"recorded": "empty"}', "ck_license_version_recorded"),
        ('{"recorded": "(,)"}', "ck_license_version_recorded"),
    ],
)
def test_a_license_version_that_is_nonsense_is_refused(
    cluster: Cluster, database_name: str, stored: UUID, changes: str, constraint: str
) -> None:
    given = changes[:-1] + (", " if len(changes) > 2 else "") + f'"id": "{new_id()}"' + "}"
    with connect(cluster, database_name, "partner_app") as app, pytest.raises(errors.IntegrityError) as refused:
        app.execute(VERSION, [given, stored])
    assert refused.value.diag.constraint_name == constraint


OTHERS = [
    ("ck_licensee_version_kind", "licensee_version", '{"kind": "person"}'),
    ("ck_licensee_version_name", "licensee_version", '{"name": ""}'),
    ("ck_licensee_version_corporate_number", "licensee_version", '{"kind": "club", "corporate_number": "12"}'),
    ("ck_licensee_version_individual", "licensee_version", '{"kind": "individual", "corporate_number": "5013305001797"}'),
    ("uq_licensee_version_match_key", "licensee_version", "{}"),
    ("ck_assignment_frequency", "assignment", '{"ordinal": 9, "frequency_hz": 0}'),
    ("ck_assignment_range", "assignment", '{"ordinal": 9, "frequency_hz": 2, "frequency_to_hz": 1}'),
    ("ck_assignment_power", "assignment", '{"ordinal": 9, "power_w": 0}'),
    ("ck_assignment_says_something", "assignment", '{"ordinal": 9, "frequency_hz": null, "emission": null}'),
    ("ck_assignment_continued", "assignment", '{"ordinal": 1, "continued": true}'),
    ("uq_call_sign_sign", "call_sign", "{}"),
    ("ck_call_sign_sign", "call_sign", '{"sign": "ＪＡ１"}'),
    ("ex_disposition_one_truth", "disposition", "{}"),
    ("ck_disposition_kind", "disposition", '{"kind": "scolding"}'),
    ("ck_disposition_period", "disposition", '{"period": "empty"}'),
    ("ck_register_change_kind", "register_change", '{"kind": "lost", "sequence": null}'),
    ("uq_register_change_sequence", "register_change", "{}"),
    ("ck_register_counter_one_row", "register_counter", '{"only": false}'),
]


@pytest.mark.parametrize(("constraint", "table", "changes"), OTHERS)
def test_other_nonsense_is_refused_too(
    cluster: Cluster, database_name: str, stored: UUID, constraint: str, table: str, changes: str
) -> None:
    keyed = table not in {"assignment", "register_counter"}
    given = changes[:-1] + ((", " if len(changes) > 2 else "") + f'"id": "{new_id()}"' if keyed else "") + "}"
    last = sql.SQL("WHERE upper_inf(recorded)" if table in CLOSED else "")
    statement = sql.SQL("INSERT INTO {table} SELECT (jsonb_populate_record(t, %s::jsonb)).* FROM {table} AS t {last} LIMIT 1")
    with connect(cluster, database_name, "partner_app") as app, pytest.raises(errors.IntegrityError) as refused:
        app.execute(statement.format(table=sql.Identifier(table), last=last), [given])
    assert refused.value.diag.constraint_name == constraint


def test_one_number_belongs_to_one_station(cluster: Cluster, database_name: str, stored: UUID) -> None:
    with connect(cluster, database_name, "partner_app") as app:
        other = app.execute("SELECT id FROM station WHERE id <> %s LIMIT 1", [stored]).fetchone()
        assert other is not None
        given = f'{{"id": "{new_id()}", "station_id": "{other[0]}", "valid": "[2020-06-01,2020-06-02)"}}'
        with pytest.raises(errors.ExclusionViolation):
            app.execute(VERSION, [given, stored])


def test_a_masked_licensee_cannot_be_published_by_name(cluster: Cluster, database_name: str, stored: UUID) -> None:
    statement = (
        "INSERT INTO published_license SELECT (jsonb_populate_record(p, %s::jsonb)).* FROM published_license AS p WHERE station_id = %s"
    )
    with connect(cluster, database_name, "partner_app") as app, pytest.raises(errors.CheckViolation) as refused:
        app.execute(statement, [f'{{"version_id": "{new_id()}", "licensee_search": "総務太郎"}}', stored])
    assert refused.value.diag.constraint_name == "ck_published_license_masked"


def test_the_public_finds_a_call_sign_by_its_index(cluster: Cluster, database_name: str, stored: UUID) -> None:
    statement = "EXPLAIN (COSTS OFF) SELECT document FROM public_license WHERE call_sign_search LIKE 'JA1%'"
    with connect(cluster, database_name, "partner_public") as public:
        public.execute("SET enable_seqscan = off")
        plan = "\n".join(str(row[0]) for row in public.execute(statement))
    assert "ix_published_license_call_sign" in plan
    assert "Index Cond" in plan
