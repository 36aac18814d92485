"""ST=2 of MIC's Web-API: registrations (登録), found and listed apart from licenses, in the three formats."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from partner.api.musen.layouts import REGISTRATIONS
from partner.database import SYSTEM, Database
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from tests.registry.acting import grant
from tests.registry.samples import BASE, HANAKO, TAXI

ASKED = {"ST": "2", "OF": "2", "OW2": "008"}
LISTED = ASKED | {"DA": "1", "SC": "1", "DC": "1"}
SURVEYORS = LicenseeFacts("corporation", "あおば測量株式会社", "", "2000000000001", municipality="27127", address="梅田一丁目")
LICENSED = replace(BASE, station_class="CR", identification=None, site_address=None)
LINES = (
    AssignmentFacts(emission="5K80F1E", frequency_hz=351_200_000, frequency_to_hz=351_381_250, power_w=Decimal(5)),
    AssignmentFacts(emission="5K80F1D", frequency_hz=351_200_000, frequency_to_hz=351_381_250, power_w=Decimal(5), continued=True),
    AssignmentFacts(emission="5K80F1E", frequency_hz=467_000_000, power_w=Decimal("0.5")),
)
DIGITAL: LicenseFacts = replace(LICENSED, registration_standard="008", assignments=LINES, note='付記 "甲", 乙\t丙\n丁')
PREPARED: set[str] = set()


@pytest.fixture(autouse=True)
async def recorded(database: Database, database_name: str) -> None:
    """Three registrations of digital simplified stations, one of another standard, one that is over, and a license of their class."""
    if database_name in PREPARED:
        return
    async with database.transaction(SYSTEM) as session:
        await grant(session, TAXI, DIGITAL, date(2021, 5, 1), date(2026, 4, 30))
        await grant(session, HANAKO, replace(DIGITAL, municipality="13102"), date(2022, 5, 1), date(2027, 4, 30))
        await grant(session, SURVEYORS, replace(DIGITAL, bureau="E", municipality="27127"), date(2020, 5, 1), date(2028, 4, 30))
        await grant(session, SURVEYORS, replace(DIGITAL, registration_standard="013", station_class="FB"), date(2020, 5, 1))
        await grant(session, SURVEYORS, DIGITAL, date(2010, 5, 1), date(2015, 4, 30))
        await grant(session, TAXI, LICENSED, date(2021, 6, 1), date(2026, 5, 31))
    PREPARED.add(database_name)


async def ask(client: httpx2.AsyncClient, path: str, **parameters: str) -> httpx2.Response:
    answer = await client.get(f"/musen/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


async def test_json_has_the_keys_of_a_registration(client: httpx2.AsyncClient) -> None:
    body = (await ask(client, "list", **LISTED, IT="E")).json()
    assert list(body) == ["musen", "musenInformation"]
    assert body["musenInformation"] == {"totalCount": "1", "lastUpdateDate": "2023-12-07"}
    assert list(body["musen"][0]) == ["detailInfo", "listInfo"]
    assert body["musen"][0] == {
        "detailInfo": {
            "name": "あおば測量株式会社",
            "address": "＊＊＊＊＊",
            "radioEquipmentStandard": "デジタル簡易無線局",
            "registrationNumber": "＊＊＊＊＊",
            "registrationDate": "2020-05-01",
            "validTerms": "2028-04-30まで",
            "radioEuipmentLocation": "大阪府大阪市北区",
            "radioSpec2": "351.2 MHz　から　   351.38125 MHz　まで\\t5   W\\n467 MHz\\t500  mW",
            "note": '付記 \\"甲\\", 乙\\t丙\\n丁',
        },
        "listInfo": {
            "no": "1",
            "name": "あおば測量株式会社 法人番号2000000000001",
            "itCd": "近畿総合通信局",
            "registrationDate": "2020-05-01",
            "validTerms": "2028-04-30まで",
        },
    }


async def test_csv_has_14_columns_in_the_order_of_the_specification(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LISTED | {"OF": "1"}, IT="E")
    first, row = csv.reader(io.StringIO(answer.text))
    assert first == ["2023-12-07", "1"]
    assert row[:13] == [
        "1",
        "あおば測量株式会社 法人番号2000000000001",
        "近畿総合通信局",
        "2020-05-01",
        "2028-04-30まで",
        "あおば測量株式会社",
        "＊＊＊＊＊",
        "デジタル簡易無線局",
        "＊＊＊＊＊",
        "2020-05-01",
        "2028-04-30まで",
        "大阪府大阪市北区",
        "351.2 MHz　から　   351.38125 MHz　まで\\t5   W\\n467 MHz\\t500  mW",
    ]
    escaped = list(csv.reader(io.StringIO(answer.text), escapechar="\\", doublequote=False))
    assert [len(line) for line in escaped] == [2, 14]
    assert answer.text.endswith(',"付記 \\"甲\\", 乙\\t丙\\n丁"\n')
    short = await ask(client, "list", **LISTED | {"OF": "1", "DA": "0"}, IT="E")
    assert [len(line) for line in csv.reader(io.StringIO(short.text))] == [2, 5]


async def test_xml_has_the_same_order_and_raw_lines(client: httpx2.AsyncClient) -> None:
    root = ET.fromstring((await ask(client, "list", **LISTED | {"OF": "3"}, IT="E")).text)
    assert [child.tag for child in root] == ["musenInformation", "musen"]
    listed, detail = list(root)[1]
    assert tuple(child.tag for child in listed) == REGISTRATIONS.table_listed
    assert tuple(child.tag for child in detail) == REGISTRATIONS.table_detail
    assert detail.findtext("note") == '付記 "甲", 乙\t丙\n丁'
    assert detail.findtext("radioSpec2") == "351.2 MHz　から　   351.38125 MHz　まで\t5   W\n467 MHz\t500  mW"


async def test_an_individual_is_masked(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LISTED, DF="20220101")
    record = answer.json()["musen"][0]
    assert record["listInfo"]["name"] == record["detailInfo"]["name"] == "＊＊＊＊＊"
    assert HANAKO.name not in answer.text


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 3),
        ({"OW2": "013"}, 1),
        ({"OW2": "001"}, 0),
        ({"IT": "A"}, 2),
        ({"IT": "J"}, 0),
        ({"NA": "測量"}, 1),
        ({"NA": "花子"}, 0),
        ({"DF": "20210501"}, 2),
        ({"DF": "20210501", "DT": "20210501"}, 1),
        ({"DT": "20200430"}, 0),
        ({"FF": "467", "TF": "467", "HZ": "2"}, 3),
        ({"FF": "468", "HZ": "2"}, 0),
        ({"FF": "0.4", "TF": "0.466", "HZ": "3"}, 0),
        ({"OW": "ZZ", "HCV": "x", "MA": "!", "AS": "a", "MK": "x", "FC": "x", "KHS": "x"}, 3),
        ({"ST": "1", "OW": "CR"}, 1),
        ({"ST": "1", "OW": "CR", "DF": "20200101"}, 1),
        ({"ST": "1", "OW": "CR", "HCV": "13101"}, 1),
        ({"ST": "1", "OW": "CR", "IT": "E"}, 0),
        ({"ST": "1", "OW": "FB"}, 0),
    ],
)
async def test_registrations_and_licenses_are_counted_and_listed_apart(
    client: httpx2.AsyncClient, parameters: dict[str, str], count: int
) -> None:
    assert (await ask(client, "num", **ASKED | parameters)).json()["musen"]["count"] == str(count)
    listed = (await ask(client, "list", **LISTED | parameters)).json()
    assert (len(listed["musen"]), listed["musenInformation"]["totalCount"]) == (count, str(count))


@pytest.mark.parametrize(
    ("key", "dates"),
    [
        ("", ["2020-05-01", "2021-05-01", "2022-05-01"]),  # by name: あおば, ㈱みどり, ＊＊＊＊＊
        ("1", ["2020-05-01", "2021-05-01", "2022-05-01"]),
        ("2", ["2021-05-01", "2022-05-01", "2020-05-01"]),  # Kanto (A) before Kinki (E)
        ("3", ["2020-05-01", "2021-05-01", "2022-05-01"]),
        ("4", ["2021-05-01", "2022-05-01", "2020-05-01"]),  # 2026, 2027, 2028
    ],
)
async def test_registrations_have_sort_keys_of_their_own(client: httpx2.AsyncClient, key: str, dates: list[str]) -> None:
    body: dict[str, Any] = (await ask(client, "list", **LISTED, SK=key)).json()
    assert [record["listInfo"]["registrationDate"] for record in body["musen"]] == dates
    assert [record["listInfo"]["no"] for record in body["musen"]] == ["1", "2", "3"]
