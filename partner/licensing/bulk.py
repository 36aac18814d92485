"""One step of many like cases: each is its own decision and its own event, in its own transaction.

What one case refuses stops no other, and what has been done stays done. Nothing rests on one reason that is typed for many: a case that
needs a reason of its own is refused here and goes its own way.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from partner.auth.actor import Actor
from partner.database import Database
from partner.errors import FieldError, Invalid, NotFound, PartnerError, Text
from partner.licensing import actions, commands, queries
from partner.licensing.queries import Found
from partner.regulation import Law
from partner.regulation.routes import Action

MOST_CASES = 500
OFFERED = (Action.PROPOSE_GRANT, Action.PROPOSE_REFUSAL, Action.APPROVE, Action.SEND_BACK, Action.REQUEST_CORRECTION)
WITHOUT_REASONS = frozenset({Action.PROPOSE_GRANT})
REASONS = ("reason", "reasons", "comment")


FAULT = Text("システムエラーのため、この案件はそのままです。", "Something went wrong on our side; this case is as it was.")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What happened to one case: it is done, or refused for a reason."""

    application_id: UUID
    found: Found | None = None
    refusal: PartnerError | None = None


@dataclass(frozen=True)
class Order:
    """One step for many cases, with one content."""

    action: str
    application_ids: Sequence[UUID]
    content: dict[str, Any]


async def prepare(database: Database, actor: Actor, order: Order) -> list[UUID]:
    """The cases of an order, each once. Raises NotFound for a step that is not taken of many, Invalid for what is not alike."""
    if order.action not in {action.value for action in OFFERED}:
        offered = ", ".join(OFFERED)
        message = Text(f"「{order.action}」は一括ではできません。", f"'{order.action}' is not taken of many cases at once.")
        raise NotFound("unknown_action", message, remedy=Text(f"一括でできる操作: {offered}", f"Taken of many: {offered}."))
    ids = list(dict.fromkeys(order.application_ids))
    commands.read(order.content)
    _refuse_shared_reason(order)
    async with database.transaction(actor.access) as session:
        procedures = await queries.procedures_of(session, actor, ids)
    if len(procedures) > 1:
        message = Text("手続の異なる案件が混ざっています。", "The cases are of different procedures.")
        remedy = Text("同じ手続の案件だけを選んでください。", "Choose cases of one procedure.")
        raise Invalid("not_alike", message, remedy=remedy, errors=[FieldError("/ids", "not_alike", message)])
    return ids


def _refuse_shared_reason(order: Order) -> None:
    given = [name for name in REASONS if order.content.get(name)]
    if order.action in WITHOUT_REASONS and given:
        message = Text(
            "理由は案件ごとに書くものです。一括の起案には付けられません。", "A reason belongs to one case; none is shared by many."
        )
        raise Invalid("reason_not_shared", message, errors=[FieldError(f"/content/{name}", "not_shared", message) for name in given])


async def each(database: Database, actor: Actor, law: Law, order: Order, ids: Sequence[UUID]) -> AsyncIterator[Outcome]:
    """Take the step of one case after the other; whoever listens learns of each as soon as it is done."""
    command = commands.read(order.content)
    for application_id in ids:
        try:
            async with database.transaction(actor.access) as session:
                found = await actions.perform(session, actor, law, application_id, order.action, command=command)
        except PartnerError as refusal:
            yield Outcome(application_id, refusal=refusal)
        except Exception:  # a fault at one case must not leave the others, done and undone, without an answer
            _log.exception("%s of case %s failed", order.action, application_id)
            yield Outcome(application_id, refusal=PartnerError("internal_error", FAULT))
        else:
            yield Outcome(application_id, found)
