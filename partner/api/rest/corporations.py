"""Corporations by their corporate number (法人番号): what fills name and address of a form."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter

from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import require
from partner.licensing import corporations

router = APIRouter(prefix="/corporate-numbers", tags=["codes"], route_class=StrictRoute)

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]


@router.get("/{number}", summary="A corporation by its corporate number")
async def read(_: Reader, number: str) -> dict[str, Any]:
    """Name, kana and seat as the tax agency publishes them; 422 for what is no corporate number, 404 for nobody's."""
    return (await corporations.by_number(number)).as_facts()
