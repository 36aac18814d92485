"""E-filing files for tests: the samples, a blank file made from one of them, and files that are filled after `places.tsv`.

The table of places was written from the form and read over by hand; it, not the map under test, says where each element belongs.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from partner import regulation
from partner.regulation import Law

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "docs" / "samples"
FORM = "{http://www.denpa.soumu.go.jp/sinsei}"
MANAGEMENT = "{http://www.denpa.soumu.go.jp/sinsei/kousei}"
KINDS = ("A1", "A2", "BA", "CA", "DA")

Words = dict[str, str]


@dataclass(frozen=True)
class Place:
    """Where an element belongs: its path (`*` after an element that repeats), the pointer, and what is written in it."""

    path: str
    pointer: str
    kind: str

    @property
    def repeats(self) -> int:
        return self.path.count("*")

    def pointer_at(self, indices: Sequence[int]) -> str:
        """The pointer with its stars replaced by indices."""
        left = list(indices)
        return "/".join(str(left.pop(0)) if step == "*" else step for step in self.pointer.split("/"))


@cache
def law_in_force() -> Law:
    return regulation.load(ROOT / "regulation")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def places() -> list[Place]:
    with (ROOT / "tests" / "data" / "filing" / "101103-0009.places.tsv").open(encoding="utf-8") as table:
        return [Place(row["path"], row["pointer"], row["kind"]) for row in csv.DictReader(table, delimiter="\t")]


def blank(kind: str) -> ET.Element:
    """A file of a kind in which nothing else is filled: every element of the form once, from MIC's own renewal sample."""
    root = ET.fromstring(sample("renewal_再免許.xml"))
    for element in root.iter():
        if len(element) == 0:
            element.text = None
    set_text(root, "申請書/申請事項/申請区分", kind)
    set_text(root, "申請書/申請事項/無線局の種別", "AT")
    for name, text in (("様式ID", "101103"), ("様式バージョン", "0009")):
        found = root.find(f"{MANAGEMENT}構成管理情報/{MANAGEMENT}申請書属性情報/{MANAGEMENT}申請書{name}")
        assert found is not None
        found.text = text
    return root


def element_at(root: ET.Element, path: str, indices: Sequence[int] = ()) -> ET.Element:
    """The element at a path; elements are made until the one with the index of a star is there."""
    left = list(indices)
    element = root
    for step in path.split("/"):
        wanted = left.pop(0) if step.endswith("*") and left else 0
        tag = FORM + step.removesuffix("*")
        while len(element.findall(tag)) <= wanted:
            ET.SubElement(element, tag)
        element = element.findall(tag)[wanted]
    return element


def set_text(root: ET.Element, path: str, text: str, indices: Sequence[int] = ()) -> None:
    element_at(root, path, indices).text = text


def written(root: ET.Element) -> bytes:
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def leaves(value: object, pointer: str = "") -> Iterator[tuple[str, object]]:
    """All single values of a form with their pointers."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{pointer}/{index}")
    else:
        yield pointer, value


@dataclass(frozen=True)
class Entry:
    """One value that a file is filled with: the text of its elements (path → text), and what the form must say where."""

    texts: Mapping[str, str]
    indices: tuple[int, ...]
    pointer: str
    value: object

    def fill(self, root: ET.Element) -> None:
        for path, text in self.texts.items():
            set_text(root, path, text, self.indices)


class Generator:
    """Makes values that differ from one another, of the kind that an element takes."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self._numbers = itertools.count(1)

    def entry(self, group: Sequence[Place], indices: tuple[int, ...]) -> Entry:
        """A value for the elements of one place: one element, or the parts of a composite."""
        number = next(self._numbers)
        first = group[0]
        kind, _, codes = first.kind.partition(" ")
        if "." in kind:
            texts, value = self._composite(kind.partition(".")[0], number)
            return Entry({one.path: texts[one.kind.partition(".")[2]] for one in group}, indices, first.pointer_at(indices), value)
        text, single = self._code(codes, number) if codes else self._single(first, number)
        return Entry({first.path: text}, indices, first.pointer_at(indices), single)

    def _code(self, codes: str, number: int) -> tuple[str, object]:
        known = [code.code for code in self._law.codes(codes) if codes != "station-classes" or code.code != "AT"]
        return (known[number % len(known)],) * 2

    def _single(self, place: Place, number: int) -> tuple[str, object]:
        choices: dict[str, tuple[str, object]] = {
            "/disqualification": ("1", "present"),
            "/station/completion/kind": ("2", "months"),
            "/prepayment/requested": ("1", True),
            "/applicant/kind": ("2", "club"),
            "/station/applicant/kind": ("3", "individual"),
            "/prepayment/years": ("２０", 20),  # the form has room for no more
        }
        made: dict[str, tuple[str, object]] = {
            "text": (f"　第{number}　語１ ", f"第{number} 語１"),
            "normalised": (f"ＲＤ{number} Ａ", f"RD{number} A"),
            "verbatim": (f"別紙　{number}.pdf", f"別紙　{number}.pdf"),
            "multiline": (f"{number}行\r\n　次の行\t終", f"{number}行\n次の行 終"),
            "kana": (f"ｶﾞ{number}　カナ", f"ガ{number} カナ"),
            "code": (f"ｃ-{number} Ｘ", f"c-{number}X"),
            "symbol": (f"ｓ{number}x", f"S{number}X"),
            "digits": (f"１２-{number:05}", f"12{number:05}"),
            "integer": (f"０{number}", number),
            "hertz": (f"{number}500.0", number * 1000 + 500),
            "watts": (f"{number}.50", number + 0.5),
            "number": (f"{number}.25", number + 0.25),
            "flag": ("1", True),
        }
        return choices.get(place.pointer) or made[place.kind]

    @staticmethod
    def _composite(kind: str, number: int) -> tuple[Words, object]:
        if kind == "license_number":
            return {"region": "関", "category": "A", "serial": f"{number}"}, f"関Ａ第{number}号"
        if kind == "joined":
            return {"upper": f"ａａｂｈ{number}", "lower": f"-{number}"}, f"AABH{number}-{number}"
        day = date(2019, 5, 1) + timedelta(days=number)
        return {"era": "Ｒ", "year": f"{day.year - 2018:02}", "month": f"{day.month}", "day": f"{day.day:02}"}, day.isoformat()


def grouped(known: Sequence[Place]) -> list[list[Place]]:
    """The places with a pointer, the parts of one value together."""
    found: dict[str, list[Place]] = {}
    for place in known:
        if place.pointer != "unknown":
            found.setdefault(place.pointer, []).append(place)
    return list(found.values())
