"""Where an examiner begins a case ex officio (職権): an order, a revocation, a correction. It names a license of the bureau."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner import clock
from partner.auth.actor import Actor, Role, Scope
from partner.auth.web import Transaction, require
from partner.errors import Forbidden, Text
from partner.licensing import applications, ex_officio
from partner.licensing.applications import Draft
from partner.portal.frame import Framed

router = APIRouter(prefix="/desk/ex-officio")

Staff = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]


@router.get("")
async def choose(frame: Framed, actor: Staff) -> HTMLResponse:
    """Which procedure, and about which license. Raises Forbidden for whoever is no examiner."""
    if Role.EXAMINER not in actor.roles:
        raise Forbidden("not_an_examiner", Text("職権の手続は審査担当者が開始します。", "An examiner begins a case ex officio."))
    begun = [procedure for procedure in frame.law.procedures(clock.today()) if procedure.ex_officio]
    return frame.page("ex_officio.html", procedures=begun)


@router.post("")
async def begin(
    frame: Framed, actor: Staff, session: Transaction, *, procedure: Annotated[str, Form()], license_number: Annotated[str, Form()]
) -> Response:
    """Begin the case with what is on record, and open its form. Raises NotFound for a license that the bureau does not have."""
    rules = frame.law.procedure(procedure, clock.today())
    form = ex_officio.naming(rules, license_number.strip())
    found = await applications.create(session, actor, frame.law, Draft(procedure, form))
    return RedirectResponse(f"/desk/cases/{found.application.id}/form", 303)
