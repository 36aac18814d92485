"""What stands beside a case, for its applicant and its bureau: documents to attach and to read, messages to the other side."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require, require_any
from partner.errors import Invalid, Text
from partner.licensing import messages, notifications
from partner.licensing.messages import Enclosure, Letter
from partner.portal.frame import Framed

router = APIRouter(prefix="/cases/{case_id}")

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]
Correspondent = Annotated[Actor, require_any(Scope.APPLICATION_WRITE, Scope.APPLICATION_PROCESS)]
LONGEST_MESSAGE = 10_000


def _back(actor: Actor, case_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/{'desk' if actor.is_staff else 'my'}/cases/{case_id}?done={done}", 303)


@router.get("/documents/{document_id}")
async def document(case_id: UUID, document_id: UUID, actor: Reader, session: Transaction) -> Response:
    """A document exactly as it came, always as a download."""
    found = await notifications.document(session, actor, case_id, document_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}", "Cache-Control": "no-store"}
    return Response(found.content, headers=headers, media_type="application/octet-stream")


@router.post("/documents")
async def attach(
    case_id: UUID, file: UploadFile, kind: Annotated[str, Form()], frame: Framed, actor: Writer, session: Transaction
) -> Response:
    """Attach a document; the case is checked again."""
    content = await file.read()
    await notifications.attach(
        session,
        actor,
        frame.law,
        case_id,
        kind=kind,
        name=file.filename or "attachment",
        media_type=file.content_type or "application/octet-stream",
        content=content,
    )
    return _back(actor, case_id, "attach")


@router.post("/messages")
async def write(
    case_id: UUID,
    body: Annotated[str, Form()],
    frame: Framed,
    actor: Correspondent,
    session: Transaction,
    files: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Write to the other side, with files."""
    text = body.strip()
    if not text or len(text) > LONGEST_MESSAGE:
        raise Invalid("message_invalid", Text("連絡は1文字以上10,000文字までです。", "A message has between 1 and 10,000 characters."))
    chosen = [file for file in files or [] if file.filename]  # a browser sends an empty part where no file is chosen
    enclosed = [Enclosure(file.filename or "", file.content_type or "application/octet-stream", await file.read()) for file in chosen]
    await messages.write(session, actor, frame.law, case_id, Letter(text, enclosed))
    return _back(actor, case_id, "message")


@router.post("/messages/read")
async def see(case_id: UUID, actor: Correspondent, session: Transaction) -> Response:
    """What waited for the reader's side was looked at."""
    await messages.see(session, actor, case_id)
    return _back(actor, case_id, "read")
