"""What is decided stays decided: no action, no rewriting, no document and no message changes it; the database refuses it too."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from partner.database import SYSTEM, Database
from partner.regulation.routes import Action
from tests.api.applications.conftest import Service

ONE_STEP = "new-license_one-step.xml"
PEOPLE = ("hanako", "clerk", "examiner", "inspector", "director", "admin")
BODY = {
    "comment": "x",
    "reasons": ["x"],
    "requests": [{"field": "/station/site/address", "message": "x"}],
    "due_in_business_days": 5,
    "form": {"station": {"site": {"address": "別の場所"}}},
    "bureau": "C",
    "stand_in": "検査　誠",
    "result": "pass",
}


async def decided(service: Service, end: str) -> dict[str, Any]:
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    if end == "granted":
        return await service.granted("hanako", case)
    if end == "refused":
        await service.acted("examiner", case, "propose-refusal", {"reasons": ["方式に適合しない"]})
        return await service.acted("director", case, "approve")
    return await service.acted("hanako", case, "withdraw")


async def whole(service: Service, case: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = (await service.get("examiner", f"/applications/{case['id']}")).json()
    return {name: value for name, value in shown.items() if name != "version"}


async def changed(database: Database, case: dict[str, Any], change: str) -> None:
    async with database.transaction(SYSTEM) as session:
        statement = text(f"UPDATE application SET {change} WHERE id = :id")
        await (await session.connection()).execute(statement, {"id": case["id"]})


@pytest.mark.parametrize("end", ["granted", "refused", "withdrawn"])
async def test_nothing_changes_a_decided_case(service: Service, end: str) -> None:
    case = await decided(service, end)
    before, path = await whole(service, case), f"/applications/{case['id']}"
    for person in PEOPLE:
        for action in Action:
            answer = await service.act(person, case, action.value, BODY)
            assert answer.status_code in {403, 409}, f"{person} {action}: {answer.text}"
    assert (await service.put("hanako", path, {"form": case["form"]})).status_code == 409
    assert (await service.post("hanako", f"{path}/attachments", None, kind="other")).status_code in {409, 415}
    content = base64.b64encode(b"%PDF-1.7").decode()
    for person in ("hanako", "examiner"):
        refused = await service.post(person, f"{path}/messages", {"body": "x", "files": [{"name": "a.pdf", "content": content}]})
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
        assert (await service.post(person, f"{path}/messages", {"body": "お問い合わせ"})).status_code == 201
    assert await whole(service, case) == before


@pytest.mark.parametrize(
    "change",
    [
        "status = 'examining'",
        "form = '{}'",
        "decision = NULL",
        'decision = \'{"kind": "grant"}\'',
        "decided_at = now()",
        "law_digest = 'x'",
    ],
)
async def test_the_database_keeps_a_decision_whoever_asks(service: Service, database: Database, change: str) -> None:
    case = await decided(service, "refused")
    with pytest.raises(IntegrityError, match="is decided"):
        await changed(database, case, change)


async def test_a_decided_case_may_still_be_listed_for_recheck(service: Service, database: Database) -> None:
    """What is noted about a decision is no change of it."""
    case = await decided(service, "granted")
    await changed(database, case, "recheck = true")
    assert (await whole(service, case))["recheck"] is True
