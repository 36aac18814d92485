"""What arrives on paper, page by page: find the applicant, fill in the form, keep the scan, confirm whose filing it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from uuid import UUID

from partner.database import SYSTEM, Database
from partner.licensing import queries
from partner.registry import service as register
from partner.regulation import Law
from tests.api.applications.conftest import MOVING, TARO, TARO_NUMBER
from tests.portal.conftest import Visit, Visitor

SAMPLE = "new-license_one-step.xml"
SCAN = ("申請書.pdf", b"%PDF-1.4 scanned", "application/pdf")


async def begun(clerk: Visitor, **fields: str) -> str:
    await clerk.get("/desk/paper")
    body = {"procedure": "amateur-new-license", "received_on": "2020-05-28", "kind": "individual", **fields}
    await clerk.send("/desk/paper/form", body, files={"scans": SCAN})
    assert clerk.status == 200, clerk.words
    found = re.search(r"/desk/cases/([0-9a-f-]+)/form", clerk.path)
    assert found is not None, clerk.path
    return found.group(1)


async def test_a_letter_from_somebody_new_becomes_a_case_with_its_scan(visit: Visit, database: Database) -> None:
    clerk, examiner = await visit("clerk"), await visit("examiner")
    case = await begun(clerk, name="書面　次郎", name_kana="ショメン　ジロウ")
    written = dict(clerk.fields())
    assert written["/applicant/name"] == "書面　次郎"
    await clerk.send(f"/desk/cases/{case}/form", written | {"/applicant/municipality": "13101", "/applicant/address": "霞が関９"})
    assert "登録のない申請者です" in clerk.words
    assert "2020-05-28（書面）" in clerk.words
    assert "入力 2020-06-01" in clerk.words
    document = re.search(rf'href="(/cases/{case}/documents/[0-9a-f-]+)" download>申請書.pdf', clerk.page)
    assert document is not None
    await clerk.send(f"/desk/cases/{case}/submit")
    assert "SA2020-" in clerk.words
    assert (await examiner.http.get(document.group(1))).content == SCAN[1]
    async with database.transaction(SYSTEM) as session:
        kinds = await queries.document_kinds(session, UUID(case))
    assert kinds == ["scan"]


async def test_a_letter_from_somebody_known_is_theirs_after_it_was_taken_in(visit: Visit) -> None:
    hanako, clerk, taro = await visit("hanako"), await visit("clerk"), await visit("taro")
    await hanako.upload(SAMPLE)
    await clerk.get("/desk/paper", q="総務花子")
    chosen = re.search(r'name="applicant" value="([0-9a-f-]+)" checked', clerk.page)
    assert chosen is not None, clerk.words
    case = await begun(clerk, applicant=chosen.group(1))
    assert dict(clerk.fields())["/applicant/address"] == "築地１－１－１"
    await clerk.get(f"/desk/cases/{case}")
    assert "登録のある申請者です" in clerk.words
    assert "電子申請の利用者" in clerk.words
    assert (await hanako.get(f"/my/cases/{case}")).status == 404
    await clerk.send(f"/desk/cases/{case}/submit")
    assert (await hanako.get(f"/my/cases/{case}")).status == 200
    assert (await taro.get(f"/my/cases/{case}")).status == 404


async def test_a_letter_about_a_license_starts_from_the_record(visit: Visit, database: Database, law: Law) -> None:
    async with database.transaction(SYSTEM) as session:
        licensee = await register.record_licensee(session, TARO)
        await register.record(
            session,
            replace(MOVING),
            licensee_id=licensee,
            licensed_on=date(2019, 1, 1),
            valid_to=date(2023, 12, 31),
            law=law,
            license_number=TARO_NUMBER,
            call_sign="JA1QRZ",
            cause="test",
        )
    clerk = await visit("clerk")
    case = await begun(clerk, procedure="amateur-renewal", license_number="関A第123456号")
    written = dict(clerk.fields())
    assert (written["/applicant/address"], written["/call_sign"], written["/licensed_on"]) == ("霞が関２－１－２", "JA1QRZ", "2019-01-01")
    await clerk.get(f"/desk/cases/{case}")
    assert "免許 1 件" in clerk.words


async def test_nobody_but_a_clerk_looks_for_applicants(visit: Visit) -> None:
    for persona in ("examiner", "director", "hanako", "admin"):
        assert (await (await visit(persona)).get("/desk/paper", q="総務")).status == 403
    examiner = await visit("examiner")
    await examiner.get("/desk")
    body = {"procedure": "amateur-new-license", "received_on": "2020-05-28", "name": "x"}
    assert (await examiner.send("/desk/paper/form", body)).status == 403


async def test_what_is_missing_is_told(visit: Visit) -> None:
    clerk = await visit("clerk")
    await clerk.get("/desk/paper")
    body = {"procedure": "amateur-new-license", "received_on": "2020-05-28"}
    for wrong, status, words in (
        ({}, 422, "申請者の氏名又は名称がありません"),
        ({"name": "x", "received_on": "2020-06-02"}, 422, "到達日が未来の日付です"),
        ({"name": "x", "procedure": "no-such"}, 422, "手続「no-such」はありません"),
        ({"applicant": "x"}, 404, "申請者は見つかりません"),
        ({"procedure": "amateur-renewal", "license_number": "関Ａ第999999号"}, 404, "登録されていません"),
    ):
        await clerk.get("/desk/paper")
        await clerk.send("/desk/paper/form", body | wrong)
        assert (clerk.status, words in clerk.words) == (status, True), clerk.words
    await clerk.get("/desk/paper")
    await clerk.send("/desk/paper/form", body | {"name": "x"}, files={"scans": ("a.exe", b"MZ", "x/y")})
    assert (clerk.status, "スキャンの形式ではありません" in clerk.words) == (422, True)


async def test_the_corporate_number_fills_name_and_seat(visit: Visit) -> None:
    clerk = await visit("clerk")
    case = await begun(clerk, corporate_number="6100000000001", procedure="land-mobile-new-license", kind="corporation")
    assert dict(clerk.fields())["/applicant/name"] == "見本運輸株式会社"
    changed = dict(clerk.fields()) | {"/applicant/corporate_number": "7000000000002", "/applicant/phone": "0311112222"}
    await clerk.send(f"/desk/cases/{case}/form", changed | {"fill": "corporation"})
    filled = dict(clerk.fields())
    assert (filled["/applicant/name"], filled["/applicant/municipality"][:5]) == ("見本タクシー株式会社", "13101")
    assert filled["/applicant/phone"] == "0311112222"
    await clerk.send(f"/desk/cases/{case}/form", changed | {"/applicant/corporate_number": "7000000000001", "fill": "corporation"})
    assert (clerk.status, "検査用数字の合う13桁" in clerk.words) == (422, True)
    await clerk.get(f"/desk/cases/{case}/form")
    assert dict(clerk.fields())["/applicant/name"] == "見本運輸株式会社"
