"""Worked cases of the checks (`regulation/cases/checks/*.yaml`): filings, and what the examination says of them.

A file holds one filing that is in order. Each case says what is different (`set` in the form, `found` outside it; null takes
a value away) and what is expected: of one check, or, where no check is named, of all checks that do not pass.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from partner.licensing import facts
from partner.licensing.examination import Finding, Outcome, examine
from partner.regulation import Law
from partner.regulation.reading import Reader, Strict, Words

FOLDER = "cases/checks"


class Expected(Strict):
    """A finding that is no pass. `says` must occur in its message or remedy."""

    check: str | None = None
    outcome: Outcome
    field: str
    needs_reason: bool = False
    says: str = ""

    def matches(self, finding: Finding) -> bool:
        """Whether this is the finding."""
        words = f"{finding.message.ja}\n{finding.message.en}\n{finding.remedy.ja}\n{finding.remedy.en}"
        same = (finding.outcome, finding.field, finding.needs_reason) == (self.outcome, self.field, self.needs_reason)
        return same and self.check in (None, finding.check) and self.says in words


class CaseRow(Strict):
    """One case. With `since`, the check is in force from that day on: the day before it says nothing at all.

    `speaks` lists, where it is given, all checks that say anything at all of the filing, a pass included.
    """

    note: str
    check: str | None = None
    on: date | None = None
    since: date | None = None
    set_: Annotated[dict[str, Any], Field(alias="set")] = Field(default_factory=dict)
    found: dict[str, Any] = Field(default_factory=dict)
    expect: Literal["pass", "nothing"] | list[Expected]
    speaks: list[str] | None = None

    @model_validator(mode="after")
    def _about_one_check(self) -> CaseRow:
        if self.check is None and (self.since is not None or isinstance(self.expect, str)):
            raise ValueError("'since', 'pass' and 'nothing' are said of one check: name it")
        if self.check is None and any(expected.check is None for expected in self.expect if isinstance(expected, Expected)):
            raise ValueError("name the check of each finding")
        return self


class CaseFile(Strict):
    """A filing in order, and its cases."""

    title: Words
    procedure: str
    on: date
    form: dict[str, Any]
    found: dict[str, Any] = Field(default_factory=dict)
    cases: list[CaseRow] = Field(min_length=1)


@dataclass(frozen=True)
class WorkedCase:
    """One case with the filing that it starts from; `place` is its file and line."""

    place: str
    file: CaseFile
    row: CaseRow

    def differences(self, law: Law) -> list[str]:
        """What the examination says otherwise than the case; empty where they agree."""
        on = self.row.since or self.row.on or self.file.on
        findings = self._findings(law, on)
        differences = self._compare(findings) + self._compare_speakers(findings)
        if self.row.since is not None:
            before = self._findings(law, on - timedelta(days=1))
            differences += [f"{self.place}: '{finding.check}' speaks before {on}" for finding in before]
        return differences

    def _findings(self, law: Law, on: date) -> list[Finding]:
        procedure = law.procedure(self.file.procedure, self.file.on)
        if self.row.check is not None:
            procedure = replace(procedure, checks=tuple(code for code in procedure.checks if code == self.row.check))
        found = facts.LookedUp(**_changed(self.file.found, self.row.found))
        form = _changed(self.file.form, self.row.set_)
        told = facts.build(law, procedure, form, channel="electronic", dates=facts.Dates(on, received_on=on), found=found)
        return examine(procedure, told, law, on)

    def _compare_speakers(self, findings: list[Finding]) -> list[str]:
        if self.row.speaks is None:
            return []
        heard = {finding.check for finding in findings}
        return [f"{self.place}: '{code}' should speak, or should not" for code in sorted(heard ^ set(self.row.speaks))]

    def _compare(self, findings: list[Finding]) -> list[str]:
        expect = self.row.expect
        if expect == "nothing":
            return [f"{self.place}: nothing expected, but {_shown(finding)}" for finding in findings]
        if expect == "pass":
            wrong = [f"{self.place}: a pass expected, but {_shown(finding)}" for finding in findings if finding.outcome != "pass"]
            return wrong if findings else [f"{self.place}: a pass expected, but '{self.row.check}' says nothing"]
        return self._compare_each(expect, [finding for finding in findings if finding.outcome != "pass"])

    def _compare_each(self, expect: list[Expected], findings: list[Finding]) -> list[str]:
        missing = [wanted for wanted in expect if not any(wanted.matches(finding) for finding in findings)]
        surplus = [finding for finding in findings if not any(wanted.matches(finding) for wanted in expect)]
        return [f"{self.place}: expected {wanted.outcome} {wanted.check or self.row.check} at {wanted.field}" for wanted in missing] + [
            f"{self.place}: not expected: {_shown(finding)}" for finding in surplus
        ]


def read(root: Path) -> list[WorkedCase]:
    """Read all worked cases of checks below `root`; raises `RegulationError` when a file is not in order."""
    reader = Reader(root)
    cases = [
        WorkedCase(f"{source.name}:{source.line(('cases', index))}", file, row)
        for source, file in reader.provisions(FOLDER, CaseFile)
        for index, row in enumerate(file.cases)
    ]
    reader.finish()
    return cases


def run(root: Path, law: Law) -> Iterator[list[str]]:
    """What the examination says otherwise than each worked case below `root`, one after the other. Raises as `read`."""
    for case in read(root):
        yield case.differences(law)


def _shown(finding: Finding) -> str:
    return f"{finding.outcome} {finding.check} at {finding.field}: {finding.message.en}"


def _changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with values put at JSON Pointers, or taken away; dates become ISO text, as in a form."""
    changed = copy.deepcopy(_plain(data))
    for pointer, value in changes.items():
        *path, last = pointer.strip("/").split("/")
        place: Any = changed
        for step in path:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        _put(place, last, _plain(value))
    return changed if isinstance(changed, dict) else {}


def _put(place: Any, last: str, value: object) -> None:
    if isinstance(place, list):
        place[int(last) : int(last) + 1] = [] if value is None else [value]
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = value


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
