"""The time for a correction: business days, the reminder before it ends, the bureau told afterwards, the clock that stands still."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import desk_queries, processing_clock, reminding
from partner.regulation import Law
from tests.api.applications.conftest import Service
from tests.conftest import Cluster
from tests.house.test_jobs import at_work

ONE_STEP = "new-license_one-step.xml"
REQUESTS = [{"field": "/station/site/address", "message": "番地を確かめてください"}]


async def under_examination(service: Service) -> dict[str, Any]:
    case = await service.imported("hanako", ONE_STEP)
    await service.acted("hanako", case, "submit")
    return await service.acted("hanako", case, "pay", {"comment": "x"})


async def asked(service: Service, **deadline: Any) -> dict[str, Any]:
    case = await under_examination(service)
    return await service.acted("examiner", case, "request-correction", {"requests": REQUESTS, **deadline})


def on(day: str) -> None:
    clock.move_to(datetime.fromisoformat(f"{day}T09:00:00+09:00"))


async def work(database: Database, law: Law) -> tuple[int, int]:
    async with database.transaction(SYSTEM) as session:
        return await reminding.corrections(session, law, on=clock.today())


async def kinds(service: Service, case: dict[str, Any]) -> list[str]:
    return [notice["kind"] for notice in (await service.get("hanako", f"/applications/{case['id']}/notices")).json()["items"]]


@pytest.mark.parametrize(("days", "due_on"), [(1, "2020-06-02"), (5, "2020-06-08"), (10, "2020-06-15"), (38, "2020-07-27")])
async def test_the_time_may_be_given_in_business_days(service: Service, days: int, due_on: str) -> None:
    case = await asked(service, due_in_business_days=days)
    assert case["time_limit_on"] == due_on
    [request] = (await service.get("hanako", f"/applications/{case['id']}/requests")).json()["items"]
    assert request["due_on"] == due_on


@pytest.mark.parametrize("deadline", [{"due_in_business_days": 0}, {"due_in_business_days": "5"}, {"due_in_business_days": 251}])
async def test_a_number_that_is_no_time_is_refused(service: Service, deadline: dict[str, Any]) -> None:
    case = await under_examination(service)
    answer = await service.act("examiner", case, "request-correction", {"requests": REQUESTS, **deadline})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "/due_in_business_days")


async def test_two_deadlines_are_refused(service: Service) -> None:
    case = await under_examination(service)
    body = {"requests": REQUESTS, "due_on": "2020-06-15", "due_in_business_days": 3}
    answer = await service.act("examiner", case, "request-correction", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "two_deadlines")


async def test_the_applicant_is_reminded_once_three_business_days_before(service: Service, database: Database, law: Law) -> None:
    case = await asked(service, due_on="2020-06-15")
    on("2020-06-09")
    await work(database, law)
    assert await kinds(service, case) == ["correction_requested"]
    on("2020-06-10")
    await work(database, law)
    await work(database, law)
    on("2020-06-12")
    await work(database, law)
    assert await kinds(service, case) == ["correction_reminder", "correction_requested"]


async def test_who_has_answered_is_not_reminded_and_a_new_request_is(service: Service, database: Database, law: Law) -> None:
    case = await asked(service, due_in_business_days=3)
    await work(database, law)
    await service.acted("hanako", case, "correct", {"form": {"station": {"site": {"address": "築地３"}}}})
    assert await kinds(service, case) == ["correction_reminder", "correction_requested"]
    on("2020-06-02")
    await work(database, law)
    assert (await kinds(service, case)).count("correction_reminder") == 1
    await service.acted("examiner", case, "request-correction", {"requests": REQUESTS, "due_in_business_days": 2})
    on("2020-06-03")
    await work(database, law)
    assert (await kinds(service, case)).count("correction_reminder") == 2


async def test_the_bureau_is_told_when_the_time_ran_out(service: Service, database: Database, law: Law) -> None:
    case = await asked(service, due_on="2020-06-15")
    on("2020-06-15")
    await work(database, law)
    assert case["id"] not in {one["id"] for one in (await service.get("clerk", "/applications", unread="true")).json()["items"]}
    on("2020-06-16")
    assert (await work(database, law))[1] >= 1
    assert (await work(database, law))[1] == 0
    assert case["id"] in {one["id"] for one in (await service.get("clerk", "/applications", unread="true")).json()["items"]}
    assert (await service.post("examiner", f"/applications/{case['id']}/messages/read")).json() == {"read": 1}
    assert case["id"] not in {one["id"] for one in (await service.get("clerk", "/applications", unread="true")).json()["items"]}


async def test_what_was_corrected_late_is_no_longer_overdue(service: Service, database: Database, law: Law) -> None:
    case = await asked(service, due_on="2020-06-15")
    on("2020-06-16")
    await work(database, law)
    await service.acted("hanako", case, "correct", {"form": {"station": {"site": {"address": "築地３"}}}})
    assert case["id"] not in {one["id"] for one in (await service.get("clerk", "/applications", unread="true")).json()["items"]}


async def test_the_daily_work_does_both(service: Service, cluster: Cluster, database_name: str, database: Database) -> None:
    case = await asked(service, due_in_business_days=5)
    async with at_work(cluster.url("partner_app", database_name), database):
        for day, expected in (("2020-06-03", "correction_reminder"), ("2020-06-09", None)):
            on(day)
            for _ in range(1000):
                queue = (await service.get("clerk", "/applications", unread="true")).json()["items"]
                told = expected in await kinds(service, case) if expected else case["id"] in {one["id"] for one in queue}
                if told:
                    break
                await asyncio.sleep(0.02)
            assert told, day


async def test_the_clock_stands_still_while_a_correction_is_open(service: Service, database: Database) -> None:
    case = await asked(service, due_on="2020-06-30")
    on("2020-06-11")
    await service.acted("hanako", case, "correct", {"form": {"station": {"site": {"address": "築地３"}}}})
    on("2020-06-14")
    async with database.transaction(SYSTEM) as session:
        [changes] = (await desk_queries.status_changes(session, [case["id"]])).values()
    assert processing_clock.days_in_hand(date(2020, 6, 1), changes, today=clock.today()) == 3


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ([], 20),
        ([("05", "correction_requested")], 4),
        ([("05", "correction_requested"), ("10", "examining")], 15),
        ([("05", "correction_requested"), ("05", "examining")], 20),
        ([("05", "correction_requested"), ("10", "examining"), ("12", "correction_requested"), ("14", "examining")], 13),
        ([("08", "in_approval"), ("11", "granted")], 10),
        ([("05", "correction_requested"), ("11", "withdrawn")], 4),
    ],
)
def test_days_in_hand(changes: list[tuple[str, str]], days: int) -> None:
    times = [(datetime.fromisoformat(f"2020-06-{day}T15:00:00+09:00"), status) for day, status in changes]
    assert processing_clock.days_in_hand(date(2020, 6, 1), times, today=date(2020, 6, 21)) == days
