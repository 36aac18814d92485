"""The station as MIC's public Web-API words it: ready strings under the keys of the captured answers.

Line ends and tabs inside a value are two characters, a backslash and a letter, as a client of that API finds them after
decoding JSON; a backslash itself is two backslashes, so that `plain` gives back what was meant. Forms that no capture confirms
are marked as guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal

from partner.registry.disclosure import Disclosed
from partner.registry.documents import movement_area, site_name
from partner.registry.facts import AssignmentFacts, License
from partner.registry.vocabulary import Vocabulary
from partner.regulation.periods import ENDLESS, shown_day

Record = dict[str, dict[str, str]]
WITHHELD = "＊＊＊＊＊"
WITHHELD_SIGN = "*****"
ROW, COLUMN = "\n", "\t"
ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", "\t": "\\t"}
MEANT = {escape: character for character, escape in ESCAPES.items()}
_ESCAPED, _WRITTEN = str.maketrans(ESCAPES), re.compile(r"\\[\\rnt]")
KHZ, MHZ, GHZ = 1_000, 1_000_000, 1_000_000_000


def record(license_: License, disclosed: Disclosed, vocabulary: Vocabulary) -> Record:
    """`{"detailInfo": {…}, "listInfo": {…}}` without `no`, which each answer counts anew. Absent values are ''.

    A registered station (登録局) has a record of its own, with other keys.
    """
    parts = _licensed if license_.facts.registration_standard is None else _registered
    detail, listed = parts(license_, disclosed, vocabulary)
    return {
        "detailInfo": {key: escaped(value) for key, value in detail.items()},
        "listInfo": {key: escaped(value) for key, value in listed.items()},
    }


def _licensed(license_: License, disclosed: Disclosed, vocabulary: Vocabulary) -> tuple[dict[str, str], dict[str, str]]:
    facts = license_.facts
    purpose = "、".join(vocabulary.name("purposes", code).ja for code in facts.purposes)  # guessed: how several are joined
    licensed_on = license_.licensed_on.isoformat()
    detail = {
        "radioSpec1": _rows(disclosed.assignments),
        "radioStationPurpose": purpose,
        "note": disclosed.note or "",
        "permittedOperatingHours": disclosed.operating_hours or "常　時",
        "address": WITHHELD,
        "licenseDate": licensed_on,
        "broadcastMatter": disclosed.broadcast_matter or "",
        "commMatter": "、".join(vocabulary.name("communication-matters", code).ja for code in facts.communication_matters),
        "office": "",
        "validTerms": _term(license_),
        "commPartner": WITHHELD_SIGN if disclosed.partner_withheld else disclosed.communication_partner or "",
        "startingLimit": "" if facts.starting_limit is None else facts.starting_limit.isoformat(),
        "broadcastDistrict": disclosed.broadcast_area or "",
        "workPersonName": "",
        "identificationSignals": _signals(license_, disclosed),
        "radioStationNumber": str(facts.station_count) if vocabulary.is_blanket(facts.station_class) else "",
        "radioStationCategory": vocabulary.name("station-classes", facts.station_class).ja,
        "movementArea": movement_area(facts.moves, disclosed.movement_area, vocabulary) or "",
        "radioEuipmentLocation": _sites(disclosed, vocabulary),
        "licenseNumber": WITHHELD,
        "name": disclosed.licensee_name,
    }
    listed = {
        "name": _listed_name(license_, disclosed),
        "radioStationPurpose": purpose,
        "tdfkCd": _municipality(disclosed, vocabulary),
        "licenseDate": licensed_on,
    }
    return detail, listed


def _term(license_: License) -> str:
    """Until when a license is valid; no capture shows one without end, so the word of the law stands there (電波法13条2項)."""
    last = shown_day(license_.valid_to)
    return ENDLESS.ja if last is None else f"{last.isoformat()}まで"


def _registered(license_: License, disclosed: Disclosed, vocabulary: Vocabulary) -> tuple[dict[str, str], dict[str, str]]:
    """The keys are those of the specification; no capture shows values: number and address are withheld as those of a license."""
    facts = license_.facts
    dates = {"registrationDate": license_.licensed_on.isoformat(), "validTerms": _term(license_)}
    detail = {
        "name": disclosed.licensee_name,
        "address": WITHHELD,
        "radioEquipmentStandard": vocabulary.name("registration-standards", facts.registration_standard or "").ja,
        "registrationNumber": WITHHELD,
        **dates,
        "radioEuipmentLocation": _sites(disclosed, vocabulary),
        "radioSpec2": _rows(disclosed.assignments, emissions=False),
        "note": disclosed.note or "",
    }
    listed = {"name": _listed_name(license_, disclosed), "itCd": vocabulary.name("bureaus", facts.bureau).ja, **dates}
    return detail, listed


def escaped(value: str) -> str:
    """A value with its line ends and tabs as a backslash and a letter."""
    if value.isprintable() and "\\" not in value:
        return value
    return value.translate(_ESCAPED)


def plain(value: str) -> str:
    """What `escaped` was made of."""
    return _WRITTEN.sub(lambda found: MEANT[found.group()], value)


def assignments(lines: tuple[AssignmentFacts, ...]) -> str:
    """電波の型式、周波数及び空中線電力: rows of three columns; a bundled symbol stands alone."""
    return escaped(_rows(lines))


def _rows(lines: tuple[AssignmentFacts, ...], *, emissions: bool = True) -> str:
    """With line ends and tabs. Of a registration there is 周波数及び空中線電力 alone, and no line that adds an emission only."""
    if emissions:
        return ROW.join(_assignment(line) for line in lines)
    return ROW.join(dict.fromkeys(COLUMN.join(_frequency_and_power(line)) for line in lines if not line.continued))


def _assignment(line: AssignmentFacts) -> str:
    if line.bundle is not None and line.frequency_hz is None:
        return line.bundle
    if line.continued:
        return COLUMN.join([line.emission or "", " ", " "])
    return COLUMN.join([line.emission or "", *_frequency_and_power(line)])


def _frequency_and_power(line: AssignmentFacts) -> tuple[str, str]:
    return _frequencies(line), "" if line.power_w is None else power(line.power_w)


def _frequencies(line: AssignmentFacts) -> str:
    if line.frequency_hz is None:
        return ""
    if line.frequency_to_hz is None:
        return frequency(line.frequency_hz)
    return f"{frequency(line.frequency_hz)}　から　{frequency(line.frequency_to_hz):>16}　まで"


def frequency(hertz: int) -> str:
    """A frequency in the unit in which licenses state it. The limits of the units are guessed from captured values."""
    if hertz <= 27_500 * KHZ:
        return f"{_plain(Decimal(hertz) / KHZ)} kHz"
    if hertz < 10 * GHZ:
        return f"{_plain(Decimal(hertz) / MHZ)} MHz"
    return f"{_plain(Decimal(hertz) / GHZ)} GHz"


def power(watt: Decimal) -> str:
    """An antenna power with its unit in a column of four, as in `50   W`, `800  mW`; kW from 1,000 W is guessed."""
    if watt < 1:
        return f"{_plain(watt * 1000)}{'mW':>4}"
    if watt >= 1000:
        return f"{_plain(watt / 1000)}{'kW':>4}"
    return f"{_plain(watt)}{'W':>4}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _signals(license_: License, disclosed: Disclosed) -> str:
    if license_.call_sign is not None:
        return f"{license_.call_sign:<12}"
    return WITHHELD_SIGN if disclosed.identification_withheld else ""


def _listed_name(license_: License, disclosed: Disclosed) -> str:
    amateur = license_.facts.station_class == "AT" and license_.call_sign is not None
    name = f"{disclosed.licensee_name}（{license_.call_sign}）" if amateur else disclosed.licensee_name
    return name if disclosed.corporate_number is None else f"{name} 法人番号{disclosed.corporate_number}"


def _municipality(disclosed: Disclosed, vocabulary: Vocabulary) -> str:
    return "" if disclosed.municipality is None else vocabulary.place(disclosed.municipality).name.ja


def _sites(disclosed: Disclosed, vocabulary: Vocabulary) -> str:
    if not disclosed.sites:
        return _municipality(disclosed, vocabulary)
    return " ".join(f"{site.role} {site_name(site, vocabulary).ja}".strip() for site in disclosed.sites)
