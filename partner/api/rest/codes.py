"""The code lists of the law, in Japanese and English."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from partner.api import query_string
from partner.api.dependencies import law_of
from partner.api.rest import schemas
from partner.api.rest.thin import json_text, public_read, unchanged
from partner.errors import NotFound, Text
from partner.registry import criteria
from partner.regulation.codes import Code, CodeList

router = APIRouter(tags=["codes"])


def code_as_json(code: Code) -> dict[str, Any]:
    """A code with its names, its attributes and the days on which it is used."""
    dates = {"from": code.from_, "until": code.until}
    return {"code": code.code, "name": code.name.as_dict(), "confirmed": code.confirmed, **dates, "attributes": dict(code.attributes)}


def list_as_json(found: CodeList) -> dict[str, Any]:
    """A code list with all its codes, in the order of the law's file."""
    return {
        "list": found.list_id,
        "title": found.title.as_dict(),
        "complete": found.complete,
        "citations": list(found.cites),
        "items": [code_as_json(code) for code in found],
    }


def _answer(request: Request, content: object) -> Response:
    criteria.parse_nothing(query_string.pairs(request.scope["query_string"]))
    text = orjson.dumps(content)
    tag = f'W/"{hashlib.sha256(text).hexdigest()[:24]}"'
    return unchanged(request, tag) or json_text(text, tag)


async def lists(request: Request) -> Response:
    """The names of all code lists."""
    known = law_of(request).codes.lists.values()
    items = [{"list": found.list_id, "title": found.title.as_dict(), "complete": found.complete, "count": len(found)} for found in known]
    return _answer(request, {"items": items})


async def codes(request: Request) -> Response:
    """One code list."""
    return _answer(request, list_as_json(law_of(request).codes(request.path_params["list"])))


async def code(request: Request) -> Response:
    """One code of a list."""
    found = law_of(request).codes(request.path_params["list"]).get(request.path_params["code"])
    if found is None:
        raise NotFound("unknown_code", Text("そのコードはありません。", "The list has no such code."))
    return _answer(request, code_as_json(found))


LIST = schemas.parameter("list", "name of the list, as station-classes", place="path")
CODE = schemas.parameter("code", "the code", place="path")
public_read(router, "/codes", lists, summary="Code lists", parameters=[], answer=schemas.CODE_LISTS)
public_read(router, "/codes/{list}", codes, summary="One code list", parameters=[LIST], answer=schemas.CODE_LIST)
public_read(router, "/codes/{list}/{code}", code, summary="One code", parameters=[LIST, CODE], answer=schemas.CODE)
