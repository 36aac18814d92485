from __future__ import annotations

from tests.auth.conftest import Browser, bearer, sign_in


async def test_a_persona_signs_in_and_comes_back_to_where_it_wanted_to_go(browser: Browser) -> None:
    answer = await sign_in(browser, "taro", next="/my?x=1")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/my?x=1"
    assert "HttpOnly" in answer.headers["set-cookie"]
    page = await browser.get("/auth/logout")
    assert "総務　太郎" in page.text


async def test_token(browser: Browser) -> None:
    answer = await browser.get("/auth/logout", headers=await bearer(browser, "examiner"))
    assert "審査　健" in answer.text
