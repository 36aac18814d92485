"""What synthetic stations look like, class by class: for demonstrations and measurements, never taken for real.

Weights follow the Ministry's published counts (amateur stations by bureau, November 2024); what no source gives is made up
and only meant to look plausible. Frequencies are Hz (first, last, step), powers W.
"""

from __future__ import annotations

from dataclasses import dataclass

from partner.registry.facts import LicenseeKind

BUREAU_WEIGHTS = {
    "J": 30948, "I": 35892, "A": 104025, "B": 14323, "D": 8164, "C": 44518, "E": 42603, "F": 21095, "G": 16132, "H": 29071, "O": 2017,
}  # fmt: skip

SURNAMES = [
    "佐藤 サトウ",
    "鈴木 スズキ",
    "髙橋 タカハシ",
    "田中 タナカ",
    "伊藤 イトウ",
    "渡邊 ワタナベ",
    "山本 ヤマモト",
    "中村 ナカムラ",
    "小林 コバヤシ",
    "加藤 カトウ",
    "吉田 ヨシダ",
    "山田 ヤマダ",
    "佐々木 ササキ",
    "山﨑 ヤマザキ",
    "松本 マツモト",
    "井上 イノウエ",
    "木村 キムラ",
    "齋藤 サイトウ",
]
GIVEN_NAMES = [
    "太一 タイチ",
    "花 ハナ",
    "健 ケン",
    "美咲 ミサキ",
    "誠 マコト",
    "直樹 ナオキ",
    "陽子 ヨウコ",
    "翔 ショウ",
    "恵 メグミ",
    "大輔 ダイスケ",
    "葵 アオイ",
    "浩 ヒロシ",
    "由美 ユミ",
    "蓮 レン",
    "さくら サクラ",
    "一郎 イチロウ",
]
FORMS = ("株式会社{}", "{}株式会社", "有限会社{}", "一般社団法人{}協会")
CLUB_NAMES = ("{}アマチュア無線クラブ", "{}ハムクラブ", "{}大学無線部", "{}ＤＸクラブ")
TRADES = [
    "タクシー",
    "運輸",
    "交通",
    "建設",
    "電設",
    "警備保障",
    "ガス",
    "漁業",
    "海運",
    "航空",
    "放送",
    "通信",
    "電力サービス",
    "鉄道",
    "青果卸売",
    "物流センター",
    "ケーブルテレビ",
]


@dataclass(frozen=True)
class Raster:
    """Frequencies from `first` to `last` in steps, with the emission and the powers that go with them."""

    first_hz: int
    last_hz: int
    step_hz: int
    emission: str
    powers_w: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """How stations of one class are made: how common, whose, moving or not, on which rasters, under which purposes."""

    station_class: str
    weight: int
    holders: tuple[LicenseeKind, ...]
    moves: bool
    rasters: tuple[Raster, ...]
    purpose: str
    lines: int = 1
    most_stations: int = 1
    """At most so many stations on one record (株免許)."""


VHF_DIGITAL = Raster(142_000_000, 169_000_000, 12_500, "5K80F1E", ("1", "5", "10"))
UHF_DIGITAL = Raster(450_000_000, 469_000_000, 12_500, "5K80F1E", ("1", "5", "10"))
BASE_DIGITAL = Raster(450_000_000, 469_000_000, 12_500, "5K80F1E", ("5", "10", "25"))
CONVENIENCE = Raster(351_200_000, 351_381_250, 6_250, "5K80F1E", ("1", "5"))
MICROWAVE = Raster(7_425_000_000, 7_750_000_000, 500_000, "9M50G7W", ("0.3", "0.5", "1"))
MICROWAVE_HIGH = Raster(11_700_000_000, 12_700_000_000, 1_000_000, "19M0G7W", ("0.1", "0.3"))
MARINE = Raster(156_300_000, 157_425_000, 25_000, "16K0F3E", ("10", "25"))
AIRBAND = Raster(118_000_000, 136_000_000, 25_000, "6K00A3E", ("10", "25"))
RADAR = Raster(9_340_000_000, 9_440_000_000, 10_000_000, "P0N", ("4900", "25000"))
PAGING = Raster(280_000_000, 281_000_000, 12_500, "16K0F2D", ("100", "250"))
PREMISES = Raster(952_000_000, 954_000_000, 200_000, "200KA1D", ("1",))
SOUNDING = Raster(403_300_000, 405_700_000, 100_000, "15K0F1D", ("0.1",))
EXPERIMENT = Raster(3_600_000_000, 4_900_000_000, 10_000_000, "X7W", ("0.1", "1"))
CORPORATE: tuple[LicenseeKind, ...] = ("corporation",)
PUBLIC: tuple[LicenseeKind, ...] = ("corporation", "government")

PROFILES = (
    Profile("AT", 560, ("individual", "individual", "individual", "individual", "individual", "individual", "club"), True, (), "ATC"),
    Profile("ML", 150, CORPORATE, True, (VHF_DIGITAL, UHF_DIGITAL), "x-general", most_stations=40),
    Profile("FB", 60, CORPORATE, False, (BASE_DIGITAL,), "x-general", lines=2),
    Profile("CR", 60, CORPORATE, True, (CONVENIENCE,), "x-simplified", most_stations=20),
    Profile("FX", 50, PUBLIC, False, (MICROWAVE, MICROWAVE_HIGH), "x-telecommunications", lines=2),
    Profile("MS", 40, ("individual", "corporation"), True, (MARINE,), "x-general", lines=3),
    Profile("FC", 6, PUBLIC, False, (MARINE,), "x-general", lines=4),
    Profile("FA", 6, CORPORATE, False, (AIRBAND,), "x-general", lines=2),
    Profile("MA", 8, CORPORATE, True, (AIRBAND,), "x-general", lines=3),
    Profile("MP", 12, CORPORATE, True, (UHF_DIGITAL,), "x-general", most_stations=10),
    Profile("FP", 6, CORPORATE, False, (BASE_DIGITAL,), "x-general"),
    Profile("RO", 10, ("individual", "corporation"), True, (RADAR,), "x-general"),
    Profile("RP", 2, CORPORATE, False, (PAGING,), "x-telecommunications"),
    Profile("LO", 8, CORPORATE, True, (PREMISES,), "x-general", most_stations=5),
    Profile("SM", 4, PUBLIC, True, (SOUNDING,), "x-meteorology"),
    Profile("EX", 8, CORPORATE, False, (EXPERIMENT,), "x-science", lines=2),
)

SIMPLIFIED_DIGITAL = Raster(351_200_000, 351_381_250, 6_250, "5K80F1E", ("5",))
PREMISES_920 = Raster(920_600_000, 923_400_000, 200_000, "200KG1D", ("0.25", "1"))
WIRELESS_ACCESS = Raster(4_910_000_000, 4_990_000_000, 10_000_000, "19M0X7W", ("0.25",))
HIGH_POWER_DATA = Raster(5_190_000_000, 5_230_000_000, 20_000_000, "18M0X7W", ("0.2", "1"))

REGISTRATIONS: dict[str, tuple[tuple[str, Raster], ...]] = {
    "CR": (("008", SIMPLIFIED_DIGITAL), ("008", SIMPLIFIED_DIGITAL), ("009", PREMISES_920)),
    "LO": (("006", PREMISES_920),),
    "ML": (("003", WIRELESS_ACCESS), ("012", PREMISES_920), ("015", PREMISES_920)),
    "FB": (("001", WIRELESS_ACCESS), ("013", HIGH_POWER_DATA)),
    "FP": (("010", WIRELESS_ACCESS),),
    "MP": (("011", WIRELESS_ACCESS),),
}
"""The standards (無線設備の規格) under which stations of a class may be registered instead of licensed, and their frequencies."""
