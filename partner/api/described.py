"""An application that describes itself: the OpenAPI document has the shape of a problem once, and refers to it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from partner.api.rest.schemas import PROBLEM_SCHEMA


class Described(FastAPI):
    """FastAPI, whose document also holds the schema `Problem`, which `partner.api.rest.schemas.PROBLEM` refers to."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; made once."""
        found = super().openapi()
        found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        return found
