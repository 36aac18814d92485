"""Merging what is sent into what is there, as JSON Merge Patch (RFC 7396) has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(known: Any, patch: Any) -> Any:
    """What is known with the patch in it: objects are merged, null takes a key away, anything else (a list too) takes its place."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(known) if isinstance(known, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def patch_to(known: Any, wanted: Any) -> Any:
    """The patch that makes `wanted` of what is known: what is wanted, with null for every key that is wanted no more."""
    if not isinstance(known, Mapping) or not isinstance(wanted, Mapping):
        return wanted
    gone = dict.fromkeys(key for key in known if key not in wanted)
    return {**gone, **{key: patch_to(known.get(key), value) for key, value in wanted.items()}}
