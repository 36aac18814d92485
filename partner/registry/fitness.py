"""What can stand on a license record at all, checked at the door of the register, in words that name the field.

The database refuses the same; here it is said so that whoever prepares a decision can mend it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from partner.errors import FieldError, Invalid, Text
from partner.registry.facts import AssignmentFacts, LicenseFacts
from partner.registry.values import HIGHEST_HZ

MUNICIPALITY = re.compile(r"[0-9]{5}")
HIGHEST_COUNT = 1_000_000


def check(facts: LicenseFacts) -> None:
    """Refuse what no license can say. Raises Invalid (`not_recordable`); its fields are JSON Pointers into the facts."""
    errors = [*_whole(facts), *(error for index, line in enumerate(facts.assignments) for error in _assignment(line, index))]
    if errors:
        message = Text("免許の記録に書けない記載があります。", "Some of it cannot stand on a license record.")
        raise Invalid("not_recordable", message, errors=errors)


def is_municipality(text: str) -> bool:
    """Whether text has the form of a code of 全国地方公共団体コード without its check digit."""
    return MUNICIPALITY.fullmatch(text) is not None


def municipality_error(field: str, code: str) -> FieldError:
    """The words for a municipality that is no code."""
    message = Text(f"市区町村「{code}」は5桁の符号ではありません。", f"The municipality '{code}' is no code of five digits.")
    return FieldError(field, "invalid", message)


def _whole(facts: LicenseFacts) -> Iterator[FieldError]:
    if facts.municipality is not None and not is_municipality(facts.municipality):
        yield municipality_error("/municipality", facts.municipality)
    if not 1 <= facts.station_count <= HIGHEST_COUNT:
        message = Text(f"無線局の数「{facts.station_count}」は記録できません。", f"{facts.station_count} stations cannot be recorded.")
        yield FieldError("/station_count", "out_of_range", message)


def _assignment(line: AssignmentFacts, index: int) -> Iterator[FieldError]:
    place = f"/assignments/{index}"
    if line.emission is None and line.bundle is None and line.frequency_hz is None:
        yield FieldError(place, "required", Text("電波の型式も周波数もありません。", "It names neither an emission nor a frequency."))
    if line.frequency_hz is not None and not 0 < line.frequency_hz <= HIGHEST_HZ:
        words = Text(f"周波数「{line.frequency_hz}」Hzは電波の範囲にありません。", f"{line.frequency_hz} Hz is no radio frequency.")
        yield FieldError(f"{place}/frequency_hz", "out_of_range", words)
    if line.frequency_to_hz is not None and not (line.frequency_hz or HIGHEST_HZ + 1) <= line.frequency_to_hz <= HIGHEST_HZ:
        words = Text(
            "周波数の上端が下端より低いか、下端がありません。", "The upper end of the range lies below its lower end, or has none."
        )
        yield FieldError(f"{place}/frequency_to_hz", "out_of_range", words)
    if line.power_w is not None and not (line.power_w.is_finite() and line.power_w > 0):
        words = Text("空中線電力は正の数でなければなりません。", "The power must be a positive number.")
        yield FieldError(f"{place}/power_w", "out_of_range", words)
