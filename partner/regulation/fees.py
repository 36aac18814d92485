"""Fee tables (`regulation/fees/*.yaml`): what an application or an inspection costs, by power, channel and day.

A table decides by the largest transmitter. What is not confirmed is an estimate, and never a demand for money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from partner.errors import NotFound, Text
from partner.regulation.reading import Citations, Provision, Reader, Refers, Strict, Version

FOLDER = "fees"

Channel = Literal["paper", "electronic"]
Yen = Annotated[int, Field(ge=0)]


class Amounts(Strict):
    """An amount in yen for each channel; absent where none is known."""

    paper: Yen | None = None
    electronic: Yen | None = None

    def of(self, channel: Channel) -> int | None:
        """Give the amount for a channel."""
        return self.paper if channel == "paper" else self.electronic


class Tier(Amounts):
    """The amounts for powers up to a limit (inclusive); the last tier has no limit. Unconfirmed: the last confirmed amounts."""

    up_to_w: Decimal | None = Field(None, gt=0)
    confirmed: bool = True
    why: str | None = None

    @model_validator(mode="after")
    def _doubt_is_explained(self) -> Tier:
        if not self.confirmed and not self.why:
            raise ValueError("confirmed: false needs 'why'")
        return self


def _ascending(tiers: Sequence[Tier], what: str) -> None:
    limits = [tier.up_to_w for tier in tiers]
    if limits[-1] is not None or None in limits[:-1]:
        raise ValueError(f"{what}: the last tier, and only the last, has no up_to_w")
    if any(lower >= upper for lower, upper in pairwise(limit for limit in limits if limit is not None)):
        raise ValueError(f"{what}: up_to_w must ascend")


class Limit(Strict):
    """What an amount does not exceed: `yen`, nor the amount of `tiers` with that of `further` for each other transmitter."""

    yen: Yen
    tiers: tuple[Tier, ...] = Field(min_length=1)
    further: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Limit:
        _ascending(self.tiers, "tiers")
        _ascending(self.further, "further")
        return self


class Devices(Strict):
    """What each device that is inspected adds: a transmitter by its power, another device by that of the largest transmitter."""

    transmitters: tuple[Tier, ...] = Field(min_length=1)
    others: tuple[Tier, ...] = Field(min_length=1)
    at_most: Limit

    @model_validator(mode="after")
    def _in_order(self) -> Devices:
        _ascending(self.transmitters, "transmitters")
        _ascending(self.others, "others")
        return self


class FeeSchedule(Strict):
    """What a table says from one day on.

    `tiers`: by the largest transmitter. `further`: for each other transmitter. `devices`: for each device that is inspected after a
    change. `documents_only`: instead of all that, when documents alone are examined. `certificate`: once with each filing, whatever the
    number of stations.
    """

    tiers: tuple[Tier, ...] = Field(min_length=1)
    further: tuple[Tier, ...] = ()
    devices: Devices | None = None
    documents_only: Amounts | None = None
    certificate: Amounts | None = None

    @model_validator(mode="after")
    def _in_order(self) -> FeeSchedule:
        _ascending(self.tiers, "tiers")
        if self.further:
            _ascending(self.further, "further")
        return self


class Exemption(Strict):
    """Who pays nothing."""

    applicant_kinds: tuple[Annotated[str, Refers("codes/applicant-kinds")], ...] = Field(min_length=1)
    cites: Citations


class Report(Strict):
    """What lets documents alone be examined (法10条2項, 18条2項): the document that is attached, and how long what it says counts."""

    attachment: str = Field(min_length=1)
    window: Annotated[str, Refers("windows")]
    cites: Citations


class FeeTable(Provision[FeeSchedule]):
    """One fee table and its history. `per`: whether the amount is asked for each station of a record, or once for the filing.

    `report`: with what `documents_only` is the amount. `by_class`: the table that takes its place for a class of station.
    """

    kind: Literal["application", "inspection"]
    per: Literal["station", "filing"] = "station"
    exempt: Exemption | None = None
    report: Report | None = None
    by_class: dict[Annotated[str, Refers("codes/station-classes")], Annotated[str, Refers("fees")]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of a bill."""

    label: Text
    amount_yen: int
    citation: str


@dataclass(frozen=True)
class Assessment:
    """What is due. `amount_yen` is None where nothing is known; when not `confirmed` it is an estimate, and no demand."""

    amount_yen: int | None
    confirmed: bool
    lines: tuple[Line, ...] = ()

    @property
    def due_yen(self) -> int:
        """The money that may be demanded: nothing while the amount is not confirmed."""
        return self.amount_yen if self.confirmed and self.amount_yen is not None else 0


Entry = tuple[Text, int | None, bool, int]
"""A line to be: its words, the amount for one in yen, whether that is sure, how many times."""

NOTHING_DUE = Assessment(0, confirmed=True)
UNKNOWN = Assessment(None, confirmed=False)


@dataclass(frozen=True)
class Charge:
    """For what a fee is asked: the largest transmitter in W (None: not known), each other transmitter, stations, sheets of certificate.

    `inspected_w`: the transmitters in W that are inspected after a change (None where one's power is not known), `other_devices`: how many
    devices beside them; None where the filing does not say.
    """

    channel: Channel
    power_w: Decimal | None
    station_count: int = 1
    further_w: tuple[Decimal, ...] = ()
    documents_only: bool = False
    certificates: int = 1
    inspected_w: tuple[Decimal, ...] | None = ()
    other_devices: int | None = None


@dataclass(frozen=True)
class FeeTables:
    """All fee tables by name."""

    by_name: Mapping[str, FeeTable]

    def get(self, name: str) -> FeeTable:
        """Find a table; raises `NotFound` (`unknown_fee_table`)."""
        table = self.by_name.get(name)
        if table is None:
            raise NotFound("unknown_fee_table", Text(f"手数料表「{name}」はありません。", f"There is no fee table '{name}'."))
        return table

    def for_class(self, name: str, station_class: str | None) -> str:
        """The table that counts for a class of station in place of the one named; raises `NotFound` (`unknown_fee_table`)."""
        return self.get(name).by_class.get(station_class or "", name)

    def assess(self, name: str, charge: Charge, *, on: date, applicant_kind: str | None = None) -> Assessment:
        """Tell what the table asks on a day; raises `NotFound` (`unknown_fee_table`)."""
        table = self.get(name)
        if table.exempt is not None and applicant_kind in table.exempt.applicant_kinds:
            exempt = Text("手数料の適用除外", "Exempt from fees")
            return Assessment(0, confirmed=True, lines=(Line(exempt, 0, "・".join(table.exempt.cites)),))
        version = table.on(on)
        counted = replace(charge, station_count=1) if table.per == "filing" else charge
        return UNKNOWN if version is None or version.value is None else _bill(table.title, version, version.value, counted)


def _bill(title: Text, version: Version[FeeSchedule], schedule: FeeSchedule, charge: Charge) -> Assessment:
    if charge.documents_only and schedule.documents_only is not None:
        amount = schedule.documents_only.of(charge.channel)
        label = Text(f"{title.ja}（書類の審査のみ）", f"{title.en} (documents only)")
        return _total([(label, amount, version.certain, charge.station_count)], version)
    if charge.power_w is None and len(schedule.tiers) > 1:
        return UNKNOWN
    tier = _tier(schedule.tiers, charge.power_w or Decimal(0))
    entries = [(_label(title, tier), tier.of(charge.channel), tier.confirmed and version.certain, charge.station_count)]
    for power in charge.further_w if schedule.further else ():
        further = _tier(schedule.further, power)
        label = _label(Text(f"{title.ja}・加算", f"{title.en}, further transmitter"), further)
        entries.append((label, further.of(charge.channel), further.confirmed and version.certain, charge.station_count))
    if schedule.devices is not None:
        return _with_devices(entries, schedule.devices, charge, version)
    certificate = None if schedule.certificate is None else schedule.certificate.of(charge.channel)
    # The last confirmed amounts included the license paper: an estimate stands as it was, with no certificate added.
    if certificate is not None and tier.confirmed:
        entries.append((Text("免許事項証明書", "Certificate of the license record"), certificate, version.certain, charge.certificates))
    return _total(entries, version)


def _with_devices(entries: list[Entry], devices: Devices, charge: Charge, version: Version[FeeSchedule]) -> Assessment:
    """Add what each inspected device costs, up to the limit. What the filing does not say leaves the amount an estimate.

    So does a limit that is reached: each further transmitter raises it, and the filing need not name those that are not inspected.
    """
    inspected = sorted(charge.inspected_w or (), reverse=True)
    for power in inspected:
        tier = _tier(devices.transmitters, power)
        label = _label(Text("検査を受ける送信機", "Inspected transmitter"), tier)
        entries.append((label, tier.of(charge.channel), version.certain, charge.station_count))
    if charge.other_devices:
        tier = _tier(devices.others, charge.power_w or Decimal(0))
        label = _label(Text("検査を受けるその他の装置", "Other inspected device"), tier)
        entries.append((label, tier.of(charge.channel), version.certain, charge.other_devices * charge.station_count))
    said = charge.inspected_w is not None and charge.other_devices is not None
    return _limited(_total(entries, version), devices.at_most, charge, inspected[1:], said=said)


def _limited(assessed: Assessment, limit: Limit, charge: Charge, further: Sequence[Decimal], *, said: bool) -> Assessment:
    amounts = [_tier(limit.tiers, charge.power_w or Decimal(0)), *(_tier(limit.further, power) for power in further)]
    most = min(limit.yen, sum(one.of(charge.channel) or 0 for one in amounts)) * charge.station_count
    if assessed.amount_yen is None or assessed.amount_yen <= most:
        return replace(assessed, confirmed=assessed.confirmed and said)
    lowered = Line(Text("限度額までの減額", "Down to the limit"), most - assessed.amount_yen, assessed.lines[0].citation)
    return Assessment(most, confirmed=False, lines=(*assessed.lines, lowered))


def _tier(tiers: Sequence[Tier], power_w: Decimal) -> Tier:
    """Find the tier of a power; the last tier has no limit."""
    return next(tier for tier in tiers if tier.up_to_w is None or power_w <= tier.up_to_w)


def _total(entries: Sequence[Entry], version: Version[FeeSchedule]) -> Assessment:
    lines: list[Line] = []
    for label, amount, _certain, count in entries:
        if amount is None:
            return UNKNOWN
        times = label if count == 1 else Text(f"{label.ja} × {count}", f"{label.en} × {count}")
        lines.append(Line(times, amount * count, version.citation))
    confirmed = all(certain for _label_of, _amount, certain, _count in entries)
    return Assessment(sum(line.amount_yen for line in lines), confirmed=confirmed, lines=tuple(lines))


def _label(title: Text, tier: Tier) -> Text:
    if tier.up_to_w is None:
        return title
    return Text(f"{title.ja}（{tier.up_to_w}W以下）", f"{title.en} (up to {tier.up_to_w} W)")


def read(reader: Reader) -> FeeTables:
    """Read all fee tables; defines each as `fees`."""
    by_name = {}
    for source, table in reader.provisions(FOLDER, FeeTable):
        reader.define(FOLDER, source.stem, source)
        by_name[source.stem] = table
    return FeeTables(by_name)
