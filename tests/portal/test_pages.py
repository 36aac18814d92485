"""The pages: for whom they are, and for whom they are not; what a form without its token does; both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from partner.database import Database
from partner.licensing import applications
from partner.regulation import Law
from tests.portal.conftest import SAMPLES, Visit, Visitor

ONE_STEP = "new-license_one-step.xml"


async def test_an_applicant_is_not_at_the_desk(visit: Visit) -> None:
    hanako = await visit("hanako")
    assert (await hanako.get("/my")).status == 200
    assert (await hanako.get("/desk")).status == 403
    assert hanako.heading == "この操作はできません"
    assert (await hanako.get("/admin")).status == 403


@pytest.mark.parametrize(("persona", "desk"), [("examiner", "関東総合通信局"), ("ministry", "総務大臣（総合通信基盤局）")])
async def test_a_desk_is_named_in_words(visit: Visit, persona: str, desk: str) -> None:
    visitor = await visit(persona)
    await visitor.get("/desk")
    assert desk in visitor.heading


async def test_staff_are_not_on_my_page(visit: Visit) -> None:
    for persona, home in (("examiner", "/desk"), ("director", "/desk"), ("clerk", "/desk"), ("admin", "/admin")):
        visitor = await visit(persona)
        assert (await visitor.get(home)).status == 200, persona
        assert (await visitor.get("/my")).status == 403, persona
        assert (await visitor.get("/my/file")).status == 403, persona
    assert (await (await visit("admin")).get("/desk")).status == 403
    assert (await (await visit("examiner")).get("/admin")).status == 403


@pytest.mark.parametrize("path", ["/my", "/my/file", "/my/notices", "/my/licenses", "/desk", "/admin"])
async def test_nobody_is_led_to_the_sign_in(visit: Visit, path: str) -> None:
    nobody = await visit(None)
    answer = await nobody.http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    kind = "staff" if path in {"/desk", "/admin"} else "applicant"
    assert answer.headers["location"] == f"/auth/login?as={kind}&next={path}"


@pytest.mark.parametrize("path", ["/", "/search"])
async def test_anybody_may_search(visit: Visit, path: str) -> None:
    nobody = await visit(None)
    assert (await nobody.get(path)).status == 200
    assert nobody.heading


async def test_somebody_elses_case_is_not_there(visit: Visit) -> None:
    hanako, taro, examiner = await visit("hanako"), await visit("taro"), await visit("examiner")
    case = await hanako.upload(ONE_STEP)
    assert (await hanako.get(f"/my/cases/{case}")).status == 200
    assert (await taro.get(f"/my/cases/{case}")).status == 404
    assert (await taro.get(f"/my/cases/{case}/form")).status == 404
    await taro.get("/my/file")
    assert (await taro.send(f"/my/cases/{case}/submit")).status == 404
    assert (await taro.send(f"/cases/{case}/messages", {"body": "x"})).status == 404
    assert (await examiner.get(f"/my/cases/{case}")).status == 403


async def test_somebody_elses_file_is_refused_with_the_field_in_words(visit: Visit) -> None:
    hanako = await visit("hanako")
    await hanako.get("/my/file")
    await hanako.send("/my/file", files={"file": ("x.xml", (SAMPLES / "new-license_開局.xml").read_bytes(), "application/xml")})
    assert hanako.status == 403
    assert "申請者がサインインしている方" in hanako.words
    assert "/applicant/name" not in hanako.words


async def test_a_broken_file_says_where(visit: Visit) -> None:
    hanako = await visit("hanako")
    await hanako.get("/my/file")
    await hanako.send("/my/file", files={"file": ("x.xml", b"<a><b></a>", "application/xml")})
    assert hanako.status == 400
    assert "XMLとして読めません" in hanako.words


async def test_a_form_without_its_token_changes_nothing(visit: Visit, database: Database) -> None:
    hanako = await visit("hanako")
    case = await hanako.upload(ONE_STEP)
    for token in ("", "wrong"):
        await hanako.send(f"/my/cases/{case}/submit", token=token)
        assert hanako.status == 403
        await hanako.send(f"/my/cases/{case}/form", {"/contact/phone": "1"}, token=token)
        assert hanako.status == 403
        await hanako.send("/my/draft", {"procedure": "amateur-new-license"}, token=token)
        assert hanako.status == 403
    await hanako.get(f"/my/cases/{case}")
    assert "作成中" in hanako.words
    assert "9999999999" in hanako.words
    await hanako.send(f"/my/cases/{case}/submit")
    assert hanako.status == 200
    assert "提出しました" in hanako.words


async def test_an_action_out_of_turn_says_what_is_in_turn(visit: Visit) -> None:
    hanako = await visit("hanako")
    case = await hanako.upload(ONE_STEP)
    await hanako.send(f"/my/cases/{case}/pay")
    assert hanako.status == 409
    assert hanako.heading == "いまはできません"
    await hanako.get(f"/my/cases/{case}")
    await hanako.send(f"/my/cases/{case}/dance")
    assert hanako.status == 404


async def test_findings_block_the_submission_and_name_the_fields(visit: Visit) -> None:
    taro = await visit("taro")
    case = await taro.upload("new-license_開局.xml")
    assert "不備が" in taro.words
    assert f"/my/cases/{case}/submit" not in taro.page
    await taro.send(f"/my/cases/{case}/submit")
    assert taro.status == 422
    assert "工事落成の予定期日" in taro.words


async def test_the_language_is_switched_and_kept(visit: Visit) -> None:
    hanako = await visit("hanako")
    assert '<html lang="ja">' in (await hanako.get("/my")).page
    assert '<html lang="en">' in (await hanako.get("/my", lang="en")).page
    assert hanako.heading == "My page"
    assert (await hanako.get("/my/file")).heading == "File an application"
    assert hanako.headers["content-language"] == "en"
    assert (await hanako.get("/my/file", lang="ja")).heading == "申請・届出をする"
    assert (await hanako.get("/my/file", lang="xx")).heading == "申請・届出をする"


async def test_no_page_has_inline_styles_or_scripts(visit: Visit) -> None:
    hanako, examiner, admin = await visit("hanako"), await visit("examiner"), await visit("admin")
    case = await hanako.upload(ONE_STEP)
    pages = [hanako.page]
    pages += [(await hanako.get(path)).page for path in ("/", "/search", "/my", "/my/file", "/nowhere", f"/my/cases/{case}/form")]
    pages += [(await examiner.get("/desk")).page, (await admin.get("/admin")).page]
    for page in pages:
        assert "<script" not in page
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", page)
        identities = re.findall(r'\sid="([^"]+)"', page)
        assert len(identities) == len(set(identities))
        targets = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        assert targets <= set(identities)


async def test_a_page_that_is_not_there(visit: Visit) -> None:
    nobody = await visit(None)
    assert (await nobody.get("/nowhere")).status == 404
    assert nobody.heading == "見つかりません"
    program = await nobody.http.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert program.headers["content-type"].startswith("application/problem+json")


async def test_a_failure_of_ours_is_a_page_too(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret words")

    hanako = await visit("hanako")
    monkeypatch.setattr(applications, "listed", broken)
    assert (await hanako.get("/my")).status == 500
    assert hanako.heading == "システムエラーが発生しました"
    assert "secret" not in hanako.page


async def test_what_is_written_is_shown_as_text(visit: Visit, law: Law) -> None:
    hanako = await visit("hanako")
    case = await hanako.upload(ONE_STEP)
    await hanako.get(f"/my/cases/{case}/form")
    await filled(hanako, case, {"/remarks": '<script>alert(1)</script>"><b>'})
    assert hanako.status == 200
    assert "<script>" not in hanako.page
    assert "&lt;script&gt;" in hanako.page


async def filled(visitor: Visitor, case: str, changes: dict[str, str]) -> None:
    """Open the form of a case, change some boxes and send it."""
    await visitor.get(f"/my/cases/{case}/form")
    boxes = dict(visitor.fields())
    await visitor.send(f"/my/cases/{case}/form", boxes | changes)


async def test_a_form_that_is_not_acceptable_is_shown_again_with_what_was_written(visit: Visit) -> None:
    hanako = await visit("hanako")
    case = await hanako.upload(ONE_STEP)
    await filled(hanako, case, {"/station/assignments/0/frequency_hz": "百四十五", "/contact/phone": "0312345678"})
    assert hanako.status == 422
    assert "百四十五" in hanako.page
    assert "0312345678" in hanako.page
    assert 'href="#box-station-assignments-0-frequency_hz"' in hanako.page
    assert "0312345678" not in (await hanako.get(f"/my/cases/{case}")).page


async def test_everything_to_be_mended_leads_to_its_box(visit: Visit) -> None:
    """Of an empty application all that is missing is listed; what may be given several times leads to its first box."""
    hanako = await visit("hanako")
    await hanako.get("/my/file")
    await hanako.send("/my/draft", {"procedure": "amateur-new-license"})
    await hanako.send(hanako.path, dict(hanako.fields()))
    await hanako.get(f"{hanako.path.removesuffix('/form')}/form")
    listed = hanako.page.partition('class="notice notice-bad"')[2].partition("</ul>")[0].split("<li>")[1:]
    anchors = [re.search(r'<a href="#([^"]+)">', item) for item in listed]
    assert all(anchors), listed
    assert {"box-station-purposes-0", "box-station-communication_matters-0"} <= {found[1] for found in anchors if found}
    assert [found[1] for found in anchors if found and hanako.page.count(f' id="{found[1]}"') != 1] == []


async def test_an_untouched_form_changes_nothing(visit: Visit) -> None:
    hanako = await visit("hanako")
    case = await hanako.upload(ONE_STEP)
    await filled(hanako, case, {})
    assert hanako.status == 200
    assert "保存して点検しました" in hanako.words
    history = hanako.page.partition('class="timeline"')[2]
    assert "内容の修正" in history
    assert "<del>" not in history
