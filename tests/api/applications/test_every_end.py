"""Every procedure of the law, from its worked case to each end that its routes name, over HTTP."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.regulation.effects import Effect
from partner.regulation.routes import FINAL, Action, RouteRules, Status
from tests.api.applications.conftest import Service, the_law
from tests.api.applications.worked import REASON, Filing, cases, prepared, procedure_of

pytestmark = pytest.mark.slow
STAFF = {
    "propose-grant": "examiner",
    "propose-refusal": "examiner",
    "request-correction": "examiner",
    "record-inspection": "inspector",
    "approve": "director",
    "dismiss": "director",
}
USUAL = {
    "draft": "submit",
    "received": "request-correction",
    "correction_requested": "correct",
    "fee_due": "pay",
    "examining": "propose-grant",
    "in_approval": "approve",
    "provisional": "notify-completion",
    "completion_notified": "record-inspection",
}
ASKED = {"draft": "submit", **dict.fromkeys(("fee_due", "examining", "received"), "request-correction"), "correction_requested": "dismiss"}
WAYS = {
    Status.GRANTED: USUAL,
    Status.RECORDED: USUAL,
    Status.REFUSED: {**USUAL, "examining": "propose-refusal"},
    Status.WITHDRAWN: {"draft": "submit", **dict.fromkeys(("fee_due", "examining", "received"), "withdraw")},
    Status.DISMISSED: ASKED,
}
"""The step that is taken in each status on the way to an end. The last lets days pass: none comes after it."""


def rules_of(code: str) -> list[RouteRules]:
    """The routes of a procedure in all its versions and all of theirs."""
    law = the_law()
    names = {choice.route for version in law.all_procedures.by_code[code].versions if version.value for choice in version.value.routes}
    return [version.value for name in sorted(names) for version in law.routes.by_code[name].versions if version.value]


def ends_of(code: str) -> set[Status]:
    """Where the routes of a procedure say that a case may end."""
    return {step.to for rules in rules_of(code) for step in rules.transitions if step.to in FINAL}


def recorded_at_once(code: str) -> bool:
    """Whether what is in order stands on the record when it arrives: what waits for anything came on paper, and is not in order."""
    return any((step.action, step.to) == (Action.SUBMIT, Status.RECORDED) for rules in rules_of(code) for step in rules.transitions)


def content(action: str) -> dict[str, Any] | None:
    due_on = clock.today() + timedelta(days=14)
    asked = {"requests": [{"field": "", "message": "確かめてください"}], "due_on": due_on.isoformat()}
    reasons = {"reasons": ["周波数の割当てができない。"]}
    said: dict[str, dict[str, Any]] = {"pay": {"comment": "ペイジー"}, "request-correction": asked, "propose-refusal": reasons}
    said |= {"dismiss": {"reasons": ["期限までに補正がない。"]}, "propose-grant": {"reason": REASON}}
    said |= {"record-inspection": {"result": "pass", "reason": REASON}}
    return said.get(action)


async def taken(service: Service, filing: Filing, case: dict[str, Any], action: str) -> dict[str, Any]:
    """One step, by whoever takes it."""
    if action == "dismiss":
        clock.move_to(datetime.combine(clock.today() + timedelta(days=15), time(9), clock.JAPAN))
    who = STAFF.get(action, filing.holder if action == "correct" else filing.filer)
    said = {"form": {**case["form"], "hearing": {"statement": "改めます。"}}} if action == "correct" else content(action)
    answer = await service.act(who, case, action, said)
    if (action, answer.status_code) == ("propose-grant", 409):  # what is completed is inspected, not examined
        answer = await service.act("inspector", case, "record-inspection", content("record-inspection"))
    if who == "director" and answer.status_code == 403:  # the Minister decides
        answer = await service.act("minister", case, action, said)
    assert answer.status_code == 200, (action, answer.text)
    return dict((await service.get(filing.filer, f"/applications/{case['id']}")).json())


async def driven(service: Service, filing: Filing, end: Status) -> dict[str, Any]:
    """A new case of the filing, taken to an end."""
    case, steps = await filing.drafted(service), WAYS[end]
    if filing.filer != "clerk":
        assert [(one["check"], one["field"]) for one in case["findings"] if one["outcome"] == "fail"] == []
    while case["status"] in steps:
        action = steps[case["status"]]
        if action != "pay" and case["fee"]["status"] == "due" and case["status"] == "completion_notified":
            case = await taken(service, filing, case, "pay")  # the fee of the inspection
        case = await taken(service, filing, case, action)
    return case


async def held(database: Database, case: dict[str, Any]) -> register.License:
    async with database.transaction(SYSTEM) as session:
        license_ = await register.license_by_number(session, case["license"]["license_number"])
        assert license_ is not None
        return license_


@pytest.mark.parametrize("code", sorted(the_law().all_procedures.by_code))
async def test_every_end_is_reached(service: Service, database: Database, minister: str, code: str) -> None:
    reached = set[str]()
    for end in (end for end in WAYS if end in ends_of(code)):
        filing = await prepared(service, database, code)
        waits = recorded_at_once(code) and end is not Status.RECORDED
        case = await driven(service, filing.on_paper() if waits else filing, end)
        assert [event["to"] for event in await service.events(filing.filer, case)][-1] == case["status"]
        reached.add(case["status"])
        if end in {Status.GRANTED, Status.RECORDED}:
            assert case["fee"]["status"] != "due"
        elif procedure_of(code).effect is Effect.RECORD:
            assert case["license"] is None
        if end is Status.GRANTED and procedure_of(code).effect is Effect.RECORD:
            license_ = await held(database, case)
            assert (license_.facts.station_class, license_.licensed_on) == (cases()[code].form["station_class"], clock.today())
    assert reached == ends_of(code)
