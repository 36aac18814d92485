"""The SQL of licensing. Every read made for somebody starts from `visible_to`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Text, and_, bindparam, exists, false, func, literal, or_, true
from sqlalchemy import select as plain_select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.database import Standing
from partner.licensing.models import (
    Applicant,
    ApplicantAccount,
    Application,
    ApplicationEvent,
    CaseMark,
    CorrectionRequest,
    Delegation,
    FiledDocument,
    IdempotencyKey,
    Message,
    Notice,
    Payment,
    ReceptionCounter,
)


@dataclass(frozen=True)
class Relation:
    """How an account stands to an applicant: it is the applicant, or an agent with these powers today."""

    own: bool = False
    may_draft: bool = False
    may_file: bool = False


@dataclass(frozen=True)
class Found:
    """A case as somebody may see it; an administrator sees no applicant."""

    application: Application
    applicant: Applicant | None
    relation: Relation


@dataclass(frozen=True)
class Filter:
    """Which cases: several values of one key are alternatives. `text` is the number, or a part of the applicant's name."""

    statuses: Sequence[str] = ()
    procedures: Sequence[str] = ()
    channels: Sequence[str] = ()
    applicant_ids: Sequence[UUID] = ()
    received_from: date | None = None
    received_to: date | None = None
    recheck: bool | None = None
    text: str | None = None
    review: bool | None = None
    unread: bool | None = None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The cases that the actor may see; row-level security says the same again."""
    standing = actor.access.standing
    if standing is Standing.STAFF:
        arrived = or_(col(Application.channel) == "paper", col(Application.reception_number).is_not(None))
        deciding = and_(col(Application.authority) != "", col(Application.authority) == actor.bureau)
        return and_(or_(col(Application.bureau) == actor.bureau, deciding), arrived)
    if standing is Standing.ADMINISTRATOR:
        return true()
    if standing is Standing.APPLICANT:
        entered = or_(col(Application.channel) != "paper", col(Application.status) != "draft")
        return and_(entered, or_(_own(actor), _delegated(actor)))
    return false()


def _own(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        col(ApplicantAccount.account_id) == actor.account_id,
        col(ApplicantAccount.applicant_id) == col(Application.applicant_id),
        col(ApplicantAccount.confirmed),
    )


def _delegated(actor: Actor, *powers: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    return exists().where(
        col(Delegation.agent_account_id) == actor.account_id,
        col(Delegation.applicant_id) == col(Application.applicant_id),
        *_valid_delegation(),
        *powers,
    )


def _valid_delegation() -> tuple[ColumnElement[bool], ...]:
    today = clock.today()
    return (
        col(Delegation.revoked_at).is_(None),
        col(Delegation.valid_from) <= today,
        or_(col(Delegation.valid_to).is_(None), col(Delegation.valid_to) >= today),
    )


def _cases(actor: Actor) -> Select[Any]:
    if actor.access.standing is Standing.APPLICANT:
        relation = (_own(actor), _delegated(actor, col(Delegation.may_draft)), _delegated(actor, col(Delegation.may_file)))
    else:
        relation = (literal(value=False), literal(value=False), literal(value=False))
    joined = select(Application, Applicant, *relation).join(Applicant, isouter=True)  # type: ignore[call-overload]
    return joined.where(visible_to(actor))  # type: ignore[no-any-return]


def _found(row: Any) -> Found:
    return Found(row[0], row[1], Relation(*row[2:5]))


async def case(session: AsyncSession, actor: Actor, application_id: UUID, *, lock: bool = False) -> Found | None:
    """One case that the actor may see; `lock` keeps everybody else from changing it until the transaction ends."""
    statement = _cases(actor).where(col(Application.id) == application_id)
    if lock:
        statement = statement.with_for_update(of=Application).execution_options(populate_existing=True)
    row = (await session.exec(statement)).one_or_none()  # type: ignore[call-overload]
    return _found(row) if row else None


async def case_by_reception(session: AsyncSession, number: str, *, lock: bool = False) -> Found | None:
    """The case with a reception number, whosesoever it is: call in standing `system`."""
    statement = select(Application, Applicant).join(Applicant).where(col(Application.reception_number) == number)
    if lock:
        statement = statement.with_for_update(of=Application).execution_options(populate_existing=True)
    row = (await session.exec(statement)).one_or_none()
    return Found(row[0], row[1], Relation()) if row else None


async def cases(session: AsyncSession, actor: Actor, wanted: Filter, *, after: UUID | None, limit: int) -> list[Found]:
    """A page of the cases that the actor may see, newest first."""
    statement = _cases(actor).where(*_conditions(wanted, actor))
    if after is not None:
        statement = statement.where(col(Application.id) < after)
    rows = await session.exec(statement.order_by(col(Application.id).desc()).limit(limit))  # type: ignore[call-overload]
    return [_found(row) for row in rows]


async def cases_of(session: AsyncSession, actor: Actor, application_ids: Sequence[UUID]) -> list[Found]:
    """Those of these cases that the actor may see, newest first."""
    statement = _cases(actor).where(col(Application.id).in_(application_ids)).order_by(col(Application.id).desc())
    return [_found(row) for row in await session.exec(statement)]  # type: ignore[call-overload]


async def procedures_of(session: AsyncSession, actor: Actor, application_ids: Sequence[UUID]) -> list[str]:
    """The procedures of those of these cases that the actor may see."""
    statement = select(Application.procedure).where(visible_to(actor), col(Application.id).in_(application_ids)).distinct()
    return sorted((await session.exec(statement)).all())


async def procedures_in(session: AsyncSession, actor: Actor, status: str) -> list[tuple[str, int]]:
    """The procedures of the cases in a status that the actor may see, with the number of cases, the most first."""
    count = func.count()
    statement = plain_select(col(Application.procedure), count).where(visible_to(actor), col(Application.status) == status)
    rows = await (await session.connection()).execute(statement.group_by(col(Application.procedure)).order_by(count.desc()))
    return [(str(row[0]), int(row[1])) for row in rows]


def _conditions(wanted: Filter, actor: Actor) -> list[ColumnElement[bool]]:
    chosen = (
        (Application.status, wanted.statuses),
        (Application.procedure, wanted.procedures),
        (Application.channel, wanted.channels),
        (Application.applicant_id, wanted.applicant_ids),
    )
    conditions: list[ColumnElement[bool]] = [col(column).in_(values) for column, values in chosen if values]
    if wanted.received_from is not None:
        conditions.append(col(Application.received_on) >= wanted.received_from)
    if wanted.received_to is not None:
        conditions.append(col(Application.received_on) <= wanted.received_to)
    if wanted.recheck is not None:
        conditions.append(col(Application.recheck) == wanted.recheck)
    if wanted.review is not None:
        conditions.append(func.coalesce(col(Application.review) == "open", false()) == wanted.review)
    if wanted.unread is not None:
        conditions.append(unseen("bureau" if actor.is_staff else "applicant") == wanted.unread)
    if wanted.text:
        conditions.append(or_(col(Application.reception_number) == wanted.text, col(Applicant.name).contains(wanted.text, autoescape=True)))
    return conditions


def unseen(side: str) -> ColumnElement[bool]:
    """The cases on which something waits to be looked at by a side."""
    return exists().where(col(CaseMark.application_id) == col(Application.id), col(CaseMark.side) == side, col(CaseMark.seen_at).is_(None))


OPEN = ("received", "fee_due", "examining", "correction_requested", "in_approval", "provisional", "completion_notified")
MOST_ALIKE = 100
"""So many open cases of one applicant at one place are looked at, whether they are for a like station."""


@dataclass(frozen=True)
class OpenCase:
    """A case that has arrived and is not decided, with the license number that its form states."""

    id: UUID
    received_on: date
    reception_number: str
    license_number: str | None
    about: str | None = None


async def open_cases(
    session: AsyncSession, licensee_id: UUID, procedure: str, *, license_field: str, license_numbers: Sequence[str] | None = None
) -> list[OpenCase]:
    """The open cases of a licensee under a procedure, about some licenses or about any.

    `license_field` is the JSON Pointer at which a form names the license. Of cases from before it was noted which license they are about,
    all are found.
    """
    number = col(Application.form)[tuple(license_field.strip("/").split("/"))].astext
    noted = col(Application.about_license)
    about = true() if license_numbers is None else or_(noted.is_(None), noted.in_(license_numbers))
    statement = plain_select(col(Application.id), col(Application.received_on), col(Application.reception_number), number, noted).where(
        col(Application.applicant_id).in_(plain_select(col(Applicant.id)).where(col(Applicant.licensee_id) == licensee_id)),
        col(Application.procedure) == procedure,
        col(Application.status).in_(OPEN),
        about,
    )
    return [OpenCase(*row) for row in await (await session.connection()).execute(statement)]


@dataclass(frozen=True)
class OpenForm:
    """A case that has arrived and is not decided, with its form."""

    id: UUID
    received_on: date
    reception_number: str
    form: dict[str, Any]


async def open_cases_at(session: AsyncSession, applicant_id: UUID, procedure: str, values: Mapping[str, str]) -> list[OpenForm]:
    """The open cases of an applicant under a procedure whose forms have these texts at these JSON Pointers; the first hundred to arrive."""
    form = col(Application.form)
    statement = plain_select(col(Application.id), col(Application.received_on), col(Application.reception_number), form).where(
        col(Application.applicant_id) == applicant_id,
        col(Application.procedure) == procedure,
        col(Application.status).in_(OPEN),
        *(form[tuple(pointer.strip("/").split("/"))].astext == value for pointer, value in values.items()),
    )
    ordered = statement.order_by(col(Application.received_on), col(Application.reception_number)).limit(MOST_ALIKE)
    return [OpenForm(*row) for row in await (await session.connection()).execute(ordered)]


async def events(session: AsyncSession, application_id: UUID, *, after: int, limit: int) -> list[ApplicationEvent]:
    """The events of a case that has been found visible, in their order."""
    statement = select(ApplicationEvent).where(
        col(ApplicationEvent.application_id) == application_id, col(ApplicationEvent.sequence) > after
    )
    return list((await session.exec(statement.order_by(col(ApplicationEvent.sequence)).limit(limit))).all())


async def documents(session: AsyncSession, application_id: UUID) -> list[dict[str, Any]]:
    """What was filed with a case, without the bytes."""
    shown = [FiledDocument.__table__.c[name] for name in ("id", "kind", "name", "media_type", "size", "sha256", "filed_at")]  # type: ignore[attr-defined]
    statement = plain_select(*shown).where(col(FiledDocument.application_id) == application_id).order_by(col(FiledDocument.id))
    return [dict(row) for row in (await (await session.connection()).execute(statement)).mappings()]


async def document_kinds(session: AsyncSession, application_id: UUID) -> list[str]:
    """The kinds of the documents filed with a case."""
    statement = select(FiledDocument.kind).where(col(FiledDocument.application_id) == application_id).distinct()
    return sorted((await session.exec(statement)).all())


async def document(session: AsyncSession, application_id: UUID, document_id: UUID) -> FiledDocument | None:
    """One filed document with its bytes."""
    found = await session.get(FiledDocument, document_id)
    return found if found is not None and found.application_id == application_id else None


async def open_requests(session: AsyncSession, application_id: UUID) -> list[CorrectionRequest]:
    """The requests for correction that have not been answered."""
    statement = select(CorrectionRequest).where(
        col(CorrectionRequest.application_id) == application_id, col(CorrectionRequest.answered_at).is_(None)
    )
    return list((await session.exec(statement.order_by(col(CorrectionRequest.id)))).all())


async def unpaid(session: AsyncSession, application_id: UUID) -> Payment | None:
    """The fee of a case that is due and not paid, the older first."""
    statement = select(Payment).where(
        col(Payment.application_id) == application_id, col(Payment.paid_at).is_(None), col(Payment.cancelled_at).is_(None)
    )
    return (await session.exec(statement.order_by(col(Payment.id)).limit(1))).one_or_none()


async def notices(
    session: AsyncSession, *, application_id: UUID | None = None, after: UUID | None = None, limit: int = 100
) -> list[Notice]:
    """The notices that the session's standing may see, newest first: of one case, or of all."""
    statement = select(Notice)
    if application_id is not None:
        statement = statement.where(col(Notice.application_id) == application_id)
    if after is not None:
        statement = statement.where(col(Notice.id) < after)
    return list((await session.exec(statement.order_by(col(Notice.id).desc()).limit(limit))).all())


async def messages(session: AsyncSession, application_id: UUID) -> list[Message]:
    """The messages on a case, oldest first."""
    statement = select(Message).where(col(Message.application_id) == application_id).order_by(col(Message.id))
    return list((await session.exec(statement)).all())


async def applicant_of_account(session: AsyncSession, account_id: UUID) -> Applicant | None:
    """The applicant that an account is linked to."""
    statement = (
        select(Applicant)
        .join(ApplicantAccount)
        .where(col(ApplicantAccount.account_id) == account_id, col(ApplicantAccount.confirmed))
        .order_by(col(ApplicantAccount.linked_at))
        .limit(1)
    )
    return (await session.exec(statement)).one_or_none()


async def delegations_of(session: AsyncSession, account_id: UUID) -> list[tuple[Delegation, Applicant]]:
    """The delegations that an agent's account holds today."""
    statement = select(Delegation, Applicant).join(Applicant).where(col(Delegation.agent_account_id) == account_id, *_valid_delegation())
    return [(delegation, applicant) for delegation, applicant in (await session.exec(statement)).all()]


async def applicant_by_number(session: AsyncSession, corporate_number: str) -> Applicant | None:
    """The applicant with a corporate number (法人番号)."""
    return (await session.exec(select(Applicant).where(col(Applicant.corporate_number) == corporate_number))).one_or_none()


async def applicant_of_licensee(session: AsyncSession, licensee_id: UUID) -> Applicant | None:
    """The applicant who is a licensee of the register, the oldest first."""
    statement = select(Applicant).where(col(Applicant.licensee_id) == licensee_id).order_by(col(Applicant.id)).limit(1)
    return (await session.exec(statement)).one_or_none()


async def applicants_by_key(session: AsyncSession, match_key: str) -> list[Applicant]:
    """The applicants with this name, kana and address, the oldest first."""
    statement = select(Applicant).where(col(Applicant.match_key) == match_key).order_by(col(Applicant.id))
    return list((await session.exec(statement)).all())


async def hold_match_key(session: AsyncSession, match_key: str) -> None:
    """Let one transaction at a time look for, and perhaps make, the applicant with this key."""
    await hold_match_keys(session, [match_key])


async def hold_match_keys(session: AsyncSession, match_keys: Collection[str]) -> None:
    """The same for several keys at once, always in the same order, lest two wait for each other."""
    keys = func.unnest(bindparam("keys", sorted(set(match_keys)), type_=ARRAY(Text))).column_valued("key")
    await (await session.connection()).execute(select(func.pg_advisory_xact_lock(func.hashtextextended(keys, 0))))


async def next_reception(session: AsyncSession, bureau: str, year: int, *, count: int = 1) -> int:
    """The next reception number of a bureau in a year, or the last of so many; the counter stays locked until the transaction ends."""
    statement = insert(ReceptionCounter).values(bureau=bureau, year=year, last=count)
    further = {"last": col(ReceptionCounter.last) + count}
    counted = statement.on_conflict_do_update(index_elements=["bureau", "year"], set_=further).returning(col(ReceptionCounter.last))
    number: int = (await (await session.connection()).execute(counted)).scalar_one()
    return number


async def claim_key(session: AsyncSession, account_id: UUID, key: str, request_digest: str) -> IdempotencyKey:
    """The row of an account's idempotency key, made if there is none; waits for whoever is making it."""
    made = insert(IdempotencyKey).values(account_id=account_id, key=key, request_digest=request_digest, status=0, at=clock.now())
    await (await session.connection()).execute(made.on_conflict_do_nothing())
    statement = select(IdempotencyKey).where(col(IdempotencyKey.account_id) == account_id, col(IdempotencyKey.key) == key)
    return (await session.exec(statement.with_for_update())).one()
