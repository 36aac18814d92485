"""Who is asking: the actor of a request, free of any web framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from partner.database import Access, Standing


class Role(StrEnum):
    """What an account may be. Staff roles come from the staff issuer's claims."""

    APPLICANT = "applicant"
    AGENT = "agent"
    CLERK = "clerk"
    EXAMINER = "examiner"
    INSPECTOR = "inspector"
    DIRECTOR = "director"
    ADMINISTRATOR = "administrator"
    PROGRAM = "program"


STAFF_ROLES = frozenset({Role.CLERK, Role.EXAMINER, Role.INSPECTOR, Role.DIRECTOR})


class Scope(StrEnum):
    """What a token or a session may be used for; one name for REST, GraphQL and the portal."""

    APPLICATION_READ = "licensing:application:read"
    APPLICATION_WRITE = "licensing:application:write"
    APPLICATION_PROCESS = "licensing:application:process"
    CLOCK_MOVE = "operations:clock:move"
    FIGURES_READ = "kpi:figures:read"
    REGISTER_READ = "registry:station:read"


@dataclass(frozen=True)
class Claims:
    """What the identity provider vouches for: these fill and lock the fields of a form."""

    name: str = ""
    name_kana: str = ""
    birth_date: str = ""
    address: str = ""
    corporate_number: str = ""


@dataclass(frozen=True)
class Actor:
    """An account that asks for something, with what it may do."""

    account_id: UUID
    issuer: str
    subject: str
    display_name: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    bureau: str | None = None
    claims: Claims = field(default_factory=Claims)

    @property
    def is_staff(self) -> bool:
        """Whether the actor works at a bureau."""
        return bool(self.roles & STAFF_ROLES)

    @property
    def access(self) -> Access:
        """The actor as row-level security sees it."""
        if self.is_staff:
            return Access(Standing.STAFF, self.account_id, self.bureau)
        if Role.ADMINISTRATOR in self.roles:
            return Access(Standing.ADMINISTRATOR, self.account_id)
        if self.roles & {Role.APPLICANT, Role.AGENT}:
            return Access(Standing.APPLICANT, self.account_id)
        return Access(Standing.ANONYMOUS, self.account_id)
