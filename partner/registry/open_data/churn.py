"""How much a dump differs from the one before, counted from the change feed, and the guard that refuses a suspicious one.

That a term ends is foreseen, and whole classes of station have theirs on the same day: it is counted, but raises no suspicion. Rows that
came or went with no word on the feed do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Connection

from partner.errors import Conflict, Text
from partner.registry.open_data import queries

FEWEST_STATIONS = 1_000
"""A dump smaller than this says nothing about what is usual."""


@dataclass(frozen=True)
class Churn:
    """Stations that differ from the dump before.

    `expired` ones differ by the end of their term only. `unexplained` is how many rows more or less there are than the feed says.
    `percent` is all but the expired, of the stations in the dump before; None when that had none.
    """

    added: int
    removed: int
    changed: int
    expired: int
    unexplained: int
    percent: float | None

    def as_dict(self) -> dict[str, Any]:
        """As the manifest has it."""
        return asdict(self)


class SuspiciousChurn(Conflict):
    """A dump differs so much from the one before that somebody has to look at it; `where` it lies."""

    def __init__(self, churn: Churn, most: float, where: str) -> None:
        counted = f"+{churn.added} −{churn.removed} ±{churn.changed} ?{churn.unexplained}"
        message = Text(
            f"前回から{churn.percent}%の無線局が変わっており、上限の{most}%を超えるため公開しません({counted})。",
            f"{churn.percent} % of the stations differ from the last dump, more than the {most} % allowed: not published ({counted}).",
        )
        remedy = Text(
            f"{where} を確かめ、正しければ partner export open-data --accept-churn で公開してください。",
            f"Look at {where}; if it is right, publish with: partner export open-data --accept-churn",
        )
        super().__init__("suspicious_churn", message, remedy=remedy)


def since(connection: Connection[Any], previous: Mapping[str, Any], *, sequence: int, stations: int) -> Churn:
    """What differs from a dump, given by its manifest. A sequence that went back means another register: all of it differs."""
    before = int(previous["counts"]["stations"])
    if sequence < previous["sequence"]:
        return _churn(before, added=stations, removed=before, changed=0, expired=0, unexplained=0)
    row = connection.execute(queries.CHURN, {"after": previous["sequence"], "to": sequence}).fetchone()
    added, removed, changed, expired = row or (0, 0, 0, 0)
    unexplained = stations - (before + added - removed)
    return _churn(before, added=added, removed=removed, changed=changed, expired=expired, unexplained=unexplained)


def is_suspicious(churn: Churn, previous: Mapping[str, Any], *, most: float) -> bool:
    """Whether more than `most` percent differ, of a dump that was large enough to tell."""
    return int(previous["counts"]["stations"]) >= FEWEST_STATIONS and churn.percent is not None and churn.percent > most


def _churn(before: int, *, added: int, removed: int, changed: int, expired: int, unexplained: int) -> Churn:
    differing = added + removed + changed + abs(unexplained)
    percent = round(100 * differing / before, 2) if before else None
    return Churn(added, removed, changed, expired, unexplained, percent)
