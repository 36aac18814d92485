"""How each act changes what is believed of a station. Pure: versions in, versions out.

A belief is the list of a station's versions in the order of the days that they hold for; no two hold for the same day. An
act gives the new belief; versions that it keeps are the same objects, versions that it makes have new ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

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


def stands(version: License, on: date) -> bool:
    """Whether the last or first version that is published stands for a day: that it holds, has run to the end of its term, or begins one.

    Else what is withheld follows or goes before it in its term, and stands for the day.
    """
    if on > version.holds_to:
        return version.holds_to >= version.valid_to
    return on >= version.holds_from or version.holds_from <= version.valid_from


def status_on(version: License, on: date) -> Status:
    """The status of a license on a day for which this version of it stands."""
    return status(on=on, valid_from=version.valid_from, valid_to=version.valid_to, ended_on=version.ended_on, suspended=version.suspended)


def ended(belief: Sequence[License], *, ends_on: date, kind: str) -> Belief:
    """The belief after the license ends: no version holds on `ends_on` or later, and no term claims these days.

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
    last = replace(
        kept[-1],
        version_id=identifiers.new_id(),
        holds_to=min(kept[-1].holds_to, last_day),  # earlier than the end where that falls between two terms
        valid_to=min(kept[-1].valid_to, last_day),
        ended_on=ends_on,
        end_kind=kind,
    )
    return [*kept[:-1], last]


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
