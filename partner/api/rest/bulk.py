"""One step of many like cases: `POST /api/v1/applications/bulk/{action}`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from partner.api import problems
from partner.api.dependencies import AppLaw, database_of
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import require
from partner.database import Database
from partner.licensing import bulk
from partner.licensing.bulk import Order, Outcome

router = APIRouter(prefix="/applications/bulk", tags=["applications"], route_class=StrictRoute)

Processor = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]
AppDatabase = Annotated[Database, Depends(database_of)]


class OrderBody(BaseModel):
    """The cases, and what the step brings to each of them."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(min_length=1, max_length=bulk.MOST_CASES)
    content: dict[str, Any] = Field(default_factory=dict, description="as for the step of one case: decision, reasons, requests, due_on …")


@router.post("/{action}", summary="Take one step of many like cases")
async def act(actor: Processor, database: AppDatabase, law: AppLaw, request: Request, action: str, body: OrderBody) -> dict[str, Any]:
    """Propose, approve, send back or ask for corrections: each case is its own decision, and one that refuses stops no other.

    `items` says in the order of `ids` what happened to each: `done`, or the `problem` that the step of that case alone would have had.
    """
    order = Order(action, body.ids, body.content)
    ids = await bulk.prepare(database, actor, order)
    spoken = problems.language(request.headers.get("accept-language"))
    items = [_shown(outcome, spoken) async for outcome in bulk.each(database, actor, law, order, ids)]
    done = sum(item["done"] for item in items)
    return {"items": items, "done": done, "refused": len(items) - done}


def _shown(outcome: Outcome, spoken: str) -> dict[str, Any]:
    application = outcome.found.application if outcome.found else None
    return {
        "id": str(outcome.application_id),
        "done": application is not None,
        "status": application.status if application else None,
        "license": application.license if application else None,
        "problem": problems.body_of(outcome.refusal, spoken) if outcome.refusal else None,
    }
