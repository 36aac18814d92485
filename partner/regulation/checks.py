"""Checks of the examination (審査): what is looked at, when it fires, and what is said then; data under `regulation/checks/`.

A check names a kind from a closed set and gives its parameters; `partner.licensing.examination` holds the reasoning of each
kind. Whatever names a procedure, a class of station, an article, a band or an amount stands in the data, never in a kind.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from partner.errors import Text
from partner.regulation.expressions import Condition, Expression
from partner.regulation.facts import FactShape, ListOf, Scalar, Shape, at_pointer
from partner.regulation.reading import Citations, Provision, Reader, Refers, Strict, Words
from partner.regulation.sources import shape_of

FOLDER = "checks"

Outcome = Literal["fail", "warn", "unconfirmed"]
GoverningDate = Literal["received_on", "decided_on", "licensed_on"]
Register = Literal["operators", "conformity"]
PLACEHOLDERS = ("value", "offer", "limit", "opens_on", "closes_on", "expires_on", "bureau", "classes", "told")

LEADS = "procedures"
"""The placeholder for the procedures that are the right ones."""


class Said(Strict):
    """What is said when a check fires, and the way to mend it.

    Where another procedure is the way, `leads_to` names its act (renewal, change …), and `{procedures}` in the remedy becomes the name and
    code of each procedure of these acts that is for the station of the filing.
    """

    message: Words
    remedy: Words
    leads_to: tuple[Annotated[str, Refers("codes/acts")], ...] = ()


class SameAct(Strict):
    """The way out where it is the class of station that does not fit: the procedure of the same act that is for another class.

    `class_of` says whose class that is: the one that stands in the form, or that of the license on record. The remedy, which names the
    procedures as that of `Said` does, is said where there is such a procedure; where there is none, the check says its own.
    """

    class_of: Literal["form", "license"]
    remedy: Words

    @model_validator(mode="after")
    def _names_them(self) -> SameAct:
        for text in (self.remedy.ja, self.remedy.en):
            if LEADS not in _placeholders(text):
                raise ValueError(f"the remedy of 'same_act' names the procedures: {{{LEADS}}}")
        return self


class CitedSaid(Said):
    """The same where it rests on another provision than the check does."""

    cites: Citations


class Rule(Strict):
    """What all kinds share.

    `each` is a JSON Pointer to a list in the form (`*` stands for every item of a list on the way), and `field` then a pointer
    from each item; otherwise `field` is a pointer into the form, or absent for the field in which the procedure names the
    license; `beside` is the name of a field next to that one. Where `applies` is false there is nothing to say; where `when` is
    false (it may look at `item`), the check passes. `needs_reason` marks an unconfirmed value on which the decision itself
    would rest. `leads_to` is that of `Said`; `same_act` leads to the procedure of the same act that is for another class of station.
    """

    placeholders: ClassVar[frozenset[str]] = frozenset({"value"})

    each: str | None = None
    field: str | None = None
    beside: str | None = None
    applies: Condition | None = None
    when: Expression | None = None
    outcome: Outcome
    needs_reason: bool = False
    governed_by: GoverningDate | None = None
    message: Words
    remedy: Words
    leads_to: tuple[Annotated[str, Refers("codes/acts")], ...] = ()
    same_act: SameAct | None = None

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    @field_validator("when", "fires", mode="before", check_fields=False)
    @classmethod
    def _compile(cls, value: object, info: ValidationInfo) -> object:
        shape = shape_of(info)
        return Expression(value, item=_item_shape(info.data.get("each"), shape), shape=shape) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fields_exist(self, info: ValidationInfo) -> Rule:
        shape = shape_of(info)
        item = _item_shape(self.each, shape)
        if self.beside is not None and (self.field is not None or item is not None or at_pointer(f"/{self.beside}", shape.form) is None):
            raise ValueError("'beside' names a field of the form, and stands without 'field' and 'each'")
        if self.field is None:
            if item is not None:
                raise ValueError("'each' needs 'field'")
            return self
        if at_pointer(self.field, shape.form if item is None else item) is None:
            raise ValueError(f"the form has no field {self.each or ''}{self.field}")
        return self

    @model_validator(mode="after")
    def _words_fit(self) -> Rule:
        for said in self.all_said():
            for text in (said.message.ja, said.message.en, said.remedy.ja, said.remedy.en):
                named = _placeholders(text)
                self._only_known(named - ({LEADS} if said.leads_to else set()))
                if said.leads_to and text in (said.remedy.ja, said.remedy.en) and LEADS not in named:
                    raise ValueError(f"'leads_to' is said in the remedy: {{{LEADS}}}")
        if self.same_act is not None:
            self._only_known((_placeholders(self.same_act.remedy.ja) | _placeholders(self.same_act.remedy.en)) - {LEADS})
        return self

    def _only_known(self, named: set[str]) -> None:
        unknown = named - self.placeholders
        if unknown:
            raise ValueError(f"unknown placeholder: {', '.join(sorted(unknown))}")

    def all_said(self) -> list[Said]:
        """Everything that the check may say."""
        return [Said(message=self.message, remedy=self.remedy, leads_to=self.leads_to)]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _item_shape(each: str | None, shape: FactShape) -> Shape | None:
    if each is None:
        return None
    found = at_pointer(each, shape.form)
    if not isinstance(found, ListOf):
        raise ValueError(f"the form has no list {each}")  # noqa: TRY004 - pydantic wants ValueError
    return found.item


class Required(Rule):
    """Fires where the field is absent or empty."""

    kind: Literal["required"]


class Expressed(Rule):
    """Fires where the expression is true. `tells` points to a fact, a text or a list of texts, that becomes `{told}` in the words."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "told"})

    kind: Literal["expression"]
    fires: Expression
    tells: str | None = None

    @model_validator(mode="after")
    def _tells_a_fact(self, info: ValidationInfo) -> Expressed:
        spoken = (text for said in self.all_said() for words in (said.message, said.remedy) for text in (words.ja, words.en))
        if any("told" in _placeholders(text) for text in spoken) != (self.tells is not None):
            raise ValueError("'tells' names the fact that {told} stands for")
        if self.tells is not None and at_pointer(self.tells, shape_of(info).facts) not in (Scalar.TEXT, ListOf(Scalar.TEXT)):
            raise ValueError(f"there is no fact {self.tells} that is text")
        return self


class Offer(Strict):
    """A code to offer in place of the one that was given, where the condition holds."""

    model_config = Strict.model_config | {"arbitrary_types_allowed": True}

    when: Condition
    code: str


class Listed(Rule):
    """Fires where a code is not in the list (`expect: listed`), or is in it (`expect: unlisted`); absent codes are passed over."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "offer"})

    kind: Literal["listed"]
    list_: Annotated[str, Refers("code-lists"), Field(alias="list")]
    expect: Literal["listed", "unlisted"] = "listed"
    offers: tuple[Offer, ...] = ()
    otherwise: Words | None = None
    """What to offer when no condition holds."""

    @model_validator(mode="after")
    def _last_offer(self) -> Listed:
        if self.offers and self.otherwise is None:
            raise ValueError("offers need 'otherwise'")
        return self


class Patterned(Rule):
    """Fires where text does not match `match`, or contains `forbid`."""

    kind: Literal["pattern"]
    match: re.Pattern[str] | None = None
    forbid: re.Pattern[str] | None = None

    @model_validator(mode="after")
    def _one_pattern(self) -> Patterned:
        if (self.match is None) == (self.forbid is None):
            raise ValueError("give 'match' or 'forbid'")
        return self


class Ranged(Rule):
    """Fires where a number is below `minimum` or above `maximum` (both still allowed themselves)."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "limit"})

    kind: Literal["range"]
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Ranged:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a range needs a bound")
        return self


class LimitedBy(Rule):
    """Fires where a number is above the limit of the group that the fact `by` names; groups without a limit are passed over."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "limit"})

    kind: Literal["limited_by"]
    by: str
    limits: dict[str, float] = Field(min_length=1)

    @field_validator("by")
    @classmethod
    def _fact_exists(cls, by: str, info: ValidationInfo) -> str:
        if at_pointer(by, shape_of(info).facts) is None:
            raise ValueError(f"there is no fact {by}")
        return by


class Emission(Rule):
    """Fires where text is no emission class of ITU-R SM.1138: optional bandwidth, then one symbol of each list, in order."""

    kind: Literal["emission_grammar"]
    positions: tuple[Annotated[str, Refers("code-lists")], ...] = Field(min_length=1)


class LookedUp(Rule):
    """Fires where an outside register does not know the number; `unconfirmed` where it could not be asked."""

    kind: Literal["lookup"]
    register_: Annotated[Register, Field(alias="register")]


class SameAs(Rule):
    """Fires where text is not the fact that `fact` points to; width, case and spaces aside, and where there is such a fact."""

    kind: Literal["same_as"]
    fact: str

    @field_validator("fact")
    @classmethod
    def _fact_exists(cls, fact: str, info: ValidationInfo) -> str:
        if at_pointer(fact, shape_of(info).facts) is not Scalar.TEXT:
            raise ValueError(f"there is no fact {fact} that is text")
        return fact


class Filer(Rule):
    """Fires where a kind of applicant is not among the filers of the procedure."""

    kind: Literal["filer"]


class StationClass(Rule):
    """Fires where a class of station is not among those of the procedure; `also` are further fields that name it."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "classes"})

    kind: Literal["station_class"]
    also: tuple[str, ...] = ()

    @field_validator("also")
    @classmethod
    def _fields_are_text(cls, also: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for pointer in also:
            if at_pointer(pointer, shape_of(info).form) is not Scalar.TEXT:
                raise ValueError(f"the form has no field {pointer}")
        return also


class Windowed(Rule):
    """Fires where the filing arrives outside the window of its procedure: before it (`message`), after it, or after expiry.

    A license without end has no such window: there it fires with `endless`, or says nothing where that is absent.
    """

    placeholders: ClassVar[frozenset[str]] = frozenset({"opens_on", "closes_on", "expires_on"})

    kind: Literal["window"]
    late: Said
    expired: Said
    endless: CitedSaid | None = None

    def all_said(self) -> list[Said]:
        """Everything that the check may say."""
        return [*super().all_said(), self.late, self.expired, *([self.endless] if self.endless else [])]


class Jurisdiction(Rule):
    """Fires where the bureau in the field is not the one in charge of the municipality at `place` (the first that is given)."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "bureau"})

    kind: Literal["jurisdiction"]
    place: tuple[str, ...] = Field(min_length=1)


class Termed(Rule):
    """Fires where the desired end lies beyond the term that the law gives; an unconfirmed term is `unconfirmed`."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"value", "limit"})

    kind: Literal["term"]
    begins: Literal["when_decided", "after_expiry"]


class Attached(Rule):
    """Fires where an attachment of the kind is missing."""

    kind: Literal["attachment"]
    attachment: str


AnyRule = Annotated[
    Required
    | Expressed
    | Listed
    | Patterned
    | Ranged
    | LimitedBy
    | Emission
    | LookedUp
    | SameAs
    | Filer
    | StationClass
    | Windowed
    | Jurisdiction
    | Termed
    | Attached,
    Field(discriminator="kind"),
]
KINDS: tuple[type[Rule], ...] = get_args(get_args(AnyRule)[0])


class Check(Provision[AnyRule]):
    """A check and its history."""


def read(reader: Reader) -> Mapping[str, Check]:
    """Read `checks/*.yaml`; the name of the file is the code of the check."""
    by_code: dict[str, Check] = {}
    for source, check in reader.provisions(FOLDER, Check):
        reader.define(FOLDER, source.stem, source)
        by_code[source.stem] = check
    return MappingProxyType(by_code)


def fill(text: Text, values: dict[str, str], procedures: Text | None = None) -> Text:
    """The words with the placeholders filled in, and the right procedures in their language; what is not known stays a dash."""
    known = {name: values.get(name) or "—" for name in PLACEHOLDERS}
    right = procedures or Text("—", "—")
    return Text(text.ja.format_map({**known, LEADS: right.ja}), text.en.format_map({**known, LEADS: right.en}))
