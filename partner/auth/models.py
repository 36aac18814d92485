"""Tables: accounts, sessions of the portal, sign-ins under way, programs.

Row-level security: standing `system` reads and writes all of them; an account reads itself and its own sessions; nobody else reads
anything. Other rooms refer to an account by its id and keep the names that they show.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Account(SQLModel, table=True):
    """Somebody (or a program) as one issuer knows them; it outlives every sign-in."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("issuer <> '' AND subject <> ''", name="identified"),
    )

    id: UUID = Field(primary_key=True)
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    display_name: str = Field(sa_type=Text)
    claims: dict[str, Any] = Field(sa_type=JSONB, description="actor.Claims, by name")
    roles: list[str] = Field(sa_type=ARRAY(Text))
    bureau: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))


class Session(SQLModel, table=True):
    """A sign-in at the portal. The cookie holds the token, the table only its hash."""

    __tablename__ = "session"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="lasts"),)

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(sa_column_args=[ForeignKey("account.id")], index=True)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    id_token: str = Field(sa_type=Text, description="what the provider wants to see at the end of the session")
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class SignInAttempt(SQLModel, table=True):
    """A browser on its way to a provider and back; `state_hash` finds it once and never again."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (CheckConstraint("kind IN ('applicant', 'staff')", name="kind"),)

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    state_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    browser_hash: bytes = Field(sa_type=LargeBinary, description="of the cookie of the browser that began")
    nonce: str = Field(sa_type=Text)
    code_verifier: str = Field(sa_type=Text)
    return_path: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ApiClient(SQLModel, table=True):
    """A program with more scopes than any program has."""

    __tablename__ = "api_client"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: UUID = Field(primary_key=True)
    issuer: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RateBucket(SQLModel, table=True):
    """What a caller has left of a rate limit: `tokens` at the instant `refilled_at`, and how many were granted last."""

    __tablename__ = "rate_bucket"

    caller: str = Field(primary_key=True, sa_type=Text)
    tokens: float
    granted: int
    refilled_at: datetime = Field(sa_type=DateTime(timezone=True))
