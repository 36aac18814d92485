"""The change feed: one sequence in commit order, without gaps; its cursor never expires."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from partner.api import query_string
from partner.api.dependencies import database_of
from partner.api.rest import schemas
from partner.api.rest.thin import etag, json_text, public_read, unchanged
from partner.registry import criteria, search

router = APIRouter(tags=["register"])


async def changes(request: Request) -> Response:
    """What changed on the register after a sequence, in order. Go on from `next`."""
    after, limit = criteria.parse_feed(query_string.pairs(request.scope["query_string"]))
    async with database_of(request).public.connection() as connection:
        tag = etag(request, (await search.registry(connection)).sequence)
        if answer := unchanged(request, tag):
            return answer
        items, following = await search.changes(connection, after=after, limit=limit)
    return json_text(f'{{"items":[{",".join(items)}],"next":{following}}}', tag)


AFTER = schemas.parameter("after", "the last sequence that you have; 0 from the beginning", {"type": "integer", "minimum": 0, "default": 0})
public_read(router, "/changes", changes, summary="Change feed", parameters=[AFTER, schemas.LIMIT], answer=schemas.CHANGES)
