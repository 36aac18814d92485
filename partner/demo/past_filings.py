"""Six years of finished filings, made up, on both channels: what the figures are counted from in the demonstration."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock, identifiers
from partner.demo import queries
from partner.licensing.applicants import Identity
from partner.licensing.models import Applicant, Application, ApplicationEvent, ReceptionCounter
from partner.registry.facts import LicenseeFacts
from partner.regulation import Law

YEARS = 6
DAYS = YEARS * 365
PROCEDURES = {
    "individual": (
        ("amateur-new-license", "new"),
        ("amateur-renewal", "renewal"),
        ("amateur-renewal", "renewal"),
        ("amateur-change", "change"),
    ),
    "corporation": (("land-mobile-new-license", "new"), ("land-mobile-renewal", "renewal"), ("land-mobile-renewal", "renewal")),
}
ELECTRONIC_AT_FIRST = {"individual": 0.42, "corporation": 0.66}
GAIN_A_YEAR = {"individual": 0.05, "corporation": 0.035}
CONSTANCY = 0.8
"""How often somebody files the way they filed before."""


@dataclass(frozen=True)
class Filer:
    """Somebody who filed in these years, at a bureau."""

    licensee: LicenseeFacts
    bureau: str


async def record(session: AsyncSession, law: Law, filers: Sequence[Filer], *, seed: int) -> int:
    """Write the filings of these people, each with its events; gives their number. Call in standing `system`."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    receptions: dict[tuple[str, int], int] = {}
    count = 0
    for start in range(0, len(filers), 500):
        rows: dict[Any, list[dict[str, Any]]] = {Applicant: [], Application: [], ApplicationEvent: []}
        for filer in filers[start : start + 500]:
            applicant = _applicant(filer)
            rows[Applicant].append(applicant)
            for case in _cases(filer, applicant, law, chance, receptions):
                rows[Application].append(case)
                rows[ApplicationEvent] += _events(case, applicant, law, chance)
        for table, values in rows.items():
            await queries.insert_rows(session, table, values)
        count += len(rows[Application])
    counters = [{"bureau": bureau, "year": year, "last": last} for (bureau, year), last in receptions.items()]
    await queries.insert_rows(session, ReceptionCounter, counters)
    return count


def _applicant(filer: Filer) -> dict[str, Any]:
    known = filer.licensee
    identity = Identity(known.kind, known.name, known.name_kana, municipality=known.municipality or "", address=known.address or "")
    return {
        "id": identifiers.new_id(),
        "kind": known.kind,
        "name": known.name,
        "name_kana": known.name_kana,
        "corporate_number": known.corporate_number,
        "birth_date": known.birth_date,
        "municipality": known.municipality or "",
        "prefecture": (known.municipality or "")[:2],
        "address": known.address or "",
        "postal_code": "",
        "match_key": identity.match_key,
        "created_at": clock.now() - timedelta(days=DAYS + 30),
    }


def _cases(
    filer: Filer, applicant: dict[str, Any], law: Law, chance: random.Random, receptions: dict[tuple[str, int], int]
) -> Iterator[dict[str, Any]]:
    kind = "corporation" if filer.licensee.kind == "corporation" else "individual"
    first_day = clock.today() - timedelta(days=DAYS)
    channel = ""
    for elapsed in sorted(chance.sample(range(DAYS - 60), chance.randint(1, 4))):
        received_on = first_day + timedelta(days=elapsed)
        channel = _channel(chance, kind, elapsed / 365, channel)
        code, act = chance.choice(PROCEDURES[kind])
        key = (filer.bureau, received_on.year)
        receptions[key] = receptions.get(key, 0) + 1
        moment = _moment(received_on, chance)
        letter = "S" if channel == "paper" else "E"
        yield {
            "id": identifiers.new_id(),
            "reception_number": f"{letter}{filer.bureau}{received_on.year}-{receptions[key]:06d}",
            "procedure": code,
            "route": {"new": "simplified", "renewal": "renewal", "change": "change"}[act],
            "status": "granted" if chance.random() > 0.02 else "withdrawn",
            "channel": channel,
            "received_on": received_on,
            "entered_at": moment,
            "applicant_id": applicant["id"],
            "bureau": filer.bureau,
            "form": {"applicant": {"kind": applicant["kind"], "name": applicant["name"]}},
            "findings": [],
            "unmapped": [],
            "fee": {"amount_yen": None, "status": "nothing", "confirmed": True, "lines": []},
            "law_digest": law.digest,
            "law_dates": {"window": received_on.isoformat()},
            "decided_at": moment + timedelta(days=chance.randint(8, 45)),
            "recheck": False,
            "version": 1,
        }


def _channel(chance: random.Random, kind: str, years: float, before: str) -> str:
    if before and chance.random() < CONSTANCY:
        return before
    share = ELECTRONIC_AT_FIRST[kind] + GAIN_A_YEAR[kind] * years
    return "electronic" if chance.random() < share else "paper"


def _moment(day: date, chance: random.Random) -> datetime:
    """An instant in the office hours of a day."""
    return clock.start_of_day(day) + timedelta(hours=9, minutes=chance.randrange(480))


def _events(case: dict[str, Any], applicant: dict[str, Any], law: Law, chance: random.Random) -> Iterator[dict[str, Any]]:
    decided = case["decided_at"]
    steps = [("submit", "draft", "fee_due", case["entered_at"]), ("pay", "fee_due", "examining", case["entered_at"] + timedelta(days=2))]
    if case["status"] == "granted":
        steps += [
            ("propose-grant", "examining", "in_approval", decided - timedelta(hours=chance.randint(2, 40))),
            ("approve", "in_approval", "granted", decided),
        ]
    else:
        steps.append(("withdraw", "examining", "withdrawn", decided))
    act = next(act for options in PROCEDURES.values() for code, act in options if code == case["procedure"])
    for sequence, (action, before, after, at) in enumerate(steps, 1):
        yield {
            "application_id": case["id"],
            "sequence": sequence,
            "at": at,
            "actor_name": "（合成データ）",
            "actor_roles": [],
            "action": action,
            "from_status": before,
            "to_status": after,
            "changes": [],
            "comment": "",
            "law_digest": law.digest,
            "procedure": case["procedure"],
            "act": act,
            "channel": case["channel"],
            "bureau": case["bureau"],
            "applicant_id": applicant["id"],
            "applicant_kind": applicant["kind"],
            "received_on": case["received_on"],
        }
