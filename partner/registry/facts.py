"""What the register knows of a licensee and of a license, whole and confidential, free of any database.

`None` and `()` mean that there is nothing to say. Frequencies are whole Hz, powers are W. What the public may see of it is
made by `partner.registry.disclosure` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from partner import identifiers

LicenseeKind = Literal["individual", "club", "corporation", "government"]


@dataclass(frozen=True)
class LicenseeFacts:
    """A person, club, corporation or government body that holds licenses.

    `municipality` is a code of five digits (13101); `address` is the rest of the address. `corporate_number` is the 法人番号
    of 13 digits.
    """

    kind: LicenseeKind
    name: str
    name_kana: str = ""
    corporate_number: str | None = None
    municipality: str | None = None
    address: str | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class AssignmentFacts:
    """One line of 電波の型式、周波数及び空中線電力.

    `emission` is an emission class ("16K0F3E") or a 一括記載コード ("3VA"); `bundle` is a 一括表示記号 ("1AF"), which has no
    frequency and no power of its own. `frequency_to_hz` makes a range, both ends included. `continued` says that the line
    belongs to the same designation as the line above: same frequency and power, another emission.
    """

    emission: str | None = None
    bundle: str | None = None
    frequency_hz: int | None = None
    frequency_to_hz: int | None = None
    power_w: Decimal | None = None
    continued: bool = False


@dataclass(frozen=True)
class SiteFacts:
    """One of several sites of a station: `role` is the official word ("送信所", "演奏所"), in the order of the record."""

    role: str
    municipality: str
    place: str | None = None  # the official words, where the municipality stands in no list of ours


@dataclass(frozen=True)
class CountReport:
    """How many stations were open under a blanket license at the end of a day, as its holder reported (法103条の2第5項, 6項)."""

    as_of: date
    count: int


@dataclass(frozen=True)
class LicenseFacts:
    """What stands on the license record, and what is kept with it.

    `municipality` is where the station stands or is kept (常置場所). `moves` tells 移動する局 from 移動しない局;
    `movement_area` is the official text or a code of the list `movement-areas`. `identification` is the 呼出名称, never public.
    `details` holds equipment and whatever else must be kept; nothing of it is ever published. Of a blanket license of stations that
    move, `station_count` is the designated number, and `count_reports` say how many were open; they are not published either.
    """

    station_class: str
    bureau: str
    purposes: tuple[str, ...] = ()
    communication_matters: tuple[str, ...] = ()
    communication_partner: str | None = None
    municipality: str | None = None
    site_address: str | None = None
    movement_area: str | None = None
    moves: bool = False
    station_count: int = 1
    identification: str | None = None
    assignments: tuple[AssignmentFacts, ...] = ()
    conditions: tuple[str, ...] = ()
    operating_hours: str | None = None
    note: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    sites: tuple[SiteFacts, ...] = ()
    broadcast_matter: str | None = None
    broadcast_area: str | None = None
    starting_limit: date | None = None
    registration_standard: str | None = None  # 無線設備の規格 of a registered station (登録局); None for a licensed one
    craft_name: str | None = None  # 船舶又は航空機の名称
    broadcast_kind: str | None = None  # 基幹放送の種類, a code of the list `broadcast-kinds`
    synthetic: tuple[str, ...] = ()  # JSON names of published fields that are made up for demonstration, as ("license",)
    designated_area: str | None = None  # 無線設備の設置場所とすることができる区域 (包括免許), 設置しようとする区域 (包括登録)
    expected_count: int | None = None  # 包括登録: 同時に開設されることとなる無線局の見込数
    count_reports: tuple[CountReport, ...] = ()  # 開設無線局数の届出, by the day that they are about


@dataclass(frozen=True)
class License:
    """One version of a license as the register believes it now, whole and confidential.

    `valid_from` and `valid_to` are the first and last day of the term; of a license that ended, `valid_to` is before `ended_on`;
    `holds_from` and `holds_to` say for which of these days this version stands.
    """

    version_id: UUID
    station_id: UUID
    license_number: str
    call_sign: str | None
    licensee_id: UUID
    licensee_version_id: UUID
    licensee: LicenseeFacts
    facts: LicenseFacts
    licensed_on: date
    valid_from: date
    valid_to: date
    holds_from: date
    holds_to: date
    ended_on: date | None = None
    end_kind: str | None = None
    suspended: bool = False

    def for_term(self, first: date, last: date) -> License:
        """The version of another term of the same license, under the same facts."""
        return replace(
            self,
            version_id=identifiers.new_id(),
            licensed_on=first,
            valid_from=first,
            valid_to=last,
            holds_from=first,
            holds_to=last,
            suspended=False,
        )
