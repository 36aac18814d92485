"""The form of a case as a page to fill in, for the applicant's side and for the clerk: shown, read back, stored."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import RedirectResponse
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from partner.auth.actor import Actor
from partner.errors import Conflict, FieldError, Invalid, NotFound, Text
from partner.licensing import actions, applications, commands, corporations, governing, prefilling, presentation, queries
from partner.licensing.merging import patch_to
from partner.licensing.queries import Found
from partner.portal import case_pages, form_answers
from partner.portal.form_filling import Sheet
from partner.portal.frame import Frame
from partner.regulation.procedures import Procedure

FILLED_IN = frozenset({"draft", "correction_requested"})
WRONG = Text("入力に誤りがあります。赤い欄を直してください。", "Some fields are not acceptable: mend the ones marked in red.")
CORPORATE_NUMBER = "/applicant/corporate_number"
CLOSED = Text("この案件の内容は、いまは書き換えられません。", "What was filed cannot be changed now.")
CLOSED_REMEDY = Text(
    "補正の依頼を待つか、取り下げて出し直してください。", "Wait for a request for correction, or withdraw the case and file again."
)


async def show(frame: Frame, actor: Actor, session: AsyncSession, case_id: UUID, *, path: str) -> Response:
    """The form of a draft, or of a case that is to be corrected, with the findings of today. Raises Conflict for any other."""
    found = await applications.read_today(session, actor, frame.law, case_id, statuses=FILLED_IN)
    shown = applications.shown(frame.law, actor, found)
    if shown["status"] != "draft" and "correct" not in shown["available_actions"]:
        raise Conflict("wrong_state", CLOSED, remedy=CLOSED_REMEDY)
    governing.refuse_repealed(frame.law, found.application)
    return await _page(frame, actor, session, found, shown, path=path)


async def store(frame: Frame, actor: Actor, session: AsyncSession, case_id: UUID, request: Request, *, path: str) -> Response:
    """Store what was filled in: a draft is replaced, a requested correction is sent. What is not acceptable is shown again."""
    found = await applications.read_today(session, actor, frame.law, case_id)
    shown = applications.shown(frame.law, actor, found)
    _, form = case_pages.form_of(frame.law, found.application)
    answers = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    value = form_answers.read(form, answers, form.fitting(shown["form"]), frame.law)
    if ("fill", "corporation") in answers:
        return await _filled(frame, actor, session, found, shown, value, path=path)
    wrong = form.validate(value)
    if wrong:
        error = Invalid("form_invalid", WRONG, errors=wrong)
        return await _page(frame, actor, session, found, shown, path=path, error=error, value=value)
    if shown["status"] == "draft":
        await applications.replace(session, actor, frame.law, case_id, value)
        return RedirectResponse(f"{path}?done=edit", 303)
    await actions.perform(session, actor, frame.law, case_id, "correct", command=commands.read({"form": patch_to(shown["form"], value)}))
    return RedirectResponse(f"{path}?done=correct", 303)


async def _filled(
    frame: Frame, actor: Actor, session: AsyncSession, found: Found, shown: dict[str, Any], value: dict[str, Any], *, path: str
) -> Response:
    """The form as it was filled in, with what is published under its corporate number; nothing is stored yet."""
    applicant = value.get("applicant") or {}
    try:
        corporation = await corporations.by_number(str(applicant.get("corporate_number") or ""), field=CORPORATE_NUMBER)
    except (Invalid, NotFound) as refused:
        said = Text(refused.message.ja, refused.message.en)
        error = Invalid(refused.code, said, errors=[FieldError(CORPORATE_NUMBER, refused.code, said)])
        return await _page(frame, actor, session, found, shown, path=path, error=error, value=value)
    value["applicant"] = {**applicant, **corporations.as_applicant(corporation), "kind": applicant.get("kind") or "corporation"}
    return await _page(frame, actor, session, found, shown, path=path, value=value)


async def _page(
    frame: Frame,
    actor: Actor,
    session: AsyncSession,
    found: Found,
    shown: dict[str, Any],
    *,
    path: str,
    error: Invalid | None = None,
    value: dict[str, Any] | None = None,
) -> Response:
    requests = [presentation.request(row) for row in await queries.open_requests(session, found.application.id)]
    procedure, sheet = _sheet(frame, actor, found, shown, error=error, value=value, requests=requests)
    _, form = case_pages.form_of(frame.law, found.application)
    notes = [(one.field, one.message, None) for one in error.errors] if error else _found(shown, "fail")
    warned = [] if error else _found(shown, "warn")
    return frame.page(
        "form.html",
        status=422 if error else 200,
        case=shown,
        title=procedure.title,
        heard=procedure.ex_officio,
        sheet=sheet,
        error=error,
        notes=[(form.labels(field), sheet.anchor(field), message, remedy) for field, message, remedy in notes],
        warned=[(form.labels(field), sheet.anchor(field), message, remedy) for field, message, remedy in warned],
        fills=form.has(CORPORATE_NUMBER) and CORPORATE_NUMBER not in prefilling.locked_fields(actor),
        requests=[(form.labels(one["field"]), sheet.anchor(one["field"]), one) for one in requests],
        codes=frame.law.codes,
        path=path,
    )


def _found(shown: dict[str, Any], outcome: str) -> list[tuple[str, Text, Text | None]]:
    """The findings of an outcome: the field, what is said of it, and the way out."""
    return [
        (one["field"], _text(one["message"]), _text(one["remedy"]) if one.get("remedy") else None)
        for one in shown["findings"]
        if one["outcome"] == outcome
    ]


def _text(words: dict[str, str]) -> Text:
    return Text(words.get("ja", ""), words.get("en", words.get("ja", "")))


def _sheet(
    frame: Frame,
    actor: Actor,
    found: Found,
    shown: dict[str, Any],
    *,
    error: Invalid | None,
    value: dict[str, Any] | None,
    requests: list[dict[str, Any]],
) -> tuple[Procedure, Sheet]:
    """The boxes: marked in red what an error, else a failing finding, names. An agent's own sign-in locks nothing of a client's form."""
    procedure, form = case_pages.form_of(frame.law, found.application)
    wrong = (
        {one.field: one.message for one in error.errors} if error else {field: words for field, words, _ in _found(shown, "fail") if field}
    )
    return procedure, Sheet(
        form,
        shown["form"] if value is None else value,
        frame.law,
        act=procedure.act,
        locked=prefilling.locked_fields(actor) if found.relation.own else (),
        wrong=wrong,
        asked={one["field"]: _text(one["message"]) for one in requests},
    )
