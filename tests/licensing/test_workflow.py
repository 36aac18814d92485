"""Promises of the workflow: who may do what when, and that no way leads past the law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner import errors
from partner.licensing import workflow
from partner.licensing.conditions import InspectionResult
from partner.licensing.workflow import FINAL, Action, CaseFacts, FeeState, Given, Next, Part, Refusal, Status
from partner.regulation.routes import Level
from tests.licensing.routes import route, routes

TODAY = date(2020, 6, 1)
EVERYTHING = Given(reasons=True, requests=True, due_on=TODAY + timedelta(days=1), result="pass", bureau=True, stand_in=True)
ROUTES = sorted(routes().by_code)


def take(
    code: str, status: Status, action: Action, *, part: Part, case: CaseFacts | None = None, given: Given = EVERYTHING
) -> Next | Refusal:
    return workflow.decide(route(code), status, action, parts={part}, case=case or CaseFacts(TODAY), given=given)


def arrives(code: str, status: Status, action: Action, *, part: Part, case: CaseFacts | None = None, given: Given = EVERYTHING) -> Status:
    outcome = take(code, status, action, part=part, case=case, given=given)
    assert isinstance(outcome, Next), outcome
    return outcome.to


def refusal(code: str, status: Status, action: Action, *, part: Part, case: CaseFacts | None = None, given: Given = EVERYTHING) -> Refusal:
    outcome = take(code, status, action, part=part, case=case, given=given)
    assert isinstance(outcome, Refusal), outcome
    return outcome


DUE = CaseFacts(TODAY, fee=FeeState.DUE)


def test_the_simplified_route_goes_from_filing_to_license() -> None:
    assert arrives("simplified", Status.DRAFT, Action.SUBMIT, part=Part.APPLICANT, case=DUE) is Status.FEE_DUE
    assert arrives("simplified", Status.DRAFT, Action.SUBMIT, part=Part.APPLICANT) is Status.EXAMINING
    assert arrives("simplified", Status.FEE_DUE, Action.PAY, part=Part.APPLICANT, case=DUE) is Status.EXAMINING
    proposed = take("simplified", Status.EXAMINING, Action.PROPOSE_GRANT, part=Part.EXAMINER)
    assert proposed == Next(Status.IN_APPROVAL, "grant", 0, None)
    approved = take("simplified", Status.IN_APPROVAL, Action.APPROVE, part=Part.DIRECTOR, case=CaseFacts(TODAY, proposal="grant"))
    assert approved == Next(Status.GRANTED, None, 0, "grant")


def test_the_full_route_gives_a_provisional_license_before_the_license() -> None:
    proposed = CaseFacts(TODAY, proposal="grant")
    first = take("full", Status.IN_APPROVAL, Action.APPROVE, part=Part.DIRECTOR, case=proposed)
    assert first == Next(Status.PROVISIONAL, None, 0, "provisional")
    assert arrives("full", Status.PROVISIONAL, Action.NOTIFY_COMPLETION, part=Part.APPLICANT) is Status.COMPLETION_NOTIFIED
    inspected = take("full", Status.COMPLETION_NOTIFIED, Action.RECORD_INSPECTION, part=Part.INSPECTOR)
    assert inspected == Next(Status.IN_APPROVAL, "grant", 0, None)
    passed = replace(proposed, provisional=True, inspection="pass")
    assert take("full", Status.IN_APPROVAL, Action.APPROVE, part=Part.DIRECTOR, case=passed) == Next(Status.GRANTED, None, 0, "grant")


def test_a_failed_inspection_leads_to_a_refusal() -> None:
    failed = take(
        "full", Status.COMPLETION_NOTIFIED, Action.RECORD_INSPECTION, part=Part.INSPECTOR, given=Given(result="fail", reasons=True)
    )
    assert failed == Next(Status.IN_APPROVAL, "refusal", 0, None)
    case = CaseFacts(TODAY, proposal="refusal", provisional=True, inspection="fail")
    assert take("full", Status.IN_APPROVAL, Action.APPROVE, part=Part.DIRECTOR, case=case) == Next(Status.REFUSED, None, 0, "refusal")


def test_an_inspection_needs_its_result() -> None:
    outcome = refusal("full", Status.COMPLETION_NOTIFIED, Action.RECORD_INSPECTION, part=Part.INSPECTOR, given=Given())
    assert (outcome.code, outcome.kind) == ("result_required", "invalid")


def test_the_license_is_not_granted_before_the_inspection_fee_is_settled() -> None:
    case = CaseFacts(TODAY, fee=FeeState.DUE, proposal="grant", provisional=True, inspection="pass")
    assert refusal("full", Status.IN_APPROVAL, Action.APPROVE, part=Part.DIRECTOR, case=case).code == "fee_unpaid"
    assert arrives("full", Status.IN_APPROVAL, Action.PAY, part=Part.APPLICANT, case=case) is Status.IN_APPROVAL
    assert arrives("full", Status.COMPLETION_NOTIFIED, Action.PAY, part=Part.APPLICANT, case=case) is Status.COMPLETION_NOTIFIED


@pytest.mark.parametrize(
    ("today", "in_time"),
    [(date(2020, 12, 31), True), (date(2021, 1, 14), True), (date(2021, 1, 15), False)],
)
def test_two_weeks_after_the_completion_deadline_the_license_must_be_refused(today: date, in_time: bool) -> None:
    case = CaseFacts(today, provisional=True, completion_due_on=date(2020, 12, 31))
    notice = take("full", Status.PROVISIONAL, Action.NOTIFY_COMPLETION, part=Part.APPLICANT, case=case)
    refused = take("full", Status.PROVISIONAL, Action.PROPOSE_REFUSAL, part=Part.EXAMINER, case=case)
    assert isinstance(notice, Next) is in_time
    assert isinstance(refused, Next) is not in_time
    codes = {outcome.code for outcome in (notice, refused) if isinstance(outcome, Refusal)}
    assert codes == ({"completion_not_overdue"} if in_time else {"completion_overdue"})


@pytest.mark.parametrize(("today", "in_time"), [(date(2020, 5, 4), True), (date(2020, 5, 7), True), (date(2020, 5, 8), False)])
def test_two_weeks_that_end_among_holidays_run_to_the_next_open_day(today: date, in_time: bool) -> None:
    def rolled_over(day: date) -> date:
        return date(2020, 5, 7) if date(2020, 5, 2) <= day <= date(2020, 5, 6) else day

    case = CaseFacts(today, provisional=True, completion_due_on=date(2020, 4, 20), rolled_over=rolled_over)
    notice = take("full", Status.PROVISIONAL, Action.NOTIFY_COMPLETION, part=Part.APPLICANT, case=case)
    refused = take("full", Status.PROVISIONAL, Action.PROPOSE_REFUSAL, part=Part.EXAMINER, case=case)
    assert (isinstance(notice, Next), isinstance(refused, Next)) == (in_time, not in_time)


def test_a_notification_takes_effect_when_it_arrives() -> None:
    assert take("notification", Status.DRAFT, Action.SUBMIT, part=Part.APPLICANT) == Next(Status.RECORDED, None, 0, "record")
    assert take("notification", Status.DRAFT, Action.SUBMIT, part=Part.CLERK) == Next(Status.RECORDED, None, 0, "record")


def test_a_notification_not_in_order_waits_to_be_corrected() -> None:
    failing = CaseFacts(TODAY, fails=True)
    assert refusal("notification", Status.DRAFT, Action.SUBMIT, part=Part.APPLICANT, case=failing).code == "findings_block"
    assert arrives("notification", Status.DRAFT, Action.SUBMIT, part=Part.CLERK, case=failing) is Status.RECEIVED
    assert arrives("notification", Status.RECEIVED, Action.REQUEST_CORRECTION, part=Part.CLERK, case=failing) is Status.CORRECTION_REQUESTED
    assert arrives("notification", Status.CORRECTION_REQUESTED, Action.CORRECT, part=Part.APPLICANT, case=failing) is Status.RECEIVED
    assert arrives("notification", Status.CORRECTION_REQUESTED, Action.CORRECT, part=Part.APPLICANT) is Status.RECORDED
    assert refusal("notification", Status.RECEIVED, Action.SUBMIT, part=Part.CLERK, case=failing).code == "findings_block"
    assert arrives("notification", Status.RECEIVED, Action.SUBMIT, part=Part.CLERK) is Status.RECORDED


@pytest.mark.parametrize("part", [Part.APPLICANT, Part.AGENT])
def test_findings_that_fail_block_the_applicant_but_not_the_clerk(part: Part) -> None:
    failing = CaseFacts(TODAY, fails=True, fee=FeeState.DUE)
    blocked = refusal("simplified", Status.DRAFT, Action.SUBMIT, part=part, case=failing)
    assert (blocked.code, blocked.kind) == ("findings_block", "invalid")
    assert isinstance(blocked.as_error(), errors.Invalid)
    assert arrives("simplified", Status.DRAFT, Action.SUBMIT, part=Part.CLERK, case=failing) is Status.FEE_DUE


def test_an_unconfirmed_fee_is_not_demanded_and_never_granted_without_a_reason() -> None:
    case = CaseFacts(TODAY, fee=FeeState.UNCONFIRMED, needs_reason=True)
    assert arrives("simplified", Status.DRAFT, Action.SUBMIT, part=Part.APPLICANT, case=case) is Status.EXAMINING
    silent = refusal("simplified", Status.EXAMINING, Action.PROPOSE_GRANT, part=Part.EXAMINER, case=case, given=Given())
    assert (silent.code, silent.kind) == ("reason_required", "invalid")
    assert arrives("simplified", Status.EXAMINING, Action.PROPOSE_GRANT, part=Part.EXAMINER, case=case) is Status.IN_APPROVAL


@pytest.mark.parametrize("code", ["simplified", "full", "renewal", "change"])
def test_a_second_submit_names_the_way_out(code: str) -> None:
    again = refusal(code, Status.FEE_DUE, Action.SUBMIT, part=Part.APPLICANT, case=DUE)
    assert (again.code, again.kind) == ("already_submitted", "conflict")
    assert isinstance(again.as_error(), errors.Conflict)
    assert "手数料の納付" in again.remedy.ja
    assert "pay the fee" in again.remedy.en


def test_a_refusal_needs_reasons() -> None:
    assert refusal("simplified", Status.EXAMINING, Action.PROPOSE_REFUSAL, part=Part.EXAMINER, given=Given()).code == "reason_required"
    assert arrives("simplified", Status.EXAMINING, Action.PROPOSE_REFUSAL, part=Part.EXAMINER) is Status.IN_APPROVAL


def test_a_correction_needs_requests_and_a_day_that_is_not_past() -> None:
    empty = Given(due_on=TODAY + timedelta(days=1))
    for days in (-1, 0, 367):
        late = Given(requests=True, due_on=TODAY + timedelta(days=days))
        assert refusal("simplified", Status.EXAMINING, Action.REQUEST_CORRECTION, part=Part.EXAMINER, given=late).code == "due_on_required"
    assert refusal("simplified", Status.EXAMINING, Action.REQUEST_CORRECTION, part=Part.EXAMINER, given=empty).code == "requests_required"
    asked = Given(requests=True, due_on=TODAY + timedelta(days=366))
    assert (
        arrives("simplified", Status.EXAMINING, Action.REQUEST_CORRECTION, part=Part.EXAMINER, given=asked) is Status.CORRECTION_REQUESTED
    )
    assert arrives("simplified", Status.CORRECTION_REQUESTED, Action.CORRECT, part=Part.APPLICANT) is Status.EXAMINING
    assert arrives("simplified", Status.CORRECTION_REQUESTED, Action.CORRECT, part=Part.APPLICANT, case=DUE) is Status.FEE_DUE


def test_a_case_is_dismissed_only_when_its_time_has_run_out() -> None:
    open_still = CaseFacts(TODAY, time_limit_on=TODAY)
    run_out = CaseFacts(TODAY, time_limit_on=TODAY - timedelta(days=1))
    refused = refusal("simplified", Status.CORRECTION_REQUESTED, Action.DISMISS, part=Part.DIRECTOR, case=open_still)
    assert refused.code == "time_limit_open"
    assert arrives("simplified", Status.CORRECTION_REQUESTED, Action.DISMISS, part=Part.DIRECTOR, case=run_out) is Status.DISMISSED


def test_whoever_proposed_does_not_approve() -> None:
    case = CaseFacts(TODAY, proposal="grant", actor_proposed=True)
    assert refusal("simplified", Status.IN_APPROVAL, Action.APPROVE, part=Part.DIRECTOR, case=case).code == "same_person"


def test_only_the_part_of_the_level_approves() -> None:
    case = CaseFacts(TODAY, proposal="grant")
    stranger = refusal("simplified", Status.IN_APPROVAL, Action.APPROVE, part=Part.EXAMINER, case=case)
    assert (stranger.code, stranger.kind) == ("not_your_part", "forbidden")
    assert isinstance(stranger.as_error(), errors.Forbidden)
    assert stranger.remedy.en == "It is taken by the director."


def test_a_route_with_two_levels_is_data() -> None:
    one = route("simplified")
    levels = tuple(type(one.rules.levels[0])(who=part) for part in (Part.EXAMINER, Part.DIRECTOR))
    two = replace(one, rules=one.rules.model_copy(update={"levels": levels}))
    case = CaseFacts(TODAY, proposal="grant")
    first = workflow.decide(two, Status.IN_APPROVAL, Action.APPROVE, parts={Part.EXAMINER}, case=case)
    assert first == Next(Status.IN_APPROVAL, "grant", 1, None)
    second = workflow.decide(two, Status.IN_APPROVAL, Action.APPROVE, parts={Part.DIRECTOR}, case=replace(case, approvals=1))
    assert second == Next(Status.GRANTED, None, 0, "grant")
    early = workflow.decide(two, Status.IN_APPROVAL, Action.APPROVE, parts={Part.DIRECTOR}, case=case)
    assert isinstance(early, Refusal)
    assert early.code == "not_your_part"


def test_each_level_is_signed_by_another_person_where_the_route_does_not_say_otherwise() -> None:
    one = route("simplified")
    signed = CaseFacts(TODAY, proposal="grant", approvals=1, actor_signed=True)
    refused = replace(signed, proposal="refusal")
    for case, end in ((signed, Status.GRANTED), (refused, Status.REFUSED)):
        for may, told in ((False, {}), (True, {"same_person": True})):
            levels = (Level(who=Part.DIRECTOR), Level(who=Part.DIRECTOR, **told))
            two = replace(one, rules=one.rules.model_copy(update={"levels": levels}))
            same = workflow.decide(two, Status.IN_APPROVAL, Action.APPROVE, parts={Part.DIRECTOR}, case=case)
            other = workflow.decide(two, Status.IN_APPROVAL, Action.APPROVE, parts={Part.DIRECTOR}, case=replace(case, actor_signed=False))
            assert isinstance(other, Next)
            assert other.to is end
            assert isinstance(same, Next) is may
            assert (Action.APPROVE in workflow.available(two, Status.IN_APPROVAL, parts={Part.DIRECTOR}, case=case)) is may
            if isinstance(same, Refusal):
                assert (same.code, same.kind) == ("signed_already", "forbidden")


def test_a_renewal_cannot_be_paid_after_the_license_expired() -> None:
    last_day = replace(DUE, license_expires_on=TODAY)
    day_after = replace(DUE, license_expires_on=TODAY - timedelta(days=1))
    assert arrives("renewal", Status.FEE_DUE, Action.PAY, part=Part.APPLICANT, case=last_day) is Status.EXAMINING
    assert refusal("renewal", Status.FEE_DUE, Action.PAY, part=Part.APPLICANT, case=day_after).code == "license_expired"


@pytest.mark.parametrize(
    ("case", "to"),
    [
        (CaseFacts(TODAY, proposal="grant"), Status.EXAMINING),
        (CaseFacts(TODAY, proposal="refusal", fee=FeeState.DUE), Status.FEE_DUE),
        (CaseFacts(TODAY, proposal="refusal", provisional=True), Status.PROVISIONAL),
        (CaseFacts(TODAY, proposal="grant", provisional=True, inspection="pass"), Status.COMPLETION_NOTIFIED),
    ],
)
def test_what_is_sent_back_returns_to_where_it_came_from(case: CaseFacts, to: Status) -> None:
    assert take("full", Status.IN_APPROVAL, Action.SEND_BACK, part=Part.DIRECTOR, case=case) == Next(to, None, 0, None)


@pytest.mark.parametrize("code", ROUTES)
@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_leads_out_of_a_final_status(code: str, status: Status) -> None:
    for action, part in product(Action, Part):
        outcome = refusal(code, status, action, part=part)
        assert outcome.kind == "conflict"
        assert "新しい申請" in outcome.remedy.ja
    assert workflow.available(route(code), status, parts=set(Part), case=CaseFacts(TODAY)) == []


def test_available_actions_are_those_of_the_asker() -> None:
    examining = CaseFacts(TODAY)
    assert workflow.available(route("simplified"), Status.EXAMINING, parts={Part.EXAMINER}, case=examining) == [
        Action.REQUEST_CORRECTION,
        Action.PROPOSE_GRANT,
        Action.PROPOSE_REFUSAL,
        Action.TRANSFER,
    ]
    assert workflow.available(route("simplified"), Status.EXAMINING, parts={Part.APPLICANT}, case=examining) == [Action.WITHDRAW]
    assert workflow.available(route("simplified"), Status.EXAMINING, parts=set(), case=examining) == []
    draft = CaseFacts(TODAY, fails=True)
    assert workflow.available(route("simplified"), Status.DRAFT, parts={Part.APPLICANT}, case=draft) == [Action.SUBMIT, Action.WITHDRAW]


cases = st.builds(
    CaseFacts,
    today=st.just(TODAY),
    fee=st.sampled_from(FeeState),
    fails=st.booleans(),
    needs_reason=st.booleans(),
    proposal=st.sampled_from([None, "grant", "refusal"]),
    approvals=st.just(0),
    provisional=st.booleans(),
    completion_due_on=st.sampled_from([None, TODAY, TODAY - timedelta(days=15)]),
    inspection=st.sampled_from([None, "pass", "fail"]),
    time_limit_on=st.sampled_from([None, TODAY, TODAY - timedelta(days=1)]),
    license_expires_on=st.sampled_from([None, TODAY, TODAY - timedelta(days=1)]),
    actor_proposed=st.booleans(),
)
givens = st.builds(
    Given,
    reasons=st.booleans(),
    requests=st.booleans(),
    due_on=st.sampled_from([None, TODAY, TODAY + timedelta(days=1)]),
    result=st.sampled_from([None, "pass", "fail"]),
    bureau=st.booleans(),
    stand_in=st.booleans(),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(code=st.sampled_from(ROUTES), case=cases, brought=givens)
def test_nobody_is_granted_anything_past_the_law(code: str, case: CaseFacts, brought: Given) -> None:
    for status, action, part in product(Status, Action, Part):
        outcome = take(code, status, action, part=part, case=case, given=brought)
        if isinstance(outcome, Refusal):
            assert outcome.message.ja
            assert outcome.remedy.en
            continue
        if outcome.to is Status.PROVISIONAL and outcome.effect is None:
            # What is sent back after a provisional license returns to it; nothing is given by that.
            assert (action, case.provisional) == (Action.SEND_BACK, True)
        if outcome.effect in ("grant", "provisional"):
            assert part is route(code).signers[-1].who
            assert status is Status.IN_APPROVAL
            assert (case.proposal, case.actor_proposed) == ("grant", False)
            assert not case.fails
            assert case.fee is not FeeState.DUE
            assert outcome.to is (Status.GRANTED if outcome.effect == "grant" else Status.PROVISIONAL)
        assert (outcome.effect == "grant") is (outcome.to is Status.GRANTED)
        if outcome.to is Status.GRANTED and any(step.effect == "provisional" for step in route(code).rules.transitions):
            assert case.inspection == "pass"
        if outcome.proposal == "grant" and action is Action.PROPOSE_GRANT:
            assert not case.fails
            assert brought.reasons or not case.needs_reason
        if outcome.to is Status.REFUSED:
            assert (status, part) == (Status.IN_APPROVAL, route(code).signers[-1].who)
        if outcome.to is Status.RECORDED:
            assert not case.fails


def _moves(code: str, status: Status, case: CaseFacts) -> Iterator[tuple[Status, CaseFacts]]:
    """Every step that somebody could take, with what it leaves to remember; time passes and findings are mended meanwhile."""
    results: tuple[InspectionResult, ...] = ("pass", "fail")
    for action, part, result in product(Action, Part, results):
        for now in (case, replace(case, fee=FeeState.SETTLED), replace(case, fails=False)):
            outcome = take(code, status, action, part=part, case=now, given=replace(EVERYTHING, result=result))
            if isinstance(outcome, Next):
                inspection = result if action is Action.RECORD_INSPECTION else now.inspection
                provisional = now.provisional or outcome.effect == "provisional"
                yield outcome.to, replace(now, proposal=outcome.proposal, inspection=inspection, provisional=provisional)


@pytest.mark.parametrize("code", ROUTES)
def test_no_case_that_can_come_about_is_stuck(code: str) -> None:
    start = (Status.DRAFT, CaseFacts(TODAY, fee=FeeState.DUE, fails=True, needs_reason=True))
    ways: dict[tuple[Status, CaseFacts], set[tuple[Status, CaseFacts]]] = {}
    waiting = [start]
    while waiting:
        place = waiting.pop()
        if place not in ways:
            ways[place] = set(_moves(code, *place))
            waiting.extend(ways[place])
    ends = {place for place in ways if place[0] in FINAL}
    for _ in range(len(Status) * 2):
        ends |= {place for place, onward in ways.items() if onward & ends}
    assert set(ways) == ends
    reached = {place[0] for place in ways}
    assert reached & {Status.GRANTED, Status.RECORDED}


def test_a_change_that_waits_for_its_inspection_is_no_provisional_license() -> None:
    """法17条, 18条: the change is permitted; a provisional license (法8条) comes before a new license only."""
    for status in Status:
        new, changed = (workflow.status_words(status, changing=changing) for changing in (False, True))
        assert (new == changed) == (status not in {Status.PROVISIONAL, Status.COMPLETION_NOTIFIED})
    assert workflow.status_words(Status.PROVISIONAL, changing=False).ja == "予備免許"
    assert "予備免許" not in workflow.status_words(Status.PROVISIONAL, changing=True).ja
    assert "provisional" not in workflow.status_words(Status.PROVISIONAL, changing=True).en


@pytest.mark.parametrize(("changing", "word"), [(False, "予備免許"), (True, "許可・工事完了待ち")])
def test_what_is_out_of_turn_names_the_status_as_the_case_has_it(changing: bool, word: str) -> None:
    refusal = take("full", Status.PROVISIONAL, Action.PROPOSE_GRANT, part=Part.EXAMINER, case=CaseFacts(TODAY, changing=changing))
    assert isinstance(refusal, workflow.Refusal)
    assert word in refusal.message.ja
