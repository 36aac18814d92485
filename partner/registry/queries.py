"""The SQL of public reads, over the published views only: `public_license`, `public_assignment`, `public_change`, `public_counter`.

A statement is put together from the constant fragments below; every value is a bound parameter. In all of them `l` is a
version of a published license, `%(as_of)s` the date in Japan that is asked about, and `%(known_at)s` the instant whose belief
is asked for. A station has one row in an answer: the version that holds on the date, else the last one before it, else the
first one after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql

from partner.registry.criteria import Criteria
from partner.registry.cursors import Position
from partner.registry.normalisation import normalise, query_grams

RECORDED_NOW: LiteralString = "upper_inf(l.recorded)"
RECORDED_THEN: LiteralString = "l.recorded @> %(known_at)s::timestamptz"
OTHER_NOW: LiteralString = "upper_inf(o.recorded)"
OTHER_THEN: LiteralString = "o.recorded @> %(known_at)s::timestamptz"
HOLDS: LiteralString = "l.valid @> %(as_of)s::date"
LAST_BEFORE: LiteralString = (
    "upper(l.valid) <= %(as_of)s::date AND NOT EXISTS (SELECT FROM public_license AS o WHERE o.station_id = l.station_id AND {other}"
    " AND lower(o.valid) <= %(as_of)s::date AND lower(o.valid) > lower(l.valid))"
)
FIRST_AFTER: LiteralString = (
    "lower(l.valid) > %(as_of)s::date AND NOT EXISTS (SELECT FROM public_license AS o WHERE o.station_id = l.station_id AND {other}"
    " AND lower(o.valid) < lower(l.valid))"
)
STATUS: LiteralString = (  # as `partner.registry.status` has it
    "CASE WHEN lower(l.valid) > %(as_of)s::date THEN 'not_yet' WHEN l.ended_on <= %(as_of)s::date THEN 'ended'"
    " WHEN upper(l.valid) <= %(as_of)s::date THEN 'expired' WHEN l.suspended THEN 'suspended' ELSE 'in_force' END"
)
BY_STATUS: dict[str, LiteralString] = {
    "in_force": "({holds} AND NOT l.suspended AND (l.ended_on IS NULL OR l.ended_on > %(as_of)s::date))",
    "suspended": "({holds} AND l.suspended AND (l.ended_on IS NULL OR l.ended_on > %(as_of)s::date))",
    "not_yet": "({first_after})",
    "expired": "((l.ended_on IS NULL OR l.ended_on > %(as_of)s::date) AND {last_before})",
    "ended": "(l.ended_on <= %(as_of)s::date AND ({holds} OR ({last_before})))",
}
DISTANCE_KM: LiteralString = (
    "2 * 6371.0088 * asin(sqrt(least(1, power(sin(radians(l.latitude - %(latitude)s) / 2), 2)"
    " + cos(radians(%(latitude)s)) * cos(radians(l.latitude)) * power(sin(radians(l.longitude - %(longitude)s) / 2), 2))))"
)
NEAR: LiteralString = (
    "l.latitude BETWEEN %(latitude)s - %(radius_km)s / 111.0 AND %(latitude)s + %(radius_km)s / 111.0 AND "
    + DISTANCE_KM
    + " <= %(radius_km)s"
)
EMISSION: LiteralString = (
    "(a.emission = ANY(%(emissions)s) OR a.bundle = ANY(%(emissions)s)"
    " OR (length(a.emission) BETWEEN 7 AND 9 AND substr(a.emission, 5) = ANY(%(emissions)s)))"
)
PLACES: LiteralString = "(l.prefecture = ANY(%(place_prefectures)s) OR l.municipality = ANY(%(place_municipalities)s))"
FILTERS: dict[str, LiteralString] = {
    "licensee_ids": "l.public_licensee_id = ANY(%(licensee_ids)s)",
    "station_classes": "l.station_class = ANY(%(station_classes)s)",
    "bureaus": "l.bureau = ANY(%(bureaus)s)",
    "prefectures": "l.prefecture = ANY(%(prefectures)s)",
    "municipalities": "l.municipality = ANY(%(municipalities)s)",
    "purposes": "l.purposes && %(purposes)s",
    "communication_matters": "l.communication_matters && %(communication_matters)s",
    "licensed_from": "l.licensed_on >= %(licensed_from)s",
    "licensed_to": "l.licensed_on <= %(licensed_to)s",
}
ASSIGNMENT_FILTERS: dict[str, LiteralString] = {
    "emissions": EMISSION,
    "frequency_from": "a.frequency_high >= %(frequency_from)s",
    "frequency_to": "a.frequency_low <= %(frequency_to)s",
    "power_min": "a.power_w >= %(power_min)s",
    "power_max": "a.power_w <= %(power_max)s",
}
SORTS: dict[str, tuple[LiteralString, LiteralString]] = {
    "id": ("l.station_id", "uuid"),
    "call_sign": ('l.call_sign COLLATE "C"', "text"),
    "licensee": ('l.licensee_name COLLATE "C"', "text"),
    "licensed_on": ("l.licensed_on", "date"),
    "valid_to": ("l.term_to", "date"),
}
COUNTER: LiteralString = "SELECT sequence, updated_at FROM public_counter"
ITEM: LiteralString = "jsonb_set(l.document, '{{license,status}}', to_jsonb({status}))"  # the one thing that no write can store
PAGE = sql.SQL(
    "SELECT {item}::text, ({key})::text, l.station_id, (SELECT updated_at FROM public_counter)"
    " FROM public_license AS l WHERE {where} ORDER BY {order} LIMIT %(limit)s"
)
COUNT = sql.SQL("SELECT count(*) FROM public_license AS l WHERE {where}")
ONE = sql.SQL(
    "SELECT {item}::text FROM public_license AS l WHERE l.station_id = %(station_id)s AND {recorded}"
    " ORDER BY lower(l.valid) <= %(as_of)s::date DESC,"
    " CASE WHEN lower(l.valid) <= %(as_of)s::date THEN lower(l.valid) END DESC NULLS LAST, lower(l.valid) LIMIT 1"
)
HELD = sql.SQL(
    "SELECT held.* FROM unnest(%(licensee_ids)s::uuid[]) WITH ORDINALITY AS asked (licensee_id, ordinal) CROSS JOIN LATERAL ("
    "SELECT l.public_licensee_id, {item}::text, l.station_id FROM public_license AS l WHERE l.public_licensee_id = asked.licensee_id"
    " AND {where} ORDER BY l.station_id LIMIT %(limit)s) AS held ORDER BY asked.ordinal, held.station_id"
)
HELD_TOTALS = sql.SQL("SELECT l.public_licensee_id, count(*) FROM public_license AS l WHERE {where} GROUP BY l.public_licensee_id")
HISTORY: LiteralString = (
    "SELECT jsonb_build_object('sequence', l.sequence, 'holds_from', lower(l.valid), 'holds_to', upper(l.valid) - 1,"
    " 'recorded_from', lower(l.recorded), 'recorded_to', upper(l.recorded), 'station', l.document)::text"
    " FROM public_license AS l WHERE l.station_id = %(station_id)s ORDER BY lower(l.recorded), lower(l.valid)"
)
CHANGES: LiteralString = (
    "SELECT jsonb_build_object('sequence', c.sequence, 'station_id', c.station_id, 'kind', c.kind, 'at', c.at,"
    " 'before', c.before, 'after', c.after)::text, c.sequence"
    " FROM public_change AS c WHERE c.sequence > %(after)s ORDER BY c.sequence LIMIT %(limit)s"
)


@dataclass
class Statement:
    """A statement with the values that it binds."""

    query: sql.Composed
    values: dict[str, Any] = field(default_factory=dict)


def fill(fragment: LiteralString, known: bool) -> sql.Composed:
    """A fragment with its placeholders for other fragments filled; `known` says whether a record time was asked for."""
    other = sql.SQL(OTHER_THEN if known else OTHER_NOW)
    parts = {
        "holds": sql.SQL(HOLDS),
        "last_before": sql.SQL(LAST_BEFORE).format(other=other),
        "first_after": sql.SQL(FIRST_AFTER).format(other=other),
        "status": sql.SQL(STATUS),
    }
    return sql.SQL(fragment).format(**parts)


def recorded(known: bool) -> sql.SQL:
    """The condition that a version was believed: now, or at `%(known_at)s`."""
    return sql.SQL(RECORDED_THEN if known else RECORDED_NOW)


def conditions(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> tuple[list[sql.Composable], dict[str, Any]]:
    """All conditions of a search, to be joined by AND, and the values that they bind."""
    known = known_at is not None
    values: dict[str, Any] = {"as_of": as_of, "known_at": known_at}
    found: list[sql.Composable] = [recorded(known)]
    if criteria.statuses:
        chosen = [fill(BY_STATUS[status], known) for status in criteria.statuses]
    else:
        chosen = [fill(fragment, known) for fragment in ("{holds}", "({last_before})", "({first_after})")]
    found.append(either(chosen))
    for name, fragment in FILTERS.items():
        if (asked := getattr(criteria, name)) not in {None, ()}:
            found.append(sql.SQL(fragment))
            values[name] = list(asked) if isinstance(asked, tuple) else asked
    if criteria.places is not None:
        found.append(sql.SQL(PLACES))
        values |= {"place_prefectures": list(criteria.places[0]), "place_municipalities": list(criteria.places[1])}
    for part in (_call_signs(criteria, values), _licensees(criteria, values), _near(criteria, values), _assignments(criteria, values)):
        found.extend(part)
    return found, values


def page(criteria: Criteria, *, position: Position | None, as_of: date, limit: int) -> Statement:
    """One page: rows of the station as JSON text, what it was sorted by, and its id; `limit` rows at most."""
    known_at = position.known_at if position else criteria.known_at
    found, values = conditions(criteria, as_of=as_of, known_at=known_at)
    key, kind = SORTS[criteria.sort.key]
    if position is not None:
        found.append(_beyond(criteria, position).format(key=sql.SQL(key), kind=sql.SQL(kind)))
        values |= {"last_value": position.value, "last_id": position.station_id}
    query = PAGE.format(item=_item(known_at is not None), key=sql.SQL(key), where=sql.SQL(" AND ").join(found), order=_order(criteria))
    return Statement(query, values | {"limit": limit})


def count(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> Statement:
    """How many stations a search finds on all its pages."""
    found, values = conditions(criteria, as_of=as_of, known_at=known_at)
    return Statement(COUNT.format(where=sql.SQL(" AND ").join(found)), values)


def one(station_id: UUID, *, as_of: date, known_at: datetime | None) -> Statement:
    """One station as JSON text, as it stood on a date after the belief of an instant."""
    known = known_at is not None
    query = ONE.format(item=_item(known), recorded=recorded(known))
    return Statement(query, {"station_id": station_id, "as_of": as_of, "known_at": known_at})


def held(licensee_ids: Sequence[UUID], *, as_of: date, known_at: datetime | None, limit: int) -> Statement:
    """The first stations in force of each of several licensees: licensee, station as JSON text, station id."""
    found, values = conditions(Criteria(), as_of=as_of, known_at=known_at)
    query = HELD.format(item=_item(known_at is not None), where=sql.SQL(" AND ").join(found))
    return Statement(query, values | {"licensee_ids": list(licensee_ids), "limit": limit})


def held_totals(licensee_ids: Sequence[UUID], *, as_of: date, known_at: datetime | None) -> Statement:
    """How many stations in force each of several licensees has."""
    found, values = conditions(Criteria(licensee_ids=tuple(licensee_ids)), as_of=as_of, known_at=known_at)
    return Statement(HELD_TOTALS.format(where=sql.SQL(" AND ").join(found)), values)


def _item(known: bool) -> sql.Composed:
    return sql.SQL(ITEM).format(status=fill(STATUS, known))


def _order(criteria: Criteria) -> sql.Composed:
    key = sql.SQL(SORTS[criteria.sort.key][0])
    if criteria.sort.key == "id":
        return sql.SQL("{} DESC" if criteria.sort.descending else "{}").format(key)
    return sql.SQL("{} DESC NULLS LAST, l.station_id" if criteria.sort.descending else "{} NULLS LAST, l.station_id").format(key)


def _beyond(criteria: Criteria, position: Position) -> sql.SQL:
    """The condition that a row comes after the last one of the page before; `{key}` and `{kind}` are still to be filled."""
    if criteria.sort.key == "id":
        return sql.SQL("{key} < %(last_id)s::{kind}" if criteria.sort.descending else "{key} > %(last_id)s::{kind}")
    if position.value is None:
        return sql.SQL("({key} IS NULL AND l.station_id > %(last_id)s)")
    if criteria.sort.descending:
        return sql.SQL(
            "({key} < %(last_value)s::{kind} OR {key} IS NULL OR ({key} = %(last_value)s::{kind} AND l.station_id > %(last_id)s))"
        )
    return sql.SQL("({key} > %(last_value)s::{kind} OR {key} IS NULL OR ({key} = %(last_value)s::{kind} AND l.station_id > %(last_id)s))")


def either(choices: Sequence[sql.Composable]) -> sql.Composable:
    """At least one of the conditions."""
    return sql.SQL("({})").format(sql.SQL(" OR ").join(choices))


def _call_signs(criteria: Criteria, values: dict[str, Any]) -> list[sql.Composable]:
    exact = [sign for sign in criteria.call_signs if not sign.endswith("*")]
    patterns = [(like(sign[:-1]) or "_") + "%" for sign in criteria.call_signs if sign.endswith("*")]
    found: list[sql.Composable] = []
    if exact:
        found.append(sql.SQL("l.call_sign_search = ANY(%(call_signs)s)"))
        values["call_signs"] = exact
    for index, pattern in enumerate(patterns):
        name = f"call_sign_pattern_{index}"
        found.append(sql.SQL("l.call_sign_search LIKE {}").format(sql.Placeholder(name)))
        values[name] = pattern
    both = [either(found)] if found else []
    for index, part in enumerate(criteria.call_sign_parts):
        name = f"call_sign_part_{index}"
        both.append(sql.SQL("l.call_sign_search LIKE {}").format(sql.Placeholder(name)))
        values[name] = f"%{like(part)}%"
    return both


def _licensees(criteria: Criteria, values: dict[str, Any]) -> list[sql.Composable]:
    """A name is found by its grams, which an index holds, and then compared as a whole; a masked name has none of both."""
    found: list[sql.Composable] = []
    for index, text in enumerate(criteria.licensees):
        name = normalise(text)
        if not name:
            continue
        keys = {"grams": f"grams_{index}", "pattern": f"licensee_{index}"}
        values[keys["grams"]], values[keys["pattern"]] = query_grams(name), f"%{like(name)}%"
        placeholders = {part: sql.Placeholder(key) for part, key in keys.items()}
        found.append(sql.SQL("(l.licensee_grams @> {grams}::text[] AND l.licensee_search LIKE {pattern})").format(**placeholders))
    if not found and criteria.licensees:
        return [sql.SQL("false")]
    return [either(found)] if found else []


def _near(criteria: Criteria, values: dict[str, Any]) -> list[sql.Composable]:
    if criteria.near is None:
        return []
    values |= {"latitude": criteria.near.latitude, "longitude": criteria.near.longitude, "radius_km": criteria.near.radius_km}
    return [sql.SQL(NEAR)]


def _assignments(criteria: Criteria, values: dict[str, Any]) -> list[sql.Composable]:
    if not criteria.asks_assignments:
        return []
    asked: list[sql.Composable] = []
    for name, fragment in ASSIGNMENT_FILTERS.items():
        if (value := getattr(criteria, name)) not in {None, ()}:
            asked.append(sql.SQL(fragment))
            values[name] = list(value) if isinstance(value, tuple) else value
    statement = sql.SQL("EXISTS (SELECT FROM public_assignment AS a WHERE a.version_id = l.version_id AND {})")
    return [statement.format(sql.SQL(" AND ").join(asked))]


def like(text: str) -> str:
    """The text as a LIKE pattern that stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
