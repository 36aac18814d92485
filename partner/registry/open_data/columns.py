"""The columns of the CSV files. A column is named after its place in the Station document, with `_` between the steps.

A list of codes is one column, with a space between the codes; no code has one. An empty field is null.
"""

from __future__ import annotations

from dataclasses import dataclass

from partner.registry.open_data.structure import ASSIGNMENT, COUNT, SITE, STATION, STRING, Schema, is_optional, kind

LIST_SEPARATOR = " "


@dataclass(frozen=True)
class Column:
    """One column: the steps to its value in the document, what the value is, and what it means."""

    steps: tuple[str, ...]
    schema: Schema
    nullable: bool
    description: str

    @property
    def name(self) -> str:
        """The name in the header."""
        return "_".join(self.steps)

    @property
    def is_list(self) -> bool:
        """Whether a field holds several values."""
        return kind(self.schema) == "array"


@dataclass(frozen=True)
class Table:
    """One CSV file: its columns in their order, what identifies a row, and how rows refer to `stations.csv`."""

    file: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    refers: str | None = None

    @property
    def schema_file(self) -> str:
        """The name of its table schema."""
        return self.file.replace(".csv", ".table.json")


def _columns(root: Schema, described: dict[str, str]) -> tuple[Column, ...]:
    return tuple(_column(root, tuple(path.split("/")), words) for path, words in described.items())


def _column(root: Schema, steps: tuple[str, ...], words: str) -> Column:
    if steps == ("assignments",):
        return Column(steps, COUNT, nullable=False, description=words)  # how many; they have a file of their own
    found, nullable = root, False
    for step in steps:
        found = found["properties"][step]
        nullable = nullable or is_optional(found)
    return Column(steps, found, nullable or kind(found) == "array", words)


def _own(name: str, schema: Schema, words: str) -> Column:
    """A column that is no value of the document."""
    return Column((name,), schema, nullable=False, description=words)


STATIONS = Table(
    "stations.csv",
    "Stations, one row each",
    _columns(
        STATION,
        {
            "id": "identifier of the station; it outlives renewals",
            "call_sign": "call sign (呼出符号)",
            "station_class/code": "class of station (無線局の種別)",
            "station_class/name/ja": "its name in Japanese",
            "station_class/name/en": "its name in English",
            "licensee/id": "identifier of the licensee; empty where the name is withheld",
            "licensee/name": "licensee (免許人); ＊＊＊＊＊ where it is withheld, as for individuals",
            "licensee/kind": "individual, club, corporation or government",
            "licensee/corporate_number": "法人番号",
            "license/licensed_on": "date of the license (免許の年月日)",
            "license/valid_from": "first day of the term",
            "license/valid_to": "last day of the term, included; empty where the license has no end",
            "license/ended_on": "day from which the license has no effect, where it ended before its term",
            "license/end_kind": "how it ended",
            "license/status": "status on the day `as_of` of the dump: "
            + ", ".join(STATION["properties"]["license"]["properties"]["status"]["enum"]),
            "purposes": "codes of the purposes (無線局の目的); names in codes.csv",
            "communication_matters": "codes of what is communicated (通信事項); names in codes.csv",
            "communication_partner": "with whom (通信の相手方)",
            "bureau/code": "bureau (総合通信局)",
            "bureau/name/ja": "its name in Japanese",
            "bureau/name/en": "its name in English",
            "location/municipality_code": "municipality where the station stands or is kept, code of five digits",
            "location/name/ja": "its name in Japanese",
            "location/name/en": "its name in English",
            "movement_area": "where the station moves (移動範囲); 移動しない for one that does not",
            "moves": "whether it moves",
            "station_count": "number of stations under the license (包括免許)",
            "registration/standard/code": "what a registered station (登録局) is registered under",
            "registration/standard/name/ja": "its name in Japanese",
            "registration/standard/name/en": "its name in English",
            "assignments": "number of rows in assignments.csv",
            "operating_hours": "hours of operation (運用許容時間)",
            "broadcasting/matter": "what is broadcast (放送事項)",
            "broadcasting/area": "where it is received (放送区域)",
            "note": "note on the record",
            "synthetic": "what of the row is made up for demonstration: * for all of it, else the names of fields",
        },
    ),
    ("id",),
)
ASSIGNMENTS = Table(
    "assignments.csv",
    "Assignments (電波の型式、周波数及び空中線電力), one row each",
    (
        _own("station_id", STATION["properties"]["id"], "station, as in stations.csv"),
        _own("ordinal", {"type": "integer", "minimum": 1}, "place among the assignments of the station, from 1"),
        *_columns(
            ASSIGNMENT,
            {
                "emission": "class of emission, as F3E or 16K0F3E, or a symbol for several (一括記載コード)",
                "bundle": "bundled symbol of amateur stations (一括表示記号); it has no frequency and no power of its own",
                "frequency_hz": "frequency in Hz, or the lowest one of a range",
                "frequency_to_hz": "the highest frequency of a range in Hz, included",
                "power_w": "antenna power in W",
            },
        ),
    ),
    ("station_id", "ordinal"),
    refers="station_id",
)
SITES = Table(
    "sites.csv",
    "Sites of stations that have several (送信所、演奏所), one row each",
    (
        _own("station_id", STATION["properties"]["id"], "station, as in stations.csv"),
        _own("ordinal", {"type": "integer", "minimum": 1}, "place among the sites of the station, from 1"),
        *_columns(
            SITE,
            {
                "role": "what the site is for, in the official words",
                "municipality_code": "municipality, code of five digits",
                "name/ja": "its name in Japanese",
                "name/en": "its name in English",
            },
        ),
    ),
    ("station_id", "ordinal"),
    refers="station_id",
)
CODES = Table(
    "codes.csv",
    "Names of the codes in the other files",
    (
        _own("list", STRING, "code list, as in /api/v1/codes"),
        _own("code", STRING, "code; one that stands in no list is its own name"),
        _own("name_ja", STRING, "its name in Japanese"),
        _own("name_en", STRING, "its name in English"),
    ),
    ("list", "code"),
)
TABLES = (STATIONS, ASSIGNMENTS, SITES, CODES)
