"""The facts of a case for routes, checks and fees: one plain dict from the form and what was looked up.

Pure: whoever calls has asked the register, the operators' register and the conformity list before. The shape is
`partner.regulation.facts.FACTS`; beside it stand `operators` and `conformity` (number → entry, None where the register
does not know it) and `other_licenses`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from partner.registry.normalisation import license_number as normalised_number
from partner.regulation import corporate_numbers
from partner.regulation.facts import FORM, items_at, project, value_at
from partner.regulation.law import Law
from partner.regulation.procedures import Procedure

Entry = Mapping[str, Any]

OF_OTHER_LICENSES = "same_class_in_force"
"""The fact that is told by the applicant's other licenses whatever the form says; the other one needs the site of a station."""


@dataclass(frozen=True)
class LookedUp:
    """What was found outside the form.

    `license` is the license that the filing is about: {license_number, call_sign, station_class, bureau, municipality, licensed_on,
    valid_from, valid_to, renewed_to (the last day of a next term that has been granted), ended_on, held_by_applicant, holder_kind,
    licensee (name, name_kana, municipality, address), in_force, suspended, registered, moves, max_power_w, station_count, expected_count,
    opened_count, transmitters}; `licenses` are all where it names several. `other_case` is the other case that it names:
    {reception_number, own}, and of their own also procedure, act, status, provisional, completion_due_on, station_class. `other_licenses`
    are the licenses of the applicant beside it, with `address`. Dates may be `date` or ISO text. `attachments` are the kinds of the files
    that are there. `corporation` is what is published under the corporate number of the form: {name, kana, municipality, address}.
    `open_cases` are the reception numbers of the other filings for the same with that license that are not decided, `same_filings` those
    of the applicant's for a like new station. `fee` is {amount_yen, confirmed} once it has been assessed.
    """

    license: Entry | None = None
    licenses: Sequence[Entry] = ()
    other_case: Entry | None = None
    other_licenses: Sequence[Entry] = ()
    attachments: Sequence[str] = ()
    operators: Mapping[str, Entry | None] = field(default_factory=dict)
    conformity: Mapping[str, Entry | None] = field(default_factory=dict)
    corporation: Entry | None = None
    open_cases: Sequence[str] = ()
    same_filings: Sequence[str] = ()
    fee: Entry | None = None


@dataclass(frozen=True)
class Dates:
    """The dates that govern a case, as far as they are known."""

    today: date
    received_on: date | None = None
    decided_on: date | None = None
    licensed_on: date | None = None


def build(law: Law, procedure: Procedure, form: Entry, *, channel: str, dates: Dates, found: LookedUp) -> dict[str, Any]:
    """All facts of a case; nothing is looked up and nothing stored. The route is the one that the facts take."""
    license_facts = None if found.license is None else _plain(found.license)
    facts: dict[str, Any] = {
        "form": form,
        "procedure": procedure.code,
        "channel": channel,
        "dates": _dates(dates, license_facts),
        "applicant": form.get("applicant"),
        "license": license_facts,
        "licenses": [_plain(one) for one in found.licenses or ([found.license] if found.license else ())],
        "other_case": found.other_case,
        "other_licenses": [_plain(other) for other in found.other_licenses],
        "attachments": sorted(set(found.attachments)),
        "open_cases": list(found.open_cases),
        "same_filings": list(found.same_filings),
        "operators": found.operators,
        "conformity": found.conformity,
        "fee": found.fee,
        "derived": _derived(law, form, found, dates),
    }
    return {**facts, "route": procedure.route(facts, law.shape)}


def operator_numbers(form: Entry) -> list[str]:
    """The operators' license numbers in a form: what to ask the operators' register."""
    return _texts(operator.get("license_number") for operator in _station(form)["operators"])


def conformity_numbers(form: Entry) -> list[str]:
    """The conformity numbers in a form: what to ask the conformity list."""
    return _texts(transmitter.get("conformity_number") for transmitter in _station(form)["transmitters"])


def license_numbers(procedure: Procedure, form: Entry) -> list[str]:
    """The numbers of the licenses that the filing is about, where it names any, as the register writes them."""
    pointer = procedure.license_field
    if pointer is None:
        return []
    head, several, tail = pointer.rpartition("/*")
    values = [value_at(tail, item) for _place, item in items_at(head, form)] if several else [value_at(pointer, form)]
    return _texts(normalised_number(value) for value in values if isinstance(value, str))


def case_number(procedure: Procedure, form: Entry) -> str | None:
    """The reception number of the other case that the filing is about, where it names one."""
    value = None if procedure.case_field is None else value_at(procedure.case_field, form)
    return value.strip().upper() if isinstance(value, str) else None


def names_a_site(form: Entry) -> bool:
    """Whether a form says where its station stands; only then do the applicant's other licenses matter."""
    site = _station(form)["site"]
    return bool(site["municipality"] and site["address"])


def moves(law: Law, station_class: str | None, movement: str | None) -> bool | None:
    """Whether a station moves: by its class where all of the class do or none does, else by its movement area; None where unknown."""
    of_class = law.codes("station-classes").get(station_class or "")
    mobility = None if of_class is None else of_class.attributes.get("mobility")
    if mobility in {"moves", "fixed"}:
        return mobility == "moves"
    area = law.codes("movement-areas").get(movement or "")
    return None if area is None else bool(area.attributes.get("moves"))


def _texts(values: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _station(form: Entry) -> dict[str, Any]:
    """The station of the form with every key of the shape, whatever was filled in."""
    projected = project(form, FORM)
    assert isinstance(projected, dict)  # noqa: S101 - the shape of a form is a record
    station: dict[str, Any] = projected["station"]
    return station


def _plain(entry: Entry) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else _number(value) for name, value in entry.items()}


def _number(value: object) -> object:
    """Decimals as numbers of CEL."""
    return float(value) if isinstance(value, Decimal) else value


def _dates(dates: Dates, license_facts: Entry | None) -> dict[str, str]:
    known = {
        "today": dates.today,
        "received_on": dates.received_on,
        "decided_on": dates.decided_on or dates.today,
        "licensed_on": dates.licensed_on,
    }
    texts = {name: value.isoformat() for name, value in known.items() if value is not None}
    expires_on = None if license_facts is None else license_facts.get("valid_to")
    return texts if expires_on is None else {**texts, "expires_on": expires_on}


def _suspended_days(form: Entry) -> int | None:
    """How many days operation is to rest, the first and the last one included."""
    try:
        first, last = (date.fromisoformat(str(value_at(f"/suspension/{end}", form))) for end in ("first", "last"))
    except ValueError:
        return None
    return (last - first).days + 1


def _derived(law: Law, form: Entry, found: LookedUp, dates: Dates) -> dict[str, Any]:
    station = _station(form)
    license_facts = _plain(found.license or {})
    station_moves = moves(law, station["station_class"] or _text(form.get("station_class")), station["movement"])
    transmitters = station["transmitters"]
    powers = [_power(transmitter, station, found.conformity) for transmitter in transmitters]
    nonconforming = [
        power for transmitter, power in zip(transmitters, powers, strict=True) if transmitter["conforming"] is not True and power
    ]
    grade = _grade(station, found.operators)
    return {
        "max_power_w": max((line["power_w"] for line in station["assignments"] if line["power_w"] is not None), default=None),
        "largest_transmitter_w": max((power for power in powers if power), default=None),
        "largest_nonconforming_w": max(nonconforming, default=None),
        "all_conforming": bool(transmitters) and all(transmitter["conforming"] is True for transmitter in transmitters),
        "operator_grade": grade,
        "operator_is_applicant": _operator_is_applicant(form, station, found.operators),
        "applicant_differs": _applicant_differs(form, license_facts.get("licensee")),
        "moves": station_moves,
        "site_bureau": _bureau(law, station["site"]["municipality"], dates.received_on or dates.today),
        "license_last_day": license_facts.get("renewed_to") or license_facts.get("valid_to"),
        "uncovered_hz": _uncovered(station, found.conformity),
        "same_place_call_signs": _same_place(
            station, [_plain(other) for other in found.other_licenses], moves=station_moves, today=dates.today.isoformat()
        ),
        "transmitters_left_out": _left_out(station, found.license),
        "changes_named": [name for name, changed in station["changes"].items() if changed],
        "suspended_days": _suspended_days(form),
        "same_class_in_force": _same_class(
            station["station_class"] or _text(form.get("station_class")), [_plain(other) for other in found.other_licenses], dates.today
        ),
        "corporate_number_sound": _sound(form),
        "corporation_differs": _corporation_differs(form, found.corporation),
    }


def _power(transmitter: Entry, station: Entry, conformity: Mapping[str, Entry | None]) -> float | None:
    """The rated power of a transmitter: as stated, else as the conformity list has it, else the largest that is asked for."""
    rated = [power for power in transmitter["rated_power_w"] if power is not None]
    listed = conformity.get(transmitter["conformity_number"] or "")
    asked = [line["power_w"] for line in station["assignments"] if line["power_w"] is not None]
    known = rated or ([listed["power_w"]] if listed and "power_w" in listed else asked)
    return max(known, default=None)


def _grade(station: Entry, operators: Mapping[str, Entry | None]) -> str | None:
    """The grade of the first operator whom the register knows."""
    entries = (operators.get(operator["license_number"] or "") for operator in station["operators"])
    return next((str(entry["grade"]) for entry in entries if entry and entry.get("grade")), None)


def _operator_is_applicant(form: Entry, station: Entry, operators: Mapping[str, Entry | None]) -> bool | None:
    """Whether a registered operator bears the applicant's name; None where nobody could be compared."""
    applicant = form.get("applicant")
    name = applicant.get("name") if isinstance(applicant, Mapping) else None
    entries = [entry for operator in station["operators"] if (entry := operators.get(operator["license_number"] or ""))]
    if not isinstance(name, str) or not entries:
        return None
    return any(_same_text(str(entry.get("name", "")), name) for entry in entries)


def _same_text(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _folded(words: str) -> str:
    """Text without differences of width, case, spaces and the many hyphens of addresses."""
    plain = "".join(unicodedata.normalize("NFKC", words).casefold().split())
    return plain.translate(dict.fromkeys(map(ord, "‐‑–—―−－ー"), "-"))


def _applicant_differs(form: Entry, licensee: object) -> bool | None:
    """Whether the form describes the licensee otherwise than the register does; None where nobody could be compared."""
    applicant = form.get("applicant")
    if not isinstance(licensee, Mapping) or not isinstance(applicant, Mapping):
        return None
    given = {name: applicant[name] for name in ("name", "name_kana", "municipality", "address") if applicant.get(name)}
    return any(not _same_text(str(value), str(licensee.get(name) or "")) for name, value in given.items())


def _bureau(law: Law, municipality: str | None, on: date) -> str | None:
    """The bureau in charge of a place; None where the place is not known."""
    known = municipality is not None and law.codes("municipalities").has(municipality)
    return law.bureau_of(municipality, on) if municipality and known else None


def _uncovered(station: Entry, conformity: Mapping[str, Entry | None]) -> list[float]:
    """The frequencies asked for that no transmitter is stated, or listed, to emit."""
    covered: set[float] = set()
    for transmitter in station["transmitters"]:
        covered |= {emitted["frequency_hz"] for emitted in transmitter["ranges"] if emitted["frequency_hz"] is not None}
        listed = conformity.get(transmitter["conformity_number"] or "")
        covered |= set(listed.get("frequencies_hz", ())) if listed else set()
    asked = [line["frequency_hz"] for line in station["assignments"] if line["frequency_hz"] is not None]
    return [frequency for frequency in asked if frequency not in covered]


def _same_place(station: Entry, other_licenses: Sequence[Entry], *, moves: bool | None, today: str) -> list[str]:
    """Call signs of the applicant's licenses in force of the same class, alike in moving or not, at the very place of the form."""
    site = station["site"]
    if not site["municipality"] or not site["address"]:
        return []
    return [
        str(other.get("call_sign") or other.get("license_number") or "")
        for other in other_licenses
        if other.get("ended_on") is None
        and str(other.get("valid_to") or today) >= today
        and other.get("station_class") == station["station_class"]
        and other.get("moves") is moves
        and other.get("municipality") == site["municipality"]
        and _same_text(str(other.get("address") or ""), site["address"])
    ]


def corporate_number(form: Entry) -> str | None:
    """The corporate number that the applicant gives, if it looks like one."""
    applicant = form.get("applicant")
    number = applicant.get("corporate_number") if isinstance(applicant, Mapping) else None
    return number if isinstance(number, str) and corporate_numbers.NUMBER.fullmatch(number) else None


def _sound(form: Entry) -> bool | None:
    """Whether the check digit of the applicant's corporate number is right; None where there is no number."""
    number = corporate_number(form)
    return None if number is None else corporate_numbers.is_sound(number)


def _corporation_differs(form: Entry, corporation: Entry | None) -> bool | None:
    """Whether the form gives another name or seat than is published; None where nothing is published, or nothing given."""
    applicant = form.get("applicant")
    if corporation is None or not isinstance(applicant, Mapping) or not applicant.get("name"):
        return None
    given = {name: applicant[name] for name in ("name", "municipality", "address") if applicant.get(name)}
    return any(not _same_text(str(value), str(corporation.get(name) or "")) for name, value in given.items())


def _same_class(station_class: str | None, other_licenses: Sequence[Entry], today: date) -> int:
    """How many other licenses of the class the applicant holds in force."""
    on = today.isoformat()
    in_force = (one for one in other_licenses if one.get("ended_on") is None and str(one.get("valid_to") or on) >= on)
    return sum(1 for one in in_force if one.get("station_class") == station_class)


def _left_out(station: Entry, license_facts: Entry | None) -> list[float]:
    """The numbers of the transmitters on record that the form does not list."""
    recorded = (license_facts or {}).get("transmitters") or []
    listed = {transmitter["number"] for transmitter in station["transmitters"]}
    return [number for transmitter in recorded if (number := transmitter.get("number")) is not None and number not in listed]
