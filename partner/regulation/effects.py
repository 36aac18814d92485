"""Effects: the closed set of what a procedure may bring about, and which fields of its form each of them reads.

`partner.licensing.effects` carries them out. A *role* is what an effect needs to be told (from which day, how many); the place
in the form that plays it is `place`, unless the procedure names another under `fields`. Effects are about a license on record
(`license_field`; a pointer with `*` names several), about another case (`case_field`), or about neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from partner.regulation.facts import ListOf, Record, Scalar, Shape


class Effect(StrEnum):
    """What a procedure brings about when it is granted, or recorded."""

    RECORD = "record"
    RENEW = "renew"
    MODIFY = "modify"
    END = "end"
    TRANSFER = "transfer"
    DESCRIBE = "describe"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    SET_COUNT = "set_count"
    REPORT_COUNT = "report_count"
    OPEN_STATION = "open_station"
    CLOSE_STATION = "close_station"
    EXTEND_COMPLETION = "extend_completion"
    AMEND_PROVISIONAL = "amend_provisional"
    ISSUE_CERTIFICATE = "issue_certificate"
    ASSIGN_IDENTIFICATION = "assign_identification"
    PREPAY_SPECTRUM_FEE = "prepay_spectrum_fee"
    REFUND_SPECTRUM_FEE = "refund_spectrum_fee"
    NONE = "none"


@dataclass(frozen=True)
class Role:
    """What an effect is told: where in the form, of which shape; `needed` where it cannot do without the field."""

    place: str
    shape: Shape = Scalar.TEXT
    needed: bool = True


OPENED = ListOf(Record(dict.fromkeys(("opened_on", "municipality", "address", "conformity_number", "serial_number"), Scalar.TEXT)))
CLOSED = ListOf(Record({"serial_number": Scalar.TEXT, "closed_on": Scalar.TEXT}))


@dataclass(frozen=True)
class Definition:
    """What an effect is about, and its roles."""

    about: Literal["license", "case", "either", "nothing"]
    roles: Mapping[str, Role] = field(default_factory=dict)


DEFINITIONS: Mapping[Effect, Definition] = MappingProxyType(
    {
        Effect.RECORD: Definition("nothing"),
        Effect.RENEW: Definition("license"),
        Effect.MODIFY: Definition("license"),
        Effect.END: Definition("license", {"ends_on": Role("/discontinuation/ends_on", needed=False)}),
        Effect.TRANSFER: Definition("license", {"on": Role("/succession/occurred_on", needed=False)}),
        Effect.DESCRIBE: Definition("license"),
        Effect.SUSPEND: Definition(
            "license",
            {
                "first": Role("/suspension/first"),
                "last": Role("/suspension/last", needed=False),
                "reason": Role("/suspension/reason", needed=False),
            },
        ),
        Effect.RESUME: Definition("license", {"resumes_on": Role("/suspension/resumes_on")}),
        Effect.REVOKE: Definition("license", {"reason": Role("/disposition/reason", needed=False)}),
        Effect.SET_COUNT: Definition("license", {"count": Role("/count/station_count", Scalar.NUMBER)}),
        Effect.REPORT_COUNT: Definition("license", {"count": Role("/count/station_count", Scalar.NUMBER), "as_of": Role("/count/as_of")}),
        Effect.OPEN_STATION: Definition("license", {"stations": Role("/opened_stations", OPENED)}),
        Effect.CLOSE_STATION: Definition("license", {"stations": Role("/closed_stations", CLOSED)}),
        Effect.EXTEND_COMPLETION: Definition("case", {"due_on": Role("/extension/due_on")}),
        Effect.AMEND_PROVISIONAL: Definition("case"),
        Effect.ISSUE_CERTIFICATE: Definition("license"),
        Effect.ASSIGN_IDENTIFICATION: Definition("either", {"wanted": Role("/identification/wanted", needed=False)}),
        Effect.PREPAY_SPECTRUM_FEE: Definition("license", {"years": Role("/spectrum_fee/years", Scalar.NUMBER)}),
        Effect.REFUND_SPECTRUM_FEE: Definition("license", {"first": Role("/spectrum_fee/from_anniversary")}),
        Effect.NONE: Definition("either"),
    }
)


def fits(found: Shape | None, wanted: Shape) -> bool:
    """Whether a place of the form can play a role: it has all that the effect reads, and of its type."""
    if isinstance(wanted, ListOf):
        return isinstance(found, ListOf) and fits(found.item, wanted.item)
    if isinstance(wanted, Record):
        return isinstance(found, Record) and any(name in found.fields for name in wanted.fields)
    return found is wanted
