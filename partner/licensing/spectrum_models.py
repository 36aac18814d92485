"""Tables of the spectrum user fee: what was demanded for each year of a license, and the day up to which that is done."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Text
from sqlmodel import Field, SQLModel

from partner.identifiers import new_id


class SpectrumFee(SQLModel, table=True):
    """What is demanded of a license for one of its years, and its payment. Amounts that are not confirmed are never here.

    `stations` is the number that was counted, None where a license is of one station. `prepayment_id` and `refund_id` are the cases by
    which the year was paid ahead, and by which it was given back.
    """

    __tablename__: ClassVar[str] = "spectrum_fee"
    __table_args__ = (
        CheckConstraint("months BETWEEN 1 AND 12", name="months"),
        CheckConstraint("amount_yen > 0", name="amount"),
        CheckConstraint("stations > 0", name="stations"),
        CheckConstraint("first <= last", name="days"),
        CheckConstraint("refunded_at IS NULL OR paid_at IS NOT NULL", name="refunded"),
        Index("uq_spectrum_fee_year", "station_id", "first", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    station_id: UUID
    licensee_id: UUID = Field(index=True)
    license_number: str = Field(sa_column=Column(Text, nullable=False))
    bureau: str = Field(sa_column=Column(Text, nullable=False))
    first: date
    last: date
    months: int
    stations: int | None = None
    amount_yen: int = Field(sa_column=Column(BigInteger, nullable=False))
    citation: str = Field(sa_column=Column(Text, nullable=False))
    law_digest: str = Field(sa_column=Column(Text, nullable=False))
    due_on: date
    issued_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    paid_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    refunded_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    prepayment_id: UUID | None = Field(default=None, foreign_key="application.id")
    refund_id: UUID | None = Field(default=None, foreign_key="application.id")


class SpectrumFeeProgress(SQLModel, table=True):
    """The one row that says up to which day every year that began has been looked at."""

    __tablename__: ClassVar[str] = "spectrum_fee_progress"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    until: date
