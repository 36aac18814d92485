"""What a search asks of one version of a published license, as SQL: constant fragments, every value a bound parameter.

In all of them `l` is a version of a published license, `%(as_of)s` the date in Japan that is asked about, and `%(known_at)s` the
instant whose belief is asked for. A station has one row in an answer: the version that holds on the date, else the last one
before it, else the first one after it. While what stands is withheld, the station has none: it is not expired, nor still to come.

A filter has two forms. The plain one may use any index: the planner of PostgreSQL chooses, as for a count. The opaque one
(`CASE WHEN … THEN true …`) uses none: then `plans` has chosen the way through the register, and the filter only looks at what comes by.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Any, LiteralString

from partner.registry.criteria import Criteria
from partner.registry.normalisation import normalise

Values = dict[str, Any]
RECORDED_NOW: LiteralString = "upper_inf(l.recorded)"
RECORDED_THEN: LiteralString = "l.recorded @> %(known_at)s::timestamptz"
HOLDS: LiteralString = "l.valid @> %(as_of)s::date"
OTHERS: LiteralString = "NOT EXISTS (SELECT FROM public_license AS o WHERE o.station_id = l.station_id AND "
OTHER_NOW: LiteralString = OTHERS + "upper_inf(o.recorded)"
OTHER_THEN: LiteralString = OTHERS + "o.recorded @> %(known_at)s::timestamptz"
LATER: LiteralString = " AND lower(o.valid) <= %(as_of)s::date AND lower(o.valid) > lower(l.valid))"
EARLIER: LiteralString = " AND lower(o.valid) < lower(l.valid))"
# What is withheld may follow, in the same term or in a later one, or go before: then it stands for its days, and nothing is shown.
RAN_OUT: LiteralString = (
    "upper(l.valid) <= %(as_of)s::date AND upper(l.valid) > l.term_to AND (l.hidden_from IS NULL OR l.hidden_from > %(as_of)s::date)"
)
TO_BEGIN: LiteralString = "lower(l.valid) > %(as_of)s::date AND lower(l.valid) <= l.term_from AND NOT l.hidden_before"
NOT_ENDED: LiteralString = "(l.ended_on IS NULL OR l.ended_on > %(as_of)s::date)"
STATUS: LiteralString = (  # as `partner.registry.status` has it
    "CASE WHEN lower(l.valid) > %(as_of)s::date THEN 'not_yet' WHEN l.ended_on <= %(as_of)s::date THEN 'ended'"
    " WHEN upper(l.valid) <= %(as_of)s::date THEN 'expired' WHEN l.suspended THEN 'suspended' ELSE 'in_force' END"
)
READY: LiteralString = "l.document"
WITH_STATUS: LiteralString = """replace(l.document, '"status":"in_force"', '"status":"' || """ + STATUS + """ || '"')"""
EMISSION: LiteralString = (
    "(a.emission = ANY(%(emissions)s::text[]) OR a.bundle = ANY(%(emissions)s::text[]) OR a.emission_class = ANY(%(emissions)s::text[]))"
)
PLACES: LiteralString = "(l.prefecture = ANY(%(place_prefectures)s::text[]) OR l.municipality = ANY(%(place_municipalities)s::text[]))"
COLUMNS: dict[str, LiteralString] = {
    "call_signs": ("(l.call_sign_search = ANY(%(call_signs)s::text[]) OR l.call_sign_search LIKE ANY(%(call_sign_patterns)s::text[]))"),
    "call_sign_parts": "l.call_sign_search LIKE ALL(%(call_sign_parts)s::text[])",
    "licensees": "l.licensee_search LIKE ANY(%(licensees)s::text[])",
    "licensee_ids": "l.public_licensee_id = ANY(%(licensee_ids)s::uuid[])",
    "station_classes": "l.station_class = ANY(%(station_classes)s::text[])",
    "standards": "l.registration_standard = ANY(%(standards)s::text[])",
    "bureaus": "l.bureau = ANY(%(bureaus)s::text[])",
    "prefectures": "l.prefecture = ANY(%(prefectures)s::text[])",
    "municipalities": "l.municipality = ANY(%(municipalities)s::text[])",
    "nearby": "l.municipality = ANY(%(nearby)s::text[])",
    "places": "(l.prefecture = ANY(%(place_prefectures)s::text[]) OR l.municipality = ANY(%(place_municipalities)s::text[]))",
    "purposes": "l.purposes && %(purposes)s::text[]",
    "communication_matters": "l.communication_matters && %(communication_matters)s::text[]",
    "broadcast_kinds": "l.broadcast_kind = ANY(%(broadcast_kinds)s::text[])",
    "crafts": "l.craft_search LIKE ANY(%(crafts)s::text[])",
    "licensed_from": "l.licensed_on >= %(licensed_from)s::date",
    "licensed_to": "l.licensed_on <= %(licensed_to)s::date",
    "registered": "(l.registration_standard IS NOT NULL) = %(registered)s",
}
LINES: dict[str, LiteralString] = {
    "emissions": (
        "(a.emission = ANY(%(emissions)s::text[]) OR a.bundle = ANY(%(emissions)s::text[])"
        " OR a.emission_class = ANY(%(emissions)s::text[]))"
    ),
    "frequency_from": "a.frequency_high >= %(frequency_from)s::bigint",
    "frequency_to": "a.frequency_low <= %(frequency_to)s::bigint",
    "power_min": "a.power_w >= %(power_min)s::numeric",
    "power_max": "a.power_w <= %(power_max)s::numeric",
}
# A scalar, not EXISTS: of that the planner may make a table of all assignments that meet the condition.
SHAPES = 1000
"""Of how many shapes of searches (which fields are asked for) a process remembers what is made of them."""
LINE: LiteralString = "(SELECT true FROM public_assignment AS a WHERE a.version_id = l.version_id AND "


def asks(criteria: Criteria, name: str) -> bool:
    """Whether a search asks something of this field."""
    return name in criteria.asked


@lru_cache(maxsize=SHAPES)
def _bound(asked: frozenset[str]) -> tuple[str, ...]:
    """The fields that bind a value each, of those that a search asks something of."""
    return tuple(name for name in (*COLUMNS, *LINES) if name in asked)


@lru_cache(maxsize=SHAPES)
def _columns(asked: frozenset[str], without: frozenset[str]) -> tuple[LiteralString, ...]:
    return tuple(fragment for name, fragment in COLUMNS.items() if name in asked and name not in without)


def values_of(criteria: Criteria, *, as_of: date, known_at: datetime | None) -> Values:
    """Every value that the conditions of a search bind."""
    found: Values = {"as_of": as_of, "known_at": known_at}
    for name in _bound(criteria.asked):
        asked = getattr(criteria, name)
        found[name] = list(asked) if isinstance(asked, tuple) else asked
    if criteria.places is not None:
        found |= {"place_prefectures": list(criteria.places[0]), "place_municipalities": list(criteria.places[1])}
    if criteria.call_signs:
        found["call_signs"] = [sign for sign in criteria.call_signs if not sign.endswith("*")]
        found["call_sign_patterns"] = [(like(sign[:-1]) or "_") + "%" for sign in criteria.call_signs if sign.endswith("*")]
    if criteria.call_sign_parts:
        found["call_sign_parts"] = [f"%{like(part)}%" for part in criteria.call_sign_parts]
    if criteria.licensees:
        found["licensees"] = [f"%{like(name)}%" for name in names(criteria)]
    if criteria.crafts:
        found["crafts"] = [f"%{like(name)}%" for text in criteria.crafts if (name := normalise(text))]
    return found


def names(criteria: Criteria) -> list[str]:
    """The names asked for, as they are compared; one that is nothing but white space and marks is no name."""
    return [name for text in criteria.licensees if (name := normalise(text))]


def recorded(known_at: datetime | None) -> LiteralString:
    """The condition that a version was believed: now, or at `%(known_at)s`."""
    return RECORDED_NOW if known_at is None else RECORDED_THEN


def stands(criteria: Criteria, known_at: datetime | None) -> LiteralString:
    """The condition that a version stands for its station on the date, with a status asked for."""
    other = OTHER_NOW if known_at is None else OTHER_THEN
    last_before: LiteralString = RAN_OUT + " AND " + other + LATER
    first_after: LiteralString = TO_BEGIN + " AND " + other + EARLIER
    if not criteria.statuses:
        return "(" + HOLDS + " OR (" + last_before + ") OR (" + first_after + "))"
    by_status: dict[str, LiteralString] = {
        "in_force": "(" + HOLDS + " AND NOT l.suspended AND " + NOT_ENDED + ")",
        "suspended": "(" + HOLDS + " AND l.suspended AND " + NOT_ENDED + ")",
        "not_yet": "(" + first_after + ")",
        "expired": "(" + NOT_ENDED + " AND " + last_before + ")",
        "ended": "(l.ended_on <= %(as_of)s::date AND (" + HOLDS + " OR (" + last_before + ")))",
    }
    return either([by_status[status] for status in criteria.statuses])


def columns(criteria: Criteria, without: Collection[str] = ()) -> list[LiteralString]:
    """The plain conditions of the filters that look at the version itself, to be joined by AND, but for some fields."""
    return list(_columns(criteria.asked, frozenset(without)))


def lines(criteria: Criteria) -> list[LiteralString]:
    """The conditions that one and the same assignment `a` must meet, to be joined by AND."""
    return [fragment for name, fragment in LINES.items() if asks(criteria, name)]


def filters(criteria: Criteria, without: Collection[str] = ()) -> list[LiteralString]:
    """The plain conditions of all filters, to be joined by AND, but for some fields."""
    asked, found = lines(criteria), columns(criteria, without)
    return [*found, LINE + all_of(asked) + " LIMIT 1)"] if asked else found


def opaque(conditions: list[LiteralString]) -> LiteralString:
    """All of the conditions in a form for which no index is ever used, and of which the planner expects that every second row meets it.

    So it takes the order of an index for granted to be worth keeping: a page is soon full.
    """
    return "CASE WHEN " + all_of(conditions) + " THEN true ELSE false END"


def item(criteria: Criteria) -> LiteralString:
    """The document of the station as JSON text, with the status of the date. Ready-made where only what is in force is asked for."""
    return READY if criteria.statuses == ("in_force",) else WITH_STATUS


def either(choices: list[LiteralString]) -> LiteralString:
    """At least one of the conditions."""
    separator: LiteralString = " OR "
    return "(" + separator.join(choices) + ")"


def all_of(conditions: list[LiteralString]) -> LiteralString:
    """All of the conditions."""
    separator: LiteralString = " AND "
    return separator.join(conditions)


def like(text: str) -> str:
    """The text as a LIKE pattern that stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
