"""Two hundred at once: one draft is submitted once, and two hundred newcomers get two hundred call signs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import text

from partner.database import SYSTEM, Database
from tests.api.applications.conftest import Service

ONE_STEP = "new-license_one-step.xml"
MANY = 200

pytestmark = pytest.mark.slow


async def count(database: Database, statement: str, **values: Any) -> int:
    async with database.transaction(SYSTEM) as session:
        found: int = (await (await session.connection()).execute(text(statement), values)).scalar_one()
    return found


async def test_many_submits_of_one_draft_make_one_case_one_number_and_one_fee(service: Service, database: Database) -> None:
    case = await service.imported("hanako", ONE_STEP)
    answers = await asyncio.gather(*(service.act("hanako", case, "submit") for _ in range(MANY)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: MANY - 1}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"wrong_state"}
    submitted = next(answer.json() for answer in answers if answer.status_code == 200)
    assert submitted["reception_number"] == "EA2020-000001"
    assert [event["action"] for event in await service.events("hanako", case)] == ["import", "submit"]
    assert await count(database, "SELECT count(*) FROM application") == 1
    assert await count(database, "SELECT last FROM reception_counter WHERE bureau = 'A' AND year = 2020") == 1
    assert await count(database, "SELECT count(*) FROM payment WHERE application_id = :id", id=case["id"]) == 1


async def few_at_a_time(work: Callable[[int], Awaitable[dict[str, Any]]], numbers: Iterable[int]) -> list[dict[str, Any]]:
    """The preparation needs no crowd."""
    gate = asyncio.Semaphore(8)

    async def one(number: int) -> dict[str, Any]:
        async with gate:
            return await work(number)

    return list(await asyncio.gather(*map(one, numbers)))


async def test_many_grants_to_newcomers_allocate_as_many_call_signs(service: Service, database: Database) -> None:
    """All are decided in the same instant, each for somebody who holds no sign yet."""
    form = (await service.imported("hanako", ONE_STEP))["form"]
    await service.get("examiner", "/applications")
    await service.get("director", "/applications")

    async def proposed(number: int) -> dict[str, Any]:
        applicant = {**form["applicant"], "name": f"新人 {number}", "name_kana": f"シンジン {number}", "address": f"銀座{number}"}
        body = {"procedure": "amateur-new-license", "form": {**form, "applicant": applicant}, "channel": "paper"}
        entered = await service.post("clerk", "/applications", body)
        assert entered.status_code == 201, entered.text
        case: dict[str, Any] = entered.json()
        await service.acted("clerk", case, "submit")
        await service.acted("clerk", case, "pay", {"comment": "収入印紙"})
        return await service.acted("examiner", case, "propose-grant", {"reason": "支障なし"})

    cases = await few_at_a_time(proposed, range(MANY))
    answers = await asyncio.gather(*(service.act("director", case, "approve") for case in cases))
    assert Counter(answer.status_code for answer in answers) == {200: MANY}
    licenses = [answer.json()["license"] for answer in answers]
    assert len({license_["call_sign"] for license_ in licenses}) == MANY
    assert len({license_["license_number"] for license_ in licenses}) == MANY
    assert len({license_["station_id"] for license_ in licenses}) == MANY
    assert await count(database, "SELECT count(DISTINCT licensee_id) FROM call_sign WHERE upper_inf(recorded)") == MANY
    sequences = await count(database, "SELECT count(DISTINCT sequence) FROM published_change")
    assert sequences == await count(database, "SELECT max(sequence) FROM published_change") == MANY
