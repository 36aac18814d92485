"""Code lists: what the codes on forms and records mean (`regulation/codes/*.yaml`, large lists with a CSV file beside).

An unknown code is reported by the checks and never a reason to fail: its name is the code itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal, TypeGuard

from pydantic import Field, model_validator

from partner.errors import NotFound, Text
from partner.regulation.reading import Citations, Reader, Source, Strict, Words

Attribute = str | int | float | bool | list[str]

FOLDER = "codes"


@dataclass(frozen=True)
class Code:
    """One code of a list, with its names and what else is known of it."""

    code: str
    name: Text
    confirmed: bool = True
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    from_: date | None = None
    until: date | None = None
    """The last day on which it is used."""

    def in_use(self, on: date) -> bool:
        """Tell whether the code is used on a day."""
        return (self.from_ is None or self.from_ <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True)
class CodeList:
    """A list of codes, in the order of its file."""

    list_id: str
    title: Text
    complete: bool
    cites: tuple[str, ...]
    codes: Mapping[str, Code]

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes.values())

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def points(self) -> list[tuple[float, float, str]]:
        """Latitude, longitude and code of every code that has a point, from south to north."""
        found = [(one.attributes.get("latitude"), one.attributes.get("longitude"), one.code) for one in self]
        return sorted((float(lat), float(lon), code) for lat, lon, code in found if _is_number(lat) and _is_number(lon))

    def get(self, code: str) -> Code | None:
        """Find a code; None when the list does not hold it."""
        return self.codes.get(code)

    def has(self, code: str) -> bool:
        """Tell whether the list holds a code."""
        return code in self.codes

    def name(self, code: str) -> Text:
        """Name a code in both languages; an unknown code is its own name."""
        known = self.codes.get(code)
        return Text(code, code) if known is None else known.name


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float)


class AttributeFile(Strict):
    """What a list says of each code beside its names. `refers` names the list that the attribute's codes belong to."""

    kind: Literal["text", "integer", "number", "boolean", "list"]
    refers: str | None = None
    required: bool = False


class CodeFile(Strict):
    """One code; further keys are the attributes that the list declares."""

    model_config = Strict.model_config | {"extra": "allow"}

    code: str = Field(min_length=1)
    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)
    confirmed: bool = True
    why: str | None = None
    from_: date | None = Field(None, alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> CodeFile:
        if not self.confirmed and not self.why:
            raise ValueError("confirmed: false needs 'why'")
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError("'until' comes before 'from'")
        return self


class CodeListFile(Strict):
    """One list: its codes stand in the file, or in the CSV file that `rows` names (columns: code, ja, en, then the attributes)."""

    title: Words
    cites: Citations
    complete: bool
    """False where the official list holds more codes than we know."""
    attributes: dict[str, AttributeFile] = Field(default_factory=dict)
    codes: list[CodeFile] = Field(default_factory=list)
    rows: str | None = None


@dataclass(frozen=True)
class Codes:
    """All code lists by name."""

    lists: Mapping[str, CodeList]

    def __call__(self, name: str) -> CodeList:
        """Find a list by its name; raises `NotFound` (`unknown_code_list`)."""
        found = self.lists.get(name)
        if found is None:
            raise NotFound("unknown_code_list", Text(f"コード表「{name}」はありません。", f"There is no code list '{name}'."))
        return found


def kind_of(list_id: str) -> str:
    """Name the kind under which the codes of a list are defined, for `Refers`."""
    return f"{FOLDER}/{list_id}"


def read(reader: Reader) -> Codes:
    """Read all lists; defines each list as `code-lists` and each code as `codes/<list>`."""
    lists = {}
    for source, parsed in reader.provisions(FOLDER, CodeListFile):
        reader.define("code-lists", source.stem, source)
        for name, attribute in parsed.attributes.items():
            if attribute.refers is not None:
                reader.refer("code-lists", attribute.refers, source, source.line(("attributes", name, "refers")))
        codes = [*_listed(reader, source, parsed), *_tabled(reader, source, parsed)]
        lists[source.stem] = CodeList(source.stem, parsed.title, parsed.complete, parsed.cites, {code.code: code for code in codes})
    return Codes(lists)


def _listed(reader: Reader, source: Source, parsed: CodeListFile) -> Iterator[Code]:
    for index, entry in enumerate(parsed.codes):
        line = source.line(("codes", index))
        reader.define_at(kind_of(source.stem), entry.code, source.name, line)
        extra = entry.model_extra or {}
        attributes = {}
        for name, value in extra.items():
            place = ("codes", index, name)
            declared = parsed.attributes.get(name)
            if declared is None:
                reader.reject(source, f"unknown key '{name}' (the list does not declare such an attribute)", *place)
            elif (plain := _plain(value, declared.kind)) is None:
                reader.reject(source, f"'{name}' must be of kind {declared.kind}", *place)
            else:
                attributes[name] = plain
                _refer(reader, source, declared, plain, source.line(place))
        _demand(reader, source, parsed, attributes, line)
        yield Code(entry.code, Text(entry.ja, entry.en), entry.confirmed, attributes, entry.from_, entry.until)


def _tabled(reader: Reader, source: Source, parsed: CodeListFile) -> Iterator[Code]:
    if parsed.rows is None:
        return
    file = f"{source.name.rpartition('/')[0]}/{parsed.rows}"
    for row in reader.rows(source, parsed.rows, ["code", "ja", "en", *parsed.attributes]):
        reader.define_at(kind_of(source.stem), row.cells["code"], file, row.line)
        attributes = {}
        for name, declared in parsed.attributes.items():
            cell = row.cells[name]
            if not cell:
                continue
            plain = _plain(_number(cell) if declared.kind in {"integer", "number"} else cell, declared.kind)
            if plain is None:
                reader.reject_at(file, row.line, f"'{name}' must be of kind {declared.kind}")
            else:
                attributes[name] = plain
                _refer(reader, source, declared, plain, source.line(("attributes", name)))
        yield Code(row.cells["code"], Text(row.cells["ja"], row.cells["en"]), attributes=attributes)


def _demand(reader: Reader, source: Source, parsed: CodeListFile, attributes: Mapping[str, Attribute], line: int) -> None:
    for name, declared in parsed.attributes.items():
        if declared.required and name not in attributes:
            reader.reject_at(source.name, line, f"'{name}' is missing")


def _refer(reader: Reader, source: Source, declared: AttributeFile, value: Attribute, line: int) -> None:
    if declared.refers is not None:
        for code in value if isinstance(value, list) else [value]:
            reader.refer(kind_of(declared.refers), str(code), source, line)


def _number(cell: str) -> int | float | str:
    try:
        return float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell


def _plain(value: object, kind: str) -> Attribute | None:
    """Give the value as plain Python, or None when it is not of the kind."""
    if kind == "text":
        return str(value) if isinstance(value, str) else None
    if kind == "list":
        return [str(item) for item in value] if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    if kind == "boolean" or isinstance(value, bool):
        return value if kind == "boolean" and isinstance(value, bool) else None
    if kind == "integer":
        return value if isinstance(value, int) else None
    return float(value) if isinstance(value, int | float) else None
