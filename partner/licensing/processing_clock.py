"""How long a case has been with us: the days since it arrived, without those on which we waited for a correction.

Pure. A correction that is asked for on one day and answered on another takes the days between the two dates out of the count.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from partner import clock
from partner.regulation.routes import FINAL, Status


def days_in_hand(received_on: date, changes: Iterable[tuple[datetime, str]], *, today: date) -> int:
    """Days in hand up to today, or to the day when the case was over; `changes` say when it came into which status, in order."""
    last, paused, asked_on = today, 0, None
    for at, status in changes:
        on = clock.legal_date(at)
        if asked_on is not None:
            paused += (on - asked_on).days
        asked_on = on if status == Status.CORRECTION_REQUESTED else None
        if status in FINAL:
            last = on
    if asked_on is not None:
        paused += (last - asked_on).days
    return max((last - received_on).days - paused, 0)
