"""Persisted queries: a client sends the SHA-256 of a query instead of its text, which is sent once to each process.

The protocol is that of automatic persisted queries, version 1, as Apollo's clients speak it (`extensions.persistedQuery`). What is kept
lives in this process and is bounded, so any request may be answered that its hash is not known: the client sends hash and text then.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from partner.errors import FieldError, Malformed, Text

KEPT = 1_000
LONGEST_KEPT = 20_000
VERSION = 1
HASH = re.compile(r"[0-9a-f]{64}")
PLACE = "/extensions/persistedQuery"
NOT_FOUND: dict[str, Any] = {
    "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}],
    "extensions": {"cost": 0},
}
"""The answer to a hash that is not known; clients look at the message or at the code, so both are the protocol's."""
UNREADABLE = Text(
    'persistedQuery は {"version": 1, "sha256Hash": 小文字の16進64文字} です。',
    'persistedQuery is {"version": 1, "sha256Hash": 64 lower-case hexadecimal digits}.',
)
MISMATCH = Text("sha256Hash が query の SHA-256 と一致しません。", "sha256Hash is not the SHA-256 of the query.")

_kept: OrderedDict[str, str] = OrderedDict()


def query_of(query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
    """The text of the query that is asked for; None when only its hash was sent and the hash is not known here.

    A query that comes with its hash is kept. Raises Malformed for a `persistedQuery` that cannot be read or does not fit the query.
    """
    asked = (extensions or {}).get("persistedQuery")
    if asked is None:
        return query
    digest = _digest(asked)
    if query is None:
        if digest in _kept:
            _kept.move_to_end(digest)
        return _kept.get(digest)
    if hashlib.sha256(query.encode()).hexdigest() != digest:
        raise Malformed("hash_mismatch", MISMATCH, errors=[FieldError(f"{PLACE}/sha256Hash", "mismatch", MISMATCH)])
    _keep(digest, query)
    return query


def _digest(asked: object) -> str:
    found = asked if isinstance(asked, dict) else {}
    version, digest = found.get("version"), found.get("sha256Hash")
    wrong = []
    if version != VERSION or isinstance(version, bool):
        wrong.append("version")
    if not isinstance(digest, str) or not HASH.fullmatch(digest):
        wrong.append("sha256Hash")
    if wrong:
        raise Malformed("malformed_body", UNREADABLE, errors=[FieldError(f"{PLACE}/{name}", "invalid", UNREADABLE) for name in wrong])
    return str(digest)


def _keep(digest: str, query: str) -> None:
    if len(query) > LONGEST_KEPT:
        return
    _kept[digest] = query
    _kept.move_to_end(digest)
    if len(_kept) > KEPT:
        _kept.popitem(last=False)
