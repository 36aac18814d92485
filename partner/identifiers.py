"""Identifiers that sort by the time of their making (UUID version 7, RFC 9562 §5.7), so that indexes stay compact."""

from __future__ import annotations

import secrets
from uuid import UUID

from partner import clock

VERSION, VARIANT = 0x7 << 76, 0b10 << 62
CHANCE = (1 << 76) - 1  # the bits below the version, of which the variant takes two


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then random bits."""
    chance = int.from_bytes(secrets.token_bytes(10)) & CHANCE & ~(0b11 << 62)
    return UUID(int=(clock.milliseconds() & 0xFFFF_FFFF_FFFF) << 80 | VERSION | VARIANT | chance)
