"""What of a procedure stands in other provisions, as it is in force on a day: window, fees, routes, attachments, checks.

Every part has its `id` (the name of the provision), its title, and of the version in force the first day, the citation and whether it
is `confirmed`. A provision that has no version on the day is there with no content and `confirmed: false`: nobody can say what holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from partner.regulation import Law
from partner.regulation.fees import Amounts, Devices, FeeSchedule, Tier
from partner.regulation.procedures import Attachment, Procedure, RouteChoice
from partner.regulation.reading import Provision, Version
from partner.regulation.routes import Transition


def window(law: Law, name: str | None, day: date) -> dict[str, Any] | None:
    """When the filing is in time: in months before the expiry, or as `kind` says; None where it may arrive at any time."""
    if name is None:
        return None
    provision = law.windows.by_name[name]
    version = provision.on(day)
    rule = version.value if version else None
    told = ("opens_months", "closes_months", "after", "within_days", "within_months", "before_end", "within_completion")
    return {**_head(name, provision, version), **{key: getattr(rule, key) if rule else None for key in told}}


def fee(law: Law, name: str | None, day: date) -> dict[str, Any] | None:
    """What a filing (or an inspection) costs, by power and channel; None where nothing is asked."""
    if name is None:
        return None
    table = law.fees.get(name)
    version = table.on(day)
    exempt = table.exempt
    return {
        **_head(name, table, version),
        "exempt": None if exempt is None else {"applicant_kinds": list(exempt.applicant_kinds), "citation": "・".join(exempt.cites)},
        "by_class": {station_class: fee(law, other, day) for station_class, other in table.by_class.items()},
        **_schedule(version.value if version else None),
    }


def _schedule(schedule: FeeSchedule | None) -> dict[str, Any]:
    return {
        "lines": [_tier(tier) for tier in schedule.tiers] if schedule else [],
        "further": [_tier(tier) for tier in schedule.further] if schedule else [],
        "devices": _devices(schedule.devices) if schedule and schedule.devices else None,
        "documents_only": _amounts(schedule.documents_only) if schedule and schedule.documents_only else None,
        "certificate": _amounts(schedule.certificate) if schedule and schedule.certificate else None,
    }


def _devices(devices: Devices) -> dict[str, Any]:
    """What each inspected device adds after a change, and what the whole does not exceed."""
    limit = devices.at_most
    return {
        "transmitters": [_tier(tier) for tier in devices.transmitters],
        "others": [_tier(tier) for tier in devices.others],
        "at_most": {"yen": limit.yen, "lines": [_tier(tier) for tier in limit.tiers], "further": [_tier(tier) for tier in limit.further]},
    }


def _tier(tier: Tier) -> dict[str, Any]:
    limit = None if tier.up_to_w is None else float(tier.up_to_w)
    return {"up_to_w": limit, "amount_yen": _amounts(tier), "confirmed": tier.confirmed, "why": tier.why}


def _amounts(amounts: Amounts) -> dict[str, int | None]:
    return {"electronic": amounts.electronic, "paper": amounts.paper}


def routes(law: Law, choices: Iterable[RouteChoice], day: date) -> list[dict[str, Any]]:
    """The routes that a case may take: the first whose condition (`when`, CEL over the facts) holds, the last in all other cases."""
    return [_route(law, choice, day) for choice in choices]


def _route(law: Law, choice: RouteChoice, day: date) -> dict[str, Any]:
    provision = law.routes.by_code[choice.route]
    version = provision.on(day)
    rules = version.value if version else None
    return {
        **_head(choice.route, provision, version),
        "when": choice.when.source if choice.when else None,
        "levels": [level.who for level in rules.levels] if rules else [],
        "completion_grace_days": rules.completion_grace_days if rules else None,
        "steps": [_step(transition) for transition in rules.transitions] if rules else [],
    }


def _step(transition: Transition) -> dict[str, Any]:
    """One step; `to` is null where the case stays as it is."""
    return {
        "from": list(transition.start),
        "action": transition.action,
        "who": list(transition.who),
        "to": transition.to,
        "when": list(transition.when),
        "requires": list(transition.requires),
    }


def attachments(listed: Iterable[Attachment]) -> list[dict[str, Any]]:
    """The kinds of documents that may go with the filing; `required_when` is the condition (CEL over the facts)."""
    return [
        {
            "kind": one.kind,
            "title": one.title.as_dict(),
            "conditional": one.required_when is not None,
            "required_when": one.required_when.source if one.required_when else None,
        }
        for one in listed
    ]


def checks(law: Law, procedure: Procedure, day: date) -> list[dict[str, Any]]:
    """The checks that are in force on the day, in their order; `{value}` and the like in the words stand for what is found."""
    found = []
    for code in procedure.checks:
        provision = law.checks[code]
        version = provision.on(day)
        if version is None or version.value is None:
            continue
        rule = version.value
        words = {"message": rule.message.as_dict(), "remedy": rule.remedy.as_dict()}
        found.append({"check": code, **_head(code, provision, version), "outcome": rule.outcome, **words})
    return found


def _head(name: str, provision: Provision[Any], version: Version[Any] | None) -> dict[str, Any]:
    return {
        "id": name,
        "title": provision.title.as_dict(),
        "from": version.from_.isoformat() if version else None,
        "citation": version.citation if version else None,
        "confirmed": version.certain if version else False,
        "why": version.why if version else None,
    }
