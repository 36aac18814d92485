"""What is owed: by the day of arrival and the channel, and after a correction that makes the filing dearer or cheaper."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing.models import Payment
from partner.registry import service as register
from partner.registry.service import License
from partner.regulation import Law
from tests.api.applications.conftest import TARO_NUMBER, Service

ONE_STEP, RENEWAL = "new-license_one-step.xml", "renewal_再免許.xml"
DUE_ON = "2020-06-30"


async def owed(database: Database, case: dict[str, Any]) -> list[tuple[int, str]]:
    """The demands of a case in their order: what, and what became of it."""
    async with database.transaction(SYSTEM) as session:
        statement = select(Payment).where(col(Payment.application_id) == case["id"]).order_by(col(Payment.id))
        rows = (await session.exec(statement)).all()
    return [(row.amount_yen, "paid" if row.paid_at else "cancelled" if row.cancelled_at else "owed") for row in rows]


def with_power(case: dict[str, Any], power_w: int) -> dict[str, Any]:
    """The form with a larger or smaller set: above 50 W another fee is due."""
    station = case["form"]["station"]
    sets = [{**station["transmitters"][0], "rated_power_w": [power_w]}]
    return {**case["form"], "station": {**station, "transmitters": sets}}


async def asked(service: Service, case: dict[str, Any]) -> None:
    requests = [{"field": "/station/transmitters/0/rated_power_w", "message": "定格出力を確かめてください"}]
    await service.acted("examiner", case, "request-correction", {"requests": requests, "due_on": DUE_ON})


async def corrected(service: Service, case: dict[str, Any], power_w: int) -> dict[str, Any]:
    await asked(service, case)
    return await service.acted("hanako", case, "correct", {"form": with_power(case, power_w)})


async def submitted(service: Service) -> dict[str, Any]:
    return await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")


async def test_a_correction_before_the_payment_takes_the_old_demand_back(service: Service, database: Database) -> None:
    case = await submitted(service)
    assert await owed(database, case) == [(2900, "owed")]
    dearer = await corrected(service, case, 100)
    assert (dearer["status"], dearer["fee"]["amount_yen"], dearer["fee"]["status"]) == ("fee_due", 5500, "due")
    assert await owed(database, case) == [(2900, "cancelled"), (5500, "owed")]
    same = await corrected(service, case, 100)
    assert (same["status"], same["fee"]["status"]) == ("fee_due", "due")
    assert await owed(database, case) == [(2900, "cancelled"), (5500, "owed")]
    cheaper = await corrected(service, case, 50)
    assert (cheaper["fee"]["amount_yen"], cheaper["fee"]["status"]) == (2900, "due")
    paid = await service.acted("hanako", case, "pay", {"comment": "x"})
    assert (paid["status"], paid["fee"]["status"], paid["fee"]["paid_yen"]) == ("examining", "paid", 2900)
    assert await owed(database, case) == [(2900, "cancelled"), (5500, "cancelled"), (2900, "paid")]


async def test_a_correction_after_the_payment_makes_the_difference_fall_due(service: Service, database: Database) -> None:
    case = await submitted(service)
    await service.acted("hanako", case, "pay", {"comment": "x"})
    dearer = await corrected(service, case, 100)
    assert (dearer["status"], dearer["fee"]["amount_yen"], dearer["fee"]["paid_yen"]) == ("fee_due", 5500, 2900)
    assert await owed(database, case) == [(2900, "paid"), (2600, "owed")]
    early = await service.act("examiner", case, "propose-grant", {"reason": "x"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    paid = await service.acted("hanako", case, "pay", {"comment": "差額"})
    assert (paid["status"], paid["fee"]["status"], paid["fee"]["paid_yen"]) == ("examining", "paid", 5500)
    assert await owed(database, case) == [(2900, "paid"), (2600, "paid")]
    assert (await service.act("hanako", case, "pay", {"comment": "x"})).status_code == 409


async def test_a_difference_that_the_next_correction_does_away_with_is_owed_no_more(service: Service, database: Database) -> None:
    case = await submitted(service)
    await service.acted("hanako", case, "pay", {"comment": "x"})
    await corrected(service, case, 100)
    back = await corrected(service, case, 50)
    assert (back["status"], back["fee"]["status"], back["fee"]["amount_yen"]) == ("examining", "paid", 2900)
    assert await owed(database, case) == [(2900, "paid"), (2600, "cancelled")]
    assert (await service.granted("hanako", back))["status"] == "granted"


async def test_what_was_paid_too_much_is_not_given_back_and_asks_for_nothing(service: Service, database: Database) -> None:
    case = await service.imported("hanako", ONE_STEP)
    await service.put("hanako", f"/applications/{case['id']}", {"form": with_power(case, 100)})
    await service.acted("hanako", case, "submit")
    await service.acted("hanako", case, "pay", {"comment": "x"})
    cheaper = await corrected(service, case, 50)
    assert (cheaper["status"], cheaper["fee"]["status"]) == ("examining", "paid")
    assert (cheaper["fee"]["amount_yen"], cheaper["fee"]["paid_yen"]) == (2900, 5500)
    assert await owed(database, case) == [(5500, "paid")]


async def test_an_attachment_leaves_what_is_owed_as_it_was(service: Service, database: Database) -> None:
    case = await submitted(service)
    headers = {**await service.headers("hanako"), "Content-Type": "application/pdf"}
    path = f"/api/v1/applications/{case['id']}/attachments?kind=other"
    assert (await service.client.post(path, content=b"%PDF-1.7", headers=headers)).status_code == 201
    seen = (await service.get("hanako", f"/applications/{case['id']}")).json()
    assert (seen["status"], seen["fee"]["status"]) == ("fee_due", "due")
    assert await owed(database, case) == [(2900, "owed")]


@pytest.fixture
async def until_the_end_of_2025(database: Database, taros_license: License, law: Law) -> None:
    """JA1QRZ with a term that ends on 2025-12-31, so that its renewal is in season when the fees change."""
    async with database.transaction(SYSTEM) as session:
        held = await register.license_by_number(session, TARO_NUMBER, on=date(2024, 1, 1))
        if held is None or held.valid_to.year < 2025:
            await register.renew(
                session, taros_license.station_id, licensed_on=date(2024, 1, 1), valid_to=date(2025, 12, 31), cause="test", law=law
            )


async def renewal(service: Service) -> dict[str, Any]:
    form = (await service.imported("taro", RENEWAL))["form"]
    return {**form, "licensed_on": "2024-01-01"}


@pytest.mark.usefixtures("until_the_end_of_2025")
@pytest.mark.parametrize(
    ("moment", "yen"), [("2025-09-30T23:59:00+09:00", 1950), ("2025-10-01T00:00:00+09:00", 1700)], ids=["last minute", "first minute"]
)
async def test_an_electronic_renewal_costs_what_the_day_of_its_arrival_says(service: Service, moment: str, yen: int) -> None:
    clock.move_to(datetime.fromisoformat(moment))
    body = {"procedure": "amateur-renewal", "form": await renewal(service)}
    case = (await service.post("taro", "/applications", body)).json()
    received = await service.acted("taro", case, "submit")
    assert (received["received_on"], received["fee"]["amount_yen"]) == (moment[:10], yen)
    assert received["law"]["dates"]["fee"] == moment[:10]
    clock.move_to(datetime.fromisoformat("2025-10-02T09:00:00+09:00"))
    assert (await service.acted("taro", case, "pay", {"comment": "x"}))["fee"]["paid_yen"] == yen
    await service.acted("taro", case, "withdraw")  # one renewal of a license is examined at a time


@pytest.mark.usefixtures("until_the_end_of_2025")
@pytest.mark.parametrize(("received_on", "lines"), [("2025-09-30", [3050]), ("2025-10-01", [2850, 480])])
async def test_a_paper_renewal_entered_later_costs_what_the_day_of_its_arrival_said(
    service: Service, received_on: str, lines: list[int]
) -> None:
    clock.move_to(datetime.fromisoformat("2025-10-02T09:00:00+09:00"))
    body = {"procedure": "amateur-renewal", "form": await renewal(service), "channel": "paper", "received_on": received_on}
    entered = await service.post("clerk", "/applications", body)
    assert entered.status_code == 201, entered.text
    case = await service.acted("clerk", entered.json(), "submit")
    assert (case["received_on"], case["entered_at"][:10]) == (received_on, "2025-10-02")
    assert [line["amount_yen"] for line in case["fee"]["lines"]] == lines
    assert case["fee"]["amount_yen"] == sum(lines)
    assert case["reception_number"].startswith("SA2025-")
    assert case["law"]["dates"]["window"] == received_on


@pytest.mark.usefixtures("until_the_end_of_2025")
@pytest.mark.parametrize(("received_on", "late"), [("2025-11-30", False), ("2025-12-01", True)])
async def test_the_window_of_a_paper_filing_follows_its_arrival(service: Service, received_on: str, late: bool) -> None:
    """It closes on 2025-11-30, however late the clerk enters what had arrived by then."""
    clock.move_to(datetime.fromisoformat("2025-12-03T09:00:00+09:00"))
    body = {"procedure": "amateur-renewal", "form": await renewal(service), "channel": "paper", "received_on": received_on}
    case = (await service.post("clerk", "/applications", body)).json()
    failing = {finding["check"] for finding in case["findings"] if finding["outcome"] == "fail"}
    assert ("renewal-window" in failing) is late
