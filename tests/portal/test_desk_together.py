"""Like cases together on pages: choose, look once more, and read what happened to each."""

from __future__ import annotations

import re
from uuid import UUID

from partner.database import SYSTEM, Database
from partner.licensing.models import Application
from tests.portal.conftest import Visit, Visitor

SAMPLE = "new-license_one-step.xml"


async def paid(hanako: Visitor) -> str:
    case = await hanako.upload(SAMPLE)
    await hanako.send(f"/my/cases/{case}/submit")
    await hanako.send(f"/my/cases/{case}/pay")
    return case


def chosen(page: str) -> list[str]:
    return re.findall(r'name="ids" value="([^"]+)"', page)


async def test_like_cases_are_proposed_and_approved_together(visit: Visit) -> None:
    hanako = await visit("hanako")
    cases = [await paid(hanako) for _ in range(2)]
    for persona, words, status in (("examiner", "免許・許可を起案", "決裁中"), ("director", "決裁する", "免許・許可")):
        staff = await visit(persona)
        await staff.get("/desk")
        assert "まとめて処理する" in staff.words
        await staff.get("/desk/bulk")
        assert set(cases) <= set(chosen(staff.page))
        action = re.search(r'name="action" value="([^"]+)"', staff.page)
        assert action is not None
        await staff.send("/desk/bulk/confirm", {"action": action.group(1), "ids": cases})
        assert "この2件でよろしいですか" in staff.heading
        assert words in staff.words
        await staff.send(f"/desk/bulk/{action.group(1)}", {"ids": chosen(staff.page)})
        assert (staff.status, staff.words.count(status) >= 2) == (200, True)
        assert "処理 2 件、できなかった案件 0 件" in staff.words


async def test_what_is_refused_is_told_on_its_line(visit: Visit) -> None:
    case = await paid(await visit("hanako"))
    director = await visit("director")
    await director.get("/desk/bulk")
    await director.get("/desk")
    await director.send("/desk/bulk/approve", {"ids": [case]})
    assert "できなかった案件 1 件" in director.words
    await director.get(f"/desk/cases/{case}")
    assert "審査中" in director.words


async def test_nothing_chosen_is_said_so_and_an_applicant_has_no_such_page(visit: Visit) -> None:
    examiner, hanako, clerk = await visit("examiner"), await visit("hanako"), await visit("clerk")
    await examiner.get("/desk/bulk")
    assert (await examiner.send("/desk/bulk/confirm", {"action": "propose-grant"})).status == 422
    assert (await hanako.get("/desk/bulk")).status == 403
    assert "一括で行う操作はありません" in (await clerk.get("/desk/bulk")).words
    assert "まとめて処理する" not in (await clerk.get("/desk")).words


async def test_messages_with_files_wait_for_the_other_side(visit: Visit) -> None:
    hanako, examiner = await visit("hanako"), await visit("examiner")
    case = await paid(hanako)
    await hanako.get(f"/my/cases/{case}")
    files = {"files": ("図面.pdf", b"%PDF-1.7", "application/pdf")}
    await hanako.send(f"/cases/{case}/messages", {"body": "図面を送ります"}, files=files)
    assert "図面.pdf" in hanako.words
    assert "新しい連絡" in (await examiner.get("/desk", look="unread")).words
    await examiner.get(f"/desk/cases/{case}")
    assert "未読" in examiner.words
    document = re.search(rf"/cases/{case}/documents/[0-9a-f-]+", examiner.page.partition("図面を送ります")[2])
    assert document is not None
    assert (await examiner.http.get(document.group(0))).content == b"%PDF-1.7"
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/cases/{case}/messages/read")
    assert "未読" not in examiner.words
    refused = await examiner.send(f"/cases/{case}/messages", {"body": "x"}, files={"files": ("a.exe", b"MZ", "x/y")})
    assert refused.status == 422
    assert "付けられる種類" in refused.words


async def test_the_later_review_is_noted_on_the_page(visit: Visit, database: Database) -> None:
    case = await paid(await visit("hanako"))
    async with database.transaction(SYSTEM) as session:
        found = await session.get(Application, UUID(case))
        assert found is not None
        found.review = "open"
        session.add(found)
    examiner, clerk = await visit("examiner"), await visit("clerk")
    assert f"/desk/cases/{case}" in (await examiner.get("/desk", look="review")).page
    await examiner.get(f"/desk/cases/{case}")
    assert "事後確認の対象です" in examiner.words
    await clerk.get(f"/desk/cases/{case}")
    assert "事後確認の対象です" not in clerk.words
    await clerk.get("/desk/paper")
    assert (await clerk.send(f"/desk/cases/{case}/review")).status == 403
    await examiner.send(f"/desk/cases/{case}/review", {"comment": "支障なし"})
    assert "事後確認を済ませました" in examiner.words
    assert "事後確認の対象です" not in examiner.words
