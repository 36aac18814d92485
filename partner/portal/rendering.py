"""Turns facts into pages: templates, the language of the reader, and the frame around every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from partner import clock
from partner.auth.actor import Actor, Role
from partner.errors import Text
from partner.licensing.notices import TO_THE_FORMER_HOLDER
from partner.portal import wording
from partner.regulation.forms import frequency

LANGUAGES = ("ja", "en")
LANGUAGE_COOKIE = "partner_language"
STATIC = Path(__file__).parent / "static"

ROLE_NAMES: Mapping[Role, Text] = {
    Role.AGENT: Text("代理人", "Agent"),
    Role.APPLICANT: Text("申請者", "Applicant"),
    Role.CLERK: Text("受付担当", "Clerk"),
    Role.EXAMINER: Text("審査官", "Examiner"),
    Role.INSPECTOR: Text("検査職員", "Inspector"),
    Role.DIRECTOR: Text("総合通信局長", "Director"),
    Role.ADMINISTRATOR: Text("管理者", "Administrator"),
    Role.PROGRAM: Text("プログラム", "Program"),
}


def _moment(value: datetime) -> str:
    """An instant as people in Japan read it: 2020-06-01 09:00."""
    return value.astimezone(clock.JAPAN).strftime("%Y-%m-%d %H:%M")


def _yen(value: int) -> str:
    return f"{value:,}"


def _bytes(value: int) -> str:
    """A size as people read it: 812 B, 24.1 KB, 3.2 MB."""
    for unit, size in (("MB", 1_000_000), ("KB", 1_000)):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value} B"


def _frequency(hertz: int | None) -> str:
    return "" if hertz is None else frequency(hertz)


ENVIRONMENT = Environment(
    loader=PackageLoader("partner.portal"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
ENVIRONMENT.globals.update(statuses=wording.STATUSES, tones=wording.TONES, channels=wording.CHANNELS, notice_tones=wording.NOTICE_TONES)
ENVIRONMENT.globals.update(notices_of_no_case=TO_THE_FORMER_HOLDER)
ENVIRONMENT.globals.update(action_words=wording.ACTIONS)
ENVIRONMENT.globals.update(bulk_states=wording.BULK_STATES, bulk_outcomes=wording.BULK_OUTCOMES, bulk_steps=wording.BULK_STEPS)
ENVIRONMENT.globals.update(role_names={role.value: words for role, words in ROLE_NAMES.items()})
ENVIRONMENT.filters.update(moment=_moment, yen=_yen, frequency=_frequency, bytes=_bytes)


def language_of(request: Request) -> str:
    """The language of the reader: `?lang=`, else the cookie, else Japanese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return asked if asked in LANGUAGES else "ja"


def say(text: Text | Mapping[str, str], language: str) -> str:
    """The words of a text in a language; Japanese where the other is missing."""
    words = text.as_dict() if isinstance(text, Text) else text
    return words.get(language) or words.get("ja", "")


def _menu(request: Request, actor: Actor | None) -> list[dict[str, Any]]:
    entries = [("/search", "無線局を探す", "Find a station")]
    if actor is not None and actor.roles & {Role.APPLICANT, Role.AGENT}:
        entries += [("/my", "マイページ", "My page"), ("/my/file", "申請・届出", "File"), ("/my/notices", "お知らせ", "Notices")]
    if actor is not None and actor.is_staff:
        entries += [("/desk", "審査デスク", "Desk")]
    if actor is not None and Role.ADMINISTRATOR in actor.roles:
        entries += [("/admin", "指標", "Figures")]
    path = request.url.path
    current = max((href for href, _, _ in entries if path == href or path.startswith(f"{href}/")), key=len, default="")
    return [{"href": href, "ja": ja, "en": en, "current": href == current} for href, ja, en in entries]


def _other_language(request: Request, language: str) -> str:
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name not in {"lang", "done"}]
    other = "en" if language == "ja" else "ja"
    return f"{request.url.path}?{urlencode([*parameters, ('lang', other)])}"


def messages(request: Request, language: str) -> list[str]:
    """What the step before this page has brought about."""
    done = wording.DONE.get(request.query_params.get("done", ""))
    return [say(done, language)] if done is not None and request.method == "GET" else []


def _words_in(language: str) -> dict[str, Any]:
    return {"language": language, "t": lambda ja, en: ja if language == "ja" else en, "say": lambda text: say(text, language)}


def part(request: Request, template: str, **facts: Any) -> str:
    """A part of a page, in the reader's language, without the frame."""
    return ENVIRONMENT.get_template(template).render(_words_in(language_of(request)) | facts)


def page(request: Request, template: str, *, actor: Actor | None, csrf: Callable[[], str], status: int = 200, **facts: Any) -> HTMLResponse:
    """A page made of a template and `facts`, in the reader's language, with the frame that the actor should see."""
    language = language_of(request)
    role = next((words for known, words in ROLE_NAMES.items() if actor is not None and known in actor.roles), None)

    frame: dict[str, Any] = {
        **_words_in(language),
        "menu": _menu(request, actor),
        "actor": actor,
        "actor_role": role,
        "other_language": _other_language(request, language),
        "csrf": csrf,
        "messages": messages(request, language),
        "today": clock.today(),
    }
    response = HTMLResponse(ENVIRONMENT.get_template(template).render(frame | facts), status_code=status)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="lax", httponly=True)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Cookie"
    return response


def parse_date(value: str) -> date | None:
    """A date written as 2020-06-01, or None where nothing is written. Raises ValueError for anything else."""
    return date.fromisoformat(value) if value.strip() else None
