"""The routes of the project's own law, for tests of the workflow."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from partner.regulation.reading import Reader
from partner.regulation.routes import Route, Routes, read

REGULATION = Path(__file__).parents[2] / "regulation"


@cache
def routes() -> Routes:
    reader = Reader(REGULATION)
    found = read(reader)
    reader.finish()
    return found


def route(code: str) -> Route:
    return routes().get(code, date(2020, 6, 1))
