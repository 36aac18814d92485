"""A case as a file of the e-filing client: the one that it came from with what has changed since, or a new one by the map of its form."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import NotFound, Text
from partner.licensing import cases, examining, filing_rewriting, filing_writing, queries
from partner.licensing.models import Application, FiledDocument
from partner.regulation import Law
from partner.regulation.filings import FilingMap


@dataclass(frozen=True)
class Exported:
    """A file of the e-filing client."""

    name: str
    content: bytes


async def export(session: AsyncSession, actor: Actor, law: Law, application_id: UUID) -> Exported:
    """The e-filing file of a case that the actor may see.

    Raises NotFound for any other case, and `no_filing_form` where the e-filing client has no form that we know for the procedure.
    """
    application = (await cases.visible(session, actor, application_id)).application
    source = await _source(session, application)
    if source is not None:
        filed_on = clock.legal_date(source.filed_at)
        return Exported(source.name, filing_rewriting.rewritten(source.content, application.form, law, on=filed_on))
    kind, found = _form_for(law, application)
    form = {**application.form, "application_kind": kind}
    content = filing_writing.write(form, law, form_id=found.form_id, form_version=found.form_version)
    return Exported(f"{application.reception_number or application.id}.xml", content)


def offered(law: Law, application: Application) -> bool:
    """Whether the e-filing client has a form that we know for the procedure of a case."""
    return bool(examining.procedure_of(law, application).filing_kinds)


async def _source(session: AsyncSession, application: Application) -> FiledDocument | None:
    """The file that a case came from."""
    filed = [one for one in await queries.documents(session, application.id) if one["kind"] == "filing"]
    return await queries.document(session, application.id, filed[-1]["id"]) if filed else None


def _form_for(law: Law, application: Application) -> tuple[str, FilingMap]:
    kinds = examining.procedure_of(law, application).filing_kinds
    kind = str(application.form.get("application_kind") or next(iter(kinds), ""))
    today = clock.today()
    for one in law.filing_maps:
        version = one.on(today)
        if version is not None and version.value is not None and kind in kinds and kind in version.value.kinds:
            return kind, one
    message = Text("この手続には、電子申請の様式がありません。", "The e-filing client has no form that is known here for this procedure.")
    raise NotFound("no_filing_form", message)
