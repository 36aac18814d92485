"""The law that a process goes by, and how another one takes its place while the process runs.

There is one reference to the law; who wants it asks for it anew with each request or job, and keeps to what it was given. Whoever
amends the files needs to tell nobody: they are looked at every few seconds, by their names, sizes and times. What has changed is read and
checked as a whole, worked cases and the record of the past included, before it takes the place of the law in force; files that are not in
order are refused, and the law stays.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from partner import clock
from partner.regulation import reporting
from partner.regulation.law import Law

_log = logging.getLogger(__name__)
Look = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Refusal:
    """Files that were not taken: when, and what is wrong with them (`file:line: what`)."""

    at: datetime
    defects: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """The law in force in this process, since when, and the files that were refused after it."""

    law: Law
    loaded_at: datetime
    refused: Refusal | None = None


class InForce:
    """The law of a process. `look` is for a thread: it reads files; everything else is for anybody."""

    def __init__(self, law: Law, root: Path | None = None) -> None:
        """Go by a law that was read from `root`; without a root nothing else will ever be taken."""
        self._held = Held(law, clock.now())
        self._root = root
        self._seen = _look(root)
        self._unsettled: Look | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def law(self) -> Law:
        """The law in force now."""
        return self._held.law

    @property
    def held(self) -> Held:
        """The law in force, with all that is told of it."""
        return self._held

    def look(self, *, at_once: bool = False) -> bool:
        """Look at the files, and take them when they have changed and are in order; tells whether another law is in force now.

        Files are taken when they look the same at two looks in a row, so that nobody reads an amendment that is half copied; `at_once`
        does not wait, and says of refused files that they are refused though they were refused before.
        """
        with self._one_at_a_time:
            found = _look(self._root)
            if not at_once and (found == self._seen or found != self._unsettled):
                self._unsettled = found
                return False
            return self._take(found)

    def _take(self, found: Look) -> bool:
        root = self._root
        if root is None:
            return False
        law, defects = reporting.examined(root)
        if _look(root) != found:
            self._unsettled = None  # somebody is writing: the next looks will tell
            return False
        self._seen = found
        before = self._held
        if law is None or defects:
            self._held = Held(before.law, before.loaded_at, Refusal(clock.now(), tuple(defects)))
            _log.error("the law in %s is refused, and the one read before stays:\n%s", root, "\n".join(defects))
            return False
        changed = law.digest != before.law.digest
        self._held = Held(law, clock.now()) if changed else Held(before.law, before.loaded_at)
        if changed:
            _log.warning("another law is in force: %s instead of %s", law.digest, before.law.digest)
        return changed


def holding(law: Law | InForce) -> InForce:
    """The holder of a law: for who is given a law that nobody will amend, one that never takes another."""
    return law if isinstance(law, InForce) else InForce(law)


def _look(root: Path | None) -> Look:
    """Names, sizes, times and places of all files below a directory: what an amendment changes."""
    if root is None:
        return ()
    found = []
    for path in root.rglob("*"):
        try:
            stat = path.stat()
        except FileNotFoundError:  # taken away since it was listed
            continue
        if path.is_file():
            found.append((path.as_posix(), stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return tuple(sorted(found))
