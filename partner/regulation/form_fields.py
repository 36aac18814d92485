"""The fields of a form as its file states them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import Field as Setting
from pydantic import model_validator

from partner.regulation.reading import Citations, Refers, Strict, Words

Act: TypeAlias = Annotated[str, Refers("codes/acts")]
"""What a procedure does (code list `acts`); a field may be asked for in some acts only."""

Key: TypeAlias = Annotated[str, Setting(pattern=r"^[a-z][a-z0-9_]*$")]


class FieldType(StrEnum):
    """The closed set of types. All but numbers, flags and groups are text in JSON; dates are ISO 8601."""

    TEXT = "text"
    MULTILINE = "multiline"
    KANA = "kana"
    CODE = "code"
    CHOICE = "choice"
    POSTAL_CODE = "postal_code"
    PHONE = "phone"
    EMAIL = "email"
    CALL_SIGN = "call_sign"
    LICENSE_NUMBER = "license_number"
    CORPORATE_NUMBER = "corporate_number"
    DATE = "date"
    INTEGER = "integer"
    HERTZ = "hertz"
    WATTS = "watts"
    NUMBER = "number"
    FLAG = "flag"
    GROUP = "group"


WHOLE = frozenset({FieldType.INTEGER, FieldType.HERTZ})
NUMERIC = WHOLE | {FieldType.WATTS, FieldType.NUMBER}


class Field(Strict):
    """One field. `repeated` makes it a list; `only` are the codes of the list that this form is for.

    `from` and `until` (the last day) bound the days on which it is asked for; `required` and `acts` name the acts of procedures.
    """

    key: Key
    type: FieldType
    label: Words
    help: Words | None = None
    unit: str | None = None
    codes: Annotated[str, Refers("code-lists")] | None = None
    only: tuple[str, ...] = ()
    values: dict[str, Words] | None = None
    fields: tuple[Field, ...] = ()
    repeated: bool = False
    required: tuple[Act, ...] = ()
    acts: tuple[Act, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    max_items: int = 300
    from_: date | None = Setting(None, alias="from")
    until: date | None = None
    cites: Citations | None = None
    confirmed: bool = True
    why: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Field:
        demands = (
            ((self.type is FieldType.GROUP) == bool(self.fields), "'fields' belong to 'type: group'"),
            ((self.type is FieldType.CHOICE) == bool(self.values), "'values' belong to 'type: choice'"),
            (self.codes is None or self.type is FieldType.CODE, "'codes' belong to 'type: code'"),
            (not self.only or self.codes is not None, "'only' needs 'codes'"),
            (self.cites is not None or (self.from_ is None and self.until is None), "'from' and 'until' need 'cites'"),
            (self.confirmed or bool(self.why), "confirmed: false needs 'why'"),
            (len({field.key for field in self.fields}) == len(self.fields), "two fields of one group have the same key"),
        )
        for kept, message in demands:
            if not kept:
                raise ValueError(message)
        return self

    def announced(self, on: date) -> bool:
        """Tell whether the field exists on a day, be it asked for no more."""
        return self.from_ is None or self.from_ <= on

    def retired(self, on: date) -> bool:
        """Tell whether the field is asked for no more on a day."""
        return self.until is not None and self.until < on

    def asked(self, on: date, act: str | None) -> bool:
        """Tell whether the field is asked for on a day, in an act (None: in any)."""
        return self.announced(on) and not self.retired(on) and (act is None or not self.acts or act in self.acts)


class Section(Strict):
    """Fields that stand together on a page; their places are below `at` ('' is the form itself)."""

    key: Annotated[str, Setting(pattern=r"^[a-z][a-z-]*$")]
    label: Words
    help: Words | None = None
    at: Annotated[str, Setting(pattern=r"^(/[a-z][a-z0-9_]*)?$")] = ""
    acts: tuple[Act, ...] = ()
    fields: tuple[Field, ...] = Setting(min_length=1)


class Content(Strict):
    """What a form asks for. `shapes` are fields that stand in several places: `- use: name` puts them in."""

    shapes: dict[str, list[object]] = Setting(default_factory=dict)
    sections: tuple[Section, ...] = Setting(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _write_out(cls, data: Any) -> Any:
        """Put the shapes in where they are used."""
        if not isinstance(data, Mapping) or not isinstance(data.get("sections"), list):
            return data
        shapes = data.get("shapes", {})
        return {**data, "sections": [_expand(section, shapes) for section in data["sections"]]}

    @model_validator(mode="after")
    def _one_place_each(self) -> Content:
        places = [pointer for pointer, _ in self.places()] + sorted({section.at for section in self.sections if section.at})
        for what, names in (("place", places), ("section", [section.key for section in self.sections])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the same {what} twice: {', '.join(twice)}")
        return self

    def places(self) -> Iterator[tuple[str, Field]]:
        """Every field with its place; `*` stands for any item of a list."""
        for section in self.sections:
            yield from places(section.fields, section.at)


def places(fields: Iterable[Field], pointer: str) -> Iterator[tuple[str, Field]]:
    """The fields below `pointer` with their places, groups before their fields."""
    for field in fields:
        place = f"{pointer}/{field.key}"
        yield place, field
        yield from places(field.fields, f"{place}/*" if field.repeated else place)


def _expand(entry: object, shapes: Mapping[str, list[object]], *, inside: tuple[str, ...] = ()) -> object:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("fields"), list):
        return entry
    return {**entry, "fields": [one for field in entry["fields"] for one in _shape(field, shapes, inside=inside)]}


def _shape(field: object, shapes: Mapping[str, list[object]], *, inside: tuple[str, ...]) -> list[object]:
    if not isinstance(field, Mapping) or set(field) != {"use"}:
        return [_expand(field, shapes, inside=inside)]
    name = str(field["use"])
    if name not in shapes or name in inside:
        raise ValueError(f"the shape '{name}' uses itself" if name in inside else f"there is no shape '{name}'")
    return [one for part in shapes[name] for one in _shape(part, shapes, inside=(*inside, name))]
