"""The status of a license is computed, never stored."""

from __future__ import annotations

from datetime import date
from typing import Literal

Status = Literal["in_force", "not_yet", "expired", "ended", "suspended"]


def status(*, on: date, valid_from: date, valid_to: date, ended_on: date | None, suspended: bool) -> Status:
    """The status on a day of the version of a license that stands for it.

    A license that ends before its term has its status `ended` from the day of ending on (電波法22条, 23条: with the
    discontinuation the license loses effect), and its `valid_to` is the day before. It expires at midnight after `valid_to`.
    `suspended` says that an order of suspension covers the day (電波法76条).
    """
    if on < valid_from:
        return "not_yet"
    if ended_on is not None and on >= ended_on:
        return "ended"
    if on > valid_to:
        return "expired"
    return "suspended" if suspended else "in_force"
