"""The clerk's desk for what arrives on paper: find the applicant, begin the form, keep the scan, confirm whose filing it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner.auth.actor import Actor, Role
from partner.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Text
from partner.licensing import applications, corporations, desk_queries, examining, paper, prefilling
from partner.licensing.applications import Draft
from partner.licensing.elevation import carrying_out
from partner.licensing.models import Applicant
from partner.licensing.queries import Found
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation import Law
from partner.regulation.procedures import Procedure

MOST_CANDIDATES = 20
SCAN = "scan"
SCANS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "tif": (b"II*\x00", b"MM\x00*"),
    "tiff": (b"II*\x00", b"MM\x00*"),
}
"""How a scan may be named, and how such a file begins."""


@dataclass(frozen=True)
class Beginning:
    """What a clerk knows when a letter is opened: for which procedure, when it arrived, from whom, about which license.

    Either `applicant_id` is one that was found, or `name` (and kana) are those on the paper.
    """

    procedure: str
    received_on: date | None
    applicant_id: UUID | None = None
    name: str = ""
    name_kana: str = ""
    kind: str = "individual"
    license_number: str = ""
    corporate_number: str = ""


@dataclass(frozen=True)
class Match:
    """Whom a filing on paper is taken to be from: how many other cases and licenses they have, and whether they file electronically too."""

    cases: int
    licenses: int
    account: bool

    @property
    def known(self) -> bool:
        """Whether anything but this filing speaks of them."""
        return self.cases > 0 or self.licenses > 0 or self.account


def _refuse_others(actor: Actor) -> None:
    if Role.CLERK not in actor.roles:
        raise Forbidden("not_a_clerk", Text("書面の申請を入力できるのは受付担当者です。", "Filings on paper are entered by a clerk."))


async def candidates(session: AsyncSession, actor: Actor, words: str) -> list[Applicant]:
    """The applicants who may be meant by a name, kana or corporate number; raises Forbidden for anybody but a clerk."""
    _refuse_others(actor)
    if not words.strip():
        return []
    async with carrying_out(session, actor):
        return await desk_queries.applicants_like(session, words.strip(), limit=MOST_CANDIDATES)


async def begin(session: AsyncSession, actor: Actor, law: Law, beginning: Beginning) -> Found:
    """A draft of a filing on paper, filled in with what is known. Raises Forbidden, NotFound, Invalid for the day or the procedure."""
    _refuse_others(actor)
    arrival = paper.arrival(beginning.received_on, law)
    procedure = examining.procedure_named(law, beginning.procedure, on=arrival)
    async with carrying_out(session, actor):
        held = await _license(session, procedure, beginning.license_number)
        applicant = await session.get(Applicant, beginning.applicant_id) if beginning.applicant_id else None
    published = await corporations.by_number(beginning.corporate_number) if beginning.corporate_number and applicant is None else None
    known = prefilling.known_of(applicant) if applicant else corporations.as_applicant(published) if published else None
    form = {"addressee": actor.bureau} | _form(law, procedure, beginning, known=known, held=held, on=arrival)
    return await applications.create(session, actor, law, Draft(procedure.code, form, "paper", arrival))


async def _license(session: AsyncSession, procedure: Procedure, number: str) -> License | None:
    if procedure.license_field is None or not number.strip():
        return None
    held = await register.license_by_number(session, number)
    if held is None:
        message = Text(f"免許「{number}」は登録されていません。", f"There is no license '{number}' on record.")
        raise NotFound("license_not_found", message, errors=[FieldError("license_number", "not_found", message)])
    return held


def _form(
    law: Law, procedure: Procedure, beginning: Beginning, *, known: dict[str, Any] | None, held: License | None, on: date
) -> dict[str, Any]:
    started = prefilling.started(procedure, kind=str(known["kind"]) if known else beginning.kind)
    if known is not None:
        started |= {"applicant": known}
    elif beginning.name.strip():
        started |= {"applicant": {"kind": beginning.kind, "name": beginning.name.strip(), "name_kana": beginning.name_kana.strip()}}
    elif held is not None:
        started |= {"applicant": prefilling.known_of_licensee(held.licensee)}
    else:
        message = Text("申請者の氏名又は名称がありません。", "The applicant's name is missing.")
        raise Invalid("applicant_missing", message, errors=[FieldError("name", "required", message)])
    return prefilling.about(law, procedure, held, started=started, on=on) if held else prefilling.fitting(law, procedure, started, on=on)


def refuse_scan(name: str, content: bytes) -> None:
    """Raises Invalid `document_type_invalid` for what is no scan."""
    beginnings = SCANS.get(name.rpartition(".")[2].lower())
    if beginnings is None or not content.startswith(beginnings):
        message = Text(f"「{name}」はスキャンの形式ではありません。", f"'{name}' is no scan.")
        remedy = Text(f"使える形式: {', '.join(SCANS)}", f"A scan is one of: {', '.join(SCANS)}.")
        raise Invalid("document_type_invalid", message, remedy=remedy, errors=[FieldError("file", "type", message)])


async def match(session: AsyncSession, actor: Actor, found: Found) -> Match:
    """Whom the filing is taken to be from. Raises Conflict for what did not come on paper."""
    application, applicant = found.application, found.applicant
    if application.channel != "paper" or applicant is None:
        raise Conflict("wrong_state", Text("書面の申請ではありません。", "This did not come on paper."))
    async with carrying_out(session, actor):
        cases, account = await desk_queries.known_of(session, applicant.id, but=application.id)
        licenses = await register.licenses_of(session, applicant.licensee_id) if applicant.licensee_id else []
    return Match(cases, len(licenses), account)
