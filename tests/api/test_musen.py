"""MIC's Web-API over HTTP: the captured answers byte for byte, the three formats, errors in the format asked for."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import orjson
import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from partner.api.musen import answers
from partner.api.musen.faults import FAULTS
from partner.api.musen.layouts import LICENSES
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from tests.registry.samples import BASE, CLUB, MOBILE, TAXI, law

DATA = Path(__file__).parent / "data"
CAPTURED = orjson.dumps(json.loads((DATA / "musen_list_JS2IIU_2023-12-07.json").read_text(encoding="utf-8"))) + b"\n"
COUNTED = (DATA / "musen_num_AT_2021-08-15.json").read_bytes()
LIST = {"ST": "1", "OF": "2", "OW": "AT", "DA": "1", "SC": "1", "DC": "1"}
HOLDER = LicenseeFacts("individual", "岩倉一郎", "イワクライチロウ", municipality="23228", address="栄町１－６６")
SPECIFICATION = (
    AssignmentFacts(emission="16K0F2D", frequency_hz=437_075_000, power_w=Decimal("0.8")),
    AssignmentFacts(emission="16K0F3E", frequency_hz=437_075_000, power_w=Decimal("0.8"), continued=True),
    AssignmentFacts(emission="3M00X7W", frequency_hz=771_500_000, power_w=Decimal(20)),
    AssignmentFacts(emission="3K00J3E", frequency_hz=435_880_000, frequency_to_hz=435_910_000, power_w=Decimal("0.5")),
)
ROWS = (
    "16K0F2D\t437.075 MHz\t800  mW\n16K0F3E\t \t \n3M00X7W\t771.5 MHz\t20   W\n3K00J3E\t435.88 MHz　から　      435.91 MHz　まで\t500  mW"
)
PREPARED: set[str] = set()


async def grant(
    session: AsyncSession, licensee: LicenseeFacts, facts: LicenseFacts, licensed_on: date, valid_to: date, **given: Any
) -> None:
    licensee_id = await register.record_licensee(session, licensee)
    await register.record(
        session, facts, licensee_id=licensee_id, licensed_on=licensed_on, valid_to=valid_to, law=law(), cause="test", **given
    )


@pytest.fixture(autouse=True)
async def recorded(database: Database, database_name: str) -> None:
    """JS2IIU as captured, a club with 法人番号, a corporation's base station; once."""
    if database_name in PREPARED:
        return
    moving = replace(MOBILE, bureau="C", municipality="23228")
    fixed = replace(moving, moves=False, movement_area="BBB", assignments=(AssignmentFacts(bundle="2AF"),))
    base = replace(BASE, assignments=SPECIFICATION, note='付記 "甲", 乙\t丙')
    async with database.transaction(SYSTEM) as session:
        await grant(session, HOLDER, moving, date(2020, 1, 16), date(2025, 1, 15), call_sign="JS2IIU")
        await grant(session, HOLDER, fixed, date(2021, 1, 26), date(2026, 1, 25), call_sign="JS2IIU")
        club = replace(MOBILE, municipality="13104", assignments=(AssignmentFacts(bundle="1AM"),))
        await grant(session, CLUB, club, date(2022, 4, 1), date(2027, 3, 31), call_sign="JA1RL")
        await grant(session, TAXI, base, date(2021, 6, 1), date(2026, 5, 31))
        await grant(session, HOLDER, fixed, date(2010, 1, 26), date(2015, 1, 25), call_sign="JS2IIU")
    PREPARED.add(database_name)


async def ask(client: httpx2.AsyncClient, path: str, **parameters: str) -> httpx2.Response:
    answer = await client.get(f"/musen/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_captured_list_is_reproduced_byte_for_byte(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LIST, MA="JS2IIU")
    assert answer.content == CAPTURED
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers


async def test_the_captured_count_is_reproduced_but_for_count_and_date(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "num", ST="1", OF="2", OW="AT", MC="1")
    assert answer.content == COUNTED.replace(b"383498", b"3").replace(b"2021-08-15", b"2023-12-07")
    assert answer.headers["content-length"] == str(len(answer.content))
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("max-age=0,must-revalidate", "no-cache")


async def test_a_club_shows_its_name_sign_and_number(client: httpx2.AsyncClient) -> None:
    body = (await ask(client, "list", **LIST, MA="ja1rl")).json()
    assert body["musenInformation"]["totalCount"] == "1"
    record = body["musen"][0]
    assert list(record) == ["detailInfo", "listInfo"]
    assert record["listInfo"]["name"] == "一般社団法人日本アマチュア無線連盟（JA1RL） 法人番号5013305001797"
    assert record["detailInfo"]["name"] == "一般社団法人日本アマチュア無線連盟"
    assert record["detailInfo"]["radioSpec1"] == "1AM"
    assert record["detailInfo"]["identificationSignals"] == "JA1RL       "


async def test_a_base_station_shows_rows_of_emission_frequency_and_power(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LIST | {"OW": "FB"})
    detail = answer.json()["musen"][0]["detailInfo"]
    assert detail["radioSpec1"] == ROWS.replace("\t", "\\t").replace("\n", "\\n")
    assert rb"16K0F2D\\t437.075 MHz\\t800  mW\\n16K0F3E\\t \\t \\n" in answer.content
    assert detail["note"] == '付記 \\"甲\\", 乙\\t丙'
    assert detail["licenseNumber"] == detail["address"] == "＊＊＊＊＊"
    assert list(detail) == list(LICENSES.detail)
    assert set(map(type, detail.values())) == {str}


async def test_without_detail_the_list_alone_comes_first(client: httpx2.AsyncClient) -> None:
    body = (await ask(client, "list", **LIST | {"DA": "0", "DC": "3"}, MA="JS2")).json()
    assert [list(record) for record in body["musen"]] == [["listInfo"], ["listInfo"]]
    assert [record["listInfo"]["no"] for record in body["musen"]] == ["1", "2"]


async def test_csv_has_a_first_line_and_26_columns(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LIST | {"OF": "1"}, MA="JS2IIU")
    assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
    first, *rows = list(csv.reader(io.StringIO(answer.text)))
    assert first == ["2023-12-07", "2"]
    assert [len(row) for row in rows] == [26, 26]
    assert rows[0][:5] == ["1", "＊＊＊＊＊（JS2IIU）", "愛知県岩倉市", "アマチュア業務用", "2020-01-16"]
    assert (rows[1][8], rows[1][20], rows[1][22], rows[1][23], rows[1][25]) == ("アマチュア局", "JS2IIU      ", "移動しない", "2AF", "")
    assert (await ask(client, "num", ST="1", OF="1", OW="AT")).text == "2023-12-07,3\n3\n"


async def test_csv_escapes_and_quotes(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LIST | {"OF": "1", "OW": "FB"})
    line = answer.text.splitlines()[1]
    assert len(answer.text.splitlines()) == 2
    assert ROWS.replace("\t", "\\t").replace("\n", "\\n") in line
    assert line.endswith('"付記 \\"甲\\", 乙\\t丙"')


async def test_xml_keeps_lines_and_escapes_signs(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "list", **LIST | {"OF": "3", "OW": "FB"})
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    assert "&quot;甲&quot;" in answer.text
    root = ET.fromstring(answer.text)
    assert [child.tag for child in root] == ["musenInformation", "musen"]
    listed, detail = list(root)[1]
    assert [child.tag for child in listed] == ["no", "name", "tdfkCd", "radioStationPurpose", "licenseDate"]
    assert detail.findtext("radioSpec1") == ROWS
    counted = ET.fromstring((await ask(client, "num", ST="1", OF="3", OW="AT")).text)
    assert (counted.findtext("musen/count"), counted.findtext("musenInformation/totalCount")) == ("3", "3")


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 3),
        ({"IT": "C"}, 2),
        ({"IT": "A"}, 1),
        ({"HCV": "23000"}, 2),
        ({"HCV": "13104"}, 1),
        ({"HCV": "13000,23228"}, 3),
        ({"HCV": "01000"}, 0),
        ({"MA": "2i"}, 2),
        ({"NA": "無線連"}, 1),
        ({"NA": "岩倉"}, 0),
        ({"NA": "＊"}, 0),
        ({"FC": "2AF"}, 1),
        ({"DF": "20210126"}, 2),
        ({"DF": "20210126", "DT": "20211231"}, 1),
        ({"MK": "ATC", "TSNJK": "ATC"}, 3),
        ({"MK": "GOV", "TSNJK": "ATC"}, 0),
        ({"MK": "GOV"}, 3),
        ({"FF": "0", "HZ": "2"}, 3),
        ({"FF": "1", "HZ": "2"}, 0),
        ({"AS": "第一丸"}, 0),
        ({"OW": "FB", "FF": "771.5", "TF": "771.5", "HZ": "2"}, 1),
        ({"OW": "FB", "FF": "435.9", "TF": "436", "HZ": "2"}, 1),
        ({"OW": "FB", "FF": "0.7716", "HZ": "3"}, 0),
        ({"OW": "FB", "TF": "435880", "HZ": "1"}, 1),
        ({"OW": "FB", "TF": "435879.999999", "HZ": "1"}, 0),
        ({"ST": "2", "OW2": "001"}, 0),
    ],
)
async def test_conditions(client: httpx2.AsyncClient, parameters: dict[str, str], count: int) -> None:
    body = (await ask(client, "num", **{"ST": "1", "OF": "2", "OW": "AT"} | parameters)).json()
    assert body["musen"]["count"] == str(count)
    listed = (await ask(client, "list", **LIST | {"DA": "0"} | parameters)).json()
    assert len(listed["musen"]) == count
    assert listed["musenInformation"]["totalCount"] == str(count)


async def test_shift_jis_finds_what_utf_8_finds(client: httpx2.AsyncClient) -> None:
    name = "".join(f"%{byte:02X}" for byte in "無線連盟".encode("cp932"))
    answer = await client.get(f"/musen/num?ST=1&OF=2&OW=AT&NA={name}")
    assert answer.json()["musen"]["count"] == "1"


async def test_start_and_order(client: httpx2.AsyncClient) -> None:
    def dates(body: Any) -> list[tuple[str, str]]:
        return [(record["listInfo"]["no"], record["listInfo"]["licenseDate"]) for record in body["musen"]]

    by_date = (await ask(client, "list", **LIST | {"SK": "4", "SC": "2"})).json()
    assert dates(by_date) == [("2", "2021-01-26"), ("3", "2022-04-01")]
    assert by_date["musenInformation"]["totalCount"] == "3"
    by_place = (await ask(client, "list", **LIST | {"SC": "0"})).json()
    assert dates(by_place) == [("1", "2022-04-01"), ("2", "2020-01-16"), ("3", "2021-01-26")]
    assert (await ask(client, "list", **LIST | {"SC": "999999999"})).json()["musen"] == []


@pytest.mark.parametrize(
    ("output", "body"),
    [
        ("1", "ERR,1\nEQ00008,無線局の種別（OW）に存在しない無線局の種別が設定されています。\n"),
        (
            "2",
            '{"errs":{"errPost":"ERR","errCount":"1"},"err":[{"errMsg":"' + FAULTS["EQ00008"].words + '","errCd":"EQ00008"}]}\n',
        ),
    ],
)
async def test_errors_come_in_the_format_asked_for(client: httpx2.AsyncClient, output: str, body: str) -> None:
    answer = await client.get("/musen/num", params={"ST": "1", "OF": output, "OW": "ZZ"})
    assert (answer.status_code, answer.text) == (400, body)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == answers.media_type(output)


async def test_errors_in_xml(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/musen/list", params={"ST": "1", "OF": "3", "OW": "ZZ", "DA": "1", "SC": "1", "DC": "3"})
    root = ET.fromstring(answer.text)
    assert (root.findtext("errs/errPost"), root.findtext("errs/errCount")) == ("ERR", "2")
    assert [one.findtext("errCd") for one in root.findall("err")] == ["EQ00007", "EQ00008"]


async def test_a_failure_inside_is_told_in_mic_s_shape(
    client: httpx2.AsyncClient, database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "public", None)
    answer = await client.get("/musen/num", params={"ST": "1", "OF": "1", "OW": "AT"})
    assert (answer.status_code, answer.text) == (500, "ERR,1\nEQ90000,システムエラーが発生しました。\n")
    assert "NoneType" in caplog.text


async def test_head_has_headers_and_no_body(client: httpx2.AsyncClient) -> None:
    answer = await client.head("/musen/num", params={"ST": "1", "OF": "2", "OW": "AT"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json;charset=UTF-8")


async def test_an_answer_is_one_statement_and_so_of_one_state(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    original = psycopg.AsyncClientCursor._execute_send

    def noted(self: Any, query: Any, **named: Any) -> None:
        sent.append(str(query.query))
        original(self, query, **named)

    monkeypatch.setattr(psycopg.AsyncClientCursor, "_execute_send", noted)
    await ask(client, "list", **LIST)
    await ask(client, "num", ST="1", OF="2", OW="AT")
    assert len(sent) == 2
