"""The case, its events and its notices as every surface shows them. Pure: rows in, plain JSON values out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from partner.licensing.models import Applicant, Application, ApplicationEvent, CorrectionRequest, Message, Notice
from partner.licensing.queries import Found


def case(found: Found, available_actions: Iterable[str]) -> dict[str, Any]:
    """`Case` of the public interface. Whoever may not see the applicant (an administrator) sees no form either."""
    application = found.application
    open_to_reader = found.applicant is not None
    return {
        "id": str(application.id),
        "reception_number": application.reception_number,
        "procedure": application.procedure,
        "route": application.route,
        "status": application.status,
        "channel": application.channel,
        "received_on": application.received_on.isoformat() if application.received_on else None,
        "entered_at": application.entered_at.isoformat(),
        "applicant": _applicant(application, found.applicant),
        "bureau": application.bureau,
        "form": application.form if open_to_reader else {},
        "findings": application.findings if open_to_reader else [],
        "fee": _fee(application.fee),
        "available_actions": list(available_actions),
        "law": {"digest": application.law_digest, "dates": application.law_dates},
        "license": application.license,
        "proposal": application.proposal if open_to_reader else None,
        "decision": application.decision if open_to_reader else None,
        "provisional": application.provisional,
        "inspection": application.inspection,
        "time_limit_on": application.time_limit_on.isoformat() if application.time_limit_on else None,
        "recheck": application.recheck,
        "version": application.version,
    }


def _fee(fee: dict[str, Any]) -> dict[str, Any]:
    """All fees of the case together: once the inspection fee has fallen due, its lines stand beside those of the filing."""
    inspection = fee.get("inspection")
    if inspection is None:
        return fee
    amounts = [part["amount_yen"] for part in (fee, inspection)]
    return {
        "amount_yen": None if None in amounts else sum(amounts),
        "status": fee["status"] if inspection["status"] in {"nothing", fee["status"]} else inspection["status"],
        "confirmed": fee["confirmed"] and inspection["confirmed"],
        "lines": [*fee["lines"], *inspection["lines"]],
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


def event(row: ApplicationEvent) -> dict[str, Any]:
    """One event of a case; `sequence` counts within the case."""
    return {
        "sequence": row.sequence,
        "at": row.at.isoformat(),
        "actor": {"id": str(row.actor_id) if row.actor_id else None, "name": row.actor_name, "roles": row.actor_roles},
        "action": row.action,
        "from": row.from_status,
        "to": row.to_status,
        "changes": row.changes,
        "comment": row.comment,
        "law_digest": row.law_digest,
    }


def notice(row: Notice) -> dict[str, Any]:
    """A notice to the applicant: `content` holds what is also there for machines (conditions, reasons, requests)."""
    return {
        "id": str(row.id),
        "application_id": str(row.application_id),
        "kind": row.kind,
        "title": row.title,
        "body": row.body,
        "content": row.content,
        "at": row.at.isoformat(),
    }


def request(row: CorrectionRequest) -> dict[str, Any]:
    """A request for correction of one field."""
    return {"field": row.field, "message": row.message, "due_on": row.due_on.isoformat(), "requested_at": row.requested_at.isoformat()}


def message(row: Message) -> dict[str, Any]:
    """A message on a case."""
    return {"id": str(row.id), "side": row.side, "author": row.author_name, "body": row.body, "at": row.at.isoformat()}


def document(row: dict[str, Any]) -> dict[str, Any]:
    """A filed document, without its bytes."""
    return {**row, "id": str(row["id"]), "filed_at": row["filed_at"].isoformat()}
