"""The answers of MIC's Web-API in its three formats: CSV, JSON, XML. Pure.

The keys, their order, the escapes and the strings are those of the captured answers and of the specification (Ver. 1.6.0).
Guessed, because no capture or figure shows it: the name of XML's root, the end of a CSV line, which CSV fields are quoted
(those with a comma or a quotation mark), and that JSON has an empty list when nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape  # it writes, it does not parse # nosec B406

import orjson

from partner.api.musen.asking import CSV, JSON
from partner.api.musen.faults import Fault
from partner.api.musen.layouts import Layout
from partner.registry.musen_forms import plain

Values = Mapping[str, str]
MEDIA_TYPES = {CSV: "text/csv;charset=UTF-8", JSON: "application/json;charset=UTF-8"}
XML_MEDIA_TYPE = "application/xml;charset=UTF-8"
XML_HEAD, XML_ROOT = '<?xml version="1.0" encoding="UTF-8"?>\n', "musenData"
CONTROL = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"'}
TO_CSV = str.maketrans(CONTROL)
TO_JSON = str.maketrans({**CONTROL, "'": "\\'", "/": "\\/"})
ENTITIES = {"'": "&apos;", '"': "&quot;", "\r": "&#13;"}  # a parser of XML would make a line end of a CR
NOT_XML = dict.fromkeys([*(code for code in range(0x20) if chr(code) not in "\t\n\r"), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


@dataclass(frozen=True)
class Information:
    """How many there are in all, and the date (in Japan) of the register."""

    total: int
    updated_on: str

    @property
    def pairs(self) -> dict[str, str]:
        """As every format has it: strings."""
        return {"totalCount": str(self.total), "lastUpdateDate": self.updated_on}


@dataclass(frozen=True)
class Listing:
    """An answer of `list`, made piece by piece: `opening`, `records` as often as they come, `closing`.

    Records are numbered from `start`. The total stands before them in CSV and XML, behind them in JSON.
    """

    output: str
    layout: Layout
    information: Information
    start: int
    detailed: bool

    def opening(self) -> bytes:
        """What stands before the records."""
        if self.output == CSV:
            return _lines([[self.information.updated_on, str(self.information.total)]])
        if self.output == JSON:
            return b'{"musen":['
        return f"{XML_HEAD}<{XML_ROOT}>{_information(self.information)}".encode()

    def records(self, stored: Iterable[str], number: int) -> bytes:
        """Records as the register keeps them (JSON texts), the first of them with this number."""
        write = {CSV: self._row, JSON: self._item}.get(self.output, self._element)
        return "".join([write(orjson.loads(text), number + index) for index, text in enumerate(stored)]).encode()

    def closing(self) -> bytes:
        """What stands behind the records."""
        if self.output == CSV:
            return b""
        if self.output == JSON:
            return b'],"musenInformation":' + orjson.dumps(self.information.pairs) + b"}\n"
        return f"</{XML_ROOT}>\n".encode()

    def _row(self, record: Mapping[str, Values], number: int) -> str:
        return _line(_values(record, self.layout.table_listed, number, self._detail(self.layout.table_detail)))

    def _item(self, record: Mapping[str, Values], number: int) -> str:
        listed = dict(zip(self.layout.listed, _values(record, self.layout.listed, number), strict=True))
        parts = {"listInfo": {key: value.translate(TO_JSON) for key, value in listed.items()}}
        if self.detailed:
            detail = {key: value.translate(TO_JSON) for key, value in _of(record.get("detailInfo", {}), self.layout.detail)}
            parts = {"detailInfo": detail, **parts}
        return ("," if number > self.start else "") + orjson.dumps(parts).decode()

    def _element(self, record: Mapping[str, Values], number: int) -> str:
        listed = zip(self.layout.table_listed, _values(record, self.layout.table_listed, number), strict=True)
        parts = _elements("listInfo", listed)
        if self.detailed:
            parts += _elements("detailInfo", _of(record.get("detailInfo", {}), self.layout.table_detail))
        return f"<musen>{parts}</musen>"

    def _detail(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        return keys if self.detailed else ()


def media_type(output: str) -> str:
    """The content type of a format."""
    return MEDIA_TYPES.get(output, XML_MEDIA_TYPE)


def counted(output: str, information: Information) -> bytes:
    """The answer of `num`."""
    if output == CSV:
        return _lines([[information.updated_on, str(information.total)], [str(information.total)]])
    if output == JSON:
        return _json({"musen": {"count": str(information.total)}, "musenInformation": information.pairs})
    return _xml(f"{_information(information)}<musen><count>{information.total}</count></musen>")


def refused(output: str, faults: Sequence[Fault]) -> bytes:
    """Errors, in the format asked for."""
    if output == CSV:
        return _lines([["ERR", str(len(faults))], *([fault.code, fault.words] for fault in faults)])
    if output == JSON:
        told = [{"errMsg": fault.words, "errCd": fault.code} for fault in faults]
        return _json({"errs": {"errPost": "ERR", "errCount": str(len(faults))}, "err": told})
    told_xml = [_elements("err", [("errCd", fault.code), ("errMsg", fault.words)]) for fault in faults]
    return _xml(_elements("errs", [("errPost", "ERR"), ("errCount", str(len(faults)))]) + "".join(told_xml))


def _of(values: Values, keys: Iterable[str]) -> list[tuple[str, str]]:
    """Every key with its value; '' where there is nothing."""
    return [(key, plain(values.get(key) or "")) for key in keys]


def _values(record: Mapping[str, Values], listed: Sequence[str], number: int, detail: Sequence[str] = ()) -> list[str]:
    short = [str(number) if key == "no" else value for key, value in _of(record.get("listInfo", {}), listed)]
    return [*short, *(value for _, value in _of(record.get("detailInfo", {}), detail))]


def _json(content: object) -> bytes:
    return orjson.dumps(content) + b"\n"


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    return "".join(map(_line, rows)).encode()


def _line(row: Sequence[str]) -> str:
    return ",".join(map(_csv_field, row)) + "\n"


def _csv_field(value: str) -> str:
    written = value.translate(TO_CSV)
    return f'"{written}"' if "," in value or '"' in value else written


def _elements(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    return f"<{name}>{''.join(f'<{key}>{escape(value.translate(NOT_XML), ENTITIES)}</{key}>' for key, value in pairs)}</{name}>"


def _information(information: Information) -> str:
    return _elements("musenInformation", [("lastUpdateDate", information.updated_on), ("totalCount", str(information.total))])


def _xml(body: str) -> bytes:
    return f"{XML_HEAD}<{XML_ROOT}>{body}</{XML_ROOT}>\n".encode()
