"""Many renewals in one file: what each row would do is said before anything is filed; then each becomes its own case, once."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import text

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import bulk_work
from partner.registry.service import License
from partner.regulation import Law
from tests.api.applications.conftest import Service
from tests.api.applications.test_land_mobile import renewal
from tests.api.applications.test_renewal_tables import NOW, hold, rows

DECLARED = {"disqualification": "none"}
PATH = "/bulk-filings"


@pytest.fixture(autouse=True)
def _in_the_window() -> None:
    clock.move_to(datetime.fromisoformat(NOW))


class Desk:
    """An applicant with stations, who uploads tables; the work that goes on in the background is done at once here."""

    def __init__(self, service: Service, database: Database, law: Law) -> None:
        self.service, self.database, self.law = service, database, law
        self.numbers = iter(range(1, 1000))

    async def hold(self, count: int, **given: Any) -> list[License]:
        first = 830_000 + 1000 * await self._recorded()
        return [await hold(self.database, self.law, first + number, **given) for number in range(1, count + 1)]

    async def _recorded(self) -> int:
        async with self.database.transaction(SYSTEM) as session:
            return int((await (await session.connection()).execute(text("SELECT count(*) FROM license_version"))).scalar_one())

    async def table(self, held: list[License], persona: str = "taxi", **cells: str) -> list[dict[str, str]]:
        """The rows of the template for some licenses, with what an applicant adds."""
        numbers = {one.license_number for one in held}
        found = [row for row in await rows(self.service, persona, opening_days=366) if row["license_number"] in numbers]
        return [{**row, **DECLARED, **cells} for row in found]

    async def send(self, content: bytes, persona: str = "taxi", name: str = "renewals.csv", **parameters: Any) -> httpx2.Response:
        headers = await self.service.headers(persona)
        files = {"file": (name, content, "application/octet-stream")}
        return await self.service.client.post(f"/api/v1{PATH}", files=files, headers=headers, params=parameters)

    async def checked(self, lines: list[dict[str, Any]] | bytes, persona: str = "taxi", **parameters: Any) -> dict[str, Any]:
        answer = await self.send(lines if isinstance(lines, bytes) else table(lines), persona, **parameters)
        assert answer.status_code == 202, answer.text
        await self.work(answer.json())
        return await self.read(answer.json(), persona)

    async def work(self, filing: dict[str, Any], law: Law | None = None) -> None:
        while await bulk_work.batch(self.database, law or self.law, UUID(filing["id"])):
            pass

    async def read(self, filing: dict[str, Any], persona: str = "taxi") -> dict[str, Any]:
        answer = await self.service.get(persona, f"{PATH}/{filing['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rows(self, filing: dict[str, Any], persona: str = "taxi", **wanted: Any) -> list[dict[str, Any]]:
        return list((await self.service.get(persona, f"{PATH}/{filing['id']}/rows", **wanted)).json()["items"])

    async def kept_rows(self, filing: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows as they are kept, with the form that each makes."""
        statement = text("SELECT license_number, form FROM bulk_row WHERE filing_id = :id ORDER BY position")
        async with self.database.transaction(SYSTEM) as session:
            return [dict(row) for row in (await (await session.connection()).execute(statement, {"id": filing["id"]})).mappings()]

    async def confirmed(self, filing: dict[str, Any], persona: str = "taxi", *, submit: bool = True) -> dict[str, Any]:
        answer = await self.service.post(persona, f"{PATH}/{filing['id']}/confirm", {"submit": submit})
        assert answer.status_code == 202, answer.text
        await self.work(filing)
        return await self.read(filing, persona)

    async def cases(self, held: License) -> list[tuple[str, str]]:
        """The cases about a license: status and reception number."""
        statement = text("SELECT status, reception_number FROM application WHERE about_license = :number ORDER BY id")
        async with self.database.transaction(SYSTEM) as session:
            found = await (await session.connection()).execute(statement, {"number": held.license_number})
            return [(str(row[0]), str(row[1])) for row in found]


def table(lines: list[dict[str, Any]], *, encoding: str = "utf-8-sig") -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(key for line in lines for key in line)))
    writer.writeheader()
    writer.writerows(lines)
    return file.getvalue().encode(encoding)


@pytest.fixture
async def desk(service: Service, database: Database, law: Law) -> Desk:
    made = Desk(service, database, law)
    [known] = await made.hold(1, valid_to="2030-12-31")
    await service.post("taxi", "/applications", {"procedure": "land-mobile-renewal", "form": renewal(known)})
    return made


async def test_rows_become_cases_each_by_itself(desk: Desk) -> None:
    held = await desk.hold(3)
    checked = await desk.checked(await desk.table(held))
    assert checked["state"] == "checked"
    assert checked["outcomes"] == {"new": 3, "unchanged": 0, "changed": 0, "error": 0}
    assert [await desk.cases(one) for one in held] == [[], [], []]
    done = await desk.confirmed(checked)
    assert (done["state"], done["finished"], done["results"]["filed"]) == ("done", 3, 3)
    filed = await desk.rows(checked)
    cases = [(await desk.service.get("taxi", f"/applications/{row['application_id']}")).json() for row in filed]
    assert {case["form"]["license_number"] for case in cases} == {one.license_number for one in held}
    assert {case["status"] for case in cases} <= {"fee_due", "examining"}
    assert len({case["reception_number"] for case in cases}) == 3
    events = await desk.service.events("taxi", cases[0])
    assert [event["action"] for event in events] == ["draft", "submit"]


async def test_the_dry_run_says_what_differs_from_the_record(desk: Desk) -> None:
    held = await desk.hold(1)
    checked = await desk.checked(await desk.table(held, **{"applicant/phone": "0312345678"}))
    [row] = await desk.rows(checked)
    changes = {change["field"]: (change["before"], change["after"]) for change in row["changes"]}
    assert changes == {"/disqualification": (None, "none"), "/applicant/phone": (None, "0312345678")}
    assert row["changes"][0]["label"]["ja"]
    assert (row["outcome"], row["errors"], row["application_id"], row["row"]) == ("new", [], None, 2)


async def test_a_row_in_error_names_row_column_and_check(desk: Desk) -> None:
    held = await desk.hold(4)
    late = await hold(desk.database, desk.law, 899_001, valid_to="2023-08-31")
    lines = await desk.table(held)
    lines[0]["disqualification"] = ""
    lines[1]["addressee"] = "Q"
    lines[2]["licensed_on"] = "soon"
    lines.append({**lines[3], "license_number": late.license_number})
    lines.append({**lines[3], "license_number": "関Ａ第1号"})
    lines.append(dict(lines[3]))
    checked = await desk.checked(lines)
    found = await desk.rows(checked, outcome="error")
    errors = {row["row"]: {(error["code"], error["field"]) for error in row["errors"]} for row in found}
    assert errors[2] == {("disqualification-declared", "/disqualification")}
    assert ("unknown_code", "/addressee") in errors[3]
    assert errors[4] == {("unreadable", "/licensed_on")}
    assert ("renewal-window", "/license_number") in errors[6]
    assert errors[7] == {("unknown_license", "/license_number")}
    assert errors[8] == {("row_twice", "/license_number")}
    assert checked["outcomes"] == {"new": 1, "unchanged": 0, "changed": 0, "error": 6}
    column = found[0]["errors"][0]["column"]
    keys = list(lines[0])
    assert column == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[keys.index("disqualification")]
    answer = await desk.service.get("taxi", f"{PATH}/{checked['id']}/errors.csv")
    written = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {line["row"] for line in written} == {"2", "3", "4", "6", "7", "8"}
    assert next(line for line in written if line["row"] == "7")["message_ja"] == "この免許は、貴方のものでないか、登録されていません。"
    done = await desk.confirmed(checked)
    assert (done["results"]["filed"], done["finished"]) == (1, 1)


async def test_somebody_elses_license_is_as_one_that_is_not_there(desk: Desk, taros_license: License) -> None:
    [mine] = await desk.table(await desk.hold(1))
    checked = await desk.checked([{**mine, "license_number": number} for number in (taros_license.license_number, "関Ａ第999999号")])
    first, second = await desk.rows(checked)
    assert first["errors"] == second["errors"]
    assert (first["license_number"], first["changes"]) == (second["license_number"], second["changes"]) == (None, [])


async def test_the_same_file_twice_files_once(desk: Desk) -> None:
    held = await desk.hold(2)
    content = table(await desk.table(held))
    first, second = await desk.checked(content), await desk.checked(content)
    assert first["sha256"] == second["sha256"]
    await desk.confirmed(first)
    done = await desk.confirmed(second)
    assert done["results"] == {"drafted": 0, "filed": 0, "kept": 2, "refused": 0}
    assert [len(await desk.cases(one)) for one in held] == [1, 1]
    third = await desk.checked(content)
    assert third["outcomes"] == {"new": 0, "unchanged": 2, "changed": 0, "error": 0}
    other = await desk.checked(content.replace(b",none", b",present"))
    assert {error["code"] for row in await desk.rows(other) for error in row["errors"]} == {"already_filed"}


async def test_two_at_once_double_nothing(desk: Desk) -> None:
    held = await desk.hold(6)
    content = table(await desk.table(held))
    filings = [await desk.checked(content) for _ in range(2)]
    for filing in filings:
        await desk.service.post("taxi", f"{PATH}/{filing['id']}/confirm", {"submit": True})
    await asyncio.gather(*(desk.work(filing) for filing in [*filings, *filings]))
    results = [(await desk.read(filing))["results"] for filing in filings]
    assert sum(one["filed"] for one in results) == 6
    assert sum(one["kept"] for one in results) == 6
    assert [len(await desk.cases(one)) for one in held] == [1] * 6


async def test_what_is_filed_with_others_is_as_what_is_filed_alone(desk: Desk) -> None:
    *several, single = await desk.hold(4)
    checked = await desk.checked(await desk.table([*several, single]))
    form = next(row["form"] for row in await desk.kept_rows(checked) if row["license_number"] == single.license_number)
    alone = await desk.service.acted(
        "taxi", (await desk.service.post("taxi", "/applications", {"procedure": "land-mobile-renewal", "form": form})).json(), "submit"
    )
    done = await desk.confirmed(checked)
    assert done["results"] == {"drafted": 0, "filed": 3, "kept": 0, "refused": 1}  # the one that was filed alone meanwhile
    filed = [row["application_id"] for row in await desk.rows(checked) if row["application_id"]]
    cases = [(await desk.service.get("taxi", f"/applications/{one}")).json() for one in filed]
    same = ("route", "status", "bureau", "findings", "fee", "law", "available_actions", "applicant")
    assert [{key: case[key] for key in same} for case in cases] == [{key: alone[key] for key in same}] * 3
    numbers = [alone["reception_number"], *(case["reception_number"] for case in cases)]
    first = int(numbers[0].rpartition("-")[2])
    assert sorted(int(number.rpartition("-")[2]) for number in numbers) == list(range(first, first + 4))


async def test_a_refused_row_keeps_no_other_from_being_filed(desk: Desk) -> None:
    held = await desk.hold(3)
    checked = await desk.checked(await desk.table(held))
    other = await desk.service.post("taxi", "/applications", {"procedure": "land-mobile-renewal", "form": renewal(held[1])})
    await desk.service.acted("taxi", other.json(), "submit")
    done = await desk.confirmed(checked)
    assert (done["state"], done["results"]) == ("done", {"drafted": 0, "filed": 2, "kept": 0, "refused": 1})
    refused = [row for row in await desk.rows(checked) if row["errors"]]
    assert [row["license_number"] for row in refused] == [held[1].license_number]
    assert [len(await desk.cases(one)) for one in held] == [1, 1, 1]


async def test_drafts_are_rewritten_by_the_next_file_and_then_filed(desk: Desk) -> None:
    held = await desk.hold(2)
    lines = await desk.table(held)
    done = await desk.confirmed(await desk.checked(lines), submit=False)
    assert done["results"]["drafted"] == 2
    assert [await desk.cases(one) for one in held] == [[("draft", "None")], [("draft", "None")]]
    lines[0]["contact/phone"] = "0399998888"
    again = await desk.checked(lines)
    assert again["outcomes"] == {"new": 0, "unchanged": 1, "changed": 1, "error": 0}
    done = await desk.confirmed(again)
    assert done["results"]["filed"] == 2
    assert [len(await desk.cases(one)) for one in held] == [1, 1]


async def test_who_withdrew_may_file_again(desk: Desk) -> None:
    held = await desk.hold(1)
    content = table(await desk.table(held))
    filing = await desk.checked(content)
    await desk.confirmed(filing)
    [row] = await desk.rows(filing)
    await desk.service.acted("taxi", {"id": row["application_id"]}, "withdraw")
    again = await desk.checked(content)
    assert again["outcomes"]["new"] == 1
    await desk.confirmed(again)
    assert [status for status, _ in await desk.cases(held[0])] == ["withdrawn", "fee_due"]


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"%PDF-1.7 whatever", 415, "unsupported_table"),
        ("a.csv", b"a,b\r\n1,2\r\n", 422, "wrong_columns"),
        ("a.csv", b"procedure,license_number,colour\r\nx,y,z\r\n", 422, "wrong_columns"),
        ("a.csv", b"procedure,addressee\r\nx,A\r\n", 422, "wrong_columns"),
        ("a.csv", b"procedure,license_number,license_number\r\nx,y,z\r\n", 422, "wrong_columns"),
        ("a.csv", b"procedure,license_number\r\n", 422, "no_rows"),
        ("a.xlsx", b"PK\x03\x04 broken", 400, "broken_table"),
        ("a.csv", b"procedure,license_number\r\n" + b"x,y\r\n" * 20_001, 413, "too_many_rows"),
    ],
)
async def test_a_file_that_is_no_table_is_refused(desk: Desk, name: str, content: bytes, status: int, code: str) -> None:
    answer = await desk.send(content, name=name)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def package(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", **parts}.items():
            archive.writestr(name, content)
    return file.getvalue()


async def test_macros_and_bombs_are_refused_unpacked(desk: Desk) -> None:
    answer = await desk.send(package(**{"xl/vbaProject.bin": b"x"}), name="a.xlsm")
    assert (answer.status_code, answer.json()["code"]) == (415, "macros")
    answer = await desk.send(package(**{"xl/worksheets/sheet1.xml": b"0" * (257 * 1024 * 1024)}), name="a.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (413, "unpacks_too_large")
    answer = await desk.send(package(), name="a.xlsx")
    assert answer.status_code in {400, 422}
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Types>&a;</Types>'
    assert (await desk.send(package(**{"[Content_Types].xml": entity}), name="a.xlsx")).status_code == 400


async def test_a_workbook_comes_back_as_a_spreadsheet_leaves_it(desk: Desk) -> None:
    """Filled in by hand: dates as dates, codes from the list or typed in full width, numbers where zeros were."""
    held = await desk.hold(2)
    book = load_workbook(io.BytesIO((await desk.service.get("taxi", "/renewals.xlsx", opening_days=366)).content))
    sheet = book["land-mobile-renewal"]
    keys = [cell.value for cell in sheet[1]]
    numbers = {one.license_number for one in held}
    wanted = [row for row in range(4, sheet.max_row + 1) if sheet.cell(row, keys.index("license_number") + 1).value in numbers]
    for row in range(4, sheet.max_row + 1):
        if row not in wanted:
            for column in range(1, len(keys) + 1):
                sheet.cell(row, column).value = None
            continue
        sheet.cell(row, keys.index("disqualification") + 1).value = "none：無"
        sheet.cell(row, keys.index("addressee") + 1).value = "Ａ"
        sheet.cell(row, keys.index("applicant/postal_code") + 1).value = 600001
        sheet.cell(row, keys.index("applicant/corporate_number") + 1).value = 9999999999999
        sheet.cell(row, keys.index("licensed_on") + 1).value = 43466
    file = io.BytesIO()
    book.save(file)
    checked = await desk.checked(file.getvalue())
    found = await desk.rows(checked)
    assert [row["errors"] for row in found] == [[], []]
    assert {row["row"] for row in found} == set(wanted)
    changes = {change["field"]: change["after"] for change in found[0]["changes"]}
    assert changes == {"/disqualification": "none", "/applicant/postal_code": "0600001"}


async def test_a_formula_is_not_worked_out(desk: Desk) -> None:
    [held] = await desk.hold(1)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["procedure", "license_number", "disqualification"])
    sheet.append(["land-mobile-renewal", held.license_number, '=CONCATENATE("no","ne")'])
    file = io.BytesIO()
    book.save(file)
    [row] = await desk.rows(await desk.checked(file.getvalue()))
    assert [(error["code"], error["field"], error["column"]) for error in row["errors"]] == [("formula", "/disqualification", "C")]


async def test_shift_jis_and_few_columns_are_enough(desk: Desk) -> None:
    [held] = await desk.hold(1)
    line = {"procedure": "land-mobile-renewal", "license_number": held.license_number, "disqualification": "無"}
    checked = await desk.checked(table([line], encoding="cp932"))
    assert checked["outcomes"]["new"] == 1


async def test_only_who_may_draft_sees_it_and_only_who_may_file_files(desk: Desk) -> None:
    held = await desk.hold(1)
    checked = await desk.checked(await desk.table(held))
    path = f"{PATH}/{checked['id']}"
    for persona in ("hanako", "taro", "agent", "examiner"):
        for part in ("", "/rows", "/errors.csv"):
            assert (await desk.service.get(persona, path + part)).status_code == 404, (persona, part)
    assert (await desk.service.post("hanako", f"{path}/confirm", {})).status_code == 404
    assert (await desk.service.post("examiner", f"{path}/confirm", {})).status_code == 403
    assert (await desk.send(b"x", "examiner")).status_code == 403


async def test_an_agent_drafts_and_files_as_far_as_the_delegation_goes(desk: Desk, database: Database) -> None:
    held = await desk.hold(1)
    await desk.service.get("agent", "/applications")
    taxi = (await desk.service.get("taxi", "/applications")).json()["items"][0]["applicant"]["id"]
    give = text(
        "INSERT INTO delegation (id, agent_account_id, applicant_id, may_draft, may_file, valid_from, created_at)"
        " SELECT gen_random_uuid(), id, :applicant, true, false, '2020-01-01', seen_at FROM account WHERE subject = 'agent'"
    )
    async with database.transaction(SYSTEM) as session:
        await (await session.connection()).execute(give, {"applicant": taxi})
    lines = [row | DECLARED for row in await rows(desk.service, "agent", applicant=taxi) if row["license_number"] == held[0].license_number]
    assert len(lines) == 1
    checked = await desk.checked(lines, "agent", applicant=taxi)
    assert checked["outcomes"]["new"] == 1, await desk.rows(checked, "agent")
    refused = await desk.service.post("agent", f"{PATH}/{checked['id']}/confirm", {"submit": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_part")
    done = await desk.confirmed(checked, "agent", submit=False)
    assert done["results"]["drafted"] == 1
    assert (await desk.read(checked, "taxi"))["results"]["drafted"] == 1
    async with database.transaction(SYSTEM) as session:
        await (await session.connection()).execute(text("UPDATE delegation SET revoked_at = created_at"))
    assert (await desk.service.get("agent", f"{PATH}/{checked['id']}")).status_code == 404


async def test_confirming_is_done_once_and_after_the_dry_run(desk: Desk) -> None:
    lines = await desk.table(await desk.hold(1))
    sent = (await desk.send(table(lines))).json()
    early = await desk.service.post("taxi", f"{PATH}/{sent['id']}/confirm", {"submit": True})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    await desk.work(sent)
    await desk.confirmed(sent)
    assert (await desk.service.post("taxi", f"{PATH}/{sent['id']}/confirm", {"submit": True})).status_code == 409
    first = (await desk.service.get("taxi", PATH, limit=1)).json()
    others = (await desk.service.get("taxi", PATH, after=first["next_cursor"], limit=1000)).json()
    assert [one["id"] for one in [*first["items"], *others["items"]]].count(sent["id"]) == 1
