"""What an actor brings with an action: read from JSON, checked for its shape only. Whether it is enough, the route says."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, field_validator, model_validator

from partner.errors import FieldError, Invalid, Text

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
Hertz = Annotated[int, Strict(), Field(ge=1, le=3_000_000_000_000)]
Words = Annotated[str, Field(max_length=4000)]


class FieldRequest(BaseModel):
    """What is asked about one field: `field` is a JSON Pointer into the form."""

    field: str = Field(pattern=r"^(/|$)", max_length=400)
    message: str | dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The request with its words in a language map; words given once stand for both languages."""
        words = self.message if isinstance(self.message, dict) else {"ja": self.message, "en": self.message}
        return {"field": self.field, "message": words}


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
    conditions: list[Words] = Field(default_factory=list)


class Command(BaseModel):
    """Everything that an action may bring; each action reads its own part."""

    comment: str = Field(default="", max_length=4000)
    requests: list[FieldRequest] = Field(default_factory=list)
    due_on: Day | None = None
    form: dict[str, Any] | None = None
    decision: Designation = Field(default_factory=Designation)
    reason: str = Field(default="", max_length=4000)
    reasons: list[Words] = Field(default_factory=list)
    result: Literal["pass", "fail"] | None = None
    inspected_on: Day | None = None
    completed_on: Day | None = None
    remarks: str = Field(default="", max_length=4000)
    bureau: str | None = None
    stand_in: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_characters_that_can_be_stored(cls, value: object) -> object:
        if not _storable(value):
            raise ValueError("a text has a character that cannot be stored (NUL or half of a surrogate pair)")
        return value

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


def _storable(value: object) -> bool:
    """Whether PostgreSQL can keep every text in a JSON value."""
    if isinstance(value, dict):
        return all(_storable(inner) for pair in value.items() for inner in pair)
    if isinstance(value, list):
        return all(map(_storable, value))
    return not isinstance(value, str) or not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value)


def read(body: dict[str, Any]) -> Command:
    """Raises Invalid `command_invalid`, naming the fields."""
    try:
        return Command.model_validate(body)
    except ValidationError as error:
        message = Text("操作の内容に誤りがあります。", "The content of the action is not acceptable.")
        raise Invalid("command_invalid", message, errors=[_field_error(detail) for detail in error.errors()]) from error


def _field_error(detail: Any) -> FieldError:
    pointer = "".join(f"/{part}" for part in detail["loc"])
    return FieldError(pointer, str(detail["type"]), Text("値に誤りがあります。", str(detail["msg"])))
