"""Files in a request: the raw body, or the parts of a multipart form."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from partner.errors import FieldError, Malformed, Text, Unsupported

XML_TYPES = frozenset({"application/xml", "text/xml", "application/octet-stream", ""})
MAX_FILES = 100
LONGEST_NAME = 255
MEDIA_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
BAD_NAME = Text("ファイル名が長すぎるか、使えない文字があります。", "The file name is too long, or has a character that cannot be kept.")
BAD_TYPE = Text("ファイルの Content-Type が正しくありません。", "The Content-Type of the file is not well formed.")

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
        async with request.form(max_files=MAX_FILES) as form:
            files = [(_name(part, "filing.xml"), await part.read()) for _, part in form.multi_items() if isinstance(part, UploadFile)]
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
    media_type = _media_type(request.headers.get("content-type"))
    if media_type != "multipart/form-data":
        return "attachment", media_type, await request.body()
    async with request.form(max_files=1) as form:
        part = next((part for _, part in form.multi_items() if isinstance(part, UploadFile)), None)
        if part is None:
            raise Malformed("no_file", Text("ファイルがありません。", "There is no file in the request."))
        return _name(part, "attachment"), _media_type(part.content_type), await part.read()


def _name(part: UploadFile, unnamed: str) -> str:
    """The name of a file as it was sent. Raises Malformed for one that cannot be kept."""
    name = part.filename or unnamed
    if len(name) > LONGEST_NAME or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name):
        raise Malformed("invalid_file_name", BAD_NAME, errors=[FieldError("file", "invalid_file_name", BAD_NAME)])
    return name


def _media_type(written: str | None) -> str:
    """The media type without its parameters; of bytes where none is given. Raises Malformed for what is none."""
    found = (written or "application/octet-stream").partition(";")[0].strip().lower()
    if MEDIA_TYPE.fullmatch(found) is None:
        raise Malformed("invalid_media_type", BAD_TYPE, errors=[FieldError("file", "invalid_media_type", BAD_TYPE)])
    return found
