"""A corporation by its number, over HTTP; and the warning where a filing says otherwise than is published."""

from __future__ import annotations

import pytest

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
