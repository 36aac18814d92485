"""The tables of imports: how far they have come, and which record of a file is which station. Their rows change as an import goes on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlmodel import Field, SQLModel

import partner.registry.models  # noqa: F401 - the table that the foreign key refers to


class ImportProgress(SQLModel, table=True):
    """How far the stations of a source have come: a file, by its digest, or a seed.

    `done` records are taken, in their order, the last one at `line`.
    """

    __tablename__ = "import_progress"

    source: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    line: int = Field(sa_column=Column(BigInteger, nullable=False))
    done: int = Field(sa_column=Column(BigInteger, nullable=False))
    new: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed: int = Field(sa_column=Column(BigInteger, nullable=False))
    unchanged: int = Field(sa_column=Column(BigInteger, nullable=False))
    refused: int = Field(sa_column=Column(BigInteger, nullable=False))
    started_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ImportKey(SQLModel, table=True):
    """Which station a record of a file is. `content` is the digest of what `source`, the last file that said something new, says."""

    __tablename__ = "import_key"

    key: str = Field(sa_type=Text, primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    content: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
