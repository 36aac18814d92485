"""How fresh what is published is: the register itself, the last dump, and when the next one is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from partner import clock
from partner.registry.open_data.manifest import MANIFEST


def told(
    sequence: int, updated_at: datetime | None, dump: Mapping[str, Any] | None, refused: Mapping[str, Any] | None, url: str
) -> dict[str, Any]:
    """The register's sequence and last change, the last dump with how far it is behind, and a later one that was refused.

    `dump` and `refused` are manifests, `url` the public address of the service. A dump is made after every midnight in Japan.
    """
    return {
        "now": clock.now(),
        "sequence": sequence,
        "updated_at": updated_at,
        "dump": None if dump is None else _dump(sequence, dump, url),
        "refused": None if refused is None else {key: refused[key] for key in ("generated_at", "as_of", "sequence", "churn")},
        "next_dump_due": clock.now() if dump is None else due_after(date.fromisoformat(dump["as_of"])),
    }


def due_after(day: date) -> datetime:
    """When the dump after that of a day is due: at the next midnight in Japan."""
    return clock.start_of_day(day + timedelta(days=1))


def _dump(sequence: int, dump: Mapping[str, Any], url: str) -> dict[str, Any]:
    return {
        **{key: dump[key] for key in ("generated_at", "as_of", "sequence")},
        "stations": dump["counts"]["stations"],
        "url": f"{url}/open-data/{dump['as_of']}/{MANIFEST}",
        "changes_behind": max(sequence - int(dump["sequence"]), 0),
    }
