"""Files of the law that are amended while a process runs: taken whole and in order, or not at all."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from partner import regulation
from partner.regulation.fees import Charge
from partner.regulation.in_force import InForce
from partner.settings import Settings

FEE = "fees/amateur-renewal.yaml"
AMENDMENT = """
- from: 2030-04-01
  cites: 手数料令 (令和12年改正)
  value:
    tiers:
    - {paper: 2950, electronic: 1800}
    certificate: {paper: 480}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Settings().regulation_root, tmp_path / "regulation"))


@pytest.fixture
def held(root: Path) -> InForce:
    return InForce(regulation.load(root), root)


def amend(root: Path, text: str) -> None:
    with (root / FEE).open("a", encoding="utf-8") as file:
        file.write(text)


def fee(held: InForce, on: date) -> int | None:
    return held.law.fees.assess("amateur-renewal", Charge("electronic", None), on=on).amount_yen


def test_an_amendment_is_taken_once_its_files_have_settled(root: Path, held: InForce) -> None:
    before = held.law
    assert not held.look()
    amend(root, AMENDMENT)
    assert not held.look()
    assert held.law is before
    assert held.look()
    assert held.law.digest != before.digest
    assert fee(held, date(2030, 4, 1)) == 1800
    assert (
        fee(held, date(2030, 3, 31)) == before.fees.assess("amateur-renewal", Charge("electronic", None), on=date(2030, 3, 31)).amount_yen
    )
    assert not held.look()


def test_files_that_are_still_written_are_waited_for(root: Path, held: InForce) -> None:
    amend(root, AMENDMENT)
    assert not held.look()
    amend(root, "# one more line\n")
    assert not held.look()
    assert held.look()


def test_who_asks_at_once_does_not_wait(root: Path, held: InForce) -> None:
    amend(root, AMENDMENT)
    assert held.look(at_once=True)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (FEE, "- from: 2030-04-01\n  value: null\n", "every version cites its source"),
        (FEE, AMENDMENT.replace("2030-04-01", "2001-01-01"), "does not come after"),
        ("fees/another.yaml", "title: [", "another.yaml"),
        ("fees/stray.txt", "nothing", "nothing reads this file"),
    ],
)
def test_what_is_not_in_order_is_refused_and_the_law_stays(root: Path, held: InForce, file: str, text: str, words: str) -> None:
    before = held.law
    with (root / file).open("a", encoding="utf-8") as opened:
        opened.write(text)
    assert not held.look(at_once=True)
    assert held.law is before
    assert held.held.refused is not None
    assert words in "\n".join(held.held.refused.defects)


def test_a_version_of_the_past_cannot_be_edited_in_a_running_service(root: Path, held: InForce) -> None:
    path = root / FEE
    path.write_text(path.read_text(encoding="utf-8").replace("electronic: 1700", "electronic: 1701"), encoding="utf-8")
    assert not held.look(at_once=True)
    assert held.held.refused is not None
    assert any("no erratum says why" in line or "worked" in line or FEE in line for line in held.held.refused.defects)


def test_a_refusal_is_over_when_the_files_are_mended(root: Path, held: InForce) -> None:
    kept = (root / FEE).read_text(encoding="utf-8")
    amend(root, "- nonsense\n")
    held.look(at_once=True)
    assert held.held.refused is not None
    (root / FEE).write_text(kept, encoding="utf-8")
    assert not held.look(at_once=True)
    assert held.held.refused is None


def test_a_directory_that_is_gone_changes_nothing(root: Path, held: InForce) -> None:
    before = held.law
    shutil.rmtree(root)
    held.look()
    assert not held.look()
    assert held.law is before
    assert held.held.refused is not None
