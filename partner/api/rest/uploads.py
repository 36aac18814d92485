"""Files in a request: the raw body, or the parts of a multipart form."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from partner.errors import Malformed, Text, Unsupported

XML_TYPES = frozenset({"application/xml", "text/xml", "application/octet-stream", ""})
MAX_FILES = 100

DESCRIPTION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/xml": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
        },
    }
}


async def files_of(request: Request) -> list[tuple[str, bytes]]:
    """The files (name, bytes) of a request. Raises Unsupported for another media type, Malformed when there is no file."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        form = await request.form(max_files=MAX_FILES)
        files = [(part.filename or "filing.xml", await part.read()) for _, part in form.multi_items() if isinstance(part, UploadFile)]
    elif media_type in XML_TYPES:
        content = await request.body()
        files = [("filing.xml", content)] if content else []
    else:
        raise Unsupported(
            "unsupported_media_type",
            Text(f"「{media_type}」は読みません。", f"'{media_type}' is not read here."),
            remedy=Text("application/xml か multipart/form-data で送ってください。", "Send application/xml or multipart/form-data."),
        )
    if not files:
        raise Malformed("no_file", Text("ファイルがありません。", "There is no file in the request."))
    return files


ANY_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
            },
        },
    }
}


async def file_of(request: Request) -> tuple[str, str, bytes]:
    """The one file (name, media type, bytes) of a request. Raises Malformed when there is none."""
    media_type = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        return "attachment", media_type, await request.body()
    form = await request.form(max_files=1)
    part = next((part for _, part in form.multi_items() if isinstance(part, UploadFile)), None)
    if part is None:
        raise Malformed("no_file", Text("ファイルがありません。", "There is no file in the request."))
    return part.filename or "attachment", part.content_type or "application/octet-stream", await part.read()
