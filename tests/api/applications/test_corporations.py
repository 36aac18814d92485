"""A corporation by its number, over HTTP; and the warning where a filing says otherwise than is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from partner.adapters.corporate_numbers import Corporation, LocalCorporateNumbers
from partner.adapters.corporate_numbers_api import UNAVAILABLE, WebApiCorporateNumbers
from partner.app import create_app
from partner.database import Database
from partner.errors import Unavailable
from partner.licensing import gathering
from partner.regulation import Law
from partner.settings import Mode, Settings
from tests.api.applications.conftest import Service


async def test_name_and_seat_are_published_under_the_number(service: Service) -> None:
    answer = await service.get("taxi", "/corporate-numbers/9999999999999")
    assert answer.json() == {
        "number": "9999999999999",
        "name": "関東みらいタクシー株式会社",
        "kana": "カントウミライタクシー",
        "postal_code": "1040045",
        "prefecture": "東京都",
        "city": "中央区",
        "municipality": "13102",
        "address": "築地２－２－２",
    }
    assert (await service.get("clerk", "/corporate-numbers/９９９９９９９９９９９９９")).status_code == 200


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("7000012050002", 404, "corporation_not_found"),
        ("9999999999998", 422, "corporate_number_invalid"),
        ("1", 422, "corporate_number_invalid"),
        ("x" * 500, 422, "corporate_number_invalid"),
    ],
)
async def test_what_is_nobodys_number(service: Service, number: str, status: int, code: str) -> None:
    answer = await service.get("taxi", f"/corporate-numbers/{number}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nobody_signed_in_and_no_mere_program_asks(service: Service) -> None:
    assert (await service.client.get("/api/v1/corporate-numbers/9999999999999")).status_code == 401
    assert (await service.get("app", "/corporate-numbers/9999999999999")).status_code == 403


async def test_a_filing_that_says_otherwise_is_warned_of(service: Service) -> None:
    for address, outcome in (("築地2-2-2", "pass"), ("別の場所１", "warn")):
        form = {"applicant": {"kind": "corporation", "corporate_number": "9999999999999", "municipality": "13102", "address": address}}
        body = {"procedure": "land-mobile-new-license", "form": form | {"addressee": "A"}, "channel": "paper"}
        body["form"]["applicant"]["name"] = "関東みらいタクシー株式会社"  # type: ignore[index]
        case = (await service.post("clerk", "/applications", body)).json()
        assert [one["outcome"] for one in case["findings"] if one["check"] == "corporate-name"] == [outcome], case


class Silent:
    """A list that does not answer."""

    async def find(self, number: str) -> Corporation | None:
        _ = number
        raise Unavailable("corporate_numbers_unavailable", UNAVAILABLE)


async def test_a_list_that_does_not_answer_stops_no_filing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "CONNECTED", gathering.Connected(Silent()))
    answer = await service.get("taxi", "/corporate-numbers/9999999999999")
    assert (answer.status_code, answer.json()["code"]) == (503, "corporate_numbers_unavailable")
    applicant = {
        "kind": "corporation",
        "corporate_number": "9999999999999",
        "name": "別の会社",
        "municipality": "13102",
        "address": "別の場所１",
    }
    body = {"procedure": "land-mobile-new-license", "form": {"applicant": applicant, "addressee": "A"}, "channel": "paper"}
    case = await service.post("clerk", "/applications", body)
    assert case.status_code == 201
    assert [one for one in case.json()["findings"] if one["check"] == "corporate-name"] == []


async def test_an_installation_with_an_application_id_asks_the_agency(
    data_dir: Path, database: Database, law: Law, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "CONNECTED", gathering.Connected())
    assert isinstance(gathering.corporate_numbers(), LocalCorporateNumbers)
    create_app(Settings(mode=Mode.TEST, data_dir=data_dir, corporate_numbers_id=SecretStr("an-id")), database, law)
    assert isinstance(gathering.corporate_numbers(), WebApiCorporateNumbers)
