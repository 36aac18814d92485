"""Promises of the examination: what is found in the sample files on three dates, and what no finding may ever claim."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner import regulation
from partner.adapters.conformity import LocalConformity
from partner.adapters.operators import LocalOperators
from partner.errors import Text
from partner.licensing import examination, facts, filing
from partner.licensing.examination import Finding
from partner.regulation.checks import Check, fill
from partner.regulation.facts import ListOf, Record, Scalar, Shape

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "docs" / "samples"
LAW = regulation.load(ROOT / "regulation")


def form_of(name: str) -> dict[str, Any]:
    return dict(filing.read((SAMPLES / name).read_bytes(), LAW, on=date(2020, 6, 1)).form)


async def found_outside(form: Mapping[str, Any], **more: Any) -> facts.LookedUp:
    operators = {number: await LocalOperators().find(number) for number in facts.operator_numbers(form)}
    conformity = {number: await LocalConformity().find(number) for number in facts.conformity_numbers(form)}
    return facts.LookedUp(
        operators={number: entry.as_facts() if entry else None for number, entry in operators.items()},
        conformity={number: entry.as_facts() if entry else None for number, entry in conformity.items()},
        **more,
    )


async def examine(form: dict[str, Any], on: date, procedure: str = "amateur-new-license", **more: Any) -> list[Finding]:
    rules = LAW.procedure(procedure, on)
    dates = facts.Dates(on, received_on=on)
    told = facts.build(LAW, rules, form, channel="electronic", dates=dates, found=await found_outside(form, **more))
    return examination.examine(rules, told, LAW, on)


def against(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.outcome for finding in findings if finding.outcome != "pass"}


OPENING = {"completion-date": "fail", "transmitter-diagram": "fail", "remark-template": "warn", "allocation": "unconfirmed"}


@pytest.mark.parametrize(
    ("on", "more"),
    [
        (date(2020, 6, 1), {}),
        (date(2023, 3, 21), {}),
        (date(2023, 3, 22), {"field-strength": "fail"}),
        (date(2023, 9, 24), {"field-strength": "fail"}),
        (date(2023, 9, 25), {"field-strength": "fail", "amateur-symbol": "fail"}),
    ],
)
async def test_the_sample_of_a_fixed_station(on: date, more: dict[str, str]) -> None:
    findings = await examine(form_of("new-license_開局.xml"), on)
    assert against(findings) == {**OPENING, **more}
    passed = {finding.check for finding in findings if finding.outcome == "pass"}
    assert {"addressee", "operator-register", "conformity-list", "moving-power"} <= passed


async def test_old_codes_are_met_by_an_offer_of_the_bundle() -> None:
    findings = await examine(form_of("new-license_開局.xml"), date(2023, 9, 25))
    offers = [finding for finding in findings if finding.check == "amateur-symbol"]
    assert len(offers) == 13
    assert offers[0].field == "/station/assignments/0/symbol"
    assert all("1AF" in finding.remedy.ja and "1AF" in finding.remedy.en for finding in offers)


async def test_the_sample_of_a_fixed_station_once_mended() -> None:
    form = form_of("new-license_開局.xml")
    form["station"]["completion"] = {"kind": "date", "due_on": "2020-12-31"}
    form["station"]["remarks"] = "免許番号 関Ａ第123456号"
    findings = await examine(form, date(2020, 6, 1), attachments=["transmitter_diagram"])
    assert against(findings) == {"allocation": "unconfirmed"}


async def test_the_one_step_sample_has_no_failure_and_needs_no_reason() -> None:
    findings = await examine(form_of("new-license_one-step.xml"), date(2020, 6, 1))
    assert against(findings) == {"allocation": "unconfirmed"}
    assert not examination.fails(findings)
    assert not examination.needs_reason(findings)


async def test_a_moving_station_of_more_than_50_watts_fails() -> None:
    form = form_of("new-license_one-step.xml")
    form["station"]["assignments"][1]["power_w"] = 50.1
    findings = await examine(form, date(2020, 6, 1))
    assert [finding.field for finding in findings if finding.outcome == "fail"] == ["/station/assignments/1/power_w"]


async def test_what_a_register_does_not_know_is_never_a_failure() -> None:
    form = form_of("new-license_one-step.xml")
    form["station"]["operators"][0]["license_number"] = "ZZZZ999"
    form["station"]["transmitters"][0]["conformity_number"] = "999-999999"
    findings = await examine(form, date(2020, 6, 1))
    unknown = [finding for finding in findings if finding.check in {"operator-register", "conformity-list"}]
    assert {finding.outcome for finding in unknown} == {"unconfirmed"}
    assert examination.needs_reason(findings)
    assert not examination.fails(findings)


LICENSE = {
    "license_number": "関Ａ第123456号",
    "call_sign": "JA1QRZ",
    "station_class": "AT",
    "bureau": "A",
    "licensed_on": date(2019, 1, 1),
    "valid_to": date(2023, 12, 31),
    "held_by_applicant": True,
}


async def test_the_renewal_sample_within_its_window() -> None:
    findings = await examine(form_of("renewal_再免許.xml"), date(2023, 8, 1), "amateur-renewal", license=LICENSE)
    assert against(findings) == {}


async def test_the_renewal_sample_after_its_window_names_the_way_out() -> None:
    (late,) = [
        finding
        for finding in await examine(form_of("renewal_再免許.xml"), date(2023, 12, 1), "amateur-renewal", license=LICENSE)
        if finding.outcome == "fail"
    ]
    assert (late.check, late.field) == ("renewal-window", "/license_number")
    assert "廃止と新設" in late.remedy.ja
    assert "discontinuation" in late.remedy.en


async def test_the_renewal_sample_filed_in_2026_is_not_in_order() -> None:
    renewed = {**LICENSE, "licensed_on": date(2024, 1, 1), "valid_to": date(2028, 12, 31)}
    findings = await examine(form_of("renewal_再免許.xml"), date(2026, 6, 1), "amateur-renewal", license=renewed)
    assert {finding.check for finding in findings if finding.outcome == "fail"} == {"renewal-window", "license-date"}


async def test_of_another_persons_license_nothing_is_told() -> None:
    form = form_of("renewal_再免許.xml")
    findings = await examine(form, date(2023, 8, 1), "amateur-renewal", license={**LICENSE, "held_by_applicant": False})
    unknown = await examine(form, date(2023, 8, 1), "amateur-renewal")
    other = [finding for finding in findings if finding.check == "license-held"]
    assert other == [finding for finding in unknown if finding.check == "license-held"]
    assert other[0].outcome == "fail"


async def test_a_finding_is_shown_as_the_interface_says() -> None:
    shown = (await examine(form_of("new-license_one-step.xml"), date(2020, 6, 1)))[0].as_dict()
    assert set(shown) == {"check", "outcome", "field", "citation", "message", "remedy", "needs_reason"}
    assert set(shown["message"]) == set(shown["remedy"]) == {"ja", "en"}
    assert shown["citation"]


def raw(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, with keys missing, and now and then nonsense."""
    if isinstance(shape, Record):
        return st.fixed_dictionaries({}, optional={name: raw(part) for name, part in shape.fields.items()}) | st.none()
    if isinstance(shape, ListOf):
        return st.lists(raw(shape.item), max_size=2) | st.just("nonsense")
    values: dict[Scalar, st.SearchStrategy[Any]] = {
        Scalar.TEXT: st.sampled_from(["", "2020-06-01", "AAA", "none", "AABH998", "x", "13101", "第", "{value}"]),
        Scalar.NUMBER: st.integers(-1, 1001) | st.floats(allow_nan=False, allow_infinity=False),
        Scalar.BOOLEAN: st.booleans(),
    }
    return values[shape] | st.sampled_from([None, 7, "text", True])


@settings(max_examples=12, deadline=None)
@given(told=raw(LAW.shape.facts), on=st.sampled_from([date(2003, 8, 10), date(2020, 6, 1), date(2026, 6, 1)]))
def test_no_facts_whatever_break_an_examination(told: dict[str, Any] | None, on: date) -> None:
    for procedure in LAW.procedures(date(2020, 6, 1)):
        for finding in examination.examine(procedure, told or {}, LAW, on):
            assert finding.message.ja
            assert finding.message.en
            assert finding.citation
            if not finding.needs_reason:
                continue
            assert finding.outcome == "unconfirmed"


@settings(max_examples=8, deadline=None)
@given(form=raw(LAW.shape.form), on=st.sampled_from([date(2020, 6, 1), date(2026, 6, 1)]))
def test_no_form_whatever_breaks_the_facts(form: dict[str, Any] | None, on: date) -> None:
    for procedure in LAW.procedures(on):
        told = facts.build(LAW, procedure, form or {}, channel="paper", dates=facts.Dates(on), found=facts.LookedUp())
        examination.examine(procedure, told, LAW, on)


def test_what_is_not_confirmed_neither_passes_nor_fails() -> None:
    check = LAW.checks["moving-power"]
    doubtful = check.model_dump(by_alias=True)
    assert doubtful["versions"][0]["confirmed"] is True
    version = check.versions[0].model_copy(update={"confirmed": False, "why": "in doubt"})
    law = type(LAW)(**{**vars(LAW), "checks": {**LAW.checks, "moving-power": Check(title=check.title, versions=(version,))}})
    for power in (50, 51):
        told = {"form": {"station": {"assignments": [{"power_w": power}]}}, "derived": {"moves": True}}
        findings = examination.examine(law.procedure("amateur-change", date(2020, 6, 1)), told, law, date(2020, 6, 1))
        assert [finding.outcome for finding in findings if finding.check == "moving-power"] == ["unconfirmed"]


KINDS = ["partner/regulation/checks.py", "partner/licensing/examination.py", "partner/licensing/verdicts.py"]


def _names_of_the_law() -> set[str]:
    """Procedures, station classes, bundles, bureaus, qualifications, places: whatever only data may name."""
    lists = ["station-classes", "amateur-bundles", "amateur-emission-bundles", "amateur-bands", "bureaus", "operator-classes", "purposes"]
    codes = {code.code for name in [*lists, "movement-areas", "change-kinds", "prefectures"] for code in LAW.codes(name)}
    return codes | set(LAW.all_procedures.by_code) | set(LAW.checks) | set(LAW.routes.by_code) | set(LAW.fees.by_name)


def _docstrings(tree: ast.AST) -> set[int]:
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    heads = [statement for body in bodies for statement in body if isinstance(statement, ast.Expr)]
    return {id(statement.value) for statement in heads}


@pytest.mark.parametrize("path", KINDS)
def test_no_kind_of_check_mentions_a_procedure_class_article_band_or_amount(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    skipped = _docstrings(tree)
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped]
    numbers = {value for value in constants if isinstance(value, int | float) and not isinstance(value, bool)}
    words = {value for value in constants if isinstance(value, str)}
    assert numbers <= {0, 1}
    assert words & _names_of_the_law() == set()
    assert not [word for word in words if "条" in word or "法" in word.replace("方法", "")]


def test_the_text_of_this_test_would_notice_a_class() -> None:
    assert {"AT", "amateur-renewal", "1AF", "first", "BBB", "moving-power"} <= _names_of_the_law()


def test_words_with_placeholders_are_filled() -> None:
    assert fill(Text("{value}W", "{limit} W"), {"value": "51", "limit": "50"}) == Text("51W", "50 W")
    assert fill(Text("{bureau}", "{offer}"), {}) == Text("—", "—")
