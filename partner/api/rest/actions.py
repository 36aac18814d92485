"""Every step of a case: `POST /api/v1/applications/{id}/actions/{action}`, by whoever may take it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends
from starlette.responses import Response

from partner.api.dependencies import AppLaw, AppSettings
from partner.api.rest.applications import answer
from partner.api.rest.idempotency import Answer, OnceOnly
from partner.api.rest.preconditions import ExpectedVersion
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require_any
from partner.errors import Text, Unavailable
from partner.licensing import actions, commands
from partner.regulation.routes import Action

router = APIRouter(prefix="/applications", tags=["applications"], route_class=StrictRoute)

Doer = Annotated[Actor, require_any(Scope.APPLICATION_WRITE, Scope.APPLICATION_PROCESS)]
Content = Annotated[dict[str, Any] | None, Body(description="what the action brings: reasons, requests, form, decision, result …")]


def cashier_open(action: str, settings: AppSettings) -> None:
    """Refuse a payment where there is no cashier: the stand-in exists in demo and test mode only. Raises Unavailable."""
    if action == Action.PAY and not settings.stands_in:
        raise Unavailable("payment_unavailable", Text("納付の窓口が接続されていません。", "No payment service is connected."))


def cashier(settings: AppSettings) -> None:
    """Refuse a payment outside demo and test mode, as `cashier_open` does."""
    cashier_open(Action.PAY, settings)


@router.post("/{application_id}/actions/{action}", summary="Take one step of a case", dependencies=[Depends(cashier_open)])
async def act(
    actor: Doer,
    session: Transaction,
    law: AppLaw,
    once: OnceOnly,
    *,
    application_id: UUID,
    action: str,
    version: ExpectedVersion,
    content: Content = None,
) -> Response:
    """Submit, pay, correct, propose, approve …: 409 `wrong_state` out of turn, 403 when it is not yours to take."""

    async def write() -> Answer:
        command = commands.read(content or {})
        found = await actions.perform(session, actor, law, application_id, action, command=command, expected_version=version)
        return answer(law, actor, found)

    return await once(actor, write)
