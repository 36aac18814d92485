"""The SQL behind MIC's Web-API: the same views and conditions as every search, in its own orders and with its own paging.

Every answer is one statement, and so of one state of the register. Its first row says when that was and how many stations there are in
all; the rows of the page follow. The statements are to be planned for their values (`partner.registry.musen_search`).
"""

from __future__ import annotations

from datetime import date
from typing import LiteralString

from partner.registry import conditions, queries
from partner.registry.conditions import Values
from partner.registry.criteria import Criteria
from partner.registry.queries import Statement

Columns = tuple[LiteralString, ...]
LICENSES: dict[str, Columns] = {
    "1": ("licensee_name", "licensed_on", "station_id"),
    "2": ("municipality", "licensed_on", "station_id"),
    "3": ("purposes", "licensed_on", "station_id"),
    "4": ("licensed_on", "station_id"),
}
REGISTRATIONS: dict[str, Columns] = {
    "1": ("licensee_name", "licensed_on", "station_id"),
    "2": ("bureau", "licensed_on", "station_id"),
    "3": ("licensed_on", "station_id"),
    "4": ("term_to", "licensed_on", "station_id"),
}
# Searches that ask for nothing else are counted by tallies, and find their page without looking at all that they find.
FACETS = frozenset({"station_classes", "standards", "registered", "bureaus", "prefectures", "municipalities"})
HEAD: LiteralString = "SELECT (SELECT updated_at FROM public_counter), ({total}), NULL::text"
PAGE: LiteralString = "SELECT {keys} FROM {source} WHERE {where} ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s"
RECORDS: LiteralString = (
    " UNION ALL (SELECT NULL, NULL, l.musen FROM ({page}) AS kept"
    " JOIN public_license AS l ON l.version_id = kept.version_id ORDER BY {order})"
)
FOUND: LiteralString = "WITH found AS MATERIALIZED (SELECT {keys} FROM public_license AS l WHERE {where}) "
ONE_CLASS: LiteralString = "l.station_class = %(station_class)s"
ONE_PREFECTURE: LiteralString = "l.municipality BETWEEN %(first_place)s AND %(last_place)s"


def number(criteria: Criteria, *, as_of: date) -> Statement:
    """How many there are: one row."""
    counted = queries.count(criteria, as_of=as_of, known_at=None)
    return Statement(HEAD.format(total=counted.query), counted.values)


def records(criteria: Criteria, *, as_of: date, order: str, start: int, size: int) -> Statement:
    """At most `size` records from the one with the number `start` (1 is the first), in the order of the sort key `order`.

    Rows are: the time of the last change, the total, null; then null, null, a record as JSON text.
    """
    columns = (REGISTRATIONS if criteria.registered else LICENSES)[order]
    asked = {name for name in (*conditions.COLUMNS, *conditions.LINES) if conditions.asks(criteria, name)}
    made = _in_order(criteria, columns, as_of) if asked <= FACETS else _of_all_found(criteria, columns, as_of)
    return Statement(made.query, made.values | {"size": size, "offset": start - 1})


def _in_order(criteria: Criteria, columns: Columns, as_of: date) -> Statement:
    """Through the index that has a class in the order of its places, where the order is that one; counted by tallies."""
    counted = queries.count(criteria, as_of=as_of, known_at=None)
    found, values = _narrowed(criteria)
    page = PAGE.format(
        keys=_listed("l.", ("version_id", *columns)),
        source="public_license AS l",
        where=conditions.all_of(found),
        order=_listed("l.", columns),
    )
    query = HEAD.format(total=counted.query) + RECORDS.format(page=page, order=_listed("kept.", columns))
    return Statement(query, conditions.values_of(criteria, as_of=as_of, known_at=None) | counted.values | values)


def _narrowed(criteria: Criteria) -> tuple[list[LiteralString], Values]:
    """All conditions, so written that one class and one prefecture are one stretch of that index, and that no other index will do."""
    found = [conditions.recorded(None)]
    values: Values = {}
    plain = set()
    if len(criteria.station_classes) == 1:
        found.append(ONE_CLASS)
        values["station_class"] = criteria.station_classes[0]
        plain.add("station_classes")
    for name in ("standards", "municipalities"):
        if conditions.asks(criteria, name):
            found.append(conditions.COLUMNS[name])
            plain.add(name)
    if len(criteria.prefectures) == 1:
        found.append(ONE_PREFECTURE)
        values |= {"first_place": criteria.prefectures[0] + "000", "last_place": criteria.prefectures[0] + "999"}
        plain.add("prefectures")
    return [*found, conditions.opaque([conditions.stands(criteria, None), *conditions.columns(criteria, plain)])], values


def _of_all_found(criteria: Criteria, columns: Columns, as_of: date) -> Statement:
    """All that is found is counted anyway: it is kept, in few columns, counted and sorted."""
    where, values = queries.matching(criteria, as_of=as_of, known_at=None)
    found = FOUND.format(keys=_listed("l.", ("version_id", *columns)), where=conditions.all_of(where))
    page = PAGE.format(keys="*", source="found", where="true", order=_listed("found.", columns))
    total = "SELECT count(*) FROM found"
    return Statement(found + HEAD.format(total=total) + RECORDS.format(page=page, order=_listed("kept.", columns)), values)


def _listed(alias: LiteralString, columns: Columns) -> LiteralString:
    separator: LiteralString = ", "
    return separator.join([alias + column for column in columns])
