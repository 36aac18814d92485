"""A company with thousands of radios: its licenses on record, and its table of renewals as it comes back with some rows spoiled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from partner import regulation
from partner.database import SYSTEM, Database
from partner.registry import importing
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.importing import LicenseRecord
from partner.settings import Settings

TAXI = LicenseeFacts(
    "corporation", "関東みらいタクシー株式会社", "カントウミライタクシー", "9999999999999", municipality="13102", address="築地２－２－２"
)
SPOILS = ("blank", "stranger", "twice", "code", "date")


def licenses(count: int) -> Iterator[LicenseRecord]:
    """So many licenses that end on 2023-12-31."""
    for number in range(1, count + 1):
        facts = LicenseFacts(
            station_class="ML",
            bureau="A",
            purposes=("x-general",),
            municipality="13102",
            site_address=TAXI.address,
            moves=True,
            identification=f"みらい{number}",
            assignments=(AssignmentFacts(emission="5K80F1E", frequency_hz=458_500_000, power_w=Decimal(5)),),
            details={"transmitters": [{"number": 1, "conforming": True, "rated_power_w": [5]}]},
        )
        yield LicenseRecord(TAXI, facts, date(2019, 1, 1), date(2023, 12, 31), license_number=f"関Ｍ第{1_000_000 + number}号")


async def settle(database: Database, count: int) -> None:
    """Put the licenses on record."""
    async with database.transaction(SYSTEM) as session:
        await importing.import_licenses(session, licenses(count), law=regulation.load(Settings().regulation_root), cause="test")


@dataclass(frozen=True)
class Table:
    """A table to send, and how many of its rows are in order."""

    content: bytes
    rows: int
    good: int


def returned(template: bytes, *, every: int = 100) -> Table:
    """The template as it comes back: declared, with one row in so many spoiled, in one of several ways."""
    lines = [line for line in csv.DictReader(io.StringIO(template.decode("utf-8-sig"))) if line["procedure"] != "#"]
    filled = [{**line, "disqualification": "none"} for line in lines]
    spoiled = range(every - 1, len(filled), every)
    for turn, index in enumerate(spoiled):
        filled[index] |= _spoiled(SPOILS[turn % len(SPOILS)], filled[index - 1]["license_number"], index)
    file = io.StringIO()
    writer = csv.DictWriter(file, list(filled[0]))
    writer.writeheader()
    writer.writerows(filled)
    return Table(file.getvalue().encode("utf-8-sig"), len(filled), len(filled) - len(spoiled))


def _spoiled(way: str, above: str, index: int) -> dict[str, str]:
    return {
        "blank": {"disqualification": ""},
        "stranger": {"license_number": f"関Ｍ第{9_000_000 + index}号"},
        "twice": {"license_number": above},
        "code": {"disqualification": "perhaps"},
        "date": {"licensed_on": "someday"},
    }[way]
