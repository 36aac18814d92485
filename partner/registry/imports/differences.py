"""What a record changes of a station that is on record already. Pure: a belief and a record in, another belief out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from partner import identifiers
from partner.errors import Conflict, Invalid, Text
from partner.registry import dispositions, timeline
from partner.registry.facts import License, LicenseFacts
from partner.registry.imports.records import StationRecord
from partner.registry.newcomers import Holder
from partner.registry.record_queries import Suspension

WITHHELD = frozenset("*＊")
WITHHELD_FIELDS = ("communication_partner", "identification", "note")


def merged(record: StationRecord, before: LicenseFacts) -> LicenseFacts:
    """The facts on record, with those that the record states; what it withholds is not stated. Raises Invalid for another class."""
    if record.facts.station_class != before.station_class:
        raise Invalid(
            "station_class_changed", Text("無線局の種別は変更できません。", "A station cannot become a station of another class.")
        )
    stated: dict[str, Any] = {name: getattr(record.facts, name) for name in record.stated}
    for name in WITHHELD_FIELDS:
        if name in stated and is_withheld(stated[name]) and getattr(before, name) is not None:
            del stated[name]
    return replace(before, **stated)


def is_withheld(words: str | None) -> bool:
    """Whether words are nothing but a mask."""
    return bool(words) and set(words or "") <= WITHHELD


def is_renewal(record: StationRecord, belief: Sequence[License]) -> bool:
    """Whether a record speaks of a later term than any on record."""
    return record.valid_from > belief[-1].valid_to and record.valid_from > belief[-1].holds_to


def renewed(
    belief: Sequence[License], record: StationRecord, facts: LicenseFacts, holder: Holder, orders: Sequence[Suspension]
) -> list[License]:
    """The belief with the term of the record after those on record, suspended where an order covers it. Raises Conflict."""
    version = _said(belief[-1].for_term(record.valid_from, record.valid_to), record, facts, holder)
    after = timeline.renewed(belief, version)
    new = after[-1:]
    for order in orders:
        if order.first <= version.holds_to and (order.last is None or order.last >= version.holds_from):
            new = timeline.changed(new, order.first, order.last, dispositions.suspended)
    return [*after[:-1], *new]


def corrected(belief: Sequence[License], record: StationRecord, facts: LicenseFacts, holder: Holder) -> list[License]:
    """The belief with the last version, and the dates of its term, as the record has them.

    Raises Conflict: `older_term` when the register knows a later one, `term_overlaps`.
    """
    last = belief[-1]
    if record.valid_to < last.valid_from:
        raise Conflict("older_term", Text("登録には、より新しい免許があります。", "The register has a later term of this license."))
    earlier = [version for version in belief if version.valid_from < last.valid_from]
    term = [_redated(version, record) for version in belief[len(earlier) :]]
    term[0] = replace(term[0], holds_from=record.valid_from)
    term[-1] = replace(_said(term[-1], record, facts, holder), holds_to=record.valid_to)
    after = [*earlier, *term]
    if any(one.holds_to < one.holds_from for one in term) or any(one.holds_to >= other.holds_from for one, other in pairwise(after)):
        raise Conflict("term_overlaps", Text("有効期間が登録の他の期間と重なります。", "The term overlaps others on record."))
    return _with_new_ids(after, belief)


def _said(version: License, record: StationRecord, facts: LicenseFacts, holder: Holder) -> License:
    return replace(
        version,
        facts=facts,
        licensee_id=holder.licensee_id,
        licensee_version_id=holder.version_id,
        licensee=holder.facts,
        license_number=record.license_number or version.license_number,
        call_sign=record.call_sign or version.call_sign,
        licensed_on=record.licensed_on,
        ended_on=record.ended_on,
        end_kind=record.end_kind,
    )


def _redated(version: License, record: StationRecord) -> License:
    return replace(
        version,
        licensed_on=record.licensed_on,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        ended_on=record.ended_on,
        end_kind=record.end_kind,
    )


def _with_new_ids(after: Sequence[License], belief: Sequence[License]) -> list[License]:
    """What is still the same keeps its id; what is not gets a new one."""
    return [new if new == old else replace(new, version_id=identifiers.new_id()) for new, old in zip(after, belief, strict=True)]
