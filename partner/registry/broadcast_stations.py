"""Real broadcast stations of Japan (AM and FM), from the Ministry's public search of 2026-05-10 (PDL 1.0).

Call sign, frequency, licensee and sites are real. The source does not give emission class, power, dates or number: the
first two are left out, the others are made up and the term is marked as synthetic.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts, SiteFacts
from partner.registry.importing import LicenseRecord
from partner.regulation import Law

FILE = Path(__file__).parent / "data" / "broadcast_stations.csv"
PURPOSE = "x-basic-broadcasting"
TERM_YEARS = 5
FIRST_TERM = date(2018, 11, 1)  # made up, like every date here


def broadcast_stations(law: Law, *, today: date) -> list[LicenseRecord]:
    """The stations of the file, each licensed for a synthetic term that holds on `today`."""
    licensed_on, valid_to = synthetic_term(today)
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            LicenseRecord(
                licensee=LicenseeFacts("corporation", row["licensee"]),
                facts=_facts(row, law, today),
                licensed_on=licensed_on,
                valid_to=valid_to,
                call_sign=row["call_sign"],
            )
            for row in csv.DictReader(file)
        ]


def synthetic_term(today: date) -> tuple[date, date]:
    """First and last day of the made-up term of five years that holds on a day."""
    terms = (today.year - FIRST_TERM.year - (today < FIRST_TERM.replace(year=today.year))) // TERM_YEARS
    begin = FIRST_TERM.replace(year=FIRST_TERM.year + terms * TERM_YEARS)
    return begin, begin.replace(year=begin.year + TERM_YEARS) - timedelta(days=1)


def _facts(row: dict[str, str], law: Law, today: date) -> LicenseFacts:
    return LicenseFacts(
        station_class="BC",
        bureau=law.bureau_of(row["municipality"], today),
        purposes=(PURPOSE,),
        communication_matters=(PURPOSE,),
        municipality=row["municipality"],
        assignments=(AssignmentFacts(frequency_hz=int(row["frequency_hz"])),),
        details={"band": row["band"]},
        sites=tuple(_site(text) for text in row["sites"].split("|") if text),
        synthetic=("license",),
    )


def _site(text: str) -> SiteFacts:
    """`role:code`, or `role:code=words` where the code stands in no list of ours."""
    role, _, where = text.partition(":")
    code, _, words = where.partition("=")
    return SiteFacts(role, code, words or None)
