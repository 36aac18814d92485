"""The SQL of a dump, over the published views only, as `partner_public`. Every value is a bound parameter or a literal.

A dump has the version that stands for each station on `%(as_of)s`, whatever its status, after the belief of the snapshot.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from partner.registry import conditions
from partner.registry.criteria import Criteria
from partner.registry.open_data.columns import ASSIGNMENTS, SITES, Column

COUNTER: LiteralString = "SELECT sequence, updated_at FROM public_counter"
STANDS: LiteralString = conditions.RECORDED_NOW + " AND " + conditions.stands(Criteria(statuses=()), None)
# In a form that leaves the planner only the index of the order: it would sort whole documents, on disk.
IN_ORDER: LiteralString = conditions.opaque([conditions.RECORDED_NOW, conditions.stands(Criteria(statuses=()), None)])
STATUSES: LiteralString = (
    "SELECT " + conditions.STATUS + " AS status, count(*) FROM public_license AS l WHERE " + STANDS + " GROUP BY 1 ORDER BY 1"
)
# How stations differ after the changes between two sequences: new ones, those gone, changed ones, and those whose term ended.
CHURN: LiteralString = (
    "WITH touched AS (SELECT c.station_id, (array_agg(c.before IS NULL ORDER BY c.sequence))[1] AS absent_before,"
    " (array_agg(c.after IS NULL ORDER BY c.sequence DESC))[1] AS absent_after, bool_and(c.kind = 'expired') AS by_time"
    " FROM public_change AS c WHERE c.sequence > %(after)s AND c.sequence <= %(to)s GROUP BY c.station_id)"
    " SELECT count(*) FILTER (WHERE absent_before AND NOT absent_after), count(*) FILTER (WHERE absent_after AND NOT absent_before),"
    " count(*) FILTER (WHERE NOT absent_before AND NOT absent_after AND NOT by_time),"
    " count(*) FILTER (WHERE NOT absent_before AND NOT absent_after AND by_time) FROM touched"
)
BEHIND: LiteralString = "SELECT count(*) FROM public_change AS c WHERE c.sequence > %(after)s"
CSV: LiteralString = "COPY ({rows}) TO STDOUT WITH (FORMAT csv, HEADER)"
# Lines as they are, but for those with a line break within: `bare` takes their quotation marks away. JSON text has none.
LINES: LiteralString = "COPY ({rows}) TO STDOUT WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
DOCUMENTS: LiteralString = "SELECT " + conditions.WITH_STATUS + " FROM public_license AS l WHERE " + IN_ORDER + " ORDER BY l.station_id"
# The planner is not to sort: both sides come in the order of an index.
STATION_ROWS: LiteralString = (
    "SELECT r.before_status || " + conditions.STATUS + " || r.after_status FROM public_license AS l"
    " JOIN public_row AS r USING (station_id, version_id) WHERE " + IN_ORDER + " ORDER BY l.station_id"
)
NESTED_ROWS: LiteralString = (
    "SELECT {columns} FROM public_license AS l"
    " CROSS JOIN LATERAL jsonb_array_elements(l.document::jsonb -> {field}) WITH ORDINALITY AS line (one, ordinal)"
    " WHERE position({empty} IN l.document) = 0 AND " + IN_ORDER + " ORDER BY l.station_id, line.ordinal"
)
OWN: dict[str, LiteralString] = {"station_id": "l.station_id", "ordinal": "line.ordinal"}


def stations() -> sql.Composed:
    """The rows of stations.csv, ready-made (`published_row`), without the header."""
    return sql.SQL(LINES).format(rows=sql.SQL(STATION_ROWS))


def assignments() -> sql.Composed:
    """The rows of assignments.csv."""
    return _nested("assignments", ASSIGNMENTS.columns)


def sites() -> sql.Composed:
    """The rows of sites.csv."""
    return _nested("sites", SITES.columns)


def documents() -> sql.Composed:
    """The lines of stations.jsonl: what `GET /api/v1/stations/{id}` answers on the day."""
    return sql.SQL(LINES).format(rows=sql.SQL(DOCUMENTS))


def _nested(field: str, columns: tuple[Column, ...]) -> sql.Composed:
    empty = sql.Literal(f'"{field}":[]')
    return sql.SQL(CSV).format(rows=sql.SQL(NESTED_ROWS).format(columns=_columns(columns), field=sql.Literal(field), empty=empty))


def _columns(columns: tuple[Column, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{} AS {}").format(_value(column), sql.Identifier(column.name)) for column in columns)


def _value(column: Column) -> sql.Composable:
    if column.name in OWN:
        return sql.SQL(OWN[column.name])
    *steps, last = map(sql.Literal, column.steps)
    return sql.SQL("").join([sql.SQL("one"), *(sql.SQL(" -> {}").format(step) for step in steps), sql.SQL(" ->> {}").format(last)])
