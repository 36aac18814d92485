"""The same filed twice: whoever files is told of the case that is open already, by its number, and nobody else is. Over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from partner.database import Database
from tests.api.applications.conftest import Service
from tests.api.applications.worked import Filing, prepared


def told(case: dict[str, Any], check: str) -> list[tuple[str, str]]:
    """The outcome and the words of a check of a case, a pass aside."""
    found = (one for one in case["findings"] if one["check"] == check and one["outcome"] != "pass")
    return [(one["outcome"], f"{one['message']['ja']} {one['message']['en']}") for one in found]


def copied(filing: Filing) -> dict[str, Any]:
    """The form, to be changed."""
    form: dict[str, Any] = json.loads(json.dumps(filing.form, default=str))
    return form


async def findings_of(service: Service, persona: str, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get(persona, f"/applications/{case['id']}")).json()
    return found


async def begun(service: Service, filing: Filing) -> dict[str, Any]:
    """The filing, sent."""
    return await service.acted(filing.filer, await filing.drafted(service), "submit")


@pytest.mark.parametrize("code", ["fixed-new-license", "amateur-new-license"])
async def test_a_second_filing_for_a_like_new_station_names_the_first(service: Service, database: Database, code: str) -> None:
    filing = await prepared(service, database, code)
    draft = await filing.drafted(service)
    assert told(await filing.drafted(service), "same-filing") == [], "a draft stands in nobody's way"
    first = await service.acted(filing.filer, draft, "submit")
    second = await filing.drafted(service)
    [(outcome, words)] = told(second, "same-filing")
    assert (outcome, words.count(first["reception_number"])) == ("warn", 2)
    second = await service.acted(filing.filer, second, "submit")
    assert told(second, "same-filing"), "a second station may be meant: it is asked about, and taken"
    assert told(await findings_of(service, filing.filer, first), "same-filing") == [], "of the later one the first is not told"
    await service.acted(filing.filer, first, "withdraw")
    assert told(await filing.drafted(service), "same-filing")[0][1].count(second["reception_number"]) == 2
    await service.acted(filing.filer, second, "withdraw")
    assert told(await filing.drafted(service), "same-filing") == []


async def test_another_station_and_another_applicant_are_not_alike(service: Service, database: Database) -> None:
    filing = await prepared(service, database, "fixed-new-license")
    await begun(service, filing)
    body = {"procedure": filing.code, "form": filing.form}
    assert told((await service.post(filing.filer, "/validate", body)).json(), "same-filing")
    for field, value in (("address", "大手町９"), ("municipality", "13102")):
        elsewhere = copied(filing)
        elsewhere["station"]["site"][field] = value
        answer = (await service.post(filing.filer, "/validate", {**body, "form": elsewhere})).json()
        assert told(answer, "same-filing") == [], field
    for field, wanted in (("frequency_hz", 468_000_000), ("power_w", 10)):
        other = copied(filing)
        other["station"]["assignments"][0][field] = wanted
        answer = (await service.post(filing.filer, "/validate", {**body, "form": other})).json()
        assert told(answer, "same-filing") == [], field
    somebody = "taro" if filing.filer != "taro" else "hanako"
    assert told((await service.post(somebody, "/validate", body)).json(), "same-filing") == []


@pytest.mark.parametrize(("station_class", "asked"), [("ML", False), ("FB", True)])
async def test_many_mobile_stations_of_a_fleet_are_kept_at_one_place(
    service: Service, database: Database, station_class: str, asked: bool
) -> None:
    filing = await prepared(service, database, "land-mobile-new-license")
    form = copied(filing)
    form["station_class"] = form["station"]["station_class"] = station_class
    draft = (await service.post(filing.filer, "/applications", {"procedure": filing.code, "form": form})).json()
    first = await service.act(filing.filer, draft, "submit")
    assert first.status_code == 200, first.text
    again = (await service.post(filing.filer, "/validate", {"procedure": filing.code, "form": form})).json()
    assert bool(told(again, "same-filing-fixed")) is asked


@pytest.mark.parametrize("code", ["change-permission", "designation-change", "blanket-change"])
async def test_a_second_change_of_the_kind_names_the_one_under_examination(service: Service, database: Database, code: str) -> None:
    filing = await prepared(service, database, code)
    first = await begun(service, filing)
    second = await filing.drafted(service)
    [(outcome, words)] = told(second, "change-pending")
    assert (outcome, words.count(first["reception_number"])) == ("warn", 2)
    await service.acted(filing.filer, second, "submit")
    assert told(await findings_of(service, filing.filer, first), "change-pending") == []


async def test_a_second_renewal_is_refused_with_the_number_of_the_first(service: Service, database: Database) -> None:
    filing = await prepared(service, database, "fixed-renewal")
    first = await begun(service, filing)
    [(outcome, words)] = told(await filing.drafted(service), "renewal-pending")
    assert (outcome, words.count(first["reception_number"])) == ("fail", 2)
