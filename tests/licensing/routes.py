"""The routes of the project's own law, for tests of the workflow."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from partner.regulation.reading import Reader
from partner.regulation.routes import Route, RouteProvision, read_routes, route_on

REGULATION = Path(__file__).parents[2] / "regulation"


@cache
def provisions() -> dict[str, RouteProvision]:
    reader = Reader(REGULATION)
    read = read_routes(reader)
    reader.finish()
    return read


def route(code: str) -> Route:
    found = route_on(provisions(), code, date(2020, 6, 1))
    assert found is not None
    return found
