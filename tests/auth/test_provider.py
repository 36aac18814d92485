"""A provider of another make, and every way in which it may lie to us."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner import clock
from partner.auth.actor import IssuerKind
from partner.auth.provider import RETRY_SECONDS, Provider
from tests.auth.conftest import Browser, query_of, to_the_door

ISSUER = "https://login.example"


class Other:
    """A provider whose id_token a test may spoil: by its claims, its header, its key, or whole."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.published: list[Any] = [self.key]
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {"sub": "s-1", "name": "外部　太郎"}
        self.spoil: Callable[[str], Any] = lambda token: token
        self.signing: Any = self.key
        self.nonce = ""
        self.fetched = 0
        self.down = False
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.info),
            ]
        )

    def provider(self) -> Provider:
        transport = httpx2.ASGITransport(app=self.app)
        return Provider(IssuerKind.APPLICANT, ISSUER, client_id="partner", client_secret="s", transport=transport)

    async def discovery(self, _: Request) -> Response:
        if self.down:
            return Response("down", 503)
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks", "userinfo_endpoint": "userinfo"}
        return JSONResponse({"issuer": ISSUER} | {name: f"{ISSUER}/{path}" for name, path in ends.items()} | self.metadata)

    async def jwks(self, _: Request) -> Response:
        self.fetched += 1
        return JSONResponse(KeySet(self.published).as_dict(private=False))

    async def token(self, _: Request) -> Response:
        now = clock.timestamp()
        claims = {"iss": ISSUER, "aud": "partner", "sub": "s-1", "iat": now, "exp": now + 60, "nonce": self.nonce} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        algorithm = "ES256" if isinstance(self.signing, ECKey) else "RS256"
        header = {"alg": algorithm, "kid": self.signing.kid} | self.header
        return JSONResponse(
            {
                "access_token": "opaque",
                "token_type": "Bearer",
                "id_token": self.spoil(jwt.encode(header, claims, self.signing, [algorithm])),
            }
        )

    async def info(self, _: Request) -> Response:
        return JSONResponse(self.userinfo)


@pytest.fixture
def other(app: FastAPI) -> Other:
    made = Other()
    app.state.providers = {IssuerKind.APPLICANT: made.provider()}
    return made


async def come_back(browser: Browser, other: Other) -> httpx2.Response:
    sent = query_of(await to_the_door(browser))
    other.nonce = sent["nonce"]
    return await browser.get("/auth/callback", params={"state": sent["state"], "code": "c"})


async def test_any_standard_provider_will_do(browser: Browser, other: Other) -> None:
    answer = await come_back(browser, other)
    assert (answer.status_code, answer.headers["location"]) == (303, "/my")
    assert "外部　太郎" in (await browser.get("/auth/logout")).text


async def test_signing_out_of_a_provider_without_such_an_endpoint_ends_here(browser: Browser, other: Other) -> None:
    await come_back(browser, other)
    page = (await browser.get("/auth/logout")).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert (await browser.post("/auth/logout", data={"csrf_token": token})).headers["location"] == "/"


async def test_elliptic_keys_are_read_too(browser: Browser, other: Other) -> None:
    other.signing = ECKey.generate_key("P-256", {"kid": "curve"})
    other.published = [other.signing]
    assert (await come_back(browser, other)).status_code == 303


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["partner", "another-client"]},
        {"aud": ["partner", "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"sub": None},
        {"exp": None},
        {"iat": 99_999_999_999},
    ],
    ids=str,
)
async def test_an_id_token_that_lies_signs_nobody_in(browser: Browser, other: Other, lie: dict[str, Any]) -> None:
    other.claims = lie
    answer = await come_back(browser, other)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert "partner_session" not in browser.cookies


async def test_several_audiences_are_right_when_we_are_the_authorized_party(browser: Browser, other: Other) -> None:
    other.claims = {"aud": ["partner", "another-client"], "azp": "partner"}
    assert (await come_back(browser, other)).status_code == 303


async def test_an_id_token_that_is_too_old_signs_nobody_in(browser: Browser, other: Other) -> None:
    other.claims = {"exp": clock.timestamp() - 60}
    assert (await come_back(browser, other)).json()["code"] == "token_expired"


def unsigned(token: str) -> str:
    _, body, _ = token.split(".")
    return base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode() + f".{body}."


@pytest.mark.parametrize("spoil", [unsigned, lambda token: token[:-8] + "AAAAAAAA", lambda _: None, lambda _: "nonsense"])
async def test_a_token_without_its_signature_signs_nobody_in(browser: Browser, other: Other, spoil: Callable[[str], Any]) -> None:
    other.spoil = spoil
    assert (await come_back(browser, other)).json()["code"] == "invalid_token"


async def test_a_strangers_key_signs_nobody_in(browser: Browser, other: Other) -> None:
    other.signing = RSAKey.generate_key(2048, {"kid": "one"})
    assert (await come_back(browser, other)).json()["code"] == "invalid_token"


async def test_userinfo_about_somebody_else_is_not_believed(browser: Browser, other: Other) -> None:
    other.userinfo = {"sub": "s-2", "name": "別人"}
    assert (await come_back(browser, other)).status_code == 303
    assert "別人" not in (await browser.get("/auth/logout")).text


@pytest.mark.parametrize("metadata", [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"jwks_uri": 5}], ids=str)
async def test_a_discovery_that_is_not_the_issuers_is_not_used(browser: Browser, other: Other, metadata: dict[str, Any]) -> None:
    other.metadata = metadata
    answer = await browser.get("/auth/login")
    assert (answer.status_code, answer.json()["code"]) == (503, "identity_provider_unavailable")


async def test_a_provider_that_is_down_is_asked_again_later(browser: Browser, other: Other) -> None:
    other.down = True
    assert (await browser.get("/auth/login")).status_code == 503
    other.down = False
    assert (await come_back(browser, other)).status_code == 303


async def test_a_new_key_is_fetched_and_a_made_up_one_does_not_make_us_hammer(browser: Browser, other: Other) -> None:
    await come_back(browser, other)
    assert other.fetched == 1
    other.signing = RSAKey.generate_key(2048, {"kid": "two"})
    other.published.append(other.signing)
    for _ in range(3):
        assert (await come_back(browser, other)).status_code == 401
    assert other.fetched == 1
    clock.move_to(clock.now() + timedelta(seconds=RETRY_SECONDS + 1))
    assert (await come_back(browser, other)).status_code == 303
    assert other.fetched == 2


async def test_a_kind_without_a_provider_is_not_found(browser: Browser, other: Other) -> None:
    answer = await browser.get("/auth/login?as=staff")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_identity_provider")
