"""What one record of a file says of a station, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from partner.errors import FieldError, PartnerError
from partner.registry.facts import LicenseeFacts, LicenseFacts

Plain = dict[str, Any]
"""A record as JSON: the keys of docs/importing.md, as far as the record says something under them."""


@dataclass(frozen=True)
class Trouble:
    """An error, which refuses the record, or a warning, which does not. `line` is where the record begins."""

    line: int
    severity: Literal["error", "warning"]
    found: FieldError


@dataclass(frozen=True)
class StationRecord:
    """A station as a record tells of it.

    `stated` and `licensee_stated` name the facts that the record speaks of; others have their defaults here, and stay on record as they
    are when the station is known. `masked`: the record withholds who the licensee is. `key` says which station it is, `content` is the
    digest of all that it says.
    """

    line: int
    key: str
    content: str
    licensee: LicenseeFacts
    licensee_stated: frozenset[str]
    masked: bool
    facts: LicenseFacts
    stated: frozenset[str]
    licensed_on: date
    valid_from: date
    valid_to: date
    ended_on: date | None = None
    end_kind: str | None = None
    license_number: str | None = None
    call_sign: str | None = None


@dataclass(frozen=True)
class Raw:
    """A record before it is understood: `plain`, or else the one thing that is wrong with all of it."""

    line: int
    plain: Plain = field(default_factory=dict)
    error: FieldError | None = None


def troubles(line: int, error: PartnerError, within: str = "") -> list[Trouble]:
    """What the register refuses, as the troubles of a record; `within` is the part of the record that the fields belong to."""
    found = error.errors or (FieldError("", error.code, error.message),)
    return [Trouble(line, "error", FieldError(within + one.field.lstrip("/"), one.code, one.message)) for one in found]
