"""Writes tables of prefilled filings as XLSX and CSV. Nothing in a cell is ever a formula. Blocking: not for the event loop."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from partner.errors import Text
from partner.licensing.sheets import MOST_ROWS, NAMED, PROCEDURE, RISKY, SEVERAL, TEXT_MARK, WORDS
from partner.regulation.form_columns import Column
from partner.regulation.form_fields import NUMERIC, FieldType
from partner.regulation.forms import value_at
from partner.regulation.procedures import Procedure

LISTS = "codes"
HEADING = PatternFill("solid", fgColor="FFE8EEF7")
NEEDED = PatternFill("solid", fgColor="FFFFF2CC")
BOLD = Font(bold=True)
REQUIRED = Text("＊必須", "* required")


@dataclass(frozen=True)
class Line:
    """One prefilled filing, and what is told beside it."""

    form: Mapping[str, Any]
    told: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """The prefilled filings of one procedure."""

    procedure: Procedure
    columns: tuple[Column, ...]
    told: Mapping[str, Text]
    lines: Sequence[Line]


def csv_file(tables: Sequence[Table]) -> Iterator[bytes]:
    """One CSV file in UTF-8 with a byte order mark, part by part; the columns of all tables, each once."""
    known = {column.key: column for table in tables for column in table.columns}
    told = {key: words for table in tables for key, words in table.told.items()}
    yield "\ufeff".encode() + _record([PROCEDURE, *told, *known])
    for pick in ("ja", "en"):
        words = [getattr(text, pick) for text in told.values()] + [_heading(column, pick) for column in known.values()]
        yield _record([WORDS, *words])
    for table in tables:
        asked = {column.key for column in table.columns}
        for line in table.lines:
            values = [_text(column, value_of(line.form, column)) if column.key in asked else "" for column in known.values()]
            yield _record([table.procedure.code, *(guarded(line.told.get(key, "")) for key in told), *values])


def _record(values: Sequence[str]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(values)
    return file.getvalue().encode()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return TEXT_MARK + text if text.startswith((*RISKY, TEXT_MARK)) else text


def _text(column: Column, value: object) -> str:
    plain = _plain(value)
    return plain if column.field.type in NUMERIC and not column.field.repeated else guarded(plain)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return SEVERAL.join(_plain(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def value_of(form: Mapping[str, Any], column: Column) -> object:
    """What a form says in a column; None where it says nothing."""
    value: Any = form
    for step in column.key.split("/"):
        if isinstance(value, list):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
        else:
            value = value_at(value, f"/{step}")
    return value


def _heading(column: Column, language: str) -> str:
    return f"{getattr(column.label, language)}{' ' + getattr(REQUIRED, language) if column.required else ''}"


def xlsx_file(tables: Sequence[Table], *, language: str = "ja") -> bytes:
    """One workbook: a sheet for each table, with the code lists as choices of its cells (their names in `language`)."""
    book = Workbook(write_only=True)
    lists: dict[tuple[str, ...], int] = {}
    names: list[list[str]] = []
    for table in tables:
        _sheet(book, table, lists=lists, names=names, language=language)
    _code_sheet(book, names)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(book: Workbook, table: Table, *, lists: dict[tuple[str, ...], int], names: list[list[str]], language: str) -> None:
    sheet: Any = book.create_sheet(table.procedure.code[:31])
    sheet.freeze_panes = "B4"
    first = len(table.told) + 2
    for number in range(1, first + len(table.columns)):
        sheet.column_dimensions[get_column_letter(number)].width = 18
    for number, column in enumerate(table.columns, start=first):
        if column.options and not column.field.repeated:
            _choices(sheet, get_column_letter(number), column, lists=lists, names=names, language=language)
    sheet.append([_cell(sheet, key, fill=HEADING) for key in (PROCEDURE, *table.told, *(column.key for column in table.columns))])
    for pick in ("ja", "en"):
        words = [_cell(sheet, WORDS, fill=HEADING), *(_cell(sheet, getattr(text, pick), fill=HEADING) for text in table.told.values())]
        sheet.append([*words, *(_heading_cell(sheet, column, pick) for column in table.columns)])
    for line in table.lines:
        told = [_cell(sheet, line.told.get(key, "")) for key in table.told]
        values = [_value(sheet, column, value_of(line.form, column), language) for column in table.columns]
        sheet.append([_cell(sheet, table.procedure.code), *told, *values])


def _heading_cell(sheet: Any, column: Column, language: str) -> Any:
    cell = _cell(sheet, _heading(column, language), fill=NEEDED if column.required else HEADING)
    if column.field.help is not None and language == "ja":
        cell.comment = Comment(f"{column.field.help.ja}\n{column.field.help.en}", "PARTNER")
    return cell


def _cell(sheet: Any, text: str, *, fill: PatternFill | None = None) -> Any:
    """A cell with a text, never a formula, whose digits stay as they are."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    if fill is not None:
        cell.fill, cell.font = fill, BOLD
    return cell


def _value(sheet: Any, column: Column, value: object, language: str) -> Any:
    if value is None:
        return None
    kind = column.field.type
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if kind is FieldType.DATE and isinstance(value, str):
        cell = WriteOnlyCell(sheet, datetime.fromisoformat(value))
        cell.number_format = "yyyy-mm-dd"
        return cell
    text = _plain(value)
    named = next((option for option in column.options if option.code == text), None)
    return _cell(sheet, text if named is None else f"{text}{NAMED}{getattr(named.label, language)}")


def _choices(sheet: Any, letter: str, column: Column, *, lists: dict[tuple[str, ...], int], names: list[list[str]], language: str) -> None:
    """Offer the codes in the cells of a column; what is typed in may be a code alone, so that the list only warns."""
    key = tuple(option.code for option in column.options)
    if key not in lists:
        lists[key] = len(names)
        names.append([f"{option.code}{NAMED}{getattr(option.label, language)}" for option in column.options])
    place = get_column_letter(lists[key] + 1)
    rule = DataValidation("list", formula1=f"{LISTS}!${place}$1:${place}${len(key)}", allow_blank=not column.required)
    rule.errorStyle, rule.showErrorMessage = "warning", True
    rule.add(f"{letter}4:{letter}{MOST_ROWS + 3}")
    sheet.data_validations.append(rule)


def _code_sheet(book: Workbook, names: Sequence[Sequence[str]]) -> None:
    sheet: Any = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    for number in range(max((len(one) for one in names), default=0)):
        sheet.append([_cell(sheet, one[number]) if number < len(one) else None for one in names])
