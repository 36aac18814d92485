"""The short way of the hot public reads: from the server straight to the endpoint, past the machinery of the framework.

The same endpoints are routes of the application too: described in OpenAPI, and serving HEAD, OPTIONS and whatever is not taken here.
What they answer is the same either way; a test compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from partner.api import problems
from partner.api.graphql.routes import graphql
from partner.api.rest import stations
from partner.api.rest.admission import admit
from partner.api.rest.thin import OPEN, Endpoint
from partner.errors import PartnerError

if TYPE_CHECKING:
    from fastapi import FastAPI

STATIONS = "/api/v1/stations"
EXACT: dict[tuple[str, str], Endpoint] = {("GET", STATIONS): stations.stations, ("POST", "/graphql"): graphql}


class Express:
    """Answers the hot reads of `owner` itself, and passes everything else on."""

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self.app = app
        self.owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        endpoint = _endpoint(scope) if scope["type"] == "http" else None
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        scope["app"] = self.owner
        response = await _answered(endpoint, Request(scope, receive))
        response.raw_headers.extend(OPEN)
        await response(scope, receive, send)


def _endpoint(scope: Scope) -> Endpoint | None:
    path: str = scope["path"]
    found = EXACT.get((scope["method"], path))
    if found is None and scope["method"] == "GET" and path.startswith(STATIONS + "/"):
        station_id = path[len(STATIONS) + 1 :]
        if station_id and "/" not in station_id:
            scope["path_params"] = {"id": station_id}
            return stations.station
    return found


async def _answered(endpoint: Endpoint, request: Request) -> Response:
    try:
        await admit(request)
        return await endpoint(request)
    except PartnerError as error:
        return problems.response_to(request, error)
    except PoolTimeout as error:
        return problems.response_to(request, problems.busy(error))
    except Exception as error:
        return await problems.unknown(request, error)
