"""The pages that say the law in tables, made from its data: `python -m tests.house.law_pages` writes them.

`docs/procedures.md` has every procedure with its versions, `docs/workflow.md` the steps of every route between its two marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from partner import regulation
from partner.regulation import Law
from partner.regulation.procedures import ProcedureRules
from partner.regulation.provisions import Version
from partner.regulation.routes import Condition, RouteRules

ROOT = Path(__file__).resolve().parents[2]
PROCEDURES = ROOT / "docs" / "procedures.md"
WORKFLOW = ROOT / "docs" / "workflow.md"
PLACE = re.compile(r"(<!-- routes: begin [^\n]*-->\n).*?(<!-- routes: end -->)", re.DOTALL)
INTRODUCTION = """# The procedures

Made from `regulation/procedures/` by `python -m tests.house.law_pages`; a test compares. How one is written:
[writing-procedures.md](writing-procedures.md). What the steps of a route are: [workflow.md](workflow.md). Worked cases of each:
`regulation/cases/checks/`. "unconfirmed" marks what rests on facts that we are not sure of; the file says why.

"""
HEAD = "| code | procedure | act | from | by | classes | form | fee | window | route | effect | decided by |"
CONDITIONS: dict[Condition, str] = {
    Condition.ANOTHER_THAN_PROPOSER: "by another than the proposer",
    Condition.APPROVALS_OPEN: "a further level is open",
    Condition.BUREAU_NAMED: "names the bureau",
    Condition.COMPLETION_IN_TIME: "within the days of grace after the deadline",
    Condition.COMPLETION_OVERDUE: "the days of grace are over",
    Condition.DUE_ON_NAMED: "names a day after today and within a year",
    Condition.FEE_DUE: "a fee is due",
    Condition.FEE_SETTLED: "no fee is unpaid",
    Condition.GRANT_PROPOSED: "a grant is proposed",
    Condition.INSPECTION_OPEN: "an inspection is open",
    Condition.INSPECTION_PASSED: "the inspection passed",
    Condition.INSPECTION_RECORDED: "after the inspection",
    Condition.LICENSE_IN_FORCE: "the license has not expired",
    Condition.NOTHING_DUE: "nothing is due",
    Condition.NO_FAILING_FINDING: "no check fails",
    Condition.PROVISIONAL_GIVEN: "after the provisional license",
    Condition.PROVISIONAL_NOT_GIVEN: "before the provisional license",
    Condition.REASONS_GIVEN: "with reasons",
    Condition.REASONS_WHERE_UNCONFIRMED: "with a reason where something is unconfirmed",
    Condition.REFUSAL_PROPOSED: "a refusal is proposed",
    Condition.REQUESTS_NAMED: "names what to correct",
    Condition.RESULT_FAIL: "result fail",
    Condition.RESULT_PASS: "result pass",
    Condition.STAND_IN_NAMED: "names the stand-in",
    Condition.TIME_LIMIT_PASSED: "the time limit has passed",
}


def procedures(law: Law) -> str:
    """The whole page of procedures: a row for each version of each."""
    rows = [
        "| " + " | ".join(_procedure(code, f"{provision.title.ja}<br>{provision.title.en}", version)) + " |"
        for code, provision in sorted(law.all_procedures.by_code.items())
        for version in provision.versions
    ]
    citations = [
        f"- `{code}` {'・'.join(dict.fromkeys(cite for version in provision.versions for cite in version.cites))}"
        for code, provision in sorted(law.all_procedures.by_code.items())
    ]
    table = "\n".join([HEAD, "|---" * HEAD.count(" | ") + "|---|", *rows])
    return f"{INTRODUCTION}{table}\n\n## Legal basis\n\n" + "\n".join(citations) + "\n"


def _procedure(code: str, title: str, version: Version[ProcedureRules]) -> list[str]:
    begins = version.from_.isoformat() + ("" if version.certain else " (unconfirmed)")
    rules = version.value
    if rules is None:
        return [f"`{code}`", title, "", begins, "repealed", "", "", "", "", "", "", ""]
    fee = " + ".join(name for name in (rules.fee, rules.inspection_fee) if name)
    return [
        f"`{code}`",
        f"{title} ({'申請' if rules.kind == 'application' else '届出'})",
        rules.act,
        begins,
        ", ".join(rules.filers),
        ", ".join(rules.station_classes),
        rules.form,
        fee or "–",
        rules.window or "–",
        ", ".join(dict.fromkeys(choice.route for choice in rules.routes)),
        rules.effect,
        rules.decider,
    ]


def routes(law: Law) -> str:
    """The steps of every route as it stands last, a section for each."""
    sections = []
    for code, provision in sorted(law.routes.by_code.items()):
        version = next((one for one in reversed(provision.versions) if one.value is not None), None)
        if version is not None and version.value is not None:
            head = f"## {code} ({provision.title.ja})\n\n{provision.title.en}. {version.citation}.\n\n"
            sections.append(head + _steps(version.value))
    return "\n".join(sections)


def _steps(rules: RouteRules) -> str:
    signed = ", then ".join(level.who for level in rules.levels)
    rows = [
        f"| {', '.join(step.start)} | `{step.action}` | {', '.join(step.who)} | {_words(step.when)} | {_words(step.requires)} |"
        f" {step.to or 'stays'} |"
        for step in rules.transitions
    ]
    levels = f"Signed by: {signed}.\n\n" if signed else ""
    return levels + "\n".join(["| from | action | who | when | needs | to |", "|---|---|---|---|---|---|", *rows, ""])


def _words(conditions: Iterable[Condition]) -> str:
    return "; ".join(CONDITIONS[condition] for condition in conditions)


def written(page: str, law: Law) -> str:
    """The page about the workflow with the routes in their place."""
    return PLACE.sub(lambda place: f"{place[1]}\n{routes(law)}\n{place[2]}", page)


if __name__ == "__main__":
    in_force = regulation.load(ROOT / "regulation")
    PROCEDURES.write_text(procedures(in_force), encoding="utf-8")
    WORKFLOW.write_text(written(WORKFLOW.read_text(encoding="utf-8"), in_force), encoding="utf-8")
