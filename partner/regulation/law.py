"""The whole law in force, composed of its provision kinds.

A new provision kind is a module with `read(reader)` that returns an object which stays as it is, one field of `Law` and one line in `load`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from partner.regulation import codes, filings
from partner.regulation.reading import Reader


@dataclass(frozen=True)
class Law:
    """The law as the files state it; nothing in it changes after loading."""

    codes: codes.Codes
    """`law.codes("station-classes").name("AT")`"""
    filing_maps: filings.FilingMaps
    """`law.filing_maps.get("101103", "0009")`"""
    digest: str
    """SHA-256 over all files read: what a case remembers."""


def load(root: Path) -> Law:
    """Read the files below `root`; raises `RegulationError` with every defect, each with file and line."""
    reader = Reader(root)
    law = Law(
        codes=codes.read(reader),
        filing_maps=filings.read(reader),
        digest=reader.digest,  # last, when everything has been read
    )
    reader.finish()
    return law
