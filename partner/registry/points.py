"""A range of few frequencies: the stations of each, in the order of their ids, merged up to where all of them are known.

Most ranges that are asked for hold one channel or some, each of which any number of stations may use. The index has the stations of one
frequency in order, so a page costs a page, however many there are.
"""

from __future__ import annotations

from typing import LiteralString

from partner.registry import conditions
from partner.registry.candidates import BAND_FROM, BANDS, POINT_FROM, POINTS
from partner.registry.criteria import Criteria

FEW = 12
UP_TO: LiteralString = conditions.LINES["frequency_to"]
NEXT: LiteralString = "SELECT a.frequency_low FROM public_assignment AS a WHERE " + POINTS
LOWEST: LiteralString = " AND " + UP_TO + " ORDER BY a.frequency_low LIMIT 1"
FREQUENCIES: LiteralString = (  # from each to the next through the index, until there are more than few
    "WITH RECURSIVE one (frequency) AS ((" + NEXT + POINT_FROM + LOWEST + ") UNION ALL"
    " SELECT (" + NEXT + "a.frequency_low > one.frequency" + LOWEST + ") FROM one WHERE one.frequency IS NOT NULL), "
    "few AS MATERIALIZED (SELECT one.frequency FROM one WHERE one.frequency IS NOT NULL LIMIT %(few)s + 1), "
)
HEARD: LiteralString = "SELECT a.version_id, a.station_id FROM public_assignment AS a WHERE "
FOUND: LiteralString = (  # not with `=`: the planner would no longer see that the index of single frequencies has these rows
    "bands AS MATERIALIZED (" + HEARD + BANDS + BAND_FROM + " AND " + UP_TO + " LIMIT %(most)s + 1), "
    "points AS MATERIALIZED (SELECT few.frequency, ahead.* FROM few CROSS JOIN LATERAL (" + HEARD + POINTS + "a.frequency_low {until}"
    " few.frequency AND (a.frequency_low, a.station_id) {beyond} (few.frequency, %(after_id)s::uuid)"
    " ORDER BY a.frequency_low{direction}, a.station_id{direction} LIMIT %(ahead)s) AS ahead"
    " WHERE (SELECT count(*) FROM few) <= %(few)s), "
)
# A frequency with as many stations as were read has more of them behind its last one: up to the first of these all are known.
KNOWN: LiteralString = (
    "known AS MATERIALIZED (SELECT last.station_id FROM (SELECT (array_agg(station_id ORDER BY station_id{direction}))[%(ahead)s]"
    " AS station_id FROM points GROUP BY frequency) AS last WHERE last.station_id IS NOT NULL ORDER BY 1{direction} LIMIT 1), "
)
SEEN: LiteralString = (
    "seen AS MATERIALIZED (SELECT {item}, l.station_id::text, l.station_id AS id, l.public_licensee_id::text FROM (SELECT * FROM ("
    "SELECT station_id, version_id FROM points UNION SELECT station_id, version_id FROM bands WHERE station_id {beyond} %(after_id)s::uuid"
    ") AS both_kinds WHERE NOT EXISTS (SELECT FROM known WHERE both_kinds.station_id {beyond} known.station_id)"
    " ORDER BY station_id{direction}) AS kept CROSS JOIN LATERAL"
    " (SELECT * FROM public_license AS o WHERE o.version_id = kept.version_id OFFSET 0) AS l"
    " WHERE {rest} ORDER BY kept.station_id{direction} LIMIT %(limit)s) "
)
# It counts when there are few frequencies and either the page is full or all that there is was read.
COUNTS: LiteralString = (
    "(CASE WHEN (SELECT count(*) FROM few) <= %(few)s AND (SELECT count(*) FROM bands) <= %(most)s"
    " AND ((SELECT count(*) FROM seen) = %(limit)s OR NOT EXISTS (SELECT FROM known)) THEN 0 ELSE %(most)s + 1 END)::text"
)
WITH: LiteralString = FREQUENCIES + FOUND + KNOWN + SEEN
ROWS: LiteralString = "SELECT * FROM seen"


def may_be_few(criteria: Criteria) -> bool:
    """Whether a range is asked for that has both ends, and so may hold few frequencies."""
    return criteria.frequency_from is not None and criteria.frequency_to is not None


def values(limit: int) -> conditions.Values:
    """What the statement binds besides: some of the stations read are not in force, so twice as many are read as are wanted."""
    return {"few": FEW, "ahead": 2 * limit}
