"""The only reader of time.

Everything that asks what time it is asks here: legal dates, token lifetimes, session lifetimes, file stamps. The clock
starts at a chosen moment (`PARTNER_CLOCK`) and runs on from there; in demo and test mode an administrator moves it forward.
Instants are aware datetimes in UTC; legal dates are dates in Japan.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")


class Clock:
    """A clock that starts at `start` and runs at the pace of real time."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta(0)
        if start is not None:
            self.move_to(start)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC) + self._offset

    def milliseconds(self) -> int:
        """The present instant in whole milliseconds since 1970-01-01T00:00:00Z."""
        return int((time.time() + self._offset.total_seconds()) * 1000)

    def today(self) -> date:
        """The present date in Japan."""
        return self.now().astimezone(JAPAN).date()

    @property
    def offset(self) -> timedelta:
        """How far it stands from real time."""
        return self._offset

    def move_by(self, offset: timedelta) -> None:
        """Let it stand so far from real time."""
        self._offset = offset

    def move_to(self, moment: datetime) -> None:
        """Make the present instant be `moment` (aware); time runs on from there."""
        if moment.tzinfo is None:
            raise ValueError("the clock takes an instant with a time zone")
        self._offset = moment.astimezone(UTC) - datetime.fromtimestamp(time.time(), UTC)


_clock = Clock()


def now() -> datetime:
    """The present instant, in UTC."""
    return _clock.now()


def today() -> date:
    """The present date in Japan."""
    return _clock.today()


def timestamp() -> int:
    """The present instant in whole seconds since 1970-01-01T00:00:00Z."""
    return int(_clock.now().timestamp())


def milliseconds() -> int:
    """The present instant in whole milliseconds since 1970-01-01T00:00:00Z."""
    return _clock.milliseconds()


def move_to(moment: datetime) -> None:
    """Move the clock of this process to an aware `moment`."""
    _clock.move_to(moment)


def offset() -> timedelta:
    """How far the clock of this process stands from real time."""
    return _clock.offset


def move_by(offset: timedelta) -> None:
    """Let the clock of this process stand so far from real time."""
    _clock.move_by(offset)


def legal_date(moment: datetime) -> date:
    """The date in Japan on which an instant falls."""
    return moment.astimezone(JAPAN).date()


def start_of_day(day: date) -> datetime:
    """The instant at which a date begins in Japan, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN).astimezone(UTC)
