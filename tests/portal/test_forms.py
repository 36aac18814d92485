"""Filling in a form: what the boxes show comes back as it was, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner.licensing import filing
from partner.portal import form_answers, form_reading
from partner.portal.form_filling import Sheet, identity
from partner.regulation import Law
from partner.regulation.form_fields import Field
from partner.regulation.forms import Form
from tests.portal.conftest import SAMPLES, the_law

ON = date(2020, 6, 1)
TODAY = date(2026, 11, 1)
FORMS = {"new-license_one-step.xml": "new", "new-license_開局.xml": "new", "renewal_再免許.xml": "renewal"}


def the_form(law: Law) -> Form:
    return law.form("amateur", ON)


def answers(sheet: Sheet) -> list[tuple[str, str]]:
    """What a browser sends for the boxes of a sheet when nobody touches them."""
    sent: list[tuple[str, str]] = []
    for box in sheet.boxes():
        sent += [(box.pointer, "")] if box.kind == "checkbox" else [(box.pointer, box.value)]
        sent += [(box.pointer, "true")] if box.kind == "checkbox" and box.value else []
    return sent


def again(value: dict[str, Any], act: str, **changed: str) -> dict[str, Any]:
    law = the_law()
    form = the_form(law)
    sent = answers(Sheet(form, value, law, act=act))
    changes = {pointer.replace("__", "/"): text for pointer, text in changed.items()}
    return form_answers.read(form, [*sent, *changes.items()], value, law)


@pytest.mark.parametrize("name", FORMS)
def test_a_sample_comes_back_as_it_was(law: Law, name: str) -> None:
    written = filing.read((SAMPLES / name).read_bytes(), law, on=ON).form
    assert written
    assert again(written, FORMS[name]) == written


@pytest.mark.parametrize("name", FORMS)
def test_everything_written_has_a_box(law: Law, name: str) -> None:
    """From nothing but the boxes, without what was there before, the same form is made; unticked flags apart."""
    written = filing.read((SAMPLES / name).read_bytes(), law, on=ON).form
    form = the_form(law)
    made = form_answers.read(form, answers(Sheet(form, written, law, act=FORMS[name])), {}, law)
    assert made == without_no(written)


def without_no(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: without_no(part) for key, part in value.items() if part is not False}
        return {key: part for key, part in kept.items() if part not in ({}, [])}
    return [without_no(part) for part in value] if isinstance(value, list) else value


def test_a_tick_in_a_list_can_be_taken_away(law: Law) -> None:
    form = the_form(law)
    value = {"station": {"transmitters": [{"number": 1, "conforming": True}]}}
    unticked = [(pointer, text) for pointer, text in answers(Sheet(form, value, law, act="new")) if text != "true"]
    assert form_answers.read(form, unticked, value, law) == {"station": {"transmitters": [{"number": 1, "conforming": False}]}}


def test_an_item_is_added_and_one_is_emptied(law: Law) -> None:
    value = {"station": {"assignments": [{"symbol": "3VA", "frequency_hz": 145_000_000}, {"symbol": "3VA", "frequency_hz": 435_000_000}]}}
    added = again(value, "new", __station__assignments__2__frequency_hz="52 MHz")
    assert added["station"]["assignments"][2] == {"frequency_hz": 52_000_000}
    emptied = again(value, "new", __station__assignments__0__symbol="", __station__assignments__0__frequency_hz="")
    assert emptied["station"]["assignments"] == [{"symbol": "3VA", "frequency_hz": 435_000_000}]


def read_one(pointer: str, text: str) -> Any:
    law = the_law()
    value: Any = form_answers.read(the_form(law), [(pointer, text)], {}, law)
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if step.isdecimal() else value[step]
    return value


@pytest.mark.parametrize(
    ("text", "hertz"),
    [("145 MHz", 145_000_000), ("145MHz", 145_000_000), ("7100kHz", 7_100_000), ("1.2 GHz", 1_200_000_000), ("145,000,000", 145_000_000)],
)
def test_frequencies_are_written_as_people_write_them(text: str, hertz: int) -> None:
    assert read_one("/station/assignments/0/frequency_hz", text) == hertz


@pytest.mark.parametrize("text", ["百四十五", "145 MW", "1.2.3", "nan", "145.0000001 MHz "])
def test_what_is_no_frequency_is_kept_and_named(law: Law, text: str) -> None:
    form = the_form(law)
    value = form_answers.read(form, [("/station/assignments/0/frequency_hz", text)], {}, law)
    assert [error.field for error in form.validate(value)] == ["/station/assignments/0/frequency_hz"]
    shown = next(box for box in Sheet(form, value, law, act="new").boxes() if box.pointer.endswith("/0/frequency_hz"))
    assert shown.value


def test_lines_end_as_they_did() -> None:
    assert read_one("/remarks", "一行目\r\n二行目\r\n") == "一行目\n二行目"


def test_a_code_may_be_written_with_its_name_or_by_it_alone() -> None:
    for text in ("13101", "13101 千代田区", "千代田区"):
        assert read_one("/applicant/municipality", text) == "13101"
    assert read_one("/applicant/municipality", "どこか") == "どこか"


@given(st.lists(st.tuples(st.text(alphabet="/abcstation0123456789_*~", max_size=30), st.text(max_size=10)), max_size=8))
def test_no_answer_breaks_the_reading(sent: list[tuple[str, str]]) -> None:
    law = the_law()
    assert isinstance(form_answers.read(the_form(law), sent, {"addressee": "A"}, law), dict)


def test_an_absurd_index_makes_no_long_list(law: Law) -> None:
    assert form_answers.read(the_form(law), [("/station/purposes/999999999", "ATC")], {}, law) == {}


def test_a_mark_stands_at_its_field_or_around_it(law: Law) -> None:
    sheet = Sheet(the_form(law), {}, law, act="new")
    assert sheet.anchor("/station/completion/due_on") == "box-station-completion-due_on"
    assert sheet.anchor("/station/site") == "box-station-site"
    assert sheet.anchor("/station/transmitters/7/number") == "box-station-transmitters"
    assert sheet.anchor("/station/purposes") == sheet.anchor("/station/purposes/0") == "box-station-purposes-0"
    assert sheet.anchor("/station/purposes/7") == "box-station-purposes-0"
    assert sheet.anchor("") == ""


def places(form: Form, act: str) -> Iterator[str]:
    """The pointers of all fields that an act asks for, with those of the first item of each list."""

    def within(at: str, fields: Sequence[Field]) -> Iterator[str]:
        for one in fields:
            if one.asked(form.on, act):
                pointer = f"{at}/{one.key}"
                yield from [pointer, f"{pointer}/0"] if one.repeated else [pointer]
                yield from within(f"{pointer}/0" if one.repeated else pointer, one.fields)

    for section in form.sections:
        if not section.acts or act in section.acts:
            yield from within(section.at, section.fields)


def test_every_field_of_every_form_has_a_place_to_go_to(law: Law) -> None:
    """What a list of things to be mended names is a control on the page, or the fieldset of a group; repeated boxes too."""
    found = 0
    for procedure in law.procedures(TODAY):
        form = law.form(procedure.form, TODAY)
        sheet = Sheet(form, {}, law, act=procedure.act)
        for pointer in places(form, procedure.act):
            found += 1
            assert sheet.anchor(pointer) in {identity(pointer), f"{identity(pointer)}-0"}, (procedure.code, pointer)
        for section in form.sections:
            if not section.acts or procedure.act in section.acts:
                assert sheet.anchor(section.at) or not section.at, (procedure.code, section.at)
    assert found > 1000


def test_what_was_filed_is_shown_whole(law: Law) -> None:
    written = filing.read((SAMPLES / "new-license_開局.xml").read_bytes(), law, on=ON).form
    found = form_reading.sections(the_form(law), written, law)
    lines = [line.ja for section in found for row in section.rows for line in row.lines]
    cells = [line.ja for section in found for table in section.tables for row in table.rows for cell in row for line in cell]
    words = " ".join(lines + cells)
    for leaf in (text for text in texts(written) if not text.isascii()):
        assert leaf in words, leaf
    assert all(line.strip() for line in lines)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


def test_every_written_field_can_be_asked_about(law: Law) -> None:
    written = filing.read((SAMPLES / "new-license_one-step.xml").read_bytes(), law, on=ON).form
    pointers = [pointer for pointer, label in form_reading.leaves(the_form(law), written) if label.ja]
    assert "/station/assignments/2/power_w" in pointers
    assert "/station/remarks" in pointers
    assert len(pointers) == len(set(pointers))
