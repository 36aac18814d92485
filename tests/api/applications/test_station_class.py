"""A filing for a class of station that its procedure is not for is answered with a finding, and no money is taken for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.applications.conftest import Service
from tests.api.applications.test_land_mobile import new_license

ONE_STEP = "new-license_one-step.xml"


async def amateur(service: Service) -> dict[str, Any]:
    form: dict[str, Any] = (await service.imported("hanako", ONE_STEP))["form"]
    return form


def named(form: dict[str, Any], station_class: str) -> dict[str, Any]:
    """The form for another class of station."""
    return {**form, "station_class": station_class, "station": {**form["station"], "station_class": station_class}}


def against(case: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["check"], finding["field"]) for finding in case["findings"] if finding["outcome"] == "fail"]


BOTH = [("station-class", "/station_class"), ("station-class", "/station/station_class")]


async def refused(service: Service, persona: str, case: dict[str, Any]) -> None:
    """The case is not taken, and owes nothing."""
    answer = await service.act(persona, case, "submit")
    assert (answer.status_code, answer.json()["code"]) == (422, "findings_block")
    assert {error["code"] for error in answer.json()["errors"]} == {"station-class"}
    kept = (await service.get(persona, f"/applications/{case['id']}")).json()
    assert (kept["status"], kept["received_on"], "pay" in kept["available_actions"]) == ("draft", None, False)


@pytest.mark.parametrize("station_class", ["ZZ", "FB", "ML"])
async def test_an_amateur_filing_for_another_class(service: Service, station_class: str) -> None:
    body = {"procedure": "amateur-new-license", "form": named(await amateur(service), station_class)}
    case = (await service.post("hanako", "/applications", body)).json()
    assert against(case) == BOTH
    finding = next(finding for finding in case["findings"] if finding["check"] == "station-class")
    assert station_class in finding["message"]["ja"]
    assert "AT" in finding["message"]["en"]
    assert "/api/v1/procedures" in finding["remedy"]["en"]
    await refused(service, "hanako", case)


@pytest.mark.parametrize("station_class", ["ZZ", "AT", "BC"])
async def test_a_land_mobile_filing_for_another_class(service: Service, station_class: str) -> None:
    body = {"procedure": "land-mobile-new-license", "form": new_license(station_class)}
    case = (await service.post("taxi", "/applications", body)).json()
    assert against(case) == BOTH
    await refused(service, "taxi", case)


async def test_a_draft_rewritten_for_another_class_and_back(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    path, form = f"/applications/{case['id']}", case["form"]
    changed = (await service.put("hanako", path, {"form": named(form, "ZZ")})).json()
    assert against(changed) == BOTH
    await refused(service, "hanako", changed)
    mended = (await service.put("hanako", path, {"form": form})).json()
    assert against(mended) == []
    assert (await service.acted("hanako", mended, "submit"))["status"] == "fee_due"


async def test_a_filing_that_names_no_class(service: Service) -> None:
    form = await amateur(service)
    del form["station_class"], form["station"]["station_class"]
    case = (await service.post("hanako", "/applications", {"procedure": "amateur-new-license", "form": form})).json()
    assert against(case) == [("station-class-given", "/station_class")]
    assert (await service.act("hanako", case, "submit")).json()["code"] == "findings_block"
