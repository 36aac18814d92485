"""What an actor brings with an action: read from JSON, checked for its shape only. Whether it is enough, the route says."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from partner.errors import FieldError, Invalid, Text


class FieldRequest(BaseModel):
    """What is asked about one field: `field` is a JSON Pointer into the form."""

    field: str = Field(pattern=r"^(/|$)", max_length=400)
    message: str | dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The request with its words in a language map; words given once stand for both languages."""
        words = self.message if isinstance(self.message, dict) else {"ja": self.message, "en": self.message}
        return {"field": self.field, "message": words}


class Designation(BaseModel):
    """What is granted; what is absent is as applied for."""

    model_config = ConfigDict(extra="forbid")

    assignments: list[dict[str, Any]] | None = Field(default=None, min_length=1)
    valid_to: date | None = None
    conditions: list[str] = Field(default_factory=list)


class Command(BaseModel):
    """Everything that an action may bring; each action reads its own part."""

    comment: str = Field(default="", max_length=4000)
    requests: list[FieldRequest] = Field(default_factory=list)
    due_on: date | None = None
    form: dict[str, Any] | None = None
    decision: Designation = Field(default_factory=Designation)
    reason: str = Field(default="", max_length=4000)
    reasons: list[str] = Field(default_factory=list)
    result: Literal["pass", "fail"] | None = None
    inspected_on: date | None = None
    completed_on: date | None = None
    remarks: str = Field(default="", max_length=4000)
    bureau: str | None = None
    stand_in: str | None = None

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
