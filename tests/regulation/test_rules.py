"""Provision kinds beyond their worked cases: what their files may not say, and what they answer at the edges."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import islice, zip_longest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner import regulation
from partner.errors import NotFound
from partner.regulation import Law, RegulationError
from partner.regulation.call_signs import SuffixRange
from partner.regulation.disclosure import Rounding, Step

ROOT = Path(__file__).parents[2] / "regulation"
DAY = date(2020, 6, 1)


FEES = "fees/amateur-new-license.yaml"
DEFECTS = [
    (FEES, "up_to_w: 50, paper: 4300}", "up_to_w: 50, paper: -1}", "greater than or equal to 0"),
    (FEES, "- {paper: 8100}", "- {up_to_w: 100, paper: 8100}", "the last tier, and only the last, has no up_to_w"),
    (FEES, "- {up_to_w: 50, paper: 4300}", "- {paper: 4300}", "the last tier, and only the last, has no up_to_w"),
    ("fees/other-inspection.yaml", "up_to_w: 5, paper: 12000", "up_to_w: 1, paper: 12000", "further: up_to_w must ascend"),
    ("fees/other-new-license.yaml", "confirmed: false, why", "confirmed: false, when", "unknown key 'when'"),
    ("fees/other-new-license.yaml", "electronic: 2100}", "electronic: 2100, confirmed: false}", "confirmed: false needs 'why'"),
    ("fees/other-renewal.yaml", "kind: application", "kind: gift", "kind: Input should be 'application' or 'inspection'"),
    (FEES, "applicant_kinds: [government]", "applicant_kinds: [king]", "there is no 'king' (codes/applicant-kinds)"),
    (FEES, "covers_from: 2004-03-29", "covers_from: 2004-03-28", "the days from 2004-03-28 to the first version are not covered"),
    ("periods/five-years.yaml", "[AT,", "[AT, XX,", "there is no 'XX' (codes/station-classes)"),
    ("periods/five-years.yaml", "[AT,", "[AT, ML,", "'ML' (term of a station class) is defined already"),
    ("periods/land-mobile.yaml", "{month: 5, day: 31}", "{month: 6, day: 31}", "day is out of range for month"),
    ("deadlines/completion-notice.yaml", "days: 14", "days: 14, months: 1", "a deadline has either days or months"),
    ("jurisdiction/jurisdiction.yaml", "'13', ", "", "no bureau for prefecture 13"),
    ("jurisdiction/jurisdiction.yaml", "J: ['01']", "J: ['01', '13']", "prefecture 13 belongs to J already"),
    ("jurisdiction/jurisdiction.yaml", "J: ['01']", "Z: ['01']", "there is no 'Z' (codes/bureaus)"),
    ("jurisdiction/jurisdiction.yaml", "MS: home_port", "XX: home_port", "there is no 'XX' (codes/station-classes)"),
    ("jurisdiction/jurisdiction.yaml", "MS: home_port", "MS: harbour", "MS: Input should be 'site'"),
    ("call-signs/amateur.yaml", "prefixes: [JL8]", "prefixes: [JA1]", "bureau J has no block JA1 for newcomers"),
    ("call-signs/amateur.yaml", "prefixes: [JI1,", "prefixes: [JD1,", "bureau A has no block JD1 for newcomers"),
    ("call-signs/amateur.yaml", "first: AAA, last: QQZ", "first: QQZ, last: AAA", "'first' and 'last' are of one length, in order"),
    ("call-signs/amateur.yaml", "first: AAA, last: QQZ", "first: aaa, last: QQZ", "String should match pattern"),
    ("call-signs/amateur.yaml", "['13421']", "['99999']", "there is no '99999' (codes/municipalities)"),
    ("call-signs/blocks.csv", "A,JA1,AAA,QQZ,1,newcomers", "A,JA1,AAA,QQZ,1,anybody", "blocks.csv:3: not a block of call signs"),
    ("call-signs/blocks.csv", "A,JA1,AAA,QQZ,1,newcomers", "A,JA1,AAA,QQZ,one,newcomers", "blocks.csv:3: not a block of call signs"),
    ("call-signs/blocks.csv", "A,JA1,AAA,QQZ,1,newcomers", "A,JA1,AA,QQZ,1,newcomers", "blocks.csv:3: not a block of call signs"),
    (
        "disclosure/publication.yaml",
        "{from_hz: 0, step_hz: 100000000}",
        "{from_hz: 1, step_hz: 100000000}",
        "from_hz begins with 0 and ascends",
    ),
    ("disclosure/publication.yaml", "x-press", "x-gossip", "there is no 'x-gossip' (codes/purposes)"),
    ("codes/municipalities.yaml", "rows: municipalities.csv", "rows: nowhere.csv", "there is no file nowhere.csv beside it"),
    ("codes/prefectures.yaml", "title", "titel", "unknown key 'titel'"),
]


def _batches() -> list[list[tuple[str, str, str, str]]]:
    """Reading the whole law takes a while, and all defects are reported together: one defect of every file at a time.

    A broken code list stands alone, because what refers to it would be reported too; so does a table, because its file must be in order.
    """
    by_file: dict[str, list[tuple[str, str, str, str]]] = {}
    for defect in DEFECTS:
        by_file.setdefault(defect[0], []).append(defect)
    lists = [[defect] for file, defects in by_file.items() if file.startswith("codes/") for defect in defects]
    lists += [[defect] for defect in by_file.pop("call-signs/blocks.csv")]
    columns = [defects for file, defects in by_file.items() if not file.startswith("codes/")]
    return [*lists, *([defect for defect in row if defect is not None] for row in zip_longest(*columns))]


@pytest.mark.parametrize("defects", _batches(), ids=lambda defects: f"{len(defects)} defects: {defects[0][3]}")
def test_the_law_is_refused(defects: list[tuple[str, str, str, str]], tmp_path: Path) -> None:
    root = tmp_path / "regulation"
    shutil.copytree(ROOT, root)
    for file, old, new, _ in defects:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegulationError) as caught:
        regulation.load(root)
    for file, _, _, message in defects:
        where = f"regulation/{file.rpartition('/')[0]}"
        assert any(message in defect and defect.startswith(where) for defect in caught.value.defects), (message, caught.value.defects)


def test_what_is_not_on_file(law: Law) -> None:
    with pytest.raises(NotFound, match="unknown_window"):
        law.window("nothing", expires_on=DAY, on=DAY)
    with pytest.raises(NotFound, match="unknown_deadline"):
        law.deadline("nothing", after=DAY)
    with pytest.raises(NotFound, match="unknown_fee_table"):
        law.fee("nothing", on=DAY, channel="paper", power_w=1)
    with pytest.raises(NotFound, match="no_term"):
        law.term("EXT", date(2008, 12, 31))
    with pytest.raises(NotFound, match="unknown_place"):
        law.bureau_of("99999", DAY)


def test_a_municipality_that_the_list_lacks_goes_by_its_prefecture(law: Law) -> None:
    """The wards of 浜松市 were renumbered in 2024: an unknown code is no reason to fail."""
    assert not law.codes("municipalities").has("22138")
    assert law.bureau_of("22138", DAY) == "C"


def test_fee_by_the_shortcut(law: Law) -> None:
    assert law.fee("amateur-new-license", on=DAY, channel="electronic", power_w=50).amount_yen == 2900
    assert law.fee("amateur-new-license", on=DAY, channel="electronic", power_w=50.1).amount_yen == 5500
    assert law.fee("amateur-new-license", on=DAY, channel="electronic", power_w=None).amount_yen is None


def test_each_line_of_a_bill_cites_and_the_lines_make_the_sum(law: Law) -> None:
    bill = law.fee("other-new-license", on=date(2025, 10, 1), channel="paper", power_w=5, station_count=3)
    assert [line.amount_yen for line in bill.lines] == [11_100, 480]
    assert sum(line.amount_yen for line in bill.lines) == bill.amount_yen == bill.due_yen
    assert all(line.citation and line.label.ja and line.label.en for line in bill.lines)
    assert "× 3" in bill.lines[0].label.ja


def test_call_signs_are_given_in_the_order_of_issue(law: Law) -> None:
    signs = law.call_sign_rules.candidates("C", club=False, on=date(2024, 1, 1))
    assert list(islice(signs, 3)) == ["JS2PAA", "JS2PAB", "JS2PAC"]
    every = [*law.call_sign_rules.candidates("C", club=False, on=date(2024, 1, 1))]
    assert len(set(every)) == len(every)
    assert every[-1].startswith("JQ2")
    prefixes = list(dict.fromkeys(sign[:3] for sign in every))
    assert prefixes[:3] == ["JS2", "JA2", "JH2"]
    assert not any("QRA" <= sign[3:] <= "QTZ" or sign[3:] > "XZZ" for sign in every)


@pytest.mark.parametrize("bureau", list("JIABDCEFGHO"))
def test_every_candidate_of_a_bureau_is_allocatable(bureau: str, law: Law) -> None:
    rules = law.call_sign_rules
    for club in (False, True):
        for sign in islice(rules.candidates(bureau, club=club, on=DAY), 200):
            assert rules.allocatable(sign, bureau=bureau, club=club, on=DAY)
            block = rules.block_of(sign)
            assert block is not None
            assert block.bureau == bureau


def test_ogasawara_is_not_for_newcomers(law: Law) -> None:
    prefixes = {block.prefix for block in law.call_sign_rules.blocks if block.use == "newcomers"}
    assert "JD1" not in prefixes
    assert "JA1" in prefixes


def test_signs_outside_the_blocks_have_none(law: Law) -> None:
    for sign in ("8N100ICT", "JA1QRZ", "JOAK", "", "JB1AAA"):
        assert law.call_sign_rules.block_of(sign) is None


@given(st.text("ABCXYZ", min_size=3, max_size=3), st.text("ABCXYZ", min_size=3, max_size=3))
def test_a_range_gives_exactly_what_it_holds(one: str, other: str) -> None:
    first, last = sorted([one, other])
    found = list(islice(SuffixRange(first=first, last=last).suffixes(), 100))
    assert found == sorted(found)
    assert found[0] == first
    assert all(SuffixRange(first=first, last=last).holds(suffix) for suffix in found)


def test_a_range_begins_where_it_is_told(law: Law) -> None:
    suffixes = SuffixRange(first="AAA", last="AAC")
    assert list(suffixes.suffixes("AAB")) == ["AAB", "AAC"]
    assert list(suffixes.suffixes("A")) == ["AAA", "AAB", "AAC"]
    assert list(suffixes.suffixes("AAD")) == []


@given(st.integers(1, 10**11))
def test_rounded_frequencies_are_whole_steps_and_near(frequency: int) -> None:
    rounding = Rounding(purposes=("EPA",), steps=(Step(from_hz=0, step_hz=10**8), Step(from_hz=10**9, step_hz=10**9)), up_to_hz=10**10)
    published = rounding.rounded(frequency)
    if frequency > 10**10:
        assert published == frequency
    else:
        step = 10**8 if frequency < 10**9 else 10**9
        assert published % step == 0
        assert published == step or abs(published - frequency) <= step // 2


def test_the_digest_and_the_catalogue(law: Law) -> None:
    assert len(law.digest) == 64
    assert {"codes/municipalities.csv", "call-signs/blocks.csv", "fees/certificate.yaml"} <= law.files
    assert {"fees/amateur-renewal", "windows/amateur-renewal", "call-signs/amateur/issuing"} <= set(law.catalogue)


def test_every_provision_cites_and_names_itself_in_both_languages(law: Law) -> None:
    for path, entry in law.catalogue.items():
        assert entry.provision.title.ja, path
        assert entry.provision.title.en, path
        assert all(version.cites for version in entry.provision.versions), path
