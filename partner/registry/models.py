"""The tables of the register.

A row says something for the days of `valid` and was believed during `recorded`. Rows are closed (`recorded` gets its end),
never changed otherwise and never deleted; the database refuses both. The migration has the CHECKs, the exclusions, the
triggers and the row-level security.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Computed, DateTime, Double, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TSTZRANGE, Range
from sqlmodel import Field, SQLModel

CURRENT = text("upper_inf(recorded)")


class Licensee(SQLModel, table=True):
    """The identity of a holder of licenses; what is known of it stands in its versions."""

    __tablename__ = "licensee"

    id: UUID = Field(primary_key=True)
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class LicenseeVersion(SQLModel, table=True):
    """What is known of a licensee. `match_key` finds the same person again: 法人番号, else name, kana and address."""

    __tablename__ = "licensee_version"
    __table_args__ = (
        Index("ix_licensee_version_licensee_id", "licensee_id"),
        Index("uq_licensee_version_match_key", "match_key", unique=True, postgresql_where=CURRENT),
    )

    id: UUID = Field(primary_key=True)
    licensee_id: UUID = Field(foreign_key="licensee.id")
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    name_kana: str = Field(sa_type=Text)
    corporate_number: str | None = Field(default=None, sa_type=Text)
    municipality: str | None = Field(default=None, sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text)
    birth_date: date | None = None
    match_key: str = Field(sa_type=Text)
    recorded: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))


class Station(SQLModel, table=True):
    """The identity of a station: it outlives renewals."""

    __tablename__ = "station"

    id: UUID = Field(primary_key=True)
    station_class: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class RegisterCounter(SQLModel, table=True):
    """One row. Its lock, held to the commit, puts all changes of the register in commit order.

    `sequence` and `updated_at` count what is published; `recorded_at` is the record time of the last change of any kind.
    """

    __tablename__ = "register_counter"

    only: bool = Field(default=True, primary_key=True)
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    recorded_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class RegisterChange(SQLModel, table=True):
    """One act on the register; `sequence` is null where nothing of it may be published."""

    __tablename__ = "register_change"
    __table_args__ = (
        Index("ix_register_change_station_id", "station_id"),
        Index("uq_register_change_sequence", "sequence", unique=True),
    )

    id: UUID = Field(primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    kind: str = Field(sa_type=Text)
    cause: str = Field(sa_type=Text)
    effective_on: date
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    sequence: int | None = Field(default=None, sa_column=Column(BigInteger))


class LicenseVersion(SQLModel, table=True):
    """All that stands on the license record for the days of `valid`; `term_from` to `term_to` is the term it belongs to."""

    __tablename__ = "license_version"
    __table_args__ = (
        Index("ix_license_version_station_id", "station_id"),
        Index("ix_license_version_licensee_id", "licensee_id"),
        Index("ix_license_version_license_number", "license_number"),
        Index("ix_license_version_call_sign", "call_sign", postgresql_where=CURRENT),
    )

    id: UUID = Field(primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    licensee_id: UUID = Field(foreign_key="licensee.id")
    licensee_version_id: UUID = Field(foreign_key="licensee_version.id")
    change_id: UUID = Field(foreign_key="register_change.id")
    license_number: str = Field(sa_type=Text)
    call_sign: str | None = Field(default=None, sa_type=Text)
    bureau: str = Field(sa_type=Text)
    licensed_on: date
    term_from: date
    term_to: date
    ended_on: date | None = None
    end_kind: str | None = Field(default=None, sa_type=Text)
    suspended: bool
    purposes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    municipality: str | None = Field(default=None, sa_type=Text)
    moves: bool
    movement_area: str | None = Field(default=None, sa_type=Text)
    station_count: int
    identification: str | None = Field(default=None, sa_type=Text)
    particulars: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    valid: Range[date] = Field(sa_column=Column(DATERANGE, nullable=False))
    recorded: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))


class Assignment(SQLModel, table=True):
    """One line of emission, frequency and power of a license version."""

    __tablename__ = "assignment"

    version_id: UUID = Field(foreign_key="license_version.id", primary_key=True)
    ordinal: int = Field(primary_key=True)
    emission: str | None = Field(default=None, sa_type=Text)
    bundle: str | None = Field(default=None, sa_type=Text)
    frequency_hz: int | None = Field(default=None, sa_column=Column(BigInteger))
    frequency_to_hz: int | None = Field(default=None, sa_column=Column(BigInteger))
    power_w: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    continued: bool


class CallSign(SQLModel, table=True):
    """Who holds a call sign, or held it last. Whether it is in use, reserved or vacant follows from the licenses under it."""

    __tablename__ = "call_sign"
    __table_args__ = (
        Index("uq_call_sign_sign", "sign", unique=True, postgresql_where=CURRENT),
        Index("ix_call_sign_licensee_id", "licensee_id"),
    )

    id: UUID = Field(primary_key=True)
    sign: str = Field(sa_type=Text)
    licensee_id: UUID = Field(foreign_key="licensee.id")
    bureau: str = Field(sa_type=Text)
    recorded: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))


class CallSignBlock(SQLModel, table=True):
    """The last sign that a bureau has issued to newcomers since it began with `prefix` and `suffix_from`."""

    __tablename__ = "call_sign_block"

    bureau: str = Field(sa_type=Text, primary_key=True)
    prefix: str = Field(sa_type=Text, primary_key=True)
    suffix_from: str = Field(sa_type=Text, primary_key=True)
    last_sign: str = Field(sa_type=Text)


class LicenseNumberCounter(SQLModel, table=True):
    """The last license number that a bureau has given under a letter."""

    __tablename__ = "license_number_counter"

    bureau: str = Field(sa_type=Text, primary_key=True)
    letter: str = Field(sa_type=Text, primary_key=True)
    last_number: int = Field(sa_column=Column(BigInteger, nullable=False))


class Disposition(SQLModel, table=True):
    """An order of the authority: suspension of operation for the days of `period`, or revocation from its first day."""

    __tablename__ = "disposition"
    __table_args__ = (Index("ix_disposition_station_id", "station_id"),)

    id: UUID = Field(primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    kind: str = Field(sa_type=Text)
    period: Range[date] = Field(sa_column=Column(DATERANGE, nullable=False))
    reason: str = Field(sa_type=Text)
    recorded: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))


class PublishedLicense(SQLModel, table=True):
    """What the public may see of a license version, ready-made; read through the view `public_license`.

    `document` is the station as JSON text, with the status `in_force` (most answers need no other); `musen` is the record of
    MIC's Web-API as JSON text. `hidden_before` says that the version before it is withheld, `hidden_from` on which day one that is
    withheld follows it. Triggers keep `published_gram`, `published_row` and `published_tally` in step.
    """

    __tablename__ = "published_license"
    __table_args__ = (
        Index("ix_published_license_station_id", "station_id"),
        Index("ix_published_license_sequence", "sequence"),
        Index("ix_published_license_call_sign", "call_sign_search", postgresql_ops={"call_sign_search": "text_pattern_ops"}),
        Index("ix_published_license_class", "station_class", "station_id"),
        Index("ix_published_license_class_prefecture", "station_class", "prefecture", "station_id"),
        Index(
            "ix_published_license_class_place",
            "station_class",
            "municipality",
            "licensed_on",
            "station_id",
            postgresql_include=["version_id", "bureau", "valid", "ended_on", "suspended", "registration_standard"],
            postgresql_where=CURRENT,
        ),
        Index("ix_published_license_bureau", "bureau", "station_id"),
        Index("ix_published_license_prefecture", "prefecture", "station_id"),
        Index("ix_published_license_municipality", "municipality", "station_id"),
        Index("ix_published_license_licensed_on", "licensed_on", "station_id"),
        Index("ix_published_license_term_to", "term_to", "station_id"),
        Index("ix_published_license_licensee_id", "public_licensee_id", "station_id"),
        Index("ix_published_license_licensee_name", "licensee_name", "station_id"),
        Index("ix_published_license_sign", "call_sign", "station_id"),
        Index("ix_published_license_class_sign", "station_class", "call_sign", "station_id"),
        Index("ix_published_license_standard", "registration_standard", "station_id"),
        Index(
            "ix_published_license_sign_part",
            "call_sign_search",
            postgresql_using="gin",
            postgresql_ops={"call_sign_search": "gin_trgm_ops"},
        ),
        Index(
            "ix_published_license_craft",
            "craft_search",
            postgresql_using="gin",
            postgresql_ops={"craft_search": "gin_trgm_ops"},
            postgresql_where=text("upper_inf(recorded) AND craft_search IS NOT NULL"),
        ),
    )

    version_id: UUID = Field(foreign_key="license_version.id", primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    call_sign: str | None = Field(default=None, sa_column=Column(Text(collation="C")))
    call_sign_search: str = Field(sa_type=Text)
    station_class: str = Field(sa_type=Text)
    bureau: str = Field(sa_type=Text)
    municipality: str | None = Field(default=None, sa_type=Text)
    prefecture: str | None = Field(default=None, sa_type=Text)
    licensee_name: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    licensee_search: str = Field(sa_type=Text)
    licensee_kind: str = Field(sa_type=Text)
    corporate_number: str | None = Field(default=None, sa_type=Text)
    public_licensee_id: UUID | None = None
    purposes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    communication_matters: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    movement_area: str | None = Field(default=None, sa_type=Text)
    moves: bool
    station_count: int
    licensed_on: date
    valid: Range[date] = Field(sa_column=Column(DATERANGE, nullable=False))
    term_from: date
    term_to: date
    ended_on: date | None = None
    recorded: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))
    suspended: bool
    latitude: float | None = Field(default=None, sa_column=Column(Double))
    longitude: float | None = Field(default=None, sa_column=Column(Double))
    max_power_w: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    document: str = Field(sa_type=Text)
    musen: str = Field(sa_type=Text)
    registration_standard: str | None = Field(default=None, sa_type=Text)
    craft_search: str | None = Field(default=None, sa_type=Text)
    broadcast_kind: str | None = Field(default=None, sa_type=Text)
    hidden_before: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))
    hidden_from: date | None = None


class PublishedAssignment(SQLModel, table=True):
    """A band or a point that a published license version uses; a bundle has one row for each of its confirmed bands."""

    __tablename__ = "published_assignment"
    __table_args__ = (
        Index(
            "ix_published_assignment_point",
            "frequency_low",
            "station_id",
            postgresql_include=["version_id"],
            postgresql_where=text("frequency_low = frequency_high"),
        ),
        Index(
            "ix_published_assignment_range",
            "frequency_low",
            "frequency_high",
            postgresql_include=["version_id", "station_id", "station_class", "prefecture"],
            postgresql_where=text("frequency_low < frequency_high"),
        ),
        Index(
            "ix_published_assignment_place",
            "station_class",
            "prefecture",
            "frequency_low",
            postgresql_include=["version_id", "station_id"],
            postgresql_where=text("frequency_low = frequency_high"),
        ),
        Index("ix_published_assignment_emission", "emission", "station_id", postgresql_include=["version_id"]),
        Index("ix_published_assignment_emission_class", "emission_class", "station_id", postgresql_include=["version_id"]),
        Index("ix_published_assignment_bundle", "bundle", "station_id", postgresql_include=["version_id"]),
    )

    version_id: UUID = Field(foreign_key="published_license.version_id", primary_key=True)
    ordinal: int = Field(primary_key=True)
    station_id: UUID = Field(foreign_key="station.id")
    emission: str | None = Field(default=None, sa_type=Text)
    bundle: str | None = Field(default=None, sa_type=Text)
    frequency_low: int | None = Field(default=None, sa_column=Column(BigInteger))
    frequency_high: int | None = Field(default=None, sa_column=Column(BigInteger))
    power_w: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    emission_class: str | None = Field(
        default=None,
        sa_column=Column(Text, Computed("CASE WHEN length(emission) BETWEEN 7 AND 9 THEN substr(emission, 5) END", persisted=True)),
    )
    station_class: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    prefecture: str | None = Field(default=None, sa_column=Column(Text(collation="C")))


class PublishedGram(SQLModel, table=True):
    """A pair of neighbouring characters of a published name (or its last one and a space), and a version that has it."""

    __tablename__ = "published_gram"
    __table_args__ = (
        Index("ix_published_gram_place", "gram", "station_class", "prefecture", "station_id", postgresql_include=["version_id"]),
    )

    gram: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    station_id: UUID = Field(primary_key=True)
    version_id: UUID = Field(primary_key=True)
    station_class: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    prefecture: str | None = Field(default=None, sa_column=Column(Text(collation="C")))


class PublishedRow(SQLModel, table=True):
    """The row of a published version in the open data's `stations.csv`, before and after its status, which depends on the day."""

    __tablename__ = "published_row"

    station_id: UUID = Field(primary_key=True)
    version_id: UUID = Field(primary_key=True)
    before_status: str = Field(sa_type=Text)
    after_status: str = Field(sa_type=Text)


class PublishedTally(SQLModel, table=True):
    """What a day adds to, or takes from, the licenses of a facet that are in force, and that are suspended.

    The sum up to a day is their number on that day. `registered` tells registrations (登録) from licenses.
    """

    __tablename__ = "published_tally"

    facet: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    value: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    registered: bool = Field(primary_key=True)
    day: date = Field(primary_key=True)
    in_force: int = Field(sa_column=Column(BigInteger, nullable=False))
    suspended: int = Field(sa_column=Column(BigInteger, nullable=False))


class PublishedChange(SQLModel, table=True):
    """An entry of the change feed; read through the view `public_change`."""

    __tablename__ = "published_change"
    __table_args__ = (Index("ix_published_change_station_id", "station_id"),)

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    station_id: UUID = Field(foreign_key="station.id")
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    after: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
