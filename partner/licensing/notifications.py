"""Reading and adding what stands beside a case: attachments, notices, open requests for correction. Messages are in `messages`."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Text
from partner.licensing import applicants, applications, cases, examining, paper_intake, queries
from partner.licensing.elevation import carrying_out
from partner.licensing.models import CorrectionRequest, FiledDocument, Notice
from partner.licensing.queries import Found
from partner.regulation import Law
from partner.regulation.routes import FINAL


async def attach(
    session: AsyncSession, actor: Actor, law: Law, application_id: UUID, *, kind: str, name: str, media_type: str, content: bytes
) -> tuple[Found, FiledDocument]:
    """Put a document on a case, as its bytes came, and examine the case again. Raises Conflict when the case is closed."""
    found = await cases.locked(session, actor, application_id)
    _refuse_attachment(law, actor, found, kind=kind, name=name, content=content)
    application = found.application
    document = FiledDocument(
        application_id=application.id,
        kind=kind,
        name=name,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        filed_at=clock.now(),
        filed_by=actor.account_id,
    )
    async with carrying_out(session, actor):
        attached = [*await applications.kinds(session, application), *({kind} - applications.NO_ATTACHMENT)]
        session.add(document)
        procedure = await examining.refresh(session, law, application, found.applicant, attachments=attached)
        changes = [{"field": "/attachments", "before": None, "after": {"kind": kind, "name": name, "sha256": document.sha256}}]
        cases.record(session, actor, found, action="attach", act=procedure.act, from_status=application.status, changes=changes)
    return found, document


def _refuse_attachment(law: Law, actor: Actor, found: Found, *, kind: str, name: str, content: bytes) -> None:
    held = cases.parts(actor, found.application, found.relation)
    if not (held & {"applicant", "agent", "clerk"} or found.relation.may_draft):
        raise Forbidden("not_your_part", Text("この案件に書類を添付する立場にありません。", "You cannot attach documents to this case."))
    if found.application.status in FINAL:
        raise Conflict("wrong_state", Text("終わった案件には添付できません。", "The case is closed."))
    kinds = [one.kind for one in examining.procedure_of(law, found.application).attachments]
    if found.application.channel == "paper" and "clerk" in held:
        kinds.append(paper_intake.SCAN)
    if kind not in kinds:
        message = Text(f"書類の種別は{'、'.join(kinds)}のいずれかです。", f"The kind of an attachment is one of {', '.join(kinds)}.")
        raise Invalid("attachment_kind_invalid", message, errors=[FieldError("kind", "unknown_value", message)])
    if not content:
        raise Invalid("attachment_empty", Text("書類が空です。", "The document is empty."))
    if kind == paper_intake.SCAN:
        paper_intake.refuse_scan(name, content)


async def documents(session: AsyncSession, actor: Actor, application_id: UUID) -> list[dict[str, Any]]:
    """What was filed with a case, without the bytes; raises NotFound."""
    await cases.visible(session, actor, application_id)
    return await queries.documents(session, application_id)


async def document(session: AsyncSession, actor: Actor, application_id: UUID, document_id: UUID) -> FiledDocument:
    """One filed document with its original bytes; raises NotFound."""
    await cases.visible(session, actor, application_id)
    found = await queries.document(session, application_id, document_id)
    if found is None:
        raise NotFound("document_not_found", Text("その書類は見つかりません。", "There is no such document."))
    return found


async def requests(session: AsyncSession, actor: Actor, application_id: UUID) -> list[CorrectionRequest]:
    """The requests for correction that are open on a case; raises NotFound."""
    await cases.visible(session, actor, application_id)
    return await queries.open_requests(session, application_id)


async def notices_of(session: AsyncSession, actor: Actor, application_id: UUID) -> list[Notice]:
    """The notices on one case, newest first; raises NotFound."""
    await cases.visible(session, actor, application_id)
    return await queries.notices(session, application_id=application_id)


async def my_notices(session: AsyncSession, actor: Actor, *, after: UUID | None, limit: int) -> tuple[list[Notice], UUID | None]:
    """A page of the notices that the actor of this transaction may see, newest first."""
    await applicants.known(session, actor)
    rows = await queries.notices(session, after=after, limit=limit + 1)
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
