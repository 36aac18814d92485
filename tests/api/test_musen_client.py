"""A program written for MIC's service against ours: it pages, counts and splits values as real clients do."""

from __future__ import annotations

import csv
import io
import random
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from partner.api.musen.layouts import LICENSES
from partner.database import SYSTEM, Database
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.importing import LicenseRecord, import_licenses
from tests.registry.samples import BASE, MOBILE, TARO, TAXI, law

MANY = 230
PLACES = ["13101", "13104", "14100", "23228", None]
SHIP = replace(BASE, station_class="MS", moves=True, identification="みどりまる", note=None)
BROADCASTER = LicenseeFacts("corporation", "みどり放送株式会社")
TELEVISION = LicenseFacts(
    "BC", "A", purposes=("x-basic-broadcasting",), communication_matters=("x-basic-broadcasting",), municipality="13103"
)
ROWS = [["8K50F3E", "467 MHz", "5   W"], ["16K0F3E", " ", " "], ["3K00J3E", "435.88 MHz　から　      435.91 MHz　まで", "500  mW"]]
LINES = (
    AssignmentFacts(emission="8K50F3E", frequency_hz=467_000_000, power_w=Decimal(5)),
    AssignmentFacts(emission="16K0F3E", frequency_hz=467_000_000, power_w=Decimal(5), continued=True),
    AssignmentFacts(emission="3K00J3E", frequency_hz=435_880_000, frequency_to_hz=435_910_000, power_w=Decimal("0.5")),
)
PREPARED: set[str] = set()


def known() -> Iterator[LicenseRecord]:
    """Base stations in a few places and on a few dates, two of them over; ships and broadcasters."""
    chance = random.Random(7)
    for number in range(MANY):
        facts = replace(BASE, municipality=chance.choice(PLACES), assignments=LINES, note=f"一行目\n二行目,{number}\t/ '甲'")
        begun = date(2019, 6, 1) + timedelta(days=chance.randrange(40))
        yield LicenseRecord(TAXI, facts, begun, date(2023, 12, 6 if number < 2 else 7))
    for number, (licensee, name) in enumerate(
        [(TAXI, "第一さくら丸"), (TARO, "第二サクラ丸"), (TARO, "総務太郎丸"), (TAXI, "みどりまる"), (TAXI, None)]
    ):
        yield LicenseRecord(licensee, replace(SHIP, craft_name=name), date(2020, 1, 1 + number), date(2025, 1, 1))
    yield LicenseRecord(BROADCASTER, replace(TELEVISION, broadcast_kind="DTJ"), date(2020, 1, 1), date(2025, 1, 1))
    yield LicenseRecord(BROADCASTER, replace(TELEVISION, broadcast_kind="DDJ"), date(2020, 1, 2), date(2025, 1, 1))
    yield LicenseRecord(BROADCASTER, TELEVISION, date(2020, 1, 3), date(2025, 1, 1))
    yield LicenseRecord(TARO, MOBILE, date(2020, 1, 1), date(2025, 1, 1), call_sign="JA1QRZ")


@pytest.fixture(autouse=True)
async def recorded(database: Database, database_name: str) -> None:
    if database_name in PREPARED:
        return
    async with database.transaction(SYSTEM) as session:
        await import_licenses(session, known(), law=law())
    PREPARED.add(database_name)


class Client:
    """Knows MIC's specification and nothing of us. A record is its 26 columns in the order of the CSV."""

    def __init__(self, http: httpx2.AsyncClient, output: str) -> None:
        self.http, self.output = http, output

    async def text(self, path: str, **asked: str) -> str:
        answer = await self.http.get(f"/musen/{path}", params={"ST": "1", "OF": self.output, "MC": "1", **asked})
        assert answer.status_code == 200, answer.text
        return answer.text

    async def count(self, **asked: str) -> int:
        text = await self.text("num", **asked)
        if self.output == "1":
            first, second = text.splitlines()
            assert first.split(",")[1] == second
            return int(second)
        if self.output == "2":
            return int(httpx2.Response(200, text=text).json()["musen"]["count"])
        return int(ET.fromstring(text).findtext("musen/count") or "")

    async def everything(self, **asked: str) -> list[list[str]]:
        """All records of all pages: on and on until as many have come as there are in all."""
        found: list[list[str]] = []
        total = 1
        while len(found) < total:
            text = await self.text("list", DA="1", DC="1", SC=str(len(found) + 1), **asked)
            total, page = {"1": self.of_csv, "2": self.of_json, "3": self.of_xml}[self.output](text)
            assert 0 < len(page) <= 100
            found.extend(page)
        return found

    def of_csv(self, text: str) -> tuple[int, list[list[str]]]:
        first, *rows = csv.reader(io.StringIO(text))
        return int(first[1]), rows

    def of_json(self, text: str) -> tuple[int, list[list[str]]]:
        content: dict[str, Any] = httpx2.Response(200, text=text).json()
        pages = []
        for record in content["musen"]:
            (first, detail), (second, listed) = record.items()  # by position, as one of the clients reads it
            assert (first, second) == ("detailInfo", "listInfo")
            pages.append([listed[key] for key in LICENSES.table_listed] + [detail[key] for key in LICENSES.table_detail])
        return int(content["musenInformation"]["totalCount"]), pages

    def of_xml(self, text: str) -> tuple[int, list[list[str]]]:
        root = ET.fromstring(text)
        rows = [[child.text or "" for part in record for child in part] for record in root.findall("musen")]
        return int(root.findtext("musenInformation/totalCount") or ""), rows

    def table(self, packed: str) -> list[list[str]]:
        """電波の型式、周波数及び空中線電力, taken apart."""
        row, column = ("\n", "\t") if self.output == "3" else ("\\n", "\\t")
        return [line.split(column) for line in packed.split(row)]


@pytest.fixture(params=["1", "2", "3"])
def program(request: pytest.FixtureRequest, client: httpx2.AsyncClient) -> Client:
    return Client(client, request.param)


@pytest.mark.parametrize("order", ["1", "2", "3", "4"])
async def test_all_pages_together_are_all_records_once(program: Client, order: str) -> None:
    records = await program.everything(OW="FB", SK=order)
    assert len(records) == await program.count(OW="FB") == MANY - 2
    assert [record[0] for record in records] == [str(number) for number in range(1, MANY - 1)]
    assert {len(record) for record in records} == {26}
    assert len({record[25] for record in records}) == MANY - 2
    keys = {"1": 1, "3": 3, "4": 4}
    if order in keys:
        found = [record[keys[order]] for record in records]
        assert found == sorted(found)
    else:
        places = [record[2] for record in records]
        assert places == sorted(places, key=["東京都千代田区", "東京都文京区", "東京都新宿区", "神奈川県横浜市", "愛知県岩倉市", ""].index)


async def test_values_are_taken_apart_as_clients_do(program: Client) -> None:
    for record in (await program.everything(OW="FB"))[:3]:
        assert program.table(record[23]) == ROWS
        quote, slash = ("\\'", "\\/") if program.output == "2" else ("'", "/")
        (first,), (second, third) = program.table(record[25])
        assert first == "一行目"
        assert second.startswith("二行目,")
        assert third == f"{slash} {quote}甲{quote}"


async def test_every_class_has_as_many_as_it_lists(program: Client) -> None:
    for station_class, count in {"FB": MANY - 2, "MS": 5, "BC": 3, "AT": 1, "FX": 0}.items():
        assert await program.count(OW=station_class) == count
        assert not count or len(await program.everything(OW=station_class)) == count


async def test_the_pages_of_every_size_have_the_same_records(client: httpx2.AsyncClient) -> None:
    pages = []
    for size in "123":
        answer = await client.get("/musen/list", params={"ST": "1", "OF": "2", "OW": "FB", "DA": "0", "SC": "3", "DC": size})
        pages.append(answer.json()["musen"])
    assert [len(page) for page in pages] == [100, MANY - 4, MANY - 4]
    assert pages[0] == pages[1][:100] == pages[2][:100]
    assert pages[1] == pages[2]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"OW": "MS", "AS": "さくら"}, 2),  # hiragana and katakana alike
        ({"OW": "MS", "AS": "第一"}, 1),
        ({"OW": "MS", "AS": "さくら丸", "NA": "みどり"}, 1),
        ({"OW": "MS", "AS": "みどりまる"}, 1),
        ({"OW": "MS", "AS": "太郎"}, 0),  # it would say whose ship it is
        ({"OW": "MS", "AS": "％"}, 0),
        ({"OW": "FB", "AS": "さくら"}, 0),
        ({"OW": "BC", "MK": "x-basic-broadcasting", "KHS": "DTJ"}, 1),
        ({"OW": "BC", "MK": "x-basic-broadcasting", "KHS": "BCK"}, 0),
        ({"OW": "BC", "KHS": "DTJ"}, 3),  # one alone is ignored
        ({"OW": "BC", "MK": "ATC", "KHS": "DTJ"}, 0),
    ],
)
async def test_ships_and_kinds_of_broadcasting_are_found(program: Client, asked: dict[str, str], count: int) -> None:
    assert await program.count(**asked) == count
    assert not count or len(await program.everything(**asked)) == count


async def test_the_name_of_a_ship_is_in_no_answer(program: Client) -> None:
    text = await program.text("list", OW="MS", DA="1", SC="1", DC="1")
    assert "さくら" not in text
    assert "みどりまる" not in text
