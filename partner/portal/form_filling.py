"""A form to be filled in: boxes made from the form's data. What comes back from them is read by `form_answers`.

The name of a box is the JSON Pointer of its field. A list shows its items and one empty item more, folded away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from partner.errors import Text
from partner.regulation import Law
from partner.regulation.form_fields import Field, FieldType
from partner.regulation.forms import Form, frequency

LONG_LIST = 60
NOTHING = Text("", "")
EXAMPLE_FREQUENCY = Text("例: 145 MHz", "For example 145 MHz")


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
    required: bool = False
    locked: bool = False
    wrong: Text | None = None
    asked: Text | None = None

    @property
    def identity(self) -> str:
        """The HTML id of the box."""
        return identity(self.pointer)


@dataclass
class Block:
    """Boxes under a heading, and blocks within. `blank` is the empty item at the end of a list."""

    pointer: str
    heading: Text
    boxes: list[Box] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    blank: bool = False
    wrong: Text | None = None
    asked: Text | None = None

    @property
    def identity(self) -> str:
        """The HTML id of the block."""
        return identity(self.pointer)

    @property
    def open(self) -> bool:
        """Whether there is something to see: a value, a mark, or a field that has to be filled in."""
        if self.wrong or self.asked:
            return True
        own = any(box.value or box.wrong or box.asked or (box.required and not self.blank) for box in self.boxes)
        return own or any(block.open for block in self.blocks)


def identity(pointer: str) -> str:
    """The HTML id of the place that a pointer names."""
    return "box" + pointer.replace("/", "-")


class Sheet:
    """The boxes of one form, for one act, filled with a value; `wrong` and `asked` are words for the fields that they name."""

    def __init__(
        self,
        form: Form,
        value: Mapping[str, Any],
        law: Law,
        *,
        act: str,
        locked: Iterable[str] = (),
        wrong: Mapping[str, Text] | None = None,
        asked: Mapping[str, Text] | None = None,
    ) -> None:
        self._form, self._value, self._law, self._act = form, value, law, act
        self._locked, self._wrong, self._asked = frozenset(locked), wrong or {}, asked or {}
        self.suggestions: set[str] = set()
        self.blocks = list(self._sections())
        self._places = self._anchors()

    def boxes(self) -> Iterator[Box]:
        """Every box of the sheet."""
        for block in self._all(self.blocks):
            yield from block.boxes

    def anchor(self, pointer: str) -> str:
        """The HTML id of the place of a pointer on the page, or of the nearest place around it; empty where there is none."""
        while pointer:
            if pointer in self._places:
                return self._places[pointer]
            pointer = pointer.rpartition("/")[0]
        return ""

    def _anchors(self) -> dict[str, str]:
        """The HTML ids of all places: a list of boxes is at its first box, and what a section is about at the first place in it."""
        places = {block.pointer: block.identity for section in self.blocks for block in self._all(section.blocks)}
        places |= {box.pointer: box.identity for box in self.boxes()}
        for box in self.boxes():
            whole, _, item = box.pointer.rpartition("/")
            if item.isdecimal():
                places.setdefault(whole, box.identity)
        at = {f"/{section.key}#": section.at for section in self._form.sections}
        for section in self.blocks:
            first: Box | Block = section.boxes[0] if section.boxes else section.blocks[0]
            places.setdefault(at[section.pointer], first.identity)
        return places

    def _all(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            yield block
            yield from self._all(block.blocks)

    def _sections(self) -> Iterator[Block]:
        for section in self._form.sections:
            asked = not section.acts or self._act in section.acts
            inner = self._value.get(section.at[1:]) if section.at else self._value
            block = Block(f"/{section.key}#", _text(section.label))
            self._fill(block, section.fields, section.at, inner, asked=asked)
            if block.boxes or block.blocks:
                yield block

    def _fill(self, block: Block, fields: Iterable[Field], at: str, value: object, *, asked: bool = True) -> None:
        """Put the fields in: those that are asked for, and those in which something is written all the same."""
        given = value if isinstance(value, Mapping) else {}
        for one in fields:
            pointer, written = f"{at}/{one.key}", given.get(one.key)
            if written is None and not (asked and one.asked(self._form.on, self._act)):
                continue
            if one.type is FieldType.GROUP:
                block.blocks.append(self._list(one, pointer, written) if one.repeated else self._group(one, pointer, written))
            elif one.repeated:
                block.boxes += self._items(one, pointer, written)
            else:
                block.boxes.append(self._box(one, pointer, written))

    def _group(self, one: Field, pointer: str, value: object, *, label: Text | None = None, blank: bool = False) -> Block:
        block = Block(pointer, label or _text(one.label), blank=blank, wrong=self._wrong.get(pointer), asked=self._asked.get(pointer))
        self._fill(block, one.fields, pointer, value)
        return block

    def _list(self, one: Field, pointer: str, value: object) -> Block:
        items = list(value) if isinstance(value, list) else []
        block = Block(pointer, _text(one.label), wrong=self._wrong.get(pointer), asked=self._asked.get(pointer))
        for index, item in enumerate([*items, None]):
            added = index == len(items)
            block.blocks.append(self._group(one, f"{pointer}/{index}", item, label=_numbered(one, index, added=added), blank=added))
        return block

    def _items(self, one: Field, pointer: str, value: object) -> Iterator[Box]:
        items = list(value) if isinstance(value, list) else []
        for index, item in enumerate([*items, None]):
            label = _numbered(one, index, added=False) if items else _text(one.label)
            yield self._box(one, f"{pointer}/{index}", item, label=label, whole=pointer if index == 0 else "")

    def _box(self, one: Field, pointer: str, value: object, *, label: Text | None = None, whole: str = "") -> Box:
        """A box; the first one of a list (`whole`) carries what is said about the list as a whole."""
        options, suggestions = self._choices(one)
        return Box(
            pointer=pointer,
            label=label or _text(one.label),
            help=_text(one.help) if one.help else (EXAMPLE_FREQUENCY if one.type is FieldType.HERTZ else NOTHING),
            kind=_kind(one, bool(options)),
            value=self._written(one, value, suggestions),
            options=options,
            suggestions=suggestions,
            unit="" if one.type is FieldType.HERTZ else one.unit or "",
            required=self._act in one.required and (bool(whole) or not one.repeated),
            locked=pointer in self._locked,
            wrong=self._wrong.get(pointer) or self._wrong.get(whole),
            asked=self._asked.get(pointer) or self._asked.get(whole),
        )

    def _choices(self, one: Field) -> tuple[tuple[Option, ...], str]:
        if one.values is not None:
            return tuple(Option(code, _text(words)) for code, words in one.values.items()), ""
        if one.codes is None:
            return (), ""
        codes = [code for code in self._law.codes(one.codes) if not one.only or code.code in one.only]
        if len(codes) > LONG_LIST:
            self.suggestions.add(one.codes)
            return (), one.codes
        return tuple(Option(code.code, Text(f"{code.name.ja}（{code.code}）", f"{code.name.en} ({code.code})")) for code in codes), ""

    def _written(self, one: Field, value: object, suggestions: str) -> str:
        if isinstance(value, bool):
            return "true" if value else ""
        if one.type is FieldType.HERTZ and isinstance(value, int):
            return frequency(value)
        if suggestions and (code := self._law.codes(suggestions).get(str(value))):
            return f"{code.code} {code.name.ja}"
        return "" if value is None else str(value)


def _text(words: Any) -> Text:
    return Text(words.ja, words.en)


def _numbered(one: Field, index: int, *, added: bool) -> Text:
    if added:
        return Text(f"{one.label.ja}を追加（{index + 1}）", f"Add: {one.label.en} {index + 1}")
    return Text(f"{one.label.ja} {index + 1}", f"{one.label.en} {index + 1}")


def _kind(one: Field, has_options: bool) -> str:
    if has_options:
        return "select"
    kinds = {FieldType.FLAG: "checkbox", FieldType.DATE: "date", FieldType.MULTILINE: "textarea", FieldType.EMAIL: "email"}
    return kinds.get(one.type, "text")
