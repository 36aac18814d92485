"""What an actor brings with an action: read from JSON, checked for its shape only. Whether it is enough, the route says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from partner.errors import FieldError, Invalid, Text, pointer, pointer_within

YEARS = (1900, 2999)


def _day(value: object) -> object:
    """A date in the one form in which dates are written; Pydantic would take seconds and instants too."""
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.isoformat() != str(value) or not YEARS[0] <= found.year <= YEARS[1]:
        raise PydanticCustomError("not_a_date", "A date is written as 2025-01-15, in the years 1900 to 2999")
    return found


def written(value: object) -> object:
    """Refuse a text of spaces alone, before anything else is asked of it."""
    if isinstance(value, str) and not value.strip():
        raise PydanticCustomError("blank", "Spaces alone say nothing")
    return value


def whole(value: object) -> object:
    """A JSON number without a fraction as the integer that it is (145000000.0)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Day = Annotated[date, BeforeValidator(_day)]
_INVALID = Text("操作の内容に誤りがあります。", "The content of the action is not acceptable.")
_WRONG_CHARACTER = Text("使えない文字があります。", "It has a character that cannot be stored.")
Hertz = Annotated[int, BeforeValidator(whole), Strict(), Field(ge=1, le=3_000_000_000_000)]
Words = Annotated[str, Field(max_length=4000)]
Written = Annotated[Words, BeforeValidator(written)]


class LanguageMap(BaseModel):
    """Words in Japanese, in English or in both."""

    model_config = ConfigDict(extra="forbid")

    ja: Written | None = None
    en: Written | None = None

    @model_validator(mode="after")
    def _in_a_language(self) -> LanguageMap:
        if self.ja is None and self.en is None:
            raise PydanticCustomError("required", "Words in Japanese (ja) or English (en) are expected")
        return self


class FieldRequest(BaseModel):
    """What is asked about one field: `field` is a JSON Pointer into the form."""

    field: str = Field(pattern=r"^(/|$)", max_length=400)
    message: Written | LanguageMap

    def as_dict(self) -> dict[str, Any]:
        """The request with its words in a language map; words in one language stand for both."""
        said = LanguageMap(ja=self.message) if isinstance(self.message, str) else self.message
        return {"field": self.field, "message": {"ja": said.ja or said.en, "en": said.en or said.ja}}


class DesignatedEmission(BaseModel):
    """An emission class with its occupied bandwidth, as a form has them."""

    model_config = ConfigDict(extra="forbid")

    bandwidth: str | None = Field(default=None, max_length=40)
    emission: str = Field(min_length=1, max_length=40)


class DesignatedAssignment(BaseModel):
    """What is assigned: a line as the form has it, or with `emission` as the register writes it. Hz and W."""

    model_config = ConfigDict(extra="forbid")

    emission: str | None = Field(default=None, min_length=1, max_length=40)
    symbol: str | None = Field(default=None, min_length=1, max_length=40)
    bundle: str | None = Field(default=None, min_length=1, max_length=40)
    emissions: list[DesignatedEmission] | None = Field(default=None, max_length=300)
    frequency_hz: Hertz | None = None
    frequency_to_hz: Hertz | None = None
    power_w: Annotated[int, Strict(), Field(gt=0, le=10**12)] | Annotated[float, Strict(), Field(gt=0, le=1e12)] | None = None


class Designation(BaseModel):
    """What is granted; what is absent is as applied for."""

    model_config = ConfigDict(extra="forbid")

    assignments: list[DesignatedAssignment] | None = Field(default=None, min_length=1, max_length=300)
    valid_to: Day | None = None
    conditions: list[Written] = Field(default_factory=list, max_length=100)
    identification: Annotated[Written, Field(max_length=100)] | None = None


class Command(BaseModel):
    """Everything that an action may bring; each action reads its own part."""

    comment: str = Field(default="", max_length=4000)
    requests: list[FieldRequest] = Field(default_factory=list, max_length=300)
    due_on: Day | None = None
    due_in_business_days: int | None = Field(default=None, ge=1, le=250, strict=True)
    form: dict[str, Any] | None = None
    decision: Designation = Field(default_factory=Designation)
    reason: str = Field(default="", max_length=4000)
    reasons: list[Words] = Field(default_factory=list, max_length=100)
    result: Literal["pass", "fail"] | None = None
    inspected_on: Day | None = None
    completed_on: Day | None = None
    report: bool = Field(default=False, strict=True)
    remarks: str = Field(default="", max_length=4000)
    bureau: str | None = Field(default=None, max_length=40)
    stand_in: str | None = Field(default=None, max_length=400)

    @model_validator(mode="after")
    def _one_deadline(self) -> Command:
        if self.due_on is not None and self.due_in_business_days is not None:
            raise PydanticCustomError("two_deadlines", "Name either due_on or due_in_business_days")
        return self

    @field_validator("reasons", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("decision", mode="before")
    @classmethod
    def _absent_is_as_applied_for(cls, value: object) -> object:
        return {} if value is None else value

    @property
    def written_reasons(self) -> list[str]:
        """The reasons that were really written; a comment serves where the route asks for a reason."""
        return [text for text in (*self.reasons, self.reason, self.comment) if text.strip()]


def _unstorable(value: object, path: tuple[object, ...] = ()) -> Iterator[FieldError]:
    """The texts in a JSON value that PostgreSQL cannot keep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _unstorable(key, (*path, key))
            yield from _unstorable(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unstorable(inner, (*path, index))
    elif isinstance(value, str) and any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value):
        yield FieldError(pointer(*path), "wrong_character", _WRONG_CHARACTER)


def read(body: dict[str, Any]) -> Command:
    """Raises Invalid `command_invalid`, naming the fields."""
    if unstorable := list(_unstorable(body)):
        raise Invalid("command_invalid", _INVALID, errors=unstorable)
    try:
        return Command.model_validate(body)
    except ValidationError as error:
        found = [_field_error(detail, body) for detail in error.errors()]
        raise Invalid("command_invalid", _INVALID, errors=list({one.field: one for one in reversed(found)}.values())[::-1]) from error


def _field_error(detail: Any, body: dict[str, Any]) -> FieldError:
    place = pointer_within(body, detail["loc"], missing=detail["type"] == "missing")
    return FieldError(place, str(detail["type"]), Text("値に誤りがあります。", str(detail["msg"])))
