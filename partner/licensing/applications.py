"""Drafts: entering, importing and replacing a filing before it is submitted, and reading cases and their events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import Conflict, Forbidden, Text
from partner.licensing import applicants, cases, ex_officio, examining, filing, governing, paper, presentation, queries, workflow
from partner.licensing.applicants import Filer
from partner.licensing.differences import differences
from partner.licensing.elevation import carrying_out
from partner.licensing.models import Applicant, Application, ApplicationEvent, FiledDocument
from partner.licensing.prefetching import Prefetched
from partner.licensing.queries import Filter, Found, Relation
from partner.regulation import Law
from partner.regulation.facts import value_at
from partner.regulation.forms import Form
from partner.regulation.routes import Status

NO_ATTACHMENT = frozenset({"filing", "message", "scan"})
"""Documents on a case that are not attached to the filing: the file itself, the scan of the paper, and what went with a message."""
DRAFTS = frozenset({"draft"})


@dataclass(frozen=True)
class Source:
    """The file that a draft came from, with its original bytes and what of it found no place in the form."""

    content: bytes
    name: str
    media_type: str
    sha256: str
    unmapped: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """What somebody files: a form under a procedure. `received_on` is the day of arrival of a filing on paper."""

    procedure: str
    form: dict[str, Any]
    channel: str = "electronic"
    received_on: date | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Together:
    """What filings that are made together in one transaction share, so that it is read once: who files, and what the register says.

    `numbers`: reception numbers that are reserved for them, by bureau and year.
    """

    filer: Filer
    prefetched: Prefetched
    numbers: dict[tuple[str, int], Iterator[int]] = field(default_factory=dict)


async def create(session: AsyncSession, actor: Actor, law: Law, draft: Draft) -> Found:
    """Store a draft with the findings of today's law. Raises Forbidden when the form is somebody else's, Invalid for the procedure."""
    async with carrying_out(session, actor):
        found = await examined(session, actor, law, draft)
        session.add(found.application)
        await session.flush()  # the document and the event refer to it
        if draft.source is not None:
            session.add(_document(found.application, actor, draft.source))
        record_draft(session, actor, law, found, action="import" if draft.source else "draft")
    # A filing on paper may belong to another bureau than that of the clerk who entered it: the answer is the one look at it.
    return found if actor.is_staff else await cases.visible(session, actor, found.application.id)


async def examined(session: AsyncSession, actor: Actor, law: Law, draft: Draft, *, together: Together | None = None) -> Found:
    """The case that a draft makes, with its findings, not yet stored. Call in standing `system`; raises what `create` raises."""
    arrival = draft.received_on or clock.today()
    law = law.for_case(arrival, clock.today())
    procedure = examining.procedure_named(law, draft.procedure, on=arrival)
    written = examining.readable(law, procedure, draft.form, on=arrival)
    if procedure.ex_officio:
        applicant, form = await ex_officio.begun(session, actor, procedure, written)
        draft = replace_fields(draft, channel=ex_officio.CHANNEL)
    else:
        applicant, form = await _applicant(session, actor, draft.channel, written, known=together.filer if together else None)
    application = Application(
        procedure=draft.procedure,
        route="",
        channel=draft.channel,
        received_on=draft.received_on,
        entered_at=clock.now(),
        applicant_id=applicant.id,
        filed_by=actor.account_id,
        bureau="",
        form=law.form(procedure.form, arrival).fitting(form),
        unmapped=draft.source.unmapped if draft.source else [],
        law_digest=law.digest,
    )
    prefetched = together.prefetched if together else None
    await examining.refresh(session, law, application, applicant, attachments=(), prefetched=prefetched)
    return Found(application, applicant, Relation())


def record_draft(session: AsyncSession, actor: Actor, law: Law, found: Found, *, action: str = "draft") -> None:
    """Write the first event of a case that has been stored."""
    arrival = found.application.received_on or clock.today()
    act = examining.procedure_named(law, found.application.procedure, on=arrival).act
    cases.record(session, actor, found, action=action, act=act, from_status=None)


async def _applicant(
    session: AsyncSession, actor: Actor, channel: str, form: dict[str, Any], *, known: Filer | None
) -> tuple[Applicant, dict[str, Any]]:
    if channel == "paper":
        return await paper.applicant(session, actor, form)
    if actor.is_staff:
        raise Forbidden("not_an_applicant", Text("職員は電子申請を提出できません。", "Staff file nothing electronically."))
    return await applicants.filing_for(session, actor, form, known=known)


def _document(application: Application, actor: Actor, source: Source) -> FiledDocument:
    return FiledDocument(
        application_id=application.id,
        kind="filing",
        name=source.name,
        media_type=source.media_type,
        size=len(source.content),
        sha256=source.sha256,
        content=source.content,
        filed_at=clock.now(),
        filed_by=actor.account_id,
    )


def usual_channel(actor: Actor) -> str:
    """How somebody files who does not say how: staff enter what came on paper."""
    return "paper" if actor.is_staff else "electronic"


async def import_file(
    session: AsyncSession, actor: Actor, law: Law, *, content: bytes, name: str, channel: str | None = None, received_on: date | None = None
) -> tuple[list[Found], list[dict[str, Any]]]:
    """Read an e-filing file into a draft and keep the original bytes with it. Answers the drafts and what found no place in the form.

    `received_on` is the day of arrival of what came on paper.
    Raises what `filing.read` raises for a file that cannot be read, and Forbidden `applicant_mismatch` for somebody else's.
    """
    arrival = received_on or clock.today()
    read = filing.read(content, law, on=arrival)
    procedure = examining.procedure_of_filing(law, read.kind, read.form, on=arrival)
    unmapped: list[dict[str, Any]] = [one.as_dict() for one in read.unmapped]
    source = Source(content, name, "application/xml", read.sha256, unmapped)
    used = channel or usual_channel(actor)
    draft = Draft(procedure.code, read.form, used, arrival if used == "paper" else None, source)
    return [await create(session, actor, law, draft)], unmapped


async def replace(
    session: AsyncSession, actor: Actor, law: Law, application_id: UUID, form: dict[str, Any], *, expected_version: int | None = None
) -> Found:
    """Put another form in the place of a draft's. Raises Conflict when the case is no draft any more."""
    found = await cases.locked(session, actor, application_id, expected_version=expected_version)
    application = found.application
    _must_be_writer(actor, found, ex_officio=examining.procedure_of(law, application).ex_officio)
    if application.status != "draft":
        raise Conflict(
            "wrong_state",
            Text("提出済みの案件の内容は書き換えられません。", "A submitted case is not rewritten."),
            remedy=Text(
                "補正を求められたときは「補正」（correct）で、そうでなければ取下げて出し直してください。",
                "Answer a request with the action `correct`, or withdraw the case and file again.",
            ),
        )
    governing.refuse_repealed(law, application)
    before = application.form
    async with carrying_out(session, actor):
        found = await rewritten(session, actor, law, found, form)
        procedure = await examining.refresh(session, law, application, found.applicant, attachments=await kinds(session, application))
        changes = differences(before, application.form)
        cases.record(session, actor, found, action="edit", act=procedure.act, from_status="draft", changes=changes)
    return found


def _must_be_writer(actor: Actor, found: Found, *, ex_officio: bool) -> None:
    office = "examiner" if ex_officio else "clerk"
    enters = found.application.channel == "paper" and office in cases.parts(actor, found.application, found.relation)
    if not (found.relation.own or found.relation.may_draft or enters):
        raise Forbidden("not_your_part", Text("この下書きを書き換える立場にありません。", "This draft is not yours to change."))


async def rewritten(session: AsyncSession, actor: Actor, law: Law, found: Found, form: dict[str, Any]) -> Found:
    """The case with another form. Raises Forbidden `applicant_mismatch` when it names another applicant.

    Only a clerk who is still entering a filing on paper may mend who the applicant is.
    """
    application = found.application
    law, procedure = governing.law_of(law, application), examining.procedure_of(law, application)
    on = application.received_on or clock.today()
    kept = without_leftovers(law.form(procedure.form, on), form, stored=application.form)
    written = examining.readable(law, procedure, kept, on=on)
    if procedure.ex_officio:
        application.form = {**written, "applicant": application.form["applicant"]}
        return found
    on_paper = application.channel == "paper" and actor.is_staff
    filing_as = paper.applicant if on_paper else applicants.filing_for
    applicant, application.form = await filing_as(session, actor, written)
    if applicant.id != application.applicant_id and not (on_paper and application.status == "draft"):
        raise applicants.mismatch(actor)
    application.applicant_id = applicant.id
    return Found(application, applicant, found.relation)


def without_leftovers(rules: Form, form: dict[str, Any], *, stored: Mapping[str, Any]) -> dict[str, Any]:
    """A form without what an amendment has taken out of it since it was stored; what is new and has no place stays, to be refused.

    What is left out stands in the history of the case, as the value before the change.
    """
    fitted = rules.fitting(form)
    gone = [one for one in differences(form, fitted) if one["before"] is not None]
    return fitted if all(value_at(one["field"], stored) == one["before"] for one in gone) else form


async def kinds(session: AsyncSession, application: Application) -> list[str]:
    """The kinds of the documents attached to a case."""
    return [kind for kind in await queries.document_kinds(session, application.id) if kind not in NO_ATTACHMENT]


async def read(session: AsyncSession, actor: Actor, application_id: UUID) -> Found:
    """A case that the actor may see; raises NotFound."""
    return await cases.visible(session, actor, application_id)


async def read_today(session: AsyncSession, actor: Actor, law: Law, application_id: UUID, *, statuses: Collection[str] = DRAFTS) -> Found:
    """The same; a draft (or what is in one of `statuses`) with the findings, the fee and the route of today.

    The law or the day may be another since it was stored.
    Nothing is written: whoever stores or submits the draft writes them.
    """
    found = await cases.visible(session, actor, application_id)
    application = found.application
    stale = application.law_digest != law.digest or clock.today().isoformat() not in application.law_dates.values()
    if application.status not in statuses or not stale or found.applicant is None or governing.repeal(law, application):
        return found
    attachments = await kinds(session, application)
    session.expunge(application)
    async with carrying_out(session, actor):
        await examining.refresh(session, law, application, found.applicant, attachments=attachments)
    return found


async def listed(session: AsyncSession, actor: Actor, wanted: Filter, *, after: UUID | None, limit: int) -> tuple[list[Found], UUID | None]:
    """A page of the cases that the actor may see, newest first, and the id after which the next page begins."""
    found = await queries.cases(session, actor, wanted, after=after, limit=limit + 1)
    more = len(found) > limit
    return found[:limit], found[limit - 1].application.id if more else None


async def events(session: AsyncSession, actor: Actor, application_id: UUID, *, after: int, limit: int) -> list[ApplicationEvent]:
    """The events of a case that the actor may see, after a sequence number; raises NotFound."""
    await cases.visible(session, actor, application_id)
    return await queries.events(session, application_id, after=after, limit=limit)


def shown(law: Law, actor: Actor, found: Found) -> dict[str, Any]:
    """The case as the actor is shown it."""
    case = presentation.case(found, cases.available(law, actor, found), standing=actor.access.standing)
    changing = cases.changing(law, found.application)
    return {**case, "status_name": workflow.status_words(Status(found.application.status), changing=changing).as_dict()}
