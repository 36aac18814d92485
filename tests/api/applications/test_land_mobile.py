"""Land mobile and base stations of a corporation: new license and renewal, over HTTP with JSON forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.service import License
from partner.regulation import Law
from tests.api.applications.conftest import Service

CALL_NAME = "みらいたくしい"
TAXI = LicenseeFacts(
    "corporation", "関東みらいタクシー株式会社", "カントウミライタクシー", "9999999999999", municipality="13102", address="築地２－２－２"
)
HELD = LicenseFacts(
    station_class="ML",
    bureau="A",
    municipality="13102",
    movement_area="関東総合通信局管内の陸上",
    moves=True,
    station_count=3,
    identification=CALL_NAME,
    assignments=(AssignmentFacts(emission="5K80F1E", frequency_hz=458_500_000, power_w=Decimal(5)),),
)


def new_license(station_class: str, *, station_count: int = 1, power_w: float = 5) -> dict[str, Any]:
    return {
        "addressee": "A",
        "station_class": station_class,
        "disqualification": "none",
        "applicant": {"kind": "corporation"},
        "station": {
            "station_class": station_class,
            "station_count": station_count,
            "identification": CALL_NAME,
            "completion": {"kind": "days", "days": 1},
            "purposes": ["x-general"],
            "communication_matters": ["x-general"],
            "communication_partner": "免許人所属の受信設備",
            "site": {"prefecture": "13", "municipality": "13102", "address": "築地２－２－２"},
            "movement_area": "関東総合通信局管内の陸上",
            "assignments": [{"emissions": [{"bandwidth": "5K80", "emission": "F1E"}], "frequency_hz": 458_500_000, "power_w": power_w}],
            "transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [power_w]}],
        },
    }


def renewal(held: License) -> dict[str, Any]:
    return {
        "addressee": "A",
        "station_class": held.facts.station_class,
        "disqualification": "none",
        "applicant": {"kind": "corporation"},
        "license_number": held.license_number,
        "licensed_on": held.licensed_on.isoformat(),
    }


async def drafted(service: Service, procedure: str, form: dict[str, Any]) -> dict[str, Any]:
    answer = await service.post("taxi", "/applications", {"procedure": f"land-mobile-{procedure}", "form": form})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


def fails(case: dict[str, Any]) -> list[str]:
    return [finding["check"] for finding in case["findings"] if finding["outcome"] == "fail"]


@pytest.fixture
async def held(database: Database, law: Law, request: pytest.FixtureRequest) -> License:
    """Three stations of the taxi company on one record, for the term given; recorded anew for every test."""
    licensed_on, valid_to, power_w = request.param
    line = replace(HELD.assignments[0], power_w=Decimal(power_w))
    async with database.transaction(SYSTEM) as session:
        licensee_id = await register.record_licensee(session, TAXI)
        return await register.record(
            session,
            replace(HELD, assignments=(line,)),
            licensee_id=licensee_id,
            licensed_on=date.fromisoformat(licensed_on),
            valid_to=date.fromisoformat(valid_to),
            law=law,
            cause="test",
        )


@pytest.mark.parametrize(
    ("station_class", "station_count", "power_w", "yen"),
    [("ML", 1, 5, 3050), ("ML", 3, 5, 3 * 3050), ("ML", 3, 5.1, 3 * 4500), ("FB", 1, 10, 4500), ("FB", 2, 50, 2 * 10400)],
)
async def test_a_new_license_costs_the_fee_for_each_station(
    service: Service, station_class: str, station_count: int, power_w: float, yen: int
) -> None:
    case = await drafted(service, "new-license", new_license(station_class, station_count=station_count, power_w=power_w))
    assert (fails(case), case["route"]) == ([], "simplified")
    assert (case["fee"]["amount_yen"], case["fee"]["confirmed"]) == (yen, True)


async def test_a_new_license_of_three_stations_on_one_record(service: Service) -> None:
    case = await drafted(service, "new-license", new_license("ML", station_count=3))
    case = await service.acted("taxi", case, "submit")
    assert (case["status"], case["fee"]["amount_yen"]) == ("fee_due", 9150)
    await service.acted("taxi", case, "pay", {"comment": "x"})
    bare = await service.act("examiner", case, "propose-grant")
    assert (bare.status_code, bare.json()["code"]) == (422, "reason_required")  # the term after 2013 is not confirmed
    await service.acted("examiner", case, "propose-grant", {"reason": "一斉更新の日を告示で確かめた"})
    granted = await service.acted("director", case, "approve")
    assert granted["recheck"] is True
    assert (granted["license"]["call_sign"], granted["license"]["valid_to"]) == (None, "2025-05-31")
    station = (await service.client.get(f"/api/v1/stations/{granted['license']['station_id']}")).json()
    assert (station["station_count"], station["identification"], station["licensee"]["corporate_number"]) == (3, None, "9999999999999")


async def test_the_call_name_is_nowhere_public(service: Service) -> None:
    case = await service.acted("taxi", await drafted(service, "new-license", new_license("FB")), "submit")
    assert case["form"]["station"]["identification"] == CALL_NAME
    granted = await service.granted("taxi", case)
    station_id = granted["license"]["station_id"]
    musen: dict[str, str | int] = {"ST": 1, "DA": 1, "SC": 1, "DC": 1, "OW": "FB", "OF": 2}
    query = {"query": "{ stations(first: 100, filter: {stationClass: FB}) { edges { node { id identification } } } }"}
    answers = [
        await service.client.get(f"/api/v1/stations/{station_id}"),
        await service.client.get("/api/v1/stations", params={"station_class": "FB"}),
        await service.client.get("/api/v1/changes", params={"after": 0}),
        await service.client.get("/musen/list", params=musen),
        await service.client.post("/graphql", json=query),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert CALL_NAME not in answer.text.encode().decode("unicode_escape", "ignore")
        assert CALL_NAME not in answer.text
    assert station_id in answers[1].text
    assert station_id in answers[2].text


@pytest.mark.parametrize("held", [("2015-06-01", "2020-05-31", 5)], indirect=True, ids=["until 2020-05-31"])
@pytest.mark.parametrize(
    ("arrives", "failing"),
    [("2019-11-30", ["renewal-window"]), ("2019-12-01", []), ("2020-02-29", []), ("2020-03-01", ["renewal-window"])],
)
async def test_a_renewal_is_filed_six_to_three_months_before_the_expiry(
    service: Service, held: License, arrives: str, failing: list[str]
) -> None:
    clock._clock = clock.Clock(datetime.fromisoformat(f"{arrives}T09:00:00+09:00"))
    case = await drafted(service, "renewal", renewal(held))
    assert fails(case) == failing
    assert case["fee"]["amount_yen"] == 3 * 2400
    submitted = await service.act("taxi", case, "submit")
    assert submitted.status_code == (422 if failing else 200)


@pytest.mark.parametrize("held", [("2015-06-01", "2020-05-31", 5)], indirect=True, ids=["until 2020-05-31"])
async def test_a_renewal_writes_the_next_term_of_all_its_stations(service: Service, held: License) -> None:
    clock._clock = clock.Clock(datetime.fromisoformat("2020-01-15T09:00:00+09:00"))
    case = await service.acted("taxi", await drafted(service, "renewal", renewal(held)), "submit")
    assert (case["status"], case["fee"]["amount_yen"]) == ("fee_due", 7200)
    granted = await service.granted("taxi", case)
    assert granted["license"] == {
        "station_id": str(held.station_id),
        "license_number": held.license_number,
        "call_sign": None,
        "valid_from": "2020-06-01",
        "valid_to": "2025-05-31",
    }
    again = await drafted(service, "renewal", renewal(held))
    assert fails(again) == ["already-renewed"]
    assert (await service.act("taxi", again, "submit")).status_code == 422


@pytest.mark.parametrize("held", [("2021-06-01", "2026-05-31", 5)], indirect=True, ids=["until 2026-05-31"])
async def test_a_fee_that_is_not_confirmed_is_an_estimate_and_never_demanded(service: Service, held: License) -> None:
    clock._clock = clock.Clock(datetime.fromisoformat("2025-12-15T09:00:00+09:00"))
    case = await drafted(service, "renewal", renewal(held))
    assert fails(case) == []
    assert (case["fee"]["amount_yen"], case["fee"]["confirmed"], case["fee"]["status"]) == (3 * 2400, False, "unconfirmed")
    submitted = await service.acted("taxi", case, "submit")
    assert (submitted["status"], submitted["fee"]["status"]) == ("examining", "unconfirmed")
    unasked = await service.act("taxi", case, "pay", {"comment": "x"})
    assert unasked.status_code == 409
    bare = await service.act("examiner", case, "propose-grant", {})
    assert (bare.status_code, bare.json()["code"]) == (422, "reason_required")
    await service.acted("examiner", case, "propose-grant", {"reason": "告示を確かめた"})
    granted = await service.acted("director", case, "approve")
    assert (granted["license"]["valid_to"], granted["recheck"], granted["fee"]["status"]) == ("2031-05-31", True, "unconfirmed")


async def test_a_class_that_the_procedure_is_not_for_can_be_stored_and_never_granted(service: Service) -> None:
    """A clerk takes a filing on paper in as it is, for it to be corrected; on line it is not taken."""
    assert "station-class" in fails(await drafted(service, "new-license", new_license("FX", power_w=1)))
    named = {"name": TAXI.name, "name_kana": TAXI.name_kana, "corporate_number": TAXI.corporate_number}
    applicant = {"kind": "corporation", **named, "prefecture": "13", "municipality": "13102", "address": TAXI.address}
    form = {**new_license("FX", power_w=1), "applicant": applicant}
    entered = await service.post("clerk", "/applications", {"procedure": "land-mobile-new-license", "form": form, "channel": "paper"})
    case = await service.acted("clerk", entered.json(), "submit")
    await service.acted("clerk", case, "pay", {"comment": "x"})
    refused = await service.act("examiner", case, "propose-grant", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "findings_block")
    assert {error["field"] for error in refused.json()["errors"]} == {"/station_class", "/station/station_class"}
    assert (await service.get("examiner", f"/applications/{case['id']}")).json()["status"] == "examining"
