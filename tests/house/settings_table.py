"""The table of settings in `docs/operations.md`, made from the settings themselves: `python -m tests.house.settings_table` writes it."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from partner.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
PLACE = re.compile(r"(<!-- settings: begin [^\n]*-->\n).*?(<!-- settings: end -->)", re.DOTALL)


def shown(default: Any) -> str:
    """A default as one would write it in the environment."""
    if default is None or default == "" or default is PydanticUndefined:
        return ""
    if isinstance(default, dict):
        return ""
    return f"`{default.value if isinstance(default, Enum) else default}`"


def table() -> str:
    """One row per setting, in the order of the source."""
    rows = [f"| `PARTNER_{name.upper()}` | {shown(field.default)} | {field.description} |" for name, field in Settings.model_fields.items()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows, ""])


def written(page: str) -> str:
    """The page with the table in its place."""
    return PLACE.sub(lambda place: place[1] + table() + place[2], page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
