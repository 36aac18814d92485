"""Pages of a bureau: the queue, the case, every step that the reader may take, and the intake of paper."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner import clock
from partner.auth.actor import Actor, Role, Scope
from partner.auth.web import Transaction, require
from partner.errors import Text
from partner.licensing import actions, applications, commands, queries
from partner.licensing.queries import Filter
from partner.portal import case_pages, wording
from partner.portal.frame import Framed

router = APIRouter(prefix="/desk")

Staff = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]
OPEN = ("received", "fee_due", "examining", "correction_requested", "in_approval", "provisional", "completion_notified")
PAGE_SIZE = 50


@router.get("")
async def queue(frame: Framed, actor: Staff, session: Transaction, status: str = "", after: UUID | None = None) -> HTMLResponse:
    """The cases of the reader's bureau: all open ones, or those of one status."""
    statuses = (status,) if status in wording.STATUSES else OPEN
    found, following = await applications.listed(session, actor, Filter(statuses=statuses), after=after, limit=PAGE_SIZE)
    return frame.page(
        "desk.html",
        bureau=frame.law.codes("bureaus").name(actor.bureau or ""),
        cases=[case_pages.line(frame.law, applications.shown(frame.law, actor, one)) for one in found],
        case_path="/desk/cases",
        next_page=f"/desk?status={status}&after={following}" if following else None,
        chosen=status,
        may_enter=Role.CLERK in actor.roles,
        today=clock.today(),
    )


@router.post("/paper")
async def enter(file: UploadFile, received_on: Annotated[date, Form()], frame: Framed, actor: Staff, session: Transaction) -> Response:
    """Enter a filing that arrived on paper, from the file that the clerk typed."""
    content = await file.read()
    found, _ = await applications.import_file(
        session, actor, frame.law, content=content, name=file.filename or "filing.xml", received_on=received_on
    )
    return RedirectResponse(f"/desk/cases/{found[0].application.id}", 303)


@router.get("/cases/{case_id}")
async def case(case_id: UUID, frame: Framed, actor: Staff, session: Transaction) -> HTMLResponse:
    """A case as the bureau sees it: findings first, then what was filed, and the steps at hand."""
    facts = await case_pages.facts(session, frame, actor, case_id)
    requests = await queries.open_requests(session, case_id)
    needs_reason = any(finding.get("needs_reason") for finding in facts["case"]["findings"])
    return frame.page(
        "desk_case.html",
        back="/desk",
        path=f"/desk/cases/{case_id}",
        requests=requests,
        needs_reason=needs_reason,
        due_on=date.fromordinal(clock.today().toordinal() + 14),
        failing=[finding for finding in facts["case"]["findings"] if finding["outcome"] in {"fail", "warn"} and finding["field"]],
        **facts,
    )


@router.post("/cases/{case_id}/{action}")
async def act(case_id: UUID, action: str, request: Request, frame: Framed, actor: Staff, session: Transaction) -> Response:
    """Take a step."""
    fields = await request.form()
    texts = [(name, value.strip()) for name, value in fields.multi_items() if isinstance(value, str) and value.strip()]
    await actions.perform(session, actor, frame.law, case_id, action, command=commands.read(_body(action, texts)))
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


def _body(action: str, texts: list[tuple[str, str]]) -> dict[str, Any]:
    """The fields of the step's form as the action's body: lines become lists, ticked fields become requests."""
    body: dict[str, Any] = {name: value for name, value in texts if name in case_pages.PLAIN_FIELDS}
    lines = {name: [line.strip() for line in value.splitlines() if line.strip()] for name, value in texts}
    if action == "propose-grant" and lines.get("conditions"):
        body["decision"] = {"conditions": lines["conditions"]}
    if action == "propose-refusal":
        body["reasons"] = lines.get("reasons", [])
    if action == "request-correction":
        words = dict(texts)
        body["requests"] = [
            {"field": value, "message": words.get(f"message{value}") or Text("ご確認ください。", "Please check.").as_dict()}
            for name, value in texts
            if name == "field"
        ]
    return body
