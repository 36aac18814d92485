"""Cursors: where a page of a search ended, opaque and signed.

A cursor binds the filters, the sort and the times of its search, so that it cannot be used with another one; the page's size
and the wish for a count are free. It holds the two times that the first page was read at: the pages of one walk are one
view of the register, whatever is recorded meanwhile and even across midnight. Nothing of it is kept on the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

import orjson

from partner.errors import FieldError, Malformed, Text
from partner.registry.criteria import Criteria

VERSION = 1
SIGNATURE_BYTES = 16
PURPOSE = b"partner register cursor v1"
DERIVED = frozenset({"nearby"})  # follows from another field
BOUND = tuple((one.name, one.default) for one in fields(Criteria) if one.name not in DERIVED)
INVALID = Text(
    "カーソルが正しくありません。最初のページから読み直してください。", "This cursor is not ours. Start again from the first page."
)
OTHER_SEARCH = Text("このカーソルは別の検索条件のものです。", "This cursor belongs to a search with other filters, sort or times.")


@dataclass(frozen=True)
class Position:
    """The last item of a page (`value` is what it was sorted by, null if it has none) and the times of the walk."""

    value: str | None
    station_id: UUID
    as_of: date
    known_at: datetime


def _digest(criteria: Criteria) -> str:
    """What a search asks, in few characters. Only what is asked counts, so that a new field leaves old cursors as they are."""
    asked = {
        name: sorted(map(str, value)) if isinstance(value, tuple) else value
        for name, default in BOUND
        if (value := getattr(criteria, name)) != default
    }
    return hashlib.sha256(orjson.dumps(asked, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _signature(content: bytes, key: bytes) -> bytes:
    return hmac.digest(_own(key), content, "sha256")[:SIGNATURE_BYTES]


@lru_cache(maxsize=4)
def _own(key: bytes) -> bytes:
    """The key of cursors: made of the one of the service, of which there is one for each process."""
    return hmac.digest(key, PURPOSE, "sha256")


def encode(position: Position, criteria: Criteria, key: bytes) -> str:
    """The cursor for the page that follows `position` in this search."""
    content = orjson.dumps(
        [VERSION, _digest(criteria), position.value, str(position.station_id), position.as_of.isoformat(), position.known_at.isoformat()]
    )
    return _written(_signature(content, key) + content)


def _written(raw: bytes) -> str:
    """The one way in which a cursor is written; base64 knows others that mean the same bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(cursor: str, criteria: Criteria, key: bytes) -> Position:
    """Where the page before ended. Raises Malformed `invalid_cursor` when it is not ours or of another search."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid("invalid_cursor", INVALID) from error
    signature, content = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if _written(raw) != cursor or not hmac.compare_digest(signature, _signature(content, key)):
        raise _invalid("invalid_cursor", INVALID)
    _, digest, value, station_id, as_of, known_at = orjson.loads(content)
    if digest != _digest(criteria):
        raise _invalid("cursor_mismatch", OTHER_SEARCH)
    return Position(value, UUID(station_id), date.fromisoformat(as_of), datetime.fromisoformat(known_at))


def _invalid(code: str, words: Text) -> Malformed:
    return Malformed("invalid_cursor", words, errors=[FieldError("cursor", code, words)])
