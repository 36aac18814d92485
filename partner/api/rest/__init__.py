"""REST, under `/api/v1`: one router for each kind of thing, collected here."""

from __future__ import annotations

from fastapi import APIRouter

from partner.api.rest import (
    actions,
    applications,
    bulk,
    bulk_filings,
    changes,
    clock,
    codes,
    corporations,
    documents,
    figures,
    messages,
    procedures,
    regulation,
    renewals,
    spectrum_fees,
    stations,
)

router = APIRouter(prefix="/api/v1")
_PARTS = (
    stations,
    changes,
    codes,
    corporations,
    procedures,
    bulk,
    applications,
    actions,
    documents,
    messages,
    clock,
    figures,
    regulation,
    renewals,
    bulk_filings,
    spectrum_fees,
)
for part in _PARTS:
    router.include_router(part.router)
