"""The SQL of what a side of a case still has to look at, of corrections that fall due, and of how long cases have been with us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import SQLColumnExpression, exists, func, or_, update
from sqlalchemy import select as plain_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.licensing.models import (
    Applicant,
    ApplicantAccount,
    Application,
    ApplicationEvent,
    CaseMark,
    CorrectionRequest,
    FiledDocument,
    Message,
    MessageDocument,
    Notice,
)

REMINDER = "correction_reminder"
TAKEN_IN_HAND = ("request-correction", "propose-grant", "propose-refusal", "send-back", "transfer")


async def open_marks(session: AsyncSession, application_ids: Sequence[UUID], side: str) -> list[CaseMark]:
    """What a side of these cases has not looked at, oldest first."""
    statement = select(CaseMark).where(
        col(CaseMark.application_id).in_(application_ids), col(CaseMark.side) == side, col(CaseMark.seen_at).is_(None)
    )
    return list((await session.exec(statement.order_by(col(CaseMark.id)))).all())


async def marks_of_messages(session: AsyncSession, application_id: UUID) -> list[CaseMark]:
    """The marks that the messages of a case left, as far as the reader may see them."""
    statement = select(CaseMark).where(col(CaseMark.application_id) == application_id, col(CaseMark.message_id).is_not(None))
    return list((await session.exec(statement)).all())


async def close_marks(session: AsyncSession, application_id: UUID, side: str, *, seen_by: UUID) -> int:
    """A side has looked at everything on a case; how much that was."""
    statement = (
        update(CaseMark)
        .where(col(CaseMark.application_id) == application_id, col(CaseMark.side) == side, col(CaseMark.seen_at).is_(None))
        .values(seen_at=clock.now(), seen_by=seen_by)
    )
    return int((await (await session.connection()).execute(statement)).rowcount)


async def forget_overdue(session: AsyncSession, application_id: UUID) -> None:
    """A case waits for no correction any more: that its time ran out is nothing that anybody still has to look at."""
    statement = update(CaseMark).where(
        col(CaseMark.application_id) == application_id, col(CaseMark.kind) == "overdue", col(CaseMark.seen_at).is_(None)
    )
    await (await session.connection()).execute(statement.values(seen_at=clock.now()))


async def documents_of_messages(session: AsyncSession, application_id: UUID) -> list[tuple[UUID, dict[str, object]]]:
    """The documents that go with the messages of a case, without their bytes: (message, document)."""
    table = FiledDocument.__table__.c  # type: ignore[attr-defined]
    shown = [table[name] for name in ("id", "name", "media_type", "size", "sha256")]
    statement = (
        plain_select(col(MessageDocument.message_id), *shown)
        .join(FiledDocument, table.id == col(MessageDocument.document_id))
        .where(table.application_id == application_id)
        .order_by(table.id)
    )
    rows = (await (await session.connection()).execute(statement)).mappings()
    return [(row["message_id"], {name: row[name] for name in row if name != "message_id"}) for row in rows]


@dataclass(frozen=True)
class Due:
    """A case that waits for a correction by a day, asked for at a time."""

    application: Application
    due_on: date
    requested_at: datetime


def _open_corrections() -> tuple[SQLColumnExpression[date], SQLColumnExpression[datetime]]:
    return func.max(col(CorrectionRequest.due_on)), func.max(col(CorrectionRequest.requested_at))


async def _due(session: AsyncSession, after: date, to: date) -> list[Due]:
    """The cases whose correction is due after one day, up to another and with it."""
    due_on, requested_at = _open_corrections()
    asked = (
        plain_select(col(CorrectionRequest.application_id), due_on.label("due_on"), requested_at.label("requested_at"))
        .where(col(CorrectionRequest.answered_at).is_(None))
        .group_by(col(CorrectionRequest.application_id))
        .subquery()
    )
    statement = (
        select(Application, asked.c.due_on, asked.c.requested_at)
        .join(asked, asked.c.application_id == col(Application.id))
        .where(col(Application.status) == "correction_requested", asked.c.due_on > after, asked.c.due_on <= to)
        .order_by(col(Application.id))
    )
    return [Due(*row) for row in (await session.exec(statement)).all()]


async def to_remind(session: AsyncSession, *, on: date, until: date) -> list[Due]:
    """The cases whose correction is due from a day to another, and whose applicant was not reminded of it yet."""
    found = await _due(session, date.fromordinal(on.toordinal() - 1), until)
    statement = plain_select(col(Notice.application_id), func.max(col(Notice.at))).where(
        col(Notice.kind) == REMINDER, col(Notice.application_id).in_([one.application.id for one in found])
    )
    reminded = {row[0]: row[1] for row in await (await session.connection()).execute(statement.group_by(col(Notice.application_id)))}
    return [one for one in found if one.application.id not in reminded or reminded[one.application.id] < one.requested_at]


async def run_out(session: AsyncSession, *, on: date) -> list[Due]:
    """The cases whose correction was due before a day, and whose bureau was not told of it yet."""
    found = await _due(session, date.min, date.fromordinal(on.toordinal() - 1))
    statement = plain_select(col(CaseMark.application_id), func.max(col(CaseMark.at))).where(
        col(CaseMark.kind) == "overdue", col(CaseMark.application_id).in_([one.application.id for one in found])
    )
    told = {row[0]: row[1] for row in await (await session.connection()).execute(statement.group_by(col(CaseMark.application_id)))}
    return [one for one in found if one.application.id not in told or told[one.application.id] < one.requested_at]


async def status_changes(session: AsyncSession, application_ids: Sequence[UUID]) -> dict[UUID, list[tuple[datetime, str]]]:
    """When each case came into which status, in order; steps that leave the status are left out."""
    event = ApplicationEvent
    statement = (
        plain_select(col(event.application_id), col(event.at), col(event.to_status))
        .where(col(event.application_id).in_(application_ids), col(event.from_status).is_distinct_from(col(event.to_status)))
        .order_by(col(event.application_id), col(event.sequence))
    )
    found: dict[UUID, list[tuple[datetime, str]]] = {}
    for application_id, at, status in await (await session.connection()).execute(statement):
        found.setdefault(application_id, []).append((at, status))
    return found


async def applicants_like(session: AsyncSession, words: str, *, limit: int) -> list[Applicant]:
    """The applicants with this corporate number, or whose name or kana contains these words however they are spaced; by name."""
    spaced = (func.replace(func.replace(col(column), " ", ""), "　", "") for column in (Applicant.name, Applicant.name_kana))
    close = [column.contains("".join(words.split()), autoescape=True) for column in spaced]
    statement = select(Applicant).where(or_(col(Applicant.corporate_number) == words, *close))
    return list((await session.exec(statement.order_by(col(Applicant.name), col(Applicant.id)).limit(limit))).all())


async def known_of(session: AsyncSession, applicant_id: UUID, *, but: UUID) -> tuple[int, bool]:
    """How many other cases an applicant has, and whether an account is linked to it."""
    others = plain_select(func.count()).where(col(Application.applicant_id) == applicant_id, col(Application.id) != but)
    linked = plain_select(exists().where(col(ApplicantAccount.applicant_id) == applicant_id, col(ApplicantAccount.confirmed)))
    connection = await session.connection()
    return int((await connection.execute(others)).scalar_one()), bool((await connection.execute(linked)).scalar_one())


async def in_hand(session: AsyncSession, application_id: UUID) -> bool:
    """Whether somebody of the staff has taken a step of a case on the way to its decision, or its applicant wrote something."""
    stepped = exists().where(col(ApplicationEvent.application_id) == application_id, col(ApplicationEvent.action).in_(TAKEN_IN_HAND))
    written = exists().where(col(Message.application_id) == application_id)
    return bool((await (await session.connection()).execute(plain_select(or_(stepped, written)))).scalar_one())
