"""The case records by the law of which day each of its rules was judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from partner import clock
from partner.registry.service import License
from tests.api.applications.conftest import Service
from tests.api.applications.test_effects import equipment_change

ONE_STEP, RENEWAL = "new-license_one-step.xml", "renewal_再免許.xml"


def dates_of(case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = case["law"]["dates"]
    return found


async def test_the_term_of_a_renewal_is_governed_by_its_license_date(service: Service, taros_license: License) -> None:
    clock.move_to(datetime.fromisoformat("2023-07-01T09:00:00+09:00"))
    case = await service.imported("taro", RENEWAL)
    assert (dates_of(case)["term"], dates_of(case)["expires_on"]) == ("2024-01-01", "2023-12-31")
    case = await service.acted("taro", case, "submit")
    clock.move_to(datetime.fromisoformat("2023-08-01T09:00:00+09:00"))
    granted = await service.granted("taro", case)
    assert (granted["license"]["valid_from"], granted["license"]["valid_to"]) == ("2024-01-01", "2028-12-31")
    expected = {"form": "2023-07-01", "window": "2023-07-01", "fee": "2023-07-01", "checks": "2023-08-01", "term": "2024-01-01"}
    assert dates_of(granted) == {**expected, "expires_on": "2023-12-31"}


async def test_the_term_of_a_new_license_is_governed_by_the_day_of_its_grant(service: Service) -> None:
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    await service.acted("hanako", case, "pay", {"comment": "x"})
    clock.move_to(datetime.fromisoformat("2020-06-10T09:00:00+09:00"))
    proposed = await service.acted("examiner", case, "propose-grant")
    assert dates_of(proposed)["term"] == "2020-06-10"
    clock.move_to(datetime.fromisoformat("2020-06-12T09:00:00+09:00"))
    granted = await service.acted("director", case, "approve")
    assert dates_of(granted)["term"] == granted["license"]["valid_from"] == "2020-06-12"
    assert (dates_of(granted)["checks"], dates_of(granted)["fee"]) == ("2020-06-10", "2020-06-01")


async def test_a_change_leaves_the_term_as_its_license_date_gave_it(service: Service, taros_license: License) -> None:
    case = (await service.post("taro", "/applications", {"procedure": "amateur-change", "form": equipment_change()})).json()
    assert dates_of(case)["term"] == "2019-01-01"
    granted = await service.granted("taro", await service.acted("taro", case, "submit"))
    assert dates_of(granted)["term"] == "2019-01-01"
