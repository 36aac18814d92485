"""Every setting, documented. Each is read from the environment as `PARTNER_…` in capitals."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    """Where the program runs: the stand-ins exist in demo and test mode only."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(env_prefix="PARTNER_", extra="ignore")

    mode: Mode = Field(Mode.PRODUCTION, description="production, demo or test")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    workers: int = Field(1, ge=1, le=64, description="processes that serve; more than one in production only, for each has its own clock")
    base_url: str = Field("", description="public address of the service; by default http://HOST:PORT")
    data_dir: Path = Field(Path(".data"), description="where the embedded database, exports, the demo's mode and its clock are kept")
    clock: datetime | None = Field(None, description="instant at which the clock starts; by default the present")
    database_url: SecretStr | None = Field(None, description="PostgreSQL as partner_app; unset: the embedded server")
    database_owner_url: SecretStr | None = Field(None, description="PostgreSQL as a role that may create roles, for migrations")
    database_public_url: SecretStr | None = Field(None, description="PostgreSQL as partner_public, for public reads")
    database_replica_url: SecretStr | None = Field(None, description="a replica for public reads, as partner_public")
    postgres_bin: Path | None = Field(None, description="bin directory of the PostgreSQL that the embedded server runs; by default found")
    postgres_user: str = Field("nobody", description="user as whom the embedded server runs when we are root")
    secret_key: SecretStr | None = Field(None, description="key for signed cursors and sessions; required in production")
    regulation_dir: Path | None = Field(None, description="the law as data; by default the one that ships with the program")
    applicant_oidc_issuer: str = Field("", description="issuer for applicants; by default the stand-in in demo and test mode")
    applicant_oidc_client_id: str = Field("partner", description="our client id at the applicants' issuer")
    applicant_oidc_client_secret: SecretStr | None = Field(None, description="our client secret at the applicants' issuer")
    staff_oidc_issuer: str = Field("", description="issuer for staff; by default the stand-in in demo and test mode")
    staff_oidc_client_id: str = Field("partner", description="our client id at the staff's issuer")
    staff_oidc_client_secret: SecretStr | None = Field(None, description="our client secret at the staff's issuer")

    applicant_oidc_roles: dict[str, str] = Field({"agent": "agent"}, description="words of the applicants' role claim, as roles of ours")
    staff_oidc_roles: dict[str, str] = Field(
        {name: name for name in ("clerk", "examiner", "inspector", "director", "administrator")},
        description="words of the staff's role claim, as roles of ours",
    )
    oidc_role_claim: str = Field("roles", description="claim, at either issuer, that names what somebody is")
    oidc_bureau_claim: str = Field("bureau", description="claim of the staff's issuer that names the bureau, as A")
    api_audience: str = Field("", description="audience that bearer tokens must carry; by default the public address")
    session_hours: int = Field(8, ge=1, le=24, description="how long a sign-in at the portal lasts")
    max_body_bytes: int = Field(20 * 1024 * 1024, ge=1024, description="largest request body that is read")
    rate_anonymous: int = Field(1_200, ge=1, description="public reads a minute of one address; a quarter of them at once")
    rate_client: int = Field(12_000, ge=1, description="public reads a minute of whoever brings a bearer token")
    rate_loopback: int = Field(6_000_000, ge=1, description="public reads a minute from this machine itself")
    standin_relying_party: str = Field("", description="public address of the service that the stand-in serves; by default this one")
    open_data_dir: Path | None = Field(
        None, description="where dumps of the register are kept and served from; by default DATA_DIR/open-data"
    )
    open_data_keep_days: int = Field(30, ge=0, description="how many days the dump of a day is kept")
    open_data_most_churn: float = Field(20.0, ge=0, description="percent of the stations that may differ from the last dump unasked")
    open_data_publisher: str = Field("PARTNER", description="who publishes the dumps, as manifest and catalog say")
    open_data_license: str = Field("https://creativecommons.org/licenses/by/4.0/", description="address of the license of the dumps")

    corporate_numbers_id: SecretStr | None = Field(
        None, description="application id of the tax agency's list of corporate numbers; without one a stand-in answers"
    )
    corporate_numbers_url: str = Field("https://api.houjin-bangou.nta.go.jp", description="where that list is asked")

    @model_validator(mode="after")
    def _mode_of_the_data_directory(self) -> Self:
        """`make demo` notes its mode in the data directory, so that a later command needs no variable."""
        note = self.data_dir / "mode"
        if "mode" not in self.model_fields_set and note.is_file():
            self.mode = Mode(note.read_text(encoding="utf-8").strip())
        return self

    @model_validator(mode="after")
    def _clock_with_a_time_zone(self) -> Self:
        if self.clock is not None and self.clock.tzinfo is None:
            raise ValueError("PARTNER_CLOCK needs a time zone, as in 2020-06-01T09:00:00+09:00")
        return self

    @property
    def stands_in(self) -> bool:
        """Whether the stand-ins (identity provider, cashier, movable clock) exist."""
        return self.mode is not Mode.PRODUCTION

    def note_clock(self, offset: timedelta) -> None:
        """Note, in demo and test mode, how far the clock of the service stands from real time, for commands that are run beside it."""
        if not self.stands_in:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True)
        unfinished = self.data_dir / "clock.new"
        unfinished.write_text(f"{offset.total_seconds():.6f}\n", encoding="utf-8")
        unfinished.replace(self.data_dir / "clock")

    @property
    def noted_clock(self) -> timedelta:
        """How far the clock of the service stands, or last stood, from real time; nothing in production."""
        note = self.data_dir / "clock"
        if self.stands_in and note.is_file():
            with suppress(ValueError, OverflowError):
                return timedelta(seconds=float(note.read_text(encoding="utf-8")))
        return timedelta(0)

    @cached_property
    def public_url(self) -> str:
        """The address under which others reach the service, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def applicant_issuer(self) -> str:
        """The issuer that signs applicants in."""
        return self.applicant_oidc_issuer or (f"{self.public_url}/standin/applicants" if self.stands_in else "")

    @cached_property
    def staff_issuer(self) -> str:
        """The issuer that signs staff in."""
        return self.staff_oidc_issuer or (f"{self.public_url}/standin/staff" if self.stands_in else "")

    @cached_property
    def audience(self) -> str:
        """The audience that bearer tokens must carry."""
        return self.api_audience or self.public_url

    @cached_property
    def signing_key(self) -> bytes:
        """32 bytes for signatures of our own. In demo and test mode a key is made once and kept in the data directory.

        Raises ValueError in production when `PARTNER_SECRET_KEY` is not set.
        """
        if self.secret_key is not None:
            return hashlib.sha256(self.secret_key.get_secret_value().encode()).digest()
        if not self.stands_in:
            raise ValueError("PARTNER_SECRET_KEY must be set in production mode")
        return hashlib.sha256(_kept_secret(self.data_dir / "secret-key").encode()).digest()

    @cached_property
    def open_data_root(self) -> Path:
        """The directory of the dumps."""
        return self.open_data_dir or self.data_dir / "open-data"

    @cached_property
    def regulation_root(self) -> Path:
        """The directory of the law."""
        return self.regulation_dir or Path(__file__).resolve().parent.parent / "regulation"


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8")
