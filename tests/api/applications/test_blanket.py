"""Blanket licenses and blanket registrations, from the application to the notices about their stations, over HTTP."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import renewals, spectrum_years
from partner.registry import service as register
from partner.registry.facts import CountReport, License
from partner.regulation import Law
from tests.api.applications.conftest import Service
from tests.api.applications.worked import prepared

SITE = {"prefecture": "13", "municipality": "13102", "address": "築地２－２－２"}
SET = {"number": 1, "conforming": True, "conformity_number": "002-160008"}


def form(station_class: str, **said: Any) -> dict[str, Any]:
    return {"addressee": "A", "station_class": station_class, "applicant": {"kind": "corporation"}, **said}


def blanket_license(station_class: str, **station: Any) -> dict[str, Any]:
    line = {"emissions": [{"bandwidth": "5M00", "emission": "X7W"}], "frequency_hz": 815_000_000, "power_w": 0.2}
    said = {"purposes": ["x-general"], "communication_partner": "基地局", "equipment_standard": "携帯無線通信", "site": SITE}
    station = {
        "station_class": station_class,
        "operation_starts_on": "2020-12-01",
        "assignments": [line],
        "transmitters": [SET],
        **said,
        **station,
    }
    return form(station_class, disqualification="none", reason="役務のため", station=station)


def blanket_registration(**station: Any) -> dict[str, Any]:
    line = {"frequency_hz": 952_000_000, "power_w": 1}
    said = {"registration_standard": "006", "expected_count": 20, "planned_area": "東京都", "operation_starts_on": "2020-12-01"}
    said |= {"purposes": ["x-general"], "site": SITE, "assignments": [line], "transmitters": [SET]}
    return form("LO", disqualification="none", station={"station_class": "LO", **said, **station})


async def drafted(service: Service, procedure: str, filled: dict[str, Any]) -> dict[str, Any]:
    answer = await service.post("taxi", "/applications", {"procedure": procedure, "form": filled})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


def found(case: dict[str, Any], outcome: str) -> list[str]:
    return [finding["check"] for finding in case["findings"] if finding["outcome"] == outcome]


async def filed(service: Service, procedure: str, filled: dict[str, Any]) -> dict[str, Any]:
    case = await drafted(service, procedure, filled)
    assert found(case, "fail") == []
    return await service.acted("taxi", case, "submit")


async def on_record(database: Database, case: dict[str, Any]) -> License:
    async with database.transaction(SYSTEM) as session:
        license_ = await register.license_by_number(session, case["license"]["license_number"])
        assert license_ is not None
        return license_


async def test_a_blanket_license_costs_its_fee_once_and_its_number_is_changed(service: Service, database: Database) -> None:
    case = await service.granted("taxi", await filed(service, "blanket-license", blanket_license("ML_H", station_count=100)))
    assert (case["status"], case["fee"]["amount_yen"]) == ("granted", 7300)
    held = await on_record(database, case)
    assert (held.facts.station_count, held.facts.registration_standard) == (100, None)
    named = {"license_number": held.license_number, "reason": "加入者の増加"}
    more = form("ML_H", **named, count={"station_count": 200})
    changed = await service.granted("taxi", await filed(service, "blanket-count-change", more))
    assert (await on_record(database, changed)).facts.station_count == 200
    same = await drafted(service, "blanket-count-change", more)
    assert found(same, "fail") == ["designated-count-differs"]


async def test_a_single_moving_station_gets_no_blanket_license(service: Service) -> None:
    assert found(await drafted(service, "blanket-license", blanket_license("ML_H", station_count=1)), "fail") == ["blanket-count"]
    assert found(await drafted(service, "blanket-license", blanket_license("FB_H")), "fail") == ["blanket-area"]


async def test_stations_are_opened_and_closed_under_a_blanket_registration(service: Service, database: Database) -> None:
    case = await service.granted("taxi", await filed(service, "blanket-registration", blanket_registration()))
    assert (case["status"], case["fee"]["amount_yen"]) == ("granted", 2150)
    held = await on_record(database, case)
    assert held.facts.registration_standard == "006"
    number, opened_on = held.license_number, clock.today().isoformat()
    station = {"opened_on": opened_on, "municipality": "13102", "conformity_number": "002-160008"}
    stations = [{**station, "serial_number": "S-1"}, {**station, "serial_number": "S-2"}]
    opening = await filed(service, "registration-opening", form("LO", license_number=number, opened_stations=stations))
    assert opening["status"] == "recorded"
    assert (await on_record(database, opening)).facts.station_count == 2
    closed = [{"serial_number": "S-1", "closed_on": opened_on}]
    closing = await filed(service, "registration-station-closing", form("LO", license_number=number, closed_stations=closed))
    assert (await on_record(database, closing)).facts.station_count == 1


async def page_of(service: Service, persona: str, held: License) -> str:
    """The words of the page about a license that somebody holds."""
    headers = {**await service.headers(persona), "Accept": "text/html"}
    answer = await service.client.get(f"/my/licenses/{held.station_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


async def test_the_holder_reads_which_stations_are_open(service: Service, database: Database) -> None:
    """A registration is called one, and its stations are listed by the serial numbers that a notice of closing asks for."""
    held = await on_record(database, await service.granted("taxi", await filed(service, "blanket-registration", blanket_registration())))
    page = await page_of(service, "taxi", held)
    assert "登録の記録" in page
    assert "登録人 関東みらいタクシー株式会社" in page
    assert "免許人" not in page
    assert "開設している無線局の数 0" in page
    station = {"opened_on": clock.today().isoformat(), "municipality": "13102", "conformity_number": "002-160008"}
    stations = [{**station, "serial_number": "S-1"}, {**station, "serial_number": "S-2"}]
    await filed(service, "registration-opening", form("LO", license_number=held.license_number, opened_stations=stations))
    page = await page_of(service, "taxi", held)
    assert "開設している無線局の数 2" in page
    assert f"S-1 {station['opened_on']} 中央区 002-160008" in page
    closed = [{"serial_number": "S-1", "closed_on": clock.today().isoformat()}]
    await filed(service, "registration-station-closing", form("LO", license_number=held.license_number, closed_stations=closed))
    page = await page_of(service, "taxi", held)
    assert "S-1" not in page
    assert "S-2" in page


async def test_the_number_of_a_blanket_license_is_the_designated_one(service: Service, database: Database) -> None:
    filing = await filed(service, "blanket-license", blanket_license("ML_H", station_count=100))
    held = await on_record(database, await service.granted("taxi", filing))
    page = await page_of(service, "taxi", held)
    assert "指定無線局数 100" in page
    assert "免許の記録" in page


async def test_a_late_notice_is_taken_and_a_license_is_no_registration(service: Service, database: Database) -> None:
    case = await service.granted("taxi", await filed(service, "blanket-license", blanket_license("FB_H", planned_area="関東一円")))
    held = await on_record(database, case)
    opened_on = clock.today()
    station = {"opened_on": opened_on.isoformat(), "municipality": "13102", "conformity_number": "002-160008", "serial_number": "S-1"}
    notice = form("FB_H", license_number=held.license_number, opened_stations=[station])
    later = date.fromordinal(opened_on.toordinal() + 16)
    clock._clock = clock.Clock(datetime.fromisoformat(f"{later}T09:00:00+09:00"))
    case = await drafted(service, "blanket-opening", notice)
    assert (found(case, "fail"), found(case, "warn")) == ([], ["opened-in-time"])
    assert (await service.acted("taxi", case, "submit"))["status"] == "recorded"
    wrong = await drafted(service, "registration-closure", form("LO", discontinuation={"license_number": held.license_number}))
    assert "is-a-registration" in found(wrong, "fail")


async def test_a_registration_is_renewed_as_one(service: Service, database: Database, law: Law) -> None:
    case = await service.granted("taxi", await filed(service, "registration", blanket_registration(expected_count=None)))
    held = await on_record(database, case)
    found_for = renewals.fitting(renewals.procedures(law, on=clock.today()), held, law)
    assert found_for is not None
    assert found_for.code == "re-registration"


async def test_fewer_stations_are_designated_and_with_them_other_frequencies(service: Service, database: Database) -> None:
    filing = await prepared(service, database, "blanket-count-reduction")
    case = await service.acted("examiner", await filing.drafted(service), "submit")
    asked = {"requests": [{"field": "/hearing/statement", "message": "弁明を求めます"}], "due_on": "2023-01-31"}
    case = await service.acted("examiner", case, "request-correction", asked)
    case = await service.acted("taxi", case, "correct", {"form": {**case["form"], "hearing": {"statement": "改めます。"}}})
    await service.acted("examiner", case, "propose-grant", {"reason": "減ることが確実"})
    answer = await service.act("director", case, "approve")
    if answer.status_code == 403:
        answer = await service.act("minister", case, "approve")
    assert answer.status_code == 200, answer.text
    held = (await on_record(database, answer.json())).facts
    assert (held.station_count, held.assignments[0].frequency_to_hz) == (40, 820_000_000)


async def test_what_is_reported_stands_beside_the_designated_number(service: Service, database: Database) -> None:
    filing = await prepared(service, database, "blanket-count-report")
    case = await service.acted("taxi", await filing.drafted(service), "submit")
    held = (await on_record(database, case)).facts
    assert (held.station_count, held.count_reports) == (100, (CountReport(date(2023, 1, 31), 90),))
    later = replace(filing, form={**filing.form, "count": {"station_count": 80, "as_of": "2023-01-31"}})
    case = await service.acted("taxi", await later.drafted(service), "submit")
    assert (await on_record(database, case)).facts.count_reports == (CountReport(date(2023, 1, 31), 80),)


async def test_the_area_and_the_expected_number_stand_on_the_record(service: Service, database: Database, law: Law) -> None:
    case = await service.granted("taxi", await filed(service, "blanket-license", blanket_license("FB_H", planned_area="関東一円")))
    held = await on_record(database, case)
    assert held.facts.designated_area == "関東一円"
    assert held.facts.station_count == 1
    assert {(year.amount_yen, year.annual.amount_yen, year.due_yen) for year in spectrum_years.years(law, held)} == {(None, None, 0)}
    said = {"license_number": held.license_number, "reason": "区域の縮小"}
    less = form("FB_H", **said, station={"changes": {"site": True}, "planned_area": "東京都"})
    case = await service.granted("taxi", await filed(service, "blanket-area-change", less))
    assert (await on_record(database, case)).facts.designated_area == "東京都"
    case = await service.granted("taxi", await filed(service, "blanket-registration", blanket_registration()))
    held = await on_record(database, case)
    assert (held.facts.designated_area, held.facts.expected_count) == ("東京都", 20)
    station = {"changes": {"site": True}, "planned_area": "東京都及び神奈川県", "site": SITE}
    change = form("LO", license_number=held.license_number, reason="区域の拡大", station=station)
    changed = await service.granted("taxi", await filed(service, "registration-change", change))
    assert (await on_record(database, changed)).facts.designated_area == "東京都及び神奈川県"
