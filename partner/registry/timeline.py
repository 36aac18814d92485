"""How each act changes what is believed of a station. Pure: versions in, versions out.

A belief is the list of a station's versions in the order of the days that they hold for; no two hold for the same day. An
act gives the new belief; versions that it keeps are the same objects, versions that it makes have new ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from partner import identifiers
from partner.errors import Conflict, Invalid, Text
from partner.registry.facts import License
from partner.registry.status import Status, status

Belief = list[License]
ONE_DAY = timedelta(days=1)


def standing(belief: Sequence[License], on: date) -> License | None:
    """The version that stands for a day: the one that holds, else the last before it, else the first after it."""
    begun = [version for version in belief if version.holds_from <= on]
    return begun[-1] if begun else next(iter(belief), None)


@dataclass(frozen=True)
class Hidden:
    """What is withheld next to a version that is published: whether the version before it is, and from which day on the one after it."""

    before: bool = False
    from_day: date | None = None


NOTHING_HIDDEN = Hidden()


def hidden_around(belief: Sequence[License], published: Collection[UUID]) -> dict[UUID, Hidden]:
    """What is withheld around each version of a belief, where anything is; `published` has the ids of those that are published.

    A version that is withheld stands for its days like any other: the public register shows nothing then, neither an earlier version
    as expired nor a later one as still to come.
    """
    found: dict[UUID, Hidden] = {}
    for before, after in pairwise(belief):
        if after.version_id not in published:
            found[before.version_id] = replace(found.get(before.version_id, NOTHING_HIDDEN), from_day=after.holds_from)
        if before.version_id not in published:
            found[after.version_id] = Hidden(before=True)
    return found


def status_on(version: License, on: date) -> Status:
    """The status of a license on a day for which this version of it stands."""
    return status(on=on, valid_from=version.valid_from, valid_to=version.valid_to, ended_on=version.ended_on, suspended=version.suspended)


def ended(belief: Sequence[License], *, ends_on: date, kind: str) -> Belief:
    """The belief after the license ends: no version holds on `ends_on` or later, and no term claims these days.

    Every version of the term that is cut short says so: whoever asks about an earlier day of it learns what is known now.

    A license that ends on its first day was never in force; its one version stands for that day, with the status `ended`.
    Raises Conflict when it has ended already, and Invalid when the day lies outside the term.
    """
    _refuse_ended(belief)
    if not belief or not belief[0].holds_from <= ends_on <= belief[-1].holds_to:
        raise Invalid(
            "outside_term", Text("廃止の日が免許の有効期間内にありません。", "The day of ending lies outside the term of the license.")
        )
    kept = [version for version in belief if version.holds_from < ends_on] or list(belief[:1])
    last_day = max(ends_on - ONE_DAY, kept[-1].holds_from)
    kept = [_over_by(version, last_day) for version in kept]
    term = kept[-1].valid_from
    kept = [
        replace(one, version_id=identifiers.new_id(), ended_on=ends_on, end_kind=kind) if one.valid_from == term else one for one in kept
    ]
    holds_to = min(kept[-1].holds_to, last_day)  # earlier than the end where that falls between two terms
    return [*kept[:-1], replace(kept[-1], holds_to=holds_to)]


def _over_by(version: License, last_day: date) -> License:
    """The version with a term that does not go beyond a day."""
    return version if version.valid_to <= last_day else replace(version, version_id=identifiers.new_id(), valid_to=last_day)


def renewed(belief: Sequence[License], version: License) -> Belief:
    """The belief with a new term after the present one. Raises Conflict when it has ended or the terms overlap."""
    _refuse_ended(belief)
    if belief and version.holds_from <= belief[-1].holds_to:
        raise Conflict("term_overlaps", Text("新しい有効期間が現在の期間と重なります。", "The new term overlaps the present one."))
    return [*belief, version]


def changed(belief: Sequence[License], first: date, last: date | None, change: Callable[[License], License]) -> Belief:
    """The belief with `change` made to what holds from `first` to `last` (None: to the end); versions are split where needed.

    Raises Invalid when no version holds on any of these days.
    """
    found: Belief = []
    touched = False
    for version in belief:
        begin, end = max(version.holds_from, first), min(version.holds_to, last or version.holds_to)
        if begin > end:
            found.append(version)
            continue
        touched = True
        if version.holds_from < begin:
            found.append(replace(version, version_id=identifiers.new_id(), holds_to=begin - ONE_DAY))
        found.append(change(replace(version, version_id=identifiers.new_id(), holds_from=begin, holds_to=end)))
        if end < version.holds_to:
            found.append(replace(version, version_id=identifiers.new_id(), holds_from=end + ONE_DAY))
    if not touched:
        raise Invalid("outside_term", Text("その日に有効な免許がありません。", "No license holds on these days."))
    return found


def _refuse_ended(belief: Sequence[License]) -> None:
    if belief and belief[-1].ended_on is not None:
        raise Conflict("license_ended", Text("免許は既に効力を失っています。", "The license has ended already."))
