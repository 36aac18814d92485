"""The search of the register in other formats than JSON: CSV, GeoJSON and newline-delimited JSON.

`Accept` or the suffix of the path chooses. CSV and GeoJSON are pages like JSON: a header `Link: <…>; rel="next"` (and in GeoJSON the member
`next_cursor`) says that there is more. NDJSON without `limit` is a stream of everything that is found, in one view of the register.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from partner.api.dependencies import database_of, law_of, settings_of
from partner.api.rest.thin import CACHE, etag
from partner.errors import Text, Unacceptable
from partner.registry import search
from partner.registry.criteria import Criteria, Page
from partner.registry.open_data.columns import LIST_SEPARATOR, STATIONS, Column
from partner.registry.search import Found
from partner.regulation.codes import CodeList

JSON, CSV, GEOJSON, NDJSON = "application/json", "text/csv", "application/geo+json", "application/x-ndjson"
SUFFIXES = {"json": JSON, "csv": CSV, "geojson": GEOJSON, "ndjson": NDJSON}
ANY = {"*/*": JSON, "application/*": JSON, "text/*": CSV, "application/problem+json": JSON}
OFFERED = Text(
    "application/json、text/csv、application/geo+json、application/x-ndjson のいずれかで返せます。",
    "There is application/json, text/csv, application/geo+json and application/x-ndjson.",
)
AT_A_TIME = 1000
Pairs = list[tuple[str, str]]


def chosen(request: Request) -> str:
    """The media type that the path's suffix, else `Accept`, asks for. Raises Unacceptable when `Accept` allows none of ours."""
    suffix = request.scope["path"].rpartition(".")[2]
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    accept = request.headers.get("accept", "*/*")
    if accept in {"*/*", JSON, ""}:
        return JSON
    wanted = sorted(_weighed(accept), key=lambda one: -one[1])
    found = next((media for name, weight in wanted if weight > 0 and (media := _offered(name)) is not None), None)
    if found is None:
        raise Unacceptable("not_acceptable", OFFERED)
    return found


def _offered(name: str) -> str | None:
    return name if name in SUFFIXES.values() else ANY.get(name) or (JSON if name == "text/html" else None)


def _weighed(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept[:1000].split(","):
        name, _, parameters = part.partition(";")
        quality = next((one.partition("=")[2] for one in parameters.split(";") if one.strip().startswith("q=")), "1")
        try:
            yield name.strip().lower(), float(quality)
        except ValueError:
            yield name.strip().lower(), 0.0


def page(request: Request, media: str, found: Found, cursor: str | None, pairs: Pairs) -> Response:
    """A page as CSV, GeoJSON or NDJSON, with its tag and the address of the page that follows."""
    headers = {"ETag": etag(request, found.registry.sequence, media), "Cache-Control": CACHE, "Vary": "Accept"}
    if cursor is not None:
        following = urlencode([*(pair for pair in pairs if pair[0] != "cursor"), ("cursor", cursor)])
        headers["Link"] = f'<{settings_of(request).public_url}{request.url.path}?{following}>; rel="next"'
    if media == CSV:
        return Response(table(found.items), media_type="text/csv; charset=utf-8; header=present", headers=headers)
    if media == NDJSON:
        return Response(b"".join(item + b"\n" for item in found.items), media_type=NDJSON, headers=headers)
    places = law_of(request).codes("municipalities")
    collection = {
        "type": "FeatureCollection",
        "features": [feature(orjson.loads(item), places) for item in found.items],
        "next_cursor": cursor,
        "total": found.total,
    }
    return Response(orjson.dumps(collection), media_type=GEOJSON, headers=headers)


def table(items: Iterable[bytes]) -> bytes:
    """Stations as CSV, with the columns of the open data's `stations.csv`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column.name for column in STATIONS.columns)
    for item in items:
        document = orjson.loads(item)
        writer.writerow(_field(document, column) for column in STATIONS.columns)
    return file.getvalue().encode()


def _field(document: Any, column: Column) -> str:
    value = document
    for step in column.steps:
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return ""
    if isinstance(value, list):
        return str(len(value)) if column.name == "assignments" else LIST_SEPARATOR.join(_word(one) for one in value)
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def _word(value: Any) -> str:
    return str(value["code"]) if isinstance(value, dict) else str(value)


def feature(document: dict[str, Any], places: CodeList) -> dict[str, Any]:
    """A station as a GeoJSON feature (RFC 7946) at the centroid of its municipality, which is all that is public of its place."""
    location = document.get("location")
    known = places.get(location["municipality_code"]) if location else None
    point = None if known is None else [known.attributes.get("longitude"), known.attributes.get("latitude")]
    geometry = {"type": "Point", "coordinates": point} if point and None not in point else None
    return {"type": "Feature", "id": document["id"], "geometry": geometry, "properties": document}


def stream(request: Request, asked: Criteria, page_asked: Page) -> Response:
    """Everything that is found, one JSON text a line, read page by page in one view of the register."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return StreamingResponse(_lines(request, asked, page_asked), media_type=NDJSON, headers=headers)


async def _lines(request: Request, asked: Criteria, page_asked: Page) -> AsyncIterator[bytes]:
    key = settings_of(request).signing_key
    following: Page | None = replace(page_asked, limit=AT_A_TIME, count=False)
    while following is not None:
        reads = database_of(request).reads
        found = await search.stations(reads, asked, following, key=key)
        yield b"".join(item + b"\n" for item in found.items)
        following = replace(following, cursor=found.cursor(len(found.items) - 1, asked, key)) if found.more else None
