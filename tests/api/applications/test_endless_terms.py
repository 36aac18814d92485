"""A station that a ship must carry is licensed without end (電波法13条2項): from the filing to the record and the notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Conflict
from partner.licensing import recording, renewals
from partner.registry import service as register
from partner.regulation import Law
from partner.regulation.periods import WITHOUT_END
from tests.api.applications.conftest import Service, the_law
from tests.api.applications.test_bulk_filings import Desk
from tests.api.applications.worked import REASON, Filing, cases, held_by, licensee, on_form, prepared


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


@pytest.fixture
async def endless(database: Database) -> register.License:
    """A ship station of the taxi company that is licensed without end."""
    clock.move_to(datetime.fromisoformat("2020-01-15T09:00:00+09:00"))
    known = cases()["ship-renewal"].found["license"]
    return await held_by(licensee("taxi"), {**known, "valid_to": WITHOUT_END.isoformat()}, database)


def renewing(license_: register.License) -> dict[str, Any]:
    form = {key: part for key, part in cases()["ship-renewal"].form.items() if key != "applicant"}
    return {**form, "license_number": license_.license_number, "call_sign": license_.call_sign}


def refusal(findings: list[dict[str, Any]]) -> dict[str, Any]:
    [found] = [one for one in findings if one["outcome"] == "fail"]
    return found


async def test_a_renewal_of_what_has_no_end_is_not_needed(service: Service, endless: register.License) -> None:
    body = {"procedure": "ship-renewal", "form": renewing(endless)}
    validated = (await service.post("taxi", "/validate", body)).json()
    case = (await service.post("taxi", "/applications", body)).json()
    found = refusal(case["findings"])
    assert refusal(validated["findings"]) == found
    assert (found["check"], found["field"], found["citation"]) == ("renewal-window", "/license_number", "電波法13条2項")
    assert "再免許は要りません" in found["message"]["ja"]
    assert "it needs no renewal" in found["message"]["en"]
    assert "(change-permission)" in found["remedy"]["ja"]
    assert "(discontinuation)" in found["remedy"]["en"]
    assert "renewal)" not in found["remedy"]["en"]
    assert "9999" not in (await service.get("taxi", f"/applications/{case['id']}")).text.replace(
        licensee("taxi").corporate_number or "", ""
    )
    refused = await service.act("taxi", case, "submit")
    assert (refused.status_code, refused.json()["code"]) == (422, "findings_block")


async def test_a_renewal_of_what_has_an_end_is_in_time(service: Service, database: Database, endless: register.License) -> None:
    ending = await held_by(licensee("taxi"), cases()["ship-renewal"].found["license"], database)
    case = (await service.post("taxi", "/applications", {"procedure": "ship-renewal", "form": renewing(ending)})).json()
    assert [one["check"] for one in case["findings"] if one["outcome"] == "fail"] == []


async def test_a_clerk_is_told_and_an_examiner_cannot_grant_it(service: Service, endless: register.License) -> None:
    applicant = {"applicant": on_form(licensee("taxi"))}
    body = {"procedure": "ship-renewal", "form": {**renewing(endless), **applicant}, "channel": "paper"}
    assert refusal((await service.post("clerk", "/validate", body)).json()["findings"])["check"] == "renewal-window"
    case = (await service.post("clerk", "/applications", body)).json()
    case = await service.acted("clerk", case, "submit")
    if case["status"] == "fee_due":
        case = await service.acted("clerk", case, "pay", {"comment": "収入印紙"})
    refused = await service.act("examiner", case, "propose-grant", {"reason": REASON})
    assert (refused.status_code, refused.json()["code"]) == (422, "findings_block")
    assert "再免許は要りません" in refused.text


async def test_a_row_for_it_is_in_error_and_the_table_has_none(service: Service, database: Database, law: Law) -> None:
    desk = Desk(service, database, law)
    clock.move_to(datetime.fromisoformat("2023-07-03T09:00:00+09:00"))
    [ending] = await desk.hold(1)
    [endless_] = await desk.hold(1, valid_to=WITHOUT_END.isoformat())
    assert await desk.table([endless_]) == []
    [line] = await desk.table([ending])
    checked = await desk.checked([line, {**line, "license_number": endless_.license_number}])
    assert checked["outcomes"] == {"new": 1, "unchanged": 0, "changed": 0, "error": 1}
    [row] = await desk.rows(checked, outcome="error")
    assert row["expires_on"] is None
    [error] = row["errors"]
    assert (error["code"], error["field"]) == ("renewal-window", "/license_number")
    assert "再免許は要りません" in error["message"]["ja"]
