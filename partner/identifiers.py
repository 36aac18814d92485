"""Identifiers that sort by the time of their making (UUID version 7, RFC 9562 §5.7), so that indexes stay compact."""

from __future__ import annotations

import secrets
from uuid import UUID

from partner import clock


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then random bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)
