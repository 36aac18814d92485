"""Which procedure is the right one, where a check says that a filing takes the wrong one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from partner.errors import Text
from partner.licensing.verdicts import Case
from partner.regulation.procedures import Procedure

A_LICENSE = {"registered": False, "station_count": 1}
"""What a station is taken for of which nothing else is known."""


def named(acts: Sequence[str], case: Case) -> Text | None:
    """Name and code of the procedures of these acts (codes of `codes/acts`), in that order; None where there is none.

    Those for the station of the filing: in force on the day of the case, for its class, and offered for such a license; never the
    procedure of the filing itself.
    """
    return _listed(acts, case, _of_license(case) or _in_form(case))


def of_same_act(class_of: Literal["form", "license"], case: Case) -> Text | None:
    """The same of the other procedures of the very act of the filing, for the class in the form, or for that of the license."""
    return _listed([case.procedure.act], case, _in_form(case) if class_of == "form" else _of_license(case))


def _listed(acts: Sequence[str], case: Case, station_class: Any) -> Text | None:
    others = [one for one in case.law.procedures(case.on) if one.code != case.procedure.code and _fits(one, case, station_class)]
    found = [one for act in acts for one in others if one.act == act]
    if not found:
        return None
    ja = "、".join(f"「{one.title.ja}」({one.code})" for one in found)
    return Text(ja, ", ".join(f"'{one.title.en}' ({one.code})" for one in found))


def _fits(procedure: Procedure, case: Case, station_class: Any) -> bool:
    held = {**A_LICENSE, **(case.raw.get("license") or {})}
    return station_class in procedure.station_classes and procedure.offered({"license": held}, case.law.shape)


def _of_license(case: Case) -> Any:
    return (case.raw.get("license") or {}).get("station_class")


def _in_form(case: Case) -> Any:
    return case.form["station"]["station_class"] or case.form["station_class"]
