"""The conditions of routes: what each asks of a case, and the words when it is not met.

Pure: facts in, truth out. The names are the closed set `partner.regulation.routes.Condition`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from partner.errors import Text
from partner.regulation.routes import Condition, Proposal, Route

LONGEST_TIME_TO_CORRECT = timedelta(days=366)  # our own choice; the law names no longest time (規則9条)
Kind = Literal["conflict", "forbidden", "invalid"]
InspectionResult = Literal["pass", "fail"]


class FeeState(StrEnum):
    """Where the fee of the present step stands. An unconfirmed amount is never demanded."""

    NOTHING = "nothing"
    DUE = "due"
    SETTLED = "settled"
    UNCONFIRMED = "unconfirmed"


def same_day(day: date) -> date:
    """The calendar of somebody who knows no holidays."""
    return day


@dataclass(frozen=True)
class CaseFacts:
    """What the workflow must know of a case.

    `fee` is the fee that the present step waits for (after the completion notice: the inspection fee). `fails` says whether
    an examination now finds a failure; `needs_reason` whether the decision would rest on an unconfirmed value. `proposal`
    and `approvals` are what stands in approval; `provisional` and `inspection` what came before on the full route.
    `time_limit_on` is the last day for what is asked of the applicant now (a correction, the fee). `rolled_over` gives the day
    to which a statutory deadline runs whose last day may be a holiday (行政機関の休日に関する法律2条). `changing`: it is about a license
    that exists.
    """

    today: date
    fee: FeeState = FeeState.NOTHING
    fails: bool = False
    needs_reason: bool = False
    proposal: Proposal | None = None
    approvals: int = 0
    provisional: bool = False
    completion_due_on: date | None = None
    inspection: InspectionResult | None = None
    changing: bool = False
    time_limit_on: date | None = None
    license_expires_on: date | None = None
    actor_proposed: bool = False
    actor_signed: bool = False
    rolled_over: Callable[[date], date] = same_day


@dataclass(frozen=True)
class Given:
    """What the actor brings with the action, as far as the route asks for it."""

    reasons: bool = False
    requests: bool = False
    due_on: date | None = None
    result: InspectionResult | None = None
    bureau: bool = False
    stand_in: bool = False


@dataclass(frozen=True)
class Question:
    """All that a condition may look at."""

    route: Route
    case: CaseFacts
    given: Given

    @property
    def last_day_of_completion_notice(self) -> date | None:
        """The last day on which a completion notice is in time: the deadline and the days of grace (法11条), to an open day."""
        grace = self.route.rules.completion_grace_days
        if self.case.completion_due_on is None or grace is None:
            return None
        return self.case.rolled_over(self.case.completion_due_on + timedelta(days=grace))


@dataclass(frozen=True)
class Words:
    """What is said when a condition is not met, and the way out."""

    code: str
    kind: Kind
    message: Text
    remedy: Text


def _completion_in_time(question: Question) -> bool:
    last_day = question.last_day_of_completion_notice
    return last_day is None or question.case.today <= last_day


def _time_limit_passed(question: Question) -> bool:
    limit = question.case.time_limit_on
    return limit is not None and question.case.today > limit


def _license_in_force(question: Question) -> bool:
    expires_on = question.case.license_expires_on
    return expires_on is None or question.case.today <= expires_on


def _due_on_ahead(question: Question) -> bool:
    due_on, today = question.given.due_on, question.case.today
    return due_on is not None and today < due_on <= today + LONGEST_TIME_TO_CORRECT


TESTS: Mapping[Condition, Callable[[Question], bool]] = {
    Condition.ANOTHER_THAN_PROPOSER: lambda question: not question.case.actor_proposed,
    Condition.APPROVALS_OPEN: lambda question: question.case.approvals + 1 < question.route.levels,
    Condition.BUREAU_NAMED: lambda question: question.given.bureau,
    Condition.COMPLETION_IN_TIME: _completion_in_time,
    Condition.COMPLETION_OVERDUE: lambda question: not _completion_in_time(question),
    Condition.DUE_ON_NAMED: _due_on_ahead,
    Condition.FEE_DUE: lambda question: question.case.fee is FeeState.DUE,
    Condition.FEE_SETTLED: lambda question: question.case.fee is not FeeState.DUE,
    Condition.GRANT_PROPOSED: lambda question: question.case.proposal == "grant",
    Condition.INSPECTION_OPEN: lambda question: question.case.inspection is None,
    Condition.INSPECTION_PASSED: lambda question: question.case.inspection == "pass",
    Condition.INSPECTION_RECORDED: lambda question: question.case.inspection is not None,
    Condition.LICENSE_IN_FORCE: _license_in_force,
    Condition.NOTHING_DUE: lambda question: question.case.fee is not FeeState.DUE,
    Condition.NO_FAILING_FINDING: lambda question: not question.case.fails,
    Condition.PROVISIONAL_GIVEN: lambda question: question.case.provisional,
    Condition.PROVISIONAL_NOT_GIVEN: lambda question: not question.case.provisional,
    Condition.REASONS_GIVEN: lambda question: question.given.reasons,
    Condition.REASONS_WHERE_UNCONFIRMED: lambda question: question.given.reasons or not question.case.needs_reason,
    Condition.REFUSAL_PROPOSED: lambda question: question.case.proposal == "refusal",
    Condition.REQUESTS_NAMED: lambda question: question.given.requests,
    Condition.RESULT_FAIL: lambda question: question.given.result == "fail",
    Condition.RESULT_PASS: lambda question: question.given.result == "pass",
    Condition.STAND_IN_NAMED: lambda question: question.given.stand_in,
    Condition.TIME_LIMIT_PASSED: _time_limit_passed,
}


def holds(condition: Condition, question: Question) -> bool:
    """Whether the condition is met."""
    return TESTS[condition](question)


def _words(code: str, kind: Kind, *, message: tuple[str, str], remedy: tuple[str, str]) -> Words:
    return Words(code, kind, Text(*message), Text(*remedy))


_OUT_OF_STEP = _words(
    "action_out_of_turn",
    "conflict",
    message=("この操作は、案件の現在の状態ではできません。", "This cannot be done at the stage where the case stands."),
    remedy=("案件の「できる操作」をご覧ください。", "See what the case lists as available actions."),
)
_RESULT_MISSING = _words(
    "result_required",
    "invalid",
    message=("検査の結果（合格・不合格）がありません。", "The result of the inspection is missing."),
    remedy=("結果に pass または fail を入れてください。", 'Give the result as "pass" or "fail".'),
)

WORDS: Mapping[Condition, Words] = {
    Condition.ANOTHER_THAN_PROPOSER: _words(
        "same_person",
        "forbidden",
        message=("起案した者は自ら決裁できません。", "Whoever proposed the decision cannot approve it."),
        remedy=("別の決裁者に回してください。", "Let another approver sign."),
    ),
    Condition.BUREAU_NAMED: _words(
        "bureau_required",
        "invalid",
        message=("移送先の総合通信局がありません。", "The bureau that the case goes to is missing."),
        remedy=("移送先の局を指定してください。", "Name the bureau."),
    ),
    Condition.COMPLETION_IN_TIME: _words(
        "completion_overdue",
        "conflict",
        message=(
            "工事落成の期限から二週間を過ぎました。電波法第11条により免許を拒否しなければなりません。",
            "More than two weeks have passed since the completion deadline; article 11 of the Radio Act requires a refusal.",
        ),
        remedy=("あらためて免許を申請してください。", "Apply for a new license."),
    ),
    Condition.COMPLETION_OVERDUE: _words(
        "completion_not_overdue",
        "conflict",
        message=("工事落成の届出の期間がまだ過ぎていません。", "The time for the completion notice has not passed yet."),
        remedy=(
            "落成の届出を待つか、期間の経過後に拒否を起案してください。",
            "Wait for the notice, or refuse once the time has passed.",
        ),
    ),
    Condition.DUE_ON_NAMED: _words(
        "due_on_required",
        "invalid",
        message=(
            "補正の期限がないか、明日から1年以内の日付ではありません。",
            "The day by which to correct is missing, or does not lie after today and within a year.",
        ),
        remedy=("due_on に明日から1年以内の日を入れてください。", "Give a due_on after today and within a year."),
    ),
    Condition.FEE_DUE: _words(
        "nothing_due",
        "conflict",
        message=("納付する手数料はありません。", "No fee is due."),
        remedy=("納付せずに次の手続へ進めます。", "The case goes on without a payment."),
    ),
    Condition.FEE_SETTLED: _words(
        "fee_unpaid",
        "conflict",
        message=("手数料が納付されていません。", "The fee has not been paid."),
        remedy=("先に手数料の納付（pay）が必要です。", "The fee has to be paid first (pay)."),
    ),
    Condition.LICENSE_IN_FORCE: _words(
        "license_expired",
        "conflict",
        message=(
            "免許の有効期間が満了しているため、再免許の手数料は納付できません。",
            "The license has expired; a renewal that was unpaid at expiry is no renewal.",
        ),
        remedy=("あらためて開設の申請をしてください。", "Apply for a new license."),
    ),
    Condition.NO_FAILING_FINDING: _words(
        "findings_block",
        "invalid",
        message=("審査項目に不適合があります。", "Some checks fail."),
        remedy=("不適合とされた欄を直してから、もう一度お試しください。", "Mend the fields that the findings name, then try again."),
    ),
    Condition.REASONS_GIVEN: _words(
        "reason_required",
        "invalid",
        message=("理由がありません。", "Reasons are missing."),
        remedy=("理由を文章で入れてください。", "Give the reasons in writing."),
    ),
    Condition.REASONS_WHERE_UNCONFIRMED: _words(
        "reason_required",
        "invalid",
        message=(
            "確認できていない値にもとづく処分には理由が必要です。",
            "A decision on an unconfirmed value needs a typed reason.",
        ),
        remedy=("判断の理由を入れてください。", "Give the reason for the decision."),
    ),
    Condition.REQUESTS_NAMED: _words(
        "requests_required",
        "invalid",
        message=("補正を求める事項がありません。", "There is no request for correction."),
        remedy=("欄と内容を一つ以上入れてください。", "Name at least one field and what is asked about it."),
    ),
    Condition.RESULT_FAIL: _RESULT_MISSING,
    Condition.RESULT_PASS: _RESULT_MISSING,
    Condition.STAND_IN_NAMED: _words(
        "stand_in_required",
        "invalid",
        message=("代決する者が指定されていません。", "Whoever is to sign in place of the approver is missing."),
        remedy=("代決する者を指定してください。", "Name the stand-in."),
    ),
    Condition.TIME_LIMIT_PASSED: _words(
        "time_limit_open",
        "conflict",
        message=(
            "申請者などに求めていることの期限がまだ過ぎていないため、この操作はできません。",
            "This is not possible yet: the time limit of what was asked for has not passed.",
        ),
        remedy=("求めたことがされるか、期限が過ぎるのを待ってください。", "Wait until it is done, or for the time limit to pass."),
    ),
}


def words(condition: Condition) -> Words:
    """What to say when the condition is not met."""
    return WORDS.get(condition, _OUT_OF_STEP)
