"""An order against a licensee, page by page: begun by an examiner, seen by the licensee, and by nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.regulation import Law
from tests.api.applications.conftest import MOVING, TARO, TARO_NUMBER
from tests.portal.conftest import Visit


async def held(database: Database, law: Law) -> None:
    """Record a license of taro; once for the database of the module."""
    async with database.transaction(SYSTEM) as session:
        if await register.license_by_number(session, TARO_NUMBER) is not None:
            return
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


async def test_an_examiner_begins_an_order_and_the_licensee_is_told(visit: Visit, database: Database, law: Law) -> None:
    await held(database, law)
    examiner, taro, hanako = await visit("examiner"), await visit("taro"), await visit("hanako")
    await taro.upload("new-license_開局.xml")
    await examiner.get("/desk/ex-officio")
    assert "運用の停止の命令" in examiner.words
    assert "アマチュア局の開設" not in examiner.words
    await examiner.send("/desk/ex-officio", {"procedure": "operation-stop", "license_number": TARO_NUMBER})
    found = re.search(r"/desk/cases/([0-9a-f-]+)/form", examiner.path)
    assert found is not None, examiner.words
    case, written = found.group(1), dict(examiner.fields())
    assert written["/disposition/license_number"] == TARO_NUMBER
    assert written["/applicant/name"] == TARO.name
    said = {"/disposition/reason": "電波法に違反したため", "/suspension/first": "2020-07-01", "/suspension/last": "2020-07-31"}
    await examiner.send(f"/desk/cases/{case}/form", written | said)
    assert examiner.status == 200, examiner.words
    assert (await taro.get(f"/my/cases/{case}")).status == 404
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/submit")
    assert examiner.status == 200, examiner.words
    assert (await taro.get(f"/my/cases/{case}")).status == 200
    assert (await hanako.get(f"/my/cases/{case}")).status == 404


async def test_who_is_heard_answers_and_is_told_until_when(visit: Visit, database: Database, law: Law) -> None:
    await held(database, law)
    examiner, director, taro = await visit("examiner"), await visit("director"), await visit("taro")
    await taro.upload("new-license_開局.xml")
    await examiner.get("/desk/ex-officio")
    await examiner.send("/desk/ex-officio", {"procedure": "operation-stop", "license_number": TARO_NUMBER})
    case, written = examiner.path.split("/")[3], dict(examiner.fields())
    said = {"/disposition/reason": "電波法に違反したため", "/suspension/first": "2020-07-01", "/suspension/last": "2020-07-31"}
    await examiner.send(f"/desk/cases/{case}/form", written | said)
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/submit")
    asked = {"field-free-0": "/hearing/statement", "message-free-0": "弁明があれば述べてください。", "due_on": "2020-06-05"}
    await examiner.send(f"/desk/cases/{case}/request-correction", asked)
    await taro.get(f"/my/cases/{case}")
    assert "回答を求められています" in taro.words
    assert "却下される前" not in taro.words
    await taro.get(f"/my/cases/{case}/form")
    assert "回答を提出する" in taro.words
    assert "補正" not in taro.words
    clock.move_to(datetime.fromisoformat("2020-06-08T09:00:00+09:00"))
    examiner, director, taro = await visit("examiner"), await visit("director"), await visit("taro")
    await examiner.get(f"/desk/cases/{case}")
    assert "期限を過ぎました。 回答のないまま起案できます。" in examiner.words
    await taro.get(f"/my/cases/{case}")
    assert "決裁に回される前であれば、まだ回答できます" in taro.words
    await examiner.send(f"/desk/cases/{case}/propose-grant", {"reason": "弁明がない"})
    await examiner.get(f"/desk/cases/{case}")
    assert "免許人の回答待ち" not in examiner.words
    await director.get(f"/desk/cases/{case}")
    await director.send(f"/desk/cases/{case}/approve")
    await taro.get(f"/my/cases/{case}")
    assert "総務大臣に対して審査請求をすることができます" in taro.words


async def test_nobody_but_an_examiner_begins_one(visit: Visit) -> None:
    for persona in ("clerk", "director", "hanako", "admin"):
        assert (await (await visit(persona)).get("/desk/ex-officio")).status == 403
    clerk = await visit("clerk")
    await clerk.get("/desk")
    body = {"procedure": "operation-stop", "license_number": TARO_NUMBER}
    assert (await clerk.send("/desk/ex-officio", body)).status == 403
    await clerk.get("/desk/paper")
    assert "運用の停止の命令" not in clerk.words


async def test_a_license_that_the_bureau_does_not_have_is_told(visit: Visit) -> None:
    examiner = await visit("examiner")
    await examiner.get("/desk/ex-officio")
    await examiner.send("/desk/ex-officio", {"procedure": "revocation", "license_number": "関Ａ第999999号"})
    assert (examiner.status, "この局の免許にその番号はありません" in examiner.words) == (404, True)
