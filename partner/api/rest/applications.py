"""Cases for programs: file, import, read, list, replace a draft. Steps are in `actions`, documents and notices in `documents`."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from partner.api.dependencies import AppLaw
from partner.api.rest import case_cursors, uploads
from partner.api.rest.idempotency import Answer, OnceOnly
from partner.api.rest.preconditions import ExpectedVersion, etag
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require, require_any
from partner.licensing import applications, paper, presentation, straight_through
from partner.licensing.applications import Draft
from partner.licensing.commands import Day
from partner.licensing.queries import Filter, Found
from partner.regulation import Law
from partner.regulation.routes import Status

router = APIRouter(prefix="/applications", tags=["applications"], route_class=StrictRoute)

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]
Beginner = Annotated[Actor, require_any(Scope.APPLICATION_WRITE, Scope.APPLICATION_PROCESS)]
"""Whoever files, and an examiner who begins a case ex officio; the service says which procedures are whose."""
Processor = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]
Channel = Literal["electronic", "paper"]
Sequence = Annotated[int, Query(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]


class FilingBody(BaseModel):
    """A filing: the form under a procedure. On paper (entered by a clerk) with the day of arrival."""

    model_config = ConfigDict(extra="forbid")

    procedure: str = Field(min_length=1, max_length=100)
    form: dict[str, Any]
    channel: Channel | None = None
    received_on: Day | None = None


class FormBody(BaseModel):
    """The form that takes the place of a draft's. The case's other fields may be sent along and are not read."""

    model_config = ConfigDict(extra="ignore")

    form: dict[str, Any]


class ReviewBody(BaseModel):
    """What whoever looked at it has to say."""

    model_config = ConfigDict(extra="forbid")

    comment: str = Field(default="", max_length=4000, pattern=r"^[^\x00]*$")


def answer(law: Law, actor: Actor, found: Found, *, status: int = 200) -> Answer:
    """A case with its ETag."""
    return Answer(status, applications.shown(law, actor, found), {"ETag": etag(found.application.version)})


@router.post("", status_code=201, summary="File a draft")
async def file(actor: Beginner, session: Transaction, law: AppLaw, once: OnceOnly, body: FilingBody) -> Response:
    """Store a draft and answer it with the findings of today's law. An examiner begins cases ex officio, and names the license."""

    async def write() -> Answer:
        channel = body.channel or applications.usual_channel(actor)
        received_on = paper.arrival(body.received_on, law) if channel == "paper" else None
        found = await applications.create(session, actor, law, Draft(body.procedure, body.form, channel, received_on))
        filed = answer(law, actor, found, status=201)
        return Answer(201, filed.body, {**filed.headers, "Location": f"/api/v1/applications/{found.application.id}"})

    return await once(actor, write)


@router.post("/import", status_code=201, summary="File the XML of the e-filing client", openapi_extra=uploads.DESCRIPTION)
async def import_file(
    actor: Writer,
    session: Transaction,
    law: AppLaw,
    once: OnceOnly,
    request: Request,
    *,
    channel: Channel | None = None,
    received_on: Day | None = None,
) -> Response:
    """Store what the files say as drafts, keep their bytes, and answer the cases and what found no place in the form.

    `channel` and `received_on` are for a clerk who enters what came on paper, as in the body of a filing.
    """
    used = channel or applications.usual_channel(actor)
    files = await uploads.files_of(request)

    async def write() -> Answer:
        imported: list[dict[str, Any]] = []
        unmapped: list[dict[str, Any]] = []
        arrival = paper.arrival(received_on, law, field="received_on") if used == "paper" else None
        for name, content in files:
            drafts, left_over = await applications.import_file(
                session, actor, law, content=content, name=name, channel=used, received_on=arrival
            )
            imported.extend(applications.shown(law, actor, draft) for draft in drafts)
            unmapped.extend(left_over)
        return Answer(201, {"applications": imported, "unmapped": unmapped})

    return await once(actor, write, content=b"".join(content for _, content in files))


@router.get("", summary="My cases, or the queue of my bureau")
async def list_cases(  # noqa: PLR0913 - each is a parameter of the query
    actor: Reader,
    session: Transaction,
    law: AppLaw,
    *,
    status: Annotated[list[Status] | None, Query()] = None,
    procedure: Annotated[list[str] | None, Query()] = None,
    channel: Annotated[list[Channel] | None, Query()] = None,
    applicant: Annotated[list[UUID] | None, Query()] = None,
    received_from: Day | None = None,
    received_to: Day | None = None,
    recheck: bool | None = None,
    review: bool | None = None,
    unread: bool | None = None,
    q: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Cases, newest first. Several values of one key widen, different keys narrow.

    `unread`: something waits to be looked at by your side (a message, a correction that ran out). `review`: decided straight through
    and drawn for a later look.
    """
    wanted = Filter(status or (), procedure or (), channel or (), applicant or (), received_from, received_to, recheck, q, review, unread)
    after = case_cursors.decode(cursor, wanted)
    found, last = await applications.listed(session, actor, wanted, after=after, limit=limit)
    items = [applications.shown(law, actor, case) for case in found]
    return {"items": items, "next_cursor": case_cursors.encode(last, wanted)}


@router.get("/{application_id}", summary="One case")
async def read(actor: Reader, session: Transaction, law: AppLaw, application_id: UUID) -> Response:
    """A case that you may see, with the actions that you may take now."""
    return answer(law, actor, await applications.read_today(session, actor, law, application_id)).response()


@router.put("/{application_id}", summary="Replace the form of a draft")
async def replace(
    actor: Beginner, session: Transaction, law: AppLaw, once: OnceOnly, application_id: UUID, body: FormBody, version: ExpectedVersion
) -> Response:
    """Put another form in the place of a draft's, and answer it with the findings of today's law."""

    async def write() -> Answer:
        found = await applications.replace(session, actor, law, application_id, body.form, expected_version=version)
        return answer(law, actor, found)

    return await once(actor, write)


@router.post("/{application_id}/review", summary="Say that a case was reviewed later")
async def review(actor: Processor, session: Transaction, law: AppLaw, once: OnceOnly, application_id: UUID, body: ReviewBody) -> Response:
    """A case that was decided straight through and drawn for a later review has been looked at; `?review=true` lists those that wait."""

    async def write() -> Answer:
        return answer(law, actor, await straight_through.review(session, actor, law, application_id, comment=body.comment))

    return await once(actor, write)


@router.get("/{application_id}/events", summary="What happened to a case")
async def events(actor: Reader, session: Transaction, application_id: UUID, after: Sequence = 0, limit: Limit = 200) -> dict[str, Any]:
    """The events of a case in their order; `after` is the sequence of the last one that you have."""
    rows = await applications.events(session, actor, application_id, after=after, limit=limit + 1)
    more = len(rows) > limit
    items = [presentation.event(row, standing=actor.access.standing) for row in rows[:limit]]
    return {"items": items, "next_cursor": str(rows[limit - 1].sequence) if more else None}
