"""The table of stations opened under a blanket license or registration; what holds of `models` holds here."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlmodel import Field, SQLModel

import partner.registry.models  # noqa: F401 - the table that the foreign key refers to


class OpenedStation(SQLModel, table=True):
    """A station opened under a blanket license or registration; `closed_on` where it was closed. Never published."""

    __tablename__ = "opened_station"
    __table_args__ = (
        Index("ix_opened_station_station_id", "station_id"),
        Index(
            "uq_opened_station_serial",
            "station_id",
            "serial_number",
            unique=True,
            postgresql_where=text("upper_inf(recorded) AND closed_on IS NULL AND serial_number IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    opened_on: date
    closed_on: date | None = None
    municipality: str | None = Field(default=None, sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text)
    conformity_number: str | None = Field(default=None, sa_type=Text)
    serial_number: str | None = Field(default=None, sa_type=Text)
    cause: str = Field(sa_type=Text)
    recorded: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))
