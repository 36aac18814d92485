"""What the command shows: a bar for each file while a dump is made, and what there is when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from partner.registry.open_data.dumps import Dump
from partner.registry.open_data.formats import Watch


@contextmanager
def bars() -> Iterator[Watch]:
    """A bar on standard error for each file."""
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def watch(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done)

        yield watch


def as_text(dump: Dump) -> str:
    """A dump in words."""
    told = dump.manifest
    lines = [f"{told['counts']['stations']:,} stations as of {told['as_of']}, sequence {told['sequence']}: {dump.place}"]
    for file in told["files"]:
        rows = "" if file["rows"] is None else f"{file['rows']:,} rows"
        lines.append(f"  {file['name']:<18}{file['bytes']:>15,} bytes  {rows}")
    lines.extend(f"  {one['name']:<18}left out: {one['reason']}" for one in told["left_out"])
    if told["churn"] is not None:
        differing = told["churn"]
        lines.append(
            f"since the last dump: {differing['added']:,} added, {differing['removed']:,} removed, {differing['changed']:,} changed,"
            f" {differing['expired']:,} expired, {differing['unexplained']:,} unexplained"
        )
    return "\n".join(lines)
