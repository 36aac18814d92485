"""REST, under `/api/v1`: one router for each kind of thing, collected here."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
