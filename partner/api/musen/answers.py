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

Record = Mapping[str, Mapping[str, str]]
DETAIL = [
    "radioSpec1",
    "radioStationPurpose",
    "note",
    "permittedOperatingHours",
    "address",
    "licenseDate",
    "broadcastMatter",
    "commMatter",
    "office",
    "validTerms",
    "commPartner",
    "startingLimit",
    "broadcastDistrict",
    "workPersonName",
    "identificationSignals",
    "radioStationNumber",
    "radioStationCategory",
    "movementArea",
    "radioEuipmentLocation",
    "licenseNumber",
    "name",
]  # radioEuipmentLocation is MIC's own spelling
LISTED = ["name", "radioStationPurpose", "tdfkCd", "no", "licenseDate"]
TABLE_LISTED = ["no", "name", "tdfkCd", "radioStationPurpose", "licenseDate"]
TABLE_DETAIL = [
    "name",
    "address",
    "office",
    "radioStationCategory",
    "licenseNumber",
    "licenseDate",
    "validTerms",
    "radioStationPurpose",
    "radioStationNumber",
    "permittedOperatingHours",
    "startingLimit",
    "broadcastMatter",
    "broadcastDistrict",
    "commMatter",
    "commPartner",
    "identificationSignals",
    "radioEuipmentLocation",
    "movementArea",
    "radioSpec1",
    "workPersonName",
    "note",
]
MEDIA_TYPES = {CSV: "text/csv;charset=UTF-8", JSON: "application/json;charset=UTF-8"}
XML_MEDIA_TYPE = "application/xml;charset=UTF-8"
XML_HEAD, XML_ROOT = '<?xml version="1.0" encoding="UTF-8"?>\n', "musenData"
CONTROL = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"'}
TO_CSV = str.maketrans(CONTROL)
TO_JSON = str.maketrans({**CONTROL, "'": "\\'", "/": "\\/"})
FROM_STORED = (("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"))
ENTITIES = {"'": "&apos;", '"': "&quot;"}


@dataclass(frozen=True)
class Information:
    """How many there are in all, and the date (in Japan) of the register."""

    total: int
    updated_on: str

    @property
    def pairs(self) -> dict[str, str]:
        """As every format has it: strings."""
        return {"totalCount": str(self.total), "lastUpdateDate": self.updated_on}


def media_type(output: str) -> str:
    """The content type of a format."""
    return MEDIA_TYPES.get(output, XML_MEDIA_TYPE)


def plain(value: str) -> str:
    """A stored value with real line ends and tabs; stored values write them as a backslash and a letter."""
    for written, meant in FROM_STORED:
        value = value.replace(written, meant)
    return value


def counted(output: str, information: Information) -> bytes:
    """The answer of `num`."""
    if output == CSV:
        return _lines([[information.updated_on, str(information.total)], [str(information.total)]])
    if output == JSON:
        return _json({"musen": {"count": str(information.total)}, "musenInformation": information.pairs})
    return _xml(f"{_information(information)}<musen><count>{information.total}</count></musen>")


def listed(output: str, records: Iterable[Record], information: Information, *, start: int, detailed: bool) -> bytes:
    """The answer of `list`: records are numbered from `start`."""
    numbered = [_numbered(record, start + index) for index, record in enumerate(records)]
    if output == CSV:
        rows = [_row(record, detailed=detailed) for record in numbered]
        return _lines([[information.updated_on, str(information.total)], *rows])
    if output == JSON:
        items = [_json_record(record, detailed=detailed) for record in numbered]
        return _json({"musen": items, "musenInformation": information.pairs})
    items_xml = [f"<musen>{_xml_record(record, detailed=detailed)}</musen>" for record in numbered]
    return _xml(_information(information) + "".join(items_xml))


def refused(output: str, faults: Sequence[Fault]) -> bytes:
    """Errors, in the format asked for."""
    if output == CSV:
        return _lines([["ERR", str(len(faults))], *([fault.code, fault.words] for fault in faults)])
    if output == JSON:
        told = [{"errMsg": fault.words, "errCd": fault.code} for fault in faults]
        return _json({"errs": {"errPost": "ERR", "errCount": str(len(faults))}, "err": told})
    told_xml = [f"<err>{_element('errCd', fault.code)}{_element('errMsg', fault.words)}</err>" for fault in faults]
    return _xml(f"<errs><errPost>ERR</errPost><errCount>{len(faults)}</errCount></errs>" + "".join(told_xml))


def _numbered(record: Record, number: int) -> dict[str, dict[str, str]]:
    """All keys of a record, each with a string: '' where there is nothing."""
    detail, short = record.get("detailInfo", {}), record.get("listInfo", {})
    return {
        "detailInfo": {key: plain(detail.get(key) or "") for key in DETAIL},
        "listInfo": {key: plain(short.get(key) or "") for key in LISTED} | {"no": str(number)},
    }


def _json_record(record: Record, *, detailed: bool) -> dict[str, dict[str, str]]:
    parts = ["detailInfo", "listInfo"] if detailed else ["listInfo"]
    return {part: {key: value.translate(TO_JSON) for key, value in record[part].items()} for part in parts}


def _json(content: object) -> bytes:
    return orjson.dumps(content) + b"\n"


def _row(record: Record, *, detailed: bool) -> list[str]:
    listed_columns = [record["listInfo"][key] for key in TABLE_LISTED]
    return listed_columns + ([record["detailInfo"][key] for key in TABLE_DETAIL] if detailed else [])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    return "".join(",".join(_csv_field(value) for value in row) + "\n" for row in rows).encode()


def _csv_field(value: str) -> str:
    written = value.translate(TO_CSV)
    return f'"{written}"' if "," in value or '"' in value else written


def _xml_record(record: Record, *, detailed: bool) -> str:
    parts = [_elements("listInfo", record["listInfo"], TABLE_LISTED)]
    if detailed:
        parts.append(_elements("detailInfo", record["detailInfo"], TABLE_DETAIL))
    return "".join(parts)


def _elements(name: str, values: Mapping[str, str], keys: Sequence[str]) -> str:
    return f"<{name}>{''.join(_element(key, values[key]) for key in keys)}</{name}>"


def _element(name: str, value: str) -> str:
    allowed = "".join(character for character in value if character >= " " or character in "\n\t\r")
    return f"<{name}>{escape(allowed, ENTITIES)}</{name}>"


def _information(information: Information) -> str:
    return _elements("musenInformation", information.pairs, ["lastUpdateDate", "totalCount"])


def _xml(body: str) -> bytes:
    return f"{XML_HEAD}<{XML_ROOT}>{body}</{XML_ROOT}>\n".encode()
