"""Pages of an applicant or agent: what I filed, filing, mending, sending, paying, notices. Licenses are in `licenses`."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner import clock
from partner.auth.actor import Actor, Role, Scope
from partner.auth.web import Transaction, require
from partner.errors import Conflict, Forbidden, NotFound, Text
from partner.licensing import actions, applications, clients, commands, filing_export, holdings, notifications, offers, prefilling
from partner.licensing.applicants import identity_of_claims
from partner.licensing.applications import Draft
from partner.licensing.queries import Filter
from partner.portal import case_pages, form_pages
from partner.portal.frame import Frame, Framed

router = APIRouter(prefix="/my")

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]
CASES, LICENSES, NOTICES = 50, 10, 20


def as_applicant(actor: Actor) -> None:
    """Raises Forbidden for staff and administrators."""
    if not actor.roles & {Role.APPLICANT, Role.AGENT}:
        raise Forbidden(
            "not_an_applicant",
            Text("申請者のページです。", "This page is for applicants."),
            remedy=Text("職員の方は審査デスクをご覧ください。", "Staff work at the desk (/desk)."),
        )


@router.get("")
async def mine(frame: Framed, actor: Reader, session: Transaction, after: UUID | None = None) -> HTMLResponse:
    """My page: notices, applications, licenses."""
    as_applicant(actor)
    found, following = await applications.listed(session, actor, Filter(), after=after, limit=CASES)
    held = await holdings.of_actor(session, actor, on=clock.today())
    notices, _ = await notifications.my_notices(session, actor, after=None, limit=3)
    return frame.page(
        "my.html",
        cases=await case_pages.lines(session, frame, actor, found),
        case_path="/my/cases",
        next_page=f"/my?after={following}" if following else None,
        notices=notices,
        licenses=[case_pages.license_line(frame.law, one) for one in held[:LICENSES]],
        held=len(held),
        waited=False,
    )


@router.get("/notices")
async def notices(frame: Framed, actor: Reader, session: Transaction, after: UUID | None = None) -> HTMLResponse:
    """All notices to me, newest first."""
    as_applicant(actor)
    found, following = await notifications.my_notices(session, actor, after=after, limit=NOTICES)
    return frame.page("notices.html", notices=found, next_page=f"/my/notices?after={following}" if following else None)


@router.get("/file")
async def choose(frame: Framed, actor: Writer, session: Transaction) -> HTMLResponse:
    """Where a filing begins: a file, or a procedure."""
    as_applicant(actor)
    represented = await clients.of_actor(session, actor)
    kinds = {identity_of_claims(actor.claims).kind, *(client.kind for client in represented)}
    suited = [procedure for procedure in frame.law.procedures(clock.today()) if kinds & set(procedure.filers)]
    suited.sort(key=lambda procedure: not procedure.filing_kinds)  # what the e-filing client is used for is filed most
    return frame.page(
        "file.html",
        beginning=[procedure for procedure in suited if procedure.license_field is None],
        following=[procedure for procedure in suited if procedure.license_field is not None],
        clients=represented,
    )


@router.post("/file")
async def upload(file: UploadFile, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Read a filing file into a draft."""
    as_applicant(actor)
    found, _ = await applications.import_file(session, actor, frame.law, content=await file.read(), name=file.filename or "filing.xml")
    return RedirectResponse(f"/my/cases/{found[0].application.id}?done=import", 303)


@router.post("/draft")
async def begin(request: Request, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Open the form of a procedure with what is known already: of me or my client, and of the license that it is about."""
    as_applicant(actor)
    fields = {name: value for name, value in (await request.form()).items() if isinstance(value, str) and value}
    code, station, client_id = fields.get("procedure", ""), fields.get("station"), fields.get("client")
    procedure = frame.law.procedure(code, clock.today())
    if station:
        form = await _about(frame, actor, session, code, _identifier(station))
    else:
        client = await clients.one(session, actor, _identifier(client_id)) if client_id else None
        form = prefilling.form(actor, frame.law, procedure, client=client)
    created = await applications.create(session, actor, frame.law, Draft(code, form))
    return RedirectResponse(f"/my/cases/{created.application.id}/form", 303)


async def _about(frame: Frame, actor: Actor, session: Transaction, code: str, station_id: UUID) -> dict[str, object]:
    """The prefilled form of a procedure about a license that I hold; raises Conflict where it may not be filed now."""
    held = await holdings.one(session, actor, station_id, on=clock.today())
    for offer in await offers.about(session, actor, frame.law, held):
        if offer.procedure.code != code:
            continue
        for obstacle in offer.obstacles:
            remedy = obstacle.get("remedy")
            raise Conflict("not_now", Text(**obstacle["message"]), remedy=Text(**remedy) if remedy else None)
        return offer.form
    raise NotFound("unknown_procedure", Text("この免許についてその手続はありません。", "There is no such procedure for this license."))


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("not_found", Text("見つかりません。", "Not found.")) from None


@router.get("/cases/{case_id}")
async def case(case_id: UUID, frame: Framed, actor: Reader, session: Transaction) -> HTMLResponse:
    """A case as its applicant sees it."""
    as_applicant(actor)
    found, facts = await case_pages.facts(session, frame, actor, case_id)
    relation = found.relation
    may_attach = relation.own or relation.may_draft or relation.may_file
    return frame.page(
        "my_case.html",
        back="/my",
        path=f"/my/cases/{case_id}",
        may_export=filing_export.offered(frame.law, found.application),
        may_attach=may_attach and facts["case"]["available_actions"] != [],
        may_edit=facts["case"]["status"] == "draft" and not facts["repeal"] and (relation.own or relation.may_draft),
        **facts,
    )


@router.get("/cases/{case_id}/export")
async def export(case_id: UUID, frame: Framed, actor: Reader, session: Transaction) -> Response:
    """The case as a file of the e-filing client."""
    as_applicant(actor)
    made = await filing_export.export(session, actor, frame.law, case_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name, safe='')}", "Cache-Control": "no-store"}
    return Response(made.content, headers=headers, media_type="application/xml")


@router.get("/cases/{case_id}/form")
async def form(case_id: UUID, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """The form of a draft, or of a case that is to be corrected, to fill in."""
    as_applicant(actor)
    return await form_pages.show(frame, actor, session, case_id, path=f"/my/cases/{case_id}")


@router.post("/cases/{case_id}/form")
async def fill(case_id: UUID, request: Request, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Store what was filled in: a draft is replaced, a requested correction is sent."""
    as_applicant(actor)
    return await form_pages.store(frame, actor, session, case_id, request, path=f"/my/cases/{case_id}")


@router.post("/cases/{case_id}/{action}")
async def act(case_id: UUID, action: str, request: Request, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Take a step: submit, pay, notify completion, withdraw."""
    as_applicant(actor)
    fields = await request.form()
    body: dict[str, Any] = {
        name: value for name, value in fields.items() if isinstance(value, str) and value and name in case_pages.PLAIN_FIELDS
    }
    body |= {name: True for name in case_pages.FLAGS if fields.get(name)}
    await actions.perform(session, actor, frame.law, case_id, action, command=commands.read(body))
    return RedirectResponse(f"/my/cases/{case_id}?done={action}", 303)
