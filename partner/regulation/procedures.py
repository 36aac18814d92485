"""Procedures (手続): who may file what, by which form, checks, fee, window and route; data under `regulation/procedures/`.

A procedure is code of nothing: it names things that other files define, and for each rule the date that governs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from partner.errors import NotFound, Text
from partner.regulation import effects
from partner.regulation.effects import Effect
from partner.regulation.expressions import Condition, Told
from partner.regulation.facts import KNOWN, FactShape, Scalar, at_pointer, project, value_at
from partner.regulation.periods import without_end
from partner.regulation.provisions import Version
from partner.regulation.reading import Provision, Reader, Refers, Strict, Words
from partner.regulation.routes import Routes
from partner.regulation.sources import shape_of

FOLDER = "procedures"

GoverningDate = Literal["received_on", "decided_on", "licensed_on"]
Filer = Literal["individual", "club", "corporation", "government", "ex_officio"]
Decider = Literal["bureau", "minister", "by_class"]


class GovernedBy(Strict):
    """For each rule the date whose law applies: arrival, decision, or the license date."""

    form: GoverningDate
    window: GoverningDate
    fee: GoverningDate
    checks: GoverningDate
    term: GoverningDate


class RouteChoice(Strict):
    """A route, taken where the condition holds; the last choice of a procedure has none."""

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    route: Annotated[str, Refers("route")]
    when: Condition | None = None


class Attachment(Strict):
    """A kind of document that may go with the filing. `required_when` tells the filer; the checks decide."""

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    kind: str = Field(pattern=r"^[a-z][a-z_]*$")
    title: Words
    required_when: Condition | None = None


class StraightThrough(Strict):
    """Cases of the procedure may be decided without an examiner where nothing is left to judge: an office rule, not the law's.

    `authority` is whoever's delegated authority the decision is made under; of so many in a hundred there is a later review.
    """

    authority: Words
    sample_percent: int = Field(ge=0, le=100)
    channels: tuple[Literal["electronic", "paper"], ...] = ("electronic",)


class ProcedureRules(Strict):
    """A procedure as it stands from a date on.

    `fee`, `inspection_fee` and `window` name tables; null means that there is none. `license_field` points to the field of the
    form that names the license which the filing is about (with `*` on the way: licenses), `case_field` to the one that names
    another case by its reception number, `fields` to those that tell the effect what it must know, where they are not in their
    usual place. `filers: [ex_officio]`: staff begin the case, and the holder of the license is told. `offered_when` limits for which
    licenses the procedure is offered. `decider` says who decides: the bureau, the Minister, or whom the code list of station classes
    names (`decided_by_bureau`). `standard_days` is the standard processing period, null where none is confirmed.
    """

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    kind: Literal["application", "notification"]
    act: Annotated[str, Refers("codes/acts")]
    station_classes: tuple[Annotated[str, Refers("codes/station-classes")], ...] = Field(min_length=1)
    filers: tuple[Filer, ...] = Field(min_length=1)
    form: Annotated[str, Refers("forms")]
    fee: Annotated[str, Refers("fees")] | None
    inspection_fee: Annotated[str, Refers("fees")] | None = None
    window: Annotated[str, Refers("windows")] | None = None
    routes: tuple[RouteChoice, ...] = Field(min_length=1)
    checks: tuple[Annotated[str, Refers("checks")], ...] = Field(min_length=1)
    effect: Effect
    license_field: str | None = None
    case_field: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    offered_when: Condition | None = None
    decider: Decider = "bureau"
    attachments: tuple[Attachment, ...] = ()
    filing_kinds: tuple[Annotated[str, Refers("codes/application-kinds")], ...] = ()
    standard_days: int | None = Field(default=None, ge=1)
    straight_through: StraightThrough | None = None
    governed_by: GovernedBy

    @field_validator("license_field", "case_field")
    @classmethod
    def _points_at_text(cls, pointer: str | None, info: ValidationInfo) -> str | None:
        if pointer is not None and at_pointer(pointer, shape_of(info).form) is not Scalar.TEXT:
            raise ValueError(f"the form has no field {pointer}")
        return pointer

    @model_validator(mode="after")
    def _in_order(self) -> ProcedureRules:
        if any(choice.when is None for choice in self.routes[:-1]) or self.routes[-1].when is not None:
            raise ValueError("every route but the last needs 'when', and the last has none")
        if len(set(self.checks)) != len(self.checks):
            raise ValueError("a check is named twice")
        if "ex_officio" in self.filers and len(self.filers) > 1:
            raise ValueError("a procedure is begun by those who file, or ex officio, not by both")
        return self

    @model_validator(mode="after")
    def _about_what_it_changes(self) -> ProcedureRules:
        about = effects.DEFINITIONS[self.effect].about
        if self.license_field is not None and about in {"nothing", "case"}:
            raise ValueError(f"'{self.effect}' is about no license: take 'license_field' away")
        if self.license_field is None and (about == "license" or "ex_officio" in self.filers):
            raise ValueError(f"'{self.effect}' is about a license: name it in 'license_field'")
        if (about == "case") != (self.case_field is not None):
            raise ValueError("what changes another case names it in 'case_field'; nothing else does")
        return self

    @model_validator(mode="after")
    def _roles_are_played(self, info: ValidationInfo) -> ProcedureRules:
        roles = effects.DEFINITIONS[self.effect].roles
        if unknown := sorted(set(self.fields) - set(roles)):
            raise ValueError(f"'{self.effect}' reads no {', '.join(unknown)}; it reads {', '.join(roles) or 'nothing'}")
        for name, role in roles.items():
            place = self.fields.get(name, role.place)
            asked = role.needed or name in self.fields
            if asked and not effects.fits(at_pointer(place, shape_of(info).form), role.shape):
                raise ValueError(f"'{self.effect}' reads {name} at {place}, where the form has nothing of its kind: name it in 'fields'")
        return self


class ProcedureProvision(Provision[ProcedureRules]):
    """A procedure and its history."""


@dataclass(frozen=True)
class Procedure:
    """A procedure in force on a date: the rules of its version, and where they stand."""

    code: str
    title: Text
    citations: tuple[str, ...]
    confirmed: bool
    kind: Literal["application", "notification"]
    act: str
    station_classes: tuple[str, ...]
    filers: tuple[Filer, ...]
    form: str
    fee: str | None
    inspection_fee: str | None
    window: str | None
    routes: tuple[RouteChoice, ...]
    checks: tuple[str, ...]
    effect: Effect
    license_field: str | None
    case_field: str | None
    fields: Mapping[str, str]
    offered_when: Condition | None
    decider: Decider
    attachments: tuple[Attachment, ...]
    filing_kinds: tuple[str, ...]
    standard_days: int | None
    straight_through: StraightThrough | None
    governed_by: GovernedBy

    @property
    def ex_officio(self) -> bool:
        """Whether staff begin the case."""
        return "ex_officio" in self.filers

    def told(self, role: str, form: Mapping[str, Any]) -> Any:
        """What a form says in a role of the effect; None where it says nothing."""
        return value_at(self.place(role), form)

    def place(self, role: str) -> str:
        """The JSON Pointer of the field that plays a role of the effect."""
        return self.fields.get(role, effects.DEFINITIONS[self.effect].roles[role].place)

    def route(self, facts: Mapping[str, Any], shape: FactShape = KNOWN) -> str:
        """The code of the route that these facts take (raw facts, of the shape `partner.regulation.facts.FACTS`)."""
        if self.routes[0].when is None:  # most procedures have one route, and looking at the facts is dear
            return self.routes[0].route
        projected = project(facts, shape.facts)
        assert isinstance(projected, dict)  # noqa: S101 - the shape of all facts is a record
        told = Told(projected)
        return next(choice.route for choice in self.routes if choice.when is None or choice.when.holds(told))

    def offered(self, facts: Mapping[str, Any], shape: FactShape = KNOWN) -> bool:
        """Whether it is for the license in these facts (raw facts, as for `route`): its data offers it, and there is an end to renew."""
        if self.effect is Effect.RENEW and without_end(value_at("/license/valid_to", facts)):
            return False
        if self.offered_when is None:
            return True
        projected = project(facts, shape.facts)
        assert isinstance(projected, dict)  # noqa: S101 - the shape of all facts is a record
        return self.offered_when.holds(Told(projected))


@dataclass(frozen=True)
class Procedures:
    """All procedures, past, present and announced, by code."""

    by_code: Mapping[str, ProcedureProvision]

    def on(self, day: date) -> list[Procedure]:
        """The procedures in force on a day, in the order of their codes."""
        found = (self.find(code, day) for code in sorted(self.by_code))
        return [procedure for procedure in found if procedure is not None]

    def repealed(self, day: date) -> list[tuple[Procedure, date]]:
        """The procedures that are over by a day, each as it last was and with its last day, in the order of their codes."""
        found = []
        for code in sorted(self.by_code):
            repeal = self.repeal(code, day)
            last_day = repeal.from_ - timedelta(days=1) if repeal else None
            procedure = self.find(code, last_day) if last_day else None
            if procedure is not None and last_day is not None:
                found.append((procedure, last_day))
        return found

    def find(self, code: str, day: date) -> Procedure | None:
        """One procedure as it stands on a day; None when there is none."""
        provision = self.by_code.get(code)
        version = provision.on(day) if provision else None
        if provision is None or version is None or version.value is None:
            return None
        rules = {name: getattr(version.value, name) for name in ProcedureRules.model_fields}
        return Procedure(code, provision.title, version.cites, version.certain, **rules)

    def repeal(self, code: str, day: date) -> Version[ProcedureRules] | None:
        """The version by which a procedure was repealed on or before a day; None for one that is in force, or never was."""
        provision = self.by_code.get(code)
        begun = [version for version in provision.versions if version.from_ <= day] if provision else []
        return begun[-1] if begun and begun[-1].value is None else None

    def get(self, code: str, day: date) -> Procedure:
        """One procedure as it stands on a day; raises `NotFound` (`unknown_procedure`)."""
        found = self.find(code, day)
        if found is None:
            raise NotFound("unknown_procedure", Text(f"手続「{code}」はありません。", f"There is no procedure '{code}' on that date."))
        return found

    def title(self, code: str) -> Text:
        """The title of a procedure of whatever day, also of one that was repealed since; an unknown code is its own title."""
        provision = self.by_code.get(code)
        return provision.title if provision else Text(code, code)

    def of_filing(self, filing_kind: str, station_class: str, day: date) -> Procedure | None:
        """The procedure that a file of the e-filing client is about (申請区分, 無線局の種別); None when there is none."""
        return next(
            (found for found in self.on(day) if filing_kind in found.filing_kinds and station_class in found.station_classes),
            None,
        )


def read(reader: Reader, routes: Routes) -> Procedures:
    """Read `procedures/*.yaml`; the name of the file is the code of the procedure. One with a fee goes by routes that wait for it."""
    by_code = {}
    for source, provision in reader.provisions(FOLDER, ProcedureProvision):
        reader.define(FOLDER, source.stem, source)
        for index, version in enumerate(provision.versions):
            if version.value is not None and (version.value.fee or version.value.inspection_fee):
                for choice in version.value.routes:
                    if not routes.wait_for_fee(choice.route):
                        place = ("versions", index, "value", "routes")
                        reader.reject(source, f"there is a fee, and the route '{choice.route}' does not wait for it", *place)
        by_code[source.stem] = provision
    return Procedures(by_code)
