"""The personas of the stand-in, and the people whom somebody invents at its door."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from ruamel.yaml import YAML

from partner.auth.actor import IssuerKind


class Label(BaseModel):
    """What the button of a persona says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ja: str
    en: str


class Persona(BaseModel):
    """Somebody for whom the stand-in vouches, under the subject `name`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    issuer: IssuerKind
    label: Label
    claims: dict[str, Any] = Field(default_factory=dict)
    program: bool = False

    def get_user_id(self) -> str:
        """The subject, under the name that Authlib asks for."""
        return self.name


@cache
def personas() -> dict[str, Persona]:
    """All personas by name, in the order of `personas.yaml`."""
    found = YAML(typ="safe", pure=True).load(Path(__file__).with_name("personas.yaml"))
    known = [{"name": name, **facts} for name, facts in found.items()]
    return {persona.name: persona for persona in TypeAdapter(list[Persona]).validate_python(known)}
