"""The steps of a case: a pure function from where it stands to where it goes, or to the reason why not.

`decide` reads the route (data), the status, the action, the parts in which somebody acts, and the facts of the case. It
changes nothing; `partner.licensing.service` carries out what it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from partner import errors
from partner.errors import Text
from partner.licensing.conditions import CaseFacts, FeeState, Given, Kind, Question, Words, holds, words
from partner.regulation.routes import FINAL, Action, Condition, Effect, Part, Proposal, Route, Status, Transition

__all__ = ["ACTION_WORDS", "FINAL", "PART_WORDS", "STATUS_WORDS", "Action", "CaseFacts", "Effect", "FeeState", "Given", "Next", "Part"]
__all__ += ["Proposal", "Refusal", "Route", "Status", "available", "decide"]

STATUS_WORDS: Mapping[Status, Text] = {
    Status.DRAFT: Text("下書き", "draft"),
    Status.RECEIVED: Text("受付処理中", "received"),
    Status.FEE_DUE: Text("手数料納付待ち", "waiting for the fee"),
    Status.EXAMINING: Text("審査中", "under examination"),
    Status.CORRECTION_REQUESTED: Text("補正待ち", "waiting for corrections"),
    Status.IN_APPROVAL: Text("決裁中", "in approval"),
    Status.PROVISIONAL: Text("予備免許", "provisional license"),
    Status.COMPLETION_NOTIFIED: Text("落成検査待ち", "waiting for the inspection"),
    Status.GRANTED: Text("免許・許可", "granted"),
    Status.RECORDED: Text("届出受理", "recorded"),
    Status.REFUSED: Text("拒否", "refused"),
    Status.DISMISSED: Text("却下", "dismissed"),
    Status.WITHDRAWN: Text("取下げ", "withdrawn"),
}

CHANGING_WORDS: Mapping[Status, Text] = {
    Status.PROVISIONAL: Text("許可・工事完了待ち", "permitted, to be completed"),
    Status.COMPLETION_NOTIFIED: Text("変更検査待ち", "waiting for the inspection of the change"),
}
"""What a status is called in a case that is about a license that exists: nothing provisional is given there (法17条, 18条)."""

ACTION_WORDS: Mapping[Action, Text] = {
    Action.SUBMIT: Text("提出", "submit"),
    Action.PAY: Text("手数料の納付", "pay the fee"),
    Action.REQUEST_CORRECTION: Text("補正の求め", "request a correction"),
    Action.CORRECT: Text("補正", "correct"),
    Action.PROPOSE_GRANT: Text("免許・許可の起案", "propose the grant"),
    Action.PROPOSE_REFUSAL: Text("拒否の起案", "propose the refusal"),
    Action.APPROVE: Text("決裁", "approve"),
    Action.SEND_BACK: Text("差戻し", "send back"),
    Action.NOTIFY_COMPLETION: Text("工事落成の届出", "notify the completion"),
    Action.RECORD_INSPECTION: Text("検査結果の記録", "record the inspection"),
    Action.DISMISS: Text("却下", "dismiss"),
    Action.WITHDRAW: Text("取下げ", "withdraw"),
    Action.TRANSFER: Text("移送", "transfer"),
    Action.SUBSTITUTE: Text("代決の指定", "name a stand-in approver"),
}

PART_WORDS: Mapping[Part, Text] = {
    Part.APPLICANT: Text("申請者", "the applicant"),
    Part.AGENT: Text("代理人", "the agent"),
    Part.CLERK: Text("受付担当者", "a clerk"),
    Part.EXAMINER: Text("審査担当者", "an examiner"),
    Part.INSPECTOR: Text("検査職員", "an inspector"),
    Part.DIRECTOR: Text("決裁者", "the director"),
}

SIGNED_ALREADY = Words(
    "signed_already",
    "forbidden",
    Text(
        "下位の決裁をした者は、続けて次の段階の決裁をすることができません。",
        "Whoever signed an earlier level of the approval cannot sign the next.",
    ),
    Text("次の段階は、別の決裁者に回してください。", "Let another approver sign the next level."),
)

_ERRORS: Mapping[Kind, type[errors.PartnerError]] = {
    "conflict": errors.Conflict,
    "forbidden": errors.Forbidden,
    "invalid": errors.Invalid,
}


def status_words(status: Status, *, changing: bool) -> Text:
    """What a status is called; `changing` says that the case is about a license that exists, and gives no new one."""
    return (CHANGING_WORDS.get(status) if changing else None) or STATUS_WORDS[status]


@dataclass(frozen=True)
class Next:
    """Where the case goes. `proposal` and `approvals` are what to remember; `effect` is what the step brings about."""

    to: Status
    proposal: Proposal | None
    approvals: int
    effect: Effect | None


@dataclass(frozen=True)
class Refusal:
    """Why the action is not possible, and the way out."""

    code: str
    kind: Kind
    message: Text
    remedy: Text

    def as_error(self) -> errors.PartnerError:
        """The domain error of this refusal, to be raised by a service."""
        return _ERRORS[self.kind](self.code, self.message, remedy=self.remedy)


def decide(
    route: Route,
    status: Status,
    action: Action,
    *,
    parts: Iterable[str],
    case: CaseFacts,
    given: Given | None = None,
) -> Next | Refusal:
    """The next status after `action`, or why not.

    `parts` are the roles in which the actor may act on this very case: the caller has already left out roles that do not
    reach it (an applicant of another case, an agent without a delegation that covers the action).
    """
    from_here = [transition for transition in route.rules.transitions if transition.action is action and status in transition.start]
    if not from_here:
        return _out_of_turn(route, status, action, case)
    own = [transition for transition in from_here if _may(route, transition, parts=frozenset(parts), case=case)]
    if not own:
        return _not_their_part(route, from_here, case)
    question = Question(route, case, given or Given())
    fitting = next((transition for transition in own if all(holds(condition, question) for condition in transition.when)), None)
    if fitting is None:
        return _refused(next(words(condition) for condition in own[0].when if not holds(condition, question)))
    unmet = _first_unmet(fitting.requires, question)
    if unmet is None and _signed_already(route, action, case):
        unmet = SIGNED_ALREADY
    return _refused(unmet) if unmet else _next(fitting, status, case)


def available(route: Route, status: Status, *, parts: Iterable[str], case: CaseFacts) -> list[Action]:
    """The actions that the actor could take now, in the order of the route, if they bring what each asks for.

    An action that is refused only for want of content (reasons, requests, findings to mend) is listed: the way on is to
    bring it. One that the state of things excludes is not.
    """
    held, tomorrow = frozenset(parts), case.today + timedelta(days=1)
    wholly_given = (
        Given(reasons=True, requests=True, due_on=tomorrow, result="pass", bureau=True, stand_in=True),
        Given(reasons=True, requests=True, due_on=tomorrow, result="fail", bureau=True, stand_in=True),
    )
    answers = {
        action: [decide(route, status, action, parts=held, case=case, given=given) for given in wholly_given]
        for action in dict.fromkeys(transition.action for transition in route.rules.transitions)
    }
    return [action for action, outcomes in answers.items() if any(_open(outcome) for outcome in outcomes)]


def _open(outcome: Next | Refusal) -> bool:
    return isinstance(outcome, Next) or outcome.kind == "invalid"


def _may(route: Route, transition: Transition, *, parts: frozenset[str], case: CaseFacts) -> bool:
    return bool(parts & _parts_of(route, transition, case))


def _parts_of(route: Route, transition: Transition, case: CaseFacts) -> set[Part]:
    """Who takes the step; an approval belongs to the part of the level that is open."""
    if transition.action is Action.APPROVE and case.approvals < route.levels:
        return {route.signers[case.approvals].who}
    return set(transition.who)


def _signed_already(route: Route, action: Action, case: CaseFacts) -> bool:
    """Whether the actor signed an earlier level: the next is somebody else's, where the route does not say otherwise."""
    opens = action is Action.APPROVE and case.approvals < route.levels
    return opens and case.actor_signed and not route.signers[case.approvals].same_person


def _first_unmet(conditions: Iterable[Condition], question: Question) -> Words | None:
    return next((words(condition) for condition in conditions if not holds(condition, question)), None)


def _next(transition: Transition, status: Status, case: CaseFacts) -> Next:
    to = transition.to or status
    approvals = case.approvals + 1 if transition.counts_approval else case.approvals
    if transition.proposes:
        return Next(to, transition.proposes, 0, transition.effect)
    if to is Status.IN_APPROVAL:
        return Next(to, case.proposal, approvals, transition.effect)
    return Next(to, None, 0, transition.effect)


def _refused(unmet: Words) -> Refusal:
    return Refusal(unmet.code, unmet.kind, unmet.message, unmet.remedy)


def _not_their_part(route: Route, transitions: list[Transition], case: CaseFacts) -> Refusal:
    who = sorted(set().union(*(_parts_of(route, transition, case) for transition in transitions)), key=list(Part).index)
    names = [PART_WORDS[part] for part in who]
    return Refusal(
        "not_your_part",
        "forbidden",
        Text("この操作をする立場にありません。", "This step is not yours to take."),
        Text(
            f"この操作ができるのは{'・'.join(name.ja for name in names)}です。",
            f"It is taken by {' or '.join(name.en for name in names)}.",
        ),
    )


def _out_of_turn(route: Route, status: Status, action: Action, case: CaseFacts) -> Refusal:
    told = next((one for one in route.rules.out_of_turn if one.action is action and status in one.start), None)
    if told is not None:
        return Refusal("action_out_of_turn", "conflict", Text(told.message.ja, told.message.en), Text(told.remedy.ja, told.remedy.en))
    named = status_words(status, changing=case.changing)
    return Refusal(
        "already_submitted" if action is Action.SUBMIT else "action_out_of_turn",
        "conflict",
        Text(
            f"「{ACTION_WORDS[action].ja}」は、状態が「{named.ja}」の案件ではできません。",
            f"'{ACTION_WORDS[action].en}' is not possible: the case is {named.en}.",
        ),
        _way_out(route, status),
    )


def _way_out(route: Route, status: Status) -> Text:
    actions = list(dict.fromkeys(transition.action for transition in route.rules.transitions if status in transition.start))
    if not actions:
        return Text(
            "この案件は終わっています。必要なら新しい申請・届出をしてください。",
            "This case is closed. File a new application or notification if you need one.",
        )
    return Text(
        f"この状態から進める操作: {'、'.join(ACTION_WORDS[action].ja for action in actions)}。",
        f"What leads on from here: {', '.join(ACTION_WORDS[action].en for action in actions)}.",
    )
