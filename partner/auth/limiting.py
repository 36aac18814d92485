"""Rate limits of public reads: a bucket of tokens for each caller, kept in the database, so that all processes count together.

A process takes tokens in lots and spends them without asking again, which costs next to nothing per request; a caller may so exceed a
limit by a lot for each process. Anonymous callers are told apart by address (IPv6: by network), others by whom their token speaks for.
"""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.exc import SQLAlchemyError

from partner import clock
from partner.auth import queries
from partner.database import SYSTEM, Database
from partner.errors import Text, TooManyRequests, Unavailable
from partner.settings import Settings

_log = logging.getLogger(__name__)
UNCOUNTED = 10
MOST_CALLERS = 50_000
LOT_SECONDS = 30.0
BURST_MINUTES = 0.25
IPV6_NETWORK = 64
TOO_MANY = Text("短時間のアクセスが多すぎます。", "There are too many requests in a short time.")
LATER = Text(
    "Retry-After の秒数だけ待ってください。トークンを付けると上限が上がり、全件は /open-data/ にあります。",
    "Wait as many seconds as Retry-After says. With a token the limit is higher; the whole register is at /open-data/.",
)


@dataclass(frozen=True)
class Caller:
    """Who is counted, and how many requests a minute are granted."""

    name: str
    per_minute: int

    @property
    def burst(self) -> float:
        """How many may come at once."""
        return max(self.per_minute * BURST_MINUTES, 1.0)

    @property
    def lot(self) -> int:
        """How many tokens are taken at a time."""
        return min(max(int(self.burst / 20), 1), 500)


@dataclass
class _Lot:
    left: int
    until: float


class Limiter:
    """Admits callers, or says when to come again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lots: OrderedDict[str, _Lot] = OrderedDict()

    async def admit(self, caller: Caller) -> None:
        """Count one request. Raises TooManyRequests when the caller has none left."""
        now = clock.timestamp()
        lot = self._lots.get(caller.name)
        if lot is None or lot.left < 1 or lot.until < now:
            lot = await self._taken(caller, now)
        lot.left -= 1

    async def _taken(self, caller: Caller, now: float) -> _Lot:
        per_second = caller.per_minute / 60
        try:
            granted, left = await self._take(caller, per_second)
        except (SQLAlchemyError, Unavailable) as error:
            _log.warning("rate limits are not counted at the moment: %s", type(error).__name__)
            granted, left = UNCOUNTED, 0.0  # who reads from a replica goes on while the limits cannot be kept
        if granted < 1:
            wait = max(1, math.ceil((1 - left) / per_second))
            raise TooManyRequests("rate_limited", TOO_MANY, retry_after=wait, remedy=LATER)
        lot = self._lots[caller.name] = _Lot(granted, now + LOT_SECONDS)
        self._lots.move_to_end(caller.name)
        if len(self._lots) > MOST_CALLERS:
            self._lots.popitem(last=False)
        return lot

    async def _take(self, caller: Caller, per_second: float) -> tuple[int, float]:
        async with self._database.transaction(SYSTEM) as session:
            return await queries.take_tokens(
                session, caller.name, wanted=caller.lot, burst=caller.burst, per_second=per_second, now=clock.now()
            )


def anonymous(address: str, settings: Settings) -> Caller:
    """Whoever asks from an address without saying who it is."""
    return _at(address, settings.rate_anonymous, settings.rate_loopback)


@lru_cache(maxsize=MOST_CALLERS)
def _at(address: str, usual: int, loopback: int) -> Caller:
    try:
        found = ip_address(address)
    except ValueError:
        return Caller(f"at {address}", usual)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return Caller("at this machine", loopback)
    place = str(ip_network((found, IPV6_NETWORK), strict=False)) if isinstance(found, IPv6Address) else str(found)
    return Caller(f"at {place}", usual)


def known(subject: str, settings: Settings) -> Caller:
    """Whoever brings a token that is good."""
    return Caller(f"as {subject}", settings.rate_client)
