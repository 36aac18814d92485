"""The stand-in as a provider: what it publishes, what it insists on, and that production has none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import SecretStr

from partner import clock
from partner.app import create_app
from partner.auth.actor import IssuerKind
from partner.auth.providers import client_secret
from partner.auth.standin.issuer import kept_key
from partner.auth.standin.personas import personas
from partner.database import Database
from partner.settings import Mode, Settings
from tests.auth.conftest import NO_LAW, Browser, browser_of, query_of, through_the_door, to_the_door

VERIFIER = "v" * 50
CHALLENGE = "CrlVwe1WSHWuTQYh3iczmx3aS-faRx6C92k9_hNxl4A"


def request_of(settings: Settings, **change: str | None) -> dict[str, str]:
    wanted: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "partner",
        "redirect_uri": f"{settings.public_url}/auth/callback",
        "scope": "openid profile",
        "state": "s",
        "nonce": clock.now().isoformat(),
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (wanted | change).items() if value is not None}


def modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


async def code_of(browser: Browser, settings: Settings, persona: str = "taro", **change: str | None) -> str:
    answer = await browser.post("/standin/applicants/authorize", params=request_of(settings, **change), data={"persona": persona})
    return query_of(answer.headers["location"])["code"]


def exchange_of(settings: Settings, code: str, **change: str | None) -> dict[str, str]:
    wanted: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{settings.public_url}/auth/callback",
        "client_id": "partner",
        "client_secret": client_secret(settings, IssuerKind.APPLICANT),
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in (wanted | change).items() if value is not None}


@pytest.mark.parametrize("name", ["applicants", "staff"])
async def test_discovery_names_what_answers(browser: Browser, settings: Settings, name: str) -> None:
    found = (await browser.get(f"/standin/{name}/.well-known/openid-configuration")).json()
    assert found["issuer"] == f"{settings.public_url}/standin/{name}"
    assert found["code_challenge_methods_supported"] == ["S256"]
    keys = (await browser.get(found["jwks_uri"])).json()["keys"]
    assert [set(key) & {"d", "p", "q"} for key in keys] == [set()]
    assert all(key["kid"] for key in keys)


@pytest.mark.parametrize("path", ["applicants/.well-known/openid-configuration", "staff/jwks", "applicants/authorize", "tokens"])
async def test_production_has_no_stand_in(database: Database, tmp_path: Path, path: str) -> None:
    settings = Settings(mode=Mode.PRODUCTION, data_dir=tmp_path, secret_key=SecretStr("x" * 32))
    async with browser_of(create_app(settings, database, NO_LAW), settings) as browser:
        assert (await browser.get(f"/standin/{path}")).status_code == 404
        assert (await browser.post(f"/standin/{path}", json={"persona": "admin"})).status_code == 404
        assert (await browser.get("/auth/login")).json()["code"] == "no_identity_provider"
    assert modes(tmp_path) == {}


async def test_demo_mode_has_one(database: Database, tmp_path: Path) -> None:
    settings = Settings(mode=Mode.DEMO, data_dir=tmp_path)
    async with browser_of(create_app(settings, database, NO_LAW), settings) as browser:
        assert (await browser.get("/standin/staff/jwks")).status_code == 200
    found = modes(tmp_path)
    assert (found["standin-applicant.pem"], found["standin-staff.pem"]) == (0o600, 0o600)


def test_the_key_is_kept(tmp_path: Path) -> None:
    assert kept_key(tmp_path / "a.pem").kid == kept_key(tmp_path / "a.pem").kid
    assert kept_key(tmp_path / "a.pem").kid != kept_key(tmp_path / "b.pem").kid


async def test_each_door_shows_its_own_people_in_both_languages(browser: Browser) -> None:
    applicants = (await browser.get(await to_the_door(browser, "applicant"))).text
    staff = (await browser.get(await to_the_door(browser, "staff"))).text
    for persona in personas().values():
        button = f'value="{persona.name}"'
        assert (button in applicants) == (persona.issuer is IssuerKind.APPLICANT and not persona.program)
        assert (button in staff) == (persona.issuer is IssuerKind.STAFF and not persona.program)
    assert "総務太郎(個人)" in applicants
    assert 'lang="en"' in applicants
    assert "width=device-width" in applicants


async def test_the_door_needs_no_script_and_cannot_be_framed(browser: Browser) -> None:
    answer = await browser.get(await to_the_door(browser))
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_persona_of_the_other_door_is_not_let_in(browser: Browser) -> None:
    back = await through_the_door(browser, await to_the_door(browser, "applicant"), persona="director")
    assert query_of(back)["error"] == "access_denied"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid everything"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_a_request_without_what_is_needed_goes_back_with_the_error(
    browser: Browser, settings: Settings, change: dict[str, str | None], error: str
) -> None:
    answer = await browser.get("/standin/applicants/authorize", params=request_of(settings, **change))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{settings.public_url}/auth/callback?")
    assert query_of(answer.headers["location"])["error"] == error


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://evil.example/"}, {"redirect_uri": None}, {"client_id": "evil"}, {"client_id": None}]
)
async def test_nobody_is_sent_to_a_stranger(browser: Browser, settings: Settings, change: dict[str, str | None]) -> None:
    for answer in (
        await browser.get("/standin/applicants/authorize", params=request_of(settings, **change)),
        await browser.post("/standin/applicants/authorize", params=request_of(settings, **change), data={"persona": "taro"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_the_code_becomes_tokens_once(browser: Browser, settings: Settings) -> None:
    code = await code_of(browser, settings)
    answer = await browser.post("/standin/applicants/token", data=exchange_of(settings, code))
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    keys = KeySet.import_key_set((await browser.get("/standin/applicants/jwks")).json())
    access = jwt.decode(tokens["access_token"], keys, ["RS256"])
    assert access.header["typ"] == "at+jwt"
    assert (access.claims["aud"], access.claims["sub"]) == (settings.public_url, "taro")
    assert abs(access.claims["exp"] - clock.timestamp() - 3600) < 5
    identity = jwt.decode(tokens["id_token"], keys, ["RS256"]).claims
    assert (identity["iss"], identity["aud"]) == (settings.applicant_issuer, ["partner"])
    assert identity["address"]["municipality_code"] == "13101"
    again = await browser.post("/standin/applicants/token", data=exchange_of(settings, code))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"code_verifier": "w" * 50}, 400),
        ({"code_verifier": None}, 400),
        ({"client_secret": "wrong"}, 401),
        ({"client_secret": None}, 401),
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({"grant_type": "password"}, 400),
    ],
    ids=str,
)
async def test_a_wrong_exchange_gets_nothing(browser: Browser, settings: Settings, change: dict[str, str | None], status: int) -> None:
    code = await code_of(browser, settings)
    answer = await browser.post("/standin/applicants/token", data=exchange_of(settings, code, **change))
    assert answer.status_code == status
    assert "access_token" not in answer.text


async def test_a_code_is_good_for_a_minute(browser: Browser, settings: Settings) -> None:
    code = await code_of(browser, settings)
    clock.move_to(clock.now() + timedelta(seconds=61))
    assert (await browser.post("/standin/applicants/token", data=exchange_of(settings, code))).json()["error"] == "invalid_grant"


async def test_a_nonce_is_good_once(browser: Browser, settings: Settings) -> None:
    await code_of(browser, settings, nonce="the-same")
    answer = await browser.get("/standin/applicants/authorize", params=request_of(settings, nonce="the-same"))
    assert query_of(answer.headers["location"])["error"] == "invalid_request"


async def test_the_program_gets_its_token_by_its_secret(browser: Browser) -> None:
    form = {"grant_type": "client_credentials", "scope": "registry:station:read"}
    answer = await browser.post("/standin/staff/token", data=form, auth=("app", "app-secret"))
    assert answer.json()["scope"] == "registry:station:read"
    refused = await browser.post("/standin/staff/token", data=form, auth=("app", "guess"))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await browser.post("/standin/applicants/token", data=form, auth=("app", "app-secret"))).status_code == 401


async def test_userinfo_needs_a_token_of_its_issuer(browser: Browser) -> None:
    token = (await browser.post("/standin/tokens", json={"persona": "hanako"})).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await browser.get("/standin/applicants/userinfo", headers=headers)).json()["name"] == "総務　花子"
    assert (await browser.get("/standin/staff/userinfo", headers=headers)).status_code == 401
    assert (await browser.get("/standin/applicants/userinfo")).status_code == 401


async def test_signing_out_leads_only_to_the_client(browser: Browser, settings: Settings) -> None:
    path = "/standin/applicants/end-session"
    good = {"client_id": "partner", "post_logout_redirect_uri": f"{settings.public_url}/", "state": "x"}
    assert (await browser.get(path, params=good)).headers["location"] == f"{settings.public_url}/?state=x"
    evil = await browser.get(path, params=good | {"post_logout_redirect_uri": "https://evil.example/"})
    assert evil.status_code == 200
    assert "サインアウトしました" in evil.text


async def test_an_unknown_persona_hears_who_there_is(browser: Browser) -> None:
    answer = await browser.post("/standin/tokens", json={"persona": "nobody"}, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_persona")
    assert "hanako" in answer.json()["detail"]


async def test_it_may_stand_in_for_another_address(database: Database, tmp_path: Path) -> None:
    settings = Settings(mode=Mode.DEMO, data_dir=tmp_path, standin_relying_party="https://partner.example/")
    async with browser_of(create_app(settings, database, NO_LAW), settings) as browser:
        wanted = request_of(settings, redirect_uri="https://partner.example/auth/callback")
        answer = await browser.post("/standin/applicants/authorize", params=wanted, data={"persona": "taro"})
    assert answer.headers["location"].startswith("https://partner.example/auth/callback?code=")
