"""Reads the files of the local stand-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DATA = Path(__file__).parent / "data"


def entries(path: Path, keys: set[str]) -> list[dict[str, Any]]:
    """The entries of a stand-in's file, each with exactly these keys; raises `ValueError` when the file is not in order."""
    data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or data.get("fictitious") is not True:
        raise ValueError(f"{path}: a stand-in's file says 'fictitious: true'")
    found = data.get("entries")
    if not isinstance(found, list) or any(not isinstance(entry, dict) or set(entry) != keys for entry in found):
        raise ValueError(f"{path}: each entry needs exactly {', '.join(sorted(keys))}")
    return found
