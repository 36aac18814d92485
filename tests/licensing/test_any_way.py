"""Whatever is filed, whoever acts and whatever they bring: no case of any procedure gets past its fee, its checks or its approvals.

Pure: a case is walked along its route by random people with random content, and the world changes meanwhile as it does (a fee is paid, a
correction mends a finding, a new law makes one, days pass). What each step brings about is held against what the case has been through.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from partner import regulation
from partner.licensing import straight_through, workflow
from partner.licensing.conditions import CaseFacts, FeeState, Given, InspectionResult
from partner.licensing.workflow import Next
from partner.regulation.routes import FINAL, Action, Part, Route, Status

LAW = regulation.load(Path(__file__).parents[2] / "regulation")
TODAY = date(2026, 6, 1)
TOMORROW = TODAY + timedelta(days=1)
GIVEN = (Status.GRANTED, Status.RECORDED, Status.PROVISIONAL)
RESULTS: tuple[InspectionResult, ...] = ("pass", "fail")


@cache
def ways() -> list[tuple[str, str, str]]:
    """Every procedure with every route that it may take, and every desk that has levels of its own."""
    found = []
    for code, provision in LAW.all_procedures.by_code.items():
        for name in sorted({choice.route for version in provision.versions if version.value for choice in version.value.routes}):
            rules = LAW.routes.by_code[name].versions[-1].value
            found += [(code, name, desk) for desk in ("", *(rules.levels_by_bureau if rules else ()))]
    return found


def route_of(way: tuple[str, str, str]) -> Route:
    provision = LAW.routes.by_code[way[1]]
    return LAW.routes.get(way[1], max(TODAY, provision.versions[-1].from_), bureau=way[2])


@dataclass
class Walk:
    """A case on its way: where it stands, what the workflow is told of it, and who proposed and signed what stands in approval."""

    route: Route
    status: Status
    case: CaseFacts
    proposer: int | None = None
    signed: list[int] = field(default_factory=list)

    def step(self, action: Action, *, part: Part, person: int, brought: Given) -> Next | None:
        case = replace(self.case, actor_proposed=person == self.proposer, actor_signed=person in self.signed)
        outcome = workflow.decide(self.route, self.status, action, parts={part}, case=case, given=brought)
        if not isinstance(outcome, Next):
            return None
        self._held(outcome, action, part, person, brought)
        self._remember(outcome, action, person, brought)
        return outcome

    def _held(self, outcome: Next, action: Action, part: Part, person: int, brought: Given) -> None:
        """What a step that gives something may not be taken without."""
        gives = outcome.effect in {"grant", "provisional", "record"}
        arrives = outcome.to in GIVEN and outcome.to is not self.status and action is not Action.SEND_BACK
        assert gives or not arrives, f"{action} leads to {outcome.to} and brings nothing about"
        if gives:
            assert self.case.fee is not FeeState.DUE
            assert not self.case.fails
        if gives and self.route.levels:
            assert action is Action.APPROVE
            assert self.case.proposal == "grant"
            assert person not in (self.proposer, *self.signed), "another person signs each level"
            assert part is self.route.signers[-1].who
            assert len(self.signed) + 1 >= self.route.levels, "an approval is missing"
        if action is Action.PROPOSE_GRANT:
            assert brought.reasons or not self.case.needs_reason, "what is not confirmed is decided with a reason"
        if outcome.effect == "grant" and self.case.provisional:
            assert self.case.inspection == "pass"

    def _remember(self, outcome: Next, action: Action, person: int, brought: Given) -> None:
        case = self.case
        if action is Action.PAY:
            case = replace(case, fee=FeeState.SETTLED)
        if action is Action.RECORD_INSPECTION:
            case = replace(case, inspection=brought.result)
        if action is Action.SEND_BACK:
            case = replace(case, inspection=None)
        if outcome.effect == "provisional":
            case = replace(case, provisional=True, completion_due_on=case.today + timedelta(days=30))
        if action is Action.NOTIFY_COMPLETION:
            case = replace(case, fee=FeeState.DUE)
        if action is Action.REQUEST_CORRECTION:
            case = replace(case, time_limit_on=brought.due_on)
        if outcome.proposal is None or outcome.approvals == 0:
            self.signed = []
        if outcome.proposal is not None and action is not Action.APPROVE and action is not Action.SUBSTITUTE and action is not Action.PAY:
            self.proposer = person
        if action is Action.APPROVE:
            self.signed.append(person)
        self.case = replace(case, proposal=outcome.proposal, approvals=outcome.approvals)
        self.status = outcome.to

    def leads_on(self) -> bool:
        """Whether somebody may take some step now, or once days have passed."""
        later = [self.case, replace(self.case, today=self.case.today + timedelta(days=400))]
        return any(workflow.available(self.route, self.status, parts=set(Part), case=case) for case in later)


people = st.integers(0, 3)
brought = st.builds(
    Given,
    reasons=st.booleans(),
    requests=st.booleans(),
    due_on=st.sampled_from([None, TOMORROW]),
    result=st.sampled_from([None, "pass", "fail"]),
    bureau=st.booleans(),
    stand_in=st.booleans(),
)
worlds = st.sampled_from(["same", "fails", "mended", "due", "unconfirmed", "days"])
steps = st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(Part), people, brought, worlds), max_size=30)
starts = st.builds(
    CaseFacts,
    today=st.just(TODAY),
    fee=st.sampled_from([FeeState.NOTHING, FeeState.DUE, FeeState.UNCONFIRMED]),
    fails=st.booleans(),
    needs_reason=st.booleans(),
    license_expires_on=st.sampled_from([None, TODAY, TODAY + timedelta(days=200)]),
)
EVERYTHING = Given(reasons=True, requests=True, due_on=TOMORROW, result="pass", bureau=True, stand_in=True)


def changed(case: CaseFacts, world: str) -> CaseFacts:
    """What may happen to a case beside the steps: the law of another day finds otherwise, and time passes."""
    if world == "fails":
        return replace(case, fails=True)
    if world == "mended":
        return replace(case, fails=False)
    if world == "unconfirmed":
        return replace(case, needs_reason=True)
    return replace(case, today=case.today + timedelta(days=20)) if world == "days" else case


def possible(route: Route, case: CaseFacts) -> CaseFacts:
    """A procedure with a fee goes by a route that waits for it (refused when the law is loaded): on the others nothing is due."""
    return case if route.rules.waits_for_fee else replace(case, fee=FeeState.NOTHING)


def walked(way: tuple[str, str, str], start: CaseFacts, taken: list[Any]) -> None:
    route = route_of(way)
    walk = Walk(route, Status.DRAFT, possible(route, start))
    for action, part, person, content, world in taken:
        walk.case = changed(walk.case, world)
        if world == "due" and walk.status in {Status.DRAFT, Status.CORRECTION_REQUESTED}:
            walk.case = possible(route, replace(walk.case, fee=FeeState.DUE))
        walk.step(action, part=part, person=person, brought=replace(content, due_on=content.due_on and walk.case.today + timedelta(days=1)))
        if walk.status not in FINAL:
            assert walk.leads_on(), f"{way}: nothing leads on from {walk.status}"


def by(action: Action, part: Part, person: int = 0, world: str = "same", *, result: InspectionResult | None = None) -> Any:
    """One step with everything that it may ask for."""
    return action, part, person, replace(EVERYTHING, result=result), world


FULL, SIMPLIFIED = (("amateur-new-license", name, "") for name in ("full", "simplified"))
PROVISIONAL = [
    by(Action.SUBMIT, Part.APPLICANT),
    by(Action.PROPOSE_GRANT, Part.EXAMINER, 1),
    by(Action.APPROVE, Part.DIRECTOR, 2),
]
"""The steps to a provisional license, where nothing is due."""
SENT_BACK = [
    by(Action.NOTIFY_COMPLETION, Part.APPLICANT),
    by(Action.PAY, Part.APPLICANT),
    by(Action.RECORD_INSPECTION, Part.INSPECTOR, 3, result="pass"),
    by(Action.SEND_BACK, Part.DIRECTOR, 2),
]
OVERDUE = [*[by(Action.SUBMIT, Part.APPLICANT, world="days")] * 3, by(Action.PROPOSE_REFUSAL, Part.EXAMINER, 1)]
"""Sixty days pass, for nobody may submit again; then the license is to be refused."""
CORRECTED = [
    by(Action.SUBMIT, Part.APPLICANT),
    by(Action.PAY, Part.APPLICANT),
    by(Action.REQUEST_CORRECTION, Part.EXAMINER, 1),
    by(Action.CORRECT, Part.APPLICANT, world="due"),
]
SIGNING = [by(Action.PROPOSE_GRANT, Part.EXAMINER, 1), by(Action.APPROVE, Part.DIRECTOR, 2)]


@settings(max_examples=500, deadline=None)
@given(way=st.sampled_from(ways()), start=starts, taken=steps)
# Walks that failed once: a send-back after a provisional license leads to it again, and gives nothing by that;
@example(way=FULL, start=CaseFacts(TODAY), taken=[*PROVISIONAL, *SENT_BACK, *SIGNING])
@example(way=FULL, start=CaseFacts(TODAY), taken=[*PROVISIONAL, *OVERDUE, SENT_BACK[-1]])
# a correction that raises a fee that was paid makes the difference fall due, and nothing is granted before it is paid.
@example(way=SIMPLIFIED, start=CaseFacts(TODAY, fee=FeeState.DUE), taken=[*CORRECTED, *SIGNING])
# And one walk against each guard: the fee of the inspection is due with the notice of completion, and no license is given before;
@example(way=FULL, start=CaseFacts(TODAY), taken=[*PROVISIONAL, SENT_BACK[0], SENT_BACK[2], SIGNING[1]])
# a law of another day finds fault with what was proposed already;
@example(way=SIMPLIFIED, start=CaseFacts(TODAY), taken=[*PROVISIONAL[:2], by(Action.APPROVE, Part.DIRECTOR, 2, "fails")])
# whoever was to be heard says nothing, and what is not confirmed is still decided with a reason.
@example(
    way=("revocation", "disposition", ""),
    start=CaseFacts(TODAY, needs_reason=True),
    taken=[
        by(Action.SUBMIT, Part.EXAMINER),
        by(Action.REQUEST_CORRECTION, Part.EXAMINER),
        (Action.PROPOSE_GRANT, Part.EXAMINER, 0, replace(EVERYTHING, reasons=False), "days"),
        by(Action.APPROVE, Part.DIRECTOR, 2),
    ],
)
def test_no_way_leads_past_fee_checks_and_approvals(way: tuple[str, str, str], start: CaseFacts, taken: list[Any]) -> None:
    walked(way, start, taken)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(data=st.data())
def test_no_way_whatever_leads_past_fee_checks_and_approvals(data: st.DataObject) -> None:
    """Longer walks, along which likely steps are taken more often than unlikely ones."""
    way, case = data.draw(st.sampled_from(ways())), data.draw(starts)
    walk = Walk(route_of(way), Status.DRAFT, possible(route_of(way), case))
    for _ in range(data.draw(st.integers(1, 25))):
        walk.case = changed(walk.case, data.draw(worlds))
        able = workflow.available(walk.route, walk.status, parts=set(Part), case=walk.case)
        if not able:
            break
        action, part = data.draw(st.sampled_from(able)), data.draw(st.sampled_from(Part))
        content = replace(EVERYTHING, due_on=walk.case.today + timedelta(days=1), result=data.draw(st.sampled_from(RESULTS)))
        walk.step(action, part=part, person=data.draw(people), brought=content)
        assert walk.status in FINAL or walk.leads_on(), f"{way}: nothing leads on from {walk.status}"


@pytest.mark.parametrize("way", ways(), ids="-".join)
def test_every_way_has_an_end_that_gives_what_was_asked(way: tuple[str, str, str]) -> None:
    """In the best of cases somebody's steps lead to a grant or a record; and every status that comes about on the way leads on."""
    route = route_of(way)
    seen, open_, ends = set[Any](), [(Status.DRAFT, CaseFacts(TODAY))], set[Status]()
    while open_:
        status, case = open_.pop()
        for action, part, result in product(Action, Part, RESULTS):
            content = replace(EVERYTHING, result=result, due_on=case.today + timedelta(days=1))
            for now in (case, replace(case, fails=True), replace(case, today=TODAY + timedelta(days=400), license_expires_on=None)):
                walk = Walk(route, status, now, proposer=None)
                walk.signed = [0] * now.approvals
                if walk.step(action, part=part, person=1, brought=content) is None:
                    continue
                ends |= {walk.status} & FINAL
                after = replace(walk.case, today=TODAY, fails=False, fee=FeeState.NOTHING)
                key = (walk.status, after.proposal, after.approvals, after.provisional, after.inspection)
                if walk.status not in FINAL and key not in seen:
                    assert walk.leads_on(), f"{way}: nothing leads on from {walk.status}"
                    seen.add(key)
                    open_.append((walk.status, after))
    assert ends & {Status.GRANTED, Status.RECORDED}
    assert ends == {step.to for step in route.rules.transitions} & FINAL, "an end is named that no steps lead to"


outcomes = st.lists(st.sampled_from(["pass", "warn", "unconfirmed", "fail"]), min_size=1, max_size=4)


@settings(max_examples=500, deadline=None)
@given(way=st.sampled_from(ways()), found=outcomes, case=starts)
@example(way=ways()[0], found=["pass", "unconfirmed"], case=CaseFacts(TODAY))
@example(way=ways()[0], found=["pass"], case=CaseFacts(TODAY, fee=FeeState.UNCONFIRMED))
@example(way=ways()[0], found=["pass"], case=CaseFacts(TODAY, needs_reason=True))
def test_what_rests_on_an_unconfirmed_value_goes_to_an_examiner(way: tuple[str, str, str], found: list[str], case: CaseFacts) -> None:
    decidable = straight_through.decidable(route_of(way), [{"outcome": outcome} for outcome in found], case)
    if decidable:
        assert set(found) == {"pass"}
        assert not case.needs_reason
        assert case.fee is FeeState.NOTHING
