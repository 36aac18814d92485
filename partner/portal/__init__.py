"""HTML for people: applicants, examiners, administrators, and anybody who looks for a station."""

from __future__ import annotations

from partner.portal.problems import problem_page
from partner.portal.routes import router

__all__ = ["problem_page", "router"]
