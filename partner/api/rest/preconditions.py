"""`If-Match` (RFC 9110 §13.1.1): the ETag of a case is its version. The header is optional."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from partner.errors import Stale, Text

_TAG = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*')
IfMatchHeader = Annotated[str | None, Header(alias="If-Match", description="ETag of the case as you know it; 412 when it has changed")]


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def expected_version(if_match: IfMatchHeader = None) -> int | None:
    """The version that the caller knows; None when any will do. Raises Stale for a tag that no version of ours can have."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _TAG.fullmatch(if_match)
    if match is None:
        raise Stale("stale", Text("If-Match が現在の版と一致しません。", "If-Match names no version of this case."))
    return int(match[1])


ExpectedVersion = Annotated[int | None, Depends(expected_version)]
