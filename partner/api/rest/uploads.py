"""Files in a request: the raw body, or the parts of a multipart form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from partner.errors import FieldError, Malformed, Text, Unsupported

XML_TYPES = frozenset({"application/xml", "text/xml", "application/octet-stream", ""})
MAX_FILES = 100
LONGEST_NAME = 255
MEDIA_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
LONGEST_KIND = 50
NO_KIND = Text("書類の種類（kind）がありません。", "The kind of document (`kind`) is missing.")
ONE_KIND = Text("書類の種類（kind）は一つ、50文字までです。", "One kind of document (`kind`) is named, in at most 50 characters.")
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
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}, "kind": {"type": "string", "maxLength": LONGEST_KIND}},
                    "required": ["file"],
                }
            },
        },
    }
}


ONE_FILE: dict[str, Any] = {
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


@dataclass(frozen=True)
class Attached:
    """The one file of a request; `kind` is what a field of its multipart form says, None where none does."""

    name: str
    media_type: str
    content: bytes
    kind: str | None = None


async def file_of(request: Request) -> Attached:
    """The one file of a request. Raises Malformed when there is none."""
    media_type = _media_type(request.headers.get("content-type"))
    if media_type != "multipart/form-data":
        return Attached("attachment", media_type, await request.body())
    async with request.form(max_files=1) as form:
        part = next((part for _, part in form.multi_items() if isinstance(part, UploadFile)), None)
        if part is None:
            raise Malformed("no_file", Text("ファイルがありません。", "There is no file in the request."))
        kinds = {value for key, value in form.multi_items() if key == "kind" and isinstance(value, str)}
        return Attached(_name(part, "attachment"), _media_type(part.content_type), await part.read(), one_kind(kinds) if kinds else None)


def one_kind(named: Iterable[str | None]) -> str:
    """The kind of document, named in the query or in the form. Raises Malformed when none is named, or more than one."""
    kinds = sorted({kind for kind in named if kind is not None})
    if len(kinds) == 1 and len(kinds[0]) <= LONGEST_KIND:
        return kinds[0]
    code, message = ("invalid", ONE_KIND) if kinds else ("required", NO_KIND)
    raise Malformed("invalid_parameter", message, errors=[FieldError("kind", code, message)])


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
