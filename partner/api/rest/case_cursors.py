"""Cursors of lists of cases: the last id of a page, bound to the filters of the list."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import asdict
from uuid import UUID

import orjson

from partner.errors import FieldError, Malformed, Text
from partner.licensing.queries import Filter

DIGEST_BYTES = 8
INVALID = Text(
    "カーソルが正しくありません。最初のページから読み直してください。", "This cursor is not of this list. Start again from the first page."
)


def encode(last: UUID | None, wanted: Filter) -> str | None:
    """The cursor after a case; None when no page follows."""
    return None if last is None else _written(_digest(wanted) + last.bytes)


def _written(raw: bytes) -> str:
    """The one way in which a cursor is written; base64 knows others that mean the same bytes."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str | None, wanted: Filter) -> UUID | None:
    """The case after which the page begins; raises Malformed `invalid_cursor`."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if _written(raw) != cursor or len(raw) != DIGEST_BYTES + 16 or raw[:DIGEST_BYTES] != _digest(wanted):
        raise Malformed("invalid_cursor", INVALID, errors=[FieldError("cursor", "invalid_cursor", INVALID)])
    return UUID(bytes=raw[DIGEST_BYTES:])


def _digest(wanted: Filter) -> bytes:
    return hashlib.sha256(orjson.dumps(asdict(wanted), default=str, option=orjson.OPT_SORT_KEYS)).digest()[:DIGEST_BYTES]
