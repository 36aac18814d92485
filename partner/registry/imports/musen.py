"""Records of MIC's Web-API (ST=1, DA=1, OF=2) as records of ours: the ready-made words taken apart again.

What the API withholds stays withheld: the mask is what stands on record for a name, a partner or an identification, until somebody
tells more. Names that no list knows are kept as codes of their own, so that they are shown as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from partner.errors import FieldError, NotFound, Text
from partner.registry import musen_forms
from partner.registry.imports.records import Plain, Raw
from partner.registry.musen_forms import COLUMN, ROW, WITHHELD
from partner.registry.values import Unfit, day
from partner.registry.vocabulary import Vocabulary
from partner.regulation.periods import ENDLESS

FACTORS = {"kHz": 1_000, "MHz": 1_000_000, "GHz": 1_000_000_000}
WATTS = {"mW": Decimal("0.001"), "W": Decimal(1), "kW": Decimal(1000)}
QUANTITY = re.compile(r"([0-9][0-9.]*)\s*([kMG]Hz|[mk]?W)")
RANGE = re.compile(r"(.+?)\s*から\s*(.+?)\s*まで")
CORPORATE_NUMBER = re.compile(r"法人番号([0-9]{13})")
TERM = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})まで|({ENDLESS.ja})")


def read(number: int, record: Any, vocabulary: Vocabulary) -> Raw:
    """The record with this number of a list."""
    try:
        detail, listed = record["detailInfo"], record["listInfo"]
        words = {name: value for name, value in detail.items() if isinstance(value, str)}
        return Raw(number, _plain(words, listed, vocabulary))
    except (KeyError, TypeError, AttributeError):
        text = Text("detailInfo と listInfo のある記録ではありません(DA=1)。", "This is no record with detailInfo and listInfo (DA=1).")
        return Raw(number, error=FieldError("", "not_musen", text))
    except Unreadable as error:
        return Raw(number, error=error.found)


class Unreadable(ValueError):
    """A value whose form no rule knows."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(field)
        message = Text(f"「{value}」の書式が分かりません。", f"The form of '{value}' is not known.")
        self.found = FieldError(field, "unreadable", message)


def _plain(detail: Mapping[str, str], listed: Mapping[str, str], vocabulary: Vocabulary) -> Plain:
    station_class = _code("station-classes", detail["radioStationCategory"], vocabulary)
    sign = detail["identificationSignals"].strip()
    masked_sign = sign.startswith("*")
    sites = list(_sites(detail["radioEuipmentLocation"], vocabulary))
    municipality = _municipality(listed["tdfkCd"] or ("" if sites else detail["radioEuipmentLocation"]), vocabulary)
    term = TERM.fullmatch(detail["validTerms"])
    if term is None:
        raise Unreadable("validTerms", detail["validTerms"])
    plain: Plain = {
        "call_sign": None if masked_sign else sign or None,
        **({"identification": sign} if masked_sign else {}),
        "station_class": station_class,
        "bureau": _bureau(municipality, detail["licenseDate"], vocabulary),
        "licensee": _licensee(detail["name"], listed["name"], station_class),
        "licensed_on": detail["licenseDate"],
        "valid_to": term[1] or term[2],
        "purposes": _codes("purposes", detail["radioStationPurpose"], vocabulary),
        "communication_matters": _codes("communication-matters", detail["commMatter"], vocabulary),
        "communication_partner": detail["commPartner"],
        "municipality": municipality,
        "sites": sites,
        "assignments": list(assignments(detail["radioSpec1"], vocabulary)),
        "operating_hours": detail["permittedOperatingHours"],
        "note": musen_forms.plain(detail["note"]),
        "broadcast_matter": musen_forms.plain(detail["broadcastMatter"]),
        "broadcast_area": musen_forms.plain(detail["broadcastDistrict"]),
        "starting_limit": detail["startingLimit"],
        **_movement(detail["movementArea"], station_class, vocabulary),
    }
    if detail["radioStationNumber"]:
        plain["station_count"] = detail["radioStationNumber"].replace(",", "")
    return plain


def _licensee(name: str, listed: str, station_class: str) -> Plain:
    """The API does not tell the kind: what is masked is an individual, another holder of an amateur station a club, else a corporation."""
    number = CORPORATE_NUMBER.search(listed)
    kind = "individual" if name == WITHHELD else "club" if station_class == "AT" else "corporation"
    return {"kind": kind, "name": name, **({"corporate_number": number[1]} if number else {})}


def assignments(text: str, vocabulary: Vocabulary) -> Iterator[Plain]:
    """The lines of radioSpec1; a further emission has the frequency and power of the line above. Raises Unreadable."""
    above: Plain = {}
    for row in musen_forms.plain(text).split(ROW) if text else ():
        cells = [cell.strip() for cell in row.split(COLUMN)]
        if len(cells) == 1 and vocabulary.law.codes("amateur-bundles").has(cells[0]):
            above = {"bundle": cells[0]}
        elif len(cells) == 3 and above and row == f"{cells[0]}{COLUMN} {COLUMN} ":
            above = {**above, "emission": cells[0], "continued": True}
        elif len(cells) == 3:
            above = _line(*cells)
        else:
            raise Unreadable("radioSpec1", row)
        yield above


def _line(emission: str, frequencies: str, power: str) -> Plain:
    between = RANGE.fullmatch(frequencies)
    low, high = between.groups() if between else (frequencies, "")
    line = {
        "emission": emission,
        "frequency_hz": _hertz(low),
        "frequency_to_hz": _hertz(high),
        "power_w": _quantity(power, WATTS),
    }
    return {name: value for name, value in line.items() if value not in (None, "")}


def _hertz(text: str) -> int | None:
    found = _quantity(text, {unit: Decimal(factor) for unit, factor in FACTORS.items()})
    if found is None:
        return None
    if Decimal(found) != Decimal(found).to_integral_value():
        raise Unreadable("radioSpec1", text)
    return int(Decimal(found))


def _quantity(text: str, units: Mapping[str, Decimal]) -> str | None:
    if not text:
        return None
    found = QUANTITY.fullmatch(text)
    try:
        return f"{Decimal(found[1]) * units[found[2]]:f}" if found else _refuse(text)
    except (InvalidOperation, KeyError):
        return _refuse(text)


def _refuse(text: str) -> str:
    raise Unreadable("radioSpec1", text)


def _movement(text: str, station_class: str, vocabulary: Vocabulary) -> Plain:
    """A station that does not move says so; where nothing is said, it moves, unless stations of its class never do."""
    area = _code("movement-areas", text, vocabulary) if text else None
    if area is not None:
        moves = vocabulary.moves(area)
        return {"movement_area": area, "moves": True if moves is None else moves}
    known = vocabulary.law.codes("station-classes").get(station_class)
    return {"moves": known is None or known.attributes.get("mobility") != "fixed"}


def _sites(text: str, vocabulary: Vocabulary) -> Iterator[Plain]:
    """`送信所 静岡県静岡市 演奏所 …`: roles and places in turn; a place alone is no list of sites."""
    words = text.split()
    if len(words) < 2:
        return
    for role, place in zip(words[::2], [*words[1::2], ""], strict=False):
        code = vocabulary.by_name("municipalities").get(place)
        yield {"role": role, "municipality": code or "", "place": None if code else place}


def _municipality(place: str, vocabulary: Vocabulary) -> str | None:
    if not place:
        return None
    code = vocabulary.by_name("municipalities").get(place)
    if code is None:
        raise Unreadable("tdfkCd", place)
    return code


def _bureau(municipality: str | None, licensed_on: str, vocabulary: Vocabulary) -> str | None:
    """The API does not tell the bureau; the place does."""
    try:
        return None if municipality is None else vocabulary.law.bureau_of(municipality, day(licensed_on))
    except (NotFound, Unfit):
        return None


def _codes(list_id: str, words: str, vocabulary: Vocabulary) -> list[str]:
    """Several names are joined by 、, which a name may hold itself."""
    if not words:
        return []
    known = vocabulary.by_name(list_id)
    return [known[words]] if words in known else [known.get(word, word) for word in words.split("、")]


def _code(list_id: str, words: str, vocabulary: Vocabulary) -> str:
    return vocabulary.by_name(list_id).get(words, words)
