"""The ways through the register that a page of a search may take, as SQL. Which way is taken decides how fast a search is.

The planner of PostgreSQL cannot choose well: it takes the parts of a name for independent, and does not know how many stations use a
band. So a way is built that leaves it no choice:

- *candidates*: the versions that an index finds for a selective filter, up to `MOST_CANDIDATES`; they are looked at and sorted. Where
  the answer has the order of the ids, which the index knows too, a page of up to `MOST_IN_ORDER` is looked at. When there are more,
  the answer says so and counts for nothing: then what is asked for is common, and walking finds a page soon.
- *points*: the same for a range that holds few frequencies, each of which the index has in the order of the answer; it counts only when
  it fills the page, or has read all there is.
- *streams*: the stations of a class, a place, a pair of characters …, read from an index that has them in the order of the answer.
- *window*: the next stations, wherever they are, when many places are asked for; it counts only when it fills the page.
- *walk*: all stations in the order of the answer, through the index of the sort key.

What a way does not use is an opaque condition (`partner.registry.conditions`). The first row of every answer is the state of the register
and, for candidates, how many there were; so even an empty page takes one statement, and is of one state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from partner.registry import candidates, conditions, points, streams
from partner.registry.conditions import Values
from partner.registry.criteria import Criteria
from partner.registry.cursors import Position
from partner.registry.normalisation import query_grams

MOST_CANDIDATES = 2_000
MOST_IN_ORDER = 20_000
FEW_STREAMS = 10
WINDOW = 1_500
FIRST_ID, LAST_ID = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
SORTS: dict[str, tuple[LiteralString, LiteralString]] = {
    "id": ("l.station_id", "uuid"),
    "call_sign": ("l.call_sign", "text"),
    "licensee": ("l.licensee_name", "text"),
    "licensed_on": ("l.licensed_on", "date"),
    "valid_to": ("l.term_to", "date"),
}
HEAD: LiteralString = "SELECT c.sequence::text, c.updated_at::text, NULL::uuid, {found}{total} FROM public_counter AS c UNION ALL ({rows})"
WITH_HELD: LiteralString = (
    "WITH page AS MATERIALIZED (SELECT read.*, row_number() OVER () AS place FROM ({page}) AS read (item, key, station_id, licensee))"
    " SELECT page.item, page.key, page.station_id, page.licensee, held.items FROM page LEFT JOIN LATERAL (SELECT"
    " '[' || string_agg(h.document, ',') || ']' AS items FROM (SELECT l.document FROM public_license AS l"
    " WHERE l.public_licensee_id = CASE WHEN page.place > 1 THEN page.licensee::uuid END AND {held}"
    " ORDER BY l.station_id LIMIT %(held_limit)s) AS h) AS held ON true ORDER BY page.place"
)
IDS: LiteralString = "l.station_id, l.public_licensee_id::text"
NO_CANDIDATES: LiteralString = "'0'"


@dataclass(frozen=True)
class Plan:
    """One statement for one page. It counts for nothing when there were more candidates than `most`; None: it counts always.

    `by_range` says that its candidates are all that use a range of frequencies, so that more of them make the range a common one.
    """

    query: bytes
    values: Values
    most: int | None = None
    by_range: bool = False


@dataclass(frozen=True)
class Further:
    """What a page brings besides its rows.

    `total` is a query for the number of all rows, with its values; `held_limit` asks, for each row, for so many stations in force of
    its licensee, as one JSON array in a fifth column.
    """

    total: tuple[LiteralString, Values] | None = None
    held_limit: int | None = None


def page(
    criteria: Criteria, *, position: Position | None, as_of: date, limit: int, further: Further = Further(), common: bool = False
) -> Iterator[Plan]:
    """The plans for a page of `limit` rows, to be tried in this order until one counts; the last one always does.

    `common` says that the range of frequencies is known to have more candidates than can be looked at.

    Rows are: document, what it was sorted by as text, station id, licensee id. Before them comes the head: sequence, time of the last
    change, null, how many candidates there were (and behind a slash the total).
    """
    known_at = position.known_at if position else criteria.known_at
    values = conditions.values_of(criteria, as_of=as_of, known_at=known_at)
    values |= {"limit": limit, "after_id": str(position.station_id) if position else _before_all(criteria)}
    if len(criteria.station_classes) == 1:
        values["station_class"] = criteria.station_classes[0]
    if position is not None:
        values["after_value"] = position.value
    if further.total is not None:
        values |= further.total[1]
    if further.held_limit is not None:
        values["held_limit"] = further.held_limit
    asked = _Asked(criteria, position, known_at, further)
    most = MOST_IN_ORDER if asked.by_id else MOST_CANDIDATES
    for source in candidates.sources(criteria, by_id=asked.by_id, common=common):
        if source.by_range and asked.by_id and points.may_be_few(criteria):
            yield Plan(asked.complete(_few_points(asked)).encode(), {**values, **points.values(limit), "most": most}, most)
        query = asked.complete(_candidates(asked, source.query))
        yield Plan(query.encode(), {**values, **source.values, "most": most}, most, by_range=source.by_range)
    if _looks_dense(asked):
        yield Plan(asked.complete(_window(asked)).encode(), {**values, "most": most, "window": WINDOW}, most)
    query, given = _in_order(asked)
    yield Plan(asked.complete(query).encode(), {**values, **given})


@dataclass(frozen=True)
class _Asked:
    """A search as the makers of plans read it."""

    criteria: Criteria
    position: Position | None
    known_at: datetime | None
    further: Further

    @property
    def total(self) -> LiteralString:
        """What the head says of the number of all rows."""
        return "" if self.further.total is None else " || '/' || (" + self.further.total[0] + ")::text"

    def complete(self, query: LiteralString) -> LiteralString:
        """The statement, with the stations that each licensee holds where they are asked for."""
        if self.further.held_limit is None:
            return query
        in_force = [conditions.recorded(self.known_at), conditions.stands(Criteria(), self.known_at)]
        return WITH_HELD.format(page=query, held=conditions.all_of(in_force))

    def rest(self, without: Collection[str] = ()) -> LiteralString:
        """Everything that a version must meet, but for what a plan makes sure of by itself."""
        filters = [conditions.stands(self.criteria, self.known_at), *conditions.filters(self.criteria, without)]
        return conditions.opaque([conditions.recorded(self.known_at), *filters])

    @property
    def by_id(self) -> bool:
        return self.criteria.sort.key == "id"

    @property
    def descending(self) -> bool:
        return self.criteria.sort.descending

    @property
    def item(self) -> LiteralString:
        return conditions.item(self.criteria)


def _before_all(criteria: Criteria) -> str:
    return LAST_ID if criteria.sort.key == "id" and criteria.sort.descending else FIRST_ID


CANDIDATES: LiteralString = "WITH found AS MATERIALIZED ({source}) "
AMONG: LiteralString = (  # in the order of the answer where that is known before they are looked at: then only a page of them is
    "SELECT {item}, ({key})::text, " + IDS + " FROM (SELECT DISTINCT station_id, version_id FROM found"
    " WHERE (SELECT count(*) FROM found) <= %(most)s{ahead}) AS kept CROSS JOIN LATERAL"
    " (SELECT * FROM public_license AS o WHERE o.version_id = kept.version_id OFFSET 0) AS l"
    " WHERE {after}{rest} ORDER BY {order} LIMIT %(limit)s"
)
AHEAD: LiteralString = " AND station_id {beyond} %(after_id)s::uuid ORDER BY station_id{direction}"


def _candidates(asked: _Asked, source: LiteralString) -> LiteralString:
    key, _ = SORTS[asked.criteria.sort.key]
    direction = _direction(asked)
    ahead: LiteralString = AHEAD.format(**direction) if asked.by_id else ""
    after: LiteralString = "" if asked.by_id else _after(asked)
    order: LiteralString = "kept.station_id" + direction["direction"] if asked.by_id else _order(asked)
    rows = AMONG.format(item=asked.item, key=key, rest=asked.rest(), ahead=ahead, after=after, order=order)
    return CANDIDATES.format(source=source) + HEAD.format(found="(SELECT count(*) FROM found)::text", total=asked.total, rows=rows)


def _few_points(asked: _Asked) -> LiteralString:
    """The stations of few frequencies, each in order; it counts only when it fills the page or has read everything."""
    direction = _direction(asked)
    until: LiteralString = ">=" if asked.descending else "<="
    read = points.WITH.format(item=asked.item, rest=asked.rest(), until=until, **direction)
    return read + HEAD.format(found=points.COUNTS, total=asked.total, rows=points.ROWS)


ONE_STREAM: LiteralString = (
    "SELECT {item}, l.station_id::text, " + IDS + " FROM {source} WHERE {matched} AND {id} {beyond} %(after_id)s::uuid"
    " AND {rest} ORDER BY {id}{direction} LIMIT %(limit)s"
)
MANY_STREAMS: LiteralString = (
    "SELECT {item}, l.station_id::text, " + IDS + " FROM (SELECT stream.version_id, stream.station_id FROM unnest({keys})"
    " AS asked ({names}) CROSS JOIN LATERAL (SELECT l.version_id, l.station_id FROM {source}"
    " WHERE {matched} AND {id} {beyond} %(after_id)s::uuid AND {rest} ORDER BY {id}{direction} LIMIT %(limit)s) AS stream"
    " ORDER BY stream.station_id{direction} LIMIT %(limit)s) AS found"
    " JOIN public_license AS l ON l.version_id = found.version_id ORDER BY found.station_id{direction}"
)
LICENSES: LiteralString = "public_license AS l"
GRAMS: LiteralString = (  # OFFSET 0: the pairs come first, in their order, and each brings its version
    "public_gram AS g CROSS JOIN LATERAL (SELECT * FROM public_license AS o WHERE o.version_id = g.version_id OFFSET 0) AS l"
)
GRAM_IS: LiteralString = "g.gram = %(gram)s::text"
WALK: LiteralString = (
    "SELECT {item}, ({key})::text, " + IDS + " FROM public_license AS l WHERE {after}{rest} ORDER BY {order} LIMIT %(limit)s"
)
WINDOWED: LiteralString = (
    "SELECT {item} AS item, l.station_id::text AS key, " + IDS + " AS licensee FROM (SELECT * FROM public_license AS o"
    " WHERE o.station_id {beyond} %(after_id)s::uuid ORDER BY o.station_id{direction} LIMIT %(window)s) AS l"
    " WHERE {rest} ORDER BY l.station_id{direction} LIMIT %(limit)s"
)


def _in_order(asked: _Asked) -> tuple[LiteralString, Values]:
    """The statement that reads stations in the order of the answer, and the values that it binds besides."""
    if asked.by_id:
        names = conditions.names(asked.criteria)
        found = streams.of(asked.criteria)
        if len(names) == 1 and len(names[0]) > 1:
            places = streams.in_few_places(asked.criteria)
            if places is not None:
                query, given = _stream(asked, *places, postings=True)
                return query, {**given, "gram": query_grams(names[0])[0]}
            if not streams.narrow(asked.criteria):
                return _gram_stream(asked), {"gram": query_grams(names[0])[0]}
        if found is not None and len(found[1]) <= streams.MOST:
            return _stream(asked, *found)
    return HEAD.format(found=NO_CANDIDATES, total=asked.total, rows=_walk(asked)), {}


def _looks_dense(asked: _Asked) -> bool:
    """Whether so many places are asked for that the next stations, wherever they are, may soon fill a page."""
    found = streams.of(asked.criteria)
    return asked.by_id and found is not None and len(found[1]) > FEW_STREAMS


def _window(asked: _Asked) -> LiteralString:
    """A walk through the next `WINDOW` stations and no further; it counts only when it fills the page."""
    direction = _direction(asked)
    rows = WINDOWED.format(item=asked.item, rest=asked.rest(), **direction)
    found: LiteralString = "(CASE WHEN (SELECT count(*) FROM seen) < %(limit)s THEN %(most)s + 1 ELSE 0 END)::text"
    return "WITH seen AS MATERIALIZED (" + rows + ") " + HEAD.format(found=found, total=asked.total, rows="SELECT * FROM seen")


def _stream(asked: _Asked, name: str, keys: list[streams.Key], *, postings: bool = False) -> tuple[LiteralString, Values]:
    """Through the stations of one key or of many, or through the postings of a name among them."""
    columns = streams.POSTED if postings else streams.STREAMS[name]
    places = range(len(columns))
    kind: LiteralString = "uuid" if name == "licensee" else "text"
    implied = streams.IMPLIED[name] | (_implied_by_gram(asked) if postings else frozenset())
    of_name: LiteralString = GRAM_IS + " AND " if postings else ""
    shared = {**_source(postings), "item": asked.item, "rest": asked.rest(implied), **_direction(asked)}
    if len(keys) == 1:
        equal: list[LiteralString] = [columns[place] + " = " + streams.KEYS[place][1] + "::" + kind for place in places]
        query = ONE_STREAM.format(matched=of_name + conditions.all_of(equal), **shared)
        return HEAD.format(found=NO_CANDIDATES, total=asked.total, rows=query), {streams.KEYS[place][0]: keys[0][place] for place in places}
    parts, values = streams.keyed(name, keys, postings=postings)
    rows = MANY_STREAMS.format(keys=parts["keys"], names=parts["names"], matched=of_name + parts["matched"], **shared)
    return HEAD.format(found=NO_CANDIDATES, total=asked.total, rows=rows), values


def _gram_stream(asked: _Asked) -> LiteralString:
    shared = {**_source(postings=True), "item": asked.item, "rest": asked.rest(_implied_by_gram(asked)), **_direction(asked)}
    return HEAD.format(found=NO_CANDIDATES, total=asked.total, rows=ONE_STREAM.format(matched=GRAM_IS, **shared))


def _source(postings: bool) -> dict[str, LiteralString]:
    return {"source": GRAMS, "id": "g.station_id"} if postings else {"source": LICENSES, "id": "l.station_id"}


def _implied_by_gram(asked: _Asked) -> frozenset[str]:
    """A posting says all of a name of two characters."""
    return frozenset({"licensees"}) if len(conditions.names(asked.criteria)[0]) == 2 else frozenset()


def _direction(asked: _Asked) -> dict[str, LiteralString]:
    return {"beyond": "<", "direction": " DESC"} if asked.descending else {"beyond": ">", "direction": ""}


def _walk(asked: _Asked) -> LiteralString:
    """Through the index of the sort key; stations that have none come last, and are read only when the page reaches them."""
    key, _ = SORTS[asked.criteria.sort.key]
    shared = {"item": asked.item, "key": key, "rest": asked.rest()}
    if asked.criteria.sort.key != "call_sign":
        return WALK.format(after=_after(asked), order=_order(asked), **shared)
    in_null_part = asked.position is not None and asked.position.value is None
    start: LiteralString = "%(after_id)s::uuid" if in_null_part else "'" + FIRST_ID + "'::uuid"
    one_class: LiteralString = "l.station_class = %(station_class)s AND " if len(asked.criteria.station_classes) == 1 else ""
    lacking: LiteralString = one_class + "l.call_sign IS NULL AND l.station_id > " + start + " AND "
    without = WALK.format(after=lacking, order="l.station_id", **shared)
    if in_null_part:
        return without
    order: LiteralString = key + " DESC, l.station_id DESC" if asked.descending else key + ", l.station_id"
    after: LiteralString = one_class + "l.call_sign IS NOT NULL AND " + _after(asked, nulls=False)
    present = WALK.format(after=after, order=order, **shared)
    return "SELECT * FROM ((" + present + ") UNION ALL (" + without + ")) AS both_parts LIMIT %(limit)s"


def _after(asked: _Asked, *, nulls: bool = True) -> LiteralString:
    """The condition, with AND behind it, that a row comes after the last one of the page before."""
    key, kind = SORTS[asked.criteria.sort.key]
    if asked.by_id:
        return "l.station_id < %(after_id)s::uuid AND " if asked.descending else "l.station_id > %(after_id)s::uuid AND "
    if asked.position is None:
        return ""
    if asked.position.value is None:
        return "(" + key + " IS NULL AND l.station_id > %(after_id)s::uuid) AND "
    value: LiteralString = "%(after_value)s::" + kind
    last: LiteralString = " OR " + key + " IS NULL" if nulls and asked.criteria.sort.key == "call_sign" else ""
    beyond: LiteralString = ") < (" if asked.descending else ") > ("
    return "((" + key + ", l.station_id" + beyond + value + ", %(after_id)s::uuid)" + last + ") AND "


def _order(asked: _Asked) -> LiteralString:
    """Nulls last either way (and they by id), ties by id in the direction of the sort."""
    key, _ = SORTS[asked.criteria.sort.key]
    if asked.by_id:
        return "l.station_id DESC" if asked.descending else "l.station_id"
    if not asked.descending:
        return key + ", l.station_id"
    if asked.criteria.sort.key != "call_sign":
        return key + " DESC, l.station_id DESC"
    return key + " DESC NULLS LAST, CASE WHEN " + key + " IS NOT NULL THEN l.station_id END DESC, l.station_id"
