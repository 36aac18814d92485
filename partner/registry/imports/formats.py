"""The formats of files: each gives the records of a file one after the other, as JSON under the keys of docs/importing.md."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import orjson

from partner.errors import FieldError, Invalid, Text
from partner.registry.imports import musen
from partner.registry.imports.records import Plain, Raw
from partner.registry.vocabulary import Vocabulary
from partner.regulation.periods import ENDLESS

Format = Literal["csv", "jsonl", "musen"]
SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "musen"}
LISTS = ("purposes", "communication_matters", "conditions", "synthetic")
LICENSEE = ("kind", "name", "name_kana", "corporate_number", "municipality", "address", "birth_date")
COLUMNS = (
    "key", "license_number", "call_sign", "station_class", "bureau", *(f"licensee_{name}" for name in LICENSEE), "licensed_on",
    "valid_from", "valid_to", "ended_on", "end_kind", *LISTS, "communication_partner", "municipality", "site_address",
    "movement_area", "moves", "station_count", "identification", "assignments", "sites", "operating_hours", "note",
    "broadcast_matter", "broadcast_area", "starting_limit", "registration_standard",
)  # fmt: skip
REQUIRED = ("station_class", "bureau", "licensee_kind", "licensee_name", "licensed_on", "valid_to")
LINE = re.compile(r"(\+?)([^@/]*)(?:@([0-9]+)(?:-([0-9]+))?)?(?:/([0-9.]+))?")
LONGEST_CELL = 1 << 20


def format_of(path: Path) -> Format:
    """The format that the name of a file tells. Raises Invalid (`unknown_format`)."""
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        known = ", ".join(SUFFIXES)
        raise Invalid("unknown_format", Text(f"ファイル名の末尾は {known} です。", f"The name of a file ends in one of {known}."))
    return found


def records(path: Path, form: Format, vocabulary: Vocabulary) -> Iterator[Raw]:
    """The records of a file in their order, never more than one in memory (MUSEN: one page). Raises Invalid for a file that is none."""
    if form == "csv":
        return _csv(path, vocabulary)
    return _lines(path, vocabulary) if form == "jsonl" else _musen(path, vocabulary)


def _csv(path: Path, vocabulary: Vocabulary) -> Iterator[Raw]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, [])
        missing = [name for name in REQUIRED if name not in header]
        if missing or len(set(header)) < len(header):
            words = Text(
                f"見出しの行に {', '.join(missing)} がないか、重複があります。",
                f"The header lacks {', '.join(missing)}, or repeats a name.",
            )
            raise Invalid("wrong_header", words)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Raw(line, error=FieldError("", "not_csv", Text(f"CSVとして読み取れません({error})。", f"This is no CSV: {error}.")))
                continue
            if cells:
                yield _row(line, header, cells, vocabulary)


def _row(line: int, header: list[str], cells: list[str], vocabulary: Vocabulary) -> Raw:
    if len(cells) != len(header):
        words = Text(f"列の数が{len(header)}ではなく{len(cells)}です。", f"The row has {len(cells)} cells instead of {len(header)}.")
        return Raw(line, error=FieldError("", "wrong_number_of_cells", words))
    plain: Plain = {}
    licensee: Plain = {}
    for name, cell in zip(header, cells, strict=True):
        if name in LISTS:
            plain[name] = cell.split(";") if cell else []
        elif name.startswith("licensee_"):
            licensee[name.removeprefix("licensee_")] = cell
        elif name == "assignments":
            plain[name] = _assignments(cell, vocabulary)
        elif name == "sites":
            plain[name] = [_site(text) for text in cell.split(";")] if cell else []
        else:
            plain[name] = cell
    return Raw(line, {**plain, "licensee": licensee})


def _assignments(cell: str, vocabulary: Vocabulary) -> list[Plain | str]:
    """`EMISSION@HZ-HZ/W` each, a bundled symbol alone, or `+EMISSION` for a further emission of the one before.

    Anything else stays text, and is refused.
    """
    lines: list[Plain | str] = []
    for text in cell.split(";") if cell else ():
        found = LINE.fullmatch(text.strip())
        above = lines[-1] if lines else None
        if found is None:
            lines.append(text)
        elif found[1]:
            lines.append({**above, "emission": found[2], "continued": True} if isinstance(above, dict) else text)
        elif vocabulary.law.codes("amateur-bundles").has(found[2]) and not found[3]:
            lines.append({"bundle": found[2]})
        else:
            named = zip(("emission", "frequency_hz", "frequency_to_hz", "power_w"), found.groups()[1:], strict=True)
            lines.append({name: value for name, value in named if value})
    return lines


def _site(text: str) -> Plain:
    """`role:code`, or `role:code=words` where the code stands in no list."""
    role, _, where = text.partition(":")
    code, _, words = where.partition("=")
    return {"role": role, "municipality": code, "place": words or None}


def _lines(path: Path, vocabulary: Vocabulary) -> Iterator[Raw]:
    with path.open("rb") as file:
        for line, text in enumerate(file, 1):
            if text.strip():
                yield _object(line, text, vocabulary)


def _object(line: int, text: bytes, vocabulary: Vocabulary) -> Raw:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Raw(line, error=FieldError("", "not_json", Text(f"JSONとして読み取れません({error})。", f"This is no JSON: {error}.")))
    if not isinstance(found, dict):
        return Raw(line, error=FieldError("", "not_an_object", Text("オブジェクトではありません。", "This is not an object.")))
    try:
        return Raw(line, _document(found, vocabulary) if isinstance(found.get("license"), dict) else found)
    except (AttributeError, KeyError, TypeError):
        words = Text("無線局の文書として読み取れません。", "This is not a station as our open data have it.")
        return Raw(line, error=FieldError("", "not_a_station", words))


def _document(station: dict[str, Any], vocabulary: Vocabulary) -> Plain:
    """A Station of our open data as a record: codes without their names. Its status is not taken over: it follows from the dates."""
    term, holder, broadcasting = station["license"], station["licensee"], station.get("broadcasting") or {}
    location, registration = station.get("location") or {}, station.get("registration") or {}
    plain = {
        "key": f"station:{station['id']}",
        "call_sign": station.get("call_sign"),
        "station_class": station["station_class"]["code"],
        "bureau": station["bureau"]["code"],
        "licensee": {name: holder.get(name) for name in ("kind", "name", "corporate_number")},
        **{name: term.get(name) for name in ("licensed_on", "valid_from", "ended_on", "end_kind")},
        "valid_to": ENDLESS.ja if term["valid_to"] is None else term["valid_to"],
        "purposes": [one["code"] for one in station.get("purposes", [])],
        "communication_matters": [one["code"] for one in station.get("communication_matters", [])],
        "municipality": location.get("municipality_code"),
        "sites": [_document_site(site, vocabulary) for site in station.get("sites", [])],
        "broadcast_matter": broadcasting.get("matter"),
        "broadcast_area": broadcasting.get("area"),
        "registration_standard": (registration.get("standard") or {}).get("code"),
    }
    same = ("communication_partner", "moves", "station_count", "assignments", "operating_hours", "note", "synthetic")
    movement = {} if station.get("moves") is False else {"movement_area": station.get("movement_area")}
    return {**plain, **{name: station[name] for name in same if name in station}, **movement}


def _document_site(site: dict[str, Any], vocabulary: Vocabulary) -> Plain:
    """A site; the words of its place are kept where no list has them."""
    code, words = site["municipality_code"], site["name"]["ja"]
    return {"role": site["role"], "municipality": code, "place": None if vocabulary.place(code).name.ja == words else words}


def _musen(path: Path, vocabulary: Vocabulary) -> Iterator[Raw]:
    try:
        page = orjson.loads(path.read_bytes())
        found = page["musen"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        found = None
    if not isinstance(found, list):
        raise Invalid("not_musen", Text("MUSENのJSON(一覧)ではありません。", "This is no list of MUSEN in JSON."))
    for number, record in enumerate(found, 1):
        yield musen.read(number, record, vocabulary)
