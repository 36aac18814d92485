"""The indexes that have the stations of a class, a place, a licensee … in the order of their ids, and which of them a search may use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from partner.registry import conditions
from partner.registry.conditions import Values
from partner.registry.criteria import Criteria

Key = tuple[str, ...]
Streams = tuple[str, list[Key]]
MOST = 300
FEW_PLACES = 20
STREAMS: dict[str, tuple[LiteralString, ...]] = {
    "municipality": ("l.municipality",),
    "nearby": ("l.municipality",),
    "licensee": ("l.public_licensee_id",),
    "class and prefecture": ("l.station_class", "l.prefecture"),
    "prefecture": ("l.prefecture",),
    "standard": ("l.registration_standard",),
    "bureau": ("l.bureau",),
    "class": ("l.station_class",),
}
POSTED: tuple[LiteralString, ...] = ("g.station_class", "g.prefecture")
NARROW = frozenset({"municipality", "nearby", "licensee", "class and prefecture"})
IMPLIED: dict[str, frozenset[str]] = {
    "municipality": frozenset({"municipalities"}),
    "nearby": frozenset({"nearby"}),
    "licensee": frozenset({"licensee_ids"}),
    "class and prefecture": frozenset({"station_classes", "prefectures"}),
    "prefecture": frozenset({"prefectures"}),
    "standard": frozenset({"standards"}),
    "bureau": frozenset({"bureaus"}),
    "class": frozenset({"station_classes"}),
}
KEYS: tuple[tuple[LiteralString, LiteralString, LiteralString], ...] = (("key_0", "%(key_0)s", "k0"), ("key_1", "%(key_1)s", "k1"))


def of(criteria: Criteria) -> Streams | None:
    """The narrowest index that has the stations in order for each value asked for, and these values."""
    if criteria.municipalities:
        return "municipality", _keys(criteria.municipalities)
    if criteria.nearby is not None:  # a circle may hold no municipality: then there is nothing to read
        return "nearby", _keys(criteria.nearby)
    if criteria.licensee_ids:
        return "licensee", _keys(map(str, criteria.licensee_ids))
    if criteria.station_classes and criteria.prefectures:
        pairs = ((one, place) for one in criteria.station_classes for place in criteria.prefectures)
        return "class and prefecture", list(dict.fromkeys(pairs))
    lists = {
        "prefecture": criteria.prefectures,
        "standard": criteria.standards,
        "bureau": criteria.bureaus,
        "class": criteria.station_classes,
    }
    return next(((name, _keys(asked)) for name, asked in lists.items() if asked), None)


def _keys(values: Iterable[str]) -> list[Key]:
    return [(value,) for value in dict.fromkeys(values)]  # each once: a stream that is read twice gives its stations twice


def keyed(name: str, keys: list[Key], *, postings: bool = False) -> tuple[dict[str, LiteralString], Values]:
    """How a statement goes through many keys of an index, of stations or of the postings of names, and the keys."""
    columns = POSTED if postings else STREAMS[name]
    places = range(len(columns))
    kind: LiteralString = "uuid" if name == "licensee" else "text"
    comma: LiteralString = ", "
    arrays: list[LiteralString] = [KEYS[place][1] + "::" + kind + "[]" for place in places]
    named: list[LiteralString] = [KEYS[place][2] for place in places]
    same: list[LiteralString] = [columns[place] + " = asked." + KEYS[place][2] for place in places]
    parts = {"keys": comma.join(arrays), "names": comma.join(named), "matched": conditions.all_of(same)}
    return parts, {KEYS[place][0]: [key[place] for key in keys] for place in places}


def narrow(criteria: Criteria) -> bool:
    """Whether an index other than that of names has few of the stations asked for in order."""
    found = of(criteria)
    return found is not None and found[0] in NARROW and len(found[1]) <= FEW_PLACES


def in_few_places(criteria: Criteria) -> Streams | None:
    """The classes and prefectures asked for, where names and frequencies have an index of their own by both; None for anything else."""
    found = of(criteria)
    return found if found is not None and found[0] == "class and prefecture" and len(found[1]) <= FEW_PLACES else None
