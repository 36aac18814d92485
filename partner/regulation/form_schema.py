"""The JSON Schema (2020-12) of a form: what a program may send.

Titles are Japanese, `x-label` is the same in English; `description` and `x-help` likewise. Code lists stand under `$defs`, each once;
a list that is known to be incomplete has no `enum`. A field that is asked for no more is `deprecated`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from partner.regulation.codes import CodeList
from partner.regulation.form_fields import NUMERIC, WHOLE, Field, FieldType, Section

Schema = dict[str, Any]

MAX_HERTZ = 3_000_000_000_000
MAX_NUMBER = 1_000_000_000_000
LENGTHS = {FieldType.MULTILINE: 4000, FieldType.CODE: 100, FieldType.CALL_SIGN: 20}
PATTERNS = {
    FieldType.POSTAL_CODE: "^[0-9]{7}$",
    FieldType.CORPORATE_NUMBER: "^[0-9]{13}$",
    FieldType.PHONE: "^[0-9+() -]{1,30}$",
    FieldType.CALL_SIGN: "^[A-Z0-9]{3,12}$",
    FieldType.EMAIL: "^[^@ ]+@[^@ ]+$",
}


def length_of(field: Field) -> int:
    """The greatest number of characters of a text."""
    return field.max_length or LENGTHS.get(field.type, 400)


def bounds_of(field: Field) -> tuple[float, float]:
    """The least and the greatest value of a number."""
    greatest = MAX_HERTZ if field.type is FieldType.HERTZ else MAX_NUMBER
    return (0 if field.minimum is None else field.minimum, greatest if field.maximum is None else field.maximum)


def schema_of(sections: Iterable[Section], *, lists: Mapping[str, CodeList], on: date, act: str | None) -> Schema:
    """The schema of a form's value; `act` adds what is required in that act."""
    root: Schema = _object()
    for section in sections:
        base = root
        if section.at:
            base = root["properties"].setdefault(section.at[1:], _object())
            if "title" not in base:
                base |= {"title": section.label.ja, "x-label": section.label.en}
        if _add(base, section.fields, on=on, act=act) and section.at:
            _require(root, section.at[1:])
    used = sorted(_used(sections))
    return root | {"$defs": {name: _list_schema(lists[name]) for name in used}}


def _object() -> Schema:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _require(schema: Schema, key: str) -> None:
    schema["required"] = sorted({*schema.get("required", []), key})


def _add(schema: Schema, fields: Iterable[Field], *, on: date, act: str | None) -> bool:
    """Add fields to an object; tells whether one of them is required."""
    required = False
    for field in fields:
        if field.announced(on):
            schema["properties"][field.key] = _described(field, _repeated(field, on=on, act=act), on=on)
            if act in field.required and not field.retired(on):
                _require(schema, field.key)
                required = True
    return required


def _described(field: Field, schema: Schema, *, on: date) -> Schema:
    words: Schema = {"title": field.label.ja, "x-label": field.label.en}
    if field.help is not None:
        words |= {"description": field.help.ja, "x-help": field.help.en}
    if field.unit is not None:
        words["x-unit"] = field.unit
    if field.acts:
        words["x-acts"] = list(field.acts)
    if field.retired(on):
        words["deprecated"] = True
    return words | schema


def _repeated(field: Field, *, on: date, act: str | None) -> Schema:
    single = _single(field, on=on, act=act)
    return {"type": "array", "items": single, "maxItems": field.max_items} if field.repeated else single


def _single(field: Field, *, on: date, act: str | None) -> Schema:
    if field.type is FieldType.GROUP:
        group = _object()
        _add(group, field.fields, on=on, act=act)
        return group
    if field.type is FieldType.FLAG:
        return {"type": "boolean"}
    if field.type in NUMERIC:
        least, greatest = bounds_of(field)
        return {"type": "integer" if field.type in WHOLE else "number", "minimum": _plain(least), "maximum": _plain(greatest)}
    return _text(field)


def _text(field: Field) -> Schema:
    if field.type is FieldType.DATE:
        return {"type": "string", "format": "date"}
    if field.only:
        return {"type": "string", "enum": list(field.only)}
    if field.codes is not None:
        return {"$ref": f"#/$defs/{field.codes}"}
    if field.values is not None:
        names = {value: name.as_dict() for value, name in field.values.items()}
        return {"type": "string", "enum": list(field.values), "x-names": names}
    text: Schema = {"type": "string", "minLength": 1, "maxLength": length_of(field)}
    if field.type in PATTERNS:
        text["pattern"] = PATTERNS[field.type]
    return text | ({"format": "email"} if field.type is FieldType.EMAIL else {})


def _plain(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _used(sections: Iterable[Section]) -> set[str]:
    found: set[str] = set()
    waiting = [field for section in sections for field in section.fields]
    while waiting:
        field = waiting.pop()
        waiting.extend(field.fields)
        if field.codes is not None and not field.only:
            found.add(field.codes)
    return found


def _list_schema(codes: CodeList) -> Schema:
    schema: Schema = {"title": codes.title.ja, "x-label": codes.title.en, "type": "string", "minLength": 1, "maxLength": 100}
    schema["x-code-list"] = codes.list_id
    return schema | ({"enum": [code.code for code in codes]} if codes.complete else {})
