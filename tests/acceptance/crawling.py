"""Reads everything that the public can read of a running server: every address, in every form, all pages."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pyarrow.parquet
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from tests.acceptance.service import ROOT

SCHEMA: GraphQLSchema = build_schema((ROOT / "docs" / "schema.graphql").read_text(encoding="utf-8"))
FORMS = ("application/json", "text/csv", "application/geo+json", "application/x-ndjson")
SORTS = ("id", "call_sign", "licensee", "licensed_on", "valid_to")


@dataclass
class Crawl:
    """What was read: the text behind each address, with its headers; and which paths that was."""

    client: httpx2.Client
    texts: dict[str, str] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)

    def get(self, address: str, *, accept: str = "*/*", language: str = "ja", **parameters: Any) -> httpx2.Response:
        """One address; what it answers is kept."""
        headers = {"Accept": accept, "Accept-Language": language}
        answer = self.client.get(address, params=parameters or None, headers=headers)
        assert answer.status_code == 200, f"{answer.request.url} answered {answer.status_code}: {answer.text[:500]}"
        self.keep(f"{answer.request.url} ({accept}, {language})", answer)
        return answer

    def keep(self, label: str, answer: httpx2.Response) -> None:
        """Keep an answer as text, and the path that gave it."""
        self.paths.add(urlsplit(str(answer.request.url)).path)
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.texts[f"{label} #{len(self.texts)}"] = f"{head}\n{readable(answer)}"

    def pages(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All pages of a search as JSON, their cursors opened."""
        while True:
            page = self.get("/api/v1/stations", **parameters).json()
            yield page
            if page["next_cursor"] is None:
                return
            self.texts[f"cursor of {parameters} #{len(self.texts)}"] = opened(page["next_cursor"])
            parameters["cursor"] = page["next_cursor"]

    def ask(self, query: str) -> dict[str, Any]:
        """A GraphQL operation that must not fail."""
        answer = self.client.post("/graphql", json={"query": query})
        found: dict[str, Any] = answer.json()
        assert "errors" not in found, found["errors"]
        self.keep(f"GraphQL {query[:200]}", answer)
        return found["data"]  # type: ignore[no-any-return]


def readable(answer: httpx2.Response) -> str:
    """The text of an answer, its escapes undone; of Parquet its rows."""
    if answer.content.startswith(b"PAR1"):
        return json.dumps(pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist(), ensure_ascii=False, default=str)
    text = html.unescape(answer.content.decode("utf-8", "replace"))
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)


def opened(cursor: str) -> str:
    """What is written in a cursor."""
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8", "replace")


def everything(kind: GraphQLObjectType, path: tuple[str, ...] = ()) -> str:
    """All fields of a type and of those below it; a type within itself once."""
    chosen = []
    for name, one in kind.fields.items():
        below = get_named_type(one.type)
        arguments = "(first: 5)" if "first" in one.args else ""
        if not isinstance(below, GraphQLObjectType):
            chosen.append(name)
        elif path.count(below.name) < 2:
            chosen.append(f"{name}{arguments} {{ {everything(below, (*path, below.name))} }}")
    return " ".join(chosen)


def all_fields(name: str) -> str:
    """All fields of the type of that name."""
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return everything(kind, (name,))


def crawl(client: httpx2.Client, *, classes: set[str], standards: set[str], days: tuple[str, str], known_at: str) -> Crawl:
    """Read it all. `days` are two dates of interest, `known_at` an instant of the past; `classes` and `standards` those that there are."""
    made = Crawl(client)
    identifiers = rest(made, days, known_at)
    for one in identifiers:
        station(made, one, days, known_at)
    graphql(made, identifiers, days, known_at)
    musen(made, classes, standards)
    files(made)
    portal(made, identifiers, classes)
    return made


def rest(made: Crawl, days: tuple[str, str], known_at: str) -> list[str]:
    """The searches, the feed, the lists of codes. Gives the identifiers of all stations."""
    found = {one["id"] for page in made.pages(status="any", limit=3, count="exact") for one in page["items"]}
    for key in SORTS:
        for sort in (key, f"-{key}"):
            list(made.pages(status="any", sort=sort, limit=4))
    views: list[Mapping[str, Any]] = [{}, {"status": "any"}, *({"status": "any", "as_of": day} for day in days)]
    for view in [*views, {"status": "any", "known_at": known_at}]:
        for accept in FORMS:
            made.get("/api/v1/stations", accept=accept, limit=1000, **view)
        for suffix in ("json", "csv", "geojson", "ndjson"):
            made.get(f"/api/v1/stations.{suffix}", language="en", **view)
    made.get("/api/v1/stations", near="35.69,139.75", radius_km=5000, status="any", place="東京")
    last = feed(made)
    events(made, last)
    for one in made.get("/api/v1/codes").json()["items"]:
        items = made.get(f"/api/v1/codes/{one['list']}").json()["items"]
        made.get(f"/api/v1/codes/{one['list']}/{items[0]['code']}")
    for one in made.get("/api/v1/procedures").json()["items"]:
        made.get(f"/api/v1/procedures/{one['code']}")
    made.get("/api/v1/freshness")
    made.get("/api/v1/regulation")
    return sorted(found)


def feed(made: Crawl) -> int:
    """All pages of the change feed; its last sequence."""
    after = 0
    while (page := made.get("/api/v1/changes", after=after, limit=7).json())["items"]:
        after = page["next"]
    return after


def events(made: Crawl, last: int) -> None:
    """The same as events."""
    with made.client.stream("GET", "/api/v1/changes", headers={"Accept": "text/event-stream"}) as answer:
        lines = []
        for line in answer.iter_lines():
            lines.append(line)
            if line == f"id: {last}":
                break
    made.texts["events"] = "\n".join(lines)


def station(made: Crawl, identifier: str, days: tuple[str, str], known_at: str) -> None:
    """One station on different days, its history, and how it changed."""
    place = f"/api/v1/stations/{identifier}"
    for view in ({}, *({"as_of": day} for day in days), {"known_at": known_at}):
        made.get(place, **view)
    made.get(f"{place}/history")
    made.get(f"{place}/diff", **dict(zip(("from", "to"), days, strict=True)))


def graphql(made: Crawl, identifiers: list[str], days: tuple[str, str], known_at: str) -> None:
    """All fields of everything."""
    connection = all_fields("StationConnection")
    for times in ("", *(f'asOf: "{day}",' for day in days), f'knownAt: "{known_at}",'):
        for sort in SORTS:
            cursor = "null"
            while cursor:
                asked = f'{times} orderBy: "{sort}", first: 20, filter: {{status: "any"}}, after: {cursor}'
                found = made.ask(f"{{ stations({asked}) {{ {connection} }} }}")["stations"]["pageInfo"]
                made.texts[f"GraphQL cursor #{len(made.texts)}"] = opened(found["endCursor"] or "")
                cursor = f'"{found["endCursor"]}"' if found["hasNextPage"] else ""
    for one in identifiers:
        made.ask(f'{{ station(id: "{one}") {{ {all_fields("Station")} }} }}')
    made.ask(f"{{ changes(first: 1000) {{ {all_fields('Changes')} }} }}")
    made.ask(f'{{ codes(list: "bureaus") {{ {all_fields("CodeList")} }} }}')
    made.keep("GraphQL by GET", made.client.get("/graphql", params={"query": "{ changes { next } }"}))


def musen(made: Crawl, classes: set[str], standards: set[str]) -> None:
    """MIC's Web-API: counts and lists of licenses by class, and of registrations by standard, in each format and order."""
    asked: list[tuple[dict[str, str], str]] = [({"ST": "1", "OW": one}, "1234") for one in sorted(classes)]
    asked += [({"ST": "2", "OW2": one, "IT": "A"}, "123") for one in sorted(standards)]
    for which, sorts in asked:
        for form in ("1", "2", "3"):
            made.get("/musen/num", OF=form, **which)
            for sort in sorts:
                made.get("/musen/list", OF=form, DA="1", SC="1", DC="1", SK=sort, **which)
            made.get("/musen/list", OF=form, DA="0", SC="1", DC="3", **which)


def files(made: Crawl) -> None:
    """Every file of the last dump, by both of its names, and what describes them."""
    told = made.get("/open-data/latest/manifest.json").json()
    made.get("/open-data/")
    for name in [*(one["name"] for one in told["files"]), "manifest.json", ""]:
        for place in ("latest", told["as_of"]):
            made.get(f"/open-data/{place}/{name}")


def portal(made: Crawl, identifiers: list[str], classes: set[str]) -> None:
    """The pages for people, in both languages."""
    for language in ("ja", "en"):
        for page in ("/", "/search", "/developers", "/openapi.json"):
            made.get(page, language=language)
        for status in ("any", "in_force"):
            made.get("/search", language=language, call_sign="", status=status)
        for one in sorted(classes):
            made.get("/search", language=language, station_class=one, status="any")
        for identifier in identifiers:
            made.get(f"/stations/{identifier}", language=language)
