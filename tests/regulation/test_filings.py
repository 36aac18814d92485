"""Maps of e-filing files: two elements never share a place, no element is read twice, every name leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner.regulation import RegulationError, filings
from partner.regulation.reading import Reader
from tests.licensing.filing_files import law_in_force

GOOD = """
title: {ja: 様式, en: Form}
form_id: "1"
form_version: "2"
versions:
- from: 2020-01-01
  cites: 規則1条
  value:
    namespaces: {"": "urn:form", m: "urn:management"}
    root: data
    form_id_at: m:id
    form_version_at: m:version
    kind_at: kind
    kinds: [A1]
    signature_at: m:signature
    eras: eras
    composites:
      era_date: {era: e, year: y, month: m, day: d}
    shapes:
      place:
      - {at: town, to: town, as: text}
    metadata:
    - {at: "m:id", to: id, as: code}
    form:
    - {at: kind, to: kind, as: symbol}
    - {at: home, to: home, use: place}
    - {at: born, to: born, as: era_date}
    - {at: sex, to: sex, as: choice, values: {"1": male, "2": female}}
    - {at: unknown, meaning_unknown: no source tells}
"""


def load(tmp_path: Path, text: str, name: str = "1-2") -> filings.FilingMaps:
    (tmp_path / "filings").mkdir()
    (tmp_path / "filings" / f"{name}.yaml").write_text(text, encoding="utf-8")
    reader = Reader(tmp_path)
    reader.define_at("code-lists", "eras", "codes/eras.yaml", 1)
    found = filings.read(reader)
    reader.finish()
    return found


def test_a_map_in_order(tmp_path: Path) -> None:
    maps = load(tmp_path, GOOD)
    found = maps.get("1", "2")
    assert found is not None
    assert maps.get("1", "3") is None
    assert maps.of_form("1") == (found,)
    assert maps.of_form("2") == ()
    structure = found.versions[0].value
    assert structure is not None
    assert [(place.path, place.pointer) for place in structure.places(structure.form)] == [
        ("kind", "/kind"),
        ("home/town", "/home/town"),
        ("born", "/born"),
        ("sex", "/sex"),
    ]
    assert structure.places(structure.form)[2].paths == ("born/e", "born/y", "born/m", "born/d")
    assert structure.unknown_paths() == ["unknown"]
    assert structure.tag("m:id") == "{urn:management}id"
    assert structure.tag("kind") == "{urn:form}kind"


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("{at: kind, to: kind", "{at: kind, to: sex", "the same place twice: /sex"),
        ("{at: kind, to: kind", "{at: sex, to: kind", "the same element twice: sex"),
        ("{at: kind, to: kind", "{at: unknown, to: kind", "the same element twice: unknown"),
        ("{at: kind, to: kind", "{at: born/e, to: kind", "the same element twice: born/e"),
        ("{at: kind, to: kind", '{at: "x:kind", to: kind', "no namespace 'x'"),
        ("as: symbol", "as: guess", "as"),
        ("as: symbol", "as: symbol, optional: true", "unknown key 'optional'"),
        ("as: symbol", "as: symbol, codes: no-such", "no 'no-such'"),
        ("as: symbol", "as: symbol, refuses: unknown", "'refuses' needs 'codes'"),
        ("as: symbol", "as: symbol, required: true", "'required' needs 'refuses'"),
        ("as: symbol", "as: symbol, confirmed: false", "needs 'why'"),
        ("as: symbol", "as: choice", "'values'"),
        ('"2": female', '"2": male', "mean the same"),
        ("as: symbol", "as: symbol, listed: {codes: eras, to: sex}", "the same place twice: /sex"),
        ("as: era_date", "as: joined", "must name the parts of 'joined'"),
        ("era_date: {era: e, ", "era_date: {", "must name the parts of 'era_date'"),
        ("signature_at: m:", "signature_at: ds:", "no namespace 'ds'"),
        ("use: place", "use: no-such", "no shape 'no-such'"),
        ("to: home, use: place", "repeated: true, use: place", "needs 'to'"),
        ("kinds: [A1]", "kinds: []", "kinds"),
        ("  cites: 規則1条\n", "", "'cites' is missing"),
        ('form_version: "2"', 'form_version: "3"', "must be named 1-3.yaml"),
        ("eras: eras", "eras: ages", "no 'ages'"),
    ],
)
def test_a_map_that_is_not_in_order_is_refused(tmp_path: Path, good: str, bad: str, message: str) -> None:
    assert good in GOOD
    with pytest.raises(RegulationError, match=r"filings/1-2\.yaml:\d+: ") as caught:
        load(tmp_path, GOOD.replace(good, bad, 1))
    assert message in str(caught.value)


def test_the_map_of_the_law_takes_the_five_kinds() -> None:
    found = law_in_force().filing_map("101103", "0009")
    assert found is not None
    structure = found.versions[-1].value
    assert structure is not None
    assert structure.kinds == ("A1", "A2", "BA", "CA", "DA")
    assert len(structure.unknown_paths()) == 3
