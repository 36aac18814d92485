"""The way to the provider and back, with the provider that stands in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from partner import clock
from partner.auth.models import Account, Session, SignInAttempt
from partner.auth.routes import safe_path
from partner.database import SYSTEM, Database
from partner.settings import Settings
from tests.auth.conftest import Browser, browser_of, field_of, query_of, sign_in, through_the_door, to_the_door


async def whoami(browser: Browser) -> str | None:
    """The name on the page that asks whether to sign out; None when nobody is signed in."""
    page = await browser.get("/auth/logout")
    return page.text if page.status_code == 200 else None


async def test_a_persona_signs_in_and_comes_back_to_where_it_wanted_to_go(browser: Browser) -> None:
    answer = await sign_in(browser, "taro", next="/my?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/my?x=1")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("partner_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "総務　太郎" in str(await whoami(browser))


@pytest.mark.parametrize(("kind", "persona", "home"), [("applicant", "hanako", "/my"), ("staff", "examiner", "/desk")])
async def test_without_a_wish_each_kind_goes_home(browser: Browser, kind: str, persona: str, home: str) -> None:
    assert (await sign_in(browser, persona, kind)).headers["location"] == home


async def test_the_request_carries_state_nonce_and_a_challenge(browser: Browser) -> None:
    one, other = query_of(await to_the_door(browser)), query_of(await to_the_door(browser))
    assert one["response_type"] == "code"
    assert one["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) >= 43
        assert one[name] != other[name]


async def test_the_account_keeps_what_the_provider_vouches_for(browser: Browser, database: Database) -> None:
    await sign_in(browser, "taxi")
    async with database.transaction(SYSTEM) as session:
        account = (await session.exec(select(Account).where(Account.subject == "taxi"))).one()
    assert account.issuer.endswith("/standin/applicants")
    assert account.claims["name"] == account.display_name
    assert len(account.claims["corporate_number"]) == 13
    assert account.claims["municipality"] == "13102"
    assert account.roles == ["applicant"]


async def test_an_unknown_person_becomes_an_account_once(browser: Browser, database: Database) -> None:
    for _ in range(2):
        door = await to_the_door(browser)
        back = await through_the_door(
            browser, door, name="新規　一郎", subject="newcomer-1", birthdate="1990-01-02", municipality_code="14104"
        )
        assert (await browser.get(back)).status_code == 303
    async with database.transaction(SYSTEM) as session:
        accounts = (await session.exec(select(Account).where(Account.subject == "newcomer-1"))).all()
    assert [(one.display_name, one.claims["birth_date"], one.claims["municipality"]) for one in accounts] == [
        ("新規　一郎", "1990-01-02", "14104")
    ]


async def test_an_applicant_cannot_call_himself_staff(browser: Browser, database: Database) -> None:
    back = await through_the_door(browser, await to_the_door(browser), name="偽　職員", subject="impostor", role="director", bureau="A")
    await browser.get(back)
    async with database.transaction(SYSTEM) as session:
        account = (await session.exec(select(Account).where(Account.subject == "impostor"))).one()
    assert (account.roles, account.bureau) == (["applicant"], None)


async def test_who_gives_up_at_the_door_is_not_signed_in(browser: Browser) -> None:
    back = await through_the_door(browser, await to_the_door(browser), cancel="1")
    assert query_of(back)["error"] == "access_denied"
    answer = await browser.get(back)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert await whoami(browser) is None


async def test_a_person_reads_a_page_when_a_sign_in_fails(browser: Browser) -> None:
    answer = await browser.get("/auth/callback?state=x&code=y", headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "サインインできませんでした" in answer.text


@pytest.mark.parametrize(
    "path", ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/a\n//b", ""]
)
def test_nobody_is_sent_to_another_site(path: str) -> None:
    assert safe_path(path, "/my") == "/my"


def test_a_path_of_ours_is_kept() -> None:
    assert safe_path("/desk?status=examining&q=総務", "/my") == "/desk?status=examining&q=総務"


async def test_an_evil_next_ends_at_home(browser: Browser) -> None:
    assert (await sign_in(browser, "taro", next="//evil.example/")).headers["location"] == "/my"


async def test_a_way_back_works_once(browser: Browser) -> None:
    back = await through_the_door(browser, await to_the_door(browser), persona="taro")
    cookie = browser.cookies["partner_sign_in"]
    assert (await browser.get(back)).status_code == 303
    browser.cookies.set("partner_sign_in", cookie)
    answer = await browser.get(back)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_not_begun")


async def test_a_used_code_is_refused_even_under_a_fresh_state(browser: Browser) -> None:
    used = query_of(await through_the_door(browser, await to_the_door(browser), persona="taro"))
    await browser.get("/auth/callback", params=used)
    fresh = query_of(await to_the_door(browser))["state"]
    answer = await browser.get("/auth/callback", params={"state": fresh, "code": used["code"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "code_refused")


async def test_a_code_of_another_attempt_fails_by_its_challenge(browser: Browser) -> None:
    stolen = query_of(await through_the_door(browser, await to_the_door(browser), persona="taro"))["code"]
    mine = query_of(await to_the_door(browser))["state"]
    answer = await browser.get("/auth/callback", params={"state": mine, "code": stolen})
    assert answer.json()["code"] == "code_refused"


async def test_another_browser_cannot_use_the_way_back(app: FastAPI, settings: Settings, browser: Browser) -> None:
    back = await through_the_door(browser, await to_the_door(browser), persona="taro")
    async with browser_of(app, settings) as victim:
        await to_the_door(victim)
        answer = await victim.get(back)
        assert answer.json()["code"] == "sign_in_not_begun"
        assert await whoami(victim) is None
    assert (await browser.get(back)).status_code == 303


async def test_an_answer_in_another_issuers_name_is_refused(browser: Browser) -> None:
    back = await through_the_door(browser, await to_the_door(browser), persona="taro")
    parameters = query_of(back)
    assert parameters["iss"].endswith("/standin/applicants")
    answer = await browser.get("/auth/callback", params=parameters | {"iss": "https://evil.example"})
    assert answer.json()["code"] == "sign_in_refused"


async def test_a_sign_in_that_takes_too_long_is_over(browser: Browser) -> None:
    back = await through_the_door(browser, await to_the_door(browser), persona="taro")
    clock.move_to(clock.now() + timedelta(minutes=11))
    assert (await browser.get(back)).json()["code"] == "sign_in_not_begun"


async def test_a_session_that_was_there_before_is_not_taken_over(browser: Browser) -> None:
    browser.cookies.set("partner_session", "chosen-by-an-attacker")
    await sign_in(browser, "taro")
    first = browser.cookies.get("partner_session", domain="127.0.0.1") or ""
    assert first not in {"", "chosen-by-an-attacker"}


async def test_a_second_sign_in_ends_the_first_session(browser: Browser) -> None:
    await sign_in(browser, "taro")
    first = browser.cookies["partner_session"]
    await sign_in(browser, "hanako")
    assert browser.cookies["partner_session"] != first
    browser.cookies.set("partner_session", first, domain="127.0.0.1")
    assert await whoami(browser) is None


async def test_a_session_lasts_its_hours_and_no_longer(browser: Browser, settings: Settings) -> None:
    await sign_in(browser, "taro")
    start = clock.now()
    clock.move_to(start + timedelta(hours=settings.session_hours, minutes=-1))
    cookie = browser.cookies["partner_session"]
    assert await whoami(browser) is not None
    clock.move_to(start + timedelta(hours=settings.session_hours, minutes=1))
    browser.cookies.set("partner_session", cookie, domain="127.0.0.1")
    assert await whoami(browser) is None


async def test_signing_out_needs_the_token_of_the_session(browser: Browser) -> None:
    await sign_in(browser, "taro")
    assert (await browser.post("/auth/logout")).json()["code"] == "csrf_token_invalid"
    assert (await browser.post("/auth/logout", data={"csrf_token": "wrong"})).status_code == 403
    assert await whoami(browser) is not None


async def test_signed_out_is_signed_out_here_and_at_the_provider(browser: Browser) -> None:
    await sign_in(browser, "taro")
    session = browser.cookies["partner_session"]
    token = field_of(str(await whoami(browser)), "csrf_token")
    answer = await browser.post("/auth/logout", data={"csrf_token": token})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("http://127.0.0.1:8000/standin/applicants/end-session?")
    farewell = await browser.get(answer.headers["location"])
    assert farewell.headers["location"] == "http://127.0.0.1:8000/"
    browser.cookies.set("partner_session", session, domain="127.0.0.1")
    assert await whoami(browser) is None


async def test_the_database_knows_no_secret_of_a_browser(browser: Browser, database: Database) -> None:
    door = query_of(await to_the_door(browser))
    await sign_in(browser, "director", "staff")
    async with database.transaction(SYSTEM) as session:
        sessions = (await session.exec(select(Session).order_by(col(Session.created_at).desc()))).all()
        attempts = (await session.exec(select(SignInAttempt))).all()
    assert all(browser.cookies["partner_session"].encode() not in one.token_hash for one in sessions)
    assert all(door["state"].encode() not in one.state_hash for one in attempts)


async def test_localhost_is_led_to_our_name_first(app: FastAPI, settings: Settings) -> None:
    async with browser_of(app, settings) as browser:
        answer = await browser.get("http://localhost:8000/auth/login?as=staff&next=/desk")
        assert answer.headers["location"] == "http://127.0.0.1:8000/auth/login?as=staff&next=/desk"


async def test_an_unknown_kind_of_person_is_a_bad_request(browser: Browser) -> None:
    assert (await browser.get("/auth/login?as=superuser")).status_code == 400
