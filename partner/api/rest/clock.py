"""`POST /api/v1/clock`: an administrator moves the clock of a demonstration or a test forward."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from partner import clock
from partner.api.dependencies import AppSettings
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import require
from partner.errors import FieldError, Invalid, NotFound, Text

router = APIRouter(prefix="/clock", tags=["operations"], route_class=StrictRoute)


LATEST = datetime(2900, 1, 1, tzinfo=UTC)  # a century before the last year of dates, so that every term still ends in one


def _in_japan(value: object) -> object:
    """Read what names no time zone as Japan time, and a date alone as the start of that day there; the rest is for Pydantic."""
    if not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return found if found.tzinfo else found.replace(tzinfo=clock.JAPAN)


class ClockBody(BaseModel):
    """The instant that it shall be: with its time zone, or else in Japan; a date alone is the start of that day."""

    model_config = ConfigDict(extra="forbid")

    now: Annotated[AwareDatetime, BeforeValidator(_in_japan)]


@router.post("", summary="Move the clock forward (demo and test mode)")
async def move(_: Annotated[Actor, require(Scope.CLOCK_MOVE)], settings: AppSettings, body: ClockBody) -> dict[str, datetime]:
    """Make the present instant be `now`; time runs on from there."""
    if not settings.stands_in:
        raise NotFound("not_found", Text("本番では時計を動かせません。", "There is no movable clock in production."))
    if body.now < clock.now():
        message = Text("時計は先へしか進められません。", "The clock only moves forward.")
        raise Invalid("clock_backwards", message, errors=[FieldError("/now", "clock_backwards", message)])
    if body.now > LATEST:
        message = Text("時計は2900年までしか進められません。", "The clock goes no further than the year 2900.")
        raise Invalid("clock_too_far", message, errors=[FieldError("/now", "clock_too_far", message)])
    clock.move_to(body.now)
    settings.note_clock(clock.offset())
    return {"now": clock.now().astimezone(clock.JAPAN)}
