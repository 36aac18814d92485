"""The shape that all provisions share: dated, cited versions, with words in two languages and names that must exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from partner.errors import NotFound, Text
from partner.regulation.sources import Source
from partner.regulation.yaml_nodes import Located

T = TypeVar("T")


class Strict(BaseModel):
    """A mapping in a file of the law: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _words(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"ja", "en"} or not all(isinstance(word, str) and word for word in value.values()):
        raise ValueError("words are {ja: …, en: …}, both not empty")
    return Text(str(value["ja"]), str(value["en"]))


def _citations(value: object) -> object:
    citations = [value] if isinstance(value, str) else value
    if isinstance(citations, Sequence) and any(not isinstance(item, str) or not item.strip() for item in citations):
        raise ValueError("a citation is text, not empty")
    return citations


def _plain_day(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"a day is written plainly, as 2027-04-01 and without quotes, not '{value}'")  # noqa: TRY004 - pydantic wants ValueError
    return value


def Refers(kind: str) -> BeforeValidator:  # noqa: N802 - reads as a type: Annotated[str, Refers("fees")]
    """Mark text as the name of something of `kind`, which must be defined somewhere in the files."""

    def note(value: object, info: ValidationInfo) -> object:
        if isinstance(value, Located) and isinstance(info.context, Source):
            info.context.references.add((kind, str(value), value.line))
        return value

    return BeforeValidator(note)


Words = Annotated[Text, BeforeValidator(_words)]
"""`{ja: …, en: …}`"""

Citations = Annotated[tuple[str, ...], BeforeValidator(_citations), Field(min_length=1)]
"""One citation, or a list of them."""


Day = Annotated[date, BeforeValidator(_plain_day)]
"""A day as files write it. Text that looks like one is refused: the order of versions and the record of the past go by days."""


class Transition(Strict):
    """What becomes of the cases that are open when a version begins (経過措置).

    `keep` (なお従前の例による): a case that arrived before the version's first day stays under what stood before it.
    `move`: it falls under the version from that day on, whatever date governs the rule otherwise.
    """

    open_cases: Literal["keep", "move"]


class Version(Strict, Generic[T]):
    """What a provision says from one day on. A null `value` is a repeal.

    `confirmed: false` says that we are not sure, and `why`. `expected: true` is an amendment that is announced and not yet made law.
    `transition` is what it says of open cases; without one, the date that governs the rule decides (`governed_by` of the procedure).
    """

    from_: Day = Field(alias="from")
    cites: Citations
    value: T | None
    confirmed: bool = True
    why: str | None = None
    expected: bool = False
    transition: Transition | None = None

    @model_validator(mode="after")
    def _doubt_is_explained(self) -> Version[T]:
        if not self.confirmed and not self.why:
            raise ValueError("confirmed: false needs 'why'")
        return self

    @model_validator(mode="after")
    def _repeal_moves_nobody(self) -> Version[T]:
        if self.value is None and self.transition is not None and self.transition.open_cases == "move":
            raise ValueError("a repeal leaves nothing to move an open case to")
        return self

    def keeps(self, received_on: date) -> bool:
        """Tell whether a case that arrived on a day stays under what stood before this version."""
        return self.transition is not None and self.transition.open_cases == "keep" and received_on < self.from_

    def moves(self, received_on: date, today: date) -> bool:
        """Tell whether a case that arrived on a day falls under this version today although it came before it."""
        return self.transition is not None and self.transition.open_cases == "move" and received_on < self.from_ <= today

    @property
    def certain(self) -> bool:
        """True when a decision may rest on it: confirmed, and not only expected."""
        return self.confirmed and not self.expected

    @property
    def citation(self) -> str:
        """The citations as one line of text."""
        return "・".join(self.cites)


class Provision(Strict, Generic[T]):
    """One provision and its history, oldest version first."""

    title: Words
    versions: tuple[Version[T], ...] = Field(min_length=1)
    covers_from: Day | None = None
    """Where it is set, each day from then on must be governed by a version that is no repeal."""

    def on(self, day: date) -> Version[T] | None:
        """Find the version in force on `day`; None before the first, and after a repeal."""
        found = None
        for version in self.versions:
            if version.from_ <= day:
                found = version
        return None if found is None or found.value is None else found

    def rule(self, day: date) -> T:
        """Give the value of a day; for days before the first version, of which nothing older is known, the first.

        Raises `NotFound` (`no_rule`) after a repeal.
        """
        version = self.versions[0] if self.versions and day < self.versions[0].from_ else self.on(day)
        value = None if version is None else version.value
        if value is None:
            raise NotFound("no_rule", Text(f"「{self.title.ja}」は定められていません。", f"'{self.title.en}' is not in force on that day."))
        return value

    def for_case(self, received_on: date, today: date) -> Self:
        """Give the provision as the transitional clauses leave it to a case that arrived on a day; itself where they change nothing."""
        if not any(version.keeps(received_on) or version.moves(received_on, today) for version in self.versions):
            return self
        versions: list[Version[T]] = []
        for version in self.versions:
            if version.keeps(received_on):
                continue
            if version.moves(received_on, today):
                # It governs all days of the case, the day of its arrival too: what was said before is over for it.
                versions = [before for before in versions if before.from_ < received_on]
                versions.append(version.model_copy(update={"from_": received_on}))
            else:
                versions.append(version)
        return self.model_copy(update={"versions": tuple(versions)})

    def governing(self, day: date, *, received_on: date, today: date) -> Version[T] | None:
        """Find the version that governs a rule of a case, where `day` is the date that governs the rule (arrival, decision …).

        The transitional clause of each version is heeded; None where no version governs.
        """
        return self.for_case(received_on, today).on(day)

    def until(self, version: Version[T]) -> date | None:
        """Tell the first day of the version that follows `version`; None for the last."""
        return next((later.from_ for later in self.versions if later.from_ > version.from_), None)


@dataclass(frozen=True)
class Entry:
    """A provision as it was read, and where it stands."""

    provision: Provision[Any]
    source: Source
    location: tuple[str, ...]

    def written(self, index: int) -> object:
        """Give the value of a version as it is written in the file."""
        part: Any = self.source.data
        for step in (*self.location, "versions", index, "value"):
            part = part[step]
        return part

    def place(self, index: int) -> str:
        """Tell file and line of a version."""
        return f"{self.source.name}:{self.source.line((*self.location, 'versions', index))}"
