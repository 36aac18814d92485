"""A new field of a form is a fact at once; the same place has one type everywhere, and code reads what it documents."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from partner import regulation
from partner.licensing import examination, facts
from partner.regulation.facts import FORM, ListOf, Record, Scalar, Shape, at_pointer
from partner.regulation.reading import RegulationError

ROOT = Path(__file__).parents[2] / "regulation"
FIELD = "      - {key: mast_height_m, type: number, label: {ja: 高さ, en: Height}}\n"
CHECK = """title: {ja: 高さ, en: Height}
versions:
- from: 2020-01-01
  cites: x
  value:
    kind: range
    field: /mast_height_m
    maximum: 30
    when: "form.mast_height_m != null"
    outcome: fail
    message: {ja: 高い, en: Too high}
    remedy: {ja: 低く, en: Lower it}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT, tmp_path / "regulation")
    return tmp_path / "regulation"


def _add_field(root: Path, field: str) -> None:
    path = root / "forms/amateur.yaml"
    text = path.read_text()
    here = text.index("      fields:\n", text.index("    - key: filing\n")) + len("      fields:\n")
    path.write_text(text[:here] + field + text[here:])


def test_a_new_field_is_known_to_checks_and_projection_at_once(root: Path) -> None:
    _add_field(root, FIELD)
    (root / "checks/mast.yaml").write_text(CHECK)
    procedure = root / "procedures/amateur-discontinuation.yaml"
    procedure.write_text(procedure.read_text().replace("    checks:\n", "    checks:\n    - mast\n"))
    law = regulation.load(root)
    day = date(2026, 6, 1)
    dates, found = facts.Dates(day, received_on=day), facts.LookedUp()
    rules = law.procedure("amateur-discontinuation", day)
    told = facts.build(law, rules, {"mast_height_m": 31}, channel="electronic", dates=dates, found=found)
    assert [one.outcome for one in examination.examine(rules, told, law, day) if one.check == "mast"] == ["fail"]
    assert not law.form("amateur", day).validate({"mast_height_m": 31})


def test_a_check_on_a_field_that_no_form_has_is_refused(root: Path) -> None:
    (root / "checks/mast.yaml").write_text(CHECK)
    with pytest.raises(RegulationError, match=r"checks/mast.yaml:\d+: .*no f"):
        regulation.load(root)


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ("      - {key: remarks, type: integer, label: {ja: 備考, en: Remarks}}\n", "/remarks"),  # text in another form
        ("      - {key: fee, type: text, label: {ja: 手数料, en: Fee}}\n", "/fee"),  # code reads an object there
    ],
)
def test_another_type_for_the_same_place_names_file_and_line(root: Path, field: str, pointer: str) -> None:
    path = root / "forms/amateur.yaml"
    path.write_text(path.read_text().replace("      - {key: remarks, type: multiline", "      - {key: remarks_2, type: multiline"))
    _add_field(root, field)
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if text == field.rstrip("\n"))
    with pytest.raises(RegulationError) as caught:
        regulation.load(root)
    assert any(f"amateur.yaml:{line}: the field {pointer}" in defect or pointer in defect for defect in caught.value.defects)


def _pointers(shape: Shape, so_far: str = "") -> list[str]:
    if isinstance(shape, Record):
        return [one for name, part in shape.fields.items() for one in _pointers(part, f"{so_far}/{name}")]
    return _pointers(shape.item, f"{so_far}/*") if isinstance(shape, ListOf) else [so_far]


def test_the_vocabulary_of_the_code_stands_in_the_composed_shape(law: regulation.Law) -> None:
    for pointer in _pointers(FORM):
        assert at_pointer(pointer, law.shape.form) == at_pointer(pointer, FORM)
    assert at_pointer("/station/antenna_height_m", law.shape.form) is Scalar.NUMBER
