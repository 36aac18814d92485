"""The commands that put stations on record by the thousand. Like all commands they import what they need when they run."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from partner.database import Database
    from partner.registry.imports.planning import Fate
    from partner.registry.imports.running import Examined, Run
    from partner.regulation import Law
    from partner.settings import Settings


class FormatName(StrEnum):
    """The formats of files."""

    CSV = "csv"
    JSONL = "jsonl"
    MUSEN = "musen"


imports = typer.Typer(no_args_is_help=True, help="Put on record what other registers and files know.")

OFTEN_S = 0.001
SELDOM = 100_000, 5, 5  # rows by the thousand are no garbage
SHOWN = 20
FATES: tuple[Fate, ...] = ("new", "changed", "unchanged", "refused")
REFUSED = 3
"""The exit code of an import that refused some records, as docs/importing.md says."""

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, JSONL, or a list of MUSEN in JSON.")]
Form = Annotated[FormatName | None, typer.Option("--format", help="By default the ending of the name tells.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be new, changed, unchanged, refused; write nothing.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Take the first records only; a later run goes on.", show_default=False)]
Again = Annotated[bool, typer.Option("--again", help="Take up a file from its beginning that was imported whole.")]
Errors = Annotated[Path | None, typer.Option(help="Where refusals and warnings go; by default FILE.errors.csv.", show_default=False)]
Stations = Annotated[int, typer.Option(min=1, max=10_000_000, help="How many stations the register shall have of this seed.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same stations.")]


def seed(stations: Stations, seed: Seed = 1) -> None:
    """Put a synthetic register of national size on record: all classes, with its past. Never taken for real.

    The same seed and day give the same stations. What is there already stays; a run that was stopped goes on where it was. In
    production mode only an empty register takes synthetic stations, for nothing is ever deleted from a register.

    Example: `PARTNER_MODE=test partner seed --stations 300000 --seed 1`
    """
    from partner import connecting
    from partner.registry import seeding
    from partner.settings import Mode

    settings = connecting.settings()
    with _opened(settings) as (database, law), _progress() as progress:
        shown = progress.add_task("無線局 synthetic stations", total=stations)
        work = seeding.seed(
            database,
            law,
            stations=stations,
            seed=seed,
            told=lambda done: progress.update(shown, completed=done),
            only_if_alone=settings.mode is Mode.PRODUCTION,
        )
        found = asyncio.run(work)
    if found.new == 0:
        typer.echo(f"The register has these stations already: {found.stations} of seed {seed}, made on {found.made_on}.")
    else:
        typer.echo(f"{found.new} stations put on record; the register has {found.stations} of seed {seed}, made on {found.made_on}.")


@imports.callback()
def describe_imports() -> None:
    """Put on record what other registers and files know."""


@imports.command()
def stations(
    file: File,
    form: Form = None,
    dry_run: DryRun = False,
    limit: Limit = None,
    again: Again = False,
    errors: Errors = None,
) -> None:
    """Put the stations of a file on record: what is new is granted, a later term renews, anything else corrects.

    One bad record never stops the rest: it goes to FILE.errors.csv with line, field, code and words. A run that was stopped, or
    killed, is taken up by the same command. A file that was imported whole says so. Formats and keys: docs/importing.md.

    Exit codes: 0 all records taken · 1 the import could not run · 2 wrong usage · 3 some records were refused.

    Examples: `partner import stations stations.csv --dry-run`, then `partner import stations stations.csv`;
    `partner import stations musen_list.json`; `partner import stations open-data/stations.jsonl --limit 1000`
    """
    from partner import connecting
    from partner.registry.imports import running

    settings = connecting.settings()
    place = errors or file.with_name(f"{file.name}.errors.csv")
    if not os.access(place.parent, os.W_OK):
        raise connecting.ConfigurationError(f"{place} cannot be written: name another place with --errors")
    source = running.source_of(file, None if form is None else form.value)
    with _opened(settings) as (database, law), _progress() as progress:
        shown = progress.add_task(file.name, total=source.lines)
        if dry_run:
            found = running.examine(database, law, source, limit=limit, told=lambda line: progress.update(shown, completed=line))
            examined = asyncio.run(found)
            progress.stop()
            refused = _tell_examined(examined)
        else:
            run = running.Run(database, law, source, running.TroubleFile(place), lambda state: progress.update(shown, completed=state.line))
            whole = asyncio.run(run.run(limit=limit, again=again))
            progress.update(shown, completed=source.lines if run.state.finished_at else run.state.line)
            progress.stop()
            refused = _tell_imported(run, new=whole)
    raise typer.Exit(REFUSED if refused else 0)


def _tell_examined(examined: Examined) -> int:
    for trouble in examined.troubles[:SHOWN]:
        found = trouble.found
        typer.echo(f"line {trouble.line}: {trouble.severity}: {found.field} {found.code}: {found.message.ja} {found.message.en}", err=True)
    if len(examined.troubles) > SHOWN:
        typer.echo(f"… and {len(examined.troubles) - SHOWN} more", err=True)
    typer.echo("Nothing was written. It would be: " + ", ".join(f"{examined.fates[fate]} {fate}" for fate in FATES))
    return examined.fates["refused"]


def _tell_imported(run: Run, *, new: bool) -> int:
    state = run.state
    counts = ", ".join(f"{getattr(state, fate)} {fate}" for fate in FATES)
    if not new:
        typer.echo(
            f"This file was imported whole at {state.finished_at:%Y-%m-%d %H:%M} UTC: {counts}. Nothing was done (--again repeats it)."
        )
        return 0
    end = "the whole file" if state.finished_at is not None else f"up to line {state.line}, and the same command goes on"
    typer.echo(f"{state.done} records taken, {end}: {counts}.")
    if run.troubles.path.exists():
        typer.echo(f"What was refused or doubtful: {run.troubles.path}")
    return state.refused


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Database, Law]]:
    """The database and the law, with the clock where the settings say."""
    from partner import connecting, regulation
    from partner.database import Database

    connecting.set_clock(settings)
    law = regulation.load(settings.regulation_root)
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()
    sys.setswitchinterval(OFTEN_S)  # what is prepared in one thread shall not keep waiting what is sent in another
    with connecting.databases(settings) as addresses:
        yield Database(addresses.app, addresses.public), law


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        yield progress
