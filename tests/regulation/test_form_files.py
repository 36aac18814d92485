"""Files of forms: what is in order is read, and what is not is refused with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from partner.regulation import RegulationError, forms
from partner.regulation.form_fields import Field
from partner.regulation.reading import Reader

DAY = date(2020, 6, 1)
GOOD = """
title: {ja: 様式, en: Form}
versions:
- from: 2020-01-01
  cites: 規則1条
  value:
    shapes:
      place:
      - {key: town, type: text, label: {ja: 町, en: Town}}
    sections:
    - key: one
      label: {ja: 一, en: One}
      fields:
      - {key: name, type: text, label: {ja: 氏名, en: Name}}
      - {key: home, type: group, label: {ja: 住所, en: Home}, fields: [{use: place}]}
"""


def load(tmp_path: Path, text: str) -> forms.Forms:
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "x.yaml").write_text(text, encoding="utf-8")
    reader = Reader(tmp_path)
    found = forms.read(reader)
    reader.finish()
    return found


def test_a_form_in_order(tmp_path: Path) -> None:
    form = load(tmp_path, GOOD).get("x", DAY)
    assert [pointer for pointer, _ in form.pointers()] == ["/name", "/home", "/home/town"]
    assert isinstance(form.field("/home/town"), Field)


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("{use: place}", "{use: no-such}", "no shape 'no-such'"),
        ("- {key: town, type: text, label: {ja: 町, en: Town}}", "- {use: place}", "uses itself"),
        ("key: home", "key: name", "the same place twice"),
        ("type: text, label: {ja: 氏名", "type: prose, label: {ja: 氏名", "type"),
        ("type: text, label: {ja: 氏名", "type: choice, label: {ja: 氏名", "'values'"),
        ("type: text, label: {ja: 氏名", "type: group, label: {ja: 氏名", "'fields'"),
        ("type: text, label: {ja: 氏名", "type: text, codes: bureaus, label: {ja: 氏名", "'codes'"),
        ("type: text, label: {ja: 氏名", "type: code, codes: no-such, label: {ja: 氏名", "no 'no-such'"),
        ("type: text, label: {ja: 氏名", "type: text, until: 2021-01-01, label: {ja: 氏名", "need 'cites'"),
        ("type: text, label: {ja: 氏名", "type: text, requierd: [new], label: {ja: 氏名", "requierd"),
        ("type: text, label: {ja: 氏名", "type: text, required: [sometimes], label: {ja: 氏名", "codes/acts"),
        ("type: text, label: {ja: 氏名", "type: text, confirmed: false, label: {ja: 氏名", "needs 'why'"),
        ("{ja: 氏名, en: Name}", "{ja: 氏名}", "both not empty"),
        ("  cites: 規則1条\n", "", "'cites' is missing"),
    ],
)
def test_a_form_that_is_not_in_order_is_refused(tmp_path: Path, good: str, bad: str, message: str) -> None:
    assert good in GOOD
    with pytest.raises(RegulationError, match=r"forms/x\.yaml:\d+: ") as caught:
        load(tmp_path, GOOD.replace(good, bad, 1))
    assert message in str(caught.value)
