"""Row-level security of licensing: a forgotten filter still shows nothing of others, and nobody writes past the services."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from partner import clock
from partner.auth.models import Account
from partner.database import ANONYMOUS, SYSTEM, Access, Database, Standing
from partner.identifiers import new_id
from partner.licensing.bulk_models import BulkFiling, BulkRow
from partner.licensing.models import (
    Applicant,
    ApplicantAccount,
    Application,
    ApplicationEvent,
    CaseMark,
    Delegation,
    FiledDocument,
    Message,
    MessageDocument,
    Notice,
)

TABLES = (
    "applicant",
    "applicant_account",
    "delegation",
    "application",
    "application_event",
    "filed_document",
    "correction_request",
    "payment",
    "notice",
    "message",
    "message_document",
    "case_mark",
    "bulk_filing",
    "bulk_row",
    "reception_counter",
    "idempotency_key",
)


class World:
    """Two applicants with a case each at bureau A, a third case at bureau E, an agent of the first applicant."""

    def __init__(self) -> None:
        self.one, self.other, self.agent, self.stranger = new_id(), new_id(), new_id(), new_id()


@pytest.fixture
async def world(database: Database) -> World:
    made = World()
    async with database.transaction(SYSTEM) as session:
        for account_id in (made.one, made.other, made.agent, made.stranger):
            account: dict[str, Any] = {"id": account_id, "issuer": "test", "subject": str(account_id), "display_name": "x", "claims": {}}
            session.add(Account(**account, roles=["applicant"], created_at=clock.now(), seen_at=clock.now()))
        await session.flush()
        first = await _applicant_with_case(session, made.one, bureau="A")
        await _applicant_with_case(session, made.other, bureau="A")
        await _applicant_with_case(session, made.stranger, bureau="E", confirmed=False)
        given = Delegation(
            agent_account_id=made.agent, applicant_id=first, may_file=True, valid_from=date(2020, 1, 1), created_at=clock.now()
        )
        session.add(given)
    return made


async def _applicant_with_case(session: Any, account_id: UUID, *, bureau: str, confirmed: bool = True) -> UUID:
    applicant = Applicant(kind="individual", name=f"n{account_id}", match_key=str(account_id), created_at=clock.now())
    session.add(applicant)
    await session.flush()
    session.add(ApplicantAccount(account_id=account_id, applicant_id=applicant.id, confirmed=confirmed, linked_at=clock.now()))
    case = Application(
        procedure="p",
        route="r",
        channel="electronic",
        entered_at=clock.now(),
        applicant_id=applicant.id,
        bureau=bureau,
        law_digest="d",
        status="fee_due",
        received_on=clock.today(),
        reception_number=f"E{account_id}",
    )
    session.add(case)
    await session.flush()
    event: dict[str, Any] = {"actor_name": "x", "action": "draft", "to_status": "draft", "law_digest": "d", "procedure": "p", "act": "new"}
    stand: dict[str, Any] = {"channel": "electronic", "bureau": bureau, "applicant_id": applicant.id, "applicant_kind": "individual"}
    session.add(ApplicationEvent(application_id=case.id, sequence=1, at=clock.now(), **event, **stand))
    file: dict[str, Any] = {"kind": "filing", "name": "f", "media_type": "m", "size": 1, "sha256": "0", "content": b"x"}
    document = FiledDocument(application_id=case.id, filed_at=clock.now(), **file)
    message = Message(application_id=case.id, side="bureau", author_name="x", body="x", at=clock.now())
    session.add_all([document, message])
    await session.flush()
    session.add(MessageDocument(message_id=message.id, document_id=document.id))
    session.add_all(CaseMark(application_id=case.id, side=side, kind="message", at=clock.now()) for side in ("applicant", "bureau"))
    upload = BulkFiling(account_id=account_id, applicant_id=applicant.id, name="f", sha256="0", uploaded_at=clock.now())
    session.add(upload)
    await session.flush()
    session.add(BulkRow(filing_id=upload.id, position=1, sheet="", number=2))
    session.add(Notice(application_id=case.id, applicant_id=applicant.id, kind="k", at=clock.now()))
    return applicant.id


async def seen(database: Database, access: Access) -> dict[str, int]:
    async with database.transaction(access) as session:
        connection = await session.connection()
        counts = {table: (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in TABLES}
    return {table: count for table, count in counts.items() if count}


async def test_an_applicant_sees_their_own_rows_and_nobody_elses(database: Database, world: World) -> None:
    own = await seen(database, Access(Standing.APPLICANT, world.one))
    assert own == {
        "applicant": 1,
        "applicant_account": 1,
        "delegation": 1,
        "application": 1,
        "application_event": 1,
        "filed_document": 1,
        "notice": 1,
        "message": 1,
        "message_document": 1,
        "case_mark": 1,
        "bulk_filing": 1,
        "bulk_row": 1,
    }
    async with database.transaction(Access(Standing.APPLICANT, world.one)) as session:
        names = (await (await session.connection()).execute(text("SELECT name FROM applicant"))).scalars().all()
        sides = (await (await session.connection()).execute(text("SELECT side FROM case_mark"))).scalars().all()
    assert (names, sides) == ([f"n{world.one}"], ["applicant"])


async def test_an_agent_sees_the_cases_of_who_delegated(database: Database, world: World) -> None:
    acting = await seen(database, Access(Standing.APPLICANT, world.agent))
    assert (acting["application"], acting["bulk_filing"], acting["bulk_row"]) == (1, 1, 1)


async def test_an_unconfirmed_link_and_a_stranger_show_nothing(database: Database, world: World) -> None:
    assert await seen(database, Access(Standing.APPLICANT, world.stranger)) == {"applicant_account": 1}
    assert await seen(database, Access(Standing.APPLICANT, new_id())) == {}
    assert await seen(database, Access(Standing.APPLICANT)) == {}
    assert await seen(database, ANONYMOUS) == {}


async def test_staff_see_the_cases_of_their_bureau(database: Database, world: World) -> None:
    here = await seen(database, Access(Standing.STAFF, new_id(), "E"))
    async with database.transaction(Access(Standing.STAFF, new_id(), "E")) as session:
        bureaus = (await (await session.connection()).execute(text("SELECT DISTINCT bureau FROM application"))).scalars().all()
        sides = (await (await session.connection()).execute(text("SELECT DISTINCT side FROM case_mark"))).scalars().all()
    assert (bureaus, sides) == (["E"], ["bureau"])
    assert here["application"] == here["applicant"] == here["filed_document"]
    assert await seen(database, Access(Standing.STAFF, new_id(), "Z")) == {}
    assert await seen(database, Access(Standing.STAFF, new_id())) == {}


async def test_an_electronic_draft_is_its_applicants_alone(database: Database, world: World) -> None:
    examiner = Access(Standing.STAFF, new_id(), "E")
    before = (await seen(database, examiner))["application"]
    async with database.transaction(SYSTEM) as session:
        applicant_id = (await session.exec(select(ApplicantAccount.applicant_id).where(ApplicantAccount.account_id == world.one))).one()
        fresh: dict[str, Any] = {
            "procedure": "p",
            "route": "r",
            "entered_at": clock.now(),
            "applicant_id": applicant_id,
            "bureau": "E",
            "law_digest": "d",
        }
        session.add(Application(channel="electronic", **fresh))
        session.add(Application(channel="paper", **fresh))
    assert (await seen(database, examiner))["application"] == before + 1
    assert (await seen(database, Access(Standing.APPLICANT, world.one)))["application"] == 2


async def test_an_administrator_sees_cases_and_events_only(database: Database, world: World) -> None:
    assert set(await seen(database, Access(Standing.ADMINISTRATOR, new_id()))) == {"application", "application_event"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE application SET status = 'granted'",
        "INSERT INTO applicant_account SELECT partner_account(), applicant_id, true, linked_at FROM applicant_account",
        "DELETE FROM application_event",
        "UPDATE application_event SET actor_name = 'y'",
        "TRUNCATE application_event",
        "DELETE FROM application",
        "UPDATE filed_document SET content = ''",
        "DELETE FROM case_mark",
        "DELETE FROM message_document",
    ],
)
async def test_no_applicant_writes_past_the_services(database: Database, world: World, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"row-level security|permission denied"):
        async with database.transaction(Access(Standing.APPLICANT, world.one)) as session:
            await (await session.connection()).execute(text(statement))


@pytest.mark.parametrize(
    "statement", ["UPDATE application_event SET actor_name = 'y'", "DELETE FROM notice", "UPDATE filed_document SET name = ''"]
)
async def test_events_documents_and_notices_never_change_even_for_their_owner(database: Database, world: World, statement: str) -> None:
    """The trigger is what stands behind the missing grants: it refuses whoever has them."""
    async with database.transaction(SYSTEM) as session:
        names = text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'immutable'")
        guarded = set((await (await session.connection()).execute(names)).scalars())
    assert guarded == {"application_event", "filed_document", "notice", "message", "message_document"}
    with pytest.raises(DBAPIError):
        async with database.transaction(SYSTEM) as session:
            await (await session.connection()).execute(text(statement))


async def test_row_level_security_is_forced_on_every_table(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        query = text("SELECT relname FROM pg_class WHERE relname = ANY(:names) AND relrowsecurity AND relforcerowsecurity")
        forced = set((await (await session.connection()).execute(query, {"names": list(TABLES)})).scalars())
    assert forced == set(TABLES)
