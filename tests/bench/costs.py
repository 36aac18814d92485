"""Seconds of processor time that a server and the database have taken: what noise on the machine changes least."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def taken(session: int, postmaster: int | None) -> tuple[float, float]:
    """Of all processes in the session of a server, and of all that a PostgreSQL has started for its connections."""
    server = database = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        parent, of_session = int(fields[1]), int(fields[3])
        ticks = int(fields[11]) + int(fields[12])
        if parent == postmaster:
            database += ticks
        elif of_session == session:
            server += ticks
    return server / TICKS, database / TICKS
