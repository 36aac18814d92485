"""What routes take from the application: the law, the database, the settings."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from partner.database import Database
from partner.regulation import Law
from partner.settings import Settings


def database_of(connection: HTTPConnection) -> Database:
    """The database of the application that serves this request."""
    return cast("Database", connection.app.state.database)


def settings_of(connection: HTTPConnection) -> Settings:
    """The settings of the application that serves this request."""
    return cast("Settings", connection.app.state.settings)


def law_of(connection: HTTPConnection) -> Law:
    """The law as loaded when the application started."""
    return cast("Law", connection.app.state.law)


AppDatabase = Annotated[Database, Depends(database_of)]
AppSettings = Annotated[Settings, Depends(settings_of)]
AppLaw = Annotated[Law, Depends(law_of)]
