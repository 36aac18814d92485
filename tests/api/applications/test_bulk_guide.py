"""The guide to bulk renewals: its requests are sent in their order, and what comes back has the shapes that it shows."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import httpx2

from partner import clock
from partner.database import Database
from partner.licensing import bulk_models, bulk_work, sheets
from partner.regulation import Law
from tests.api import guide
from tests.api.applications.conftest import Service
from tests.api.applications.test_renewal_tables import NOW, hold

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "api" / "bulk-renewals.md").read_text(encoding="utf-8")


async def test_the_examples_are_answered_as_shown(service: Service, database: Database, law: Law) -> None:
    clock.move_to(datetime.fromisoformat(NOW))
    held = await hold(database, law, 810_001)
    headers = await service.headers("taxi")
    known = {"{number}": held.license_number}
    asked = 0
    for example in guide.examples(guide.blocks(GUIDE)):
        text = example.request.text
        for word, value in known.items():
            text = text.replace(word, value)
        request = guide.request(guide.Block("http", text), {})
        request["content"] = request["content"].encode() if "content" in request else None
        answer = await service.client.request(**{**request, "headers": {**request["headers"], **headers}})
        assert answer.status_code in {200, 202}, answer.text
        asked += 1
        if known.get("{id}") is None and request["method"] == "POST":
            known["{id}"] = answer.json()["id"]
        for shown in example.answers:
            assert _differences(shown, answer) == [], f"docs/api/bulk-renewals.md:{shown.line}"
        for identifier in await bulk_work.unfinished(database):
            while await bulk_work.batch(database, law, identifier):
                pass
    assert asked == 5


def _differences(shown: guide.Block, answer: httpx2.Response) -> list[str]:
    return guide.differences(shown, httpx2.Response(200, headers=answer.headers, content=answer.content))


def test_the_words_are_those_of_the_program() -> None:
    assert f"{sheets.MOST_ROWS:,} rows" in GUIDE
    assert all(f"`{outcome}`" in GUIDE for outcome in bulk_models.OUTCOMES if outcome != "waiting")
    assert all(f"`{step}`" in GUIDE for step in bulk_models.STEPS if step != "none")
    program = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "partner").rglob("*.py"))
    section = GUIDE.partition("The `code` of an error")[2].partition("`?outcome")[0]
    assert [code for code in re.findall(r"`([a-z_]+)`", section)[1:] if f'"{code}"' not in program] == []
