"""Pages of an applicant: what I filed, what I hold, filing, mending, sending, paying."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner import clock
from partner.auth.actor import Actor, Role, Scope
from partner.auth.web import Transaction, require
from partner.errors import Forbidden, Invalid, Text
from partner.licensing import actions, applications, commands, holdings, prefilling, queries
from partner.licensing.applications import Draft
from partner.licensing.queries import Filter
from partner.portal import case_pages, form_filling
from partner.portal.frame import Frame, Framed

router = APIRouter(prefix="/my")

Reader = Annotated[Actor, require(Scope.APPLICATION_READ)]
Writer = Annotated[Actor, require(Scope.APPLICATION_WRITE)]


def _as_applicant(actor: Actor) -> None:
    if not actor.roles & {Role.APPLICANT, Role.AGENT}:
        raise Forbidden(
            "not_an_applicant",
            Text("申請者のページです。", "This page is for applicants."),
            remedy=Text("職員の方は審査デスクをご覧ください。", "Staff work at the desk (/desk)."),
        )


@router.get("")
async def mine(frame: Framed, actor: Reader, session: Transaction) -> HTMLResponse:
    """My page: notices, applications, licenses."""
    _as_applicant(actor)
    found, _ = await applications.listed(session, actor, Filter(), after=None, limit=100)
    cases = [case_pages.line(frame.law, applications.shown(frame.law, actor, one)) for one in found]
    return frame.page(
        "my.html",
        cases=cases,
        case_path="/my/cases",
        next_page=None,
        notices=await queries.notices(session, limit=10),
        licenses=[case_pages.license_line(frame.law, one) for one in await holdings.of_actor(session, actor, on=clock.today())],
    )


@router.get("/file")
async def choose(frame: Framed, actor: Writer) -> HTMLResponse:
    """Where a filing begins: a file, or a procedure."""
    _as_applicant(actor)
    return frame.page("file.html", procedures=frame.law.procedures(clock.today()))


@router.post("/file")
async def upload(file: UploadFile, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Read a filing file into a draft."""
    _as_applicant(actor)
    found, _ = await applications.import_file(session, actor, frame.law, content=await file.read(), name=file.filename or "filing.xml")
    return RedirectResponse(f"/my/cases/{found[0].application.id}", 303)


@router.post("/draft")
async def begin(request: Request, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Open an empty form of a procedure, with what is known already."""
    _as_applicant(actor)
    code = str((await request.form()).get("procedure", ""))
    procedure = frame.law.procedure(code, clock.today())
    created = await applications.create(session, actor, frame.law, Draft(code, prefilling.form(actor, procedure)))
    return RedirectResponse(f"/my/cases/{created.application.id}/form", 303)


@router.get("/cases/{case_id}")
async def case(case_id: UUID, frame: Framed, actor: Reader, session: Transaction) -> HTMLResponse:
    """A case as its applicant sees it."""
    _as_applicant(actor)
    facts = await case_pages.facts(session, frame, actor, case_id)
    return frame.page("my_case.html", back="/my", path=f"/my/cases/{case_id}", **facts)


@router.get("/cases/{case_id}/form")
async def form(case_id: UUID, frame: Framed, actor: Writer, session: Transaction) -> HTMLResponse:
    """The form of a draft, or of a case that is to be corrected, to fill in."""
    _as_applicant(actor)
    found = await applications.read(session, actor, case_id)
    return _form_page(frame, actor, applications.shown(frame.law, actor, found))


def _form_page(frame: Frame, actor: Actor, shown: dict[str, Any], *, error: Invalid | None = None, value: Any = None) -> HTMLResponse:
    procedure, sheet = case_pages.sheet(frame.law, actor, shown, error=error, value=value)
    return frame.page(
        "form.html", status=422 if error else 200, case=shown, title=procedure.title, sheet=sheet, error=error, codes=frame.law.codes
    )


@router.post("/cases/{case_id}/form")
async def fill(case_id: UUID, request: Request, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Store what was filled in: a draft is replaced, a requested correction is sent."""
    _as_applicant(actor)
    found = await applications.read(session, actor, case_id)
    shown = applications.shown(frame.law, actor, found)
    fields = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    procedure, form_ = case_pages.form_of(frame.law, shown)
    value = form_filling.read(form_, fields, shown["form"], act=procedure.act)
    wrong = form_.validate(value)
    if wrong:
        message = Text("入力に誤りがあります。赤い欄を直してください。", "Some fields are not acceptable: mend the ones marked in red.")
        return _form_page(frame, actor, shown, error=Invalid("form_invalid", message, errors=wrong), value=value)
    if shown["status"] == "draft":
        await applications.replace(session, actor, frame.law, case_id, value)
    else:
        await actions.perform(session, actor, frame.law, case_id, "correct", command=commands.read({"form": value}))
    return RedirectResponse(f"/my/cases/{case_id}", 303)


@router.post("/cases/{case_id}/{action}")
async def act(case_id: UUID, action: str, request: Request, frame: Framed, actor: Writer, session: Transaction) -> Response:
    """Take a step: submit, pay, notify completion, withdraw."""
    _as_applicant(actor)
    fields = await request.form()
    body = {name: value for name, value in fields.items() if isinstance(value, str) and value and name in case_pages.PLAIN_FIELDS}
    await actions.perform(session, actor, frame.law, case_id, action, command=commands.read(body))
    return RedirectResponse(f"/my/cases/{case_id}", 303)


@router.get("/licenses/{station_id}")
async def license_page(station_id: UUID, frame: Framed, actor: Reader, session: Transaction) -> HTMLResponse:
    """A license that I hold, with everything that stands on its record."""
    _as_applicant(actor)
    held = await holdings.one(session, actor, station_id, on=clock.today())
    return frame.page("license.html", license=case_pages.license_line(frame.law, held), record=held)
