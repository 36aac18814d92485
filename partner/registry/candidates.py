"""Where the candidates of a search are found: for each selective filter the index that knows it, and no more than can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString, NamedTuple

from partner.registry import conditions, streams
from partner.registry.conditions import Values
from partner.registry.criteria import Criteria
from partner.registry.normalisation import query_grams

BOUND: LiteralString = " LIMIT %(most)s + 1)"
SIGNED: LiteralString = "(SELECT l.version_id, l.station_id FROM public_license AS l WHERE "
POSTED: LiteralString = "(SELECT g.version_id, g.station_id FROM public_gram AS g WHERE "
HEARD: LiteralString = "(SELECT a.version_id, a.station_id FROM public_assignment AS a WHERE "
FOR_EACH: LiteralString = "(SELECT found_there.* FROM unnest({keys}) AS asked ({names}) CROSS JOIN LATERAL "
EACH_BOUND: LiteralString = BOUND + " AS found_there" + BOUND
UNION: LiteralString = " UNION ALL "
EXACT_SIGNS: LiteralString = SIGNED + "l.call_sign_search = ANY(%(call_signs)s::text[])" + BOUND
SIGN_PREFIXES: LiteralString = (  # in the order of the index, which leaves the planner no other way than the index
    FOR_EACH.format(keys="%(prefixes)s::text[]", names="prefix") + SIGNED + "l.call_sign_search ~>=~ asked.prefix"
    " AND l.call_sign_search ~<~ (asked.prefix || chr(1114111)) ORDER BY l.call_sign_search USING ~<~" + EACH_BOUND
)
SIGN_PARTS: LiteralString = SIGNED + "l.call_sign_search LIKE %(longest_part)s" + BOUND
HELD: LiteralString = SIGNED + "l.public_licensee_id = ANY(%(licensee_ids)s::uuid[])" + BOUND
RAREST_GRAM: LiteralString = (
    POSTED + "g.gram = (SELECT asked.gram FROM unnest(%(grams)s::text[]) AS asked (gram)"
    " ORDER BY (SELECT count(*) FROM (SELECT FROM public_gram AS o WHERE o.gram = asked.gram" + BOUND + " AS kept) LIMIT 1)" + BOUND
)
GRAM: LiteralString = POSTED + "g.gram = ANY(%(grams)s::text[])" + BOUND
CHARACTER: LiteralString = POSTED + "g.gram >= %(gram)s AND g.gram < %(gram)s || chr(1114111)" + BOUND
POINTS: LiteralString = "a.frequency_low = a.frequency_high AND "
BANDS: LiteralString = "a.frequency_low < a.frequency_high AND "
POINT_FROM: LiteralString = "a.frequency_low >= %(frequency_from)s::bigint"
BAND_FROM: LiteralString = conditions.LINES["frequency_from"]
THERE: LiteralString = "a.station_class = asked.k0 AND a.prefecture = asked.k1 AND "
EMISSIONS: LiteralString = UNION.join(
    (
        HEARD + "a.emission = ANY(%(emissions)s::text[])" + BOUND,
        HEARD + "a.bundle = ANY(%(emissions)s::text[])" + BOUND,
        HEARD + "a.emission_class = ANY(%(emissions)s::text[])" + BOUND,
    )
)
FACET: LiteralString = FOR_EACH + SIGNED + "{matched} ORDER BY l.station_id" + EACH_BOUND


class Source(NamedTuple):
    """A query for candidates and the values that it binds; `by_range` where they are all that use a range of frequencies.

    It gives their version and station.
    """

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
    yield from _frequency_sources(criteria, common=common)
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
    in_order = len(names) == 1 and by_id and (streams.in_few_places(criteria) is not None or not streams.narrow(criteria))
    if criteria.licensees and not names:
        yield Source(GRAM, {"grams": []})  # white space is in no name
    elif len(names) == 1 and shortest > 2:
        yield Source(RAREST_GRAM, {"grams": query_grams(names[0])[:8]})
    elif len(names) == 1 and shortest == 1:
        yield Source(CHARACTER, {"gram": names[0]})
    elif shortest >= 2 and not in_order:
        yield Source(GRAM, {"grams": [query_grams(name)[0] for name in names]})


def _frequency_sources(criteria: Criteria, *, common: bool) -> Iterator[Source]:
    places = streams.in_few_places(criteria)
    if criteria.asks_frequencies and places is not None:
        parts, given = streams.keyed(*places)
        yield Source(_frequencies_there(criteria).format(**parts), given)
    elif criteria.asks_frequencies and not common:
        yield Source(_frequencies(criteria), {}, by_range=True)


def _frequencies(criteria: Criteria) -> LiteralString:
    return HEARD + POINTS + _within(criteria, POINT_FROM) + BOUND + UNION + HEARD + BANDS + _within(criteria, BAND_FROM) + BOUND


def _frequencies_there(criteria: Criteria) -> LiteralString:
    """The same, of the classes in the prefectures asked for."""
    points = FOR_EACH + HEARD + THERE + POINTS + _within(criteria, POINT_FROM) + EACH_BOUND
    bands = FOR_EACH + HEARD + THERE + BANDS + _within(criteria, BAND_FROM) + EACH_BOUND
    return points + UNION + bands


def _within(criteria: Criteria, above: LiteralString) -> LiteralString:
    asked: list[LiteralString] = []
    if criteria.frequency_from is not None:
        asked.append(above)
    if criteria.frequency_to is not None:
        asked.append(conditions.LINES["frequency_to"])
    return conditions.all_of(asked)
