"""What a decision does to the register, and that it does it whole or not at all; how many statements a read takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.service import License
from tests.api.applications.conftest import TARO_NUMBER, Service

ONE_STEP = "new-license_one-step.xml"


def equipment_change() -> dict[str, Any]:
    """A second conforming set is added; nothing else changes."""
    first = {"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}
    added = {"number": 2, "change_kind": "B", "conforming": True, "conformity_number": "002-160008", "rated_power_w": [20]}
    station = {
        "station_class": "AT",
        "license_number": TARO_NUMBER,
        "call_sign": "JA1QRZ",
        "changes": {"equipment": True},
        "operators": [{"license_number": "IABH999"}],
        "transmitters": [first, added],
    }
    return {"application_kind": "CA", "addressee": "A", "station_class": "AT", "disqualification": "none", "station": station}


async def test_a_change_of_equipment_makes_a_new_version(service: Service, database: Database, taros_license: License) -> None:
    answer = await service.post("taro", "/applications", {"procedure": "amateur-change", "form": equipment_change()})
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert [finding for finding in case["findings"] if finding["outcome"] == "fail"] == []
    assert case["fee"]["status"] == "nothing"
    submitted = await service.acted("taro", case, "submit")
    assert submitted["status"] == "examining"
    granted = await service.granted("taro", submitted)
    assert granted["license"]["station_id"] == str(taros_license.station_id)
    async with database.transaction(SYSTEM) as session:
        now = await register.license_by_number(session, TARO_NUMBER)
        before = await register.license_by_number(session, TARO_NUMBER, on=date(2020, 5, 31))
    assert now is not None
    assert before is not None
    assert [transmitter["number"] for transmitter in now.facts.details["transmitters"]] == [1, 2]
    assert [transmitter["number"] for transmitter in before.facts.details["transmitters"]] == [1]
    assert now.facts.assignments == before.facts.assignments


async def test_a_failing_register_leaves_nothing_half_done(service: Service, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await service.imported("hanako", ONE_STEP)
    await service.acted("hanako", case, "submit")
    await service.acted("hanako", case, "pay", {"comment": "x"})
    await service.acted("examiner", case, "propose-grant")
    before = await _rows(database)

    async def recorded_and_then_lost(*arguments: Any, **named: Any) -> License:
        await genuine(*arguments, **named)
        raise RuntimeError("the register is lost")

    genuine = register.record
    monkeypatch.setattr(register, "record", recorded_and_then_lost)
    with pytest.raises(RuntimeError, match="register is lost"):
        await service.act("director", case, "approve")
    assert await _rows(database) == before
    again = (await service.get("director", f"/applications/{case['id']}")).json()
    assert (again["status"], again["license"]) == ("in_approval", None)
    monkeypatch.setattr(register, "record", genuine)
    assert (await service.acted("director", case, "approve"))["status"] == "granted"


async def _rows(database: Database) -> list[int]:
    tables = ("station", "license_version", "published_license", "published_change", "application_event", "notice", "call_sign")
    async with database.transaction(SYSTEM) as session:
        connection = await session.connection()
        return [(await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in tables]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("persona", ["hanako", "examiner", "admin"])
async def test_a_read_of_a_case_or_a_list_takes_at_most_three_statements(service: Service, database: Database, persona: str) -> None:
    """One tells row-level security who reads, one reads. Whose token it is has been found at its first use."""
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    await service.get(persona, "/applications")
    for path in (f"/applications/{case['id']}", "/applications"):
        with statements(database) as seen:
            assert (await service.get(persona, path)).status_code == 200
        assert len(seen) <= 3, seen
        assert sum("FROM application" in statement for statement in seen) == 1


async def test_a_renewal_that_was_not_paid_before_expiry_is_no_renewal(service: Service, taros_license: License) -> None:
    clock.move_to(datetime.fromisoformat("2023-11-30T09:00:00+09:00"))
    case = await service.imported("taro", "renewal_再免許.xml")
    await service.acted("taro", case, "submit")
    clock.move_to(datetime.fromisoformat("2024-01-01T00:00:10+09:00"))
    late = await service.act("taro", case, "pay", {"comment": "x"})
    assert (late.status_code, late.json()["code"]) == (409, "license_expired")


async def test_what_rests_on_an_unconfirmed_value_needs_a_typed_reason_and_is_listed(service: Service) -> None:
    """The fees of October 2025 for land mobile stations above 5 W are not confirmed: no demand for money, an examiner decides."""
    clock.move_to(datetime.fromisoformat("2025-11-04T09:00:00+09:00"))
    form = {
        "addressee": "A",
        "station_class": "ML",
        "disqualification": "none",
        "applicant": {"kind": "corporation"},
        "station": {
            "station_class": "ML",
            "station_count": 2,
            "completion": {"kind": "days", "days": 1},
            "purposes": ["x-general"],
            "communication_matters": ["x-general"],
            "site": {"prefecture": "13", "municipality": "13102", "address": "築地２－２－２"},
            "assignments": [{"emissions": [{"bandwidth": "5K80", "emission": "F1D"}], "frequency_hz": 435_000_000, "power_w": 50}],
            "transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}],
        },
    }
    answer = await service.post("taxi", "/applications", {"procedure": "land-mobile-new-license", "form": form})
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert [finding for finding in case["findings"] if finding["outcome"] == "fail"] == []
    assert case["fee"]["status"] == "unconfirmed"
    submitted = await service.acted("taxi", case, "submit")
    assert submitted["status"] == "examining"
    without = await service.act("examiner", case, "propose-grant")
    assert (without.status_code, without.json()["code"]) == (422, "reason_required")
    await service.acted("examiner", case, "propose-grant", {"reason": "局内で確認した"})
    granted = await service.acted("director", case, "approve")
    assert granted["recheck"] is True
    listed = (await service.get("examiner", "/applications", recheck=True)).json()["items"]
    assert [item["id"] for item in listed] == [case["id"]]
