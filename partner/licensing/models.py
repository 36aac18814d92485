"""Tables of licensing: applicants, cases and everything that happens to a case.

Rows are never deleted. Events are append only (a trigger refuses any change of one). Whom row-level security lets see what
stands in the migration that makes these tables and in `docs/access.md`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

import partner.auth.models
import partner.database  # names constraints, so it must come before the first table
import partner.registry.models  # noqa: F401 - the tables that foreign keys here refer to
from partner.identifiers import new_id

APPLICANT_KINDS = "'individual', 'club', 'corporation', 'government'"
STATUSES = (
    "'draft', 'received', 'fee_due', 'examining', 'correction_requested', 'in_approval', 'provisional',"
    " 'completion_notified', 'granted', 'recorded', 'refused', 'dismissed', 'withdrawn'"
)


def _json(*, optional: bool = False) -> Any:
    """Declare a JSONB column: `{}` by default, or SQL NULL when it may be absent."""
    if optional:
        return Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    return Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))


def _instant(*, optional: bool = False) -> Any:
    """Declare an instant with a time zone."""
    if optional:
        return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    return Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def _text(default: str | None = None) -> Any:
    """Declare text of any length: required, or optional with a default."""
    if default is None:
        return Field(sa_column=Column(Text, nullable=False))
    return Field(default=default, sa_column=Column(Text, nullable=False))


def _optional_text() -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=True))


def _case(*, index: bool = True) -> Any:
    return Field(foreign_key="application.id", index=index)


class Applicant(SQLModel, table=True):
    """Somebody who files, electronically or on paper; not an account. `match_key` finds a paper filer again."""

    __tablename__: ClassVar[str] = "applicant"
    __table_args__ = (
        CheckConstraint(f"kind IN ({APPLICANT_KINDS})", name="kind"),
        Index("uq_applicant_corporate_number", "corporate_number", unique=True, postgresql_where=text("corporate_number IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = _text()
    name: str = _text()
    name_kana: str = _text("")
    corporate_number: str | None = _optional_text()
    birth_date: date | None = None
    postal_code: str = _text("")
    prefecture: str = _text("")
    municipality: str = _text("")
    address: str = _text("")
    match_key: str = Field(sa_column=Column(Text, nullable=False, index=True))
    licensee_id: UUID | None = Field(default=None, foreign_key="licensee.id", index=True)
    created_at: datetime = _instant()


class ApplicantAccount(SQLModel, table=True):
    """An account that is an applicant. Only a confirmed link shows the account the applicant's cases and licenses."""

    __tablename__: ClassVar[str] = "applicant_account"

    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    applicant_id: UUID = Field(foreign_key="applicant.id", primary_key=True, index=True)
    confirmed: bool = False
    linked_at: datetime = _instant()


class Delegation(SQLModel, table=True):
    """What an agent's account may do for an applicant. Both dates are inclusive; a revoked delegation is kept."""

    __tablename__: ClassVar[str] = "delegation"
    __table_args__ = (
        UniqueConstraint("agent_account_id", "applicant_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="valid"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agent_account_id: UUID = Field(foreign_key="account.id", index=True)
    applicant_id: UUID = Field(foreign_key="applicant.id", index=True)
    may_draft: bool = True
    may_file: bool = False
    valid_from: date
    valid_to: date | None = None
    revoked_at: datetime | None = _instant(optional=True)
    created_at: datetime = _instant()


class Application(SQLModel, table=True):
    """The case: one application or notification, from its first draft to the decision and after.

    `authority` is the desk of whoever decides in place of the bureau (the ministry's, where the Minister decides), else empty.
    """

    __tablename__: ClassVar[str] = "application"
    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status"),
        CheckConstraint("channel IN ('electronic', 'paper')", name="channel"),
        CheckConstraint("status IN ('draft', 'withdrawn') OR (reception_number IS NOT NULL AND received_on IS NOT NULL)", name="received"),
        Index("uq_application_reception_number", "reception_number", unique=True, postgresql_where=text("reception_number IS NOT NULL")),
        Index("ix_application_queue", "bureau", "status", "id"),
        Index("ix_application_about_license", "procedure", "about_license"),
        Index("ix_application_about_unknown", "procedure", "applicant_id", postgresql_where=text("about_license IS NULL")),
        Index("ix_application_authority", "authority", "status", "id", postgresql_where=text("authority <> ''")),
        Index("ix_application_review", "bureau", "id", postgresql_where=text("review = 'open'")),
        CheckConstraint("review IN ('open', 'done')", name="review"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    reception_number: str | None = _optional_text()
    procedure: str = _text()
    route: str = _text()
    status: str = _text("draft")
    channel: str = _text()
    received_on: date | None = None
    entered_at: datetime = _instant()
    applicant_id: UUID = Field(foreign_key="applicant.id", index=True)
    filed_by: UUID | None = Field(default=None, foreign_key="account.id")
    bureau: str = _text()
    authority: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    form: dict[str, Any] = _json()
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    unmapped: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    fee: dict[str, Any] = _json()
    law_digest: str = _text()
    law_dates: dict[str, Any] = _json()
    proposal: dict[str, Any] | None = _json(optional=True)
    decision: dict[str, Any] | None = _json(optional=True)
    provisional: dict[str, Any] | None = _json(optional=True)
    inspection: dict[str, Any] | None = _json(optional=True)
    time_limit_on: date | None = None
    license: dict[str, Any] | None = _json(optional=True)
    station_id: UUID | None = Field(default=None, foreign_key="station.id", index=True)
    about_license: str | None = Field(
        default=None, sa_column=Column(Text, nullable=True), description="number of the license that the form names, '' for none"
    )
    recheck: bool = Field(default=False, description="decided on a value that our data does not confirm")
    review: str | None = Field(default=None, sa_column=Column(Text, nullable=True), description="decided straight through, to be looked at")
    decided_at: datetime | None = _instant(optional=True)
    version: int = Field(default=1)


class ApplicationEvent(SQLModel, table=True):
    """One change of one case. `serial` runs over all cases; the columns from `procedure` on say how the case stood then."""

    __tablename__: ClassVar[str] = "application_event"
    __table_args__ = (UniqueConstraint("application_id", "sequence"),)

    serial: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    application_id: UUID = Field(foreign_key="application.id")
    sequence: int
    at: datetime = _instant()
    actor_id: UUID | None = Field(default=None, foreign_key="account.id")
    actor_name: str = _text()
    actor_roles: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    action: str = _text()
    from_status: str | None = _optional_text()
    to_status: str = _text()
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    comment: str = _text("")
    law_digest: str = _text()
    procedure: str = _text()
    act: str = _text()
    channel: str = _text()
    bureau: str = _text()
    applicant_id: UUID = Field(foreign_key="applicant.id", index=True)
    applicant_kind: str = _text()
    received_on: date | None = None


class FiledDocument(SQLModel, table=True):
    """Bytes as they arrived: the filing file itself, or an attachment. Nothing is converted."""

    __tablename__: ClassVar[str] = "filed_document"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = _case()
    kind: str = _text()
    name: str = _text()
    media_type: str = _text()
    size: int
    sha256: str = _text()
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    filed_at: datetime = _instant()
    filed_by: UUID | None = Field(default=None, foreign_key="account.id")


class CorrectionRequest(SQLModel, table=True):
    """A typed request on one field (補正). Answered when the applicant sends the corrected form."""

    __tablename__: ClassVar[str] = "correction_request"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = _case()
    field: str = _text()
    message: dict[str, Any] = _json()
    due_on: date
    requested_at: datetime = _instant()
    answered_at: datetime | None = _instant(optional=True)


class Payment(SQLModel, table=True):
    """A fee that fell due on a case, and its payment, or that a correction took back. At most one of each purpose is owed at a time."""

    __tablename__: ClassVar[str] = "payment"
    __table_args__ = (
        Index(
            "uq_payment_owed", "application_id", "purpose", unique=True, postgresql_where=text("paid_at IS NULL AND cancelled_at IS NULL")
        ),
        CheckConstraint("purpose IN ('application', 'inspection')", name="purpose"),
        CheckConstraint("paid_at IS NULL OR cancelled_at IS NULL", name="paid_or_cancelled"),
        CheckConstraint("amount_yen > 0", name="amount"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = _case(index=False)
    purpose: str = _text()
    amount_yen: int = Field(sa_column=Column(BigInteger, nullable=False))
    due_at: datetime = _instant()
    paid_at: datetime | None = _instant(optional=True)
    cancelled_at: datetime | None = _instant(optional=True)
    reference: str = _text("")


class Notice(SQLModel, table=True):
    """A notification inside the portal to the applicant of a case."""

    __tablename__: ClassVar[str] = "notice"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = _case()
    applicant_id: UUID = Field(foreign_key="applicant.id", index=True)
    kind: str = _text()
    title: dict[str, Any] = _json()
    body: dict[str, Any] = _json()
    content: dict[str, Any] = _json()
    at: datetime = _instant()


class Message(SQLModel, table=True):
    """A message on a case between the applicant's side and the bureau."""

    __tablename__: ClassVar[str] = "message"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = _case()
    side: str = _text()
    author_id: UUID | None = Field(default=None, foreign_key="account.id")
    author_name: str = _text()
    body: str = _text()
    at: datetime = _instant()


class MessageDocument(SQLModel, table=True):
    """A document of the case that goes with a message."""

    __tablename__: ClassVar[str] = "message_document"

    message_id: UUID = Field(foreign_key="message.id", primary_key=True)
    document_id: UUID = Field(foreign_key="filed_document.id", primary_key=True, index=True)


class CaseMark(SQLModel, table=True):
    """Something that a side of a case has to look at: a message of the other side, or a correction whose time ran out."""

    __tablename__: ClassVar[str] = "case_mark"
    __table_args__ = (
        CheckConstraint("side IN ('applicant', 'bureau')", name="side"),
        CheckConstraint("kind IN ('message', 'overdue')", name="kind"),
        Index("ix_case_mark_unseen", "side", "application_id", postgresql_where=text("seen_at IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = _case()
    side: str = _text()
    kind: str = _text()
    message_id: UUID | None = Field(default=None, foreign_key="message.id")
    at: datetime = _instant()
    seen_at: datetime | None = _instant(optional=True)
    seen_by: UUID | None = Field(default=None, foreign_key="account.id")


class ReceptionCounter(SQLModel, table=True):
    """The last reception number given by a bureau in a year."""

    __tablename__: ClassVar[str] = "reception_counter"

    bureau: str = Field(sa_column=Column(Text, primary_key=True))
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class IdempotencyKey(SQLModel, table=True):
    """A write that a program marked with `Idempotency-Key`: what was asked, and what was answered."""

    __tablename__: ClassVar[str] = "idempotency_key"

    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    key: str = Field(sa_column=Column(Text, primary_key=True))
    request_digest: str = _text()
    status: int = 0
    response: dict[str, Any] | None = _json(optional=True)
    at: datetime = _instant()
