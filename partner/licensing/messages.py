"""Messages between the two sides of a case, with documents, and what either side has not looked at yet.

A message is no part of the filing: its documents change no finding. After the decision the sides may still write to each other, but a
document has no place on a decided case any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Conflict, FieldError, Forbidden, Invalid, Text, TooLarge
from partner.licensing import cases, desk_queries, examining, notices, queries
from partner.licensing.elevation import carrying_out
from partner.licensing.models import CaseMark, FiledDocument, Message, MessageDocument
from partner.licensing.queries import Found
from partner.regulation import Law
from partner.regulation.routes import FINAL

Side = Literal["applicant", "bureau"]
KIND = "message"
MOST_DOCUMENTS, LARGEST_BYTES = 10, 10 * 1024 * 1024
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "docx": (b"PK\x03\x04",),
    "xlsx": (b"PK\x03\x04",),
    "zip": (b"PK\x03\x04",),
    "xml": (),
    "csv": (),
    "txt": (),
}
"""What may go with a message, by the ending of its name, and how such a file begins."""


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What somebody writes: words, files, and documents that are on the case already."""

    body: str
    files: Sequence[Enclosure] = ()
    documents: Sequence[UUID] = ()


@dataclass(frozen=True)
class Written:
    """A message with its documents, and since when the other side has seen it (where the reader may know)."""

    message: Message
    documents: list[dict[str, Any]] = field(default_factory=list)
    mark: CaseMark | None = None


def side_of(actor: Actor) -> Side:
    """On which side of a case somebody stands."""
    return "bureau" if actor.is_staff else "applicant"


def other(side: Side) -> Side:
    """The side across."""
    return "applicant" if side == "bureau" else "bureau"


async def written(session: AsyncSession, actor: Actor, application_id: UUID) -> list[Written]:
    """The messages on a case, oldest first, with their documents; raises NotFound."""
    await cases.visible(session, actor, application_id)
    documents: dict[UUID, list[dict[str, Any]]] = {}
    for message_id, document in await desk_queries.documents_of_messages(session, application_id):
        documents.setdefault(message_id, []).append(document)
    marks = {mark.message_id: mark for mark in await desk_queries.marks_of_messages(session, application_id)}
    found = await queries.messages(session, application_id)
    return [Written(message, documents.get(message.id, []), marks.get(message.id)) for message in found]


async def write(session: AsyncSession, actor: Actor, law: Law, application_id: UUID, letter: Letter) -> Written:
    """Write on a case. What waited for the writer's side is thereby seen; the other side is told.

    Raises NotFound, Forbidden for a mere reader, Conflict for a document on a decided case, Invalid or TooLarge for what cannot go along.
    """
    found = await _as_writer(session, actor, application_id)
    await _refuse_enclosures(session, found, letter)
    side = side_of(actor)
    message = Message(
        application_id=application_id,
        side=side,
        author_id=actor.account_id,
        author_name=actor.display_name,
        body=letter.body,
        at=clock.now(),
    )
    async with carrying_out(session, actor):
        session.add(message)
        await session.flush()  # documents and marks refer to it
        await _enclose(session, actor, message, letter)
        await desk_queries.close_marks(session, application_id, side, seen_by=actor.account_id)
        session.add(CaseMark(application_id=application_id, side=other(side), kind="message", message_id=message.id, at=clock.now()))
        if side == "bureau":
            notices.message(session, found.application)
        act = examining.procedure_of(law, found.application).act
        cases.record(session, actor, found, action="message", act=act, from_status=found.application.status)
    return next(one for one in await written(session, actor, application_id) if one.message.id == message.id)


async def see(session: AsyncSession, actor: Actor, application_id: UUID) -> int:
    """The actor's side has looked at everything that waited for it; how much that was. Raises NotFound, Forbidden for a mere reader."""
    await _as_writer(session, actor, application_id)
    async with carrying_out(session, actor):
        return await desk_queries.close_marks(session, application_id, side_of(actor), seen_by=actor.account_id)


async def waiting(session: AsyncSession, actor: Actor, application_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """What waits to be looked at by the actor's side, by case: kinds of marks."""
    found: dict[UUID, list[str]] = {}
    for mark in await desk_queries.open_marks(session, application_ids, side_of(actor)):
        found.setdefault(mark.application_id, []).append(mark.kind)
    return found


async def _as_writer(session: AsyncSession, actor: Actor, application_id: UUID) -> Found:
    found = await cases.locked(session, actor, application_id)
    if not cases.parts(actor, found.application, found.relation):
        raise Forbidden("not_your_part", Text("この案件に書き込む立場にありません。", "You cannot write on this case."))
    return found


async def _refuse_enclosures(session: AsyncSession, found: Found, letter: Letter) -> None:
    count = len(letter.files) + len(letter.documents)
    if count and found.application.status in FINAL:
        message = Text("決定した案件には書類を付けられません。", "No document goes on a case that is decided.")
        raise Conflict("wrong_state", message, remedy=Text("本文だけで連絡してください。", "Write without a document."))
    if count > MOST_DOCUMENTS:
        message = Text(f"書類は{MOST_DOCUMENTS}件までです。", f"At most {MOST_DOCUMENTS} documents go with a message.")
        raise Invalid("too_many_documents", message, errors=[FieldError("/attachments", "too_many", message)])
    for file in letter.files:
        _refuse_file(file)
    known = {document["id"] for document in await queries.documents(session, found.application.id)}
    message = Text("この案件にない書類です。", "There is no such document on the case.")
    unknown = [
        FieldError(f"/attachments/{index}", "unknown_document", message)
        for index, wanted in enumerate(letter.documents)
        if wanted not in known
    ]
    if unknown:
        raise Invalid("unknown_document", message, errors=unknown)


def _refuse_file(file: Enclosure) -> None:
    if len(file.content) > LARGEST_BYTES:
        message = Text(
            f"「{file.name}」は大きすぎます。1件{LARGEST_BYTES // 2**20}MBまでです。",
            f"'{file.name}' is larger than {LARGEST_BYTES // 2**20} MB.",
        )
        raise TooLarge("document_too_large", message, errors=[FieldError("file", "too_large", message)])
    if not file.content:
        raise Invalid("attachment_empty", Text(f"「{file.name}」は空です。", f"'{file.name}' is empty."))
    beginnings = BEGINNINGS.get(file.name.rpartition(".")[2].lower())
    if beginnings is None or (beginnings and not file.content.startswith(beginnings)):
        known = ", ".join(BEGINNINGS)
        message = Text(
            f"「{file.name}」は付けられる種類の書類ではないか、中身が拡張子と合いません。",
            f"'{file.name}' is of no kind that goes with a message.",
        )
        remedy = Text(f"付けられる種類: {known}", f"Kinds of documents: {known}.")
        raise Invalid("document_type_invalid", message, remedy=remedy, errors=[FieldError("file", "type", message)])


async def _enclose(session: AsyncSession, actor: Actor, message: Message, letter: Letter) -> None:
    filed = [
        FiledDocument(
            application_id=message.application_id,
            kind=KIND,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            content=file.content,
            filed_at=clock.now(),
            filed_by=actor.account_id,
        )
        for file in letter.files
    ]
    session.add_all(filed)
    await session.flush()  # the links refer to them
    ids = dict.fromkeys([*letter.documents, *(document.id for document in filed)])
    session.add_all(MessageDocument(message_id=message.id, document_id=document_id) for document_id in ids)
