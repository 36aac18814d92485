"""Messages on a case between the applicant's side and the bureau, with documents."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel, BeforeValidator, ConfigDict, Field

from partner.api.dependencies import AppLaw
from partner.api.rest import uploads
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require, require_any
from partner.licensing import messages, presentation
from partner.licensing.commands import written
from partner.licensing.messages import Enclosure, Letter

router = APIRouter(prefix="/applications/{application_id}", tags=["applications"], route_class=StrictRoute)

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Correspondent = Annotated[Actor, require_any(Scope.APPLICATION_WRITE, Scope.APPLICATION_PROCESS)]


class MessageFile(BaseModel):
    """A file that goes with a message; `content` is its bytes in base64."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=uploads.LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")
    media_type: str = Field(default="application/octet-stream", max_length=200, pattern=uploads.MEDIA_TYPE.pattern)
    content: Base64Bytes


class MessageBody(BaseModel):
    """A message on a case. `attachments` are documents that are on the case already, `files` come with the message."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, BeforeValidator(written)] = Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")
    attachments: list[UUID] = Field(default_factory=list, max_length=100)
    files: list[MessageFile] = Field(default_factory=list, max_length=100)


@router.get("/messages", summary="The messages on a case")
async def read(actor: Reader, session: Transaction, application_id: UUID) -> dict[str, Any]:
    """Messages between the applicant's side and the bureau, oldest first, with their documents; `unread` waits for your side."""
    rows = await messages.written(session, actor, application_id)
    return {"items": [presentation.message(row) for row in rows], "next_cursor": None}


@router.post("/messages", status_code=201, summary="Write a message on a case")
async def write(actor: Correspondent, session: Transaction, law: AppLaw, application_id: UUID, body: MessageBody) -> dict[str, Any]:
    """Write to the other side, with documents. What waited for your side is thereby read."""
    files = [Enclosure(file.name, file.media_type, file.content) for file in body.files]
    letter = Letter(body.body, files, body.attachments)
    return presentation.message(await messages.write(session, actor, law, application_id, letter))


@router.post("/messages/read", summary="Say that the messages were read")
async def see(actor: Correspondent, session: Transaction, application_id: UUID) -> dict[str, Any]:
    """Nothing on the case waits for your side any more; answers how much did."""
    return {"read": await messages.see(session, actor, application_id)}
