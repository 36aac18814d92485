"""A form as the parts of a page: sections, fields, options and values, without any HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from partner.errors import Text
from partner.regulation.codes import CodeList
from partner.regulation.form_fields import Field, FieldType, Section

MAX_OPTIONS = 400
"""A longer code list is not offered as a whole: `code_list` names it, and the page looks codes up."""


@dataclass(frozen=True)
class Option:
    """One value that may be chosen."""

    code: str
    label: Text


@dataclass(frozen=True)
class FieldView:
    """One field of a page at its JSON Pointer.

    A group has `fields`. A repeated field has one view in `items` for each item that is there, and `blank` for one more
    (its pointer ends in `-`, the place after the last item in RFC 6901); its own `value` and `fields` are empty.
    """

    pointer: str
    key: str
    type: FieldType
    label: Text
    help: Text | None
    unit: str | None
    required: bool
    value: object = None
    code_list: str | None = None
    options: tuple[Option, ...] = ()
    fields: tuple[FieldView, ...] = ()
    repeated: bool = False
    items: tuple[FieldView, ...] = ()
    blank: FieldView | None = None

    @property
    def filled(self) -> bool:
        """Tell whether anything is written here."""
        return self.value is not None or bool(self.items) or any(one.filled for one in self.fields)


@dataclass(frozen=True)
class SectionView:
    """Fields that stand together on a page."""

    key: str
    label: Text
    help: Text | None
    fields: tuple[FieldView, ...]

    @property
    def filled(self) -> bool:
        """Tell whether anything is written in the section."""
        return any(one.filled for one in self.fields)


@dataclass(frozen=True)
class Page:
    """What all fields of a page depend on: the day, the act of the procedure, and the code lists."""

    on: date
    act: str | None
    lists: Mapping[str, CodeList]
    _offered: dict[tuple[str, tuple[str, ...]], tuple[Option, ...]] = field(default_factory=dict)
    """The options of the lists that stand on the page, each made once."""

    def sections(self, sections: Iterable[Section], value: object) -> tuple[SectionView, ...]:
        """The sections with something to ask, or with something written in them that is asked for no more."""
        return tuple(self._sections(sections, value))

    def _sections(self, sections: Iterable[Section], value: object) -> Iterator[SectionView]:
        for section in sections:
            asked = self.act is None or not section.acts or self.act in section.acts
            inner = _at(value, section.at[1:]) if section.at else value
            fields = tuple(self._fields(section.fields, inner, pointer=section.at, asked=asked))
            if fields:
                yield SectionView(section.key, section.label, section.help, fields)

    def _fields(self, fields: Iterable[Field], value: object, *, pointer: str, asked: bool = True) -> Iterator[FieldView]:
        for one in fields:
            written = _at(value, one.key)
            if written is not None or (asked and one.asked(self.on, self.act)):
                yield self._field(one, written, pointer=f"{pointer}/{one.key}")

    def _field(self, one: Field, value: object, *, pointer: str) -> FieldView:
        if not one.repeated:
            return self._single(one, value, pointer=pointer)
        written = value if isinstance(value, list) else []
        items = tuple(self._single(one, item, pointer=f"{pointer}/{index}") for index, item in enumerate(written))
        return self._view(one, pointer, repeated=True, items=items, blank=self._single(one, None, pointer=f"{pointer}/-"))

    def _single(self, one: Field, value: object, *, pointer: str) -> FieldView:
        if one.type is FieldType.GROUP:
            return self._view(one, pointer, fields=tuple(self._fields(one.fields, value, pointer=pointer)))
        return self._view(one, pointer, value=value)

    def _view(
        self,
        one: Field,
        pointer: str,
        *,
        value: object = None,
        fields: tuple[FieldView, ...] = (),
        repeated: bool = False,
        items: tuple[FieldView, ...] = (),
        blank: FieldView | None = None,
    ) -> FieldView:
        return FieldView(
            pointer,
            one.key,
            one.type,
            one.label,
            one.help,
            one.unit,
            self.act in one.required,
            value=value,
            code_list=one.codes,
            options=self._options(one),
            fields=fields,
            repeated=repeated,
            items=items,
            blank=blank,
        )

    def _options(self, asked: Field) -> tuple[Option, ...]:
        if asked.values is not None:
            return tuple(Option(value, name) for value, name in asked.values.items())
        if asked.codes is None:
            return ()
        key = (asked.codes, asked.only)
        if key not in self._offered:
            self._offered[key] = tuple(self._listed(self.lists[asked.codes], asked.only))
        return self._offered[key]

    def _listed(self, codes: CodeList, only: tuple[str, ...]) -> Iterator[Option]:
        known = [code for code in codes if (not only or code.code in only) and code.in_use(self.on)]
        if len(known) <= MAX_OPTIONS:
            yield from (Option(code.code, code.name) for code in known)


def _at(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None
