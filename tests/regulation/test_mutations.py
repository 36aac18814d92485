"""The worked cases pin the data down: whatever bound is shifted by one unit, whatever version is dropped, some case fails.

Bounds are all numbers, dates and doubts of the versions of a provision: amounts, limits of power, months, days, first days. Labels,
citations and `covers_from` (a guard of the loader) state no law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from partner import regulation
from partner.licensing import worked_cases
from partner.regulation import Law, cases
from partner.regulation.call_signs import ReservationRule
from partner.regulation.deadlines import DeadlineProvision
from partner.regulation.disclosure import DisclosureRule
from partner.regulation.fee_powers import FeePower
from partner.regulation.fees import FeeTable
from partner.regulation.periods import Period
from partner.regulation.reading import Provision
from partner.regulation.sources import Source
from partner.regulation.windows import Window
from partner.regulation.yaml_nodes import Document
from tests.regulation.mutating import Steps, leaves, plain

ROOT = Path(__file__).parents[2] / "regulation"
CASES = cases.read(ROOT)
FILINGS = worked_cases.read(ROOT)
"""The worked cases of the checks: those of its check speak of a window that is not told by an expiry."""
AT_LAW = Source("mutated", "mutated", None, {(): 1}, set(), regulation.load(ROOT).shape)
"""Where a mutated provision stands: it may name the fields of all forms."""
Apply = Callable[[Law, str, Any], Law]


def _named(part: str) -> Apply:
    def apply(law: Law, name: str, provision: Any) -> Law:
        table = getattr(law, part)
        return replace(law, **{part: replace(table, by_name={**table.by_name, name: provision})})

    return apply


def _reservation(law: Law, _name: str, provision: Any) -> Law:
    return replace(law, call_sign_rules=replace(law.call_sign_rules, reservation=provision))


def _publication(law: Law, _name: str, provision: Any) -> Law:
    return replace(law, disclosure=replace(law.disclosure, provision=provision))


@dataclass(frozen=True)
class Kind:
    """Where provisions stand, how they are read, how they enter the law, and which cases speak of them."""

    folder: str
    model: type[Provision[Any]]
    apply: Apply
    cases: str
    within: str | None = None
    open_start: bool = False
    """The first version also governs the days before it, so that its first day decides nothing."""


KINDS = [
    Kind("fees", FeeTable, _named("fees"), "fee"),
    Kind("fee-powers", FeePower, _named("fee_powers"), "fee-power"),
    Kind("periods", Period, _named("periods"), "term"),
    Kind("windows", Window, _named("windows"), "window"),
    Kind("deadlines", DeadlineProvision, _named("deadlines"), "deadline"),
    Kind("call-signs", Provision[ReservationRule], _reservation, "reservation", within="reservation", open_start=True),
    Kind("disclosure", Provision[DisclosureRule], _publication, "publication", open_start=True),
]


@dataclass(frozen=True)
class Mutation:
    """One change of one provision."""

    kind: Kind
    name: str
    data: Any
    what: str


def _shifted(path: Steps, value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        # Published frequencies are whole steps of 100 MHz: less than that shifts nothing.
        unit = 100_000_000 if str(path[-1]).endswith("_hz") else 1
        return [value + unit, value - unit]
    if isinstance(value, date):
        return [value + timedelta(days=1), value - timedelta(days=1)]
    return []


def _with(data: Any, path: Steps, value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[step] = _with(data[step], tuple(rest), value)
    return copy


def _mutations_of(kind: Kind, name: str, data: Any) -> Iterator[Mutation]:
    versions = data["versions"]
    for index in range(len(versions)):
        remaining = versions[:index] + versions[index + 1 :]
        if remaining:
            yield Mutation(kind, name, {**data, "versions": remaining}, f"{name}: version {versions[index]['from']} dropped")
    for path, value in leaves(versions, ("versions",)):
        if path == ("versions", 0, "from") and (kind.open_start or _told_by_an_event(data)):
            continue
        for shifted in _shifted(path, value):
            yield Mutation(kind, name, _with(data, path, shifted), f"{name}: {'.'.join(map(str, path))} {value} -> {shifted}")


def _told_by_an_event(data: Any) -> bool:
    """A window of that kind: from which day it counts is said by its check."""
    return any(
        {"after", "within_completion"} & set(version["value"] or ()) for version in data["versions"] if isinstance(version["value"], dict)
    )


def _read(file: Path) -> Any:
    def refuse(line: int, message: str) -> None:
        pytest.fail(f"{file}:{line}: {message}")

    return plain(Document(file.read_text(), refuse).data)


def _mutations() -> Iterator[Mutation]:
    for kind in KINDS:
        for file in sorted((ROOT / kind.folder).glob("*.yaml")):
            data = _read(file)
            yield from _mutations_of(kind, file.stem, data[kind.within] if kind.within else data)


MUTATIONS = list(_mutations())


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_a_worked_case_fails(mutation: Mutation, law: Law) -> None:
    try:
        provision = mutation.kind.model.model_validate(mutation.data, context=AT_LAW)
    except ValidationError:
        return  # the loader refuses it
    mutated = mutation.kind.apply(law, mutation.name, provision)
    spoken = [case for case in CASES if case.kind == mutation.kind.cases]
    filed = [case for case in FILINGS if mutation.kind.folder == "windows" and mutation.name in _windows_of(law, case.file.procedure)]
    noticed = any(case.differences(mutated) for case in spoken) or any(case.differences(mutated) for case in filed)
    assert noticed, f"no worked case notices: {mutation.what}"


def _windows_of(law: Law, procedure: str) -> set[str | None]:
    return {version.value.window for version in law.all_procedures.by_code[procedure].versions if version.value is not None}


def test_the_mutations_reach_every_kind() -> None:
    assert {mutation.kind.folder for mutation in MUTATIONS} == {kind.folder for kind in KINDS}
    assert len(MUTATIONS) > 500


def test_unmutated_data_passes(law: Law) -> None:
    """What makes a case fail is the mutation, and not the way in which it enters the law."""
    for kind in KINDS:
        for file in (ROOT / kind.folder).glob("*.yaml"):
            data = _read(file)
            provision = kind.model.model_validate(data[kind.within] if kind.within else data, context=AT_LAW)
            assert cases.failures(kind.apply(law, file.stem, provision), CASES) == []
