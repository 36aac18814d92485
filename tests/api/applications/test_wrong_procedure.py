"""Who takes the wrong procedure is told before filing, by the draft and by `validate`, and told which is the right one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from partner import clock
from partner.database import Database
from partner.registry.facts import License
from tests.api.applications.conftest import Service
from tests.api.applications.worked import cases, held_by, licensee


def at(day: str) -> None:
    clock.move_to(datetime.fromisoformat(f"{day}T09:00:00+09:00"))


@pytest.fixture
async def fixed(database: Database) -> License:
    """A fixed station of the taxi company, licensed until 2026-05-31."""
    at("2023-01-10")
    found = cases()["change-permission"].found["license"]
    return await held_by(licensee("taxi"), {**found, "licensed_on": "2021-06-01", "valid_to": "2026-05-31"}, database)


def own(code: str, **changed: Any) -> dict[str, Any]:
    form = {key: part for key, part in cases()[code].form.items() if key != "applicant"}
    return {**form, **changed}


async def told(service: Service, code: str, form: dict[str, Any], check: str) -> tuple[str, str]:
    """What a check says to a draft and, the same, to `validate`: its outcome, and the remedy in both languages."""
    body = {"procedure": code, "form": form}
    validated = await service.post("taxi", "/validate", body)  # first, because it knows whoever has filed nothing yet
    drafted = await service.post("taxi", "/applications", body)
    assert (drafted.status_code, validated.status_code) == (201, 200), (drafted.text, validated.text)
    both = [next(one for one in answer.json()["findings"] if one["check"] == check) for answer in (drafted, validated)]
    assert both[0] == both[1]
    return both[0]["outcome"], f"{both[0]['remedy']['ja']} {both[0]['remedy']['en']}"


async def test_a_new_license_for_what_is_licensed_is_a_renewal_or_a_change(service: Service, fixed: License) -> None:
    form = own("fixed-new-license")
    outcome, remedy = await told(service, "fixed-new-license", form, "same-place")
    assert outcome == "warn"
    assert "「固定局の再免許の申請」(fixed-renewal)" in remedy
    assert "(change-permission)" in remedy
    elsewhere = form["station"] | {"site": form["station"]["site"] | {"address": "銀座９－９－９"}}
    assert (await told(service, "fixed-new-license", {**form, "station": elsewhere}, "same-place"))[0] == "pass"


async def test_a_change_of_what_has_expired_is_a_new_license(service: Service, fixed: License) -> None:
    station = cases()["change-permission"].form["station"] | {"license_number": fixed.license_number, "call_sign": fixed.call_sign}
    form = own("change-permission", station=station)
    at("2026-05-31")
    assert (await told(service, "change-permission", form, "license-in-term"))[0] == "pass"
    at("2026-06-01")
    outcome, remedy = await told(service, "change-permission", form, "license-in-term")
    assert outcome == "fail"
    assert "(fixed-new-license)" in remedy


async def test_a_late_renewal_is_a_discontinuation_and_a_new_license(service: Service, fixed: License) -> None:
    form = own("fixed-renewal", license_number=fixed.license_number, call_sign=fixed.call_sign, licensed_on="2021-06-01")
    at("2026-02-28")
    assert (await told(service, "fixed-renewal", form, "renewal-window"))[0] == "pass"
    at("2026-03-01")
    outcome, remedy = await told(service, "fixed-renewal", form, "renewal-window")
    assert outcome == "fail"
    assert "(discontinuation)" in remedy
    assert "(fixed-new-license)" in remedy


async def test_a_renewal_changes_nothing(service: Service, fixed: License) -> None:
    form = own("fixed-renewal", license_number=fixed.license_number, call_sign=fixed.call_sign, licensed_on="2021-06-01")
    at("2026-01-15")
    assert (await told(service, "fixed-renewal", form, "renewal-changes"))[0] == "pass"
    changed = {**form, "station": {"assignments": [{"frequency_hz": 150_000_000, "power_w": 10}]}}
    outcome, remedy = await told(service, "fixed-renewal", changed, "renewal-changes")
    assert outcome == "warn"
    assert "(change-permission)" in remedy
    assert "(designation-change)" in remedy
