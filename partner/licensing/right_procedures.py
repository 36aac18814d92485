"""Which procedure is the right one, where a check says that a filing takes the wrong one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from partner.errors import Text
from partner.licensing.verdicts import Case
from partner.regulation.procedures import Procedure

A_LICENSE = {"registered": False, "station_count": 1}
"""What a station is taken for of which nothing else is known."""


def named(acts: Sequence[str], case: Case) -> Text | None:
    """Name and code of the procedures of these acts (codes of `codes/acts`), in that order; None where there is none.

    Those for the station of the filing: in force on the day of the case, for its class, and offered for such a license.
    """
    found = [one for act in acts for one in case.law.procedures(case.on) if one.act == act and _fits(one, case)]
    if not found:
        return None
    ja = "、".join(f"「{one.title.ja}」({one.code})" for one in found)
    return Text(ja, ", ".join(f"'{one.title.en}' ({one.code})" for one in found))


def _fits(procedure: Procedure, case: Case) -> bool:
    held = {**A_LICENSE, **(case.raw.get("license") or {})}
    return _class_of(case) in procedure.station_classes and procedure.offered({"license": held}, case.law.shape)


def _class_of(case: Case) -> Any:
    """The station class: of the license that the filing is about, else as the form says."""
    license_ = case.raw.get("license") or {}
    return license_.get("station_class") or case.form["station"]["station_class"] or case.form["station_class"]
