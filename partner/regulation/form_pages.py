"""A form as the parts of a page: sections, fields, options and values, without any HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
        return self.value is not None or bool(self.items) or any(field.filled for field in self.fields)


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
        return any(field.filled for field in self.fields)


@dataclass(frozen=True)
class Page:
    """What all fields of a page depend on: the day, the act of the procedure, and the code lists."""

    on: date
    act: str | None
    lists: Mapping[str, CodeList]

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
        for field in fields:
            written = _at(value, field.key)
            if written is not None or (asked and field.asked(self.on, self.act)):
                yield self._field(field, written, pointer=f"{pointer}/{field.key}")

    def _field(self, field: Field, value: object, *, pointer: str) -> FieldView:
        if not field.repeated:
            return self._single(field, value, pointer=pointer)
        written = value if isinstance(value, list) else []
        items = tuple(self._single(field, item, pointer=f"{pointer}/{index}") for index, item in enumerate(written))
        return self._view(field, pointer, repeated=True, items=items, blank=self._single(field, None, pointer=f"{pointer}/-"))

    def _single(self, field: Field, value: object, *, pointer: str) -> FieldView:
        if field.type is FieldType.GROUP:
            return self._view(field, pointer, fields=tuple(self._fields(field.fields, value, pointer=pointer)))
        return self._view(field, pointer, value=value)

    def _view(
        self,
        field: Field,
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
            field.key,
            field.type,
            field.label,
            field.help,
            field.unit,
            self.act in field.required,
            value=value,
            code_list=field.codes,
            options=self._options(field),
            fields=fields,
            repeated=repeated,
            items=items,
            blank=blank,
        )

    def _options(self, field: Field) -> tuple[Option, ...]:
        if field.values is not None:
            return tuple(Option(value, name) for value, name in field.values.items())
        if field.codes is None:
            return ()
        known = [code for code in self.lists[field.codes] if not field.only or code.code in field.only]
        offered = [Option(code.code, code.name) for code in known if code.in_use(self.on)]
        return tuple(offered) if len(offered) <= MAX_OPTIONS else ()


def _at(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None
