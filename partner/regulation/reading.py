"""Reads the dated, cited files of the law, and refuses what is not in order.

A module of one provision kind declares its pydantic models (subclasses of `Strict`; a provision with history is a `Provision[Value]`) and
reads a folder with `Reader.provisions`. It names what others may refer to with `Reader.define`, and what it refers to with
`Annotated[str, Refers("kind")]`. All defects are collected; `Reader.finish` reports them together, each with file and line.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import ErrorDetails

from partner.errors import NotFound, Text
from partner.regulation.yaml_nodes import Document, Located, Location

T = TypeVar("T")
M = TypeVar("M", bound="Strict")


class RegulationError(Exception):
    """The files of the law are not in order; `defects` are lines `file:line: what`."""

    def __init__(self, defects: Sequence[str]) -> None:
        super().__init__("\n".join(defects))
        self.defects = tuple(defects)


class Strict(BaseModel):
    """A mapping in a file of the law: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _words(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"ja", "en"} or not all(isinstance(word, str) and word for word in value.values()):
        raise ValueError("words are {ja: …, en: …}, both not empty")
    return Text(str(value["ja"]), str(value["en"]))


def _citations(value: object) -> object:
    citations = [value] if isinstance(value, str) else value
    if isinstance(citations, Sequence) and any(not isinstance(item, str) or not item.strip() for item in citations):
        raise ValueError("a citation is text, not empty")
    return citations


def Refers(kind: str) -> BeforeValidator:  # noqa: N802 - reads as a type: Annotated[str, Refers("fees")]
    """Mark text as the name of something of `kind`, which must be defined somewhere in the files."""

    def note(value: object, info: ValidationInfo) -> object:
        if isinstance(value, Located) and isinstance(info.context, Source):
            info.context.references.add((kind, str(value), value.line))
        return value

    return BeforeValidator(note)


Words = Annotated[Text, BeforeValidator(_words)]
"""`{ja: …, en: …}`"""

Citations = Annotated[tuple[str, ...], BeforeValidator(_citations), Field(min_length=1)]
"""One citation, or a list of them."""


class Version(Strict, Generic[T]):
    """What a provision says from one day on. A null `value` is a repeal.

    `confirmed: false` says that we are not sure, and `why`. `expected: true` is an amendment that is announced and not yet made law.
    """

    from_: date = Field(alias="from")
    cites: Citations
    value: T | None
    confirmed: bool = True
    why: str | None = None
    expected: bool = False

    @model_validator(mode="after")
    def _doubt_is_explained(self) -> Version[T]:
        if not self.confirmed and not self.why:
            raise ValueError("confirmed: false needs 'why'")
        return self

    @property
    def certain(self) -> bool:
        """True when a decision may rest on it: confirmed, and not only expected."""
        return self.confirmed and not self.expected

    @property
    def citation(self) -> str:
        """The citations as one line of text."""
        return "・".join(self.cites)


class Provision(Strict, Generic[T]):
    """One provision and its history, oldest version first."""

    title: Words
    versions: tuple[Version[T], ...] = Field(min_length=1)
    covers_from: date | None = None
    """Where it is set, each day from then on must be governed by a version that is no repeal."""

    def on(self, day: date) -> Version[T] | None:
        """Find the version in force on `day`; None before the first, and after a repeal."""
        found = None
        for version in self.versions:
            if version.from_ <= day:
                found = version
        return None if found is None or found.value is None else found

    def rule(self, day: date) -> T:
        """Give the value of a day; for days before the first version, of which nothing older is known, the first.

        Raises `NotFound` (`no_rule`) after a repeal.
        """
        version = self.versions[0] if day < self.versions[0].from_ else self.on(day)
        value = None if version is None else version.value
        if value is None:
            raise NotFound("no_rule", Text(f"「{self.title.ja}」は定められていません。", f"'{self.title.en}' is not in force on that day."))
        return value

    def until(self, version: Version[T]) -> date | None:
        """Tell the first day of the version that follows `version`; None for the last."""
        return next((later.from_ for later in self.versions if later.from_ > version.from_), None)


@dataclass
class Source:
    """One file: its name for messages, its values, the line of each value, and the names that it refers to."""

    name: str
    stem: str
    data: object
    lines: Mapping[Location, int]
    references: set[tuple[str, str, int]]

    def line(self, location: Sequence[str | int]) -> int:
        """Tell the line of the value at `location`, or of the nearest value that encloses it."""
        known: Location = ()
        for step in location:
            if (*known, step) in self.lines:
                known = (*known, step)
        return self.lines[known]


@dataclass(frozen=True)
class Row:
    """One row of a CSV file, by column name."""

    line: int
    cells: Mapping[str, str]


class Reader:
    """Reads the files below `root`, collects what is wrong with them, and digests what was read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._defects: list[tuple[str, int, str]] = []
        self._defined: dict[tuple[str, str], tuple[str, int]] = {}
        self._sources: list[Source] = []
        self._contents: dict[str, bytes] = {}
        if not root.is_dir():
            self._defects.append((str(root), 1, "there is no such directory"))

    def provisions(self, folder: str, model: type[M]) -> Iterator[tuple[Source, M]]:
        """Each YAML file of `folder`, in the order of names, as `model`; a file with defects is left out and reported."""
        for path in sorted((self._root / folder).glob("*.yaml")):
            source = self._load(path)
            parsed = self._parse(source, model)
            if parsed is not None:
                yield source, parsed

    def single(self, folder: str, model: type[M]) -> tuple[Source, M] | None:
        """Read the one YAML file of `folder`; None when it is missing, not alone or broken, which is reported."""
        count = len(list((self._root / folder).glob("*.yaml")))
        if count != 1:
            self._defects.append((f"{self._root.name}/{folder}", 1, f"{count} files where exactly one is expected"))
        return next(self.provisions(folder, model), None)

    def rows(self, source: Source, file_name: str, columns: Sequence[str]) -> list[Row]:
        """Read the rows of the CSV file beside `source`; its header must be exactly `columns`."""
        path = (self._root / Path(source.name).relative_to(self._root.name)).parent / file_name
        if not path.is_file():
            self.reject(source, f"there is no file {file_name} beside it")
            return []
        name, text = self._text(path)
        records = list(csv.reader(io.StringIO(text), strict=True))
        if not records or records[0] != list(columns):
            self._defects.append((name, 1, f"the header must be: {','.join(columns)}"))
            return []
        return list(self._records(name, records, columns))

    def _records(self, name: str, records: list[list[str]], columns: Sequence[str]) -> Iterator[Row]:
        for line, record in enumerate(records[1:], start=2):
            if len(record) != len(columns):
                self._defects.append((name, line, f"{len(record)} cells where {len(columns)} are expected"))
                continue
            yield Row(line, dict(zip(columns, record, strict=True)))

    def define(self, kind: str, name: str, source: Source, *location: str | int) -> None:
        """Say that `name` of `kind` is defined at `location` of `source`; a second definition is a defect."""
        self.define_at(kind, name, source.name, source.line(location))

    def define_at(self, kind: str, name: str, file: str, line: int) -> None:
        """Say that `name` of `kind` is defined on a line of a file (for rows of a CSV file)."""
        known = self._defined.setdefault((kind, name), (file, line))
        if known != (file, line):
            self._defects.append((file, line, f"'{name}' ({kind}) is defined already in {known[0]}:{known[1]}"))

    def refer(self, kind: str, name: str, source: Source, line: int) -> None:
        """Say that `source` refers on `line` to `name` of `kind` (where `Refers` cannot: names that are found while reading)."""
        source.references.add((kind, name, line))

    def reject_at(self, file: str, line: int, message: str) -> None:
        """Report a defect on a line of a file (for rows of a CSV file)."""
        self._defects.append((file, line, message))

    def reject(self, source: Source, message: str, *location: str | int) -> None:
        """Report a defect at `location` of `source`."""
        self._defects.append((source.name, source.line(location), message))

    def finish(self) -> None:
        """Refuse dangling references; raise `RegulationError` when anything was wrong, all of it at once."""
        for source in self._sources:
            for kind, name, line in source.references:
                if (kind, name) not in self._defined:
                    self._defects.append((source.name, line, f"there is no '{name}' ({kind})"))
        if self._defects:
            raise RegulationError([f"{file}:{line}: {message}" for file, line, message in sorted(set(self._defects))])

    @property
    def digest(self) -> str:
        """SHA-256 over the names and the bytes of all files read so far."""
        total = hashlib.sha256()
        for name in sorted(self._contents):
            content = self._contents[name]
            total.update(f"{name}\n{len(content)}\n".encode() + content)
        return total.hexdigest()

    @property
    def read_files(self) -> frozenset[str]:
        """The names (below the root) of all files read so far."""
        return frozenset(self._contents)

    def _text(self, path: Path) -> tuple[str, str]:
        content = path.read_bytes()
        self._contents[path.relative_to(self._root).as_posix()] = content
        name = f"{self._root.name}/{path.relative_to(self._root).as_posix()}"
        try:
            return name, content.decode("utf-8")
        except UnicodeDecodeError as error:
            self._defects.append((name, content[: error.start].count(b"\n") + 1, "not UTF-8"))
            return name, ""

    def _load(self, path: Path) -> Source:
        name, text = self._text(path)
        document = Document(text, lambda line, message: self._defects.append((name, line, message)))
        source = Source(name, path.stem, document.data, document.lines, set())
        self._sources.append(source)
        self._check_order(source, document.data, ())
        return source

    def _parse(self, source: Source, model: type[M]) -> M | None:
        if source.data is None:
            return None
        try:
            parsed = model.model_validate(source.data, context=source)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self.reject(source, _explain(detail), *detail["loc"])
            return None
        if isinstance(parsed, Provision):
            self.demand_cover(source, parsed)
        for name in model.model_fields:
            if isinstance(part := getattr(parsed, name), Provision):
                self.demand_cover(source, part, name)
        return parsed

    def _check_order(self, source: Source, data: object, location: Location) -> None:
        """Versions stand oldest first, wherever they stand, and only the last one may be merely expected."""
        if isinstance(data, Mapping):
            for key, value in data.items():
                if key == "versions" and isinstance(value, list):
                    self._check_versions(source, value, (*location, key))
                self._check_order(source, value, (*location, str(key)))
        elif isinstance(data, list):
            for index, value in enumerate(data):
                self._check_order(source, value, (*location, index))

    def _check_versions(self, source: Source, versions: list[Any], location: Location) -> None:
        previous: date | None = None
        for index, version in enumerate(versions):
            begins = version.get("from") if isinstance(version, Mapping) else None
            if not isinstance(begins, date):
                continue
            if previous is not None and begins <= previous:
                self.reject(source, f"{begins} does not come after {previous}: the oldest version stands first", *location, index, "from")
            if version.get("expected") is True and index < len(versions) - 1:
                self.reject(source, "only the last version may be 'expected'", *location, index, "expected")
            previous = begins

    def demand_cover(self, source: Source, provision: Provision[Any], *location: str | int) -> None:
        """Refuse days from `covers_from` on that no version governs."""
        since = provision.covers_from
        if since is None:
            return
        if provision.versions[0].from_ > since:
            self.reject(source, f"the days from {since} to the first version are not covered", *location, "versions", 0, "from")
        for index, version in enumerate(provision.versions):
            following = provision.until(version)
            if version.value is None and (following is None or following > since):
                self.reject(source, f"the days from {version.from_} are not covered", *location, "versions", index, "value")


def loaded(part: T | None) -> T:
    """Give a part of the law that was read without defects; raises `RegulationError` where `Reader.finish` was not asked before."""
    if part is None:
        raise RegulationError(["a part of the law could not be read"])
    return part


def _explain(detail: ErrorDetails) -> str:
    steps = [str(step) for step in detail["loc"] if not str(step).startswith(("function-", "constrained-"))]
    if detail["type"] == "extra_forbidden":
        return f"unknown key '{steps[-1]}'"
    if detail["type"] == "missing":
        return f"'{steps[-1]}' is missing" + (" (every version cites its source)" if steps[-1] == "cites" else "")
    return f"{'.'.join(steps)}: {detail['msg'].removeprefix('Value error, ')}"
