"""Reads uploaded tables of filings, XLSX and CSV, into raw rows; what the cells mean is for `sheet_values`. Blocking.

A file is refused whole where it cannot be read as a table; what is wrong with one row is said of that row.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError  # nosec B405

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from partner.errors import FieldError, Invalid, Malformed, Text, TooLarge, Unsupported
from partner.licensing.sheets import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, PROCEDURE, WORDS, Cell, Row, letters, told

MOST_UNPACKED_BYTES = 256 * 1024 * 1024
MOST_PARTS = 1_000
HEADER_WITHIN = 20  # lines in which the keys are looked for
OTHER_KINDS = (b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how a spreadsheet saves "Unicode text"
ENCODINGS = ("utf-8-sig", "cp932")  # the second is what a Japanese spreadsheet saves unasked
OTHER_BOOK = Text(
    "「まとめて再免許」で受け取る表（API では GET /api/v1/renewals.xlsx、.csv）に記入し、XLSX か CSV で保存してください。",
    "Fill in the table of 'Renew many at once' (API: GET /api/v1/renewals.xlsx or .csv) and save it as XLSX or CSV.",
)
QUOTES = Text(
    '閉じていない引用符（"）がないか確かめ、CSV か XLSX で保存し直してください。',
    'See whether a quotation mark (") is not closed, and save the file as CSV or XLSX again.',
)
UNREADABLE = (zipfile.BadZipFile, InvalidFileException, ParseError, DefusedXmlException, KeyError, ValueError, OSError, EOFError)


def rows(content: bytes) -> Iterator[Row]:
    """The rows of a file, in its order.

    Raises Unsupported for what is neither XLSX nor CSV or has macros in it, TooLarge for too many rows or a file that unpacks into too
    much, Invalid `wrong_columns` where the line of keys is missing or not right, Malformed for a file that breaks off.
    """
    if content.startswith(b"PK"):
        tables = _book(content)
    elif content.startswith(OTHER_KINDS) or (b"\x00" in content[:1000] and not content.startswith(UTF_16)):
        raise Unsupported("unsupported_table", Text("XLSX でも CSV でもありません。", "This is neither XLSX nor CSV."), remedy=OTHER_BOOK)
    else:
        tables = iter([("", _csv(content))])
    return _limited(tables)


def _limited(tables: Iterable[tuple[str, Iterator[Sequence[Any]]]]) -> Iterator[Row]:
    count, headed = 0, False
    for sheet, lines in tables:
        for row in _rows(sheet, lines):
            headed = True
            if row.number == 0:
                continue
            count += 1
            if count > MOST_ROWS:
                message = Text(f"一つのファイルは{MOST_ROWS:,}行までです。", f"A file has at most {MOST_ROWS:,} rows.")
                raise TooLarge("too_many_rows", message, remedy=Text("ファイルを分けてください。", "Split the file."))
            yield row
    if not headed:
        message = Text(
            f"見出しの行（1列目が「{PROCEDURE}」）がありません。", f"There is no line of keys, with '{PROCEDURE}' in its first column."
        )
        raise Invalid("wrong_columns", message, remedy=OTHER_BOOK, errors=[FieldError("file", "wrong_columns", message)])
    if not count:
        raise Invalid("no_rows", Text("記入された行がありません。", "There is no row with anything in it."), remedy=OTHER_BOOK)


def _rows(sheet: str, lines: Iterator[Sequence[Any]]) -> Iterator[Row]:
    """The rows below the line of keys; first a row numbered 0 that says that there is such a line."""
    keys: tuple[str, ...] = ()
    for number, line in enumerate(lines, start=1):
        first = _written(line[0]) if line else None
        if not keys:
            if first == PROCEDURE:
                keys = _keys(sheet, line)
                yield Row(sheet, 0, {}, keys)
            elif number > HEADER_WITHIN:
                return
            continue
        if isinstance(first, str) and first.startswith(WORDS):
            continue
        cells = {key: value for key, one in zip(keys, line, strict=False) if key and (value := _written(one)) is not None}
        formulas = tuple(key for key, one in zip(keys, line, strict=False) if key and isinstance(one, _Formula))
        if any(not told(key) and key != PROCEDURE for key in (*cells, *formulas)):
            yield Row(sheet, number, cells, keys, formulas)


def _keys(sheet: str, line: Sequence[Any]) -> tuple[str, ...]:
    found = [str(value).strip() if (value := _written(one)) is not None else "" for one in line[:MOST_COLUMNS]]
    twice = sorted({key for key in found if key and found.count(key) > 1})
    if twice:
        where = f"（シート「{sheet}」）" if sheet else ""
        message = Text(f"同じ列が二つあります{where}: {'、'.join(twice)}", f"A column is there twice: {', '.join(twice)}")
        errors = [FieldError(f"file/{letters(found.index(key) + 1)}", "column_twice", message) for key in twice]
        raise Invalid("wrong_columns", message, remedy=OTHER_BOOK, errors=errors)
    return tuple(found)


class _Formula(str):
    """The text of a formula."""

    __slots__ = ()


def _written(value: Any) -> Cell | None:
    if value is None or isinstance(value, _Formula):
        return None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool | int | float):
        return value
    text = str(value).replace("\x00", "").strip()
    return text[:LONGEST_CELL] or None


def _book(content: bytes) -> Iterator[tuple[str, Iterator[Sequence[Any]]]]:
    _refuse_package(content)
    with _readable():
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            yield sheet.title, _lines(sheet)


def _lines(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()
    with _readable():
        for line in sheet.iter_rows(max_col=MOST_COLUMNS):
            yield [_Formula(cell.value) if cell.data_type == "f" else cell.value for cell in line]


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        message = Text("ファイルが壊れていて読めません。", "The file is broken: it cannot be read.")
        raise Malformed("broken_table", message, remedy=OTHER_BOOK) from error


def _refuse_package(content: bytes) -> None:
    """Look at the contents of a package before anything of it is unpacked: what they say of their size is all that is ever read."""
    with _readable(), zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
    names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in names):
        raise Unsupported("macros", Text("マクロの付いたファイルは読みません。", "A file with macros is not read."), remedy=OTHER_BOOK)
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unsupported("unsupported_table", Text("XLSX ではありません。", "This is no XLSX file."), remedy=OTHER_BOOK)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        message = Text("展開すると大きすぎるファイルです。", "The file unpacks into too much.")
        raise TooLarge("unpacks_too_large", message, remedy=Text("ファイルを分けてください。", "Split the file."))


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
    text = _decoded(content)
    separator = "\t" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else ","
    try:
        # Strict: a quotation mark that nothing closes would else take all the lines that follow it into one cell.
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            yield line[:MOST_COLUMNS]
    except csv.Error as error:
        message = Text("CSV として読めません。", "This cannot be read as CSV.")
        raise Malformed("broken_table", message, remedy=QUOTES) from error


def _decoded(content: bytes) -> str:
    if content.startswith(UTF_16):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    message = Text("文字コードは UTF-8 か Shift_JIS にしてください。", "The file has to be in UTF-8 (or Shift_JIS).")
    raise Malformed("unknown_encoding", message, remedy=OTHER_BOOK)
