"""Dumps of the register over HTTP: whole or in ranges, with strong ETags from the checksums of the files.

Starlette's FileResponse knows ranges; it is handed only those that lie within the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from partner.api import byte_ranges, query_string
from partner.api.dependencies import database_of, settings_of
from partner.api.rest import schemas
from partner.api.rest.schemas import PROBLEM
from partner.api.rest.thin import CACHE, ThinRoute, etag, json_text, public_read, unchanged
from partner.errors import FieldError, NotFound, Text, Unsatisfiable
from partner.registry import criteria, search
from partner.registry.open_data import freshness, manifest, shelf
from partner.settings import Settings

router = APIRouter(tags=["open data"])
NO_FILE = Text("そのようなファイルは公開されていません。", "There is no such file among the open data.")
NO_DUMP = Text("その日のオープンデータは公開されていません。", "There is no dump of that name among the open data.")
NO_FILE_REMEDY = Text("/open-data/ に公開中の一覧があります。", "/open-data/ lists what there is.")
BEYOND = Text("指定された範囲はファイルの終わりより後です({}バイト)。", "The ranges lie beyond the end of the file, which has {} bytes.")
BEYOND_REMEDY = Text("Range を付けないか、0から{}までの範囲を指定してください。", "Leave Range out, or ask within 0 to {}.")


@dataclass(frozen=True)
class Found:
    """A file of a dump: where it is now, what kind it is, and its SHA-256."""

    path: Path
    media_type: str
    sha256: str


async def dump_file(request: Request) -> Response:
    """One file of a dump: of `latest`, of a day, or a schema."""
    found = await run_in_threadpool(find, settings_of(request).open_data_root, request.path_params["name"], request.path_params["file"])
    if found is None:
        raise NotFound("unknown_file", NO_FILE, remedy=NO_FILE_REMEDY)
    tag = f'"{found.sha256}"'
    stat = await run_in_threadpool(found.path.stat)
    if same := unchanged(request, tag) or _unmodified(request, tag, stat.st_mtime):
        return same
    headers = {"ETag": tag, "Cache-Control": CACHE}
    answer = _File(found.path, headers=headers, media_type=found.media_type, stat_result=stat)
    answer.choose(request, stat.st_size)
    return answer


class _File(FileResponse):
    """A file, or the ranges of it that are asked for in words that HTTP knows."""

    ranges: str | None = None

    def choose(self, request: Request, size: int) -> None:
        """Keep the ranges that are to be answered: those within the file. Raises Unsatisfiable when ranges are asked for and none is.

        A Range header that says nothing is as good as none, and so is one for another version of the file (`If-Range`).
        """
        asked, version = request.headers.get("range"), request.headers.get("if-range")
        if asked is None or (version is not None and not self._should_use_range(version)):
            return
        self.ranges = byte_ranges.within(asked, size)
        if self.ranges == "":
            words, remedy = _filled(BEYOND, size), _filled(BEYOND_REMEDY, size - 1)
            errors = [FieldError("Range", "out_of_range", words)]
            raise Unsatisfiable("range_not_satisfiable", words, remedy=remedy, errors=errors, size=size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what was chosen."""
        kept = [(name, value) for name, value in scope["headers"] if name != b"range"]
        if self.ranges:
            kept.append((b"range", self.ranges.encode()))
        await super().__call__({**scope, "headers": kept}, receive, send)


def _filled(words: Text, number: int) -> Text:
    return Text(words.ja.format(number), words.en.format(number))


def _unmodified(request: Request, tag: str, modified: float) -> Response | None:
    """304 for who asks by date, unless by tag too."""
    since = request.headers.get("if-modified-since")
    if since is None or "if-none-match" in request.headers:
        return None
    try:
        known = parsedate_to_datetime(since).timestamp()
    except ValueError:
        return None  # a date that cannot be read is as good as none
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": CACHE}) if int(modified) <= known else None


def find(root: Path, name: str, file: str) -> Found | None:
    """A file by the name of its dump and its own; None when there is none. Names lead nowhere else: they are looked up, never joined."""
    if name == shelf.REFUSED or (place := shelf.place_of(root, name)) is None:
        return None
    if name == manifest.SCHEMAS:
        return _small(place, file, "application/schema+json") if file in set(manifest.SCHEMA_FILES.values()) else None
    if file == manifest.MANIFEST:
        return _small(place, file, manifest.MEDIA_TYPES[file])
    return next((Found(place / file, one["media_type"], one["sha256"]) for one in _files(place) if one["name"] == file), None)


@lru_cache(maxsize=64)
def _files(place: Path) -> list[dict[str, Any]]:
    """The files of a dump, which never change."""
    found: list[dict[str, Any]] = shelf.manifest(place)["files"]
    return found


def _small(place: Path, file: str, media_type: str) -> Found | None:
    path = place / file
    return Found(path, media_type, hashlib.sha256(path.read_bytes()).hexdigest()) if path.is_file() else None


async def dumps(request: Request) -> Response:
    """The dumps that there are, the last day first."""
    criteria.parse_nothing(query_string.pairs(request.scope["query_string"]))
    body = orjson.dumps(await run_in_threadpool(listed, settings_of(request)))
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    return unchanged(request, tag) or json_text(body, tag)


def listed(settings: Settings) -> dict[str, Any]:
    """All dumps, and the one to which `latest` leads."""
    root, place = settings.open_data_root, f"{settings.public_url}/open-data"
    items = [_listed(told, f"{place}/{day}") for day in shelf.days(root) if (told := shelf.last(root, day)) is not None]
    latest = shelf.last(root)
    return {"latest": None if latest is None else _listed(latest, f"{place}/latest"), "items": items}


async def one_dump(request: Request) -> Response:
    """What one dump holds: `latest`, or that of a day. It is the address of the dataset in `catalog.jsonld`, to which a link leads."""
    criteria.parse_nothing(query_string.pairs(request.scope["query_string"]))
    settings, name = settings_of(request), request.path_params["name"]
    told = await run_in_threadpool(shelf.last, settings.open_data_root, name) if name == shelf.LATEST or shelf.DAY.fullmatch(name) else None
    if told is None:
        raise NotFound("unknown_dump", NO_DUMP, remedy=NO_FILE_REMEDY)
    place = f"{settings.public_url}/open-data/{name}"
    body = orjson.dumps(_listed(told, place))
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    answer = unchanged(request, tag) or json_text(body, tag)
    answer.headers["Link"] = f'<{place}/{manifest.CATALOG}>; rel="describedby"; type="{manifest.MEDIA_TYPES[manifest.CATALOG]}"'
    return answer


def _listed(told: dict[str, Any], url: str) -> dict[str, Any]:
    files = [{"name": one["name"], "bytes": one["bytes"], "url": f"{url}/{one['name']}"} for one in told["files"]]
    shown = {key: told[key] for key in ("as_of", "generated_at", "sequence")}
    return {**shown, "stations": told["counts"]["stations"], "manifest": f"{url}/{manifest.MANIFEST}", "files": files}


async def fresh(request: Request) -> Response:
    """How fresh the register and its last dump are."""
    criteria.parse_nothing(query_string.pairs(request.scope["query_string"]))
    settings = settings_of(request)
    reads = database_of(request).reads
    registry = await search.registry(reads)
    dump, refused = [await run_in_threadpool(shelf.last, settings.open_data_root, name) for name in (shelf.LATEST, shelf.REFUSED)]
    told = freshness.told(registry.sequence, registry.updated_at, dump, refused, settings.public_url)
    made = hashlib.sha256(orjson.dumps([told["dump"], told["refused"]])).hexdigest()[:12]
    tag = etag(request, registry.sequence).replace('"', f'"{made}-', 1)
    return unchanged(request, tag) or json_text(orjson.dumps(told), tag)


INSTANT, DATE = schemas.INSTANT, schemas.DATE
FILE = schemas.structure("name bytes url", name=schemas.STRING, bytes=schemas.INTEGER, url=schemas.STRING)
DUMP = schemas.structure(
    "as_of generated_at sequence stations manifest files",
    as_of=DATE,
    generated_at=INSTANT,
    sequence=schemas.INTEGER,
    stations=schemas.INTEGER,
    manifest=schemas.STRING,
    files=schemas.listing(FILE),
)
OPTIONAL_DUMP = {**DUMP, "type": ["object", "null"]}
DUMPS = schemas.structure("latest items", latest=OPTIONAL_DUMP, items=schemas.listing(DUMP))
LAST = schemas.structure(
    "generated_at as_of sequence stations url changes_behind",
    generated_at=INSTANT,
    as_of=DATE,
    sequence=schemas.INTEGER,
    stations=schemas.INTEGER,
    url=schemas.STRING,
    changes_behind=schemas.INTEGER,
)
REFUSED = schemas.structure(
    "generated_at as_of sequence churn", generated_at=INSTANT, as_of=DATE, sequence=schemas.INTEGER, churn={"type": "object"}
)
FRESHNESS = schemas.structure(
    "now sequence updated_at dump refused next_dump_due",
    now=INSTANT,
    sequence=schemas.INTEGER,
    updated_at=schemas.OPTIONAL_INSTANT,
    dump={**LAST, "type": ["object", "null"]},
    refused={**REFUSED, "type": ["object", "null"]},
    next_dump_due=INSTANT,
)
BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", **BYTES},
    206: {"description": "The ranges asked for in Range", **BYTES},
    304: {"description": "The file is still the one of If-None-Match or If-Modified-Since"},
    404: {"description": "There is no such file", **PROBLEM},
    416: {"description": "None of the ranges asked for lies within the file; Content-Range tells its length", **PROBLEM},
}
NAMED = schemas.parameter("name", "`latest`, or a day as 2026-11-25", place="path")
FILE_PARAMETERS = [
    schemas.parameter("name", "`latest`, a day as 2026-11-25, or `schemas`", place="path"),
    schemas.parameter("file", "as the manifest names it, or manifest.json", place="path"),
    {**schemas.parameter("Range", "bytes=0-499", place="header"), "required": False},
]
public_read(router, "/open-data/", dumps, summary="Dumps of the register", parameters=[], answer=DUMPS)
public_read(router, "/open-data/{name}/", one_dump, summary="One dump of the register", parameters=[NAMED], answer=DUMP)
public_read(router, "/api/v1/freshness", fresh, summary="How fresh what is published is", parameters=[], answer=FRESHNESS)
router.add_api_route(
    "/open-data/{name}/{file}",
    dump_file,
    methods=["GET"],
    summary="One file of a dump",
    responses=FILE_ANSWERS,
    openapi_extra={"parameters": FILE_PARAMETERS},
    route_class_override=ThinRoute,
    response_model=None,
)
router.add_api_route(
    "/open-data/{name}/{file}",
    dump_file,
    methods=["HEAD", "OPTIONS"],
    include_in_schema=False,
    route_class_override=ThinRoute,
    response_model=None,
)
