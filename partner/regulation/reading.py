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
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from partner.regulation.facts import KNOWN, FactShape
from partner.regulation.provisions import Citations, Entry, Provision, Refers, Strict, Version, Words
from partner.regulation.sources import Row, Source
from partner.regulation.yaml_nodes import Document, Location

__all__ = [
    "Citations",
    "Entry",
    "Provision",
    "Reader",
    "Refers",
    "RegulationError",
    "Row",
    "Source",
    "Strict",
    "Version",
    "Words",
    "loaded",
]

T = TypeVar("T")
M = TypeVar("M", bound=Strict)


class RegulationError(Exception):
    """The files of the law are not in order; `defects` are lines `file:line: what`."""

    def __init__(self, defects: Sequence[str]) -> None:
        super().__init__("\n".join(defects))
        self.defects = tuple(defects)


class Reader:
    """Reads the files below `root`, collects what is wrong with them, and digests what was read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._defects: list[tuple[str, int, str]] = []
        self._defined: dict[tuple[str, str], tuple[str, int]] = {}
        self._sources: list[Source] = []
        self._broken: set[tuple[str, str]] = set()
        self._contents: dict[str, bytes] = {}
        self.shape: FactShape = KNOWN
        """The facts that files read from now on may name; whoever reads the forms sets it."""
        self.catalogue: dict[str, Entry] = {}
        """Every provision that was read, by folder and name (`fees/amateur-renewal`; `jurisdiction/jurisdiction/areas` within a file)."""
        if not root.is_dir():
            self._defects.append((str(root), 1, "there is no such directory"))

    def provisions(self, folder: str, model: type[M]) -> Iterator[tuple[Source, M]]:
        """Each YAML file of `folder`, in the order of names, as `model`; a file with defects is left out and reported."""
        for path in files_of(self._root / folder):
            source = self._load(path)
            parsed = self._parse(source, model)
            if parsed is not None:
                yield source, parsed

    def file(self, name: str, model: type[M]) -> M | None:
        """Read one file below the root; None when it is missing or broken, which is reported."""
        path = self._root / name
        if not path.is_file():
            self._defects.append((f"{self._root.name}/{name}", 1, "there is no such file"))
            return None
        return self._parse(self._load(path), model)

    def single(self, folder: str, model: type[M]) -> tuple[Source, M] | None:
        """Read the one YAML file of `folder`; None when it is missing, not alone or broken, which is reported."""
        count = len(files_of(self._root / folder))
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
                if (kind, name) not in self._defined and (kind.removesuffix("s"), name) not in self._broken:
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
        name = f"{self._root.name}/{path.relative_to(self._root).as_posix()}"
        content = self._bytes(path, name)
        self._contents[path.relative_to(self._root).as_posix()] = content
        try:
            return name, content.decode("utf-8")
        except UnicodeDecodeError as error:
            self._defects.append((name, content[: error.start].count(b"\n") + 1, "not UTF-8"))
            return name, ""

    def _bytes(self, path: Path, name: str) -> bytes:
        """What a file holds; of what is no file (a link that leads nowhere, a pipe, on which one would wait for ever) nothing."""
        if not path.is_file():
            self._defects.append((name, 1, "this is no file, or a link that leads to none"))
            return b""
        try:
            return path.read_bytes()
        except OSError as error:
            self._defects.append((name, 1, f"cannot be read: {error.strerror}"))
            return b""

    def _load(self, path: Path) -> Source:
        name, text = self._text(path)
        document = Document(text, lambda line, message: self._defects.append((name, line, message)))
        source = Source(name, path.stem, document.data, document.lines, set(), self.shape)
        self._sources.append(source)
        self._check_order(source, document.data, ())
        return source

    def _parse(self, source: Source, model: type[M]) -> M | None:
        if source.data is None:
            self._note_broken(source)
            return None
        try:
            parsed = model.model_validate(source.data, context=source)
        except ValidationError as error:
            self._note_broken(source)
            details = error.errors(include_url=False)
            for detail in details:
                if not _follows(detail, details):
                    self.reject(source, _explain(detail), *detail["loc"])
            return None
        for location, part in [((), parsed), *(((name,), getattr(parsed, name)) for name in model.model_fields)]:
            if isinstance(part, Provision):
                self._demand_cover(source, part, location)
                path = source.name.removeprefix(f"{self._root.name}/").removesuffix(".yaml")
                self.catalogue["/".join([path, *location])] = Entry(part, source, location)
        return parsed

    def _note_broken(self, source: Source) -> None:
        """What stands in a file that could not be read is missing elsewhere only for that: nobody is told to mend those places."""
        self._broken.add((Path(source.name).parent.name.removesuffix("s"), source.stem))

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

    def _demand_cover(self, source: Source, provision: Provision[Any], location: tuple[str, ...]) -> None:
        """Refuse days from `covers_from` on that no version governs."""
        since = provision.covers_from
        if since is None:
            return
        if provision.versions[0].from_ > since:
            self.reject(source, f"the days from {since} to the first version are not covered", *location, "versions", 0, "from")
        for index, version in enumerate(provision.versions):
            following = provision.until(version)
            if version.value is None and (following is None or following > since):
                self.reject(
                    source,
                    f"the days from {version.from_} are not covered: a repeal goes without 'covers_from'",
                    *location,
                    "versions",
                    index,
                    "value",
                )


def is_hidden(path: Path) -> bool:
    """Whether a path, given from the root of the law, is that of a hidden file or of an editor's copy: neither is law, nor a defect."""
    return any(part.startswith(".") for part in path.parts) or path.name.endswith("~")


def files_of(folder: Path) -> list[Path]:
    """The YAML files of a folder, in the order of their names."""
    return sorted(path for path in folder.glob("*.yaml") if not is_hidden(Path(path.name)))


def loaded(part: T | None) -> T:
    """Give a part of the law that was read without defects; raises `RegulationError` where `Reader.finish` was not asked before."""
    if part is None:
        raise RegulationError(["a part of the law could not be read"])
    return part


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is only found too short because what is in it was refused, which is said where it stands."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(one is not detail and one["loc"][: len(place)] == place for one in details)


def _explain(detail: ErrorDetails) -> str:
    steps = [str(step) for step in detail["loc"] if not str(step).startswith(("function-", "constrained-"))]
    if detail["type"] == "extra_forbidden":
        return f"unknown key '{steps[-1]}'"
    if detail["type"] == "missing":
        return f"'{steps[-1]}' is missing" + (" (every version cites its source)" if steps[-1] == "cites" else "")
    return f"{'.'.join(steps)}: {detail['msg'].removeprefix('Value error, ')}"
