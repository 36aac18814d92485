"""What routes take from the application: the law, the database, the settings."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from partner.auth.web import database_of, settings_of
from partner.regulation import Law
from partner.settings import Settings


def law_of(connection: HTTPConnection) -> Law:
    """The law as loaded when the application started."""
    return cast("Law", connection.app.state.law)


__all__ = ["AppLaw", "AppSettings", "database_of", "law_of", "settings_of"]

AppSettings = Annotated[Settings, Depends(settings_of)]
AppLaw = Annotated[Law, Depends(law_of)]
