"""Where the candidates of a search are found: for each selective filter the index that knows it, and no more than can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString, NamedTuple

from partner.registry import conditions, streams
from partner.registry.conditions import Values
from partner.registry.criteria import Criteria
from partner.registry.normalisation import query_grams

BOUND: LiteralString = " LIMIT %(most)s + 1)"
EXACT_SIGNS: LiteralString = "(SELECT l.version_id FROM public_license AS l WHERE l.call_sign_search = ANY(%(call_signs)s::text[])" + BOUND
SIGN_PREFIXES: LiteralString = (  # in the order of the index, which leaves the planner no other way than the index
    "(SELECT found_there.version_id FROM unnest(%(prefixes)s::text[]) AS asked (prefix) CROSS JOIN LATERAL"
    " (SELECT l.version_id FROM public_license AS l WHERE l.call_sign_search ~>=~ asked.prefix"
    " AND l.call_sign_search ~<~ (asked.prefix || chr(1114111)) ORDER BY l.call_sign_search USING ~<~" + BOUND + " AS found_there" + BOUND
)
SIGN_PARTS: LiteralString = "(SELECT l.version_id FROM public_license AS l WHERE l.call_sign_search LIKE %(longest_part)s" + BOUND
HELD: LiteralString = "(SELECT l.version_id FROM public_license AS l WHERE l.public_licensee_id = ANY(%(licensee_ids)s::uuid[])" + BOUND
RAREST_GRAM: LiteralString = (
    "(SELECT g.version_id FROM public_gram AS g WHERE g.gram = (SELECT asked.gram FROM unnest(%(grams)s::text[]) AS asked (gram)"
    " ORDER BY (SELECT count(*) FROM (SELECT FROM public_gram AS o WHERE o.gram = asked.gram" + BOUND + " AS kept) LIMIT 1)" + BOUND
)
GRAM: LiteralString = "(SELECT g.version_id FROM public_gram AS g WHERE g.gram = ANY(%(grams)s::text[])" + BOUND
CHARACTER: LiteralString = (
    "(SELECT g.version_id FROM public_gram AS g WHERE g.gram >= %(gram)s AND g.gram < %(gram)s || chr(1114111)" + BOUND
)
POINTS: LiteralString = "(SELECT a.version_id FROM public_assignment AS a WHERE a.frequency_low = a.frequency_high AND "
BANDS: LiteralString = "(SELECT a.version_id FROM public_assignment AS a WHERE a.frequency_low < a.frequency_high AND "
POINT_FROM: LiteralString = "a.frequency_low >= %(frequency_from)s::bigint"
EMISSIONS: LiteralString = (
    "(SELECT a.version_id FROM public_assignment AS a WHERE a.emission = ANY(%(emissions)s::text[])" + BOUND + " UNION ALL"
    " (SELECT a.version_id FROM public_assignment AS a WHERE a.bundle = ANY(%(emissions)s::text[])" + BOUND + " UNION ALL"
    " (SELECT a.version_id FROM public_assignment AS a WHERE a.emission_class = ANY(%(emissions)s::text[])" + BOUND
)
FACET: LiteralString = (
    "(SELECT found_there.version_id FROM unnest({keys}) AS asked ({names}) CROSS JOIN LATERAL"
    " (SELECT l.version_id FROM public_license AS l WHERE {matched} ORDER BY l.station_id" + BOUND + " AS found_there" + BOUND
)
UNION: LiteralString = " UNION ALL "


class Source(NamedTuple):
    """A query for candidates and the values that it binds; `by_range` where they are all that use a range of frequencies."""

    query: LiteralString
    values: Values
    by_range: bool = False


def sources(criteria: Criteria, *, by_id: bool, common: bool) -> Iterator[Source]:
    """Where selective filters find their candidates, the most selective kind first. A range that is known to be `common` finds none."""
    if criteria.call_signs:
        prefixes = [sign[:-1] for sign in criteria.call_signs if sign.endswith("*")]
        if not prefixes:
            yield Source(EXACT_SIGNS, {})
        elif all(prefixes):
            yield Source(EXACT_SIGNS + UNION + SIGN_PREFIXES, {"prefixes": prefixes})
    if criteria.licensee_ids and not by_id:
        yield Source(HELD, {})
    longest = max(criteria.call_sign_parts, key=len, default="")
    if len(longest) > 2:  # an index of three characters in a row
        yield Source(SIGN_PARTS, {"longest_part": f"%{conditions.like(longest)}%"})
    yield from _name_sources(criteria, by_id=by_id)
    if criteria.asks_frequencies and not common:
        yield Source(_frequencies(criteria), {}, by_range=True)
    if criteria.emissions:
        yield Source(EMISSIONS, {})
    if not by_id:
        found = streams.of(criteria)
        if found is not None and len(found[1]) <= streams.MOST:
            parts, given = streams.keyed(*found)
            yield Source(FACET.format(**parts), given)


def _name_sources(criteria: Criteria, *, by_id: bool) -> Iterator[Source]:
    names = conditions.names(criteria)
    shortest = min(map(len, names), default=0)
    if criteria.licensees and not names:
        yield Source(GRAM, {"grams": []})  # white space is in no name
    elif len(names) == 1 and shortest > 2:
        yield Source(RAREST_GRAM, {"grams": query_grams(names[0])[:8]})
    elif len(names) == 1 and shortest == 1:
        yield Source(CHARACTER, {"gram": names[0]})
    elif shortest >= 2 and not (len(names) == 1 and by_id and not streams.narrow(criteria)):
        yield Source(GRAM, {"grams": [query_grams(name)[0] for name in names]})


def _frequencies(criteria: Criteria) -> LiteralString:
    points: list[LiteralString] = []
    bands: list[LiteralString] = []
    if criteria.frequency_from is not None:
        points.append(POINT_FROM)
        bands.append(conditions.LINES["frequency_from"])
    if criteria.frequency_to is not None:
        points.append(conditions.LINES["frequency_to"])
        bands.append(conditions.LINES["frequency_to"])
    return POINTS + conditions.all_of(points) + BOUND + UNION + BANDS + conditions.all_of(bands) + BOUND
