"""The worked cases pin the checks down: whatever check is dropped and whatever bound is shifted by one unit, some case fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from partner import regulation
from partner.licensing import worked_cases
from partner.regulation import Law
from partner.regulation.checks import Check
from partner.regulation.procedures import Procedures
from partner.regulation.sources import Source
from partner.regulation.yaml_nodes import Document
from tests.regulation.mutating import Steps, leaves, plain

ROOT = Path(__file__).parents[2] / "regulation"
LAW = regulation.load(ROOT)
AT_LAW = Source("mutated", "mutated", None, {(): 1}, set(), LAW.shape)
"""Where a mutated check stands: it may name the facts of the law."""
CASES = worked_cases.read(ROOT)
pytestmark = pytest.mark.slow
EXPRESSIONS = {"fires", "when", "applies"}


@dataclass(frozen=True)
class Mutation:
    """One change of one check."""

    code: str
    data: Any
    what: str


def _shifted(path: Steps, value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1)
    elif isinstance(value, date):
        yield from (value + timedelta(days=1), value - timedelta(days=1))
    elif isinstance(value, str) and path[-1] in EXPRESSIONS:
        for number in re.finditer(r"(?<![\w'])\d+(?![\w'])", value):
            for other in (int(number.group()) + 1, int(number.group()) - 1):
                yield f"{value[: number.start()]}{other}{value[number.end() :]}"


def _with(data: Any, path: Steps, value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[step] = _with(data[step], tuple(rest), value)
    return copy


def _mutations_of(code: str, data: Any) -> Iterator[Mutation]:
    versions = data["versions"]
    for index, version in enumerate(versions):
        if len(versions) > 1:
            remaining = versions[:index] + versions[index + 1 :]
            yield Mutation(code, {**data, "versions": remaining}, f"{code}: version {version['from']} dropped")
    for path, value in leaves(versions, ("versions",)):
        for shifted in _shifted(path, value):
            yield Mutation(code, _with(data, path, shifted), f"{code}: {'.'.join(map(str, path))} {value} -> {shifted}")


def _read(file: Path) -> Any:
    def refuse(line: int, message: str) -> None:
        pytest.fail(f"{file}:{line}: {message}")

    return plain(Document(file.read_text(), refuse).data)


def _mutations() -> Iterator[Mutation]:
    for file in sorted((ROOT / "checks").glob("*.yaml")):
        yield from _mutations_of(file.stem, _read(file))


MUTATIONS = list(_mutations())


def _noticed(law: Law, code: str) -> bool:
    about = [case for case in CASES if case.row.check == code]
    whole = [case for case in CASES if case.row.check is None]
    return any(case.differences(law) for case in (*about, *whole))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_a_worked_case_notices_the_shift(mutation: Mutation) -> None:
    try:
        check = Check.model_validate(mutation.data, context=AT_LAW)
    except ValidationError:
        return  # the loader refuses it
    assert _noticed(replace(LAW, checks={**LAW.checks, mutation.code: check}), mutation.code), mutation.what


NAMED = [
    (code, check)
    for code, provision in LAW.all_procedures.by_code.items()
    for version in provision.versions
    if version.value is not None
    for check in version.value.checks
]


@pytest.mark.parametrize(("procedure", "check"), NAMED)
def test_a_worked_case_notices_that_a_procedure_lost_a_check(procedure: str, check: str) -> None:
    provision = LAW.all_procedures.by_code[procedure]
    version, *repeal = provision.versions
    assert version.value is not None
    rules = version.value.model_copy(update={"checks": tuple(code for code in version.value.checks if code != check)})
    without = provision.model_copy(update={"versions": (version.model_copy(update={"value": rules}), *repeal)})
    law = replace(LAW, all_procedures=Procedures({**LAW.all_procedures.by_code, procedure: without}))
    about = [case for case in CASES if case.file.procedure == procedure and case.row.check in {None, check}]
    assert any(case.differences(law) for case in about)


def test_the_mutations_reach_every_check() -> None:
    assert {mutation.code for mutation in MUTATIONS} == set(LAW.checks)
    assert len(MUTATIONS) > 200


def test_unmutated_checks_pass() -> None:
    """What makes a case fail is the mutation, and not the way in which it enters the law."""
    read = {file.stem: Check.model_validate(_read(file), context=AT_LAW) for file in (ROOT / "checks").glob("*.yaml")}
    law = replace(LAW, checks=read)
    assert [difference for case in CASES for difference in case.differences(law)] == []
