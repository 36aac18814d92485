"""The shape of a filing, composed of the fields of all forms: what an expression or a pointer of the law may name.

A field that any version of any form has is a fact. The same place has one type in all of them, and that of the fixed
vocabulary (`partner.regulation.facts.FORM`) where code reads it; another is refused, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from partner.regulation.facts import FORM, ListOf, Record, Scalar, Shape
from partner.regulation.form_fields import NUMERIC, Field, FieldType
from partner.regulation.forms import FOLDER, Forms
from partner.regulation.reading import Reader, Source
from partner.regulation.yaml_nodes import Location


class Clash(Exception):
    """Two types for one place; `args[0]` is the pointer."""


def compose(reader: Reader, forms: Forms) -> Record:
    """Give the union of all forms and of the vocabulary of the code; defects go to `reader`."""
    composed: Record = FORM
    for code, file in forms.files.items():
        source = reader.catalogue[f"{FOLDER}/{code}"].source
        for index, version in enumerate(file.versions):
            for section in version.value.sections if version.value else ():
                for field in section.fields:
                    composed = _with(reader, source, composed, section.at, field, version=index)
    return composed


def _with(reader: Reader, source: Source, composed: Record, at: str, field: Field, *, version: int) -> Record:
    try:
        return _merged_record(composed, _placed(at, field), "")
    except Clash as clash:
        message = f"the field {clash.args[0]} has another type here than in the other forms, or than code reads it by"
        reader.reject(source, message, *_place(source, version, clash.args[0]))
        return composed


def _placed(at: str, field: Field) -> Record:
    alone = Record({field.key: shape_of(field)})
    return Record({at[1:]: alone}) if at else alone


def shape_of(field: Field) -> Shape:
    """Give the shape of what is written in a field."""
    single: Shape = Scalar.TEXT
    if field.type is FieldType.GROUP:
        single = Record({one.key: shape_of(one) for one in field.fields})
    elif field.type is FieldType.FLAG:
        single = Scalar.BOOLEAN
    elif field.type in NUMERIC:
        single = Scalar.NUMBER
    return ListOf(single) if field.repeated else single


def _merged_record(one: Record, other: Record, pointer: str) -> Record:
    fields = dict(one.fields)
    for name, shape in other.fields.items():
        fields[name] = _merged(fields[name], shape, f"{pointer}/{name}") if name in fields else shape
    return Record(fields)


def _merged(one: Shape, other: Shape, pointer: str) -> Shape:
    if isinstance(one, Record) and isinstance(other, Record):
        return _merged_record(one, other, pointer)
    if isinstance(one, ListOf) and isinstance(other, ListOf):
        return ListOf(_merged(one.item, other.item, f"{pointer}/*"))
    if one is not other:
        raise Clash(pointer)
    return one


def _place(source: Source, version: int, pointer: str) -> Location:
    """Where a field stands in its file, in a section or in a shape that a section uses."""
    data: Any = source.data
    value = data["versions"][version]["value"]
    here: Location = ("versions", version, "value")
    for index, section in enumerate(value["sections"]):
        inside = (*here, "sections", index, "fields")
        for place, location in _places(section["fields"], inside, section.get("at", ""), value.get("shapes", {}), (*here, "shapes")):
            if place == pointer:
                return location
    return here


def _places(
    fields: Sequence[Mapping[str, Any]], location: Location, pointer: str, shapes: Mapping[str, Any], at_shapes: Location
) -> Iterator[tuple[str, Location]]:
    for index, field in enumerate(fields):
        if "use" in field:
            yield from _places(shapes[field["use"]], (*at_shapes, field["use"]), pointer, shapes, at_shapes)
            continue
        place = f"{pointer}/{field['key']}"
        yield place, (*location, index)
        inner = f"{place}/*" if field.get("repeated") else place
        yield from _places(field.get("fields", ()), (*location, index, "fields"), inner, shapes, at_shapes)
