"""The contract as files: `docs/openapi.json` and `docs/schema.graphql`. A difference is a review.

`python -m partner.api.contract` writes them; a test compares them with what the application says.
"""

from __future__ import annotations

from pathlib import Path

import orjson
from fastapi import APIRouter, FastAPI

from partner import api
from partner.api.described import Described
from partner.api.graphql.schema import schema

DOCS = Path(__file__).resolve().parents[2] / "docs"
VERSION = "1"


def application(*routers: APIRouter) -> FastAPI:
    """An application that is only described, never served: the API, and the routers given beside it."""
    app = Described(title="PARTNER", version=VERSION, description="Radio station licensing: filing, examination, register, search.")
    for router in (api.router, *routers):
        app.include_router(router)
    return app


def openapi() -> bytes:
    """The OpenAPI document of the API."""
    return orjson.dumps(application().openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def graphql() -> bytes:
    """The GraphQL schema in its own language."""
    return schema.as_str().encode() + b"\n"


def documents() -> dict[str, bytes]:
    """The content of each file by its name."""
    return {"openapi.json": openapi(), "schema.graphql": graphql()}


def write(directory: Path = DOCS) -> list[Path]:
    """Write the files; their paths."""
    paths = [directory / name for name in documents()]
    for path in paths:
        path.write_bytes(documents()[path.name])
    return paths


if __name__ == "__main__":
    write()
