"""HTTP for programs. `router` holds every route; `problems.install` makes every error answer as a problem."""

from __future__ import annotations

from fastapi import APIRouter

from partner.api import rest

router = APIRouter()
router.include_router(rest.router)
