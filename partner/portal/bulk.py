"""Like cases together: choose them, look once more, and see what happened to each while it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.responses import Response

from partner.auth.actor import Actor, Role, Scope
from partner.auth.web import Transaction, require
from partner.errors import Invalid, Text
from partner.licensing import applications, bulk, queries
from partner.licensing.bulk import Order, Outcome
from partner.licensing.queries import Filter
from partner.portal import case_pages
from partner.portal.frame import Frame, Framed
from partner.regulation.routes import Action

router = APIRouter(prefix="/desk/bulk")

Staff = Annotated[Actor, require(Scope.APPLICATION_PROCESS)]
STATUS = {Action.PROPOSE_GRANT: "examining", Action.APPROVE: "in_approval"}
HERE = "<!-- what happens -->"
NOTHING_CHOSEN = Text("案件が選ばれていません。", "No case is chosen.")


def steps_of(actor: Actor) -> list[Action]:
    """The steps that somebody takes of many cases on a page."""
    found = {Role.EXAMINER: Action.PROPOSE_GRANT, Role.DIRECTOR: Action.APPROVE}
    return [action for role, action in found.items() if role in actor.roles]


@router.get("")
async def choose(frame: Framed, actor: Staff, session: Transaction, action: str = "", procedure: str = "") -> HTMLResponse:
    """The like cases of one procedure whose step needs nothing of its own; what needs a look of its own is counted only."""
    steps = steps_of(actor)
    step = next((one for one in steps if one.value == action), steps[0] if steps else None)
    procedures = await queries.procedures_in(session, actor, STATUS[step]) if step else []
    chosen = procedure or next((code for code, _ in procedures), "")
    wanted = Filter(statuses=(STATUS[step],), procedures=(chosen,)) if step and chosen else None
    found, more = await applications.listed(session, actor, wanted, after=None, limit=bulk.MOST_CASES) if wanted else ([], None)
    cases = await case_pages.lines(session, frame, actor, found)
    ready = [case for case in cases if step and _ready(case, step)]
    return frame.page(
        "bulk.html",
        steps=steps,
        step=step,
        procedures=[(code, frame.law.all_procedures.title(code), count) for code, count in procedures],
        chosen=chosen,
        cases=ready,
        apart=len(cases) - len(ready),
        more=more is not None,
    )


def _ready(case: dict[str, Any], step: Action) -> bool:
    """Whether the step of a case can be taken together with others: it is possible, and needs no reason of its own."""
    if step.value not in case["available_actions"]:
        return False
    if step is Action.APPROVE:
        return bool(case["proposal"]) and case["proposal"]["kind"] == "grant"
    return not any(finding["outcome"] == "fail" or finding.get("needs_reason") for finding in case["findings"])


@router.post("/confirm")
async def confirm(
    frame: Framed,
    actor: Staff,
    session: Transaction,
    action: Annotated[str, Form()],
    ids: Annotated[list[UUID] | None, Form()] = None,
    conditions: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """What is about to be done, once more, before it is done."""
    if not ids:
        raise Invalid("nothing_chosen", NOTHING_CHOSEN)
    found = await queries.cases_of(session, actor, ids[: bulk.MOST_CASES])
    return frame.page(
        "bulk_confirm.html",
        action=action,
        cases=await case_pages.lines(session, frame, actor, found),
        conditions=conditions.strip(),
    )


@router.post("/{action}")
async def act(action: str, request: Request, frame: Framed, actor: Staff) -> Response:
    """Take the step of each case; the page grows while that is done."""
    form = await request.form()
    conditions = [line.strip() for line in str(form.get("conditions", "")).splitlines() if line.strip()]
    content = {"decision": {"conditions": conditions}} if conditions and action == Action.PROPOSE_GRANT else {}
    order = Order(action, [_identifier(str(one)) for one in form.getlist("ids")], content)
    ids = await bulk.prepare(frame.database, actor, order)
    before, _, after = bytes(frame.page("bulk_result.html", action=action, here=HERE, total=len(ids)).body).decode().partition(HERE)
    return StreamingResponse(_told(frame, actor, order, ids, (before, after)), media_type="text/html; charset=utf-8")


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("nothing_chosen", NOTHING_CHOSEN) from None


async def _told(frame: Frame, actor: Actor, order: Order, ids: list[UUID], page: tuple[str, str]) -> AsyncIterator[str]:
    """The page: its head at once, then a line for each case as soon as it is done, then how many were."""
    yield page[0]
    done = 0
    async for outcome in bulk.each(frame.database, actor, frame.law, order, ids):
        done += outcome.found is not None
        yield frame.part("bulk_line.html", outcome=outcome, shown=_shown(outcome))
    yield frame.part("bulk_sum.html", done=done, refused=len(ids) - done)
    yield page[1]


def _shown(outcome: Outcome) -> dict[str, Any]:
    application = outcome.found.application if outcome.found else None
    return {
        "id": outcome.application_id,
        "number": application.reception_number if application else None,
        "status": application.status if application else None,
        "call_sign": (application.license or {}).get("call_sign") if application else None,
    }
