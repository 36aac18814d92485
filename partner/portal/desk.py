"""Pages of a bureau: the queue, the case, every step that the reader may take, and the form of a filing on paper."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from partner import clock
from partner.auth.actor import Actor, Role, Scope
from partner.auth.web import Transaction, require
from partner.errors import Text
from partner.licensing import actions, applications, commands, paper_intake, straight_through
from partner.licensing.queries import Filter
from partner.portal import bulk, case_pages, form_pages, form_reading, wording
from partner.portal.frame import Framed

router = APIRouter(prefix="/desk")

Staff = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]
OPEN = ("received", "fee_due", "examining", "correction_requested", "in_approval", "provisional", "completion_notified")
PAGE_SIZE = 50
CORRECTION_BUSINESS_DAYS = 10
FREE_REQUESTS = 2
PLEASE = Text("ご確認のうえ、補正してください。", "Please check and correct this.")
WITH_REASONS = frozenset({"propose-refusal", "record-inspection", "dismiss"})


@router.get("")
async def queue(
    frame: Framed, actor: Staff, session: Transaction, status: str = "", q: str = "", look: str = "", after: UUID | None = None
) -> HTMLResponse:
    """The cases of the reader's bureau: all open ones, or those of one status; `q` is a number or a part of a name.

    `look` narrows to what waits to be looked at: `unread` messages and corrections that ran out, or a later `review`.
    """
    statuses = (status,) if status in wording.STATUSES else () if look else OPEN
    channels = ("paper",) if status == "draft" else ()
    wanted = Filter(
        statuses=statuses, channels=channels, text=q.strip() or None, unread=look == "unread" or None, review=look == "review" or None
    )
    found, following = await applications.listed(session, actor, wanted, after=after, limit=PAGE_SIZE)
    return frame.page(
        "desk.html",
        bureau=frame.law.desk(actor.bureau or ""),
        cases=await case_pages.lines(session, frame, actor, found),
        case_path="/desk/cases",
        next_page=f"/desk?{urlencode({'status': status, 'q': q, 'look': look, 'after': following})}" if following else None,
        chosen=status,
        look=look,
        wanted=q,
        waited=True,
        together=bool(bulk.steps_of(actor)),
        may_enter=Role.CLERK in actor.roles,
        may_begin=Role.EXAMINER in actor.roles,
        today=clock.today(),
    )


@router.get("/cases/{case_id}")
async def case(case_id: UUID, frame: Framed, actor: Staff, session: Transaction) -> HTMLResponse:
    """A case as the bureau sees it: the steps at hand, the findings, then what was filed."""
    found, facts = await case_pages.facts(session, frame, actor, case_id)
    shown = facts["case"]
    _, form = case_pages.form_of(frame.law, found.application)
    clerk_writes = Role.CLERK in actor.roles and shown["channel"] == "paper"
    return frame.page(
        "desk_case.html",
        back="/desk",
        path=f"/desk/cases/{case_id}",
        needs_reason=any(finding.get("needs_reason") for finding in shown["findings"]),
        due_on=frame.law.calendar.after(clock.today(), CORRECTION_BUSINESS_DAYS),
        business_days=CORRECTION_BUSINESS_DAYS,
        failing=[finding for finding in shown["findings"] if finding["outcome"] in {"fail", "warn"} and finding["field"]],
        fields=form_reading.leaves(form, shown["form"]) if "request-correction" in shown["available_actions"] else [],
        free_requests=range(FREE_REQUESTS),
        match=await paper_intake.match(session, actor, found) if clerk_writes and shown["status"] == "draft" else None,
        levels=case_pages.levels(frame.law, found.application),
        bureaus=[code for code in frame.law.codes("bureaus") if code.code != shown["bureau"]],
        may_review=bool(actor.roles & {Role.EXAMINER, Role.DIRECTOR}),
        may_edit=clerk_writes and (shown["status"] == "draft" or "correct" in shown["available_actions"]),
        may_attach=clerk_writes and shown["available_actions"] != [],
        holders=await case_pages.holders(session, frame.law, found),
        **facts,
    )


@router.get("/cases/{case_id}/form")
async def form(case_id: UUID, frame: Framed, actor: Staff, session: Transaction) -> Response:
    """The form of a filing on paper, for the clerk."""
    return await form_pages.show(frame, actor, session, case_id, path=f"/desk/cases/{case_id}")


@router.post("/cases/{case_id}/form")
async def fill(case_id: UUID, request: Request, frame: Framed, actor: Staff, session: Transaction) -> Response:
    """Store what the clerk filled in."""
    return await form_pages.store(frame, actor, session, case_id, request, path=f"/desk/cases/{case_id}")


@router.post("/cases/{case_id}/review")
async def review(case_id: UUID, frame: Framed, actor: Staff, session: Transaction, comment: Annotated[str, Form()] = "") -> Response:
    """Note the later review of a case that was decided straight through."""
    await straight_through.review(session, actor, frame.law, case_id, comment=comment.strip())
    return RedirectResponse(f"/desk/cases/{case_id}?done=review", 303)


@router.post("/cases/{case_id}/{action}")
async def act(case_id: UUID, action: str, request: Request, frame: Framed, actor: Staff, session: Transaction) -> Response:
    """Take a step."""
    fields = await request.form()
    texts = [(name, value.strip()) for name, value in fields.multi_items() if isinstance(value, str) and value.strip()]
    found = await actions.perform(session, actor, frame.law, case_id, action, command=commands.read(_body(action, texts)))
    seen = found.application.bureau == actor.bureau
    return RedirectResponse(f"/desk/cases/{case_id}?done={action}" if seen else f"/desk?done={action}", 303)


def _body(action: str, texts: list[tuple[str, str]]) -> dict[str, Any]:
    """The fields of the step's form as the action's body: lines become lists, chosen fields become requests."""
    body: dict[str, Any] = {name: value for name, value in texts if name in case_pages.PLAIN_FIELDS}
    words = dict(texts)
    if action == "propose-grant":
        decision = {"conditions": _lines(words.get("conditions", "")), "valid_to": words.get("valid_to")}
        body["decision"] = {name: value for name, value in decision.items() if value}
    if action in WITH_REASONS:
        body["reasons"] = _lines(words.get("reasons", ""))
    if action == "request-correction":
        body["requests"] = [
            {"field": value, "message": words.get(f"message-{name.removeprefix('field-')}") or PLEASE.as_dict()}
            for name, value in texts
            if name.startswith("field-")
        ]
    return body


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
