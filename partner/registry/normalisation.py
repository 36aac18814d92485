"""How words are compared in a search, and the n-grams by which they are found. Writing and searching share these functions.

Full and half width, capitals, hiragana and katakana, hyphens and long-vowel marks, old and new forms of a character, and
white space make no difference.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_TO_KATAKANA = {point: point + 0x60 for point in range(0x3041, 0x3097)}
_STROKES = dict.fromkeys(map(ord, "-‐‑‒–—―−─━ｰ~〜∼"), "ー")
_SMALL = {ord("ヶ"): "ケ", ord("ヵ"): "カ"}
_VARIANTS = {
    ord(variant): common
    for common, variants in {
        "高": "髙",
        "崎": "﨑嵜",
        "吉": "𠮷",
        "辺": "邊邉",
        "斎": "齋",
        "斉": "齊",
        "浜": "濱濵",
        "国": "國",
        "広": "廣",
        "沢": "澤",
        "島": "嶋嶌",
        "竜": "龍",
        "桜": "櫻",
        "学": "學",
        "会": "會",
        "気": "氣",
        "鉄": "鐵",
        "県": "縣",
        "塩": "鹽",
        "関": "關",
    }.items()
    for variant in variants
}
_SELECTORS = dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_LARGE = {point: _SMALL.get(katakana, katakana) for point, katakana in _TO_KATAKANA.items()}
_TABLE: dict[int, int | str | None] = {**_SMALL, **_LARGE, **_STROKES, **_VARIANTS, **_SELECTORS}
_LICENSE_NUMBER = re.compile(r"([^第]+)第([0-9]+)号")
REMEMBERED = 20_000  # names and places that come again within some thousands of stations
LONGEST_KEY = 2000  # octets; an entry of a B-tree holds at most 2704
_ABBREVIATIONS = {"(株)": "株式会社", "(有)": "有限会社", "(社)": "社団法人", "(財)": "財団法人", "(同)": "合同会社"}


@lru_cache(maxsize=REMEMBERED)
def normalise(text: str) -> str:
    """The form of `text` in which it is stored for search and compared; idempotent, '' for white space."""
    form, further = text, _step(text)
    while further != form:  # a few rare characters compose anew once spaces between them are gone
        form, further = further, _step(further)
    return form


def license_number(text: str) -> str:
    """A license number as the register writes it (関Ａ第123456号), whatever the width, case and spaces; other text stays as it is."""
    match = _LICENSE_NUMBER.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    return text if match is None else f"{_full_width(match[1].upper())}第{match[2]}号"


def _full_width(letters: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in letters)


def key_of(*words: str) -> str:
    """One key for several words, by which the same words are found again; of very long ones their digest, which an index can hold."""
    key = "|".join(map(normalise, words))
    return key if len(key.encode()) <= LONGEST_KEY else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _step(text: str) -> str:
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    form = "".join(form.translate(_TABLE).split())
    if "(" in form:
        for short, long in _ABBREVIATIONS.items():
            form = form.replace(short, long)
    return form


def query_grams(normalised: str) -> list[str]:
    """The pairs of neighbouring characters that every text holding `normalised` must hold, each once, in order of the code points.

    The database keeps these pairs of every published name, and its last character with a space (trigger `enter_grams`).
    """
    return sorted({normalised[index : index + 2] for index in range(len(normalised) - 1)})
