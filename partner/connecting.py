"""What every command begins with: its settings, its clock and its databases. Needs no web server, so that a command starts lean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr, ValidationError

from partner import clock, embedded, migrate
from partner.settings import Mode, Settings


class ConfigurationError(RuntimeError):
    """The settings do not fit together; the message says which one to change."""


@dataclass(frozen=True)
class Addresses:
    """The SQLAlchemy URLs of one database, as the three roles."""

    owner: str
    app: str
    public: str


def settings() -> Settings:
    """The settings of the environment. Raises ConfigurationError naming every variable that is not right."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"PARTNER_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" if one["loc"] else str(one["msg"]) for one in error.errors()
        ]
        raise ConfigurationError("the settings are not right\n  " + "\n  ".join(lines)) from None


@contextmanager
def databases(settings: Settings) -> Iterator[Addresses]:
    """The database of the settings, or else the embedded one for the time of the block; migrated either way.

    A server of one's own is migrated only when `PARTNER_DATABASE_OWNER_URL` is set; otherwise it must be current already.
    Raises ConfigurationError and PostgresError.
    """
    if settings.database_url is None:
        server = embedded.start(settings.data_dir, binaries=settings.postgres_bin, user=settings.postgres_user)
        try:
            addresses = Addresses(server.url("postgres"), server.url("partner_app"), server.url("partner_public"))
            migrate.upgrade(addresses.owner)
            yield addresses
        finally:
            server.stop()
        return
    public = settings.database_replica_url or settings.database_public_url
    if public is None:
        raise ConfigurationError("PARTNER_DATABASE_PUBLIC_URL must be set beside PARTNER_DATABASE_URL: the same database as partner_public")
    app = sqlalchemy_url(settings.database_url)
    if settings.database_owner_url is not None:
        migrate.upgrade(sqlalchemy_url(settings.database_owner_url))
    elif not migrate.is_current(app):
        raise ConfigurationError("the database is not at the newest schema: run `partner migrate` with PARTNER_DATABASE_OWNER_URL set")
    owner = settings.database_owner_url
    yield Addresses(sqlalchemy_url(owner) if owner else "", app, sqlalchemy_url(public))


def set_clock(settings: Settings) -> None:
    """Start the clock of this process where the settings say."""
    if settings.clock is not None:
        clock.move_to(settings.clock)


def follow_clock(settings: Settings) -> None:
    """Start the clock of a command where the settings say, or else, in demo and test mode, where that of the service stands."""
    set_clock(settings)
    if settings.clock is None:
        clock.move_by(settings.noted_clock)


def sqlalchemy_url(url: SecretStr) -> str:
    """The URL of a database as SQLAlchemy wants it. `postgres://`, `postgresql://` and `postgresql+psycopg://` mean the same.

    Raises ConfigurationError for any other scheme.
    """
    scheme, separator, rest = url.get_secret_value().partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ConfigurationError("the URL of a database begins with postgresql://")
    return f"postgresql+psycopg://{rest}"


def note_mode(data_dir: Path, mode: Mode) -> None:
    """Note the mode in the data directory, so that later commands need no variable."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "mode").write_text(f"{mode}\n", encoding="utf-8")
