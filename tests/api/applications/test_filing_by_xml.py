"""Changes and discontinuations that come as files of the e-filing client (kinds CA and DA), end to end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import filing_writing
from partner.registry import service as register
from partner.registry.service import License
from partner.regulation import Law
from tests.api.applications.conftest import SAMPLES, TARO_NUMBER, Service
from tests.licensing import filing_files

TARO = {
    "kind": "individual",
    "name": "総務 太郎",
    "name_kana": "ソウム タロウ",
    "postal_code": "1008926",
    "prefecture": "13",
    "municipality": "13101",
    "address": "霞が関２－１－２",
}
OWN = {"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}
ADDED = {"number": 2, "change_kind": "B", "conforming": True, "conformity_number": "002-160008", "rated_power_w": [20]}
STATION = "申請書/事項書_工事設計書情報"
MUSEN: dict[str, str | int] = {"ST": 1, "DA": 1, "SC": 1, "DC": 1, "OF": 2, "OW": "AT", "MA": "JA1QRZ"}


def change(law: Law, *transmitters: dict[str, Any]) -> bytes:
    """The file of a change of equipment of JA1QRZ: the flag in 変更項目, the kinds of change in 工事設計1."""
    form = {
        "addressee": "A",
        "application_kind": "CA",
        "station_class": "AT",
        "disqualification": "none",
        "applicant": TARO,
        "station": {
            "station_class": "AT",
            "license_number": TARO_NUMBER,
            "call_sign": "JA1QRZ",
            "changes": {"equipment": True},
            "operators": [{"license_number": "IABH999"}],
            "transmitters": list(transmitters),
        },
    }
    return filing_writing.write(form, law, form_id="101103", form_version="0009")


def discontinuation(day: date) -> bytes:
    """The file of a discontinuation, filled into the client's own blank form element by element."""
    root = filing_files.blank("DA")
    texts = {"申請者等情報/団体_個人の別": "3", "申請者等情報/社団名_クラブ名_又は氏名": "総務　太郎"}
    texts |= {"廃止情報/免許の番号/免許の番号地方部": "関", "廃止情報/免許の番号/免許の番号区分": "Ａ"}
    texts |= {"廃止情報/免許の番号/免許の番号_連番部": "123456", "廃止情報/呼出符号": "ＪＡ１ＱＲＺ"}
    era = {"年号": "R", "年": f"{day.year - 2018:02}", "月": f"{day.month:02}", "日": f"{day.day:02}"}
    for path, text in {**texts, **{f"廃止情報/廃止する年月日/{part}": words for part, words in era.items()}}.items():
        filing_files.set_text(root, f"申請書/{path}", text)
    return filing_files.written(root)


def outcomes(case: dict[str, Any]) -> dict[str, str]:
    return {finding["check"]: finding["outcome"] for finding in case["findings"] if finding["outcome"] != "pass"}


async def imported(service: Service, content: bytes) -> dict[str, Any]:
    answer = await service.upload("taro", content)
    assert answer.status_code == 201, answer.text
    assert answer.json()["unmapped"] == []
    case: dict[str, Any] = answer.json()["applications"][0]
    return case


async def equipment(database: Database, **of: Any) -> list[tuple[int, str | None]]:
    async with database.transaction(SYSTEM) as session:
        held = await register.license_by_number(session, TARO_NUMBER, **of)
    assert held is not None
    return [(one["number"], one.get("conformity_number")) for one in held.facts.details["transmitters"]]


async def test_a_change_of_equipment_by_file(service: Service, database: Database, law: Law, taros_license: License) -> None:
    case = await imported(service, change(law, OWN, ADDED))
    assert (case["procedure"], case["route"], case["form"]["station"]["changes"]) == ("amateur-change", "change", {"equipment": True})
    assert case["form"]["station"]["transmitters"][1]["change_kind"] == "B"
    assert "fail" not in outcomes(case).values()
    assert "transmitter-left-out" not in outcomes(case)
    assert (case["fee"]["amount_yen"], case["fee"]["status"]) == (0, "nothing")
    submitted = await service.acted("taro", case, "submit")
    assert submitted["status"] == "examining"
    granted = await service.granted("taro", submitted)
    assert (granted["license"]["station_id"], granted["license"]["call_sign"]) == (str(taros_license.station_id), "JA1QRZ")
    assert granted["license"]["valid_to"] == "2023-12-31"
    assert await equipment(database) == [(1, "002-160008"), (2, "002-160008")]
    assert await equipment(database, on=date(2020, 5, 31)) == [(1, "002-160008")]
    assert [event["action"] for event in await service.events("taro", case)] == ["import", "submit", "propose-grant", "approve"]


async def test_a_transmitter_that_is_left_out_is_warned_of_and_then_removed(
    service: Service, database: Database, law: Law, taros_license: License
) -> None:
    clock.move_to(datetime.fromisoformat("2020-06-02T09:00:00+09:00"))
    case = await imported(service, change(law, {**ADDED, "number": 3}))
    assert outcomes(case)["transmitter-left-out"] == "warn"
    assert (await service.granted("taro", await service.acted("taro", case, "submit")))["status"] == "granted"
    assert await equipment(database) == [(3, "002-160008")]


async def test_a_change_that_flags_nothing_or_somebody_elses_license_is_not_taken(
    service: Service, law: Law, taros_license: License
) -> None:
    content = change(law, OWN, ADDED).decode()
    unflagged = await imported(service, content.replace("c.工事設計書>1<", "c.工事設計書><").encode())
    assert outcomes(unflagged)["changes"] == "fail"
    assert (await service.act("taro", unflagged, "submit")).json()["code"] == "findings_block"
    other = await imported(service, content.replace("連番部>123456<", "連番部>654321<").encode())
    assert outcomes(other)["license-held"] == "fail"


async def test_a_discontinuation_on_a_day_to_come_by_file(service: Service, taros_license: License) -> None:
    clock.move_to(datetime.fromisoformat("2020-06-03T09:00:00+09:00"))
    case = await imported(service, discontinuation(date(2020, 6, 30)))
    assert (case["procedure"], case["route"]) == ("amateur-discontinuation", "notification")
    assert case["form"]["discontinuation"] == {"license_number": TARO_NUMBER, "call_sign": "JA1QRZ", "ends_on": "2020-06-30"}
    recorded = await service.acted("taro", case, "submit")
    assert (recorded["status"], recorded["license"]["valid_to"], recorded["available_actions"]) == ("recorded", "2020-06-29", [])
    station = f"/api/v1/stations/{taros_license.station_id}"
    for moment, status, listed in (
        ("2020-06-03T09:00:10+09:00", "in_force", "1"),
        ("2020-06-29T23:59:00+09:00", "in_force", "1"),
        ("2020-06-30T00:00:10+09:00", "ended", "0"),
        ("2020-07-01T00:00:10+09:00", "ended", "0"),
    ):
        clock.move_to(datetime.fromisoformat(moment))
        found = (await service.client.get(station)).json()["license"]
        assert (found["status"], found["valid_to"]) == (status, "2020-06-29"), moment
        answer = (await service.client.get("/musen/list", params=MUSEN)).json()
        assert answer.get("musenInformation", {}).get("totalCount", "0") == listed, (moment, answer)
    again = await imported(service, discontinuation(date(2020, 7, 31)))
    assert outcomes(again)["license-not-ended"] == "fail"


async def test_what_the_form_has_no_room_for_is_reported_and_the_rest_is_stored(service: Service) -> None:
    sample = (SAMPLES / "new-license_one-step.xml").read_text(encoding="utf-8")
    address, mail = "築地１－１－１" + "長" * 400, "x" * 401 + "@example.jp"
    content = sample.replace("築地１－１－１", address, 1).replace("hanako@example.jp", mail, 1)
    answer = await service.upload("hanako", content.encode())
    assert answer.status_code == 201, answer.text
    (case,) = answer.json()["applications"]
    assert [one["value"] for one in answer.json()["unmapped"]] == [address, mail]
    assert all(one["path"].startswith("/") for one in answer.json()["unmapped"])
    assert case["form"]["station"]["assignments"][0]["symbol"] == "3VA"
    assert "email" not in case["form"]["contact"]
    assert case["form"]["applicant"]["address"] == "築地１－１－１"  # the sign-in vouches for it


@pytest.mark.slow
@pytest.mark.parametrize("place", filing_files.places(), ids=lambda place: place.path)
async def test_no_single_element_keeps_a_file_from_being_stored(service: Service, place: filing_files.Place) -> None:
    """But for the name of somebody else, and for what says which procedure and class of station the file is for."""
    identifying = ("/application_kind", "station_class", "/applicant/name", "/applicant/name_kana")
    for text in ("漢" * 4001, "9" * 15, "’"):
        root = ET.fromstring((SAMPLES / "new-license_one-step.xml").read_bytes())
        filing_files.set_text(root, place.path, text)
        answer = await service.upload("hanako", filing_files.written(root))
        assert answer.status_code == 201 or place.pointer.endswith(identifying), (text, answer.text)


async def test_a_clerk_imports_what_came_on_paper_on_an_earlier_day(service: Service) -> None:
    sample = "new-license_one-step.xml"
    for parameters in ({"channel": "paper", "received_on": "2020-05-28"}, {"received_on": "2020-05-28"}):
        answer = await service.upload("clerk", sample, **parameters)
        assert answer.status_code == 201, answer.text
        (case,) = answer.json()["applications"]
        assert (case["channel"], case["received_on"], case["fee"]["amount_yen"]) == ("paper", "2020-05-28", 4300)
    refused = [
        await service.upload("clerk", sample, channel="paper", received_on="2020-06-02"),
        await service.upload("clerk", sample, channel="electronic"),
        await service.upload("hanako", sample, channel="paper"),
        await service.upload("hanako", sample, channel="fax"),
    ]
    expected = [(422, "received_on_invalid"), (403, "not_an_applicant"), (403, "not_a_clerk"), (400, "invalid_parameter")]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == expected
    (own,) = (await service.upload("hanako", sample, channel="electronic")).json()["applications"]
    assert (own["channel"], own["received_on"]) == ("electronic", None)
