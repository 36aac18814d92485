"""Tables of many filings in one file: the upload, and its rows from what was written to the case that was made of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from partner.identifiers import new_id

STATES = ("checking", "checked", "filing", "done")
OUTCOMES = ("waiting", "new", "unchanged", "changed", "error")
STEPS = ("none", "drafted", "filed", "kept", "refused")


class BulkFiling(SQLModel, table=True):
    """One uploaded file of many filings of one applicant, and how far it has got. `submits`: the drafts are filed at once."""

    __tablename__: ClassVar[str] = "bulk_filing"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_bulk_filing_unfinished", "id", postgresql_where=text("state IN ('checking', 'filing')")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id")
    applicant_id: UUID = Field(foreign_key="applicant.id", index=True)
    name: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(default="checking", sa_column=Column(Text, nullable=False))
    columns: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    total: int = 0
    submits: bool = Field(default=False)
    uploaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    confirmed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


class BulkRow(SQLModel, table=True):
    """One row of an upload. `claims`: of all rows for the license and the end of its term, this one has made the case."""

    __tablename__: ClassVar[str] = "bulk_row"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint(f"step IN {STEPS}", name="step"),
        CheckConstraint(
            "NOT claims OR (application_id IS NOT NULL AND license_number IS NOT NULL AND expires_on IS NOT NULL)", name="claims"
        ),
        Index("uq_bulk_row_claims", "license_number", "expires_on", unique=True, postgresql_where=text("claims")),
        Index("ix_bulk_row_license_number", "filing_id", "license_number"),
        Index("ix_bulk_row_progress", "filing_id", "outcome", "step", "position"),
    )

    filing_id: UUID = Field(sa_column=Column(ForeignKey("bulk_filing.id"), primary_key=True))
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sheet: str = Field(sa_column=Column(Text, nullable=False))
    number: int
    cells: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    formulas: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    outcome: str = Field(default="waiting", sa_column=Column(Text, nullable=False))
    step: str = Field(default="none", sa_column=Column(Text, nullable=False))
    procedure: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    license_number: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    expires_on: date | None = None
    form: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    errors: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    application_id: UUID | None = Field(default=None, foreign_key="application.id", index=True)
    claims: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
