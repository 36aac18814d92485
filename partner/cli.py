"""The `partner` command. Every command imports what it needs when it runs, so that `--help` and the law need no settings."""

from __future__ import annotations

import gc
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from partner import bulk_commands, simulate_command

if TYPE_CHECKING:
    from partner.regulation import Law
    from partner.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
law_commands = typer.Typer(no_args_is_help=True, help="Look at the law as data; all but `simulate` need no database and no settings.")
app.add_typer(law_commands, name="regulation")
law_commands.command()(simulate_command.simulate)
app.command()(bulk_commands.seed)
app.add_typer(bulk_commands.imports, name="import")
export_commands = typer.Typer(no_args_is_help=True, help="Write out what the register publishes.")
app.add_typer(export_commands, name="export")

SUSPICIOUS = 3
LAW = Path(__file__).resolve().parents[1] / "regulation"
LawDirectory = Annotated[Path, typer.Option("--directory", envvar="PARTNER_REGULATION_DIR", help="The law as data.", show_default=False)]
DraftDirectory = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Another directory, as a draft.", show_default=False)]
Provision = Annotated[str, typer.Argument(help="A provision, as `fees/amateur-renewal`; a part of its name lists what there is.")]
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day in Japan; by default today.", show_default=False)]
Figures = Annotated[list[str] | None, typer.Argument(help="Figures, as `e-filing-rate`.", show_default=False)]
Start = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.", show_default=False)]
End = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.", show_default=False)]
Target = Annotated[Path | None, typer.Argument(help="Where to; by default where the service serves dumps from.", show_default=False)]
Accept = Annotated[bool, typer.Option("--accept-churn", help="Publish however much differs from the last dump.")]
By = Annotated[str | None, typer.Option(help="applicant-kind, procedure, bureau, month or fiscal-year (or with `_`).", show_default=False)]


@app.callback()
def describe() -> None:
    """Radio station licensing: file, examine, decide, record, search.

    Settings come from the environment (`PARTNER_…`, see docs/operations.md). For a try-out: `partner demo`.
    """


@app.command()
def serve() -> None:
    """Serve, with the embedded PostgreSQL unless PARTNER_DATABASE_URL names another.

    Example: `PARTNER_SECRET_KEY=… PARTNER_PORT=8080 partner serve`
    """
    from partner import serving

    settings = _settings()
    serving.serve(settings, ready=lambda: typer.echo(f"PARTNER listens on {settings.public_url}"))


@app.command()
def worker() -> None:
    """Do what runs in the background: every day, put licenses that expired on the change feed. Not needed beside `partner demo`.

    Example: `partner worker`, beside `partner serve` and with the same settings
    """
    from partner import serving

    serving.work(_settings())


@app.command()
def demo() -> None:
    """Serve a demonstration: stand-ins for sign-in and cashier, made-up people, a clock that can be moved.

    Example: `partner demo`, then `partner token taro` in another window
    """
    from partner import connecting, serving
    from partner.database import Database
    from partner.demo import seeding
    from partner.registry.open_data import dumps
    from partner.settings import Mode

    os.environ["PARTNER_MODE"] = Mode.DEMO
    settings = _settings()
    connecting.note_mode(settings.data_dir, Mode.DEMO)

    def prepare(addresses: connecting.Addresses, law: Law) -> None:
        database = Database(addresses.app, addresses.public)
        seeding.seed(database, law, settings)
        dumps.refresh(dumps.Publisher(database, law, settings, settings.open_data_root), accept_churn=True)

    def ready() -> None:
        typer.echo(f"PARTNER demo: {settings.public_url}  (API: {settings.public_url}/docs)")
        typer.echo(f"Personas: {_persona_words()}; a bearer token: partner token NAME")

    serving.serve(settings, prepare=prepare, ready=ready)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema (with PARTNER_DATABASE_OWNER_URL, or the embedded one).

    Example: `PARTNER_DATABASE_OWNER_URL=postgresql://owner@db/partner partner migrate`
    """
    from partner import connecting
    from partner import migrate as migrations

    settings = _settings()
    if settings.database_owner_url is not None:
        migrations.upgrade(connecting.sqlalchemy_url(settings.database_owner_url))
    elif settings.database_url is not None:
        raise connecting.ConfigurationError("PARTNER_DATABASE_OWNER_URL must be set: a role that may create roles and owns the database")
    else:
        with connecting.databases(settings):
            typer.echo("embedded PostgreSQL", err=True)
    typer.echo("The database is at the newest schema.")


@app.command()
def token(
    persona: Annotated[
        str, typer.Argument(help="taro, hanako, taxi, agent, clerk, examiner, inspector, director, ministry, minister, admin or app")
    ],
) -> None:
    """Print a bearer token of a persona, from the stand-in of the server that runs (demo and test mode).

    Example: `curl -H "Authorization: Bearer $(partner token taro)" http://127.0.0.1:8000/api/v1/applications`
    """
    import httpx2

    settings = _settings()
    host = "127.0.0.1" if _is_everywhere(settings.host) else settings.host
    address = f"http://{host}:{settings.port}"
    try:
        answer = httpx2.post(f"{address}/standin/tokens", json={"persona": persona}, timeout=30)
    except httpx2.TransportError:
        _fail(f"nobody answers at {address}: start `partner demo` first, or set PARTNER_HOST and PARTNER_PORT as for the server")
    if answer.status_code != 200:
        _fail(f"{address} gives no token for {persona!r}: the personas are {_persona_words()}, and exist in demo and test mode only")
    typer.echo(answer.json()["access_token"])


@app.command()
def doctor() -> None:
    """Check everything that can go wrong on this machine, and say what to do.

    Example: `PARTNER_MODE=demo partner doctor`
    """
    from partner import doctor as examination

    raise typer.Exit(examination.run())


@law_commands.command()
def check(draft: DraftDirectory = None, directory: LawDirectory = LAW) -> None:
    """Read the whole law, run its worked cases, compare the past with its record; every defect is named with file and line.

    Examples: `partner regulation check`; `partner regulation check draft/`
    """
    from partner.licensing import worked_cases
    from partner.regulation import reporting

    well, words = reporting.check(draft or directory, further=worked_cases.run)
    typer.echo(words, err=not well)
    raise typer.Exit(0 if well else 1)


@law_commands.command()
def show(path: Provision, on: Day = None, directory: LawDirectory = LAW) -> None:
    """Show a provision as it stands on a day.

    Example: `partner regulation show fees/amateur-renewal --on 2025-09-30`
    """
    from partner import clock, regulation
    from partner.regulation import reporting

    typer.echo(reporting.show(regulation.load(directory), path, on.date() if on else clock.today()))


@law_commands.command()
def explain(path: Provision, on: Day = None, directory: LawDirectory = LAW) -> None:
    """Show the whole history of a provision, with citations and doubts; the version of a day is marked.

    Example: `partner regulation explain windows/amateur-renewal`
    """
    from partner import clock, regulation
    from partner.regulation import reporting

    typer.echo(reporting.explain(regulation.load(directory), path, on.date() if on else clock.today()))


@app.command()
def kpi(figures: Figures = None, start: Start = None, end: End = None, by: By = None) -> None:
    """Print the figures, counted from the events of cases: all that are kept, or those named, of the fiscal year by default.

    Example: `partner kpi e-filing-rate --by applicant-kind --from 2026-04-01`
    """
    import asyncio

    from partner import connecting
    from partner.database import Database
    from partner.kpi import report

    settings = _settings()
    connecting.follow_clock(settings)
    starts_on, ends_on = (day.date() if day else None for day in (start, end))
    with connecting.databases(settings) as addresses:
        database = Database(addresses.app, addresses.public)
        answers = asyncio.run(report.answers(database, figures or [], starts_on=starts_on, ends_on=ends_on, by=by))
    typer.echo("\n\n".join(report.as_text(question, shares) for question, shares in answers))


@export_commands.command("open-data")
def export_open_data(directory: Target = None, accept_churn: Accept = False) -> None:
    """Make a dump of all that is published (CSV, JSONL, Parquet) and let `latest` and its day lead to it.

    Ends with 3, and leaves `latest` alone, when suspiciously much differs from the last dump.
    Example: `partner export open-data /srv/open-data`
    """
    from partner import connecting, regulation
    from partner.database import Database
    from partner.registry.open_data import dumps, progress
    from partner.registry.open_data.churn import SuspiciousChurn

    settings = _settings()
    connecting.follow_clock(settings)
    gc.enable()  # a dump takes minutes, and what reading the law leaves behind would stay as long
    law = regulation.load(settings.regulation_root)
    with connecting.databases(settings) as addresses, progress.bars() as watch:
        database = Database(addresses.app, addresses.public)
        publisher = dumps.Publisher(database, law, settings, directory or settings.open_data_root)
        try:
            made = dumps.publish(publisher, accept_churn=accept_churn, watch=watch)
        except SuspiciousChurn as error:
            _fail(_words_of(error), SUSPICIOUS)
    typer.echo(progress.as_text(made))


def _settings() -> Settings:
    from partner import connecting

    return connecting.settings()


def _is_everywhere(host: str) -> bool:
    """Whether a server at this host listens on every address."""
    from ipaddress import ip_address

    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False  # a name


def _persona_words() -> str:
    from partner.auth.standin.personas import personas

    return ", ".join(personas())


def _fail(message: str, status: int = 1) -> NoReturn:
    typer.echo(f"partner: {message}", err=True)
    raise typer.Exit(status)


def main() -> None:
    """The entry point: what is wrong with the surroundings is said in one sentence, without a traceback.

    Until a command is under way nothing is garbage: without looking for any, the imports take a quarter less.
    """
    gc.disable()
    try:
        app()
    except Exception as error:
        if not _is_explained(error):
            raise
        typer.echo(f"partner: {_words_of(error)}", err=True)
        sys.exit(1)


def _is_explained(error: Exception) -> bool:
    """Whether the message of an error was written for the operator."""
    from psycopg import OperationalError

    from partner.connecting import ConfigurationError
    from partner.embedded_binaries import PostgresError
    from partner.errors import PartnerError
    from partner.regulation import RegulationError

    return isinstance(error, (ConfigurationError, OperationalError, PartnerError, PostgresError, RegulationError))


def _words_of(error: Exception) -> str:
    from partner.errors import PartnerError

    if not isinstance(error, PartnerError):
        return str(error)
    texts = [error.message, *([error.remedy] if error.remedy else [])]
    return "\n".join([*(text.ja for text in texts), *(text.en for text in texts)])
