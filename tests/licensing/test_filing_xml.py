"""E-filing files that somebody made to do harm, or that broke on the way: only the domain's errors come out."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from partner.errors import Malformed, PartnerError, TooLarge, Unsupported
from partner.licensing import filing, filing_xml
from partner.regulation.law import Law
from tests.licensing.filing_files import blank, element_at, law_in_force, sample, set_text, written

DAY = date(2020, 6, 1)
ONE_STEP = sample("new-license_one-step.xml")
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'


@pytest.fixture(scope="module")
def law() -> Law:
    return law_in_force()


def refused(kind: type[PartnerError], content: bytes, law: Law) -> PartnerError:
    with pytest.raises(kind) as caught:
        filing.read(content, law, on=DAY)
    assert caught.value.remedy is not None
    return caught.value


def test_broken_xml_names_line_and_column(law: Law) -> None:
    broken = refused(Malformed, b"<a>\n  <b></a>", law)
    assert broken.code == "xml_broken"
    assert "line 2, column 8" in broken.message.en
    assert "2行8文字目" in broken.message.ja


@pytest.mark.parametrize(
    "content", [b"", b" ", b"\x00", b"%PDF-1.7", b"PK\x03\x04", b'{"form": {}}', b"<a", ONE_STEP[:-20], ONE_STEP + b"<x/>"]
)
def test_what_is_no_xml(law: Law, content: bytes) -> None:
    assert refused(Malformed, content, law).code == "xml_broken"


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]>',
        b'<!DOCTYPE a [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
        b"<!DOCTYPE a>",
    ],
)
def test_document_types_and_entities_are_forbidden(law: Law, declared: bytes) -> None:
    assert refused(Malformed, HEAD + declared + b"<a>&x;</a>", law).code == "xml_forbidden"
    assert refused(Malformed, ONE_STEP.replace(b"?>", b"?>" + declared, 1), law).code == "xml_forbidden"


def test_an_entity_that_nobody_declared_is_broken(law: Law) -> None:
    assert refused(Malformed, b"<a>&nbsp;</a>", law).code == "xml_broken"


def test_size_is_limited_to_the_byte(law: Law) -> None:
    fitting = ONE_STEP + b" " * (filing_xml.MAX_BYTES - len(ONE_STEP))
    assert filing.read(fitting, law, on=DAY).kind == "A1"
    assert refused(TooLarge, fitting + b" ", law).code == "file_too_large"


def test_depth_is_limited_to_the_level(law: Law) -> None:
    deepest = filing_xml.MAX_DEPTH
    filing_xml.parse(b"<a>" * deepest + b"</a>" * deepest)
    assert refused(Malformed, b"<a>" * (deepest + 1) + b"</a>" * (deepest + 1), law).code == "xml_too_deep"
    assert refused(Malformed, b"<a>" * 200_000, law).code == "xml_too_deep"


def test_the_number_of_elements_is_limited(law: Law) -> None:
    most = filing_xml.MAX_ELEMENTS
    filing_xml.parse(b"<a>" + b"<b/>" * (most - 1) + b"</a>")
    assert refused(TooLarge, b"<a>" + b"<b/>" * most + b"</a>", law).code == "file_too_large"


@pytest.mark.parametrize("content", [b"<a/>", "<申請データ/>".encode(), '<申請データ xmlns="http://example.org/sinsei"/>'.encode()])
def test_another_root_or_namespace_is_another_form(law: Law, content: bytes) -> None:
    assert refused(Unsupported, content, law).code == "unknown_form"


def test_a_root_without_anything_in_it(law: Law) -> None:
    assert refused(PartnerError, '<申請データ xmlns="http://www.denpa.soumu.go.jp/sinsei"/>'.encode(), law).code == "unknown_form"


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "UTF-16"])
def test_encodings_that_are_read(law: Law, encoding: str) -> None:
    text = ONE_STEP.decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')
    assert filing.read(text.encode(encoding), law, on=DAY).form["addressee"] == "A"


def test_a_byte_order_mark_is_no_content(law: Law) -> None:
    assert filing.read(b"\xef\xbb\xbf" + ONE_STEP, law, on=DAY).unmapped == ()


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP", "ISO-2022-JP", "hex", "unicode_escape", "idna", "utf-7", "no-such", ""])
def test_an_encoding_that_is_not_read_says_so(law: Law, encoding: str) -> None:
    text = ONE_STEP.decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')
    assert refused(Malformed, text.encode(), law).code == "xml_broken"


def test_an_encoding_that_is_declared_wrongly_is_broken(law: Law) -> None:
    assert refused(Malformed, ONE_STEP.decode().encode("shift_jis", "replace"), law).code == "xml_broken"
    assert refused(Malformed, ONE_STEP.replace(b'encoding="UTF-8"', b'encoding="UTF-16"'), law).code == "xml_broken"
    assert refused(Malformed, ONE_STEP.replace(b'encoding="UTF-8"', b'encoding="US-ASCII"'), law).code == "xml_broken"


def test_long_text_is_kept_whole(law: Law) -> None:
    root = blank("A1")
    set_text(root, "申請書/備考/備考_入力欄", "あ" * 100_000)
    element_at(root, "申請書/申請事項").set("x", "い" * 100_000)
    found = filing.read(written(root), law, on=DAY)
    assert "remarks" not in found.form  # the form has no room for it
    assert {one.value for one in found.unmapped} == {"い" * 100_000, "あ" * 100_000}


def survives(content: bytes, law: Law) -> None:
    """Read, or refuse in the words of the domain; what is read can be stored as JSON in UTF-8."""
    try:
        found = filing.read(content, law, on=DAY)
    except PartnerError:
        return
    unmapped = [(one.path, one.value) for one in found.unmapped]
    text = json.dumps([found.form, found.metadata, unmapped], ensure_ascii=False, allow_nan=False)
    assert "\x00" not in text.encode().decode()


ANY_TEXT = st.text(max_size=30)
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(law: Law, content: bytes) -> None:
    survives(content, law)
    survives(HEAD + content, law)


@FUZZ
@given(position=st.integers(0, len(ONE_STEP) - 1), length=st.integers(0, 60), inserted=st.binary(max_size=20))
@example(position=30, length=5, inserted=b"hex")
def test_a_damaged_sample_is_read_or_refused(law: Law, position: int, length: int, inserted: bytes) -> None:
    survives(ONE_STEP[:position] + inserted + ONE_STEP[position + length :], law)


@FUZZ
@given(encoding=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'<&"), max_size=20))
def test_any_declared_encoding_is_read_or_refused(law: Law, encoding: str) -> None:
    survives(ONE_STEP.replace(b'encoding="UTF-8"', b'encoding="' + encoding.encode() + b'"'), law)


@FUZZ
@given(chosen=st.lists(st.tuples(st.integers(0, 10_000), st.one_of(ANY_TEXT, st.from_regex(r"[0-9０-９.eE+-]{1,30}"))), max_size=12))
def test_any_text_in_any_element_is_read_or_refused(law: Law, chosen: list[tuple[int, str]]) -> None:
    root = blank("A1")
    empty = [element for element in root.iter() if len(element) == 0]
    for index, text in chosen:
        empty[index % len(empty)].text = text
    survives(written(root), law)
