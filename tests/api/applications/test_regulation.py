"""`/api/v1/regulation`: which law is in force, and an administrator who does not want to wait for another."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from partner import regulation
from partner.regulation.in_force import InForce
from partner.settings import Settings
from tests.api.applications.conftest import Service

WINDOW = "windows/amateur-renewal.yaml"
SHORTER = "- {from: 2030-04-01, cites: 免許手続規則 (令和12年改正), value: {opens_months: 3, closes_months: 1}}\n"


@pytest.fixture
def root(app: FastAPI, tmp_path: Path) -> Path:
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "regulation"))
    app.state.law = InForce(regulation.load(root), root)
    return root


def append(root: Path, text: str) -> None:
    with (root / WINDOW).open("a", encoding="utf-8") as file:
        file.write(text)


async def reload(service: Service, persona: str) -> tuple[int, dict[str, Any]]:
    answer = await service.post(persona, "/regulation/reload")
    return answer.status_code, answer.json()


async def test_the_administrator_takes_an_amendment_at_once(service: Service, root: Path) -> None:
    before = (await service.client.get("/api/v1/regulation")).json()
    assert before["digest"] == regulation.load(root).digest
    append(root, SHORTER)
    status, answer = await reload(service, "admin")
    assert (status, answer["changed"], answer["refused_at"]) == (200, True, None)
    assert answer["digest"] == regulation.load(root).digest != before["digest"]
    assert (await service.client.get("/api/v1/regulation")).json()["digest"] == answer["digest"]
    for on, months in (("2030-03-31", 6), ("2030-04-01", 3)):
        found = (await service.client.get("/api/v1/procedures/amateur-renewal", params={"on": on})).json()
        assert found["window"]["opens_months"] == months
    assert (await reload(service, "admin"))[1]["changed"] is False


@pytest.mark.parametrize("persona", ["taro", "clerk", "director"])
async def test_nobody_else_may(service: Service, root: Path, persona: str) -> None:
    append(root, SHORTER)
    assert (await reload(service, persona))[0] == 403


async def test_files_that_are_not_in_order_are_named_and_the_law_stays(service: Service, root: Path) -> None:
    before = (await service.client.get("/api/v1/regulation")).json()
    append(root, "- {from: 2030-04-01, value: {opens_months: 3, closes_months: 1}}\n")
    status, answer = await reload(service, "admin")
    assert (status, answer["code"]) == (422, "regulation_invalid")
    assert any(error["field"].startswith(f"regulation/{WINDOW}:") for error in answer["errors"])
    found = (await service.client.get("/api/v1/regulation")).json()
    assert found["digest"] == before["digest"]
    assert found["refused_at"] is not None
    assert (await service.client.get("/readyz")).json() == {"status": "ok", "law": "refused"}
    page = await service.client.get("/admin", headers={**await service.headers("admin"), "Accept": "text/html"})
    assert f"{WINDOW}:" in page.text
