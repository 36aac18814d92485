"""The guide to MIC's Web-API: its examples are answered, and it names every parameter that it makes a promise about."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest

from partner.api.musen import answers
from partner.api.musen.faults import BROKEN, BUSY, FAULTS

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "api" / "musen.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^GET (\S+)$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("address", EXAMPLES)
async def test_an_example_is_answered(client: httpx2.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text


def test_there_are_examples_of_both_paths_and_patterns() -> None:
    assert {(re.split(r"[/?&]", one)[2], "ST=2" in one) for one in EXAMPLES} == {("num", False), ("list", False), ("list", True)}


def test_what_the_guide_says_of_errors_and_guesses_is_so() -> None:
    assert f"the {len({*FAULTS, BUSY.code, BROKEN.code})} codes" in GUIDE
    assert f"`{answers.XML_ROOT}`" in GUIDE
