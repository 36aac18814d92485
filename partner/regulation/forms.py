"""Forms: what may be written in a filing, as data under `regulation/forms/`.

A form is sections of fields; each field has a place (JSON Pointer), a type of a closed set, labels in both languages and, where there
is one, a code list. From the same data come the JSON Schema for programs, the check of what a program sends, the words for a pointer,
and the page for people. Whether what is written is right and complete is for the checks of a procedure, not for the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from partner.errors import FieldError, NotFound, Text
from partner.regulation import form_schema, form_values
from partner.regulation.codes import CodeList, Codes, kind_of
from partner.regulation.form_fields import Content, Field, FieldType, Section, places
from partner.regulation.form_pages import FieldView, Option, Page, SectionView
from partner.regulation.form_values import without_blanks
from partner.regulation.reading import Provision, Reader, Source

__all__ = ["FieldView", "Form", "Forms", "Option", "SectionView", "frequency", "read", "sections", "without_blanks"]

FOLDER = "forms"
MAX_ERRORS = 100


class HasCodes(Protocol):
    """The law, as far as forms need it: `law.codes`."""

    @property
    def codes(self) -> Codes:
        """All code lists."""


@dataclass(frozen=True)
class Form:
    """A form as it stands on a day (`on`)."""

    code: str
    title: Text
    on: date
    cites: tuple[str, ...]
    confirmed: bool
    sections: tuple[Section, ...]

    def json_schema(self, law: HasCodes, *, act: str | None = None) -> dict[str, Any]:
        """The form as JSON Schema 2020-12; with an `act` (`new`, `renewal`, `change`, `discontinuation`) what it requires is `required`."""
        schema = form_schema.schema_of(self.sections, lists=law.codes.lists, on=self.on, act=act)
        head = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:partner:form:{self.code}:{self.on.isoformat()}" + (f":{act}" if act else ""),
            "title": self.title.ja,
            "x-label": self.title.en,
        }
        return head | schema

    def validate(self, value: object) -> list[FieldError]:
        """What keeps `value` from being stored: wrong types, unknown keys, absurd lengths. Each names its JSON Pointer into the form.

        Nothing is required and codes are not looked up here: whatever can be read is stored and answered with findings. Fields
        of other days are taken too. At most 100 errors are given.
        """
        errors = list(self._storable(value))
        return errors[:MAX_ERRORS]

    def holds(self, pointer: str, value: object) -> bool:
        """Whether a single value can be stored in the field at a pointer (in an item of it, where it is repeated)."""
        field = self.field(pointer)
        return field is not None and not any(form_values.storable_one(value, field, pointer=pointer))

    def irregularities(self, value: object, law: HasCodes) -> list[FieldError]:
        """What is stored and yet not in order: codes that no list holds (`unknown_code`), broken patterns (`not_well_formed`)."""
        found: list[FieldError] = []
        for section in self.sections:
            inner = value_at(value, section.at)
            found += form_values.irregular(inner, section.fields, pointer=section.at, lists=law.codes.lists)
        return found[:MAX_ERRORS]

    def pointers(self) -> Iterator[tuple[str, Field]]:
        """Every field and its place, with `*` for any item of a list."""
        for section in self.sections:
            yield from places(section.fields, section.at)

    def field(self, pointer: str) -> Field | None:
        """Find the field at a JSON Pointer into the form; None where there is none."""
        way = self._way(pointer)
        return way[-1][0] if way else None

    def has(self, pointer: str) -> bool:
        """Whether the form has a place of this pointer: a field, a section, or the form as a whole ('')."""
        return pointer == "" or self.field(pointer) is not None or any(section.at == pointer for section in self.sections)

    def fitting(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """A value without what the form has no place for."""
        return {key: self._fitting(part, f"/{key}") for key, part in value.items() if self.has(f"/{key}")}

    def _fitting(self, value: Any, pointer: str) -> Any:
        if isinstance(value, Mapping):
            return {key: self._fitting(part, f"{pointer}/{key}") for key, part in value.items() if self.has(f"{pointer}/{key}")}
        if isinstance(value, list):
            return [self._fitting(part, f"{pointer}/{index}") for index, part in enumerate(value)]
        return value

    def labels(self, pointer: str) -> Text:
        """Say in words what a JSON Pointer points to: 工事設計 2 › 技術基準適合証明番号. An unknown pointer is its own words."""
        section = self._section(pointer)
        if section is None:
            return Text(pointer, pointer)
        words = [section.label]
        for field, index in self._way(pointer):
            number = "" if index is None else f" {index + 1}"
            words.append(Text(field.label.ja + number, field.label.en + number))
        if len(words) > 1 and words[1].ja.startswith(words[0].ja):
            words = words[1:]
        return Text(" › ".join(word.ja for word in words), " › ".join(word.en for word in words))

    def words(self, pointer: str, value: object, law: HasCodes) -> Text:
        """Say in words what is written at a pointer: codes by their names, flags as yes and no, numbers with their unit."""
        field = self.field(pointer)
        if value is None:
            return Text("（記入なし）", "(empty)")
        if field is None or isinstance(value, list | Mapping):
            return Text(str(value), str(value))
        return _words(field, value, lists=law.codes.lists)

    def with_whole_numbers(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """A value in which `validate` finds nothing, with its whole numbers as such (1.0 as 1)."""
        bases = self._bases()
        whole = form_values.with_whole_numbers
        return {
            key: whole(part, bases[f"/{key}"]) if f"/{key}" in bases else whole({key: part}, bases[""])[key] for key, part in value.items()
        }

    def _bases(self) -> dict[str, list[Field]]:
        """The fields of all sections by where they stand."""
        bases: dict[str, list[Field]] = {"": []}
        for section in self.sections:
            bases.setdefault(section.at, []).extend(section.fields)
        return bases

    def _storable(self, value: object) -> Iterator[FieldError]:
        bases = self._bases()
        objects = {at[1:] for at in bases if at}
        if isinstance(value, Mapping):
            inner = {key: part for key, part in value.items() if key in objects}
            value = {key: part for key, part in value.items() if key not in objects}
            for key, part in inner.items():
                yield from form_values.storable(part, bases[f"/{key}"], pointer=f"/{key}")
        yield from form_values.storable(value, bases[""], pointer="")

    def _section(self, pointer: str) -> Section | None:
        steps = pointer.split("/")[1:]
        holding = [section for section in self.sections if steps[: section.at.count("/")] == section.at.split("/")[1:]]
        for section in holding:
            rest = steps[section.at.count("/") :]
            if rest and any(field.key == rest[0] for field in section.fields):
                return section
        return next((section for section in holding if section.at and section.at == pointer), None)

    def _way(self, pointer: str) -> list[tuple[Field, int | None]]:
        """The fields on the way to a pointer, each with the index of its item; empty where the pointer leads nowhere."""
        section = self._section(pointer)
        if section is None:
            return []
        fields, found = section.fields, list[tuple[Field, int | None]]()
        for step in pointer.split("/")[1 + section.at.count("/") :]:
            if found and found[-1][0].repeated and found[-1][1] is None and step.isdecimal():
                found[-1] = (found[-1][0], int(step))
                continue
            field = next((one for one in fields if one.key == step), None)
            if field is None:
                return []
            found.append((field, None))
            fields = field.fields
        return found


def sections(form: Form, law: HasCodes, *, value: object = None, act: str | None = None) -> tuple[SectionView, ...]:
    """Lay a form out for a page: what is asked for in an `act`, with what is already written in `value`.

    What is written is always shown, also where the act does not ask for it.
    """
    return Page(form.on, act, law.codes.lists).sections(form.sections, value)


def value_at(value: object, pointer: str) -> object:
    """The value at a JSON Pointer of object keys; None where there is none."""
    for step in pointer.split("/")[1:]:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _words(field: Field, value: object, *, lists: Mapping[str, CodeList]) -> Text:
    if isinstance(value, bool):
        return Text("はい", "yes") if value else Text("いいえ", "no")
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if field.type is FieldType.HERTZ and isinstance(value, int):
        text = frequency(value)
    elif field.unit is not None:
        text = f"{text} {field.unit}"
    elif field.codes is not None:
        return lists[field.codes].name(text)
    elif field.values is not None:
        return field.values.get(text, Text(text, text))
    return Text(text, text)


def frequency(hertz: int) -> str:
    """Write a frequency in the unit of 電波法施行規則4条の3: kHz to 3,000 kHz, MHz to 3,000 MHz, GHz above."""
    limits = ((3_000_000, 1_000, "kHz"), (3_000_000_000, 1_000_000, "MHz"))
    scale, unit = next(((scale, unit) for limit, scale, unit in limits if hertz <= limit), (1_000_000_000, "GHz"))
    whole, rest = divmod(hertz, scale)
    digits = f"{rest:0{len(str(scale)) - 1}}".rstrip("0")
    return f"{whole}.{digits} {unit}" if digits else f"{whole} {unit}"


class FormFile(Provision[Content]):
    """The file of one form."""


@dataclass(frozen=True)
class Forms:
    """All forms by their code (the name of the file)."""

    files: Mapping[str, FormFile]

    def get(self, code: str, on: date) -> Form:
        """Find a form as it stands on a day; raises `NotFound` (`unknown_form`)."""
        file = self.files.get(code)
        version = None if file is None else file.on(on)
        if file is None or version is None or version.value is None:
            raise NotFound("unknown_form", Text(f"{on}に様式「{code}」はありません。", f"There is no form '{code}' on {on}."))
        return Form(code, file.title, on, version.cites, version.certain, version.value.sections)


def read(reader: Reader) -> Forms:
    """Read all forms under `forms/`; defects go to `reader`. Defines each form as `forms`."""
    files = {}
    for source, parsed in reader.provisions(FOLDER, FormFile):
        reader.define("forms", source.stem, source)
        for version in parsed.versions:
            for _, field in version.value.places() if version.value else ():
                _refer(reader, source, field)
        files[source.stem] = parsed
    return Forms(files)


def _refer(reader: Reader, source: Source, field: Field) -> None:
    for code in field.only:
        reader.refer(kind_of(str(field.codes)), code, source, 1)
