"""HTTP for programs. `router` holds every route; `problems.install` makes every error answer as a problem."""

from __future__ import annotations

from fastapi import APIRouter

from partner.api import open_data, rest
from partner.api.graphql import routes as graphql
from partner.api.musen import routes as musen

router = APIRouter()
router.include_router(rest.router)
router.include_router(musen.router)
router.include_router(graphql.router)
router.include_router(open_data.router)
