"""Applicants: who files, whether by an account, through an agent, or on paper.

An applicant is found again by the corporate number (法人番号), else by name, kana and address. What the identity provider
vouches for fills and locks those fields of a form; a form that names somebody else is refused unless a delegation covers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast, get_args
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor, Claims, Role
from partner.errors import FieldError, Forbidden, Invalid, Text
from partner.licensing import queries
from partner.licensing.elevation import carrying_out
from partner.licensing.models import Applicant, ApplicantAccount, Delegation
from partner.registry import service as register
from partner.registry.facts import License, LicenseeFacts, LicenseeKind
from partner.registry.normalisation import key_of, normalise

KINDS: frozenset[str] = frozenset(get_args(LicenseeKind))


@dataclass(frozen=True)
class Identity:
    """Who somebody says to be, from a form or from the claims of a sign-in; unknown is empty."""

    kind: str
    name: str
    name_kana: str = ""
    corporate_number: str = ""
    birth_date: str = ""
    postal_code: str = ""
    prefecture: str = ""
    municipality: str = ""
    address: str = ""

    @property
    def match_key(self) -> str:
        """By what a filer without a corporate number is found again: name, kana and address, spelling aside."""
        return key_of(self.name, self.name_kana, self.municipality, self.address)


def identity_of_form(form: Mapping[str, Any]) -> Identity:
    """The applicant that a form names; raises Invalid when it names none."""
    fields = form.get("applicant")
    if not isinstance(fields, Mapping) or not isinstance(fields.get("name"), str) or not fields["name"].strip():
        message = Text("申請者の氏名又は名称がありません。", "The form names no applicant.")
        raise Invalid("applicant_missing", message, errors=[FieldError("/form/applicant/name", "required", message)])
    kind = str(fields.get("kind") or "individual")
    if kind not in KINDS:
        message = Text("申請者の別に誤りがあります。", "There is no such kind of applicant.")
        raise Invalid("applicant_kind_invalid", message, errors=[FieldError("/form/applicant/kind", "unknown_code", message)])
    known = {key: str(fields.get(key) or "") for key in Identity.__dataclass_fields__ if key != "kind"}
    return Identity(kind=kind, **known)


def identity_of_claims(claims: Claims) -> Identity:
    """The applicant for whom an identity provider vouches."""
    kind = "corporation" if claims.corporate_number else "individual"
    known = {key: getattr(claims, key) for key in Identity.__dataclass_fields__ if key != "kind"}
    return Identity(kind=kind, **known)


async def for_actor(session: AsyncSession, actor: Actor) -> Applicant:
    """The applicant that the actor's account is; the first time it is found or made, and linked.

    Call in standing `system`. Raises Forbidden when the sign-in vouches for no name.
    """
    linked = await queries.applicant_of_account(session, actor.account_id)
    if linked is not None:
        return await _as_licensee(session, linked)
    if not actor.claims.name:
        raise _without_identity()
    applicant = await matched(session, identity_of_claims(actor.claims))
    session.add(ApplicantAccount(account_id=actor.account_id, applicant_id=applicant.id, confirmed=True, linked_at=clock.now()))
    await session.flush()  # a concurrent first sign-in of the same account must meet this row now
    return applicant


async def known(session: AsyncSession, actor: Actor) -> Applicant | None:
    """The actor's own applicant, known from the first reading on where the sign-in vouches for a name, and as what licensee; None for none.

    Whoever has never filed anything sees the licenses on record, and what they are told about them.
    """
    found = await queries.applicant_of_account(session, actor.account_id)
    settled = found is not None and found.licensee_id is not None
    if settled or Role.APPLICANT not in actor.roles or not (found or actor.claims.name):
        return found
    async with carrying_out(session, actor):
        return await for_actor(session, actor)


def _without_identity() -> Forbidden:
    return Forbidden("no_identity", Text("サインインの情報に氏名がありません。", "The sign-in vouches for no name."))


async def matched(session: AsyncSession, identity: Identity) -> Applicant:
    """The applicant with this identity, made when there is none. Call in standing `system`."""
    await queries.hold_match_key(session, identity.corporate_number or identity.match_key)
    found = await _existing(session, identity)
    if found is None:
        found = _new(identity)
        session.add(found)
        await session.flush()  # its id is referred to by rows written next
    return await _as_licensee(session, found)


async def of_holder(session: AsyncSession, license_: License) -> Applicant:
    """The applicant who holds a license of the register, made when they have never filed. Call in standing `system`."""
    found = await queries.applicant_of_licensee(session, license_.licensee_id)
    return found or await matched(session, identity_of_licensee(license_.licensee))


def identity_of_licensee(licensee: LicenseeFacts) -> Identity:
    """Who a licensee of the register is."""
    return Identity(
        kind=licensee.kind,
        name=licensee.name,
        name_kana=licensee.name_kana,
        corporate_number=licensee.corporate_number or "",
        birth_date=licensee.birth_date.isoformat() if licensee.birth_date else "",
        municipality=licensee.municipality or "",
        address=licensee.address or "",
    )


async def _as_licensee(session: AsyncSession, applicant: Applicant) -> Applicant:
    """The applicant, known from now on as the licensee of the register that it is, if it is one."""
    if applicant.licensee_id is None:
        applicant.licensee_id = await register.find_licensee(session, licensee_facts(applicant))
        session.add(applicant)
    return applicant


async def _existing(session: AsyncSession, identity: Identity) -> Applicant | None:
    if identity.corporate_number:
        return await queries.applicant_by_number(session, identity.corporate_number)
    for candidate in await queries.applicants_by_key(session, identity.match_key):
        if not _different_births(candidate, identity):
            return candidate
    return None


def _different_births(candidate: Applicant, identity: Identity) -> bool:
    """Father and son of one name at one address are two persons, when both dates of birth are known."""
    return candidate.birth_date is not None and bool(identity.birth_date) and candidate.birth_date.isoformat() != identity.birth_date


def _new(identity: Identity) -> Applicant:
    return Applicant(
        kind=identity.kind,
        name=identity.name,
        name_kana=identity.name_kana,
        corporate_number=identity.corporate_number or None,
        birth_date=date.fromisoformat(identity.birth_date) if identity.birth_date else None,
        postal_code=identity.postal_code,
        prefecture=identity.prefecture,
        municipality=identity.municipality,
        address=identity.address,
        match_key=identity.match_key,
        created_at=clock.now(),
    )


def licensee_facts(applicant: Applicant) -> register.LicenseeFacts:
    """The applicant as the register describes a licensee."""
    return register.LicenseeFacts(
        kind=cast("LicenseeKind", applicant.kind),
        name=applicant.name,
        name_kana=applicant.name_kana,
        corporate_number=applicant.corporate_number,
        municipality=applicant.municipality,
        address=applicant.address,
        birth_date=applicant.birth_date,
    )


@dataclass
class Filer:
    """Somebody who files, perhaps many forms: with the delegations held today and, once it was asked for, their own applicant."""

    actor: Actor
    delegations: Sequence[tuple[Delegation, Applicant]]
    own: Applicant | None = None


async def filer(session: AsyncSession, actor: Actor) -> Filer:
    """The actor as one who files. Call in standing `system`; it holds for one transaction."""
    return Filer(actor, await queries.delegations_of(session, actor.account_id))


async def filing_for(
    session: AsyncSession, actor: Actor, form: Mapping[str, Any], *, known: Filer | None = None
) -> tuple[Applicant, dict[str, Any]]:
    """For whom the actor files this form, and the form with the fields that the sign-in fills and locks.

    Call in standing `system`. Raises Forbidden `applicant_mismatch` when the form names neither the signed-in applicant nor one
    whose delegation lets the actor draft.
    """
    known = known or await filer(session, actor)
    client = _client_named(known, form)
    if client is not None:
        return client, dict(form)
    known.own = known.own or await for_actor(session, actor)
    return known.own, locked(form, actor.claims)


def _client_named(known: Filer, form: Mapping[str, Any]) -> Applicant | None:
    """The client whom a form names; None where it is the filer's own. Raises Forbidden where it is neither."""
    actor, named = known.actor, _named(form)
    for delegation, applicant in known.delegations:
        if named is not None and delegation.may_draft and same(_identity(applicant), named):
            return applicant
    if Role.APPLICANT not in actor.roles or (named is not None and not same(identity_of_claims(actor.claims), named)):
        raise mismatch(actor)
    return None


def _named(form: Mapping[str, Any]) -> Identity | None:
    return identity_of_form(form) if form.get("applicant", {}).get("name") else None


async def foreseen(session: AsyncSession, actor: Actor, form: Mapping[str, Any]) -> tuple[Applicant | None, dict[str, Any]]:
    """For whom the actor would file this form, and the form as it would be filed; the same answer as of filing, and nothing is stored.

    Call in standing `system`. A clerk would file for whom the form names; of somebody who files nothing the answer is None. Who never
    filed is not linked to an account yet, and still the licensee for whom the sign-in vouches. Raises what `filing_for` raises.
    """
    named = _named(form)
    if Role.CLERK in actor.roles:
        return (None if named is None else await unstored(session, named)), dict(form)
    if not {Role.APPLICANT, Role.AGENT} & actor.roles:
        return None, dict(form)
    client = _client_named(await filer(session, actor), form)
    if client is not None:
        return client, dict(form)
    linked = await queries.applicant_of_account(session, actor.account_id)
    if linked is None and not actor.claims.name:
        raise _without_identity()
    return await unstored(session, identity_of_claims(actor.claims), linked), locked(form, actor.claims)


async def unstored(session: AsyncSession, identity: Identity, linked: Applicant | None = None) -> Applicant:
    """The applicant that filing would find or make, as an object of no session: what is learnt of it is not written."""
    known = linked or await _existing(session, identity) or _new(identity)
    licensee_id = known.licensee_id or await register.find_licensee(session, licensee_facts(known))
    return Applicant(**{**known.model_dump(), "licensee_id": licensee_id})


def _identity(applicant: Applicant) -> Identity:
    birth_date = applicant.birth_date.isoformat() if applicant.birth_date else ""
    return Identity(
        applicant.kind, applicant.name, applicant.name_kana, applicant.corporate_number or "", birth_date, address=applicant.address
    )


def same(known: Identity, named: Identity) -> bool:
    """Whether a form names the applicant that we know: by corporate number when both have one, else by name, kana and birth."""
    if known.corporate_number and named.corporate_number:
        return known.corporate_number == named.corporate_number
    pairs = ((known.name, named.name), (known.name_kana, named.name_kana), (known.birth_date, named.birth_date))
    return all(not left or not right or normalise(left) == normalise(right) for left, right in pairs)


def mismatch(actor: Actor) -> Forbidden:
    """The refusal of a form that names somebody else."""
    message = Text(
        f"申請者がサインインしている方（{actor.claims.name or actor.display_name}）と異なります。",
        f"The applicant in the form is not the one who is signed in ({actor.claims.name or actor.display_name}).",
    )
    remedy = Text(
        "申請者本人がサインインするか、申請者からの委任を受けてください。",
        "Let the applicant sign in, or obtain a delegation from the applicant.",
    )
    return Forbidden(
        "applicant_mismatch", message, remedy=remedy, errors=[FieldError("/form/applicant/name", "applicant_mismatch", message)]
    )


def locked(form: Mapping[str, Any], claims: Claims) -> dict[str, Any]:
    """The form with what the sign-in vouches for in its place; a spelling that says the same is left as written."""
    written = form.get("applicant", {})
    vouched = {
        key: value
        for key in ("name", "name_kana", "birth_date", "corporate_number", "postal_code", "prefecture", "municipality", "address")
        if (value := getattr(claims, key)) and normalise(str(written.get(key, ""))) != normalise(value)
    }
    kind = {} if written.get("kind") else {"kind": identity_of_claims(claims).kind}
    return {**form, "applicant": {**written, **kind, **vouched}}


async def delegate(
    session: AsyncSession, agent_account_id: UUID, applicant: Applicant, *, may_draft: bool = True, may_file: bool = True
) -> Delegation:
    """Let an agent's account act for an applicant from today on. Call in standing `system`."""
    given = Delegation(
        agent_account_id=agent_account_id,
        applicant_id=applicant.id,
        may_draft=may_draft,
        may_file=may_file,
        valid_from=clock.today(),
        created_at=clock.now(),
    )
    session.add(given)
    await session.flush()  # callers refer to the delegation by its id
    return given


def is_of(applicant: Applicant, form: Mapping[str, Any]) -> bool:
    """Whether a form names this applicant."""
    return bool(form.get("applicant", {}).get("name")) and same(_identity(applicant), identity_of_form(form))


def describe_anew(applicant: Applicant, described: Identity) -> None:
    """The applicant is otherwise named or placed from now on, and found again so."""
    for name in ("name", "name_kana", "postal_code", "prefecture", "municipality", "address"):
        if getattr(described, name):
            setattr(applicant, name, getattr(described, name))
    applicant.match_key = _identity_in_full(applicant).match_key


def _identity_in_full(applicant: Applicant) -> Identity:
    return Identity(applicant.kind, applicant.name, applicant.name_kana, municipality=applicant.municipality, address=applicant.address)
