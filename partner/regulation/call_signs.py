"""Call signs of amateur stations (`regulation/call-signs/`): the blocks of each bureau, which of them is issued now, and the suffixes.

Blocks (`blocks.csv`) are whole ranges of suffixes; the dated provisions say who gets which suffixes, which blocks a bureau issues now,
and how long a sign stays reserved for its last holder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import ascii_uppercase
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from partner.regulation.months import ONE_DAY, last_day_of_period
from partner.regulation.reading import Citations, Provision, Reader, Refers, Row, Source, Strict

FOLDER = "call-signs"
COLUMNS = ("bureau", "prefix", "suffix_from", "suffix_to", "issue_order", "use", "note")

Suffix = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}[0-9]$")]


class SuffixRange(Strict):
    """Suffixes from the first to the last, both included."""

    first: Suffix
    last: Suffix

    @model_validator(mode="after")
    def _in_order(self) -> SuffixRange:
        if len(self.first) != len(self.last) or self.first > self.last:
            raise ValueError("'first' and 'last' are of one length, in order")
        return self

    def holds(self, suffix: str) -> bool:
        """Tell whether a suffix lies in the range."""
        return len(suffix) == len(self.first) and self.first <= suffix <= self.last

    def suffixes(self, start: str = "") -> Iterator[str]:
        """Give the suffixes of the range in alphabetical order, those before `start` left out."""
        first = start if self.holds(start) else self.first
        if start <= self.last:
            for number in range(_number(first), _number(self.last) + 1):
                yield _letters(number, len(self.first))


def _number(suffix: str) -> int:
    number = 0
    for letter in suffix:
        number = number * 26 + ascii_uppercase.index(letter)
    return number


def _letters(number: int, length: int) -> str:
    letters = ""
    for _position in range(length):
        number, letter = divmod(number, 26)
        letters = ascii_uppercase[letter] + letters
    return letters


class SuffixRule(Strict):
    """Which suffixes are allocated to persons, and which to clubs; others are not allocated to newcomers."""

    individual: tuple[SuffixRange, ...] = Field(min_length=1)
    club: tuple[SuffixRange, ...] = Field(min_length=1)


class ReservationRule(Strict):
    """For how long a sign is kept for its last holder after the end of the license."""

    months: int = Field(ge=1)


class Issue(Strict):
    """The prefixes that a bureau issues, present one first, and the suffix at which the present one stands."""

    prefixes: tuple[Prefix, ...] = Field(min_length=1)
    from_suffix: Suffix | None = None
    confirmed: bool = True


class IssuingRule(Strict):
    """What each bureau issues now."""

    bureaus: dict[str, Issue]


class CallSignFile(Strict):
    """The one file of call-sign rules."""

    blocks: str
    blocks_cite: Citations
    suffixes: Provision[SuffixRule]
    reservation: Provision[ReservationRule]
    issuing: Provision[IssuingRule]
    remote_area: dict[str, tuple[Annotated[str, Refers("codes/municipalities")], ...]]
    """Prefixes that are for stations in some municipalities only (JD1: Ogasawara)."""


@dataclass(frozen=True)
class Block:
    """A range of call signs of a bureau. `use`: newcomers, historic (never issued anew) or area (only for some municipalities)."""

    bureau: str
    prefix: str
    range: SuffixRange
    issue_order: int
    use: str


@dataclass(frozen=True)
class CallSignRules:
    """The rules by which amateur call signs are allocated."""

    blocks: tuple[Block, ...]
    suffixes: Provision[SuffixRule]
    reservation: Provision[ReservationRule]
    issuing: Provision[IssuingRule]
    remote_area: Mapping[str, tuple[str, ...]]

    @cached_property
    def _by_prefix(self) -> dict[str, tuple[Block, ...]]:
        prefixes: dict[str, tuple[Block, ...]] = {}
        for block in self.blocks:
            prefixes[block.prefix] = (*prefixes.get(block.prefix, ()), block)
        return prefixes

    def block_of(self, call_sign: str) -> Block | None:
        """Find the block in which a call sign lies; None for signs outside (legacy, special events, other services)."""
        prefix, suffix = call_sign[:3], call_sign[3:]
        return next((block for block in self._by_prefix.get(prefix, ()) if block.range.holds(suffix)), None)

    def reserved_until(self, ended_on: date) -> date:
        """Tell the last day on which a sign is reserved for its last holder, whose license was valid through `ended_on`."""
        return last_day_of_period(ended_on + ONE_DAY, months=self.reservation.rule(ended_on).months)

    def ranges(self, *, club: bool, on: date) -> tuple[SuffixRange, ...]:
        """Give the suffixes that are allocated to persons, or to clubs."""
        rule = self.suffixes.rule(on)
        return rule.club if club else rule.individual

    def issue(self, bureau: str, on: date) -> Issue:
        """Tell what a bureau issues now."""
        return self.issuing.rule(on).bureaus[bureau]

    def allocatable(self, call_sign: str, *, bureau: str, club: bool, on: date) -> bool:
        """Tell whether a bureau may allocate this sign to a newcomer."""
        block = self.block_of(call_sign)
        if block is None or block.bureau != bureau or block.use != "newcomers":
            return False
        return any(suffixes.holds(call_sign[3:]) for suffixes in self.ranges(club=club, on=on))

    def candidates(self, bureau: str, *, club: bool, on: date) -> Iterator[str]:
        """Give the signs that a bureau may allocate to a newcomer, in the order in which it issues them.

        First the present prefix from where it stands, then the following ones, then the bureau's other blocks in their order.
        """
        issue = self.issue(bureau, on)
        ranges = self.ranges(club=club, on=on)
        for position, prefix in enumerate(self._prefixes(bureau, issue)):
            start = issue.from_suffix if position == 0 and issue.from_suffix is not None and not club else ""
            for suffix in (suffix for suffixes in ranges for suffix in suffixes.suffixes(start)):
                block = self.block_of(prefix + suffix)
                if block is not None and block.bureau == bureau and block.use == "newcomers":
                    yield prefix + suffix

    def _prefixes(self, bureau: str, issue: Issue) -> Iterator[str]:
        ordered = sorted(self.blocks, key=lambda block: block.issue_order)
        others = dict.fromkeys(block.prefix for block in ordered if block.bureau == bureau and block.use == "newcomers")
        yield from dict.fromkeys([*issue.prefixes, *others])


def read(reader: Reader) -> CallSignRules | None:
    """Read the one file of call-sign rules; None when it cannot be read (and is reported)."""
    single = reader.single(FOLDER, CallSignFile)
    if single is None:
        return None
    source, parsed = single
    blocks = tuple(_blocks(reader, source, parsed))
    _check_issuing(reader, source, parsed, blocks)
    return CallSignRules(blocks, parsed.suffixes, parsed.reservation, parsed.issuing, parsed.remote_area)


def _blocks(reader: Reader, source: Source, parsed: CallSignFile) -> Iterator[Block]:
    file = f"{source.name.rpartition('/')[0]}/{parsed.blocks}"
    for row in reader.rows(source, parsed.blocks, COLUMNS):
        reader.define_at("call-sign blocks", f"{row.cells['prefix']}{row.cells['suffix_from']}", file, row.line)
        block = _block(row)
        if block is None or block.use not in {"newcomers", "historic", "area"}:
            reader.reject_at(file, row.line, "not a block of call signs")
        else:
            reader.refer("codes/bureaus", block.bureau, source, source.line(("blocks",)))
            yield block


def _block(row: Row) -> Block | None:
    cells = row.cells
    try:
        suffixes = SuffixRange(first=cells["suffix_from"], last=cells["suffix_to"])
        return Block(cells["bureau"], cells["prefix"], suffixes, int(cells["issue_order"]), cells["use"])
    except ValueError:
        return None


def _check_issuing(reader: Reader, source: Source, parsed: CallSignFile, blocks: tuple[Block, ...]) -> None:
    """Refuse a prefix that the bureau has no block of for newcomers."""
    usable = {(block.bureau, block.prefix) for block in blocks if block.use == "newcomers"}
    for index, version in enumerate(parsed.issuing.versions):
        for bureau, issue in (version.value.bureaus if version.value is not None else {}).items():
            for position, prefix in enumerate(issue.prefixes):
                if (bureau, prefix) not in usable:
                    place = ("issuing", "versions", index, "value", "bureaus", bureau, "prefixes", position)
                    reader.reject(source, f"bureau {bureau} has no block {prefix} for newcomers", *place)
