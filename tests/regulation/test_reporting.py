"""What the `partner regulation` command prints, and the guard of history."""

from __future__ import annotations

import re
import shutil
import textwrap
from datetime import date
from pathlib import Path

import pytest

from partner.errors import NotFound
from partner.regulation import Law, RegulationError, cases, comparing, history, load, reporting

ROOT = Path(__file__).parents[2] / "regulation"
FEES = "fees/amateur-new-license.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "regulation"
    shutil.copytree(ROOT, copy)
    return copy


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_projects_own_law_is_in_order() -> None:
    well, text = reporting.check(ROOT)
    assert well, text
    assert "worked cases hold" in text
    assert "digest" in text


def test_a_defect_is_named_with_file_and_line(root: Path) -> None:
    _edit(root / FEES, "kind: application", "kind: applikation")
    well, text = reporting.check(root)
    assert not well
    assert "regulation/fees/amateur-new-license.yaml:2: kind:" in text
    assert "defects; nothing else was checked" in text


def test_a_changed_amount_fails_its_worked_cases_and_the_guard_of_history(root: Path) -> None:
    _edit(root / FEES, "paper: 4300, electronic: 2900", "paper: 4300, electronic: 2901")
    well, text = reporting.check(root)
    assert not well
    assert "amount_yen is 2901, expected 2900" in text
    assert "regulation/history.yaml: fees/amateur-new-license.yaml@2011-06-30 is changed, and no erratum says why" in text


def test_a_dropped_version_and_an_unrecorded_one_are_noticed(root: Path) -> None:
    _edit(root / FEES, "- from: 2004-03-29", "- from: 2004-03-28")
    assert history.breaches(root) == [
        "regulation/history.yaml: fees/amateur-new-license.yaml@2004-03-29 is gone, and no erratum says why",
        "regulation/history.yaml: fees/amateur-new-license.yaml@2004-03-28 is past and not recorded",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("procedures/amateur-renewal.yaml", "- renewal-window\n", ""),
        ("checks/operator-power.yaml", "2003-08-11", "2003-08-12"),
        ("routes/notification.yaml", "action: dismiss", "action: withdraw"),
        ("forms/amateur.yaml", "maximum: 4000", "maximum: 4001"),
        ("filings/101103-0009.yaml", "廃止情報", "廃止"),
    ],
)
def test_what_was_procedure_check_route_form_or_file_once_is_not_edited(root: Path, file: str, old: str, new: str) -> None:
    _edit(root / file, old, new)
    assert any(breach.startswith(f"regulation/history.yaml: {file}@") for breach in history.breaches(root))


def test_an_erratum_explains_a_correction_and_survives_the_next_record(root: Path) -> None:
    version = "fees/amateur-new-license.yaml@2011-06-30"
    was = history.read(root).versions[version]
    _edit(root / FEES, "paper: 4300, electronic: 2900", "paper: 4300, electronic: 2901")
    became = history.versions(root, before=date(2026, 1, 1))[version]
    errata = history.read(root).errata
    erratum = f"- {{version: {version}, was: '{was}', became: '{became}', on: 2026-01-01, why: misprint}}\n"
    with (root / history.FILE).open("a", encoding="utf-8") as file:
        file.write(erratum if errata else f"errata:\n{erratum}")
    assert history.breaches(root) == []
    (root / history.FILE).write_text(history.record(root, on=date(2027, 1, 1)), encoding="utf-8")
    assert history.breaches(root) == []
    *kept, added = history.read(root).errata
    assert (kept, added.why) == (errata, ("misprint",))


def test_the_record_takes_in_what_has_become_past_and_forgets_nothing(root: Path) -> None:
    addition = "- from: 2027-04-01\n  cites: announced\n  value: {tiers: [{paper: 1, electronic: 1}]}\n"
    (root / FEES).write_text((root / FEES).read_text(encoding="utf-8") + addition, encoding="utf-8")
    assert history.breaches(root) == []
    before = history.read(root).versions
    (root / history.FILE).write_text(history.record(root, on=date(2027, 4, 1)), encoding="utf-8")
    after = history.read(root).versions
    assert set(after) - set(before) == {"fees/amateur-new-license.yaml@2027-04-01"}
    assert before.items() <= after.items()


def test_a_first_record_needs_no_earlier_one(root: Path) -> None:
    (root / history.FILE).unlink()
    with pytest.raises(RegulationError, match=r"history.yaml:1: there is no such file"):
        history.read(root)
    (root / history.FILE).write_text(history.record(root, on=date(2026, 11, 22)), encoding="utf-8")
    assert history.breaches(root) == []


def test_a_worked_case_that_cannot_be_read_is_named(root: Path) -> None:
    _edit(root / "cases/deadlines.yaml", "after: 2020-12-31", "afterwards: 2020-12-31")
    with pytest.raises(RegulationError, match=r"regulation/cases/deadlines.yaml:\d+: after: Field required"):
        cases.read(root)


def test_a_worked_case_may_not_expect_what_its_kind_does_not_tell(root: Path, law: Law) -> None:
    _edit(root / "cases/deadlines.yaml", "last_day: 2021-01-14", "lastday: 2021-01-14")
    assert any("lastday is no result of this kind" in failure for failure in cases.failures(law, cases.read(root)))


@pytest.mark.parametrize("name", ["fees/forgotten.yml", "cases/forgotten.yml", "cases/more/forgotten.yaml"])
def test_a_file_that_nothing_reads_is_noticed(root: Path, name: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("title: x\n", encoding="utf-8")
    assert reporting.check(root) == (False, f"regulation/{name}: nothing reads this file\n" + reporting.wrong_words(1))


@pytest.mark.parametrize(
    "name", [".DS_Store", "fees/.amateur-renewal.yaml.swp", "fees/.#amateur-renewal.yaml", ".git/HEAD", "fees/amateur-renewal.yaml~"]
)
def test_hidden_files_and_copies_of_editors_are_no_law(root: Path, law: Law, name: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("title: [\n", encoding="utf-8")
    good, words = reporting.check(root)
    assert good, words
    assert law.digest in words


def test_show(law: Law) -> None:
    text = reporting.show(law, "fees/amateur-new-license", date(2025, 9, 30))
    assert "in force 2011-06-30 - 2025-10-01 (not included)" in text
    assert "- up_to_w: 50, paper: 4300, electronic: 2900" in text
    assert "regulation/fees/amateur-new-license.yaml:" in text
    assert "4050" not in text
    assert "not in force" in reporting.show(law, "fees/amateur-new-license", date(2004, 3, 28))


def test_explain(law: Law) -> None:
    text = reporting.explain(law, "/periods/land-mobile", date(2020, 6, 1))
    assert "> from 2014-01-01" in text
    assert "  from 2009-01-01" in text
    assert "UNCONFIRMED: " in text
    assert text.endswith("> governs 2020-06-01")
    assert reporting.explain(law, "periods/land-mobile", date(2000, 1, 1)).endswith("nothing governs 2000-01-01")


def test_every_provision_can_be_shown_and_explained(law: Law) -> None:
    for path in law.catalogue:
        assert path in reporting.show(law, path, date(2024, 1, 1))
        assert path in reporting.explain(law, path, date(2024, 1, 1))


def test_an_unknown_provision_names_those_that_there_are(law: Law) -> None:
    with pytest.raises(NotFound, match="There are: windows/amateur-renewal, windows/"):
        reporting.show(law, "windows", date(2024, 1, 1))
    with pytest.raises(NotFound, match=r"There are: .*fees.*windows"):
        reporting.explain(law, "nothing", date(2024, 1, 1))


def test_the_example_of_the_guide_works_as_it_says(root: Path) -> None:
    guide = (ROOT.parent / "docs" / "amending-the-law.md").read_text(encoding="utf-8")
    example = guide[guide.index("## An example") :]
    worked, version = (textwrap.dedent(block) for block in re.findall(r"```yaml\n(.*?)```", example, flags=re.DOTALL)[:2])
    with (root / "cases" / "fees.yaml").open("a", encoding="utf-8") as file:
        file.write(worked)
    before = cases.failures(load(root), cases.read(root))
    assert len(before) == 3
    assert before[0].endswith("amount_yen is 1700, expected 1800")
    with (root / "fees" / "amateur-renewal.yaml").open("a", encoding="utf-8") as file:
        file.write(version)
    well, text = reporting.check(root)
    assert well, text


def test_the_whole_amendment_of_the_guide_works_as_it_says(root: Path) -> None:
    guide = (ROOT.parent / "docs" / "amending-the-law.md").read_text(encoding="utf-8")
    example = guide[guide.index("## A whole amendment") : guide.index("## Into a running service")]
    worked, version = re.findall(r"```yaml\n(.*?)```", example, flags=re.DOTALL)
    before = load(root)
    with (root / "cases" / "windows.yaml").open("a", encoding="utf-8") as file:
        file.write(worked)
    assert cases.failures(before, cases.read(root))
    with (root / "windows" / "amateur-renewal.yaml").open("a", encoding="utf-8") as file:
        file.write(version)
    well, text = reporting.check(root)
    assert well, text
    [difference] = comparing.differences(before, load(root))
    words = f"{difference['provision']} {difference['from']}: {difference['what']}, open cases {difference['transition']}"
    assert f"  {words}\n" in example
