"""Facts for the tests of the register, all made up but for the captured record of JS2IIU."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

from partner import regulation
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.regulation import Law
from partner.settings import Settings

TARO = LicenseeFacts(
    "individual", "総務太郎", "ソウムタロウ", municipality="13101", address="霞が関２－１－２", birth_date=date(1960, 5, 1)
)
HANAKO = LicenseeFacts("individual", "総務花子", "ソウムハナコ", municipality="13102", address="築地１－１－１")
CLUB = LicenseeFacts("club", "一般社団法人日本アマチュア無線連盟", "ニホンアマチュアムセンレンメイ", corporate_number="5013305001797")
TAXI = LicenseeFacts("corporation", "㈱みどりタクシー", "ミドリタクシー", "1000000000002", municipality="13101", address="一丁目")

FIXED = LicenseFacts(
    station_class="AT",
    bureau="A",
    purposes=("ATC",),
    communication_matters=("ATC",),
    communication_partner="アマチュア局",
    municipality="13101",
    site_address="霞が関２－１－２",
    movement_area="BBB",
    assignments=(
        AssignmentFacts(emission="3HA", frequency_hz=7_100_000, power_w=Decimal(50)),
        AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal("0.8")),
    ),
    details={"operators": ["IABH999"], "transmitters": [{"number": 1, "rated_power_w": Decimal(50)}]},
)
MOBILE = replace(FIXED, movement_area="AAA", moves=True, assignments=(AssignmentFacts(bundle="4AM"),), site_address=None)
BASE = LicenseFacts(
    station_class="FB",
    bureau="A",
    purposes=("x-general",),
    municipality="13101",
    site_address="一丁目",
    identification="みどりきち１",
    assignments=(AssignmentFacts(emission="8K50F3E", frequency_hz=467_000_000, power_w=Decimal(5)),),
)


@cache
def law() -> Law:
    return regulation.load(Settings().regulation_root)
