"""`/api/v1/regulation`: by which law the service goes, and how another one takes its place at once."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter

from partner.api.dependencies import AppInForce
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import require
from partner.errors import FieldError, Invalid, Text
from partner.regulation.in_force import InForce, Refusal

router = APIRouter(prefix="/regulation", tags=["operations"], route_class=StrictRoute)


@router.get("", summary="The law in force")
async def in_force(held: AppInForce) -> dict[str, Any]:
    """The digest over the files of the law that this process goes by, since when, and how many they are.

    `refused_at`: since when files lie there that are not in order; the law read before stays in force.
    """
    return _shown(held)


@router.post("/reload", summary="Take the amended law now")
async def reload(_: Annotated[Actor, require(Scope.REGULATION_RELOAD)], held: AppInForce) -> dict[str, Any]:
    """Read and check the files of the law now, and go by them.

    Every process finds changed files by itself within seconds; this tells at once whether they are in order. `changed`: whether another
    law is in force than before.
    """
    changed = await asyncio.to_thread(held.look, at_once=True)
    refused = held.held.refused
    if refused is not None:
        raise _refusal(refused)
    return {"changed": changed, **_shown(held)}


def _shown(held: InForce) -> dict[str, Any]:
    now = held.held
    return {
        "digest": now.law.digest,
        "loaded_at": now.loaded_at,
        "files": len(now.law.files),
        "refused_at": now.refused.at if now.refused else None,
    }


def _refusal(refused: Refusal) -> Invalid:
    message = Text(
        "法令データに誤りがあるため読み込まず、従前の法令データのままです。",
        "The files of the law are not in order: the law read before stays in force.",
    )
    remedy = Text(
        "`partner regulation check` で確かめ、直してから読み込んでください。", "Check with `partner regulation check`, mend, and reload."
    )
    errors = []
    for line in refused.defects:
        place, _, words = line.partition(": ")
        errors.append(FieldError(place, "regulation_invalid", Text(words or line, words or line)))
    return Invalid("regulation_invalid", message, remedy=remedy, errors=errors)
