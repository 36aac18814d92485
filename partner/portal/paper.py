"""The clerk's pages for what arrives on paper: from the letter to a draft, by form or by a typed file."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner import clock
from partner.auth.actor import Actor, Scope
from partner.auth.web import Transaction, require
from partner.errors import NotFound, Text
from partner.licensing import applications, notifications, paper_intake
from partner.licensing.paper_intake import SCAN, Beginning
from partner.licensing.queries import Found
from partner.portal.frame import Framed

router = APIRouter(prefix="/desk/paper")

Staff = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]
Files = Annotated[list[UploadFile] | None, File()]
Day = Annotated[date, Form()]


@router.get("")
async def intake(frame: Framed, actor: Staff, session: Transaction, q: str = "") -> HTMLResponse:
    """What is on the paper, and who may be meant by the name on it."""
    found = await paper_intake.candidates(session, actor, q)
    kinds = frame.law.codes("applicant-kinds")
    return frame.page(
        "paper.html",
        wanted=q.strip(),
        candidates=[(one, kinds.name(one.kind), frame.law.codes("municipalities").name(one.municipality)) for one in found],
        kinds=list(kinds),
        procedures=[procedure for procedure in frame.law.procedures(clock.today()) if not procedure.ex_officio],
        repealed=[one for one in frame.law.all_procedures.repealed(clock.today()) if not one[0].ex_officio],
        today=clock.today(),
    )


@router.post("/form")
async def begin(  # noqa: PLR0913 - each is a field of the form, or what every route takes
    frame: Framed,
    actor: Staff,
    session: Transaction,
    *,
    procedure: Annotated[str, Form()],
    received_on: Day,
    applicant: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    name_kana: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "individual",
    license_number: Annotated[str, Form()] = "",
    corporate_number: Annotated[str, Form()] = "",
    scans: Files = None,
) -> Response:
    """Begin the form of a filing on paper with what is known, and keep the scan of the paper with it."""
    applicant_id = _identifier(applicant) if applicant else None
    beginning = Beginning(procedure, received_on, applicant_id, name, name_kana, kind, license_number, corporate_number.strip())
    found = await paper_intake.begin(session, actor, frame.law, beginning)
    if found.application.bureau == actor.bureau:
        for scan in [one for one in scans or [] if one.filename]:
            await _keep(frame, actor, session, found, scan)
    return _onwards(actor, found, "/form")


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("applicant_not_found", Text("その申請者は見つかりません。", "There is no such applicant.")) from None


async def _keep(frame: Framed, actor: Actor, session: Transaction, found: Found, scan: UploadFile) -> None:
    await notifications.attach(
        session,
        actor,
        frame.law,
        found.application.id,
        kind=SCAN,
        name=scan.filename or SCAN,
        media_type=scan.content_type or "application/octet-stream",
        content=await scan.read(),
    )


@router.post("")
async def enter(file: UploadFile, received_on: Day, frame: Framed, actor: Staff, session: Transaction) -> Response:
    """Enter a filing that arrived on paper, from the file that the clerk typed."""
    content = await file.read()
    found, _ = await applications.import_file(
        session, actor, frame.law, content=content, name=file.filename or "filing.xml", received_on=received_on
    )
    return _onwards(actor, found[0], "?done=import")


def _onwards(actor: Actor, found: Found, rest: str) -> Response:
    """To the case. A filing that belongs to another bureau is in that bureau's queue now, and no longer to be seen here."""
    application = found.application
    return RedirectResponse(f"/desk/cases/{application.id}{rest}" if application.bureau == actor.bureau else "/desk?done=transfer", 303)
