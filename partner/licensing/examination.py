"""The examination (審査): facts against the checks in force, giving findings.

The same examination serves the applicant before sending, `validate`, the clerk and the examiner. It is pure: what has to be
looked up (the register, the operators' register, the conformity list) is among the facts already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from partner.errors import Text
from partner.licensing import right_procedures
from partner.licensing.verdicts import Case, Verdict, judge
from partner.regulation.checks import Check, Rule, Said, fill
from partner.regulation.expressions import Told
from partner.regulation.facts import project
from partner.regulation.law import Law
from partner.regulation.procedures import Procedure
from partner.regulation.reading import Version

Outcome = Literal["pass", "warn", "fail", "unconfirmed"]

NOTHING_TO_DO = Text("対応は要りません。", "Nothing needs to be done.")


@dataclass(frozen=True)
class Finding:
    """What one check says about one field (`field` is a JSON Pointer into the form).

    `needs_reason` marks an unconfirmed finding on which the decision itself would rest: it is decided with a typed reason.
    """

    check: str
    outcome: Outcome
    field: str
    citation: str
    message: Text
    remedy: Text
    needs_reason: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The finding as the public interface shows it, with `needs_reason` beside."""
        return {
            "check": self.check,
            "outcome": self.outcome,
            "field": self.field,
            "citation": self.citation,
            "message": self.message.as_dict(),
            "remedy": self.remedy.as_dict(),
            "needs_reason": self.needs_reason,
        }


def examine(procedure: Procedure, facts: Mapping[str, Any], law: Law, on: date) -> list[Finding]:
    """All findings of the procedure's checks on the facts, in the order of the procedure.

    `on` is the date that governs checks by default (the day of the decision, today before it); a check that another date
    governs (the window: the arrival) is taken as of that date where `facts["dates"]` has it. `facts` has the shape of
    `partner.regulation.facts.FACTS`, and beside it `operators` and `conformity`: number → entry, or None where unknown.
    """
    projected = project(facts, law.shape.facts)
    assert isinstance(projected, dict)  # noqa: S101 - the shape of all facts is a record
    case = Case(procedure, projected, facts, law, on, Told(projected))
    findings: list[Finding] = []
    for code in procedure.checks:
        findings.extend(_findings(code, law.checks[code], case))
    return findings


def fails(findings: list[Finding]) -> bool:
    """Whether a finding stands against the filing."""
    return any(finding.outcome == "fail" for finding in findings)


def needs_reason(findings: list[Finding]) -> bool:
    """Whether the decision would rest on something unconfirmed."""
    return any(finding.needs_reason for finding in findings)


def _in_force(check: Check, case: Case) -> tuple[Version[Any], Rule, Case] | None:
    """The version that governs the case, its rule, and the case as of the date that governs the rule."""
    version = check.on(case.on)
    if version is None or version.value is None:
        return None
    dated = case.as_of(case.governed_by(version.value))
    governing = check.on(dated.on)
    if governing is None or governing.value is None:
        return None
    return governing, governing.value, dated


def _findings(code: str, check: Check, case: Case) -> Iterator[Finding]:
    found = _in_force(check, case)
    if found is None:
        return
    version, rule, dated = found
    if rule.applies is not None and not rule.applies.holds(case.told):
        return
    verdicts = list(judge(rule, dated))
    fired = [verdict for verdict in verdicts if verdict.fires]
    for verdict in fired:
        yield _finding(code, version, rule, verdict, dated)
    if verdicts and not fired:
        yield _passed(code, check.title, version, needs_reason=rule.needs_reason, field=rule.each or case.field_of(rule))


def _finding(code: str, version: Version[Any], rule: Rule, verdict: Verdict, case: Case) -> Finding:
    outcome: Outcome = (verdict.outcome or rule.outcome) if version.certain else "unconfirmed"
    said = verdict.said or Said(message=rule.message, remedy=rule.remedy, leads_to=rule.leads_to)
    remedy, right = said.remedy, right_procedures.named(said.leads_to, case)
    if rule.same_act is not None and (same := right_procedures.of_same_act(rule.same_act.class_of, case)) is not None:
        remedy, right = rule.same_act.remedy, same
    return Finding(
        code,
        outcome,
        verdict.field,
        verdict.citation or version.citation,
        fill(said.message, verdict.values),
        fill(remedy, verdict.values, right),
        needs_reason=rule.needs_reason and outcome == "unconfirmed",
    )


def _passed(code: str, title: Text, version: Version[Any], *, needs_reason: bool, field: str) -> Finding:
    """Nothing fired. A check whose data is not confirmed never claims a pass."""
    if version.certain:
        return Finding(code, "pass", field, version.citation, title, NOTHING_TO_DO)
    message = Text(
        f"{title.ja}: 根拠となる値が確認できていないため、適合とは判定していません。",
        f"{title.en}: the values that this rests on are not confirmed, so it is not said to pass.",
    )
    return Finding(code, "unconfirmed", field, version.citation, message, NOTHING_TO_DO, needs_reason=needs_reason)
