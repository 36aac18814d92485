"""A station that a ship must carry is licensed without end (電波法13条2項): from the filing to the record and the notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Conflict
from partner.licensing import recording, renewals
from partner.registry import service as register
from partner.regulation.periods import WITHOUT_END
from tests.api.applications.conftest import Service, the_law
from tests.api.applications.worked import REASON, Filing, prepared


async def granted(service: Service, filing: Filing, **decision: Any) -> dict[str, Any]:
    case = await service.acted(filing.filer, await filing.drafted(service), "submit")
    if case["status"] == "fee_due":
        case = await service.acted(filing.filer, case, "pay", {"comment": "x"})
    return await service.acted("examiner", case, "propose-grant", {"reason": REASON, **decision})


async def ship(service: Service, database: Database, *, mandatory: bool) -> Filing:
    filing = await prepared(service, database, "ship-new-license")
    return replace(filing, form={**filing.form, "vessel": {**filing.form["vessel"], "mandatory": mandatory}})


async def held(database: Database, case: dict[str, Any]) -> register.License:
    async with database.transaction(SYSTEM) as session:
        found = await register.license_by_number(session, case["license"]["license_number"])
        assert found is not None
        return found


async def test_a_station_that_must_be_carried_is_licensed_without_end(service: Service, database: Database) -> None:
    filing = await ship(service, database, mandatory=True)
    case = await service.acted("director", await granted(service, filing), "approve")
    assert (case["status"], case["license"]["valid_to"]) == ("granted", None)
    license_ = await held(database, case)
    assert license_.valid_to == WITHOUT_END
    notice = (await service.get(filing.filer, f"/applications/{case['id']}/notices")).json()["items"][0]
    assert "無期限" in notice["body"]["ja"]
    assert "without end" in notice["body"]["en"]
    shown = (await service.client.get(f"/api/v1/stations/{license_.station_id}")).json()["license"]
    assert (shown["valid_to"], shown["status"]) == (None, "in_force")
    assert renewals.due_of(the_law(), license_, renewals.procedures(the_law(), on=clock.today()), on=clock.today()) is None
    with pytest.raises(Conflict, match="license_without_end"):
        recording._refuse_renewed(license_, license_)


async def test_another_station_of_a_ship_has_its_five_years(service: Service, database: Database) -> None:
    filing = await ship(service, database, mandatory=False)
    case = await service.acted("director", await granted(service, filing), "approve")
    assert case["license"]["valid_to"] is not None
    assert (await held(database, case)).valid_to - clock.today() < timedelta(days=5 * 366)


async def test_an_examiner_may_designate_an_earlier_day(service: Service, database: Database) -> None:
    filing = await ship(service, database, mandatory=True)
    last = (clock.today() + timedelta(days=100)).isoformat()
    case = await service.acted("director", await granted(service, filing, decision={"valid_to": last}), "approve")
    assert case["license"]["valid_to"] == last
