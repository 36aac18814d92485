"""The ranges of bytes that a request asks for (RFC 9110, 14.1.2 and 14.2)."""

from __future__ import annotations

import re

RANGES = re.compile(r"bytes=\s*(?:\d{1,18}-\d{0,18}|-\d{1,18})(?:\s*,\s*(?:\d{1,18}-\d{0,18}|-\d{1,18}))*\s*", re.ASCII | re.IGNORECASE)
BOTH_ENDS = re.compile(r"(\d+)-(\d+)", re.ASCII)


def within(header: str, size: int) -> str | None:
    """A `Range` header without the ranges that lie beyond `size` bytes, empty when all do; None for one that says nothing."""
    if RANGES.fullmatch(header) is None or any(int(first) > int(last) for first, last in BOTH_ENDS.findall(header)):
        return None
    unit, _, asked = header.partition("=")
    kept = [one.strip() for one in asked.split(",") if _begins_within(one.strip(), size)]
    return f"{unit}={','.join(kept)}" if kept else ""


def _begins_within(asked: str, size: int) -> bool:
    first, _, last = asked.partition("-")
    return int(first) < size if first else min(int(last), size) > 0
