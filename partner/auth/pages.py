"""The few pages of sign-in: Japanese, with English beside it, on any screen."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).parent / "templates"
STYLE = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# No `form-action`: a form here is answered by a redirect to whoever sent the browser, and the routes check to whom.
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
_environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page made of a template and `facts`."""
    body = _environment.get_template(template).render(style=STYLE, request=request, **facts)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Content-Language": "ja"}
    return HTMLResponse(body, status_code=status, headers=headers)
