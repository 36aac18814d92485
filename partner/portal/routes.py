"""All pages of the portal."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse

from partner.errors import NotFound, Text
from partner.portal import admin, beside, bulk, desk, developers, ex_officio, licenses, my, paper, public, renewals
from partner.portal.rendering import STATIC

router = APIRouter(include_in_schema=False, tags=["portal"])
for pages in (public, developers, my, licenses, renewals, desk, bulk, paper, ex_officio, beside, admin):
    router.include_router(pages.router)

FILES = frozenset(path.name for path in STATIC.iterdir())


@router.get("/static/{name}")
async def static(name: str) -> FileResponse:
    """A file of the portal: styles, the icon, the script of the page for developers."""
    if name not in FILES:
        raise NotFound("unknown_file", Text("そのファイルはありません。", "There is no such file."))
    return FileResponse(STATIC / name, headers={"Cache-Control": "public, max-age=3600"})
