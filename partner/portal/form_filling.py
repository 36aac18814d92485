"""A form to be filled in: boxes made from the form's data, and what comes back from them.

The name of a box is the JSON Pointer of its field. A list shows its items and one empty item more; what is left empty is
absent. What cannot be read as its type is kept as it was written, so that nothing is lost and the error names its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from partner.errors import Text
from partner.regulation import Law
from partner.regulation.form_fields import NUMERIC, WHOLE, Field, FieldType
from partner.regulation.forms import Form, value_at, without_blanks

LONG_LIST = 60
NOTHING = Text("", "")


@dataclass(frozen=True)
class Option:
    """One choice of a box."""

    code: str
    name: Text


@dataclass(frozen=True)
class Box:
    """One place to write in. `suggestions` names a long code list to pick from while typing."""

    pointer: str
    label: Text
    help: Text
    kind: str
    value: str
    options: tuple[Option, ...] = ()
    suggestions: str = ""
    unit: str = ""
    locked: bool = False
    wrong: Text | None = None

    @property
    def identity(self) -> str:
        """The HTML id of the box."""
        return "box" + self.pointer.replace("/", "-")


@dataclass(frozen=True)
class Block:
    """Boxes under a heading, and blocks within."""

    heading: Text
    boxes: list[Box]
    blocks: list[Block]


class Sheet:
    """The boxes of one form, for one act, filled with a value."""

    def __init__(
        self, form: Form, value: Mapping[str, Any], law: Law, *, act: str, locked: Iterable[str] = (), wrong: Mapping[str, Text]
    ) -> None:
        self._form, self._value, self._law, self._act = form, value, law, act
        self._locked, self._wrong = frozenset(locked), wrong
        self.suggestions: set[str] = set()
        self.blocks = list(self._sections())

    def _sections(self) -> Iterator[Block]:
        for section in self._form.sections:
            if section.acts and self._act not in section.acts:
                continue
            inner = self._value.get(section.at[1:]) if section.at else self._value
            block = self._block(Text(section.label.ja, section.label.en), section.fields, section.at, inner)
            if block.boxes or block.blocks:
                yield block

    def _block(self, heading: Text, fields: Iterable[Field], at: str, value: object) -> Block:
        given = value if isinstance(value, Mapping) else {}
        block = Block(heading, [], [])
        for field in fields:
            pointer = f"{at}/{field.key}"
            if not field.asked(self._form.on, self._act):
                continue
            if field.repeated:
                self._items(block, field, pointer, given.get(field.key))
            elif field.type is FieldType.GROUP:
                block.blocks.append(self._block(_text(field.label), field.fields, pointer, given.get(field.key)))
            else:
                block.boxes.append(self._box(field, pointer, given.get(field.key)))
        return block

    def _items(self, block: Block, field: Field, pointer: str, value: object) -> None:
        items = list(value) if isinstance(value, list) else []
        for index, item in enumerate([*items, None]):
            label = Text(f"{field.label.ja} {index + 1}", f"{field.label.en} {index + 1}")
            if field.type is FieldType.GROUP:
                block.blocks.append(self._block(label, field.fields, f"{pointer}/{index}", item))
            else:
                block.boxes.append(self._box(field, f"{pointer}/{index}", item, label))

    def _box(self, field: Field, pointer: str, value: object, label: Text | None = None) -> Box:
        options, suggestions = self._choices(field)
        return Box(
            pointer=pointer,
            label=label or _text(field.label),
            help=_text(field.help) if field.help else NOTHING,
            kind=_kind(field, bool(options)),
            value=_written(value),
            options=options,
            suggestions=suggestions,
            unit=field.unit or {FieldType.HERTZ: "Hz", FieldType.WATTS: "W"}.get(field.type, ""),
            locked=pointer in self._locked,
            wrong=self._wrong.get(pointer),
        )

    def _choices(self, field: Field) -> tuple[tuple[Option, ...], str]:
        if field.values is not None:
            return tuple(Option(code, _text(words)) for code, words in field.values.items()), ""
        if field.codes is None:
            return (), ""
        codes = [code for code in self._law.codes(field.codes) if not field.only or code.code in field.only]
        if len(codes) > LONG_LIST:
            self.suggestions.add(field.codes)
            return (), field.codes
        return tuple(Option(code.code, Text(f"{code.name.ja}（{code.code}）", f"{code.name.en} ({code.code})")) for code in codes), ""


def _text(words: Any) -> Text:
    return Text(words.ja, words.en)


def _kind(field: Field, has_options: bool) -> str:
    if has_options:
        return "select"
    kinds = {FieldType.FLAG: "checkbox", FieldType.DATE: "date", FieldType.MULTILINE: "textarea", FieldType.EMAIL: "email"}
    return kinds.get(field.type, "text")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else str(value)


def read(form: Form, fields: Mapping[str, str], before: Mapping[str, Any], *, act: str) -> dict[str, Any]:
    """The form as filled in: `before` with every box of the page put in its place. What was empty is absent.

    `fields` are the boxes that came back, by their pointer; a flag that did not come back was not ticked.
    """
    result: dict[str, Any] = _copy(before)
    for pointer, field in form.pointers():
        if field.type is FieldType.FLAG and "*" not in pointer and field.asked(form.on, act):
            _put(result, pointer, value=False if value_at(before, pointer) is not None else None)
    for pointer in sorted(fields, key=_order):
        filled = form.field(pointer) if pointer.startswith("/") else None
        if filled is not None:
            _put(result, pointer, _value(filled, fields[pointer]))
    cleaned = without_blanks(result)
    return cleaned if isinstance(cleaned, dict) else {}


def _order(pointer: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(step), "") if step.isdecimal() else (0, step) for step in pointer.split("/"))


def _value(field: Field, text: str) -> object:
    text = text.strip()
    if field.type is FieldType.FLAG:
        return text == "true" or None
    if field.type not in NUMERIC or not text:
        return text or None
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return int(number) if field.type in WHOLE and number == int(number) else float(number)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


def _put(target: Any, pointer: str, value: object) -> None:
    """Write a value at a pointer, making objects and lists on the way."""
    steps = pointer.split("/")[1:]
    for step, following in zip(steps, [*steps[1:], ""], strict=True):
        if isinstance(target, list):
            index = int(step)
            target.extend([None] * (index + 1 - len(target)))
            key: Any = index
        else:
            key = step
            target.setdefault(key, None)
        if not following:
            target[key] = value
        elif not isinstance(target[key], dict | list):
            target[key] = [] if following.isdecimal() else {}
        target = target[key]
