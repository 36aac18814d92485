"""Procedures in force, each with its form as JSON Schema; and `validate`: the findings on a form, with nothing stored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from partner import clock
from partner.api.dependencies import AppLaw
from partner.api.rest import in_force, in_force_schemas
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.licensing import validation
from partner.licensing.commands import Day
from partner.regulation import Law
from partner.regulation.procedures import Procedure

router = APIRouter(tags=["procedures"], route_class=StrictRoute)
On = Annotated[Day | None, Query(description="the day whose law is asked for; by default today")]


class ValidateBody(BaseModel):
    """A form to be examined under a procedure."""

    model_config = ConfigDict(extra="forbid")

    procedure: str = Field(min_length=1, max_length=100)
    form: dict[str, Any]
    channel: Literal["electronic", "paper"] = "electronic"


@router.get("/procedures", summary="Procedures in force", responses=in_force_schemas.answers(in_force_schemas.PROCEDURES))
async def procedures(law: AppLaw, on: On = None) -> dict[str, Any]:
    """The procedures that are in force on a day."""
    return {"items": [_summary(procedure) for procedure in law.procedures(on or clock.today())], "next_cursor": None}


@router.get("/procedures/{code}", summary="One procedure", responses=in_force_schemas.answers(in_force_schemas.PROCEDURE))
async def procedure(law: AppLaw, code: str, on: On = None) -> dict[str, Any]:
    """One procedure as it stands on a day, with its form, and with the window, fees, routes, attachments and checks in force that day."""
    day = on or clock.today()
    return _whole(law, law.procedure(code, day), day)


@router.post("/validate", summary="The findings on a form, nothing stored")
async def validate(
    actor: Annotated[Actor, require(Scope.APPLICATION_READ)], session: Transaction, law: AppLaw, body: ValidateBody
) -> dict[str, Any]:
    """What the examiner's checks would find on this form today."""
    return await validation.validate(session, actor, law, procedure=body.procedure, form=body.form, channel=body.channel)


def _summary(procedure: Procedure) -> dict[str, Any]:
    return {
        "code": procedure.code,
        "title": procedure.title.as_dict(),
        "kind": procedure.kind,
        "act": procedure.act,
        "citations": list(procedure.citations),
        "station_classes": list(procedure.station_classes),
        "filers": list(procedure.filers),
        "confirmed": procedure.confirmed,
    }


def _whole(law: Law, procedure: Procedure, day: date) -> dict[str, Any]:
    return {
        **_summary(procedure),
        "on": day.isoformat(),
        "form": law.form(procedure.form, day).json_schema(law, act=procedure.act),
        "window": in_force.window(law, procedure.window, day),
        "fee": in_force.fee(law, procedure.fee, day),
        "inspection_fee": in_force.fee(law, procedure.inspection_fee, day),
        "route": in_force.routes(law, procedure.routes, day),
        "attachments": in_force.attachments(procedure.attachments),
        "checks": in_force.checks(law, procedure, day),
        "license_field": procedure.license_field,
        "case_field": procedure.case_field,
        "effect": procedure.effect.value,
        "governed_by": procedure.governed_by.model_dump(),
        "standard_days": procedure.standard_days,
        "law": {"digest": law.digest},
    }
