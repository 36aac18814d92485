"""Checks everything that can go wrong around the program, and says what to do."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import psycopg
import typer
from pydantic import ValidationError

from partner import regulation
from partner.connecting import ConfigurationError, databases
from partner.embedded_binaries import PostgresError, find
from partner.settings import Mode, Settings

OLDEST_PYTHON = (3, 11)
_STANDING = "SELECT rolsuper OR rolbypassrls, cardinality(show_trgm('無線局')) FROM pg_roles WHERE rolname = current_user"


@dataclass(frozen=True)
class Report:
    """What one look found; `remedy` is empty when all is well."""

    subject: str
    found: str
    remedy: str = ""


def run() -> int:
    """Look at everything, print one line each, and answer the exit status: 1 when something must be mended."""
    reports = list(examine())
    for report in reports:
        typer.echo(f"{'!!' if report.remedy else 'ok'}  {report.subject}: {report.found}")
        if report.remedy:
            typer.echo(f"      → {report.remedy}")
    return 1 if any(report.remedy for report in reports) else 0


def examine() -> Iterator[Report]:
    """One report per subject, in the order in which a start would fail."""
    yield _python()
    try:
        settings = Settings()
    except ValidationError as error:
        yield Report("settings", str(error), "mend the variables named here; docs/operations.md lists them all")
        return
    looks: list[Callable[[Settings], Report]] = [_mode, _data_directory, _law, _binaries, _database, _sign_in, _port]
    for look in looks:
        yield look(settings)


def _python() -> Report:
    wanted = ".".join(map(str, OLDEST_PYTHON))
    old = sys.version_info < OLDEST_PYTHON
    return Report("Python", f"{platform.python_version()} at {sys.executable}", f"install Python {wanted} or newer" if old else "")


def _mode(settings: Settings) -> Report:
    unsafe = settings.mode is Mode.PRODUCTION and settings.secret_key is None
    remedy = "set PARTNER_SECRET_KEY to 32 random characters or more, or PARTNER_MODE=demo for a try-out" if unsafe else ""
    return Report("mode", settings.mode.value, remedy)


def _data_directory(settings: Settings) -> Report:
    place = settings.data_dir.absolute()
    existing = next(path for path in (place, *place.parents) if path.exists())
    writable = os.access(existing, os.W_OK | os.X_OK)
    return Report("data directory", str(place), "" if writable else f"make {existing} writable for this user, or set PARTNER_DATA_DIR")


def _law(settings: Settings) -> Report:
    try:
        return Report("law", f"in order, digest {regulation.load(settings.regulation_root).digest[:12]}…")
    except regulation.RegulationError as error:
        return Report("law", str(error), f"mend the files in {settings.regulation_root}; `partner regulation check` looks again")


def _binaries(settings: Settings) -> Report:
    if settings.database_url is not None:
        return Report("PostgreSQL programs", "not needed: PARTNER_DATABASE_URL is set")
    try:
        found = find(settings.postgres_bin, None)
    except PostgresError as error:
        return Report("PostgreSQL programs", "none", str(error))
    return Report("PostgreSQL programs", f"version {found.major} in {found.directory}")


def _database(settings: Settings) -> Report:
    """Start it, migrate it, ask it: exactly what `serve` does."""
    try:
        with databases(settings) as addresses, psycopg.connect(addresses.app.replace("+psycopg", "")) as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolbypassrls, cardinality(show_trgm('無線局')) FROM pg_roles WHERE rolname = current_user"
            )
            powerful, trigrams = row.fetchone() or (True, 0)
            version = connection.info.server_version // 10_000
    except (PostgresError, ConfigurationError) as error:
        return Report("database", "does not start", str(error))
    except psycopg.Error as error:
        return Report("database", str(error).strip(), "check the address, the password and pg_hba.conf of the server")
    if powerful:
        return Report("database", "connects as a role above row-level security", "PARTNER_DATABASE_URL must connect as partner_app")
    return Report("database", f"PostgreSQL {version}, at the newest schema, {trigrams} trigrams of 無線局")


def _sign_in(settings: Settings) -> Report:
    if settings.stands_in and not settings.applicant_oidc_issuer:
        return Report("sign-in", "the stand-in provider")
    missing = [name for name in ("applicant_oidc_issuer", "staff_oidc_issuer") if not getattr(settings, name)]
    remedy = "set " + " and ".join(f"PARTNER_{name.upper()}" for name in missing) if missing else ""
    return Report("sign-in", f"{settings.applicant_issuer or 'none'}, {settings.staff_issuer or 'none'}", remedy)


def _port(settings: Settings) -> Report:
    subject = f"port {settings.port}"
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex((settings.host, settings.port)) != 0:
            return Report(subject, "free")
    try:
        answer = httpx2.get(f"http://{settings.host}:{settings.port}/readyz", timeout=5)
    except httpx2.HTTPError:
        return Report(subject, "another program listens there", "stop it, or set PARTNER_PORT")
    if answer.status_code == 200:
        return Report(subject, "this service listens there, and is ready")
    return Report(subject, f"/readyz answers {answer.status_code}", "if that is this service, look at its log; otherwise set PARTNER_PORT")


__all__ = ["Report", "examine", "run"]
