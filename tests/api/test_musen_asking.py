"""Requests of MIC's Web-API: every parameter, every error, and nothing that breaks the reader."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner.api.musen import answers, asking
from partner.api.musen.asking import Asked, Kind, Refused
from partner.api.musen.faults import FAULTS, MESSAGES
from partner.api.query_string import raw_pairs
from tests.registry.samples import law

NUM = "ST=1&OF=2&OW=AT"
LIST = "ST=1&OF=2&OW=AT&DA=1&SC=1&DC=1"


def read(query: str, kind: Kind = "num") -> Asked | Refused:
    return asking.read(raw_pairs(query.encode()), kind, law().codes)


def accepted(query: str, kind: Kind = "num") -> Asked:
    found = read(query, kind)
    assert isinstance(found, Asked), found
    return found


def faults(query: str, kind: Kind = "num") -> list[str]:
    found = read(query, kind)
    assert isinstance(found, Refused), found
    return [fault.code for fault in found.faults]


@pytest.mark.parametrize(
    ("code", "kind", "query"),
    [
        ("EQ00001", "num", "ST=3&OF=2&OW=AT"),
        ("EQ00001", "num", "ST=12&OF=2&OW=AT"),
        ("EQ00001", "num", "OF=2&OW=AT"),
        ("EQ00002", "num", "ST=1&OF=4&OW=AT"),
        ("EQ00002", "num", "ST=1&OF=&OW=AT"),
        ("EQ00003", "list", "ST=1&OF=2&OW=AT&DA=2&SC=1&DC=1"),
        ("EQ00003", "list", "ST=1&OF=2&OW=AT&SC=1&DC=1"),
        ("EQ00004", "list", "ST=1&OF=2&OW=AT&DA=1&SC=x&DC=1"),
        ("EQ00004", "list", "ST=1&OF=2&OW=AT&DA=1&SC=%EF%BC%91&DC=1"),
        ("EQ00004", "list", "ST=1&OF=2&OW=AT&DA=1&DC=1"),
        ("EQ00005", "list", "ST=1&OF=2&OW=AT&DA=1&SC=1234567890&DC=1"),
        ("EQ00006", "list", "ST=1&OF=2&OW=AT&DA=1&SC=1&DC=4"),
        ("EQ00006", "list", "ST=1&OF=2&OW=AT&DA=1&SC=1"),
        ("EQ00007", "list", "ST=1&OF=2&OW=AT&DA=1&SC=1&DC=3"),
        ("EQ00008", "num", "ST=1&OF=2&OW=ZZ"),
        ("EQ00008", "num", "ST=1&OF=2"),
        ("EQ00009", "num", "ST=2&OF=2&OW2=016"),
        ("EQ00009", "num", "ST=2&OF=2"),
        ("EQ00010", "num", f"{NUM}&IT=K"),
        ("EQ00011", "num", f"{NUM}&HCV=13999"),
        ("EQ00011", "num", f"{NUM}&HCV=48000"),
        ("EQ00012", "num", f"{NUM}&HCV=13101&HCV=13101"),
        ("EQ00012", "num", f"{NUM}&HCV=13101,13101"),
        ("EQ00013", "num", f"{NUM}&MK=ZZZ&TSNJK=ATC"),
        ("EQ00014", "num", f"{NUM}&MK=ATC&TSNJK=ZZZ"),
        ("EQ00015", "num", f"{NUM}&MK=ATC&KHS=ZZZ"),
        ("EQ00016", "num", f"{NUM}&FF=1a&HZ=1"),
        ("EQ00017", "num", f"{NUM}&FF=1.2.3&HZ=1"),
        ("EQ00017", "num", f"{NUM}&FF=.5&HZ=1"),
        ("EQ00018", "num", f"{NUM}&FF=123456789.12345678&HZ=2"),
        ("EQ00019", "num", f"{NUM}&TF=-1&HZ=1"),
        ("EQ00020", "num", f"{NUM}&TF=5.&HZ=1"),
        ("EQ00021", "num", f"{NUM}&TF=123456789012345678&HZ=1"),
        ("EQ00022", "num", f"{NUM}&TF=0&HZ=1"),
        ("EQ00022", "num", f"{NUM}&FF=0&TF=0&HZ=1"),
        ("EQ00023", "num", f"{NUM}&FF=146&TF=145&HZ=2"),
        ("EQ00024", "num", f"{NUM}&FF=145&HZ=4"),
        ("EQ00024", "num", f"{NUM}&FF=145"),
        ("EQ00025", "num", f"{NUM}&FF=12345678901&HZ=1"),
        ("EQ00025", "num", f"{NUM}&FF=1.1234567&HZ=1"),
        ("EQ00026", "num", f"{NUM}&TF=12345678&HZ=2"),
        ("EQ00027", "num", f"{NUM}&FF=12345&HZ=3"),
        ("EQ00028", "num", f"{NUM}&NA={'x' * 101}"),
        ("EQ00029", "num", f"{NUM}&NA=%20%E3%80%80"),
        ("EQ00030", "num", f"{NUM}&MA=JA1234567890X"),
        ("EQ00031", "num", f"{NUM}&MA=JA%EF%BC%91"),
        ("EQ00032", "num", f"{NUM}&MA=%20"),
        ("EQ00033", "num", f"{NUM}&AS={'%E3%81%82' * 31}"),
        ("EQ00034", "num", f"{NUM}&AS=maru"),
        ("EQ00035", "num", f"{NUM}&AS=%E3%80%80"),
        ("EQ00036", "num", f"{NUM}&DF=20230229"),
        ("EQ00036", "num", f"{NUM}&DF=2023-01-01"),
        ("EQ00037", "num", f"{NUM}&DF=19251231"),
        ("EQ00038", "num", f"{NUM}&DT=x"),
        ("EQ00039", "num", f"{NUM}&DT=21010101"),
        ("EQ00040", "num", f"{NUM}&DF=20230102&DT=20230101"),
        ("EQ00041", "list", f"{LIST}&SK=5"),
        ("EQ00043", "num", f"{NUM}&NA=a%00b"),
        ("EQ00043", "num", f"{NUM}&NA=%FF%FF%81"),
        ("EQ00043", "num", f"{NUM}&NA={'x' * 9000}"),
        ("EQ00043", "num", f"{NUM}&IT=A&IT=B"),
        ("EQ00044", "num", f"{NUM}&FC=5AM"),
    ],
)
def test_each_error_has_its_own_code(code: str, kind: Kind, query: str) -> None:
    assert code in faults(query, kind)
    if code not in {"EQ00002"} and "OF=2" in query:
        refused = read(query, kind)
        assert isinstance(refused, Refused)
        assert refused.output == asking.JSON


def test_every_error_of_the_specification_is_known() -> None:
    assert len(MESSAGES) == 43
    assert FAULTS["EQ00008"].words == "無線局の種別（OW）に存在しない無線局の種別が設定されています。"
    assert {fault.status for fault in FAULTS.values()} == {400}


def test_all_errors_are_told_at_once_in_order() -> None:
    assert faults("ST=1&OF=2&OW=ZZ&IT=K&DF=x&MA=%20") == ["EQ00008", "EQ00010", "EQ00032", "EQ00036"]


def test_errors_before_the_format_is_known_are_csv() -> None:
    refused = read("ST=1&OW=AT")
    assert isinstance(refused, Refused)
    assert refused.output == asking.CSV


@pytest.mark.parametrize(
    "query",
    [
        "MC=1&OF=2&OW=AT&ST=1",
        f"{NUM}&DA=9&SC=x&DC=9&SK=9",
        f"{NUM}&IT=&HCV=&NA=&FF=&TF=&HZ=&DF=&DT=&MA=&AS=&FC=&MK=&KHS=&TSNJK=",
        f"{NUM}&OW2=999&unknown=%FF",
    ],
)
def test_what_is_not_used_is_ignored(query: str) -> None:
    assert accepted(query) == accepted(NUM)


def test_a_purpose_counts_only_as_a_pair() -> None:
    assert accepted(f"{NUM}&MK=ATC") == accepted(f"{NUM}&TSNJK=ATC") == accepted(NUM)
    pair = accepted(f"{NUM}&MK=ATC&TSNJK=ATC")
    assert (pair.purpose, pair.matter) == ("ATC", "ATC")


def test_words_arrive_as_utf_8_or_as_shift_jis() -> None:
    for encoding in ("utf-8", "cp932"):
        raw = [(b"ST", b"1"), (b"OF", b"2"), (b"OW", b"AT"), (b"NA", "無線連盟".encode(encoding))]
        found = asking.read(raw, "num", law().codes)
        assert isinstance(found, Asked)
        assert found.name == "無線連盟"


def test_values_are_read() -> None:
    found = accepted(
        "ST=1&OF=3&OW=FB_H&DA=0&SC=0&DC=3&IT=A&HCV=13000,14100&FF=0&TF=145.5&HZ=2&NA=x&MA=ja1&FC=4AM&AS=%E4%B8%B8"
        "&DF=20200101&DT=20201231&SK=4",
        "list",
    )
    assert found == Asked(
        kind="list",
        pattern="1",
        output="3",
        start=1,
        size=10_000,
        sort="4",
        station_class="FB_H",
        bureau="A",
        places=("13000", "14100"),
        frequency_to=Decimal(145_500_000),
        name="x",
        call_sign="ja1",
        bundle="4AM",
        craft="丸",
        licensed_from=date(2020, 1, 1),
        licensed_to=date(2020, 12, 31),
    )


def test_default_orders_are_place_for_licenses_and_name_for_registrations() -> None:
    assert accepted(LIST, "list").sort == "2"
    assert accepted("ST=2&OF=2&OW2=001&DA=0&SC=1&DC=1", "list").sort == "1"


NAMES = st.sampled_from(sorted(asking.NAMES)).map(str.encode) | st.binary(max_size=4)
VALUES = st.binary(max_size=30) | st.sampled_from([b"1", b"2", b"0", b"AT", b"13000", b"20240229", b"145.5", b"ATC", "あ".encode()])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=25), st.sampled_from(["num", "list"]))
def test_anything_is_either_read_or_refused_with_a_known_error(pairs: list[tuple[bytes, bytes]], kind: Kind) -> None:
    found = asking.read(pairs, kind, law().codes)
    if isinstance(found, Refused):
        assert found.faults
        assert found.output in {"1", "2", "3"}
        assert answers.refused(found.output, found.faults)
    else:
        assert found.start >= 1


@settings(max_examples=200, deadline=None)
@given(st.sampled_from("123"), st.decimals(0, 9999, places=6, allow_nan=False))
def test_a_frequency_that_fits_its_unit_is_exact(unit: str, value: Decimal) -> None:
    found = read(f"{NUM}&FF={value:f}&HZ={unit}")
    assert isinstance(found, Asked)
    expected = value * asking.UNITS[unit][0]
    assert found.frequency_from == (expected or None)
