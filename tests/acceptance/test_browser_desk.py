"""The desk in a browser: messages with documents, like cases together, paper from letter to case; Japanese, English, narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_browser import PICTURES, PROCEDURE, Open, _file, screen, service

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

__all__ = ["screen", "service"]

PDF: FilePayload = {"name": "配置図.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 made up"}


def _paid(open_: Open) -> str:
    hanako = open_()
    hanako.sign_in("hanako", "/my")
    hanako.open("/my/file")
    case = _file(hanako)
    hanako.press("提出する")
    hanako.press("手数料を納付する")
    return case


def test_messages_with_documents(screen: Open) -> None:
    case = _paid(screen)
    hanako, examiner = screen(), screen()
    hanako.sign_in("hanako", "/my")
    hanako.open(f"/my/cases/{case}")
    hanako.page.get_by_text("連絡を書く").click()
    hanako.page.get_by_label("内容").fill("配置図をお送りします。ご確認ください。")
    hanako.page.set_input_files("#files", PDF)
    hanako.press("送る")
    hanako.picture("40-message-sent", PROCEDURE)
    examiner.sign_in("examiner", "/desk")
    examiner.open("/desk?look=unread")
    examiner.picture("41-unread", "審査デスク")
    examiner.open(f"/desk/cases/{case}")
    examiner.page.locator("summary").filter(has_text="補正を依頼").click()
    examiner.picture("42-message-read", PROCEDURE)
    examiner.press("確認済みにする")
    assert "未読" not in examiner.page.content()


def test_like_cases_together(screen: Open) -> None:
    for _ in range(3):
        _paid(screen)
    for persona, number in (("examiner", 43), ("director", 46)):
        staff = screen()
        staff.sign_in(persona, "/desk")
        staff.open("/desk/bulk")
        staff.picture(f"{number}-together-{persona}", "一括処理")
        staff.press("確認へ進む")
        staff.picture(f"{number + 1}-confirm-{persona}", "件でよろしいですか")
        staff.press("件を処理する")
        staff.page.get_by_role("status").get_by_text("終わりました").wait_for()
        staff.picture(f"{number + 2}-result-{persona}", "一括処理の結果")


def test_from_a_letter_to_a_case(screen: Open) -> None:
    clerk = screen()
    clerk.sign_in("clerk", "/desk")
    clerk.open("/desk/paper?q=%E7%B7%8F%E5%8B%99")
    clerk.picture("49-paper", "書面の申請を入力する")
    clerk.open("/desk/paper")
    clerk.page.get_by_label("氏名又は名称").fill("書面　次郎")
    clerk.page.get_by_label("手続", exact=True).select_option(label=PROCEDURE)
    clerk.page.set_input_files("#scans", PDF)
    clerk.press("様式を開く")
    clerk.picture("50-paper-form", PROCEDURE)
    clerk.press("保存して点検する")
    clerk.picture("51-paper-match", PROCEDURE)
    clerk.press("受け付ける")
    assert "SA2020-" in clerk.page.content()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ja", 390), ("en", 390)])
def test_every_page_in_english_and_narrow(screen: Open, language: str, width: int) -> None:
    case = _paid(screen)
    for persona, pages in (("examiner", ("/desk", "/desk/bulk", f"/desk/cases/{case}")), ("clerk", ("/desk/paper",))):
        staff = screen(width=width)
        staff.sign_in(persona, "/desk")
        for page in pages:
            staff.open(f"{page}?lang={language}")
            assert staff.page.evaluate("document.documentElement.scrollWidth") <= width, page
            name = page.replace(case, "case").strip("/").replace("/", "-")
            staff.page.screenshot(path=PICTURES / f"5-{name}-{language}-{width}.png", full_page=True)
        assert staff.complaints == []


def test_a_correction_and_what_it_changed(screen: Open) -> None:
    case = _paid(screen)
    examiner, hanako = screen(), screen(width=390)
    examiner.sign_in("examiner", "/desk")
    examiner.open(f"/desk/cases/{case}")
    examiner.page.locator("summary").filter(has_text="補正を依頼").click()
    asked = examiner.page.locator("#field-free-0")
    asked.select_option(value="/contact/phone")
    examiner.page.locator("#message-free-0").fill("連絡先の電話番号を確かめてください")
    examiner.page.locator("button").filter(has_text="補正を依頼").click()
    examiner.page.wait_for_load_state()
    examiner.picture("60-asked", PROCEDURE)
    hanako.sign_in("hanako", "/my")
    hanako.open(f"/my/cases/{case}")
    assert "あと 10 執務日" in hanako.page.content()
    hanako.picture("61-asked-applicant", PROCEDURE)
    hanako.open(f"/my/cases/{case}/form")
    hanako.page.locator('[name="/contact/phone"]').fill("0312345678")
    hanako.press("補正を提出する")
    examiner.open(f"/desk/cases/{case}")
    assert "0312345678" in examiner.page.locator(".notice").filter(has_text="補正で変わったところ").inner_text()
    examiner.picture("62-corrected", PROCEDURE)
