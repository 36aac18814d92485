"""Cases that are under way when the demonstration begins, so that no desk is empty.

The personas file and handle them, by the services alone: nothing here is on a case that the workflow would not have brought about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.database import SYSTEM, enter
from partner.demo import people
from partner.licensing import actions, applications, commands
from partner.licensing.applications import Draft
from partner.licensing.queries import Found
from partner.regulation import Law
from partner.settings import Settings

PERSONAS = ("taro", "hanako", "taxi", "agent", "clerk", "examiner")
ALIKE = 3
"""Filings of the taxi company that differ in a frequency and a name alone: the desk may take them together."""
CORRECTION_DAYS = 10
PAPER_TOOK = timedelta(days=3)
FIRST_HZ, APART_HZ = 458_500_000, 12_500
PAID = {"comment": "出納窓口"}


class _Office:
    """Takes steps in the name of the personas, each in the standing of whoever takes it."""

    def __init__(self, session: AsyncSession, law: Law, actors: Mapping[str, Actor]) -> None:
        self.session, self.law, self.actors = session, law, actors

    async def file(self, name: str, procedure: str, form: dict[str, Any], *, paper_of: date | None = None) -> Found:
        """Draft and submit; `paper_of` is the day on which a filing on paper arrived."""
        actor = await self._as(name)
        draft = Draft(procedure, form, "paper" if paper_of else "electronic", paper_of)
        return await self.act(name, await applications.create(self.session, actor, self.law, draft), "submit")

    async def act(self, name: str, found: Found, action: str, content: dict[str, Any] | None = None) -> Found:
        """Take a step of a case."""
        actor, command = await self._as(name), commands.read(content or {})
        return await actions.perform(self.session, actor, self.law, found.application.id, action, command=command)

    async def pay(self, name: str, found: Found) -> Found:
        """Pay what is due, if anything is."""
        return await self.act(name, found, "pay", PAID) if found.application.status == "fee_due" else found

    async def ask(self, found: Found, field: str, *, ja: str, en: str) -> Found:
        """Let the examiner ask for a correction of one field."""
        request = {"field": field, "message": {"ja": ja, "en": en}}
        return await self.act("examiner", found, "request-correction", {"requests": [request], "due_in_business_days": CORRECTION_DAYS})

    async def _as(self, name: str) -> Actor:
        actor = self.actors[name]
        await enter(self.session, actor.access)
        return actor


async def begin(session: AsyncSession, law: Law, settings: Settings) -> None:
    """File the cases, and bring each to where it waits. Call in standing `system`, after `people.settle` and the past filings."""
    office = _Office(session, law, {name: await people.actor(session, settings, name) for name in PERSONAS})
    await _of_individuals(office)
    await _of_taxi(office)
    await _on_paper(office)
    await enter(session, SYSTEM)


async def _of_individuals(office: _Office) -> None:
    """花子's new station waits for her payment; 太郎 is asked about the set that he adds."""
    await office.file("hanako", "amateur-new-license", _amateur("築地１－１－１", "13102", operator="AABH998"))
    change = await office.pay("taro", await office.file("taro", "amateur-change", _added_set()))
    ja, en = "増設する送信機の出力を確認してください。", "Confirm the power of the transmitter that is added."
    await office.ask(change, "/station/transmitters/1/rated_power_w", ja=ja, en=en)


async def _of_taxi(office: _Office) -> None:
    """Like ones wait for the examiner; one by the agent waits for the director; one waits for a correction."""
    for number in range(ALIKE):
        await office.pay("taxi", await office.file("taxi", "land-mobile-new-license", _radio(number)))
    by_agent = _radio(ALIKE) | {"applicant": _taxi(office.actors["taxi"])}
    proposed = await office.pay("agent", await office.file("agent", "land-mobile-new-license", by_agent))
    await office.act("examiner", proposed, "propose-grant", {"reason": "周波数及び空中線電力を確認した"})
    asked = await office.pay("taxi", await office.file("taxi", "land-mobile-new-license", _radio(ALIKE + 1)))
    ja, en = "移動範囲を具体的に記載してください。", "Describe the area of movement more precisely."
    await office.ask(asked, "/station/movement_area", ja=ja, en=en)


async def _on_paper(office: _Office) -> None:
    """A letter that leaves out the operator and the completion: its findings fail, and the examiner has it before him."""
    form = _amateur("霞が関１－１－１", "13101", operator=None)
    form["applicant"] |= {"name": "書面　次郎", "name_kana": "ショメン　ジロウ", "prefecture": "13", "municipality": "13101"}
    form["applicant"]["address"] = "霞が関１－１－１"
    form["station"].pop("completion")
    await office.pay("clerk", await office.file("clerk", "amateur-new-license", form, paper_of=clock.today() - PAPER_TOOK))


def _amateur(address: str, municipality: str, *, operator: str | None) -> dict[str, Any]:
    bundled = clock.today() >= people.BUNDLES_FROM
    codes = [{"symbol": "3VA", "frequency_hz": hertz, "power_w": 50} for hertz in (52_000_000, 145_000_000, 435_000_000)]
    return {
        "addressee": "A",
        "application_kind": "A1",
        "station_class": "AT",
        "disqualification": "none",
        "applicant": {"kind": "individual"},
        "station": {
            "station_class": "AT",
            "station_count": 1,
            "completion": {"kind": "days", "days": 1},
            "operators": [{"license_number": operator}] if operator else [],
            "purposes": ["ATC"],
            "communication_matters": ["ATC"],
            "site": {"prefecture": "13", "municipality": municipality, "address": address},
            "movement": "AAA",
            "assignments": [{"bundle": "1AM"}] if bundled else codes,
            "transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}],
            "antennas": ["TI", "YA", "DP"],
        },
    }


def _added_set() -> dict[str, Any]:
    first = {"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}
    station = {
        "station_class": "AT",
        "license_number": people.TARO_NUMBER,
        "call_sign": people.TARO_CALL_SIGN,
        "changes": {"equipment": True},
        "operators": [{"license_number": "IABH999"}],
        "transmitters": [first, first | {"number": 2, "change_kind": "B", "rated_power_w": [20]}],
    }
    return {"application_kind": "CA", "addressee": "A", "station_class": "AT", "disqualification": "none", "station": station}


def _radio(number: int) -> dict[str, Any]:
    line = {"emissions": [{"bandwidth": "5K80", "emission": "F1E"}], "frequency_hz": FIRST_HZ + APART_HZ * number, "power_w": 5}
    return {
        "addressee": "A",
        "station_class": "ML",
        "disqualification": "none",
        "applicant": {"kind": "corporation"},
        "station": {
            "station_class": "ML",
            "station_count": 1,
            "identification": f"ミライシンシャ{number + 1}",
            "completion": {"kind": "days", "days": 1},
            "purposes": ["x-general"],
            "communication_matters": ["x-general"],
            "communication_partner": "免許人所属の受信設備",
            "site": {"prefecture": "13", "municipality": "13102", "address": "築地２－２－２"},
            "movement_area": "関東総合通信局管内の陸上",
            "assignments": [line],
            "transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [5]}],
        },
    }


def _taxi(taxi: Actor) -> dict[str, Any]:
    claims = taxi.claims
    known = ("name", "name_kana", "corporate_number", "postal_code", "prefecture", "municipality", "address")
    return {"kind": "corporation"} | {key: value for key in known if (value := getattr(claims, key))}
