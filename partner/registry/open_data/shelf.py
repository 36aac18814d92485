"""Where dumps lie. A dump is a directory that never changes once it is there; names lead to it, and are switched in one step.

    DIR/latest, DIR/2026-11-25     names: symbolic links
    DIR/refused                    the last dump that the guard refused, if any
    DIR/.dumps/…                   the dumps; one that no name leads to any more goes when the next one is made
    DIR/schemas/                   what the files look like

Who has followed a name reads on undisturbed, whatever is published meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from partner.errors import Conflict, Text
from partner.registry.open_data.manifest import MANIFEST, SCHEMAS

LATEST, REFUSED = "latest", "refused"
DUMPS, MAKING, LOCK = ".dumps", ".making", ".lock"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keep others from publishing here meanwhile. Raises Conflict when somebody does already."""
    (root / DUMPS).mkdir(parents=True, exist_ok=True)
    with (root / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("dump_under_way", Text("別の出力が進行中です。", "Another dump is being made here.")) from error
        yield


@contextmanager
def making(root: Path) -> Iterator[Path]:
    """A directory for a dump in the making; gone after the block, unless `shelve` has taken it."""
    place = root / DUMPS / MAKING
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def shelve(root: Path, made: Path, title: str) -> Path:
    """Put a complete dump among the others, under a title that no other has."""
    sync(made)
    place = root / DUMPS / title
    made.rename(place)
    sync(place.parent)
    return place


def point(root: Path, name: str, place: Path) -> None:
    """Make a name lead to a dump, in one step."""
    link = root / DUMPS / f".{name}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(DUMPS) / place.name)
    link.replace(root / name)
    sync(root)


def sweep(root: Path, *, today: date, keep_days: int) -> None:
    """Take away what is older than `keep_days` days, and dumps that no name leads to."""
    for day in days(root):
        if date.fromisoformat(day) < today - timedelta(days=keep_days):
            (root / day).unlink()
    kept = {path.resolve().name for path in root.iterdir() if path.is_symlink()}
    for dump in (root / DUMPS).iterdir():
        if dump.is_dir() and not dump.is_symlink() and dump.name not in kept:
            shutil.rmtree(dump)


def days(root: Path) -> list[str]:
    """The days of which there are dumps, the last one first."""
    if not root.is_dir():
        return []
    return sorted((path.name for path in root.iterdir() if path.is_symlink() and DAY.fullmatch(path.name)), reverse=True)


def place_of(root: Path, name: str) -> Path | None:
    """The directory that a name (`latest`, `schemas` or a day) leads to; None when there is none."""
    if name not in {LATEST, REFUSED, SCHEMAS} and not DAY.fullmatch(name):
        return None
    place = (root / name).resolve()
    return place if place.is_dir() else None


def manifest(place: Path) -> dict[str, Any]:
    """What a dump says of itself."""
    found: dict[str, Any] = orjson.loads((place / MANIFEST).read_bytes())
    return found


def last(root: Path, name: str = LATEST) -> dict[str, Any] | None:
    """The manifest of the dump that a name leads to; None when there is none."""
    place = place_of(root, name)
    return None if place is None else manifest(place)


def note(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write small files, each in one step; one that is the same already is left alone."""
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        path = directory / name
        if not path.is_file() or path.read_bytes() != content:
            fresh = directory / f".{name}"
            fresh.write_bytes(content)
            fresh.replace(path)
    sync(directory)


def sync(directory: Path) -> None:
    """Have the names in a directory on the disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
