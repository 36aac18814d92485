"""What an amendment changes: one license or one case under two laws, answer beside answer. Pure.

An answer is a mapping from a kind (`fee`, `window` …) to what the law says, as JSON. What differs between two answers is a change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from partner.errors import NotFound
from partner.licensing import fees
from partner.regulation import Law
from partner.regulation.fees import Assessment
from partner.regulation.periods import WITHOUT_END, shown_day
from partner.regulation.procedures import Procedure

Answer = Mapping[str, Any]
Changes = dict[str, dict[str, Any]]
REMEMBERED = 20_000


class Standing(Protocol):
    """A license in force, as far as the law asks."""

    @property
    def station_class(self) -> str:
        """Its class."""

    @property
    def licensee_kind(self) -> str:
        """The kind of its holder."""

    @property
    def purposes(self) -> tuple[str, ...]:
        """The codes of its purposes."""

    @property
    def valid_to(self) -> date:
        """The last day of its term."""

    @property
    def bureau(self) -> str:
        """The bureau in charge."""

    @property
    def municipality(self) -> str | None:
        """The code of its municipality; None where there is none."""

    @property
    def registered(self) -> bool:
        """Whether it is a registration."""

    @property
    def moves(self) -> bool:
        """Whether the station moves."""

    @property
    def max_power_w(self) -> Decimal | None:
        """The largest power in W."""

    @property
    def station_count(self) -> int:
        """How many stations it covers."""

    @property
    def frequencies_hz(self) -> tuple[int, ...]:
        """The frequencies in Hz."""


@dataclass(frozen=True)
class Alike:
    """What licenses have in common to which the law says the same."""

    station_class: str
    licensee_kind: str
    purposes: tuple[str, ...]
    valid_to: date
    bureau: str
    municipality: str | None
    registered: bool
    moves: bool
    max_power_w: Decimal | None
    station_count: int
    frequencies_hz: tuple[int, ...]


def changes(before: Answer, after: Answer) -> Changes:
    """What differs between two answers, by kind."""
    kinds = [*before, *(kind for kind in after if kind not in before)]
    return {kind: {"before": before.get(kind), "after": after.get(kind)} for kind in kinds if before.get(kind) != after.get(kind)}


def of_licenses(law: Law, draft: Law, on: date) -> Callable[[Standing], Changes]:
    """A function that tells what a draft changes for a license, were its renewal filed, and its record published, on a day.

    Licenses that are alike to the law are asked about once.
    """
    by_bureau = any(_signed_by_bureau(one) for one in (law, draft))
    places_differ = law.codes.lists["municipalities"] != draft.codes.lists["municipalities"]
    rounds = law.disclosure.on(on).rounding != draft.disclosure.on(on).rounding

    @lru_cache(maxsize=REMEMBERED)
    def compared(alike: Alike) -> Changes:
        return changes(license_answer(law, alike, on), license_answer(draft, alike, on))

    def changed(license_: Standing) -> Changes:
        return compared(
            Alike(
                license_.station_class,
                license_.licensee_kind,
                license_.purposes,
                license_.valid_to,
                license_.bureau if by_bureau else "",
                license_.municipality if places_differ else None,
                license_.registered,
                license_.moves,
                license_.max_power_w,
                license_.station_count,
                license_.frequencies_hz if rounds else (),
            )
        )

    return changed


def license_answer(law: Law, license_: Standing, on: date) -> Answer:
    """What a law says of a license in force: of its renewal, were it filed on a day, and of what is published of it then."""
    procedure = renewal_of(law, license_, on) if shown_day(license_.valid_to) else None
    return {
        **({} if procedure is None else _renewal(law, procedure, license_, on)),
        "term": _term(law, license_),
        **_published(law, license_, on),
    }


def renewal_of(law: Law, license_: Standing, on: date) -> Procedure | None:
    """The procedure by which a license is renewed on a day, one that its data offers for such before the rest; None where there is none."""
    told = {"license": {"registered": license_.registered, "station_count": license_.station_count, "moves": license_.moves}}
    suited = (
        one
        for one in law.procedures(on)
        if one.act == "renewal" and license_.station_class in one.station_classes and license_.licensee_kind in one.filers
    )
    return min((one for one in suited if one.offered(told, law.shape)), key=lambda one: one.offered_when is None, default=None)


def _signed_by_bureau(law: Law) -> bool:
    """Whether the levels of approval are others at some bureau than elsewhere, on whatever day."""
    versions = (version.value for route in law.routes.by_code.values() for version in route.versions)
    return any(rules is not None and rules.levels_by_bureau for rules in versions)


def _renewal(law: Law, procedure: Procedure, license_: Standing, on: date) -> Answer:
    window = None if procedure.window is None else law.window(procedure.window, expires_on=license_.valid_to, on=on)
    amounts = {channel: amount(fees.assess(law, procedure, _facts(license_, channel, on))) for channel in ("electronic", "paper")}
    return {
        "procedure": procedure.code,
        "window": None if window is None else {"opens_on": _written(window.opens_on), "closes_on": _written(window.closes_on)},
        "fee": amounts,
        **rules(law, procedure, on, law.authority_of(procedure, license_.station_class) or license_.bureau),
    }


def rules(law: Law, procedure: Procedure, on: date, desk: str) -> Answer:
    """What a procedure asks on a day whatever the case: routes with the parts that approve at a desk, fields required, checks."""
    return {
        "route": [choice.route for choice in procedure.routes],
        "approval": {choice.route: approvers(law, choice.route, on, desk) for choice in procedure.routes},
        "form": required(law, procedure, on),
        "checks": list(procedure.checks),
    }


def approvers(law: Law, route: str, on: date, desk: str) -> list[str]:
    """The parts that approve on a route at a desk (a bureau, the Minister's), level by level; none where there is no such route."""
    try:
        return [level.who.value for level in law.routes.get(route, on, bureau=desk).signers]
    except NotFound:
        return []


def required(law: Law, procedure: Procedure, on: date) -> list[str]:
    """The places of a form that a procedure requires to be filled in on a day."""
    try:
        form = law.form(procedure.form, on)
    except NotFound:
        return []
    return sorted(pointer for pointer, field in form.pointers() if procedure.act in field.required and field.asked(on, procedure.act))


def amount(assessed: Assessment) -> dict[str, Any]:
    """A fee as it is compared."""
    return {"amount_yen": assessed.amount_yen, "confirmed": assessed.confirmed}


def _facts(license_: Standing, channel: str, on: date) -> dict[str, Any]:
    """The facts of a renewal that the fee depends on."""
    dates = {"today": on, "received_on": on, "decided_on": on, "licensed_on": license_.valid_to + timedelta(days=1)}
    power = license_.max_power_w
    held = {"max_power_w": None if power is None else float(power), "station_count": license_.station_count}
    return {"channel": channel, "dates": dates, "applicant": {"kind": license_.licensee_kind}, "license": held, "form": {}}


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _term(law: Law, license_: Standing) -> dict[str, Any] | None:
    if license_.valid_to >= WITHOUT_END:
        return None
    try:
        term = law.term(license_.station_class, license_.valid_to + timedelta(days=1))
    except NotFound:
        return None
    return {"valid_to": _written(term.valid_to), "confirmed": term.confirmed}


def _published(law: Law, license_: Standing, on: date) -> Answer:
    rule = law.disclosure.on(on)
    found: dict[str, Any] = {
        "published": rule.publishes(license_.station_class, license_.purposes),
        "class_name": law.codes("station-classes").name(license_.station_class).as_dict(),
    }
    if found["published"]:
        # A code that a list holds no longer is its own name: so nobody drops one that is on record without being told.
        found["purpose_names"] = [law.codes("purposes").name(code).as_dict() for code in license_.purposes]
        if license_.municipality is not None:
            found["place_name"] = law.codes("municipalities").name(license_.municipality).as_dict()
        found["licensee_masked"] = rule.masks(license_.licensee_kind)
        found["frequencies_hz"] = [rule.frequency(each, license_.purposes) for each in license_.frequencies_hz]
    return found
