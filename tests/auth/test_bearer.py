"""Bearer tokens: what opens the door, and everything that does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy.event import listen
from sqlmodel import select

from partner import clock
from partner.auth.actor import Actor, IssuerKind, Scope
from partner.auth.bearer import Recognized
from partner.auth.models import Account, ApiClient
from partner.auth.standin.issuer import kept_key
from partner.auth.web import require, require_any
from partner.database import SYSTEM, Database
from partner.identifiers import new_id
from partner.settings import Settings
from tests.auth.conftest import Browser, bearer

Forge = Callable[..., dict[str, str]]


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.get("/test/read")
    async def read(actor: Annotated[Actor, require(Scope.APPLICATION_READ)]) -> dict[str, Any]:
        return {
            "subject": actor.subject,
            "name": actor.display_name,
            "roles": sorted(actor.roles),
            "scopes": sorted(actor.scopes),
            "bureau": actor.bureau,
            "kana": actor.claims.name_kana,
            "standing": actor.access.standing,
        }

    @app.get("/test/clock")
    async def move(actor: Annotated[Actor, require(Scope.CLOCK_MOVE)]) -> str:
        return actor.subject

    @app.post("/test/either")
    async def either(actor: Annotated[Actor, require_any(Scope.CLOCK_MOVE, Scope.REGISTER_READ)]) -> str:
        return actor.subject

    return app


@pytest.fixture
def forge(settings: Settings) -> Forge:
    """A token as the applicants' stand-in would sign it, with some claims, the header or the key changed."""

    def made(*, header: dict[str, Any] | None = None, key: RSAKey | None = None, drop: str = "", **claims: Any) -> dict[str, str]:
        signing = key or kept_key(settings.data_dir / f"standin-{IssuerKind.APPLICANT}.pem")
        now = clock.timestamp()
        content = {
            "iss": settings.applicant_issuer,
            "aud": settings.public_url,
            "sub": "taro",
            "client_id": "somebody",
            "iat": now,
            "exp": now + 600,
            "scope": " ".join(Scope),
        } | claims
        content.pop(drop, None)
        head = {"alg": "RS256", "typ": "at+jwt", "kid": signing.kid} | (header or {})
        return {"Authorization": f"Bearer {jwt.encode(head, content, signing, ['RS256'])}"}

    return made


@pytest.mark.parametrize(
    ("persona", "roles", "standing", "bureau"),
    [
        ("taro", ["applicant"], "applicant", None),
        ("agent", ["agent", "applicant"], "applicant", None),
        ("clerk", ["clerk"], "staff", "A"),
        ("examiner", ["examiner"], "staff", "A"),
        ("inspector", ["inspector"], "staff", "A"),
        ("director", ["director"], "staff", "A"),
        ("admin", ["administrator"], "administrator", None),
    ],
)
async def test_each_persona_is_who_it_should_be(
    browser: Browser, persona: str, roles: list[str], standing: str, bureau: str | None
) -> None:
    for _ in range(2):  # the first time from the provider's userinfo, then from the account
        found = (await browser.get("/test/read", headers=await bearer(browser, persona))).json()
        assert (found["subject"], found["roles"], found["standing"], found["bureau"]) == (persona, roles, standing, bureau)


async def test_claims_come_along_at_first_sight(browser: Browser) -> None:
    found = (await browser.get("/test/read", headers=await bearer(browser, "hanako"))).json()
    assert (found["name"], found["kana"]) == ("総務　花子", "ソウム　ハナコ")


async def test_only_the_administrator_moves_the_clock(browser: Browser) -> None:
    assert (await browser.get("/test/clock", headers=await bearer(browser, "admin"))).json() == "admin"
    answer = await browser.get("/test/clock", headers=await bearer(browser, "director"))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert "operations:clock:move" in answer.json()["detail"]


async def test_the_program_reads_the_register_and_no_cases(browser: Browser) -> None:
    headers = await bearer(browser, "app")
    assert (await browser.post("/test/either", headers=headers)).json() == "app"
    assert (await browser.get("/test/read", headers=headers)).status_code == 403


async def test_a_registered_program_gets_the_scopes_of_its_registration(browser: Browser, database: Database, settings: Settings) -> None:
    headers = await bearer(browser, "app")
    async with database.transaction(SYSTEM) as session:
        client = ApiClient(
            id=new_id(),
            issuer=settings.staff_issuer,
            client_id="app",
            name="統計プログラム",
            scopes=[Scope.APPLICATION_READ.value],
            created_at=clock.now(),
        )
        session.add(client)
    found = (await browser.get("/test/read", headers=headers)).json()
    assert (found["name"], found["scopes"]) == ("統計プログラム", ["licensing:application:read", "registry:station:read"])
    async with database.transaction(SYSTEM) as session:
        (await session.exec(select(ApiClient))).one().ended_at = clock.now()
    assert (await browser.get("/test/read", headers=headers)).status_code == 403


async def test_a_token_gives_no_more_than_its_scopes(browser: Browser, forge: Forge) -> None:
    assert (await browser.get("/test/read", headers=forge(scope="openid licensing:application:read"))).json()["scopes"] == [
        "licensing:application:read"
    ]
    assert (await browser.get("/test/read", headers=forge(scope="openid licensing:application:write"))).status_code == 403
    assert (await browser.get("/test/read", headers=forge(drop="scope"))).status_code == 403


async def test_a_token_gives_no_more_than_the_roles(browser: Browser, forge: Forge) -> None:
    assert (await browser.get("/test/clock", headers=forge(roles=["administrator", "director"]))).status_code == 403


async def test_without_anything_the_answer_says_how_to_ask(browser: Browser) -> None:
    answer = await browser.get("/test/read")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "https://evil.example"},
        {"aud": ["partner"]},
        {"drop": "aud"},
        {"drop": "exp"},
        {"drop": "sub"},
        {"drop": "iss"},
        {"header": {"kid": "unknown"}},
        {"iat": 9_999_999_999},
        {"nbf": 9_999_999_999},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_is_refused(browser: Browser, forge: Forge, change: dict[str, Any]) -> None:
    assert (await browser.get("/test/read", headers=forge())).status_code == 200
    answer = await browser.get("/test/read", headers=forge(**change))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


async def test_the_other_issuers_key_does_not_sign_for_this_one(browser: Browser, forge: Forge, settings: Settings) -> None:
    key = kept_key(settings.data_dir / f"standin-{IssuerKind.STAFF}.pem")
    assert (await browser.get("/test/read", headers=forge(key=key))).json()["code"] == "invalid_token"


async def test_an_unsigned_or_meddled_token_is_refused(browser: Browser, forge: Forge) -> None:
    header, body, signature = forge()["Authorization"].removeprefix("Bearer ").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for forged in (
        f"{part({'alg': 'none'})}.{body}.",
        f"{part({'alg': 'none'})}.{body}.{signature}",
        f"{header}.{part(claims | {'sub': 'hanako'})}.{signature}",
        f"{header}.{body}.",
        f"{header}.{body}",
        "x.y.z",
        "",
        "." * 2,
        f"{part({'alg': 'RS256'})}.{base64.urlsafe_b64encode(b'[' * 5000).decode()}.x",
    ):
        answer = await browser.get("/test/read", headers={"Authorization": f"Bearer {forged}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), forged[:80]


async def test_the_public_key_is_no_shared_secret(browser: Browser, forge: Forge, settings: Settings) -> None:
    """The old trick: HS256 with the published key as the secret."""
    public = kept_key(settings.data_dir / f"standin-{IssuerKind.APPLICANT}.pem")
    _, body, _ = forge()["Authorization"].removeprefix("Bearer ").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    secret = OctKey.import_key(json.dumps(public.as_dict(private=False)))
    token = jwt.encode({"alg": "HS256", "kid": public.kid}, claims, secret, ["HS256"])
    answer = await browser.get("/test/read", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["code"] == "invalid_token"


async def test_a_token_dies_by_our_clock(browser: Browser) -> None:
    headers = await bearer(browser, "taro")
    clock.move_to(clock.now() + timedelta(hours=7, minutes=59))
    assert (await browser.get("/test/read", headers=headers)).status_code == 200
    clock.move_to(clock.now() + timedelta(minutes=2))
    answer = await browser.get("/test/read", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


async def test_the_clock_may_stand_in_the_past(browser: Browser) -> None:
    clock.move_to(clock.start_of_day(clock.today().replace(year=2020, month=6, day=1)))
    assert (await browser.get("/test/read", headers=await bearer(browser, "taro"))).status_code == 200


async def test_an_id_token_is_no_access_token(browser: Browser, forge: Forge) -> None:
    assert (await browser.get("/test/read", headers=forge(aud=["partner"], header={"typ": "JWT"}))).status_code == 401


async def test_two_first_requests_make_one_account(browser: Browser, database: Database, forge: Forge, settings: Settings) -> None:
    async with database.transaction(SYSTEM) as session:
        before = (await session.exec(select(Account).where(Account.subject == "twin"))).all()
    assert before == []
    headers = forge(sub="twin")
    answers = [await browser.get("/test/read", headers=headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    async with database.transaction(SYSTEM) as session:
        assert len((await session.exec(select(Account).where(Account.subject == "twin"))).all()) == 1


async def test_a_verified_token_is_recognized_for_a_minute(browser: Browser, database: Database, app: FastAPI) -> None:
    headers = await bearer(browser, "inspector")
    statements: list[str] = []
    await browser.get("/test/read", headers=headers)
    listen(database.engine.sync_engine, "before_cursor_execute", lambda *facts: statements.append(facts[2]))
    assert (await browser.get("/test/read", headers=headers)).json()["subject"] == "inspector"
    assert statements == []
    clock.move_to(clock.now() + timedelta(seconds=Recognized.SECONDS + 1))
    assert (await browser.get("/test/read", headers=headers)).json()["subject"] == "inspector"
    assert len(statements) == 2


def test_the_memory_for_tokens_is_bounded_and_never_outlives_them() -> None:
    recognized = Recognized()
    actor = Actor(new_id(), "i", "s", "n", frozenset(), frozenset())
    for number in range(Recognized.MOST + 1):
        recognized.keep(str(number), actor, expires=clock.timestamp() + 30)
    assert recognized.find("0") is None
    assert recognized.find(str(Recognized.MOST)) is actor
    assert recognized.find("another") is None
    clock.move_to(clock.now() + timedelta(seconds=31))
    assert recognized.find(str(Recognized.MOST)) is None


async def test_a_bearer_token_needs_no_csrf_token(browser: Browser) -> None:
    assert (await browser.post("/test/either", headers=await bearer(browser, "taro"))).status_code == 200
