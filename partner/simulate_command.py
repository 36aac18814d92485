"""`partner regulation simulate`: what a draft of the law would change, before it is law. Imports what it needs when it runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from partner.licensing.simulating import Question
    from partner.licensing.simulation_report import JsonFile
    from partner.regulation import Law
    from partner.settings import Settings

FORMATS = ["%Y-%m-%d"]
YEAR = timedelta(days=365)
Draft = Annotated[Path, typer.Argument(metavar="DRAFT_DIR", help="A copy of regulation/ with the amendment in it.")]
On = Annotated[datetime, typer.Option("--on", formats=FORMATS, help="The day whose law is tried.")]
First = Annotated[
    datetime | None,
    typer.Option("--cases-from", formats=FORMATS, help="First day of arrival; by default a year before the last.", show_default=False),
]
Last = Annotated[
    datetime | None, typer.Option("--cases-to", formats=FORMATS, help="Last day of arrival; by default today.", show_default=False)
]
Json = Annotated[
    Path | None, typer.Option("--json", dir_okay=False, help="Write every changed case and license there.", show_default=False)
]
Listed = Annotated[
    int, typer.Option("--limit-listed", min=0, help="So many numbers of cases and licenses stand in each line of the table.")
]
Fail = Annotated[bool, typer.Option("--fail-on-change", help="End with 1 when anything changes for any case or license.")]


def simulate(
    draft_dir: Draft,
    on: On,
    cases_from: First = None,
    cases_to: Last = None,
    json_file: Json = None,
    limit_listed: Listed = 10,
    fail_on_change: Fail = False,
) -> None:
    """Try a draft of the law on the cases and the licenses in force, and write nothing to the database.

    Every open case is examined under both laws as it stands, with the transitional clauses; every case that arrived in the period and is
    decided, as if it arrived on the day. Of every license in force that day: window and fee of its renewal were it filed that day, the
    next term, what the form requires, the route and who approves, what is published. The law in force is that of PARTNER_REGULATION_DIR.

    Examples: `partner regulation simulate draft/ --on 2027-04-01`;
    `partner regulation simulate draft/ --on 2027-04-01 --cases-from 2026-04-01 --cases-to 2026-09-30 --json changes.json`
    """
    from partner import clock, connecting, regulation
    from partner.licensing import replaying, simulating

    settings = connecting.settings()
    connecting.follow_clock(settings)
    draft = _draft(draft_dir)
    law = regulation.load(settings.regulation_root)
    last = cases_to.date() if cases_to else clock.today()
    period = replaying.Period(cases_from.date() if cases_from else last - YEAR, last)
    if period.first > last:
        raise typer.BadParameter("--cases-from comes after --cases-to")
    question = simulating.Question(law, draft, on.date(), period, limit_listed)
    changes = _tried(settings, question, json_file)
    raise typer.Exit(1 if fail_on_change and changes else 0)


def _tried(settings: Settings, question: Question, path: Path | None) -> bool:
    """Try the draft, print the table and write the JSON; tells whether anything changes for anybody."""
    import asyncio

    from partner import connecting
    from partner.database import Database
    from partner.licensing import simulating, simulation_report

    gc.freeze()
    gc.enable()  # a trial may take minutes
    written = simulation_report.json_file(path) if path is not None else nullcontext()
    with connecting.databases(settings) as addresses, written as file, _progress() as progress:
        database = Database(addresses.app, addresses.public)
        outcome = asyncio.run(simulating.simulate(database, question, _Shown(progress, file)))
        if file is not None:
            file.finish(outcome)
    typer.echo(simulation_report.table(outcome))
    return outcome.changes_something


def _draft(directory: Path) -> Law:
    """The draft, which must be in order as a law is: raises RegulationError with every defect."""
    from partner.regulation import RegulationError, reporting

    law, defects = reporting.examined(directory)
    if law is None or defects:
        raise RegulationError([*defects, f"the draft in {directory} is not in order: {len(defects)} defects; nothing was tried"])
    return law


class _Shown:
    """Shows how far the trial has come, and writes down what changes."""

    def __init__(self, progress: Progress, file: JsonFile | None) -> None:
        self._progress = progress
        self._file = file
        self._tasks: dict[str, TaskID] = {}

    def total(self, what: str, many: int) -> None:
        self._tasks[what] = self._progress.add_task({"cases": "案件 cases", "licenses": "免許 licenses"}[what], total=many)

    def tried(self, what: str, many: int) -> None:
        self._progress.advance(self._tasks[what], many)

    def changed(self, what: str, row: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.row(what, row)


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress
