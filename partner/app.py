"""The one place where the parts meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

import psycopg
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from partner import api, errors, following, headers, portal
from partner.adapters.corporate_numbers_api import WebApiCorporateNumbers
from partner.api import problems
from partner.api.described import Described
from partner.api.express import Express
from partner.api.rest.watching import Watch
from partner.auth import routes, standin
from partner.auth.bearer import Recognized
from partner.auth.limiting import Limiter
from partner.auth.providers import configured
from partner.auth.web import database_of
from partner.database import ANONYMOUS, Database
from partner.errors import Text
from partner.licensing import gathering
from partner.regulation import in_force
from partner.settings import Settings

if TYPE_CHECKING:
    from partner.regulation import Law
    from partner.regulation.in_force import InForce

_TOO_LARGE = Text("送信されたデータが大きすぎます。", "The body of the request is larger than {} bytes.")

health = APIRouter(tags=["operations"])
READY_SECONDS = 3.0


class Service(Described):
    """FastAPI inside three layers of ours, so that they cover its own answers to failures too."""

    def build_middleware_stack(self) -> ASGIApp:
        """What FastAPI builds, a problem for a body announced as too large, the short way past both, and the headers around all."""
        limited = AnnouncedSize(super().build_middleware_stack(), limit=self.state.settings.max_body_bytes)
        return headers.SecurityHeaders(Express(limited, self), settings=self.state.settings)


class AnnouncedSize:
    """Refuses a body by its Content-Length. FastAPI's `max_body_size` does so in plain text, and counts what comes unannounced."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it announces too much."""
        length = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"
        if not length.isdecimal() or int(length) <= self.limit:
            await self.app(scope, receive, send)
            return
        message = Text(_TOO_LARGE.ja, _TOO_LARGE.en.format(self.limit))
        await problems.response_to(Request(scope), errors.TooLarge("too_large", message))(scope, receive, send)


def create_app(settings: Settings, database: Database, law: Law | InForce) -> FastAPI:
    """The whole service. `database` is opened and closed with the application's life; `law` is the loaded regulation, or what holds it.

    Whoever holds the law looks for an amended one as long as the application lives.
    """
    held = in_force.holding(law)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with database.opened(), following.amended(held):
            yield

    app = Service(title="PARTNER", version=version("partner"), lifespan=life, max_body_size=settings.max_body_bytes)
    app.state.settings = settings
    app.state.database = database
    app.state.law = held
    app.state.watch = Watch(database)
    app.state.limiter = Limiter(database)
    app.state.providers = configured(settings, app)
    app.state.recognized = Recognized()
    if settings.corporate_numbers_id is not None:
        application_id = settings.corporate_numbers_id.get_secret_value()
        gathering.CONNECTED.corporate_numbers = WebApiCorporateNumbers(settings.corporate_numbers_url, application_id)
    problems.install(app)
    app.include_router(health)
    app.include_router(routes.router)
    app.include_router(api.router)
    app.include_router(portal.router)
    app.state.problem_page = portal.problem_page
    if settings.stands_in:
        app.include_router(standin.router(settings))
    return app


@health.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz")
async def ready(request: Request) -> Response:
    """The process can do its work: the application's database and the one for public reads answer.

    `law` is `refused` where amended files of the law are not in order; the law read before stays in force.
    """
    database = database_of(request)
    try:
        async with database.transaction(ANONYMOUS) as session:
            await (await session.connection()).execute(text("SELECT 1"))
        async with database.public.connection(READY_SECONDS) as connection:
            await connection.execute("SELECT 1")
    except (SQLAlchemyError, psycopg.Error, PoolTimeout) as error:
        return JSONResponse({"status": "unavailable", "reason": type(error).__name__}, status_code=503)
    refused = in_force.holding(request.app.state.law).held.refused
    return JSONResponse({"status": "ok"} | ({"law": "refused"} if refused else {}))
