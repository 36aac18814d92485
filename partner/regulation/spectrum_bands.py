"""What a license uses of the spectrum, and what of it when it uses several bands (別表第六備考)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from partner.regulation.provisions import Citations, Strict

Border = Annotated[int, Field(gt=0)]
Grant = Literal["single", "blanket-moving", "blanket-fixed", "blanket-registration"]
"""What a station is opened under: a license or registration of its own; a blanket license (包括免許) of stations that move (第一号) or that
stand still (第二号); a blanket registration (包括登録)."""


class SeveralBands(Strict):
    """What holds of a station in several bands.

    One that uses frequencies up to `only_up_to_hz` and above counts as if it used the former alone (備考7). Of those, one with frequencies
    up to `apart_at_hz` and above counts as if it used the former alone (備考8); of the categories of `together` it pays what both cost
    apart, less `less_yen`.
    """

    cites: Citations
    only_up_to_hz: Border
    apart_at_hz: Border
    together: tuple[str, ...] = Field(min_length=1)
    less_yen: int = Field(gt=0)

    def counted(self, use: Use) -> tuple[Use, Use | None]:
        """The use that counts, and the one in the higher band beside it, where there is one."""
        low, high = use.within(0, self.apart_at_hz), use.within(self.apart_at_hz, self.only_up_to_hz)
        if low.frequencies_hz and high.frequencies_hz:
            return low, high
        return (low if low.frequencies_hz else high if high.frequencies_hz else use), None


@dataclass(frozen=True)
class Part:
    """One designated frequency in Hz, the width of the widest emission on it in Hz, and its power in W; None: not known."""

    frequency_hz: int
    width_hz: int | None
    power_w: Decimal | None


@dataclass(frozen=True)
class Use:
    """What a license says of the use of the spectrum.

    `frequencies_hz` are pairs (from, to). The width of what is used lies between `widest_hz`, that of the widest emission, and `width_hz`,
    that of all together; None where an emission does not tell its bandwidth. None is always: not known. `parts` are the single frequencies
    with what each of them uses, where the record tells that of all.
    """

    station_class: str
    moves: bool
    licensee_kind: str
    frequencies_hz: tuple[tuple[int, int], ...] = ()
    widest_hz: int | None = None
    width_hz: int | None = None
    power_w: Decimal | None = None
    region: int | None = None
    prefecture: str | None = None
    broadcast_kind: str | None = None
    purposes: tuple[str, ...] = ()
    carrier_sense: bool | None = None
    grant: Grant = "single"
    wide_area: bool | None = None
    parts: tuple[Part, ...] = ()

    def within(self, above: int, up_to: int) -> Use:
        """The use of the frequencies above one limit, up to another (included), as if there were no others.

        What the record does not tell of each of them is not known of these: their width lies between nothing and that of all.
        """
        bands = tuple((max(first, above + 1), min(last, up_to)) for first, last in self.frequencies_hz if first <= up_to and last > above)
        if bands == self.frequencies_hz:
            return self
        if not bands:
            return replace(self, frequencies_hz=(), parts=())
        told = [part for part in self.parts if above < part.frequency_hz <= up_to]
        if not self.parts or len(told) != len(bands):
            return replace(self, frequencies_hz=bands, widest_hz=None if self.width_hz is None else 0, power_w=None, parts=())
        widths = [part.width_hz for part in told if part.width_hz is not None]
        powers = [part.power_w for part in told if part.power_w is not None]
        return replace(
            self,
            frequencies_hz=bands,
            widest_hz=max(widths) if len(widths) == len(told) else None,
            width_hz=sum(widths) if len(widths) == len(told) else None,
            power_w=max(powers) if len(powers) == len(told) else None,
            parts=tuple(told),
        )
