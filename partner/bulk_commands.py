"""The commands that put stations on record by the thousand. Like all commands they import what they need when they run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from partner.database import Database
    from partner.regulation import Law
    from partner.settings import Settings

OFTEN_S = 0.001
Stations = Annotated[int, typer.Option(min=1, max=10_000_000, help="How many stations the register shall have of this seed.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same stations.")]


def seed(stations: Stations, seed: Seed = 1) -> None:
    """Put a synthetic register of national size on record: all classes, with its past. Never taken for real.

    The same seed and day give the same stations. What is there already stays; a run that was stopped goes on where it was. In
    production mode only an empty register takes synthetic stations, for nothing is ever deleted from a register.

    Example: `PARTNER_MODE=test partner seed --stations 300000 --seed 1`
    """
    import asyncio

    from partner import serving
    from partner.registry import seeding
    from partner.settings import Mode

    settings = serving.settings()
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


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Database, Law]]:
    """The database and the law, with the clock where the settings say."""
    from partner import regulation, serving
    from partner.database import Database

    serving.set_clock(settings)
    law = regulation.load(settings.regulation_root)
    gc.freeze()
    sys.setswitchinterval(OFTEN_S)  # what is prepared in one thread shall not keep waiting what is sent in another
    with serving.databases(settings) as addresses:
        yield Database(addresses.app, addresses.public), law


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        yield progress
