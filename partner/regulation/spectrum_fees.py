"""The spectrum user fee (電波利用料, 電波法103条の2): what each year of a license costs, by category of station.

A table lists its lines in the order in which they are tried: the first that fits decides, so that a line need not say what those above it
have taken. A line fits, does not fit, or may fit, where the record does not say what it asks for. Where several may decide and ask for
different amounts, none is given: nobody is charged on a guess. What is not confirmed is an estimate, and never a demand for money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from partner.errors import Text
from partner.regulation.provisions import Citations, Provision, Refers, Strict, Version, Words
from partner.regulation.reading import Reader
from partner.regulation.spectrum_bands import Grant, SeveralBands, Use
from partner.regulation.spectrum_years import MONTHS, Annual, Number, Period, Year, counted_periods, periods

FOLDER = "spectrum-fees"

Hertz = Annotated[int, Field(ge=0)]
Watts = Annotated[Decimal, Field(ge=0)]
StationClass = Annotated[str, Refers("codes/station-classes")]
Purpose = Annotated[str, Refers("codes/purposes")]
Truth = bool | None
"""None: the record does not say."""


class Range(Strict):
    """Frequencies or a width in Hz: above one value, up to another (included)."""

    above: Hertz | None = None
    up_to: Hertz | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.above is None and self.up_to is None:
            raise ValueError("a range has 'above' or 'up_to'")
        if self.above is not None and self.up_to is not None and self.above >= self.up_to:
            raise ValueError("'above' is below 'up_to'")
        return self

    def beyond(self, value: int) -> int:
        """Tell where a value lies: -1 below the range, 0 in it, 1 above it."""
        if self.above is not None and value <= self.above:
            return -1
        return 1 if self.up_to is not None and value > self.up_to else 0


class Powers(Strict):
    """Antenna power in W; each bound is used as the statute words it (以上, 超える, 以下, 未満)."""

    at_least: Watts | None = None
    above: Watts | None = None
    up_to: Watts | None = None
    below: Watts | None = None

    def holds(self, power: Decimal) -> bool:
        """Whether a power lies within."""
        enough = (self.at_least is None or power >= self.at_least) and (self.above is None or power > self.above)
        return enough and (self.up_to is None or power <= self.up_to) and (self.below is None or power < self.below)


class Doubtful(Strict):
    """What may be unconfirmed; then `why` says so."""

    confirmed: bool = True
    why: str | None = None

    @model_validator(mode="after")
    def _doubt_is_explained(self) -> Self:
        if not self.confirmed and not self.why:
            raise ValueError("confirmed: false needs 'why'")
        return self


class Category(Doubtful):
    """A category of stations (無線局の区分), and where it stands; `grants` tells under what kind of license they are opened."""

    title: Words
    item: str = Field(min_length=1)
    grants: tuple[Grant, ...] = Field(("single",), min_length=1)
    station_classes: tuple[StationClass, ...] = ()
    moves: bool | None = None


class Line(Doubtful):
    """One line of the table: whom of a category it concerns, and what they pay for a year.

    `lowest`: of a station in several bands, the lowest one counts (別表第六備考); without it such a station is not told apart.
    `region` is 第一地域 to 第四地域, `carrier_sense` the function that listens before it transmits, `wide_area` whether the station or its
    partner uses frequencies that one licensee has over a wide area to itself (広域専用電波, 電波法103条の2第2項).
    """

    category: str
    yen: int = Field(ge=0)
    station_classes: tuple[StationClass, ...] = ()
    frequency: Range | None = None
    lowest: bool = False
    width: Range | None = None
    power_w: Powers | None = None
    region: int | None = Field(None, ge=1, le=4)
    prefectures: tuple[Annotated[str, Refers("codes/prefectures")], ...] = ()
    elsewhere_than: tuple[Annotated[str, Refers("codes/prefectures")], ...] = ()
    broadcast_kinds: tuple[Annotated[str, Refers("codes/broadcast-kinds")], ...] = ()
    purposes: tuple[Purpose, ...] = ()
    carrier_sense: bool | None = None
    wide_area: bool | None = None


class Relief(Doubtful):
    """Who pays a part only: `share` is what is paid of the amount. `wholly`: all purposes are among those named, else one of them is."""

    title: Words
    share: Annotated[Decimal, Field(ge=0, lt=1)]
    applicant_kinds: tuple[Annotated[str, Refers("codes/applicant-kinds")], ...] = Field(min_length=1)
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    wholly: bool = False
    cites: Citations

    def concerns(self, use: Use) -> bool:
        """Whether it is for this station."""
        named = [purpose in self.purposes for purpose in use.purposes]
        return use.licensee_kind in self.applicant_kinds and (bool(named) and all(named) if self.wholly else any(named))


class FeeList(Strict):
    """What the table says from one day on; of the reliefs the first that concerns a station counts."""

    categories: Mapping[str, Category]
    lines: tuple[Line, ...] = Field(min_length=1)
    several_bands: SeveralBands | None = None
    reliefs: tuple[Relief, ...] = ()

    @model_validator(mode="after")
    def _categories_are_there(self) -> FeeList:
        together = () if self.several_bands is None else self.several_bands.together
        if unknown := sorted({*(line.category for line in self.lines), *together} - set(self.categories)):
            raise ValueError(f"there is no category {', '.join(unknown)}")
        return self


class SpectrumFeeTable(Provision[FeeList]):
    """The table and its history. The amount of a year is that of the law of its first day."""


NOT_IN_TABLE = Text("この区分の額は確認できていません。", "No amount for stations of this kind is confirmed.")
NO_LAW = Text("この日の額は分かっていません。", "No amounts of that day are known.")
UNDECIDED = Text("記録からは区分が決まりません（{}のいずれか）。", "The record does not decide between several lines of the table ({}).")
A_FRACTION = Text(
    "1円未満の端数の扱いは確認できていません。", "What becomes of a fraction of a yen is not confirmed: this is rounded down."
)


@dataclass(frozen=True)
class SpectrumFees:
    """The table of annual amounts."""

    table: SpectrumFeeTable

    def annual(self, use: Use, *, on: date) -> Annual:
        """Tell what a whole year that begins on a day costs."""
        version = self.table.on(on)
        if version is None or version.value is None:
            return Annual(None, confirmed=False, label=self._title, citation="", why=NO_LAW)
        relief = next((one for one in version.value.reliefs if one.concerns(use)), None)
        if relief is not None and relief.share == 0:
            return Annual(0, relief.confirmed and version.certain, relief.title, "・".join(relief.cites), _reason(relief.why))
        whole = self._whole(use, version)
        return whole if relief is None or whole.amount_yen is None else _relieved(whole, relief)

    @property
    def _title(self) -> Text:
        return self.table.title

    def _whole(self, use: Use, version: Version[FeeList]) -> Annual:
        assert version.value is not None  # noqa: S101 - whoever calls has looked
        rule = version.value.several_bands
        if rule is None:
            return self._of_one_band(use, version)
        low, high = rule.counted(use)
        annual = self._of_one_band(low, version)
        if low != use:
            annual = replace(annual, citation="・".join([annual.citation, *rule.cites]))
        concerned = {name for name in rule.together if _concerns(version.value.categories[name], use)}
        first = next((line.category for line in version.value.lines if _concerns(version.value.categories[line.category], use)), None)
        return annual if high is None or first not in concerned else _together(annual, self._of_one_band(high, version), rule)

    def _of_one_band(self, use: Use, version: Version[FeeList]) -> Annual:
        assert version.value is not None  # noqa: S101 - whoever calls has looked
        possible, decided = _possible(version.value, use)
        if not decided:
            return Annual(None, confirmed=False, label=self._title, citation=version.citation, why=NOT_IN_TABLE)
        categories = list({line.category: version.value.categories[line.category] for line in possible}.values())
        label = categories[0].title if len(categories) == 1 else self._title
        citation = "・".join(dict.fromkeys([*version.cites, *(one.item for one in categories)]))
        if len({line.yen for line in possible}) > 1:
            amounts = "・".join(f"{yen:,}" for yen in sorted({line.yen for line in possible}))
            why = Text(UNDECIDED.ja.format(amounts), UNDECIDED.en.format(amounts))
            return Annual(None, confirmed=False, label=label, citation=citation, why=why)
        doubts = [one.why for one in (*possible, *categories) if not one.confirmed]
        certain = version.certain and not doubts
        return Annual(possible[0].yen, certain, label, citation, None if certain else _reason(version.why or next(iter(doubts), None)))

    def years(self, use: Use, *, licensed_on: date, valid_to: date, until: date = date.max) -> list[Year]:
        """Every year of a term that begins up to a day, from the date of the license to its last day (法103条の2第1項)."""
        return [_charged(self.annual(use, on=year.law_of), year) for year in periods(licensed_on, valid_to, until=until)]

    def counted(self, use: Use, *, licensed_on: date, valid_to: date, until: date, number: Number) -> list[Year]:
        """Every year of a license of several stations that begins up to a day, by how many are open, and what grew (同条5項, 6項)."""
        found = counted_periods(licensed_on, valid_to, until=until, number=number)
        return [_charged(self.annual(use, on=period.law_of), period) for period in found]


def _charged(annual: Annual, period: Period) -> Year:
    """What is charged for a period; a fraction of a yen makes it an estimate."""
    if annual.amount_yen is None or period.stations is None:
        return Year(period, annual, None, confirmed=False)
    amount, fraction = divmod(annual.amount_yen * period.stations * period.months, MONTHS)
    if fraction and annual.confirmed:
        annual = replace(annual, why=A_FRACTION)
    return Year(period, annual, amount, confirmed=annual.confirmed and not fraction)


def _possible(listed: FeeList, use: Use) -> tuple[list[Line], bool]:
    """The lines that may decide, and whether the last of them surely does."""
    possible = []
    for line in listed.lines:
        if not _concerns(listed.categories[line.category], use):
            continue
        fits = _all(test(line, use) for test in TESTS)
        if fits is not False:
            possible.append(line)
        if fits:
            return possible, True
    return possible, False


def _concerns(category: Category, use: Use) -> bool:
    named = not category.station_classes or use.station_class in category.station_classes
    return use.grant in category.grants and named and category.moves in (None, use.moves)


def _all(parts: Iterator[Truth]) -> Truth:
    """False where one is false, else None where one is not known."""
    known: Truth = True
    for part in parts:
        if part is False:
            return False
        known = None if part is None else known
    return known


def _class(line: Line, use: Use) -> Truth:
    return not line.station_classes or use.station_class in line.station_classes


def _band(line: Line, use: Use) -> Truth:
    if line.frequency is None:
        return True
    if not use.frequencies_hz:
        return None
    places = {line.frequency.beyond(value) for ends in use.frequencies_hz for value in ends}
    if 0 not in places:
        return False if len(places) == 1 else None
    if places == {0}:
        return True
    if line.lowest:
        return -1 not in places
    return None


def _width(line: Line, use: Use) -> Truth:
    if line.width is None:
        return True
    if use.widest_hz is None or use.width_hz is None:
        return None
    places = {line.width.beyond(use.widest_hz), line.width.beyond(use.width_hz)}
    return True if places == {0} else (False if len(places) == 1 else None)


def _power(line: Line, use: Use) -> Truth:
    if line.power_w is None:
        return True
    return None if use.power_w is None else line.power_w.holds(use.power_w)


def _place(line: Line, use: Use) -> Truth:
    region = True if line.region is None else (None if use.region is None else use.region == line.region)
    named: Truth = True
    if line.prefectures or line.elsewhere_than:
        listed = use.prefecture in line.prefectures if line.prefectures else use.prefecture not in line.elsewhere_than
        named = None if use.prefecture is None else listed
    return _all(iter((region, named)))


def _service(line: Line, use: Use) -> Truth:
    kind: Truth = True
    if line.broadcast_kinds:
        kind = None if use.broadcast_kind is None else use.broadcast_kind in line.broadcast_kinds
    purpose: Truth = True
    if line.purposes:
        purpose = any(one in line.purposes for one in use.purposes) if use.purposes else None
    return _all(iter((kind, purpose, _agrees(line.carrier_sense, use.carrier_sense), _agrees(line.wide_area, use.wide_area))))


def _agrees(asked: bool | None, told: Truth) -> Truth:
    return True if asked is None else (None if told is None else told == asked)


TESTS: tuple[Callable[[Line, Use], Truth], ...] = (_class, _band, _width, _power, _place, _service)


def _together(low: Annual, high: Annual, rule: SeveralBands) -> Annual:
    """What both bands cost apart, less what the rule says; nothing where one of them is not told."""
    if low.amount_yen is None or high.amount_yen is None:
        return low if low.amount_yen is None else replace(high, label=low.label, citation=low.citation)
    amount = low.amount_yen + high.amount_yen - rule.less_yen
    return replace(low, amount_yen=amount, confirmed=low.confirmed and high.confirmed, why=low.why or high.why)


def _relieved(whole: Annual, relief: Relief) -> Annual:
    assert whole.amount_yen is not None  # noqa: S101 - whoever calls has looked
    part = whole.amount_yen * relief.share
    confirmed = whole.confirmed and relief.confirmed and part == int(part)
    label = Text(f"{whole.label.ja}（{relief.title.ja}）", f"{whole.label.en} ({relief.title.en})")
    why = whole.why or _reason(relief.why) or (A_FRACTION if part != int(part) else None)
    return Annual(int(part), confirmed, label, "・".join([whole.citation, *relief.cites]), None if confirmed else why)


def _reason(words: str | None) -> Text | None:
    return None if words is None else Text(words, words)


def read(reader: Reader) -> SpectrumFees | None:
    """Read the table; None when it is not in order, which is reported."""
    found = reader.single(FOLDER, SpectrumFeeTable)
    return None if found is None else SpectrumFees(found[1])
