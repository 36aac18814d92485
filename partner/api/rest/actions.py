"""Every step of a case: `POST /api/v1/applications/{id}/actions/{action}`, by whoever may take it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from starlette.responses import Response

from partner.api.dependencies import AppLaw
from partner.api.rest.applications import answer
from partner.api.rest.idempotency import Answer, OnceOnly
from partner.api.rest.preconditions import ExpectedVersion
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require_any
from partner.licensing import actions, commands

router = APIRouter(prefix="/applications", tags=["applications"])

Doer = Annotated[Actor, require_any(Scope.APPLICATION_WRITE, Scope.APPLICATION_PROCESS)]
Content = Annotated[dict[str, Any] | None, Body(description="what the action brings: reasons, requests, form, decision, result …")]


@router.post("/{application_id}/actions/{action}", summary="Take one step of a case")
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
