"""The SQL of public reads that are no pages, over the published views only. Every value is a bound parameter.

`partner.registry.conditions` says what `l`, `%(as_of)s` and `%(known_at)s` are; pages are made by `partner.registry.plans`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from partner.registry import conditions
from partner.registry.criteria import Criteria
from partner.registry.normalisation import query_grams

IN_RECOVERY: LiteralString = "SELECT pg_is_in_recovery()"
COUNTER: LiteralString = "SELECT sequence, updated_at FROM public_counter"
ONE: LiteralString = (
    "SELECT (SELECT sequence FROM public_counter), {item} FROM (SELECT * FROM public_license AS l"
    " WHERE l.station_id = %(station_id)s AND {recorded} ORDER BY lower(l.valid) <= %(as_of)s::date DESC,"
    " CASE WHEN lower(l.valid) <= %(as_of)s::date THEN lower(l.valid) END DESC NULLS LAST, lower(l.valid) LIMIT 1) AS l"
    " WHERE " + conditions.HOLDS + " OR (" + conditions.RAN_OUT + ") OR (" + conditions.TO_BEGIN + ")"
)
ONE_NOW: LiteralString = ONE.format(item=conditions.WITH_STATUS, recorded=conditions.RECORDED_NOW)
ONE_THEN: LiteralString = ONE.format(item=conditions.WITH_STATUS, recorded=conditions.RECORDED_THEN)
COUNT: LiteralString = "SELECT count(*) FROM public_license AS l WHERE "
WITH_GRAMS: LiteralString = (
    "l.version_id IN (SELECT g.version_id FROM public_gram AS g WHERE g.gram = ANY(%(grams)s::text[])"
    " GROUP BY g.version_id HAVING count(*) = cardinality(%(grams)s::text[]))"
)
WITH_PART: LiteralString = "l.call_sign_search LIKE %(longest_part)s"  # an index of three characters in a row knows one pattern, not ALL
WITH_LINES: LiteralString = "l.version_id IN (SELECT a.version_id FROM public_assignment AS a WHERE "
TALLY: LiteralString = (
    "SELECT coalesce(sum(CASE WHEN %(counts_in_force)s THEN t.in_force ELSE 0 END"
    " + CASE WHEN %(counts_suspended)s THEN t.suspended ELSE 0 END), 0)::bigint FROM public_tally AS t"
    " WHERE t.facet = %(facet)s AND t.value = ANY(%(tallied)s::text[]) AND t.registered = ANY(%(kinds)s::boolean[])"
    " AND t.day <= %(as_of)s::date"
)
HELD: LiteralString = (
    "SELECT held.* FROM unnest(%(licensee_ids)s::uuid[]) WITH ORDINALITY AS asked (licensee_id, ordinal) CROSS JOIN LATERAL ("
    "SELECT l.public_licensee_id, {item}, l.station_id FROM public_license AS l WHERE l.public_licensee_id = asked.licensee_id"
    " AND {where} ORDER BY l.station_id LIMIT %(limit)s) AS held ORDER BY asked.ordinal, held.station_id"
)
HELD_TOTALS: LiteralString = "SELECT l.public_licensee_id, count(*) FROM public_license AS l WHERE {where} GROUP BY l.public_licensee_id"
# What holds to the end of a license without end holds without end: `WITHOUT_END` in partner.regulation.periods.
HISTORY: LiteralString = (
    "SELECT jsonb_build_object('sequence', l.sequence, 'holds_from', lower(l.valid), 'holds_to',"
    " NULLIF(upper(l.valid) - 1, DATE '9999-12-30'),"
    " 'recorded_from', lower(l.recorded), 'recorded_to', upper(l.recorded), 'station', l.document::jsonb #- '{license,status}')::text"
    " FROM public_license AS l WHERE l.station_id = %(station_id)s ORDER BY lower(l.recorded), lower(l.valid)"
)
CHANGES: LiteralString = (
    "SELECT jsonb_build_object('sequence', c.sequence, 'station_id', c.station_id, 'kind', c.kind, 'at', c.at,"
    " 'before', c.before, 'after', c.after)::text, c.sequence"
    " FROM public_change AS c WHERE c.sequence > %(after)s ORDER BY c.sequence LIMIT %(limit)s"
)
# A municipality has few stations: they are counted. Tallies of so many places would cost more to keep than they spare.
FACETS: dict[frozenset[str], str] = {
    frozenset(): "all",
    frozenset({"station_classes"}): "class",
    frozenset({"bureaus"}): "bureau",
    frozenset({"prefectures"}): "prefecture",
    frozenset({"standards"}): "standard",
    frozenset({"station_classes", "bureaus"}): "class+bureau",
    frozenset({"station_classes", "prefectures"}): "class+prefecture",
    frozenset({"standards", "bureaus"}): "standard+bureau",
}
TALLIED = frozenset({"in_force", "suspended"})


@dataclass
class Statement:
    """A statement with the values that it binds."""

    query: LiteralString
    values: dict[str, Any] = field(default_factory=dict)


def where(criteria: Criteria, known_at: datetime | None) -> list[LiteralString]:
    """All conditions on a version itself, to be joined by AND, in their plain form."""
    return [conditions.recorded(known_at), conditions.stands(criteria, known_at), *conditions.columns(criteria)]


def count(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> Statement:
    """How many stations a search finds on all its pages: from the tallies where they know it, else by counting."""
    found = tallied(criteria, as_of=as_of, known_at=known_at)
    return counting(criteria, as_of=as_of, known_at=known_at) if found is None else found


def tallied(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> Statement | None:
    """The number of stations that a search finds, from the tallies; None where they do not know it."""
    facet = _facet(criteria) if known_at is None else None
    return None if facet is None else _tally(criteria, *facet, as_of=as_of)


def counting(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> Statement:
    """The number of stations that a search finds, by looking at them."""
    found, values = matching(criteria, as_of=as_of, known_at=known_at)
    return Statement(COUNT + conditions.all_of(found), values)


def matching(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> tuple[list[LiteralString], conditions.Values]:
    """All conditions on `l`, to be joined by AND, in the form in which the planner finds all stations soonest, and what they bind.

    Under row-level security the planner knows nothing of how many versions hold on a day, and takes them for few.
    """
    values = conditions.values_of(criteria, as_of=as_of, known_at=known_at)
    found = [conditions.recorded(known_at), conditions.opaque([conditions.stands(criteria, known_at)]), *conditions.columns(criteria)]
    names = conditions.names(criteria)
    if len(names) == 1 and len(names[0]) > 1:
        found.append(WITH_GRAMS)
        values["grams"] = query_grams(names[0])
    longest = max(criteria.call_sign_parts, key=len, default="")
    if len(longest) > 2:
        found.append(WITH_PART)
        values["longest_part"] = f"%{conditions.like(longest)}%"
    if asked := conditions.lines(criteria):
        found.append(WITH_LINES + conditions.all_of(asked) + ")")
    return found, values


def one(station_id: UUID, *, as_of: date, known_at: datetime | None) -> Statement:
    """One station as JSON text, as it stood on a date after the belief of an instant, behind the sequence of the register."""
    return Statement(ONE_NOW if known_at is None else ONE_THEN, {"station_id": station_id, "as_of": as_of, "known_at": known_at})


def held(licensee_ids: Sequence[UUID], *, as_of: date, known_at: datetime | None, limit: int) -> Statement:
    """The first stations in force of each of several licensees: licensee, station as JSON text, station id."""
    query = HELD.format(item=conditions.READY, where=conditions.all_of(where(Criteria(), known_at)))
    return Statement(query, {"as_of": as_of, "known_at": known_at, "licensee_ids": list(licensee_ids), "limit": limit})


def held_totals(licensee_ids: Sequence[UUID], *, as_of: date, known_at: datetime | None) -> Statement:
    """How many stations in force each of several licensees has."""
    criteria = Criteria(licensee_ids=tuple(licensee_ids))
    values = conditions.values_of(criteria, as_of=as_of, known_at=known_at)
    return Statement(HELD_TOTALS.format(where=conditions.all_of(where(criteria, known_at))), values)


def _facet(criteria: Criteria) -> tuple[str, list[str]] | None:
    """The facet whose tallies count a search, and its values; None when no tally does."""
    if not criteria.statuses or not TALLIED.issuperset(criteria.statuses):
        return None
    asked = {name for name in (*conditions.COLUMNS, *conditions.LINES) if name != "registered" and conditions.asks(criteria, name)}
    if asked == {"places"} | (asked & {"station_classes"}) and criteria.places is not None:
        prefectures, municipalities = criteria.places
        if prefectures and municipalities:
            return None
        asked = (asked - {"places"}) | ({"prefectures"} if prefectures else {"municipalities"})
        return _values(asked, {**_lists(criteria), "prefectures": prefectures, "municipalities": municipalities})
    return _values(asked, _lists(criteria))


def _lists(criteria: Criteria) -> dict[str, tuple[str, ...]]:
    names = ("station_classes", "bureaus", "prefectures", "municipalities", "nearby", "standards")
    return {name: getattr(criteria, name) or () for name in names}


def _values(asked: set[str], lists: dict[str, tuple[str, ...]]) -> tuple[str, list[str]] | None:
    facet = FACETS.get(frozenset(asked))
    if facet is None:
        return None
    parts = sorted(asked, key=lambda name: name not in {"station_classes", "standards"})  # the order in which a value is written
    values = [""] if not parts else list(lists[parts[0]])
    for name in parts[1:]:
        values = [f"{value}|{further}" for value in values for further in lists[name]]
    return facet, values


def _tally(criteria: Criteria, facet: str, tallied: list[str], *, as_of: date) -> Statement:
    values = {
        "facet": facet,
        "tallied": tallied,
        "as_of": as_of,
        "kinds": [True, False] if criteria.registered is None else [criteria.registered],
        "counts_in_force": "in_force" in criteria.statuses,
        "counts_suspended": "suspended" in criteria.statuses,
    }
    return Statement(TALLY, values)
