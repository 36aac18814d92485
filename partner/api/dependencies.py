"""What routes take from the application: the law, the database, the settings."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from partner.auth.web import database_of, settings_of
from partner.regulation import Law, in_force
from partner.regulation.in_force import InForce
from partner.settings import Settings


def in_force_of(connection: HTTPConnection) -> InForce:
    """What holds the law of this process."""
    return in_force.holding(cast("Law | InForce", connection.app.state.law))


def law_of(connection: HTTPConnection) -> Law:
    """The law in force as the request begins; ask once for each request, and keep to it."""
    return in_force_of(connection).law


__all__ = ["AppInForce", "AppLaw", "AppSettings", "database_of", "in_force_of", "law_of", "settings_of"]

AppSettings = Annotated[Settings, Depends(settings_of)]
AppInForce = Annotated[InForce, Depends(in_force_of)]
AppLaw = Annotated[Law, Depends(law_of)]
