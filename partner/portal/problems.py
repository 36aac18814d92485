"""What a person sees when something is refused: the words of the error, the fields, and the way out."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from partner import clock, errors
from partner.auth.actor import Actor
from partner.errors import PartnerError, Text
from partner.portal.frame import Frame

HEADINGS = (
    (errors.NotFound, Text("見つかりません", "Not found")),
    (errors.Forbidden, Text("この操作はできません", "You may not do this")),
    (errors.Conflict, Text("いまはできません", "Not possible now")),
    (errors.Unauthenticated, Text("サインインが必要です", "Please sign in")),
    (errors.Unavailable, Text("ただいま利用できません", "Not available at the moment")),
    (errors.TooLarge, Text("大きすぎます", "Too large")),
    (errors.TooManyRequests, Text("しばらくお待ちください", "Please wait a moment")),
)
OURS = Text("システムエラーが発生しました", "Something went wrong on our side")
OTHERWISE = Text("内容を確かめてください", "Please check the content")
PROGRAMS = ("/api/", "/graphql", "/musen", "/open-data", "/standin", "/openapi.json", "/healthz", "/readyz", "/metrics")
STAFF_PAGES = ("/desk", "/admin")


def problem_page(request: Request, error: PartnerError, status: int) -> Response | None:
    """The page for an error, or None where a program asks; whoever is not signed in is led to the sign-in instead."""
    if "text/html" not in request.headers.get("accept", "") or request.url.path.startswith(PROGRAMS):
        return None
    path = request.url.path
    if isinstance(error, errors.Unauthenticated) and request.method == "GET":
        kind = "staff" if path.startswith(STAFF_PAGES) else "applicant"
        asked = f"{path}?{request.url.query}" if request.url.query else path
        return RedirectResponse(f"/auth/login?as={kind}&next={quote(asked)}", 303)
    actor: Actor | None = getattr(request.state, "actor", None)
    frame = Frame.of(request, actor)
    heading = next((words for kind_, words in HEADINGS if isinstance(error, kind_)), OURS if status >= 500 else OTHERWISE)
    return frame.page(
        "problem.html",
        status=status,
        heading=heading,
        detail=error.message,
        remedy=error.remedy,
        errors=[(_named(frame, one.field), one.message) for one in error.errors],
        back=_back(request),
    )


def _named(frame: Frame, field: str) -> Text:
    """A field of a filing in words, if one of the forms knows it."""
    pointer = field.removeprefix("/form")
    known = (frame.law.form(code, clock.today()) for code in frame.law.forms.files)
    return next((form.labels(pointer) for form in known if form.field(pointer) is not None), Text(field, field))


def _back(request: Request) -> str:
    """The page that the reader came from, if it is one of ours."""
    came_from = urlsplit(request.headers.get("referer", ""))
    ours = came_from.netloc == request.url.netloc and came_from.path.startswith("/")
    return came_from.path if ours else "/"
