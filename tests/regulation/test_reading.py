"""What the reader refuses, each with file and line, and beside it what it accepts."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest

from partner.errors import NotFound, Text
from partner.regulation.provisions import Provision, Refers, Strict, Words
from partner.regulation.reading import Reader, RegulationError, loaded


class Limit(Strict):
    watts: float
    of: Annotated[str, Refers("things")] | None = None


class LimitProvision(Provision[Limit]):
    classes: tuple[Annotated[str, Refers("things")], ...] = ()


class TwoProvisions(Strict):
    name: Words
    first: Provision[Limit]


GOOD = """\
title: {ja: 電力, en: Power}
versions:
- from: 2020-01-01
  cites: Article 1
  value: {watts: 50}
- from: 2021-01-01
  cites: [Article 1, Article 2]
  value: {watts: 50.5}
"""

Write = Callable[..., Reader]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, *, name: str = "limits/power.yaml") -> Reader:
        path = tmp_path / "law" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return Reader(tmp_path / "law")

    return write


def _defects(reader: Reader, model: type[Strict] = LimitProvision) -> list[str]:
    list(reader.provisions("limits", model))
    with pytest.raises(RegulationError) as caught:
        reader.finish()
    assert str(caught.value) == "\n".join(caught.value.defects)
    return list(caught.value.defects)


def test_good_data_is_read(write: Write) -> None:
    reader = write(GOOD)
    [(source, provision)] = reader.provisions("limits", LimitProvision)
    reader.finish()
    assert source.stem == "power"
    assert provision.title == Text("電力", "Power")
    second = provision.on(date(2021, 1, 1))
    assert second is not None
    assert second.value == Limit(watts=50.5)
    assert second.citation == "Article 1・Article 2"
    assert second.certain
    assert provision.on(date(2019, 12, 31)) is None
    assert provision.on(date(2020, 12, 31)) is provision.versions[0]
    assert provision.until(provision.versions[0]) == date(2021, 1, 1)
    assert provision.until(second) is None
    assert reader.read_files == {"limits/power.yaml"}
    assert reader.catalogue["limits/power"].place(1) == "law/limits/power.yaml:6"
    assert reader.catalogue["limits/power"].written(1) == {"watts": 50.5}


DEFECTS = {
    "unknown key": ("watts: 50}", "watts: 50, volts: 3}", "5: unknown key 'volts'"),
    "unknown key at the top": ("title:", "colour: red\ntitle:", "1: unknown key 'colour'"),
    "duplicate key": ("watts: 50}", "watts: 50, watts: 51}", "5: duplicate key 'watts'"),
    "disorder": ("from: 2021", "from: 2019", "6: 2019-01-01 does not come after 2020-01-01: the oldest version stands first"),
    "two versions of one day": (
        "from: 2021",
        "from: 2020",
        "6: 2020-01-01 does not come after 2020-01-01",
    ),
    "missing citation": ("  cites: Article 1\n", "", "3: 'cites' is missing (every version cites its source)"),
    "empty citation": ("cites: Article 1\n", "cites: ''\n", "4: versions.0.cites: a citation is text, not empty"),
    "citation that is no text": ("cites: Article 1\n", "cites: 12\n", "4: versions.0.cites: Input should be a valid tuple"),
    "citation of a list with a number": ("[Article 1, Article 2]", "[Article 1, 2]", "7: versions.1.cites: a citation is text, not empty"),
    "no citation in the list": ("[Article 1, Article 2]", "[]", "7: versions.1.cites: Value should have at least 1 item"),
    "missing value": ("  value: {watts: 50}\n", "", "3: 'value' is missing"),
    "wrong type": ("watts: 50}", "watts: fifty}", "5: versions.0.value.watts: Input should be a valid number"),
    "doubt without a reason": (
        "value: {watts: 50}",
        "confirmed: false\n  value: {watts: 50}",
        "confirmed: false needs 'why'",
    ),
    "expected in the middle": ("value: {watts: 50}", "expected: true\n  value: {watts: 50}", "5: only the last version may be 'expected'"),
    "no versions": (GOOD[GOOD.index("versions:") :], "versions: []\n", "2: versions: Tuple should have at least 1 item"),
    "words in one language": ("en: Power}", "de: Leistung}", "1: title: words are {ja: …, en: …}, both not empty"),
    "words that are no mapping": ("{ja: 電力, en: Power}", "Power", "1: title: Input should be a dictionary or an instance of Text"),
    "dangling reference": ("watts: 50}", "watts: 50, of: nowhere}", "5: there is no 'nowhere' (things)"),
    "dangling reference in a list": ("title:", "classes:\n- AT\ntitle:", "2: there is no 'AT' (things)"),
    "anchor": ("watts: 50}", "watts: &a 50}", "5: anchors and aliases are not used here: write the value out"),
    "alias": ("value: {watts: 50.5}", "value: *b", "8: not YAML: found undefined alias"),
    "key that is no text": ("watts: 50}", "12: 50}", "5: a key must be text (put it in quotes)"),
    "key that is a list": ("watts: 50}", "[a]: 50}", "5: a key must be text (put it in quotes)"),
    "foreign tag": ("watts: 50}", "watts: !money 50}", "5: cannot read the value '50'"),
    "octal number": ("watts: 50}", "watts: 0o17}", "5: cannot read the value '0o17'"),
    "infinite number": ("watts: 50}", "watts: .inf}", "5: cannot read the value '.inf'"),
    "no such day": ("from: 2021-01-01", "from: 2021-02-30", "6: no such date: 2021-02-30"),
    "date with a time": ("from: 2021-01-01", "from: 2021-01-01T00:00:00Z", "6: cannot read the value '2021-01-01T00:00:00Z'"),
    "broken YAML": ("versions:", "versions: [", "not YAML: "),
    "empty file": (GOOD, "", "1: the file is empty"),
    "control character": ("Power", "Po\x07wer", "1: not YAML: "),
    "no mapping": (GOOD, "- 1\n", "1: : Input should be a valid dictionary or instance of LimitProvision"),
    "uncovered days before": (
        "title:",
        "covers_from: 2019-01-01\ntitle:",
        "4: the days from 2019-01-01 to the first version are not covered",
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_refused_with_file_and_line(name: str, write: Write) -> None:
    old, new, message = DEFECTS[name]
    assert old in GOOD
    defects = _defects(write(GOOD.replace(old, new, 1)))
    assert any(defect.startswith("law/limits/power.yaml:") and message in defect for defect in defects), defects


def test_a_repeal_is_a_version_whose_value_is_null(write: Write) -> None:
    reader = write(GOOD.replace("value: {watts: 50.5}", "value: null"))
    [(_, provision)] = reader.provisions("limits", LimitProvision)
    reader.finish()
    assert provision.on(date(2020, 12, 31)) is not None
    assert provision.on(date(2021, 1, 1)) is None
    assert provision.rule(date(2019, 1, 1)) == Limit(watts=50)
    with pytest.raises(NotFound, match="no_rule"):
        provision.rule(date(2021, 1, 1))


def test_a_repeal_of_days_that_must_be_covered_is_refused(write: Write) -> None:
    reader = write("covers_from: 2020-01-01\n" + GOOD.replace("value: {watts: 50.5}", "value: null"))
    assert _defects(reader) == ["law/limits/power.yaml:9: the days from 2021-01-01 are not covered: a repeal goes without 'covers_from'"]


def test_a_repeal_before_the_covered_days_is_not(write: Write) -> None:
    text = "covers_from: 2021-01-01\n" + GOOD.replace("value: {watts: 50}", "value: null")
    reader = write(text)
    assert len([*reader.provisions("limits", LimitProvision)]) == 1
    reader.finish()


def test_cover_is_demanded_of_provisions_within_a_file_too(write: Write) -> None:
    inner = "".join(f"  {line}\n" for line in ("covers_from: 2019-01-01\n" + GOOD).splitlines())
    defects = _defects(write(f"name: {{ja: 二, en: Two}}\nfirst:\n{inner}"), TwoProvisions)
    assert defects == ["law/limits/power.yaml:6: the days from 2019-01-01 to the first version are not covered"]


def test_an_expected_or_unconfirmed_version_is_not_certain(write: Write) -> None:
    text = GOOD.replace("value: {watts: 50}", "confirmed: false\n  why: seen once\n  value: {watts: 50}")
    [(_, provision)] = write(text.replace("value: {watts: 50.5}", "expected: true\n  value: {watts: 50.5}")).provisions(
        "limits", LimitProvision
    )
    assert [version.certain for version in provision.versions] == [False, False]


def test_booleans_and_words_that_look_like_them(write: Write) -> None:
    """YAML 1.1 would read `on` and `no` as booleans."""

    class Switches(Strict):
        on: str
        off: str
        yes: bool

    reader = write("on: on\noff: no\nyes: true\n")
    [(_, switches)] = reader.provisions("limits", Switches)
    assert (switches.on, switches.off, switches.yes) == ("on", "no", True)


def test_all_defects_are_reported_together(write: Write) -> None:
    write(GOOD.replace("watts: 50}", "volts: 50}"), name="limits/other.yaml")
    defects = _defects(write(GOOD.replace("from: 2021", "from: 2019").replace("  cites: Article 1\n", "")))
    assert [defect.split(":")[0] for defect in defects] == ["law/limits/other.yaml"] * 2 + ["law/limits/power.yaml"] * 2


def test_not_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "law" / "limits"
    folder.mkdir(parents=True)
    (folder / "power.yaml").write_bytes(b"title: x\nname: " + "電力".encode("cp932"))
    assert "law/limits/power.yaml:2: not UTF-8" in _defects(Reader(tmp_path / "law"))


def test_no_directory(tmp_path: Path) -> None:
    assert _defects(Reader(tmp_path / "nowhere")) == [f"{tmp_path / 'nowhere'}:1: there is no such directory"]


def test_definitions_and_references(write: Write) -> None:
    reader = write(GOOD.replace("watts: 50}", "watts: 50, of: somewhere}"))
    [(source, _)] = reader.provisions("limits", LimitProvision)
    reader.define("things", "somewhere", source)
    reader.finish()
    reader.define("things", "somewhere", source, "versions", 1)
    with pytest.raises(RegulationError, match=r"power.yaml:6: 'somewhere' \(things\) is defined already in law/limits/power.yaml:1"):
        reader.finish()


def test_single_files(write: Write, tmp_path: Path) -> None:
    reader = write(GOOD)
    assert reader.single("limits", LimitProvision) is not None
    assert reader.file("limits/power.yaml", LimitProvision) is not None
    reader.finish()
    assert reader.file("other.yaml", LimitProvision) is None
    with pytest.raises(RegulationError, match=r"law/other.yaml:1: there is no such file"):
        reader.finish()
    missing = Reader(tmp_path / "law")
    assert missing.single("nothing", LimitProvision) is None
    with pytest.raises(RegulationError, match=r"law/nothing:1: 0 files where exactly one is expected"):
        missing.finish()
    with pytest.raises(RegulationError, match="could not be read"):
        loaded(None)


def test_tables(write: Write, tmp_path: Path) -> None:
    reader = write(GOOD)
    [(source, _)] = reader.provisions("limits", LimitProvision)
    table = tmp_path / "law" / "limits" / "table.csv"
    table.write_text("code,name\nA,a\nB\n")
    assert [dict(row.cells) for row in reader.rows(source, "table.csv", ["code", "name"])] == [{"code": "A", "name": "a"}]
    assert reader.rows(source, "table.csv", ["code"]) == []
    assert reader.rows(source, "missing.csv", ["code"]) == []
    with pytest.raises(RegulationError) as caught:
        reader.finish()
    assert caught.value.defects == (
        "law/limits/power.yaml:1: there is no file missing.csv beside it",
        "law/limits/table.csv:1: the header must be: code",
        "law/limits/table.csv:3: 1 cells where 2 are expected",
    )


def test_the_digest_follows_every_byte(write: Write) -> None:
    def digest(text: str) -> str:
        reader = write(text)
        assert len([*reader.provisions("limits", LimitProvision)]) == 1
        return reader.digest

    assert digest(GOOD) == digest(GOOD)
    assert digest(GOOD) != digest(GOOD + "# a remark\n")


@pytest.mark.parametrize("written", ["'2022-01-01'", "2022/01/01", "令和4年1月1日"])
def test_a_day_is_no_text(write: Write, written: str) -> None:
    """As text it would escape the order of versions and the record of the past."""
    reader = write(f"{GOOD}- from: {written}\n  cites: Article 3\n  value: {{watts: 60}}\n")
    assert list(reader.provisions("limits", LimitProvision)) == []
    with pytest.raises(RegulationError, match=r"law/limits/power\.yaml:9: versions\.2\.from: a day is written plainly"):
        reader.finish()


def test_what_is_nested_too_deeply_is_refused(write: Write) -> None:
    reader = write(f"title: {'[' * 5000}{']' * 5000}\n")
    assert list(reader.provisions("limits", LimitProvision)) == []
    with pytest.raises(RegulationError, match=r"power\.yaml:1: .*nested too deeply"):
        reader.finish()


def test_what_is_no_file_is_refused_and_nobody_waits_for_it(write: Write, tmp_path: Path) -> None:
    reader = write(GOOD)
    (tmp_path / "law" / "limits" / "gone.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "law" / "limits" / "pipe.yaml")
    (tmp_path / "law" / "limits" / "place.yaml").mkdir()
    assert [source.stem for source, _ in reader.provisions("limits", LimitProvision)] == ["power"]
    with pytest.raises(RegulationError) as refused:
        reader.finish()
    for name in ("gone", "pipe", "place"):
        assert f"law/limits/{name}.yaml:1: this is no file, or a link that leads to none" in refused.value.defects


def test_a_list_is_not_too_short_besides_because_what_is_in_it_is_wrong(write: Write) -> None:
    reader = write("title: {ja: 電力, en: Power}\nversions:\n- from: 2020-01-01\n  cites: Article 1\n  value: {watts: many}\n")
    assert list(reader.provisions("limits", LimitProvision)) == []
    with pytest.raises(RegulationError) as refused:
        reader.finish()
    assert [defect.partition(": ")[0] for defect in refused.value.defects] == ["law/limits/power.yaml:5"]


@pytest.mark.parametrize("text", ["title: x\n", "title: [\n", ""])
def test_names_in_a_file_that_is_broken_are_not_told_to_be_missing_too(write: Write, text: str) -> None:
    write(GOOD.replace("{watts: 50}", "{watts: 50, of: volts}"))
    reader = write(text, name="things/volts.yaml")
    assert len(list(reader.provisions("limits", LimitProvision))) == 1
    assert list(reader.provisions("things", LimitProvision)) == []
    with pytest.raises(RegulationError) as refused:
        reader.finish()
    assert {defect.partition(":")[0] for defect in refused.value.defects} == {"law/things/volts.yaml"}
