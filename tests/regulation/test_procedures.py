"""Promises of procedures, routes, checks and their expressions as data: what is in force, and what the loader refuses."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from partner import errors, regulation
from partner.regulation import Law, RegulationError
from partner.regulation.expressions import Expression

ROOT = Path(__file__).parents[2] / "regulation"
DAY = date(2020, 6, 1)
CODES = [
    "amateur-change",
    "amateur-discontinuation",
    "amateur-new-license",
    "amateur-renewal",
    "land-mobile-new-license",
    "land-mobile-renewal",
]


def test_the_procedures_of_the_first_law(law: Law) -> None:
    assert {procedure.code for procedure in law.procedures(DAY)} >= set(CODES)
    assert law.procedures(date(2003, 8, 10)) == []
    with pytest.raises(errors.NotFound, match="unknown_procedure"):
        law.procedure("no-such-procedure", DAY)


def test_a_procedure_names_only_what_is_there(law: Law) -> None:
    for procedure in law.procedures(DAY):
        assert set(procedure.checks) <= set(law.checks)
        assert law.form(procedure.form, DAY).json_schema(law)
        for choice in procedure.routes:
            assert law.routes.get(choice.route, DAY).rules.transitions
        if procedure.window:
            assert law.windows.version(procedure.window, DAY), procedure.code
        assert procedure.standard_days is None or procedure.code.startswith("blanket-")  # 特定無線局の届出: 3日、変更は5日


@pytest.mark.parametrize(
    ("kind", "station_class", "code"),
    [
        ("A1", "AT", "amateur-new-license"),
        ("A2", "AT", "amateur-new-license"),
        ("BA", "AT", "amateur-renewal"),
        ("CA", "AT", "amateur-change"),
        ("DA", "AT", "amateur-discontinuation"),
        ("A1", "FB", None),
        ("CC", "AT", None),
    ],
)
def test_a_filing_finds_its_procedure(law: Law, kind: str, station_class: str, code: str | None) -> None:
    found = law.all_procedures.of_filing(kind, station_class, DAY)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("derived", "attachments", "route"),
    [
        ({"all_conforming": True}, [], "simplified"),
        ({"all_conforming": False, "largest_nonconforming_w": 200}, ["guarantee"], "simplified"),
        ({"all_conforming": False, "largest_nonconforming_w": 200}, [], "full"),
        ({"all_conforming": False, "largest_nonconforming_w": 201}, ["guarantee"], "full"),
        ({}, [], "full"),
    ],
)
def test_the_route_follows_the_equipment(law: Law, derived: dict[str, object], attachments: list[str], route: str) -> None:
    facts = {"derived": derived, "attachments": attachments}
    assert law.procedure("amateur-new-license", DAY).route(facts) == route


def test_a_guarantee_is_for_amateur_stations_only(law: Law) -> None:
    facts = {"derived": {"largest_nonconforming_w": 10}, "attachments": ["guarantee"]}
    assert law.procedure("land-mobile-new-license", DAY).route(facts) == "full"


def test_which_date_governs_which_rule(law: Law) -> None:
    governed = law.procedure("amateur-renewal", DAY).governed_by
    assert (governed.form, governed.window, governed.fee) == ("received_on", "received_on", "received_on")
    assert (governed.checks, governed.term) == ("decided_on", "licensed_on")


def test_the_days_of_grace_are_the_same_deadline(law: Law) -> None:
    """法11条 stands in the route, where the workflow needs it, and among the deadlines: they may not drift apart."""
    last_day = law.deadline("completion-notice", after=date(2020, 12, 31)).last_day
    assert (last_day - date(2020, 12, 31)).days == law.routes.get("full", DAY).rules.completion_grace_days


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("form.statoin.movement == 'AAA'", "no fact 'form.statoin'"),
        ("nothing == 1", "no fact 'nothing'"),
        ("form.station.assignments.exists(a, a.watts > 1)", "no fact 'a.watts'"),
        ("form.station.movement.exists(m, true)", "is no list"),
        ("derived.max_power_w > 50", "cannot be answered.*what is absent is null"),
        ("1 / 0 == 1", "cannot be answered"),
        ("derived.max_power_w", "does not answer true or false"),
        ("now() == 1", "no function 'now'"),
        ("form.station.movement ==", "not a CEL expression"),
    ],
)
def test_an_expression_that_cannot_be_answered_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Expression(source)


def spoil(copy: Path, file: str, old: str, new: str) -> list[str]:
    shutil.copytree(ROOT, copy)
    path = copy / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RegulationError) as refused:
        regulation.load(copy)
    return [defect for defect in refused.value.defects if file in defect]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("procedures/amateur-renewal.yaml", "- license-held", "- license-hold", "there is no 'license-hold' (checks)"),
        ("procedures/amateur-renewal.yaml", "fee: amateur-renewal", "fee: amateur-renewals", "there is no 'amateur-renewals' (fees)"),
        ("procedures/amateur-renewal.yaml", "window: amateur-renewal", "window: amateur", "there is no 'amateur' (windows)"),
        ("procedures/amateur-renewal.yaml", "route: renewal", "route: renew", "there is no 'renew' (route)"),
        ("procedures/amateur-renewal.yaml", "/license_number", "/licence_number", "no field /licence_number"),
        ("procedures/amateur-renewal.yaml", "- license-held", "- license-number-given", "a check is named twice"),
        ("procedures/amateur-new-license.yaml", "largest_nonconforming_w != null", "largest != null", "no fact 'derived.largest'"),
        ("checks/moving-power.yaml", 'kind: "range"', 'kind: "power"', "kind"),
        ("checks/moving-power.yaml", 'field: "/power_w"', 'field: "/power"', "no field /station/assignments/power"),
        ("checks/moving-power.yaml", "{value}W", "{watts}W", "unknown placeholder: watts"),
        ("checks/moving-power.yaml", "{value}W", "{procedures}W", "unknown placeholder: procedures"),
        ("checks/same-place.yaml", "leads_to: [renewal, change]", "leads_to: [renewall, change]", "no 'renewall' (codes/acts)"),
        ("checks/license-not-ended.yaml", "new license: {procedures}.", "new license.", "is said in the remedy"),
        ("checks/station-class.yaml", "class_of: form", "class_of: forms", "class_of"),
        ("checks/station-class.yaml", "is right: {procedures}.", "is right.", "names the procedures"),
        ("checks/station-class.yaml", "If '{value}'", "If '{limit}'", "unknown placeholder: limit"),
        ("checks/same-filing.yaml", "tells: /same_filings", "tells: /same_filing", "no fact /same_filing that is text"),
        ("checks/same-filing.yaml", "    tells: /same_filings\n", "", "the fact that {told} stands for"),
        ("checks/moving-power.yaml", "maximum: 50", "maximum: 50\n    amount: 1", "unknown key 'amount'"),
        ("checks/moving-power.yaml", '  cites: "無線局根本的基準6条の2"\n', "", "'cites' is missing"),
        ("checks/purpose-known.yaml", 'list: "purposes"', 'list: "reasons"', "there is no 'reasons' (code-lists)"),
        ("routes/full.yaml", "    completion_grace_days: 14\n", "", "needs completion_grace_days"),
        ("routes/full.yaml", "requires: [fee_due]", "requires: [fee_owed]", "requires"),
        ("routes/disposition.yaml", "from: [draft, received]\n", "from: [draft, examining]\n", "is not out of turn there"),
        ("routes/simplified.yaml", "from: [in_approval], to: granted", "from: [refused], to: granted", "final status"),
    ],
)
def test_a_defect_is_refused_with_file_and_line(tmp_path: Path, file: str, old: str, new: str, complaint: str) -> None:
    defects = spoil(tmp_path / "regulation", file, old, new)
    assert [defect for defect in defects if complaint in defect], defects
    assert all(defect.split(":")[1].isdigit() for defect in defects)
