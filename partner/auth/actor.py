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
    REGULATION_RELOAD = "operations:regulation:reload"


_APPLICANT_SCOPES = frozenset({Scope.APPLICATION_READ, Scope.APPLICATION_WRITE, Scope.REGISTER_READ})
_STAFF_SCOPES = frozenset({Scope.APPLICATION_READ, Scope.APPLICATION_PROCESS, Scope.REGISTER_READ})

ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.APPLICANT: _APPLICANT_SCOPES,
    Role.AGENT: _APPLICANT_SCOPES,
    Role.CLERK: _STAFF_SCOPES | {Scope.APPLICATION_WRITE},
    Role.EXAMINER: _STAFF_SCOPES,
    Role.INSPECTOR: _STAFF_SCOPES,
    Role.DIRECTOR: _STAFF_SCOPES,
    Role.ADMINISTRATOR: frozenset(
        {Scope.APPLICATION_READ, Scope.CLOCK_MOVE, Scope.FIGURES_READ, Scope.REGISTER_READ, Scope.REGULATION_RELOAD}
    ),
    Role.PROGRAM: frozenset({Scope.REGISTER_READ}),
}


def scopes_of(roles: frozenset[Role]) -> frozenset[Scope]:
    """Everything that an account with these roles may do."""
    return frozenset(scope for role in roles for scope in ROLE_SCOPES[role])


class IssuerKind(StrEnum):
    """Which of the two identity providers vouches for somebody."""

    APPLICANT = "applicant"
    STAFF = "staff"


@dataclass(frozen=True)
class Claims:
    """What the identity provider vouches for: these fill and lock the fields of a form. What is not known is empty.

    `birth_date` is an ISO date, `postal_code` seven digits, `prefecture` and `municipality` their codes (13, 13101), `address` what
    follows the municipality, `corporate_number` the thirteen digits of the 法人番号.
    """

    name: str = ""
    name_kana: str = ""
    birth_date: str = ""
    address: str = ""
    corporate_number: str = ""
    postal_code: str = ""
    prefecture: str = ""
    municipality: str = ""


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
