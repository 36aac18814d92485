"""Routes: the steps that a case may take, as data under `regulation/routes/`.

A route is a list of transitions. Each names the action, the statuses that it starts from, who may take it, the conditions
under which it is the right transition (`when`, the first that fits is taken), the conditions without which it is refused
(`requires`), and where it leads. Conditions come from a closed set; `partner.licensing.workflow` gives each its meaning.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from partner.errors import NotFound, Text
from partner.regulation.reading import Provision, Reader, Strict, Words

FOLDER = "routes"


class Status(StrEnum):
    """Where a case stands. The last five are final."""

    DRAFT = "draft"
    RECEIVED = "received"
    FEE_DUE = "fee_due"
    EXAMINING = "examining"
    CORRECTION_REQUESTED = "correction_requested"
    IN_APPROVAL = "in_approval"
    PROVISIONAL = "provisional"
    COMPLETION_NOTIFIED = "completion_notified"
    GRANTED = "granted"
    RECORDED = "recorded"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


FINAL = frozenset({Status.GRANTED, Status.RECORDED, Status.REFUSED, Status.DISMISSED, Status.WITHDRAWN})


class Action(StrEnum):
    """What may be done with a case."""

    SUBMIT = "submit"
    PAY = "pay"
    REQUEST_CORRECTION = "request-correction"
    CORRECT = "correct"
    PROPOSE_GRANT = "propose-grant"
    PROPOSE_REFUSAL = "propose-refusal"
    APPROVE = "approve"
    SEND_BACK = "send-back"
    NOTIFY_COMPLETION = "notify-completion"
    RECORD_INSPECTION = "record-inspection"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"
    SUBSTITUTE = "substitute"


class Part(StrEnum):
    """The part in which somebody acts on a case; the values are those of the roles of an account."""

    APPLICANT = "applicant"
    AGENT = "agent"
    CLERK = "clerk"
    EXAMINER = "examiner"
    INSPECTOR = "inspector"
    DIRECTOR = "director"


class Condition(StrEnum):
    """What a transition may depend on: the closed set."""

    ANOTHER_THAN_PROPOSER = "another_than_proposer"
    APPROVALS_OPEN = "approvals_open"
    BUREAU_NAMED = "bureau_named"
    COMPLETION_IN_TIME = "completion_in_time"
    COMPLETION_OVERDUE = "completion_overdue"
    DUE_ON_NAMED = "due_on_named"
    FEE_DUE = "fee_due"
    FEE_SETTLED = "fee_settled"
    GRANT_PROPOSED = "grant_proposed"
    INSPECTION_OPEN = "inspection_open"
    INSPECTION_PASSED = "inspection_passed"
    INSPECTION_RECORDED = "inspection_recorded"
    LICENSE_IN_FORCE = "license_in_force"
    NOTHING_DUE = "nothing_due"
    NO_FAILING_FINDING = "no_failing_finding"
    PROVISIONAL_GIVEN = "provisional_given"
    PROVISIONAL_NOT_GIVEN = "provisional_not_given"
    REASONS_GIVEN = "reasons_given"
    REASONS_WHERE_UNCONFIRMED = "reasons_where_unconfirmed"
    REFUSAL_PROPOSED = "refusal_proposed"
    REQUESTS_NAMED = "requests_named"
    RESULT_FAIL = "result_fail"
    RESULT_PASS = "result_pass"  # noqa: S105 - the result of an inspection # nosec B105
    STAND_IN_NAMED = "stand_in_named"
    TIME_LIMIT_PASSED = "time_limit_passed"


Proposal = Literal["grant", "refusal"]
Effect = Literal["provisional", "grant", "refusal", "record", "dismissal"]


class Transition(Strict):
    """One line of a route. `to` is absent where the case stays as it is; `effect` says what the step brings about."""

    action: Action
    start: tuple[Status, ...] = Field(alias="from", min_length=1)
    to: Status | None = None
    who: tuple[Part, ...] = Field(min_length=1)
    when: tuple[Condition, ...] = ()
    requires: tuple[Condition, ...] = ()
    proposes: Proposal | None = None
    counts_approval: bool = False
    effect: Effect | None = None

    @property
    def asks(self) -> frozenset[Condition]:
        """All that must hold for the step."""
        return frozenset({*self.when, *self.requires})

    @property
    def gives(self) -> bool:
        """Whether the step brings about what was asked for."""
        return self.effect in {"grant", "provisional", "record"}


class OutOfTurn(Strict):
    """What is said of an action that cannot be taken yet where the case stands, because of what has to come before it."""

    action: Action
    start: tuple[Status, ...] = Field(alias="from", min_length=1)
    message: Words
    remedy: Words


class Level(Strict):
    """One level of approval: the part that signs it, and what the office calls it (課長, 局長).

    Each level is signed by another person, but where `same_person` says that whoever signed an earlier one may sign this one too.
    """

    who: Part
    title: Words | None = None
    same_person: bool = False


class RouteRules(Strict):
    """A route as it stands from a date on. `completion_grace_days` counts from the completion deadline (法11条).

    `levels` sign a proposal in their order; a bureau, or the Minister's desk, may have others (`levels_by_bureau`). `out_of_turn` says
    why an action has to wait, where the list of what may be done instead would not tell.
    """

    levels: tuple[Level, ...]
    levels_by_bureau: dict[str, tuple[Level, ...]] = Field(default_factory=dict)
    completion_grace_days: int | None = None
    transitions: tuple[Transition, ...] = Field(min_length=1)
    out_of_turn: tuple[OutOfTurn, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> RouteRules:
        for transition in self.transitions:
            if set(transition.start) & FINAL:
                raise ValueError(f"nothing leads out of a final status: {transition.action}")
        levels = (self.levels, *self.levels_by_bureau.values())
        if any(Condition.APPROVALS_OPEN in transition.when for transition in self.transitions) and not all(levels):
            raise ValueError("a route with approvals needs at least one level")
        if self._needs_grace() and self.completion_grace_days is None:
            raise ValueError("a route with a completion deadline needs completion_grace_days")
        return self

    @model_validator(mode="after")
    def _told_of_nothing_possible(self) -> RouteRules:
        for told in self.out_of_turn:
            if any(step.action is told.action and set(step.start) & set(told.start) for step in self.transitions):
                raise ValueError(f"'{told.action}' is not out of turn there: a transition takes it")
        return self

    @model_validator(mode="after")
    def _gives_nothing_unexamined(self) -> RouteRules:
        """What no way may lead past, whatever else a route says: the checks, the reasons for what is unconfirmed, the approvals."""
        for step in self.transitions:
            if step.to in {Status.GRANTED, Status.RECORDED} and step.effect not in {"grant", "record"}:
                raise ValueError(f"'{step.action}' leads to '{step.to}' and has no effect")
            if step.gives and Condition.NO_FAILING_FINDING not in step.asks:
                raise ValueError(f"'{step.action}' gives what was asked for: it needs no_failing_finding")
            if step.action is Action.PROPOSE_GRANT and Condition.REASONS_WHERE_UNCONFIRMED not in step.asks:
                raise ValueError("'propose-grant' needs reasons_where_unconfirmed")
            if step.gives and self.levels and not {Condition.GRANT_PROPOSED, Condition.ANOTHER_THAN_PROPOSER} <= step.asks:
                raise ValueError(f"'{step.action}' gives what was asked for: it needs grant_proposed and another_than_proposer")
            if step.gives and self.levels and step.action is not Action.APPROVE:
                raise ValueError("on a route with levels of approval only 'approve' gives what was asked for")
        return self

    @property
    def waits_for_fee(self) -> bool:
        """Whether nothing is given while a fee is due."""
        settled = {Condition.FEE_SETTLED, Condition.NOTHING_DUE}
        return all(step.asks & settled for step in self.transitions if step.gives)

    def _needs_grace(self) -> bool:
        used = {condition for transition in self.transitions for condition in transition.asks}
        return bool(used & {Condition.COMPLETION_IN_TIME, Condition.COMPLETION_OVERDUE})


class RouteProvision(Provision[RouteRules]):
    """A route and its history."""


@dataclass(frozen=True)
class Route:
    """A route in force on a date: what `partner.licensing.workflow` decides by."""

    code: str
    title: Text
    rules: RouteRules
    citation: str
    bureau: str | None = None

    @property
    def signers(self) -> tuple[Level, ...]:
        """Who approves a proposal, in the order of their signatures."""
        return self.rules.levels_by_bureau.get(self.bureau or "", self.rules.levels)

    @property
    def reached(self) -> frozenset[str]:
        """The statuses that a case may come to on this route, the draft that it begins as included."""
        return frozenset({Status.DRAFT.value} | {one.to.value for one in self.rules.transitions if one.to is not None})

    @property
    def levels(self) -> int:
        """How many approvals a proposal needs."""
        return len(self.signers)


@dataclass(frozen=True)
class Routes:
    """All routes by code."""

    by_code: Mapping[str, RouteProvision]

    def wait_for_fee(self, code: str) -> bool:
        """Tell whether a route, in all its versions, gives nothing while a fee is due; one that does not exist is told elsewhere."""
        provision = self.by_code.get(code)
        return provision is None or all(version.value.waits_for_fee for version in provision.versions if version.value is not None)

    def get(self, code: str, on: date, *, bureau: str | None = None) -> Route:
        """The route as it stands on a date, with the levels of a bureau; raises `NotFound` (`unknown_route`)."""
        provision = self.by_code.get(code)
        version = provision.on(on) if provision else None
        if provision is None or version is None or version.value is None:
            raise NotFound("unknown_route", Text(f"手順「{code}」はありません。", f"There is no route '{code}' on that date."))
        return Route(code, provision.title, version.value, version.citation, bureau)


def read(reader: Reader, desks: Collection[str] | None = None) -> Routes:
    """Read `routes/*.yaml`; the name of the file is the code of the route. `desks`: the bureaus, and who decides beside them."""
    by_code = {}
    for source, provision in reader.provisions(FOLDER, RouteProvision):
        reader.define("route", source.stem, source)
        for index, version in enumerate(provision.versions):
            for desk in version.value.levels_by_bureau if version.value else ():
                if desks is not None and desk not in desks:
                    reader.reject(source, f"there is no bureau '{desk}'", "versions", index, "value", "levels_by_bureau", desk)
        by_code[source.stem] = provision
    return Routes(by_code)
