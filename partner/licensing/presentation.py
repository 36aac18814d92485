"""The case, its events and its notices as every surface shows them. Pure: rows in, plain JSON values out.

Each reader sees what docs/access.md says: staff everything; the applicant's side no proposal that is not decided, and no note that
staff made for each other; an administrator no form, no applicant and nothing that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from partner.auth.actor import STAFF_ROLES
from partner.database import Standing
from partner.licensing import notices
from partner.licensing.messages import Written
from partner.licensing.models import Applicant, Application, ApplicationEvent, CorrectionRequest, Notice
from partner.licensing.queries import Found
from partner.regulation.routes import Action

INTERNAL: frozenset[str] = frozenset(
    {"review", Action.PROPOSE_GRANT, Action.PROPOSE_REFUSAL, Action.RECORD_INSPECTION, Action.SUBSTITUTE, Action.SEND_BACK, Action.APPROVE}
)
"""Steps on the way to a decision: what staff note with them is for each other until the decision says it."""


def case(found: Found, available_actions: Iterable[str], *, standing: Standing) -> dict[str, Any]:
    """`Case` of the public interface, as somebody of this standing sees it."""
    application = found.application
    open_to_reader = standing is not Standing.ADMINISTRATOR
    inside = standing is Standing.STAFF
    return {
        "id": str(application.id),
        "reception_number": application.reception_number,
        "procedure": application.procedure,
        "route": application.route,
        "status": application.status,
        "channel": application.channel,
        "received_on": application.received_on.isoformat() if application.received_on else None,
        "entered_at": application.entered_at.isoformat(),
        "applicant": _applicant(application, found.applicant if open_to_reader else None),
        "bureau": application.bureau,
        "form": application.form if open_to_reader else {},
        "findings": application.findings if open_to_reader else [],
        "fee": _fee(application.fee),
        "available_actions": list(available_actions),
        "law": {"digest": application.law_digest, "dates": application.law_dates},
        "license": application.license,
        "proposal": application.proposal if inside else None,
        "decision": application.decision if open_to_reader else None,
        "provisional": _provisional(application.provisional, inside=inside) if open_to_reader else None,
        "inspection": application.inspection if open_to_reader else None,
        "time_limit_on": application.time_limit_on.isoformat() if application.time_limit_on else None,
        "recheck": application.recheck,
        "review": application.review if inside else None,
        "version": application.version,
    }


def _provisional(given: dict[str, Any] | None, *, inside: bool) -> dict[str, Any] | None:
    """The provisional license; the proposal that it was given on is for staff."""
    return given if inside or given is None else {key: value for key, value in given.items() if key != "proposal"}


def _fee(fee: dict[str, Any]) -> dict[str, Any]:
    """What is owed now. While that is the inspection fee, `paid_yen` says what was paid before; once all is paid, it is all together."""
    inspection = fee.get("inspection")
    if inspection is None or inspection["status"] in {"nothing", "cancelled"}:
        return fee
    before = fee.get("paid_yen", 0)
    if inspection["status"] != "paid":
        return {**inspection, "paid_yen": before, "inspection": inspection}
    amounts = [part["amount_yen"] for part in (fee, inspection)]
    return {
        "amount_yen": None if None in amounts else sum(amounts),
        "status": "paid",
        "confirmed": fee["confirmed"] and inspection["confirmed"],
        "lines": [*fee["lines"], *inspection["lines"]],
        "paid_yen": before + inspection["amount_yen"],
        "inspection": inspection,
    }


def _applicant(application: Application, applicant: Applicant | None) -> dict[str, Any]:
    if applicant is None:
        return {"id": str(application.applicant_id)}
    return {
        "id": str(applicant.id),
        "kind": applicant.kind,
        "name": applicant.name,
        "name_kana": applicant.name_kana,
        "corporate_number": applicant.corporate_number,
    }


def event(row: ApplicationEvent, *, standing: Standing) -> dict[str, Any]:
    """One event of a case, as somebody of this standing sees it; `sequence` counts within the case."""
    by_staff = bool(STAFF_ROLES.intersection(row.actor_roles))
    named = by_staff or standing is not Standing.ADMINISTRATOR
    told = standing is Standing.STAFF or (standing is Standing.APPLICANT and row.action not in INTERNAL)
    return {
        "sequence": row.sequence,
        "at": row.at.isoformat(),
        "actor": {"id": str(row.actor_id) if row.actor_id else None, "name": row.actor_name if named else None, "roles": row.actor_roles},
        "action": row.action,
        "from": row.from_status,
        "to": row.to_status,
        "changes": row.changes if told else [_untold(change) for change in row.changes],
        "comment": row.comment if told else "",
        "law_digest": row.law_digest,
    }


def _untold(change: dict[str, Any]) -> dict[str, Any]:
    """That a field changed, without what was written in it; to which bureau a case went is no secret."""
    return change if change["field"] == "bureau" else {"field": change["field"], "before": None, "after": None}


def notice(row: Notice) -> dict[str, Any]:
    """A notice: `content` holds what is also there for machines (conditions, reasons, requests).

    `application_id` is null where the case is somebody else's, whom the reader may not see.
    """
    return {
        "id": str(row.id),
        "application_id": None if row.kind in notices.TO_THE_FORMER_HOLDER else str(row.application_id),
        "kind": row.kind,
        "title": row.title,
        "body": row.body,
        "content": row.content,
        "at": row.at.isoformat(),
    }


def request(row: CorrectionRequest) -> dict[str, Any]:
    """A request for correction of one field."""
    return {"field": row.field, "message": row.message, "due_on": row.due_on.isoformat(), "requested_at": row.requested_at.isoformat()}


def message(row: Written) -> dict[str, Any]:
    """A message on a case; `seen_at` is when the reader's side saw it, null while it waits and for what the reader's side wrote."""
    said, mark = row.message, row.mark
    return {
        "id": str(said.id),
        "side": said.side,
        "author": said.author_name,
        "body": said.body,
        "at": said.at.isoformat(),
        "attachments": [{**document, "id": str(document["id"])} for document in row.documents],
        "unread": mark is not None and mark.seen_at is None,
        "seen_at": mark.seen_at.isoformat() if mark is not None and mark.seen_at is not None else None,
    }


def document(row: dict[str, Any]) -> dict[str, Any]:
    """A filed document, without its bytes."""
    return {**row, "id": str(row["id"]), "filed_at": row["filed_at"].isoformat()}
