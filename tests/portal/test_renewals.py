"""Renewing many at once, in a browser: take the table, send it back, see each row, confirm, watch it being done."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from openpyxl import load_workbook

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import bulk_work
from partner.registry import service as register
from partner.regulation import Law
from tests.api.applications.test_land_mobile import HELD, TAXI, renewal
from tests.portal.conftest import Visit, Visitor

NUMBERS = ("関Ｍ第850001号", "関Ｍ第850002号", "関Ｍ第850003号")


@pytest.fixture(autouse=True)
async def fleet(database: Database, law: Law) -> None:
    clock.move_to(datetime.fromisoformat("2023-07-03T09:00:00+09:00"))
    async with database.transaction(SYSTEM) as session:
        licensee = await register.record_licensee(session, TAXI)
        for number in NUMBERS:
            if await register.license_by_number(session, number) is None:
                await register.record(
                    session,
                    replace(HELD),
                    licensee_id=licensee,
                    licensed_on=date(2019, 1, 1),
                    valid_to=date(2023, 12, 31),
                    law=law,
                    license_number=number,
                    cause="test",
                )


async def at_home(visit: Visit, database: Database) -> Visitor:
    """The taxi company at its page of renewals, known as an applicant from a draft."""
    taxi = await visit("taxi")
    async with database.transaction(SYSTEM) as session:
        held = await register.license_by_number(session, NUMBERS[0])
    assert held is not None
    assert renewal(held)
    await taxi.get(f"/my/licenses/{held.station_id}")
    await taxi.send("/my/draft", {"procedure": "land-mobile-renewal"})
    return await taxi.get("/my/renewals")


def filled(content: bytes, *, number: str | None = None, disqualification: str = "none") -> bytes:
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    kept = [line for line in lines if line["procedure"] != "#" and number in (None, line["license_number"])]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(kept[0]))
    writer.writeheader()
    writer.writerows([{**line, "disqualification": disqualification} for line in kept])
    return file.getvalue().encode()


async def sent(taxi: Visitor, database: Database, law: Law, content: bytes) -> str:
    await taxi.get("/my/renewals")
    await taxi.send("/my/renewals", files={"file": ("taxi.csv", content, "text/csv")})
    assert taxi.status == 200, taxi.words
    while await bulk_work.batch(database, law, UUID(taxi.path.rsplit("/", 1)[1])):
        pass
    return taxi.path


async def test_from_the_button_to_the_cases(visit: Visit, database: Database, law: Law) -> None:
    taxi = await at_home(visit, database)
    assert "3 局" in taxi.words
    assert "/my/renewals" in (await taxi.get("/my")).page
    answer = await taxi.http.get("/my/renewals/table.csv")
    path = await sent(taxi, database, law, filled(answer.content, number=NUMBERS[0]))
    assert "点検しています" in taxi.words
    assert '<meta http-equiv="refresh"' in taxi.page
    await taxi.get(path)
    assert "1件を提出する" in taxi.words
    assert "欠格事由" in taxi.words
    assert '<meta http-equiv="refresh"' not in taxi.page
    await taxi.send(f"{path}/confirm", {"submit": "true"})
    assert '<progress id="bar"' in taxi.page
    while await bulk_work.batch(database, law, UUID(path.rsplit("/", 1)[1])):
        pass
    await taxi.get(path)
    assert "提出した案件: 1" in taxi.words
    assert "/my/cases/" in taxi.page
    assert "完了" in (await taxi.get("/my/renewals")).words
    path = await sent(taxi, database, law, filled(answer.content, number=NUMBERS[0]))
    await taxi.get(path)
    assert "申請済みと同じ行（1）: 提出済みの案件が二重になることはありません。" in taxi.words, taxi.words
    assert "1件を提出する" not in taxi.words


async def test_errors_are_told_by_row_and_column_in_both_languages(visit: Visit, database: Database, law: Law) -> None:
    taxi = await at_home(visit, database)
    answer = await taxi.http.get("/my/renewals/table.csv")
    path = await sent(taxi, database, law, filled(answer.content, number=NUMBERS[1], disqualification=""))
    await taxi.get(path)
    assert "提出する" not in taxi.words
    assert "欠格事由" in taxi.words
    assert "disqualification-declared" in taxi.words
    assert "Disqualification" in (await taxi.get(path, lang="en")).words
    errors = await taxi.http.get(f"{path}/errors.csv")
    assert "disqualification-declared" in errors.content.decode("utf-8-sig")


async def test_a_workbook_in_the_language_of_the_reader(visit: Visit, database: Database) -> None:
    taxi = await at_home(visit, database)
    assert "Renew many at once" in (await taxi.get("/my/renewals", lang="en")).words
    book = load_workbook(io.BytesIO((await taxi.http.get("/my/renewals/table.xlsx")).content))
    assert "none：None" in {cell.value for line in book["codes"].iter_rows() for cell in line}


async def test_what_is_no_table_is_said_on_a_page(visit: Visit, database: Database) -> None:
    taxi = await at_home(visit, database)
    await taxi.send("/my/renewals", files={"file": ("a.pdf", b"%PDF-1.7", "application/pdf")})
    assert (taxi.status, "XLSX でも CSV でもありません" in taxi.words) == (415, True)


async def test_somebody_elses_upload_is_not_there(visit: Visit, database: Database, law: Law) -> None:
    taxi, hanako = await at_home(visit, database), await visit("hanako")
    answer = await taxi.http.get("/my/renewals/table.csv")
    path = await sent(taxi, database, law, filled(answer.content, number=NUMBERS[2]))
    assert (await hanako.get(path)).status == 404
    assert (await hanako.get("/my/renewals")).status == 200
    assert (await hanako.send(f"{path}/confirm", {"submit": "true"})).status == 404
    assert (await (await visit("examiner")).get("/my/renewals")).status == 403
