"""Maps of e-filing files: where each element of MIC's XML belongs in the form, as data under `regulation/filings/`.

`partner.licensing.filing` reads and writes files by these maps. The conversions are a closed set; which element is converted how,
and to which place, is data. A map is refused when two elements claim one place or one element is claimed twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from partner.regulation.reading import Provision, Reader, Refers, Strict

FOLDER = "filings"


class Conversion(StrEnum):
    """How the text of an element becomes a value of the form: the closed set."""

    TEXT = "text"  # the characters stay; white space of every width becomes one space
    MULTILINE = "multiline"  # the same, line by line
    VERBATIM = "verbatim"  # only white space at both ends is taken away
    NORMALISED = "normalised"  # text in one width (NFKC)
    KANA = "kana"  # the same for kana: half-width katakana becomes full-width
    CODE = "code"  # width-normalised, without white space
    SYMBOL = "symbol"  # a code in capital letters
    DIGITS = "digits"  # digits only; hyphens are taken away
    INTEGER = "integer"
    HERTZ = "hertz"  # a whole number of Hz
    WATTS = "watts"
    NUMBER = "number"
    FLAG = "flag"  # 1 is true
    CHOICE = "choice"  # translated by `values`
    ERA_DATE = "era_date"  # era, year, month and day become one date
    LICENSE_NUMBER = "license_number"  # 関, Ａ and 123456 become 関Ａ第123456号
    JOINED = "joined"  # two parts, one after the other


PARTS = {
    Conversion.ERA_DATE: {"era", "year", "month", "day"},
    Conversion.LICENSE_NUMBER: {"region", "category", "serial"},
    Conversion.JOINED: {"upper", "lower"},
}
"""The composites, and the parts of each."""


Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""One key of the form."""


class Listed(Strict):
    """A value that stands in the code list `codes` has a place of its own, `to`."""

    codes: Annotated[str, Refers("code-lists")]
    to: Key


class Leaf(Strict):
    """An element with a value. `parts` are the elements of a composite; `refuses` is the error code for a value not in `codes`."""

    at: str
    to: Key
    convert: Conversion = Field(alias="as")
    repeated: bool = False
    codes: Annotated[str, Refers("code-lists")] | None = None
    values: dict[str, str | bool] | None = None
    parts: dict[str, str] | None = None
    listed: Listed | None = None
    refuses: str | None = None
    required: bool = False
    confirmed: bool = True
    why: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Leaf:
        if (self.convert is Conversion.CHOICE) != (self.values is not None):
            raise ValueError("'values' belong to 'as: choice'")
        if self.values is not None and len(set(self.values.values())) != len(self.values):
            raise ValueError("two values of one choice mean the same")
        if PARTS.get(self.convert) != (None if self.parts is None else set(self.parts)):
            raise ValueError(f"'composites' must name the parts of '{self.convert}'")
        if self.refuses is not None and self.codes is None:
            raise ValueError("'refuses' needs 'codes'")
        if self.required and self.refuses is None:
            raise ValueError("'required' needs 'refuses'")
        if not self.confirmed and not self.why:
            raise ValueError("confirmed: false needs 'why'")
        return self


class Group(Strict):
    """An element with elements in it; `to` is absent where its values belong to the place of its parent."""

    at: str
    to: Key | None = None
    repeated: bool = False
    read: tuple[Entry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _list_has_a_place(self) -> Group:
        if self.repeated and self.to is None:
            raise ValueError("a repeated group needs 'to'")
        return self


class Unknown(Strict):
    """An element whose meaning no source tells, and why: reported when it is filled."""

    at: str
    meaning_unknown: str = Field(min_length=1)


def _kind_of(entry: object) -> str:
    if isinstance(entry, Mapping):
        return "unknown" if "meaning_unknown" in entry else "leaf" if "as" in entry else "group"
    return "unknown" if isinstance(entry, Unknown) else "leaf" if isinstance(entry, Leaf) else "group"


Entry: TypeAlias = Annotated[
    Annotated[Leaf, Tag("leaf")] | Annotated[Group, Tag("group")] | Annotated[Unknown, Tag("unknown")], Discriminator(_kind_of)
]


@dataclass(frozen=True)
class Place:
    """One element of the file (`path` from the root) and its place (`pointer`, `*` for any item of a list)."""

    path: str
    pointer: str
    leaf: Leaf

    @property
    def paths(self) -> tuple[str, ...]:
        """The elements with text: one, or the parts of a composite."""
        if self.leaf.parts is None:
            return (self.path,)
        return tuple(join(self.path, part) for part in self.leaf.parts.values())

    @property
    def pointers(self) -> tuple[str, ...]:
        """Where the value may stand: one place, or two where a code list tells them apart."""
        if self.leaf.listed is None:
            return (self.pointer,)
        return self.pointer, f"{self.pointer.rpartition('/')[0]}/{self.leaf.listed.to}"


def join(path: str, step: str) -> str:
    """Go `step` further down from `path`; `.` stays."""
    return path if step == "." else f"{path}/{step}" if path else step


class Structure(Strict):
    """What a file looks like inside, and where its values belong."""

    namespaces: dict[str, str]
    root: str
    form_id_at: str
    form_version_at: str
    kind_at: str
    kinds: tuple[str, ...] = Field(min_length=1)
    signature_at: str
    eras: Annotated[str, Refers("code-lists")]
    composites: dict[Conversion, dict[str, str]]
    shapes: dict[str, list[object]]
    metadata: tuple[Entry, ...]
    form: tuple[Entry, ...]

    @model_validator(mode="before")
    @classmethod
    def _write_out(cls, data: Any) -> Any:
        """Put the named shapes and composites in where they are used."""
        if not isinstance(data, Mapping) or not {"shapes", "composites"} <= set(data):
            return data
        written = dict(data)
        for part in ("metadata", "form"):
            written[part] = _expand(data.get(part), data)
        return written

    @model_validator(mode="after")
    def _one_place_each(self) -> Structure:
        places = [*self.places(self.form), *self.places(self.metadata)]
        paths = [path for place in places for path in place.paths] + self.unknown_paths()
        _refuse_repetition("element", paths)
        for entries in (self.form, self.metadata):
            _refuse_repetition("place", [pointer for place in self.places(entries) for pointer in place.pointers])
        named = [*paths, self.root, self.form_id_at, self.form_version_at, self.kind_at, self.signature_at]
        for name in (step.partition(":")[0] for path in named for step in path.split("/") if ":" in step):
            if name not in self.namespaces:
                raise ValueError(f"there is no namespace '{name}'")
        return self

    def places(self, entries: tuple[Entry, ...]) -> list[Place]:
        """All leaves below `entries` (`form` or `metadata`), in the order of the file."""
        return list(_places(entries, "", ""))

    def unknown_paths(self) -> list[str]:
        """The paths of the elements whose meaning is unknown."""
        return list(_unknown_paths(self.form, ""))

    def tag(self, step: str) -> str:
        """Name one step of a path as XML readers do: `{namespace}name`."""
        prefix, colon, name = step.partition(":")
        return f"{{{self.namespaces[prefix]}}}{name}" if colon else f"{{{self.namespaces['']}}}{step}"


def _expand(entries: object, data: Mapping[str, Any]) -> object:
    return (
        [_expand_entry(entry, data) if isinstance(entry, Mapping) else entry for entry in entries] if isinstance(entries, list) else entries
    )


def _expand_entry(entry: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    written = dict(entry)
    if "use" in written:
        name = written.pop("use")
        if name not in data["shapes"]:
            raise ValueError(f"there is no shape '{name}'")
        written["read"] = data["shapes"][name]
    if "read" in written:
        written["read"] = _expand(written["read"], data)
    if written.get("as") in PARTS:
        written["parts"] = data["composites"].get(written["as"])
    return written


def _places(entries: tuple[Entry, ...], path: str, pointer: str) -> Iterator[Place]:
    for entry in entries:
        if isinstance(entry, Unknown):
            continue
        below = join(path, entry.at)
        place = pointer if entry.to is None else f"{pointer}/{entry.to}"
        place += "/*" if entry.repeated else ""
        if isinstance(entry, Leaf):
            yield Place(below, place, entry)
        else:
            yield from _places(entry.read, below, place)


def _unknown_paths(entries: tuple[Entry, ...], path: str) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, Unknown):
            yield join(path, entry.at)
        elif isinstance(entry, Group):
            yield from _unknown_paths(entry.read, join(path, entry.at))


def _refuse_repetition(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the same {what} twice: {', '.join(twice)}")


class FilingMap(Provision[Structure]):
    """The map of one version of one form; its versions tell from when on it is taken, and until when."""

    form_id: str
    form_version: str


@dataclass(frozen=True)
class FilingMaps:
    """All maps, by form and version."""

    maps: tuple[FilingMap, ...]

    def __iter__(self) -> Iterator[FilingMap]:
        return iter(self.maps)

    def get(self, form_id: str, form_version: str) -> FilingMap | None:
        """Find the map of one version of a form; None when there is none."""
        return next((one for one in self.maps if (one.form_id, one.form_version) == (form_id, form_version)), None)

    def of_form(self, form_id: str) -> tuple[FilingMap, ...]:
        """All versions of a form that are known."""
        return tuple(one for one in self.maps if one.form_id == form_id)


def read(reader: Reader) -> FilingMaps:
    """Read all maps under `filings/`; defects go to `reader`. Defines each map as `filing-maps`."""
    maps = []
    for source, filing_map in reader.provisions(FOLDER, FilingMap):
        name = f"{filing_map.form_id}-{filing_map.form_version}"
        reader.define("filing-maps", name, source, "form_version")
        if source.stem != name:
            reader.reject(source, f"the file must be named {name}.yaml, after form_id and form_version", "form_id")
        maps.append(filing_map)
    return FilingMaps(tuple(maps))
