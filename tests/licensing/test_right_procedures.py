"""Where a check says that a filing takes the wrong procedure, it names the right one, by its name and code, for every class of station."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from partner import regulation
from partner.licensing import right_procedures
from partner.licensing.verdicts import Case
from partner.regulation.expressions import Told
from partner.regulation.facts import project
from partner.regulation.procedures import Procedure

LAW = regulation.load(Path(__file__).parents[2] / "regulation")
DAYS = (date(2020, 6, 1), date(2026, 6, 1))


def case_of(procedure: Procedure, station_class: str, on: date, *, registered: bool, held_class: str | None = None) -> Case:
    raw = {
        "form": {"station_class": station_class},
        "license": {"held_by_applicant": True, "registered": registered, "station_class": held_class or station_class}
        if procedure.license_field
        else None,
    }
    facts = project(raw, LAW.shape.facts)
    assert isinstance(facts, dict)
    return Case(procedure, facts, raw, LAW, on, Told(facts))


def leading() -> Iterator[tuple[str, str, tuple[str, ...], date]]:
    """Every procedure with each of its checks that leads elsewhere, to which acts, on which day."""
    for on in DAYS:
        for procedure in LAW.procedures(on):
            for code in procedure.checks:
                version = LAW.checks[code].on(on)
                for said in version.value.all_said() if version and version.value else ():
                    if said.leads_to:
                        yield procedure.code, code, said.leads_to, on


LEADING = sorted(set(leading()))


def test_new_licenses_renewals_and_changes_each_lead_on() -> None:
    acts = {LAW.procedure(code, on).act for code, _, _, on in LEADING}
    assert {"new", "renewal", "change", "minor-change", "designation-change", "storage-place", "discontinuation"} <= acts


@pytest.mark.parametrize(("code", "check", "acts", "on"), LEADING)
def test_the_right_procedure_is_named_for_every_class(code: str, check: str, acts: tuple[str, ...], on: date) -> None:
    procedure = LAW.procedure(code, on)
    registered = "is-a-registration" in procedure.checks
    for station_class in procedure.station_classes:
        named = right_procedures.named(acts, case_of(procedure, station_class, on, registered=registered))
        assert named is not None, station_class
        found = [one for one in LAW.procedures(on) if f"({one.code})" in named.ja]
        assert found
        assert all(one.act in acts and station_class in one.station_classes for one in found)
        assert all(f"\u300c{one.title.ja}\u300d" in named.ja and f"'{one.title.en}' ({one.code})" in named.en for one in found)


def test_a_registration_is_led_to_the_procedures_of_registrations() -> None:
    filed = LAW.procedure("land-mobile-renewal", DAYS[1])
    acts = ("change", "registration-change", "discontinuation")
    license_ = right_procedures.named(acts, case_of(filed, "FB", DAYS[1], registered=False))
    registration = right_procedures.named(acts, case_of(filed, "FB", DAYS[1], registered=True))
    assert license_ is not None
    assert registration is not None
    assert "(change-permission)" in license_.ja
    assert "(discontinuation)" in license_.ja
    assert "(registration-change)" not in license_.ja
    assert "(registration-change)" in registration.ja
    assert "(registration-closure)" in registration.ja
    assert "(change-permission)" not in registration.ja
    assert right_procedures.named(("storage-place",), case_of(filed, "ML_H", DAYS[1], registered=False)) is None


@pytest.mark.parametrize("on", DAYS)
def test_of_another_class_the_procedure_of_the_same_act_is_named_never_the_one_that_was_taken(on: date) -> None:
    """A renewal of another class leads to the renewal of that class: by the license where the number is right, by the form else."""
    for station_class, wanted in (("ML", "land-mobile-renewal"), ("AT", "amateur-renewal"), ("FX", None)):
        case = case_of(LAW.procedure("fixed-renewal", on), "FX", on, registered=False, held_class=station_class)
        named = right_procedures.of_same_act("license", case)
        assert (named is not None and f"({wanted})" in named.ja and f"({wanted})" in named.en) is (wanted is not None), station_class
        assert right_procedures.of_same_act("form", case) is None, "the class on the form is that of the procedure"
    typed = case_of(LAW.procedure("fixed-renewal", on), "ML", on, registered=False, held_class="FX")
    named = right_procedures.of_same_act("form", typed)
    assert named is not None
    assert "(land-mobile-renewal)" in named.en


def test_where_no_other_procedure_of_the_act_takes_the_class_none_is_named() -> None:
    case = case_of(LAW.procedure("minor-change", DAYS[1]), "FX", DAYS[1], registered=False, held_class="ML")
    assert right_procedures.of_same_act("license", case) is None
    unknown = case_of(LAW.procedure("fixed-renewal", DAYS[1]), "ZZ", DAYS[1], registered=False)
    assert right_procedures.of_same_act("form", unknown) is None
