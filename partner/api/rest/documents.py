"""What stands beside a case: attachments, notices, open requests for correction. Messages are in `messages`."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from partner.api.dependencies import AppLaw
from partner.api.rest import uploads
from partner.api.rest.strict import StrictRoute
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.licensing import filing_export, notifications, presentation

router = APIRouter(tags=["applications"], route_class=StrictRoute)

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]

Kind = Annotated[
    str | None,
    Query(max_length=uploads.LONGEST_KIND, description="kind of the document; a multipart form may name it in its field `kind` instead"),
]


@router.get("/applications/{application_id}/attachments", summary="What was filed with a case")
async def attachments(actor: Reader, session: Transaction, application_id: UUID) -> dict[str, Any]:
    """The filing file and the attachments, without their bytes."""
    rows = await notifications.documents(session, actor, application_id)
    return {"items": [presentation.document(row) for row in rows], "next_cursor": None}


@router.post("/applications/{application_id}/attachments", status_code=201, summary="Attach a document", openapi_extra=uploads.ANY_FILE)
async def attach(
    actor: Writer, session: Transaction, law: AppLaw, request: Request, application_id: UUID, kind: Kind = None
) -> dict[str, Any]:
    """Put a document of a kind on a case; the findings are made anew."""
    file = await uploads.file_of(request)
    found, document = await notifications.attach(
        session,
        actor,
        law,
        application_id,
        kind=uploads.one_kind([kind, file.kind]),
        name=file.name,
        media_type=file.media_type,
        content=file.content,
    )
    shown = {key: getattr(document, key) for key in ("id", "kind", "name", "media_type", "size", "sha256", "filed_at")}
    return {**presentation.document(shown), "findings": found.application.findings}


@router.get("/applications/{application_id}/attachments/{document_id}", summary="The original bytes of a document")
async def attachment(actor: Reader, session: Transaction, application_id: UUID, document_id: UUID) -> Response:
    """A document exactly as it came, always as a download."""
    document = await notifications.document(session, actor, application_id, document_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "ETag": f'"{document.sha256}"',
    }
    return Response(document.content, headers=headers, media_type="application/octet-stream")


@router.get("/applications/{application_id}/export", summary="The e-filing file of a case", response_class=Response)
async def export(actor: Reader, session: Transaction, law: AppLaw, application_id: UUID) -> Response:
    """What was imported, as a file of the e-filing client again, with what has changed since; elements that no map names are kept."""
    made = await filing_export.export(session, actor, law, application_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name, safe='')}", "Cache-Control": "no-store"}
    return Response(made.content, headers=headers, media_type="application/xml")


@router.get("/applications/{application_id}/requests", summary="What is asked to be corrected")
async def requests(actor: Reader, session: Transaction, application_id: UUID) -> dict[str, Any]:
    """The requests for correction that are open."""
    rows = await notifications.requests(session, actor, application_id)
    return {"items": [presentation.request(row) for row in rows], "next_cursor": None}


@router.get("/applications/{application_id}/notices", summary="What the applicant was notified of")
async def case_notices(actor: Reader, session: Transaction, application_id: UUID) -> dict[str, Any]:
    """The notices on one case, newest first."""
    rows = await notifications.notices_of(session, actor, application_id)
    return {"items": [presentation.notice(row) for row in rows], "next_cursor": None}


@router.get("/notices", summary="My notices")
async def my_notices(
    actor: Reader, session: Transaction, after: UUID | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> dict[str, Any]:
    """All notices that you may see, newest first; `after` is the `next_cursor` of the page before."""
    rows, last = await notifications.my_notices(session, actor, after=after, limit=limit)
    return {"items": [presentation.notice(row) for row in rows], "next_cursor": str(last) if last else None}
