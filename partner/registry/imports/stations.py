"""From a record as JSON to the station that it tells of: the one reader behind every format."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import orjson

from partner.errors import FieldError, Text
from partner.registry import particulars
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts, SiteFacts
from partner.registry.fitness import is_municipality
from partner.registry.imports import reading
from partner.registry.imports.reading import Reading
from partner.registry.imports.records import Raw, StationRecord, Trouble
from partner.registry.normalisation import license_number
from partner.registry.values import one_of
from partner.registry.vocabulary import Vocabulary

CODED = {
    "station_class": "station-classes",
    "bureau": "bureaus",
    "purposes": "purposes",
    "communication_matters": "communication-matters",
    "municipality": "municipalities",
    "registration_standard": "registration-standards",
}
TEXTS = (
    "communication_partner", "site_address", "movement_area", "identification", "operating_hours", "note", "broadcast_matter",
    "broadcast_area",
)  # fmt: skip
CODES = ("municipality", "registration_standard")
LISTS = {"purposes": reading.code, "communication_matters": reading.code, "conditions": reading.words, "synthetic": reading.code}
KINDS = ("individual", "club", "corporation", "government")
END_KINDS = ("discontinued", "revoked", "dissolved", "other")


@dataclass
class Stations:
    """Reads records in the order of their file: which of several unmarked stations is meant, their order decides."""

    vocabulary: Vocabulary
    today: date
    _unmarked: Counter[str] = field(default_factory=Counter)
    _warned: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._mask = self.vocabulary.law.disclosure.on(self.today).mask

    def read(self, raw: Raw) -> tuple[StationRecord | None, list[Trouble]]:
        """The station of a record and the warnings about it, or no station and the errors."""
        if raw.error is not None:
            return None, [Trouble(raw.line, "error", raw.error)]
        errors: list[FieldError] = []
        whole = Reading(raw.plain, errors)
        licensee, licensee_stated = self._licensee(whole, errors)
        facts = self._facts(whole, errors)
        terms = _terms(whole, errors)
        number = whole.value("license_number", reading.code)
        sign = whole.value("call_sign", reading.call_sign)
        given = whole.value("key", reading.name)
        if errors:
            return None, [Trouble(raw.line, "error", error) for error in errors]
        assert licensee is not None and facts is not None and terms is not None  # noqa: S101, PT018 -- else there were errors
        number = None if number is None else license_number(number)
        record = StationRecord(
            line=raw.line,
            key=self._key(given, number, sign, facts, licensee),
            content="",
            licensee=licensee,
            licensee_stated=licensee_stated,
            masked=licensee.name == self._mask,
            facts=facts,
            stated=_stated(raw),
            license_number=number,
            call_sign=sign,
            **terms,
        )
        return with_content(record), [*self._warnings(raw.line, facts), *self._unknown(raw.line, whole)]

    def _licensee(self, whole: Reading, errors: list[FieldError]) -> tuple[LicenseeFacts | None, frozenset[str]]:
        given = whole.required("licensee", reading.mapping)
        if given is None:
            return None, frozenset()
        part = Reading(given, errors, "licensee/")
        name = part.required("name", reading.name)
        kind = part.required("kind", one_of(KINDS))
        found = LicenseeFacts(
            kind=kind or "corporation",  # type: ignore[arg-type]  # one of the kinds, or an error is noted
            name=name or "",
            name_kana=part.value("name_kana", reading.name) or "",
            corporate_number=part.value("corporate_number", reading.code),
            municipality=part.value("municipality", reading.code),
            address=part.value("address", reading.words),
            birth_date=part.value("birth_date", reading.day),
        )
        return found, frozenset(given) & frozenset(LicenseeFacts.__dataclass_fields__)

    def _facts(self, whole: Reading, errors: list[FieldError]) -> LicenseFacts | None:
        """The facts; the movement area also tells whether the station moves, and the municipality which bureau is competent."""
        texts = {name: whole.value(name, reading.words) for name in TEXTS}
        codes = {name: whole.value(name, reading.code) for name in CODES}
        lists = {name: whole.value(name, reading.list_of(read)) or () for name, read in LISTS.items()}
        moves = whole.value("moves", reading.flag)
        if moves is None:
            moves = self.vocabulary.moves(texts["movement_area"] or "") or False
        count = whole.value("station_count", reading.whole)
        facts = LicenseFacts(
            station_class=whole.required("station_class", reading.code) or "",
            bureau=whole.required("bureau", reading.code) or "",
            moves=moves,
            station_count=1 if count is None else count,
            assignments=_each(whole, "assignments", _assignment, errors),
            sites=_each(whole, "sites", _site, errors),
            starting_limit=whole.value("starting_limit", reading.day),
            **codes,  # type: ignore[arg-type]
            **texts,  # type: ignore[arg-type]  # texts and lists of texts, by name
            **lists,  # type: ignore[arg-type]
        )
        return None if errors else facts

    def _key(self, given: str | None, number: str | None, sign: str | None, facts: LicenseFacts, licensee: LicenseeFacts) -> str:
        """What says that two records mean the same station: a key, else the license number, else what hardly ever changes."""
        if given is not None:
            return f"key:{given}"
        if number is not None:
            return f"number:{number}"
        holder = licensee.corporate_number or licensee.name
        stable = (facts.station_class, sign, facts.bureau, facts.municipality, facts.moves, facts.movement_area, holder)
        base = f"digest:{digest(stable)}"
        self._unmarked[base] += 1 if sign is None else 0
        count = self._unmarked[base]
        return base if count < 2 else f"{base}#{count}"

    def _warnings(self, line: int, facts: LicenseFacts) -> list[Trouble]:
        """Codes that no list of ours holds: kept as they are, and told once each."""
        found = []
        for name, list_id in CODED.items():
            value = getattr(facts, name)
            for code in value if isinstance(value, tuple) else [value]:
                if code is not None and (name, code) not in self._warned and not self._is_known(list_id, code):
                    words = Text(f"「{code}」はコード表 {list_id} にありません。", f"The code list {list_id} has no '{code}'.")
                    found.append(self._warning(line, name, code, FieldError(name, "unknown_code", words)))
        return found

    def _is_known(self, list_id: str, code: str) -> bool:
        """Whether a list has a code; a municipality that is no code at all is refused later, and not also doubted."""
        return self.vocabulary.law.codes(list_id).has(code) or (list_id == "municipalities" and not is_municipality(code))

    def _unknown(self, line: int, whole: Reading) -> list[Trouble]:
        words = Text("この項目は取り込まれません。", "This field is not taken over.")
        return [
            self._warning(line, name, "", FieldError(name, "unknown_field", words))
            for name in whole.unread()
            if (name, "") not in self._warned
        ]

    def _warning(self, line: int, name: str, value: str, error: FieldError) -> Trouble:
        self._warned.add((name, value))
        return Trouble(line, "warning", error)


def _stated(raw: Raw) -> frozenset[str]:
    """The facts of which a record speaks; a movement area also tells whether the station moves."""
    spoken = frozenset(raw.plain) & frozenset(LicenseFacts.__dataclass_fields__)
    return spoken | {"moves"} if "movement_area" in spoken else spoken


def _terms(whole: Reading, errors: list[FieldError]) -> dict[str, Any] | None:
    licensed_on = whole.required("licensed_on", reading.day)
    valid_from = whole.value("valid_from", reading.day) or licensed_on
    valid_to = whole.required("valid_to", reading.last_day)
    ended_on = whole.value("ended_on", reading.day)
    end_kind = whole.value("end_kind", one_of(END_KINDS))
    if licensed_on is None or valid_from is None or valid_to is None:
        return None
    if not licensed_on <= valid_from <= valid_to:
        words = Text("免許の日、有効期間の始期、満了日の順になっていません。", "Date of license, first and last day are not in this order.")
        errors.append(FieldError("valid_to", "invalid_term", words))
    if (ended_on is None) != (end_kind is None) or (ended_on is not None and not valid_from <= valid_to <= ended_on):
        words = Text(
            "失効した免許には ended_on と end_kind があり、valid_to はその前日までです。",
            "A license that ended has ended_on and end_kind, and valid_to is at the latest the day before.",
        )
        errors.append(FieldError("ended_on", "invalid_end", words))
    return {"licensed_on": licensed_on, "valid_from": valid_from, "valid_to": valid_to, "ended_on": ended_on, "end_kind": end_kind}


def _each(whole: Reading, name: str, read: Any, errors: list[FieldError]) -> tuple[Any, ...]:
    items = whole.value(name, reading.list_of(reading.mapping)) or ()
    found = tuple(read(Reading(item, errors, f"{name}/{index}/")) for index, item in enumerate(items))
    if found and isinstance(found[0], AssignmentFacts) and found[0].continued:
        words = Text("最初の行は前の行を引き継げません。", "The first line continues none.")
        errors.append(FieldError(f"{name}/0/continued", "invalid", words))
    return found


def _assignment(part: Reading) -> AssignmentFacts:
    return AssignmentFacts(
        emission=part.value("emission", reading.code),
        bundle=part.value("bundle", reading.code),
        frequency_hz=part.value("frequency_hz", reading.whole),
        frequency_to_hz=part.value("frequency_to_hz", reading.whole),
        power_w=part.value("power_w", reading.watts),
        continued=part.value("continued", reading.flag) or False,
    )


def _site(part: Reading) -> SiteFacts:
    role, municipality = part.value("role", reading.name), part.value("municipality", reading.code)
    return SiteFacts(role or "", municipality or "", part.value("place", reading.name))


def with_content(record: StationRecord) -> StationRecord:
    """The record with the digest of all that it says."""
    said: Mapping[str, Any] = {
        **{name: getattr(record.facts, name) for name in record.stated},
        "licensee": {name: getattr(record.licensee, name) for name in record.licensee_stated},
        "terms": (record.licensed_on, record.valid_from, record.valid_to, record.ended_on, record.end_kind),
        "number": record.license_number,
        "sign": record.call_sign,
    }
    return replace(record, content=digest(said))


def digest(said: Any) -> str:
    """A short digest of plain values."""
    text = orjson.dumps(said, default=particulars.plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()
