"""Reads the examples of the API guide: requests as they are written there, and the shapes of the answers shown beneath them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "api" / "README.md").read_text(encoding="utf-8")
MORE = "…"
SAME = frozenset({"call_sign", "code", "field", "kind", "status", "type", "version"})
"""Members whose value is the same wherever an example is sent, as far as it is written out."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where it begins, by characters and by lines."""

    language: str
    text: str
    begins: int = 0
    line: int = 0

    @property
    def is_request(self) -> bool:
        return self.language == "graphql" or (self.language == "http" and not self.text.startswith("HTTP/"))

    @property
    def is_answer(self) -> bool:
        return self.language in {"json", "csv", "ndjson"} or (self.language == "http" and not self.is_request)


@dataclass
class Example:
    """A request and the answers shown for it."""

    request: Block
    answers: list[Block] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text, in their order."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(one[1], one[2], one.start(), text.count("\n", 0, one.start()) + 1) for one in found]


def sections() -> dict[str, list[Block]]:
    """The blocks of each section of the guide, by its heading."""
    headings = [(one[1], one.start()) for one in re.finditer(r"^## (.+)$", GUIDE, re.MULTILINE)]
    ends = [start for _, start in headings[1:]]
    every = blocks(GUIDE)
    lines = [
        (name, GUIDE.count("\n", 0, start), GUIDE.count("\n", 0, end or len(GUIDE))) for (name, start), end in zip_longest(headings, ends)
    ]
    return {name: [one for one in every if first < one.line <= last] for name, first, last in lines}


def examples(found: list[Block]) -> list[Example]:
    """Each request with the answers that follow it."""
    made: list[Example] = []
    for block in found:
        if block.is_request:
            made.append(Example(block))
        elif block.is_answer and made:
            made[-1].answers.append(block)
    return made


def request(block: Block, known: Mapping[str, str]) -> dict[str, Any]:
    """A request as arguments for a client; words in braces come from `known`."""
    if block.language == "graphql":
        return {"method": "POST", "url": "/graphql", "json": {"query": block.text}}
    text = re.sub(r"\{(id|next_cursor|sequence|etag)\}", lambda found: known[found[1]], block.text)
    head, _, body = text.partition("\n\n")
    line, *headers = head.strip().split("\n")
    method, url = line.split(" ", 1)
    asked: dict[str, Any] = {
        "method": method,
        "url": quote(url, safe="/?&=%*:,.-_~+"),
        "headers": dict(one.split(": ", 1) for one in headers),
    }
    return asked | ({"content": body} if body else {})


def learnt(answer: httpx2.Response) -> dict[str, str]:
    """What later requests of a section may name in braces."""
    found = {"etag": answer.headers.get("etag", "")}
    if re.search(r"[/+]json", answer.headers.get("content-type", "")):
        body = answer.json()
        found |= {"next_cursor": cursor} if (cursor := body.get("next_cursor")) else {}
        found |= {"sequence": str(body["registry"]["sequence"])} if "registry" in body else {}
    return found


def differences(shown: Block, answer: httpx2.Response) -> list[str]:
    """How an answer differs from what the guide shows of it."""
    if shown.language == "http":
        return list(_response(shown.text, answer))
    wrong = [] if answer.status_code == 200 else [f"the status is {answer.status_code}: {answer.text}"]
    if shown.language == "csv":
        return [*wrong, *_table(shown.text, answer.text)]
    if shown.language == "ndjson":
        lines = answer.text.splitlines()
        return [*wrong, *([] if len(lines) > 1 else ["one line"]), *_shape(json.loads(shown.text), json.loads(lines[0]), "line 1")]
    return [*wrong, *_shape(json.loads(shown.text), answer.json(), "")]


def _response(text: str, answer: httpx2.Response) -> Iterator[str]:
    head, _, body = text.partition("\n\n")
    status, *headers = head.strip().split("\n")
    if status != f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}":
        yield f"the status is {answer.status_code} {answer.reason_phrase}"
    for name, value in (one.split(": ", 1) for one in headers):
        pattern = ".+".join(map(re.escape, value.split(MORE)))
        if name != "Retry-After" and not re.fullmatch(pattern, answer.headers.get(name, "")):
            yield f"{name} is {answer.headers.get(name)!r}"
        if name == "Retry-After" and not answer.headers.get(name, "").isdecimal():
            yield "there is no Retry-After"
    if body:
        yield from _shape(json.loads(body), answer.json(), "")
    elif answer.status_code in {204, 304} and answer.content:
        yield "there is a body"


def _table(shown: str, given: str) -> Iterator[str]:
    for line, (wanted, found) in enumerate(zip(csv.reader(io.StringIO(shown)), csv.reader(io.StringIO(given)), strict=False), start=1):
        columns = wanted[: wanted.index(MORE)] if MORE in wanted else wanted
        if (line == 1 and found[: len(columns)] != columns) or len(found) < len(columns):
            yield f"line {line} is {found}"
    if given.count("\n") < shown.count("\n"):
        yield "there are fewer lines"


def _shape(shown: Any, given: Any, place: str) -> Iterator[str]:
    """Where a JSON value has not the members and kinds of the one shown; `"…"` stands for more of the same."""
    if isinstance(shown, dict) and isinstance(given, dict):
        members = {name: value for name, value in shown.items() if name != MORE}
        if missing := members.keys() - given.keys():
            yield f"{place} has no {sorted(missing)}"
        if MORE not in shown and (further := given.keys() - shown.keys()):
            yield f"{place} has {sorted(further)} too"
        for name in members.keys() & given.keys():
            yield from _shape(members[name], given[name], f"{place}/{name}")
    elif isinstance(shown, list) and isinstance(given, list):
        items = [one for one in shown if one != MORE]
        if len(given) < max(len(items), bool(shown)) or (given and not shown):
            yield f"{place} has {len(given)} items"
        for index, (wanted, found) in enumerate(zip(items, given, strict=False)):
            yield from _shape(wanted, found, f"{place}/{index}")
    elif _kind(shown) != _kind(given):
        yield f"{place} is {given!r}"
    elif place.rpartition("/")[2] in SAME and shown not in (MORE, given):
        yield f"{place} is {given!r}, not {shown!r}"


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
