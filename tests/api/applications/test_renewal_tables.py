"""Everything due for renewal as one table: its columns are the form's, its rows the register's, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openpyxl import load_workbook

from partner import clock, regulation
from partner.app import create_app
from partner.database import SYSTEM, Database
from partner.licensing.sheets import letters
from partner.registry import service as register
from partner.registry.service import License
from partner.regulation import Law
from partner.settings import Mode, Settings
from tests.api.applications.conftest import Service
from tests.api.applications.test_land_mobile import HELD, TAXI, renewal

NOW = "2023-07-03T09:00:00+09:00"
NEW_FIELD = """      - key: renewal_note
        type: choice
        values: {kept: {ja: 継続, en: Kept}}
        label: {ja: 継続の確認, en: Kept in use}
        required: [renewal]
        acts: [renewal]
"""


@pytest.fixture(autouse=True)
def _in_the_window() -> None:
    clock.move_to(datetime.fromisoformat(NOW))


async def hold(database: Database, law: Law, number: int, *, valid_to: str = "2023-12-31", **facts: Any) -> License:
    """A license of the taxi company; recorded once for the database of a module."""
    name = f"関Ｍ第{number}号"
    async with database.transaction(SYSTEM) as session:
        found = await register.license_by_number(session, name)
        return found or await register.record(
            session,
            replace(HELD, **facts),
            licensee_id=await register.record_licensee(session, TAXI),
            licensed_on=date(2019, 1, 1),
            valid_to=date.fromisoformat(valid_to),
            law=law,
            license_number=name,
            cause="test",
        )


@pytest.fixture
async def fleet(database: Database, law: Law) -> list[License]:
    """Two that may be renewed, one whose window opens in a month, one that has a year left, one that came too late."""
    terms = {810_001: "2023-12-31", 810_002: "2023-12-31", 810_003: "2024-01-31", 810_004: "2024-12-31", 810_005: "2023-08-31"}
    return [await hold(database, law, number, valid_to=day) for number, day in terms.items()]


@pytest.fixture
async def signed_in(service: Service, fleet: list[License]) -> Service:
    """The taxi company is known as an applicant, and its agent holds its delegation."""
    draft = {"procedure": "land-mobile-renewal", "form": renewal(fleet[3])}
    await service.post("taxi", "/applications", draft)
    return service


async def rows(service: Service, persona: str, **parameters: Any) -> list[dict[str, str]]:
    answer = await service.get(persona, "/renewals.csv", **parameters)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines[:3]] == ["procedure", "#", "#"]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[3:]]


async def test_what_is_due_is_there_and_prefilled(signed_in: Service) -> None:
    found = await rows(signed_in, "taxi")
    assert [row["license_number"] for row in found] == ["関Ｍ第810001号", "関Ｍ第810002号", "関Ｍ第810003号"]
    first = found[0]
    assert (first["procedure"], first["licensed_on"], first["station_class"]) == ("land-mobile-renewal", "2019-01-01", "ML")
    assert (first["applicant/name"], first["applicant/corporate_number"]) == (TAXI.name, TAXI.corporate_number)
    assert (first["(window)"], first["(expires_on)"]) == ("2023-07-01〜2023-09-30", "2023-12-31")
    assert first["disqualification"] == ""
    sooner = await rows(signed_in, "taxi", opening_days=0)
    assert [row["license_number"] for row in sooner] == ["関Ｍ第810001号", "関Ｍ第810002号"]


async def test_a_workbook_offers_the_codes_and_marks_what_is_required(signed_in: Service) -> None:
    answer = await signed_in.get("taxi", "/renewals.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="renewals.xlsx"'
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book["land-mobile-renewal"]
    keys = [cell.value for cell in sheet[1]]
    words = {key: (ja.value, en.value) for key, ja, en in zip(keys, sheet[2], sheet[3], strict=True)}
    assert words["disqualification"] == ("申請の内容 › 欠格事由 ＊必須", "What is filed › Disqualification * required")
    assert words["contact/phone"] == ("連絡責任者 › 電話番号", "Contact › Telephone")
    line = dict(zip(keys, sheet[4], strict=True))
    assert line["license_number"].value == "関Ｍ第810001号"
    assert str(line["licensed_on"].value) == "2019-01-01 00:00:00"
    assert line["station_class"].value == "ML：陸上移動局"
    rules = {rule.sqref.ranges.copy().pop().coord: rule for rule in sheet.data_validations.dataValidation}
    letter = letters(keys.index("disqualification") + 1)
    offered = rules[f"{letter}4:{letter}20003"].formula1
    column = offered.partition("$")[2][:1]
    codes = book["codes"]
    assert codes.sheet_state == "hidden"
    assert [codes[f"{column}{row}"].value for row in (1, 2)] == ["none：無", "present：有"]
    english = load_workbook(io.BytesIO((await signed_in.get("taxi", "/renewals.xlsx", lang="en")).content))
    assert english["codes"][f"{column}1"].value == "none：None"


async def test_nothing_that_is_written_becomes_a_formula(signed_in: Service, database: Database, law: Law) -> None:
    await hold(database, law, 810_006, identification="=1+1")
    csv_row = next(row for row in await rows(signed_in, "taxi") if row["license_number"] == "関Ｍ第810006号")
    assert csv_row["(station)"] == "'=1+1"
    sheet = load_workbook(io.BytesIO((await signed_in.get("taxi", "/renewals.xlsx")).content))["land-mobile-renewal"]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "d", "n"}
    assert "=1+1" in {cell.value for cell in cells}


@pytest.fixture
async def amended(data_dir: Path, database: Database, tmp_path: Path, fleet: list[License]) -> AsyncIterator[Service]:
    """The service under a law whose form asks for one more thing; data only."""
    shutil.copytree(Settings().regulation_root, tmp_path / "regulation")
    file = tmp_path / "regulation" / "forms" / "land-mobile.yaml"
    file.write_text(file.read_text().replace("      - {key: reason,", NEW_FIELD + "      - {key: reason,", 1))
    app = create_app(Settings(mode=Mode.TEST, data_dir=data_dir), database, regulation.load(tmp_path / "regulation"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8000") as client:
        yield Service(client)


async def test_a_new_field_of_the_form_is_a_column_at_once(amended: Service) -> None:
    sheet = load_workbook(io.BytesIO((await amended.get("taxi", "/renewals.xlsx")).content))["land-mobile-renewal"]
    place = [cell.value for cell in sheet[1]].index("renewal_note")
    assert sheet[2][place].value == "申請の内容 › 継続の確認 ＊必須"
    assert "renewal_note" in (await rows(amended, "taxi"))[0]


async def test_only_for_oneself_and_for_whom_one_may_draft(signed_in: Service) -> None:
    assert (await signed_in.get("examiner", "/renewals.csv")).status_code == 403
    assert (await signed_in.client.get("/api/v1/renewals.csv")).status_code == 401
    someone = (await signed_in.get("taxi", "/applications")).json()["items"][0]["applicant"]["id"]
    assert (await signed_in.get("hanako", "/renewals.csv", applicant=someone)).status_code == 404
    assert (await signed_in.get("taxi", "/renewals.csv", applicant=someone)).status_code == 200
