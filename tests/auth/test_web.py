"""What routes rely on: the transaction ends before the answer leaves, cookies cannot be ridden, scopes are stated."""

from __future__ import annotations

from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, Form, UploadFile
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text
from starlette.types import Message, Receive, Send
from starlette.types import Scope as AsgiScope

from partner import errors
from partner.auth.actor import Actor, Scope
from partner.auth.web import CurrentActor, OptionalActor, Transaction, require, with_all, with_any
from partner.database import SYSTEM, Database
from partner.errors import Text
from partner.settings import Settings
from tests.auth.conftest import Browser, bearer, browser_of, field_of, sign_in

INSERT = text(
    "INSERT INTO api_client (id, issuer, client_id, name, scopes, created_at) "
    "VALUES (gen_random_uuid(), 'i', :name, 'n', '{}', '2020-01-01T00:00:00Z')"
)


async def _as_system(session: Transaction) -> Any:
    await (await session.connection()).execute(text("SELECT set_config('partner.standing', 'system', true)"))
    return session


AsSystem = Annotated[Any, Depends(_as_system, scope="function")]


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.post("/test/rows/{name}", status_code=201)
    async def write(name: str, session: AsSystem) -> str:
        await session.exec(INSERT, params={"name": name})
        if name == "refused":
            raise errors.Conflict("no", Text("否", "no"))
        return name

    @app.post("/test/broken", status_code=201)
    async def broken(session: AsSystem) -> str:
        await session.exec(text("CREATE TEMPORARY TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"))
        await session.exec(text("INSERT INTO late VALUES (1), (1)"))
        return "written"

    @app.get("/test/standing")
    async def standing(session: Transaction) -> str:
        connection = await session.connection()
        return str((await connection.execute(text("SELECT partner_standing() || ':' || coalesce(partner_bureau(), '')"))).scalar_one())

    @app.api_route("/test/cookie", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def cookie(actor: CurrentActor) -> str:
        return actor.subject

    @app.post("/test/form")
    async def form(actor: CurrentActor, note: Annotated[str, Form()], csrf_token: Annotated[str, Form()] = "") -> str:
        return f"{actor.subject}:{note}:{bool(csrf_token)}"

    @app.post("/test/upload")
    async def upload(actor: CurrentActor, file: UploadFile) -> int:
        return len(await file.read())

    @app.post("/test/optional")
    async def optional(actor: OptionalActor) -> str | None:
        return actor.subject if actor else None

    @app.get("/test/stated")
    async def stated(actor: Annotated[Actor, require(Scope.FIGURES_READ)]) -> str:
        return actor.subject

    return app


async def count(database: Database, name: str) -> int:
    async with database.transaction(SYSTEM) as session:
        connection = await session.connection()
        return int((await connection.execute(text("SELECT count(*) FROM api_client WHERE client_id = :n"), {"n": name})).scalar_one())


class Watching:
    """Asks the database, at the moment when the answer leaves, whether the row can be seen by others already."""

    def __init__(self, app: FastAPI, database: Database, name: str) -> None:
        self.app, self.database, self.name = app, database, name
        self.seen: list[int] = []

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen.append(await count(self.database, self.name))
            await send(message)

        await self.app(scope, receive, watched)


async def test_the_commit_comes_before_the_answer(app: FastAPI, database: Database) -> None:
    watching = Watching(app, database, "early")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=watching), base_url="http://127.0.0.1:8000") as client:
        assert (await client.post("/test/rows/early")).status_code == 201
    assert watching.seen == [1]


async def test_a_refusal_rolls_back(browser: Browser, database: Database) -> None:
    assert (await browser.post("/test/rows/refused")).status_code == 409
    assert await count(database, "refused") == 0


async def test_a_commit_that_fails_never_answers_created(app: FastAPI, settings: Settings) -> None:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as client:
        answer = await client.post("/test/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


@pytest.mark.parametrize(
    ("persona", "standing"), [("taro", "applicant:"), ("examiner", "staff:A"), ("admin", "administrator:"), ("app", "anonymous:")]
)
async def test_the_transaction_stands_where_the_actor_stands(browser: Browser, persona: str, standing: str) -> None:
    assert (await browser.get("/test/standing", headers=await bearer(browser, persona))).json() == standing


async def test_without_an_actor_the_transaction_is_anonymous(browser: Browser) -> None:
    assert (await browser.get("/test/standing")).json() == "anonymous:"


async def csrf(browser: Browser) -> str:
    return field_of((await browser.get("/auth/logout")).text, "csrf_token")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_cookie_alone_writes_nothing(browser: Browser, method: str) -> None:
    await sign_in(browser, "taro")
    assert (await browser.get("/test/cookie")).json() == "taro"
    refused = await browser.request(method, "/test/cookie")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_token_invalid")
    allowed = await browser.request(method, "/test/cookie", headers={"X-CSRF-Token": await csrf(browser)})
    assert (allowed.status_code, allowed.json()) == (200, "taro")


async def test_the_token_may_come_in_a_form_that_the_route_reads_too(browser: Browser) -> None:
    await sign_in(browser, "taro")
    token = await csrf(browser)
    assert (await browser.post("/test/form", data={"note": "x", "csrf_token": token})).json() == "taro:x:True"
    assert (await browser.post("/test/form", data={"note": "x"})).status_code == 403
    files = {"file": ("a.xml", b"12345")}
    assert (await browser.post("/test/upload", data={"csrf_token": token}, files=files)).json() == 5
    assert (await browser.post("/test/upload", files=files)).status_code == 403


async def test_the_token_of_another_session_is_refused(app: FastAPI, settings: Settings, browser: Browser) -> None:
    await sign_in(browser, "taro")
    async with browser_of(app, settings) as other:
        await sign_in(other, "hanako")
        token = await csrf(other)
    assert (await browser.post("/test/cookie", headers={"X-CSRF-Token": token})).status_code == 403


async def test_an_optional_actor_is_guarded_too(browser: Browser) -> None:
    assert (await browser.post("/test/optional")).json() is None
    await sign_in(browser, "taro")
    assert (await browser.post("/test/optional")).status_code == 403


async def test_openapi_states_the_scopes(browser: Browser) -> None:
    document = (await browser.get("/openapi.json")).json()
    security = document["paths"]["/test/stated"]["get"]["security"]
    assert {"bearer": ["kpi:figures:read"]} in security
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


PUBLIC = (
    "/openapi.json",
    "/docs",
    "/redoc",
    "/healthz",
    "/readyz",
    "/auth/",
    "/standin/",
    "/api/v1/stations",
    "/api/v1/changes",
    "/api/v1/codes",
    "/api/v1/freshness",
    "/api/v1/procedures",
    "/api/v1/validate",
    "/graphql",
    "/musen/",
    "/open-data",
    "/metrics",
    "/verify",
    "/search",
    "/developers",
    "/static",
)
PUBLIC_EXACTLY = frozenset({"/", "/api/v1/regulation", "/stations/{station_id}", "/language"})


def is_public(path: str) -> bool:
    return path in PUBLIC_EXACTLY or path.startswith(PUBLIC)


def states_scopes(route: APIRoute) -> bool:
    """Whether somewhere among what the route depends on there is `require` or `require_any`."""
    waiting = [route.dependant]
    while waiting:
        one = waiting.pop()
        if one.call in {with_all, with_any}:
            return True
        waiting += one.dependencies
    return False


def undeclared(app: FastAPI) -> list[str]:
    found = []
    for context in iter_route_contexts(app.routes):
        path = str(getattr(context, "path", ""))
        if not is_public(path) and not states_scopes(context):  # type: ignore[arg-type]
            found.append(path)
    return sorted(set(found))


async def test_every_route_states_its_scopes_or_is_public(settings: Settings, database: Database) -> None:
    from partner.app import create_app  # noqa: PLC0415 — without the routes that this file adds
    from tests.auth.conftest import NO_LAW  # noqa: PLC0415

    assert undeclared(create_app(settings, database, NO_LAW)) == []


async def test_a_route_that_states_nothing_is_found(app: FastAPI) -> None:
    assert "/test/cookie" in undeclared(app)
    assert "/test/stated" not in undeclared(app)
